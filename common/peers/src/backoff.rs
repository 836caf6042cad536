//! Back-off: how long a spin takes to give up, which is what a wait that has to sleep pays for the hope of another.

use crate::Question;

/// A spin to its end.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("backoff: spin until it gives up")
            .contender(("common", |operations| {
                (0..operations).for_each(|_| {
                    let mut backoff = common::backoff::Backoff::new();
                    while backoff.spin() {}
                });
                operations
            }))
            .contender(("crossbeam Backoff", |operations| {
                (0..operations).for_each(|_| {
                    let backoff = crossbeam_utils::Backoff::new();
                    while !backoff.is_completed() {
                        backoff.snooze();
                    }
                });
                operations
            })),
    ]
}
