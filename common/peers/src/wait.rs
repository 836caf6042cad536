//! WaitSet: what a notification costs when nobody waits, which is what a channel pays for each message.

use crate::repeated;
use barometer::Contender;
use common::wait::WaitSet;
use parking_lot::Condvar;
use std::hint::black_box;

pub(crate) fn contender(name: &str) -> Option<Box<dyn Contender>> {
    Some(match name {
        "ours" => {
            let set = WaitSet::new();
            repeated(move || {
                black_box(&set).notify_one();
            })
        }
        "parking_lot: Condvar" => {
            let condvar = Condvar::new();
            repeated(move || {
                black_box(&condvar).notify_one();
            })
        }
        "std: Condvar" => {
            let condvar = std::sync::Condvar::new();
            repeated(move || black_box(&condvar).notify_one())
        }
        "tokio: Notify" => {
            let notify = tokio::sync::Notify::new();
            repeated(move || black_box(&notify).notify_waiters())
        }
        _ => return None,
    })
}
