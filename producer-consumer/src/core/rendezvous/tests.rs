//! What selects do, in the core alone: they wait in the sets, and only try.

use super::{Core, Rendezvous};
use crate::patience::Patience;
use std::thread;

const EACH: u32 = if cfg!(miri) { 20 } else { 20_000 };

/// Who only tries when it is told, as a select does, is told by a thread that waits for a message.
#[test]
fn who_waits_in_the_set_meets_a_thread() {
    let core = Rendezvous::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..EACH).for_each(|number| core.not_full.wait(|| core.push(number).ok())));
        }
        let consume = || (0..EACH).map(|_| core.recv(Patience::Endless).map_or(0, u64::from)).sum::<u64>();
        let consumers = [(); 2].map(|()| scope.spawn(consume));
        let sum: u64 = consumers.map(|consumer| consumer.join().unwrap()).iter().sum();
        assert_eq!(sum, u64::from(EACH) * u64::from(EACH - 1));
    });
}

/// Two that only try when they are told, as the cases of two selects do.
#[test]
fn two_who_wait_in_the_sets_meet() {
    let core = Rendezvous::new();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in 0..EACH {
                    core.not_full.wait(|| core.push(number).ok());
                    core.not_empty.notify_one();
                }
            });
        }
        let consume = || {
            let recv = || {
                let number = core.not_empty.wait(|| core.pop().ok());
                core.not_full.notify_one();
                number
            };
            (0..EACH).map(|_| u64::from(recv())).sum::<u64>()
        };
        let consumers = [(); 2].map(|()| scope.spawn(consume));
        let sum: u64 = consumers.map(|consumer| consumer.join().unwrap()).iter().sum();
        assert_eq!(sum, u64::from(EACH) * u64::from(EACH - 1));
    });
    assert!(core.pop().is_err());
}
