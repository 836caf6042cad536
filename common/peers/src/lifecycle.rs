//! Lifecycle: what it costs to count a piece of work in and out.

use crate::Question;
use crossbeam_utils::sync::WaitGroup;
use parking_lot::Mutex;
use std::hint::black_box;
use std::sync::Arc;

/// In and out, on one thread.
pub fn questions() -> Vec<Question> {
    vec![
        Question::new("lifecycle: enter and leave")
            .contender(("common", {
                let life = common::lifecycle::Lifecycle::new();
                move |operations| (0..operations).filter(|_| black_box(&life).enter().is_some()).count() as u64
            }))
            .contender(("crossbeam WaitGroup", {
                let group = WaitGroup::new();
                counted(move || drop(black_box(&group).clone()))
            }))
            .contender(("std Arc", {
                let arc = Arc::new(());
                counted(move || drop(Arc::clone(black_box(&arc))))
            }))
            .contender(("parking_lot Mutex", {
                let in_flight = Mutex::new(0_u64);
                counted(move || {
                    *black_box(&in_flight).lock() += 1;
                    *black_box(&in_flight).lock() -= 1;
                })
            })),
    ]
}

fn counted(enter_and_leave: impl Fn()) -> impl FnMut(u64) -> u64 {
    move |operations| {
        (0..operations).for_each(|_| enter_and_leave());
        operations
    }
}
