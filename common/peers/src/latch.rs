//! Latch: what a wait at an open one costs.

use crate::Question;
use parking_lot::{Condvar, Mutex};
use std::hint::black_box;
use std::sync::{Once, OnceLock};

/// A wait that need not wait.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("latch: wait at an open one")
            .contender(("common", {
                let latch = common::latch::Latch::new();
                latch.open();
                repeated(move || black_box(&latch).wait())
            }))
            .contender(("std Once", {
                let once = Once::new();
                once.call_once(|| ());
                repeated(move || black_box(&once).wait())
            }))
            .contender(("std OnceLock", {
                let lock = OnceLock::from(());
                repeated(move || *black_box(&lock).wait())
            }))
            .contender(("parking_lot Condvar", {
                let (is_open, opened) = (Mutex::new(true), Condvar::new());
                repeated(move || {
                    let mut is_open = black_box(&is_open).lock();
                    while !*is_open {
                        opened.wait(&mut is_open);
                    }
                })
            })),
    ]
}

fn repeated(wait: impl Fn()) -> impl FnMut(u64) -> u64 {
    move |operations| {
        (0..operations).for_each(|_| wait());
        operations
    }
}
