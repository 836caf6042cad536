//! Floors that need one thread only.

use crate::contender::{Contender, Loop};
use crate::scenario::Checksum;
use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Does the same again and again. What the operations carry is added up beforehand, since an addition takes longer than
/// some of them.
fn repeated(mut once: impl FnMut() + 'static) -> Box<dyn Contender> {
    Box::new(Loop(move |operations| {
        (0..operations).for_each(|_| once());
        Checksum::Numbers.of(operations)
    }))
}

/// Takes a number through whatever it is, again and again.
fn through(mut once: impl FnMut(u64) -> u64 + 'static) -> Box<dyn Contender> {
    Box::new(Loop(move |operations| (0..operations).fold(0, |sum: u64, number| sum.wrapping_add(once(number)))))
}

pub(super) fn load() -> Box<dyn Contender> {
    let word = AtomicU64::new(0);
    repeated(move || {
        // ORDERING: Acquire: as whoever looks whether something has happened.
        if black_box(&word).load(Ordering::Acquire) != 0 {
            black_box(());
        }
    })
}

/// By an `Arc`, which does no more than that, and which compilers are good at.
pub(super) fn add_and_back() -> Box<dyn Contender> {
    let word = Arc::new(());
    repeated(move || drop(Arc::clone(black_box(&word))))
}

pub(super) fn through_memory() -> Box<dyn Contender> {
    through(|number| {
        let mut place = number;
        *black_box(&mut place)
    })
}

pub(super) fn decimal() -> Box<dyn Contender> {
    let mut text = String::new();
    through(move |number| {
        text.clear();
        write!(text, "{number}").expect("a string takes any text");
        black_box(text.as_str()).parse().expect("it is the number that was written")
    })
}

pub(super) fn boxed_call() -> Box<dyn Contender> {
    through(|number| {
        let captured = black_box([number, 0]);
        let call: Box<dyn FnOnce() -> u64> = black_box(Box::new(move || captured[0] + captured[1]));
        call()
    })
}

/// The work of an item: it does nothing, in so many steps.
pub fn steps(count: u64) {
    (0..count).for_each(|step| _ = black_box(step));
}
