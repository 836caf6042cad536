//! Recording: a clock that all threads share, and a recorder for each of them.

use super::operation::{Call, Operation, Received, Sent};
use crate::pad::CachePadded;
use crate::sync::Arc;
use crate::sync::atomic::{AtomicU64, Ordering};

/// A counter that gives each moment a number of its own; clones share it.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Ticks>);

#[derive(Debug, Default)]
struct Ticks(CachePadded<AtomicU64>);

impl Clock {
    /// A clock that has not ticked yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A recorder for one thread.
    pub fn recorder(&self) -> Recorder {
        self.recorder_for(0)
    }

    /// A recorder with room for so many operations, which then allocates nothing while it records them.
    pub fn recorder_for(&self, operations: usize) -> Recorder {
        Recorder { clock: self.clone(), operations: Vec::with_capacity(operations), waits: None }
    }

    fn tick(&self) -> u64 {
        // ORDERING: AcqRel, E1: of two ticks the later one acquires what the earlier one released.
        self.0.0.fetch_add(1, Ordering::AcqRel)
    }
}

/// What one thread did, kept by that thread; [`History::merge`](super::History::merge) puts the threads together.
///
/// Whatever is called here is written down before the call and completed after it. A call that unwinds stays without an
/// answer, and what it was doing may or may not have happened.
#[derive(Debug)]
pub struct Recorder {
    clock: Clock,
    operations: Vec<Operation>,
    /// Where the receive is that has begun.
    waits: Option<usize>,
}

impl Recorder {
    /// Records a send of `value`, which `call` makes. A value that came back may be sent again.
    pub fn send(&mut self, value: u64, call: impl FnOnce() -> Sent) -> Sent {
        let place = self.begin(Call::Send { value, outcome: None });
        let outcome = call();
        self.end(place, Call::Send { value, outcome: Some(outcome) });
        outcome
    }

    /// Records a receive, which `call` makes, waiting or not.
    pub fn receive(&mut self, call: impl FnOnce() -> Received) -> Received {
        let place = self.begin(Call::Receive { outcome: None });
        let outcome = call();
        self.end(place, Call::Receive { outcome: Some(outcome) });
        outcome
    }

    /// Records that `call` took values out without handling them, at one moment; returns how many.
    pub fn take_out(&mut self, call: impl FnOnce() -> Vec<u64>) -> usize {
        let place = self.begin(Call::Receive { outcome: None });
        let values = call();
        let Some((first, rest)) = values.split_first() else {
            // Nothing came, which does not have to mean that there was nothing.
            self.operations.pop();
            return 0;
        };
        let received = |value: u64| Call::Receive { outcome: Some(Received::Value(value)) };
        self.end(place, received(*first));
        let done = self.operations[place];
        self.operations.extend(rest.iter().map(|value| Operation { call: received(*value), ..done }));
        values.len()
    }

    /// Records a close, which `call` makes: a call, or the drop of the last handle.
    pub fn close<R>(&mut self, call: impl FnOnce() -> R) -> R {
        let place = self.begin(Call::Close);
        let answer = call();
        self.end(place, Call::Close);
        answer
    }

    /// Begins a receive that ends somewhere else in the code: where a callback gets its value, say.
    ///
    /// # Panics
    ///
    /// Panics if one has begun and not ended.
    pub fn begin_receive(&mut self) {
        assert!(self.waits.is_none(), "a thread receives one value at a time");
        self.waits = Some(self.begin(Call::Receive { outcome: None }));
    }

    /// Ends the receive that has begun.
    ///
    /// # Panics
    ///
    /// Panics if none has begun.
    pub fn end_receive(&mut self, outcome: Received) {
        let place = self.waits.take().expect("a receive begins before it ends");
        self.end(place, Call::Receive { outcome: Some(outcome) });
    }

    fn begin(&mut self, call: Call) -> usize {
        let place = self.operations.len();
        // The tick comes last, so that a growing vector costs the interval nothing.
        self.operations.push(Operation { call, start: 0, end: Operation::NEVER, thread: 0 });
        self.operations[place].start = self.clock.tick();
        place
    }

    fn end(&mut self, place: usize, call: Call) {
        let end = self.clock.tick();
        let operation = &mut self.operations[place];
        operation.call = call;
        operation.end = end;
    }

    pub(super) fn same_clock(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.clock.0, &other.clock.0)
    }

    pub(super) fn into_operations(self, thread: u32) -> impl Iterator<Item = Operation> {
        self.operations.into_iter().map(move |operation| Operation { thread, ..operation })
    }
}
