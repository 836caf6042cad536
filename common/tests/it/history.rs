//! The judge of histories, judged: by hand, by a search for a legal order, and by single faults among a million.

mod large;
mod legal;
mod pattern;
mod record;
mod search;
mod simulation;

use common::history::{Call, Operation, Received, Sent};

/// Numbers that look random and are the same in every run (splitmix64).
struct Dice(u64);

impl Dice {
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (x ^ (x >> 31)) as usize % bound
    }

    /// True once in `times`.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

// A small language for histories: `send(1, 0, 5)` is an accepted send of 1 that was called at 0 and returned at 5.

fn operation(call: Call, start: u64, end: u64) -> Operation {
    Operation { call, start, end, thread: 0 }
}

fn send(value: u64, start: u64, end: u64) -> Operation {
    operation(Call::Send { value, outcome: Some(Sent::Accepted) }, start, end)
}

fn refused(value: u64, outcome: Sent, start: u64, end: u64) -> Operation {
    operation(Call::Send { value, outcome: Some(outcome) }, start, end)
}

fn send_without_return(value: u64, start: u64) -> Operation {
    operation(Call::Send { value, outcome: None }, start, Operation::NEVER)
}

fn receive(value: u64, start: u64, end: u64) -> Operation {
    operation(Call::Receive { outcome: Some(Received::Value(value)) }, start, end)
}

fn empty(start: u64, end: u64) -> Operation {
    operation(Call::Receive { outcome: Some(Received::Empty) }, start, end)
}

fn closed_and_empty(start: u64, end: u64) -> Operation {
    operation(Call::Receive { outcome: Some(Received::Closed) }, start, end)
}

fn receive_without_return(start: u64) -> Operation {
    operation(Call::Receive { outcome: None }, start, Operation::NEVER)
}

fn close(start: u64, end: u64) -> Operation {
    operation(Call::Close, start, end)
}

fn by(thread: u32, operation: Operation) -> Operation {
    Operation { thread, ..operation }
}
