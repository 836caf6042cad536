//! The crew: a stop loses no task, whoever was where.

use common::model::model;
use common::sync::atomic::{AtomicUsize, Ordering};
use common::sync::{Arc, thread};
use leader_followers::source::{EventSource, Waker, task};
use leader_followers::{Promotion, crew};
use std::time::{Duration, Instant};

fn far() -> Instant {
    Instant::now() + Duration::from_secs(1 << 20)
}

/// Stops a crew of `threads` while a task comes in, and says what became of the task.
fn stop_races_a_task(threads: usize, promotion: Promotion) -> &'static str {
    let (sender, source) = task::queue(1);
    let handled = Arc::new(AtomicUsize::new(0));
    let count = handled.clone();
    let handler = move |()| {
        // ORDERING: Relaxed: read after the threads have ended.
        count.fetch_add(1, Ordering::Relaxed);
    };
    let crew = crew::builder().threads(threads).promotion(promotion).start(source, handler);
    let crew = crew.unwrap();
    let feeder = thread::spawn(move || sender.send(()).is_ok());
    let report = crew.stop(far());
    assert_eq!((report.busy, report.failure.is_some()), (0, false));
    let source = report.source.expect("no thread leads after a stop");
    // Nothing more goes in from here on, so the books can be closed.
    source.waker().close();
    let accepted = feeder.join().unwrap();
    let left = report.rest.len() + source.into_tasks().len();
    // ORDERING: Relaxed, as above.
    let done = handled.load(Ordering::Relaxed);
    assert_eq!(done + left, usize::from(accepted));
    match (done, left) {
        (1, 0) => "handled",
        (0, 1) => "given back",
        _ => "refused",
    }
}

#[test]
fn a_task_is_handled_or_given_back_by_a_stop() {
    model("crew/stop_races_a_task").outcomes(&["handled", "given back", "refused"]).preemptions(2).check(|seen| {
        seen.outcome(stop_races_a_task(2, Promotion::Early));
    });
}

/// The roles swapped: one thread that never hands on.
#[test]
fn a_late_thread_ends_on_a_stop() {
    model("crew/stop_races_a_task_one_late_thread")
        .outcomes(&["handled", "given back", "refused"])
        .preemptions(3)
        .check(|seen| {
            seen.outcome(stop_races_a_task(1, Promotion::Late));
        });
}
