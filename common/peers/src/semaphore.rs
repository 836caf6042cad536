//! Semaphore: what permits cost when there are enough of them.

use crate::repeated;
use barometer::Contender;
use common::semaphore::Semaphore;
use std::hint::black_box;

pub(crate) fn contender(name: &str) -> Option<Box<dyn Contender>> {
    Some(match name {
        "ours" => {
            let semaphore = Semaphore::new(10);
            repeated(move || drop(black_box(&semaphore).acquire(3)))
        }
        "tokio: Semaphore" => {
            let semaphore = tokio::sync::Semaphore::new(10);
            repeated(move || drop(black_box(&semaphore).try_acquire_many(3)))
        }
        _ => return None,
    })
}
