//! The crew: an end loses no task, whoever was where.

use crate::{far, past};
use common::model::{Seen, model};
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, channel};
use leader_followers::crew::Report;
use leader_followers::source::{EventSource, Waker, task};
use leader_followers::{Crew, Promotion, ThreadSet, crew};
use std::time::Instant;

type Tasks = task::Source<()>;

/// Ends a crew of `threads` while a task comes in; how often it was handled, left over, and accepted.
fn end_races_a_task(
    seen: &Seen,
    threads: usize,
    promotion: Promotion,
    end: fn(Crew<Tasks>, Instant) -> Report<Tasks>,
) -> (usize, usize, bool) {
    let (sender, source) = task::queue(1);
    let handled = Arc::new(AtomicUsize::new(0));
    let count = handled.clone();
    let handler = move |()| {
        // ORDERING: Relaxed: read after the threads have ended.
        count.fetch_add(1, Ordering::Relaxed);
    };
    let crew = crew::builder().threads(threads).promotion(promotion).start(source, handler).unwrap();
    let feed = || sender.send(()).is_ok();
    let end = || {
        let report = end(crew, far());
        assert_eq!((report.busy, report.failure.is_some()), (0, false));
        let source = report.source.expect("no thread leads after the end");
        // Nothing more goes in from here on, so the books can be closed.
        source.waker().close();
        (report.rest.len(), source)
    };
    let ((rest, source), accepted) = seen.race((end, feed));
    // ORDERING: Relaxed, as above.
    (handled.load(Ordering::Relaxed), rest + source.into_tasks().len(), accepted)
}

fn stop_races_a_task(seen: &Seen, threads: usize, promotion: Promotion) {
    seen.outcome(match end_races_a_task(seen, threads, promotion, Crew::stop) {
        (1, 0, true) => "handled",
        (0, 1, true) => "given back",
        (0, 0, false) => "refused",
        other => panic!("handled, left and accepted: {other:?}"),
    });
}

#[test]
fn a_task_is_handled_or_given_back_by_a_stop() {
    model("crew/stop_races_a_task").outcomes(&["handled", "given back", "refused"]).preemptions(2).check(|seen| {
        stop_races_a_task(seen, 2, Promotion::Early);
    });
}

/// One thread that never hands on.
#[test]
fn a_late_thread_ends_on_a_stop() {
    let outcomes = &["handled", "given back", "refused"];
    model("crew/stop_races_a_task_one_late_thread").outcomes(outcomes).preemptions(3).check(|seen| {
        stop_races_a_task(seen, 1, Promotion::Late);
    });
}

#[test]
fn a_task_is_handled_or_refused_by_a_drain() {
    model("crew/drain_races_a_task").outcomes(&["handled", "refused"]).preemptions(2).check(|seen| {
        seen.outcome(match end_races_a_task(seen, 2, Promotion::Early, Crew::drain) {
            (1, 0, true) => "handled",
            (0, 0, false) => "refused",
            other => panic!("handled, left and accepted: {other:?}"),
        });
    });
}

/// A stop that does not wait for a busy leader: the source comes back with the report or is left in the set, not both.
#[test]
fn a_stop_that_gives_up_on_its_leader_leaves_the_source_to_it() {
    let outcomes = &["with the report", "left in the set"];
    model("crew/stop_gives_up_on_a_late_leader").outcomes(outcomes).preemptions(3).check(|seen| {
        let (sender, source) = task::queue(1);
        // The threads hold the handler, and so this, until they have ended.
        let (alive, ended) = channel::bounded::<()>(1);
        let handler = move |()| {
            let _alive = &alive;
        };
        let crew = crew::builder().threads(1).promotion(Promotion::Late).start(source, handler).unwrap();
        let set: ThreadSet<Tasks> = crew.set().clone();
        let feed = || sender.send(()).expect("the crew's set keeps the queue open");
        let (report, ()) = seen.race((|| crew.stop(past()), feed));
        ended.recv().expect_err("nothing is sent");
        let left = set.take_rest();
        assert!(report.source.is_some() != left.is_some(), "one of them has the source");
        seen.outcome(if left.is_some() { outcomes[1] } else { outcomes[0] });
    });
}
