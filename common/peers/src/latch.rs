//! Latch: what a wait at an open one costs.

use crate::repeated;
use barometer::Contender;
use parking_lot::{Condvar, Mutex};
use std::hint::black_box;
use std::sync::{Once, OnceLock};

pub(crate) fn contender(name: &str) -> Option<Box<dyn Contender>> {
    Some(match name {
        "ours" => {
            let latch = common::latch::Latch::new();
            latch.open();
            repeated(move || black_box(&latch).wait())
        }
        "std: Once" => {
            let once = Once::new();
            once.call_once(|| ());
            repeated(move || black_box(&once).wait())
        }
        "std: OnceLock" => {
            let lock = OnceLock::from(());
            repeated(move || *black_box(&lock).wait())
        }
        "parking_lot: Condvar" => {
            let (is_open, opened) = (Mutex::new(true), Condvar::new());
            repeated(move || {
                let mut is_open = black_box(&is_open).lock();
                while !*is_open {
                    opened.wait(&mut is_open);
                }
            })
        }
        _ => return None,
    })
}
