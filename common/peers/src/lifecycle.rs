//! Lifecycle: what it costs to count a piece of work in and out.

use crate::repeated;
use barometer::Contender;
use barometer::contender::Loop;
use common::lifecycle::Lifecycle;
use crossbeam_utils::sync::WaitGroup;
use parking_lot::Mutex;
use std::hint::black_box;
use std::sync::Arc;

pub(crate) fn contender(name: &str) -> Option<Box<dyn Contender>> {
    Some(match name {
        "ours" => {
            let life = Lifecycle::new();
            let accepted = move |_: &u64| black_box(&life).enter().is_some();
            Box::new(Loop(move |operations| (0..operations).filter(&accepted).count() as u64))
        }
        "crossbeam-utils: WaitGroup" => {
            let group = WaitGroup::new();
            repeated(move || drop(black_box(&group).clone()))
        }
        "std: Arc" => {
            let arc = Arc::new(());
            repeated(move || drop(Arc::clone(black_box(&arc))))
        }
        "parking_lot: Mutex" => {
            let in_flight = Mutex::new(0_u64);
            repeated(move || {
                *black_box(&in_flight).lock() += 1;
                *black_box(&in_flight).lock() -= 1;
            })
        }
        _ => return None,
    })
}
