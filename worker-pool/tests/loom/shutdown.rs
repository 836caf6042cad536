//! The end of a pool: what was accepted runs or is handed back, and who waits is told.

use crate::past;
use crate::pool::single;
use common::model::model;
use common::sync::Arc;
use worker_pool::{Full, JoinError, Shutdown, SubmitErrorKind};

#[test]
fn an_accepted_job_runs_or_is_handed_back() {
    let outcomes = &["ran", "handed back", "refused"];
    model("pool/submit_races_close").outcomes(outcomes).preemptions(4).check(|seen| {
        let pool = single(2, Full::Block);
        let submit = || pool.submit(|| 7).map_err(|refused| refused.kind());
        let close = || pool.shutdown(Shutdown::Now).unstarted.len();
        let (submitted, handed_back) = seen.race((submit, close));
        match submitted.map(|handle| handle.join()) {
            Ok(Ok(7)) if handed_back == 0 => seen.outcome("ran"),
            Ok(Err(JoinError::Dropped)) if handed_back == 1 => seen.outcome("handed back"),
            Err(SubmitErrorKind::Closed) if handed_back == 0 => seen.outcome("refused"),
            other => panic!("a job is neither run, nor refused, nor handed back: {other:?}"),
        }
    });
}

/// The joiner sleeps while the pool hands its job back, and has to be woken for that.
#[test]
fn a_joiner_is_told_that_its_job_was_handed_back() {
    let outcomes = &["ran", "handed back"];
    model("pool/join_races_stop").outcomes(outcomes).preemptions(3).check(|seen| {
        let pool = single(2, Full::Block);
        let handle = pool.submit(|| 7).unwrap();
        match seen.race((|| handle.join(), || pool.stop(past()))) {
            (Ok(7), report) if report.unstarted.is_empty() => seen.outcome("ran"),
            (Err(JoinError::Dropped), report) if report.unstarted.len() == 1 => {
                seen.outcome("handed back");
                assert!(report.busy.is_empty());
            }
            other => panic!("{other:?}"),
        }
        pool.wait_idle();
        assert!(pool.shutdown(Shutdown::Drain).is_clean(), "a pool that was stopped comes to rest");
    });
}

/// A deadline that meets the last job's end: the report is clean, or has the job, or says who is busy with it.
#[test]
fn a_drain_at_its_deadline_hands_back_what_has_not_started() {
    let outcomes = &["finished", "busy", "handed back"];
    model("pool/drain_deadline_races_worker").outcomes(outcomes).preemptions(3).check(|seen| {
        let pool = single(2, Full::Block);
        let handle = pool.submit(|| 7).unwrap();
        let (report, result) = seen.race((|| pool.drain(past()), || handle.join()));
        seen.outcome(match (result, report.unstarted.len(), report.busy.len()) {
            (Ok(7), 0, 0) => "finished",
            (Ok(7), 0, 1) => "busy",
            (Err(JoinError::Dropped), 1, 0) => "handed back",
            other => panic!("{other:?}"),
        });
        assert_eq!(report.elsewhere, 0);
    });
}

#[test]
fn a_submit_that_waits_for_room_is_served_or_refused() {
    let outcomes = &["both ran", "the second was refused", "both were refused"];
    model("pool/blocked_submit_races_close").outcomes(outcomes).preemptions(3).check(|seen| {
        let pool = single(1, Full::Block);
        // The second of two submits to a queue for one waits, unless the worker was quick.
        let submit = || [pool.spawn(|| {}).is_ok(), pool.spawn(|| {}).is_ok()];
        let (accepted, report) = seen.race((submit, || pool.shutdown(Shutdown::Drain)));
        assert!(report.is_clean());
        let completed = pool.shutdown(Shutdown::Drain).completed;
        assert_eq!(completed, accepted.iter().filter(|accepted| **accepted).count() as u64);
        seen.outcome(match accepted {
            [true, true] => "both ran",
            [true, false] => "the second was refused",
            [false, false] => "both were refused",
            [false, true] => panic!("a closed pool accepts nothing"),
        });
    });
}

/// Of two ends at once the harder one holds, and both return.
#[test]
fn a_drain_ends_when_another_thread_stops_the_pool() {
    let outcomes = &["drained", "handed back"];
    model("pool/drain_races_stop").outcomes(outcomes).preemptions(3).check(|seen| {
        let pool = single(2, Full::Block);
        let handle = pool.submit(|| 7).unwrap();
        let drain = || pool.shutdown(Shutdown::Drain).unstarted.len();
        let (drained, stopped) = seen.race((drain, || pool.shutdown(Shutdown::Now).unstarted.len()));
        assert_eq!(drained, 0, "a drain without a deadline hands nothing back");
        match (handle.join(), stopped) {
            (Ok(7), 0) => seen.outcome("drained"),
            (Err(JoinError::Dropped), 1) => seen.outcome("handed back"),
            other => panic!("{other:?}"),
        }
    });
}

/// The pool's last owner may be its own job, which must not wait for itself; the worker then ends alone.
#[test]
fn a_pool_that_its_own_job_drops_ends() {
    model("pool/drop_inside_races_drop_outside").outcomes(&["ended"]).preemptions(3).check(|seen| {
        let pool = Arc::new(single(1, Full::Block));
        let inner = pool.clone();
        let handle = pool.submit(move || drop(inner)).unwrap();
        let ((), joined) = seen.race((|| drop(pool), || handle.join()));
        joined.unwrap();
        seen.outcome("ended");
    });
}
