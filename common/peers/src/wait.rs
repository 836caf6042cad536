//! WaitSet: what a notification costs when nobody waits, which is what a channel pays for each message.

use crate::Question;
use common::wait::WaitSet;
use parking_lot::Condvar;
use std::hint::black_box;

/// A notification that wakes nobody.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("wait set: notify with nobody there")
            .contender(("common", {
                let set = WaitSet::new();
                repeated(move || {
                    black_box(&set).notify_one();
                })
            }))
            .contender(("parking_lot Condvar", {
                let condvar = Condvar::new();
                repeated(move || {
                    black_box(&condvar).notify_one();
                })
            }))
            .contender(("std Condvar", {
                let condvar = std::sync::Condvar::new();
                repeated(move || black_box(&condvar).notify_one())
            }))
            .contender(("tokio Notify", {
                let notify = tokio::sync::Notify::new();
                repeated(move || black_box(&notify).notify_waiters())
            })),
    ]
}

fn repeated(notify: impl Fn()) -> impl FnMut(u64) -> u64 {
    move |operations| {
        (0..operations).for_each(|_| notify());
        operations
    }
}
