//! Semaphore: what permits cost when there are enough of them.

use crate::Question;
use common::semaphore::Semaphore;
use std::hint::black_box;

/// Three of ten permits, taken and given back.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("semaphore: acquire and release three of ten")
            .contender(("common", {
                let semaphore = Semaphore::new(10);
                repeated(move || drop(black_box(&semaphore).acquire(3)))
            }))
            .contender(("tokio Semaphore", {
                let semaphore = tokio::sync::Semaphore::new(10);
                repeated(move || drop(black_box(&semaphore).try_acquire_many(3)))
            })),
    ]
}

fn repeated(take: impl Fn()) -> impl FnMut(u64) -> u64 {
    move |operations| {
        (0..operations).for_each(|_| take());
        operations
    }
}
