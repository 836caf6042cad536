//! A history: what threads asked of a queue and what it answered, and whether a FIFO queue can have answered that.
//!
//! A stress test that counts its messages finds what is lost, and neither a swap of two messages nor an "empty" that was
//! a lie. A search for a legal order of all operations (Wing and Gong) finds everything and ends with histories of a few
//! hundred operations. For queues whose values are distinct there is a list of bad patterns, each seen by a sweep over
//! sorted intervals, such that a history without any of them is linearizable: Henzinger, Sezgin and Vafeiadis,
//! "Aspect-Oriented Linearizability Proofs" (CONCUR 2013); Bouajjani, Emmi, Enea and Hamza, "On Reducing Linearizability
//! to State Reachability" (ICALP 2015). So a run of a million operations is judged whole.
//!
//! # Words
//!
//! An operation is the interval from its call to its return. It is *before* another if it returned before the other was
//! called; two that overlap may have taken effect in either order. A send that never returned may or may not have taken
//! effect; a receive that never returned may have taken any one value or none.
//!
//! # Patterns
//!
//! A history is refused if and only if one of these is in it.
//!
//! | pattern | condition |
//! |---|---|
//! | [`Nowhere`](Pattern::Nowhere) | a value is received that nobody sent, or that was handed back, or before its send was called |
//! | [`Twice`](Pattern::Twice) | a value is received twice |
//! | [`Inversion`](Pattern::Inversion) | the send of a is before the send of b, b is received, and the receive of b is before that of a, or a is never received |
//! | [`FalseEmpty`](Pattern::FalseEmpty) | an "empty" lies within a union of intervals in each of which some value was certainly inside: from the return of its send to the call of its receive, or without end if it is never received |
//! | [`EarlyEnd`](Pattern::EarlyEnd) | a "closed" is before every close, where closes are recorded |
//! | [`AfterEnd`](Pattern::AfterEnd) | a close, or a "closed", is before an accepted send or before an "empty" that does not say closed |
//! | [`Undrained`](Pattern::Undrained) | a receive answered "closed and empty", and an accepted value is received by a call after that, or never |
//!
//! Three steps come before the sweeps, and none of them loses exactness:
//! - The queue closes at one moment, and a later one permits more: the first return of a close or of a "closed". No
//!   "empty" took effect after it, so their intervals are cut there. (To cut those of sends would change nothing.)
//! - A send that never returned and whose value nobody received is as if it had never been called.
//! - Receives that never returned are taken, earliest call first, to have received those of the values without a
//!   receive whose sends returned first; such a receive ends never, or with the first "closed and empty".
//!   (If any legal order exists, exchanging two values or two receives gets one of this shape.)
//!
//! # Orders
//!
//! [`Order`] says how much is promised. For less than [`Order::Fifo`] `Inversion` is asked of fewer pairs, and all else
//! stays. One thing is then judged mildly: with [`Order::PerSender`], while a receive never returned, a value that nobody
//! received makes no "empty" a lie. What is refused is wrong in every case.
//!
//! # Orderings
//!
//! The stamps come from one counter, by a read-modify-write that acquires and releases.
//!
//! | edge | release side | acquire side | publishes |
//! |---|---|---|---|
//! | E1 | tick at an operation's return | tick at a later operation's call | all that the first operation did |
//!
//! Read-modify-writes continue a release sequence, so of any two ticks the lower one happens before the higher one:
//! "before" is happens-before, in the memory model's sense, and no machine can excuse an answer that contradicts it. The
//! system's clock would be no better and not sound: a store can lie in its core's buffer when the clock has already
//! been read, so that another thread reads a later time and an older value; and two readings can be equal. The price is
//! that a tick is an edge too: a history does not show an edge that the queue should have made itself. That is what
//! models are for.
//!
//! # Limits
//!
//! Values are distinct `u64`s. The capacity of a queue is not judged, and so neither is a "full". Values that one drain
//! took out count as taken at one moment, so their order among each other is not judged.
//!
//! An operation costs two ticks and 48 bytes: 50 ns on one thread, fresh memory included, and 100 ns where two threads
//! contend for the counter. A million operations of eight threads are judged in 0.25 s in release mode and 2 s in debug
//! mode (`tests/it: a_million_operations_are_judged_in_time`). On a 2-core AMD EPYC virtual machine, as in the README.

mod operation;
mod recorder;
mod sweep;
mod violation;

pub use operation::{Call, Operation, Received, Sent};
pub use recorder::{Clock, Recorder};
pub use violation::{Pattern, Violation};

/// What a queue promises about the order of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Values come out in the order in which they went in.
    Fifo,
    /// Values that one thread sent come out in the order in which it sent them.
    PerSender,
    /// Values come out once, in any order.
    Any,
}

/// What a history without a bad pattern consists of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Values that went in.
    pub accepted: usize,
    /// Sends whose value was handed back.
    pub handed_back: usize,
    /// Values that came out.
    pub received: usize,
    /// Receives that were told that there was nothing.
    pub empty: usize,
    /// Receives that were told that there will be nothing any more.
    pub closed: usize,
    /// Sends and receives that never returned.
    pub pending: usize,
}

/// The operations of all threads, in no particular order.
///
/// ```
/// use common::history::{Clock, History, Order, Received, Sent};
/// use std::sync::mpsc;
///
/// let clock = Clock::new();
/// let (sender, receiver) = mpsc::channel();
/// let mut producer = clock.recorder();
/// let mut consumer = clock.recorder();
/// let producer = std::thread::spawn(move || {
///     for value in 0..100 {
///         producer.send(value, || sender.send(value).map_or(Sent::Closed, |()| Sent::Accepted));
///     }
///     producer.close(|| drop(sender));
///     producer
/// });
/// let answer = || match receiver.try_recv() {
///     Ok(value) => Received::Value(value),
///     Err(mpsc::TryRecvError::Empty) => Received::Empty,
///     Err(mpsc::TryRecvError::Disconnected) => Received::Closed,
/// };
/// while consumer.receive(answer) != Received::Closed {}
///
/// let history = History::merge([producer.join().unwrap(), consumer]);
/// let summary = history.check(Order::Fifo)?;
/// assert_eq!((summary.accepted, summary.received), (100, 100));
/// # Ok::<(), common::history::Violation>(())
/// ```
#[derive(Clone, Debug)]
pub struct History {
    operations: Vec<Operation>,
}

impl History {
    /// A history of operations that come from somewhere else than a [`Recorder`]. Equal stamps count as overlapping.
    ///
    /// # Panics
    ///
    /// Panics if an operation returns before it is called, or has an answer without a return or the reverse.
    pub fn new(operations: Vec<Operation>) -> Self {
        for operation in &operations {
            assert!(operation.is_sound(), "no operation can be like this: {operation}");
        }
        Self { operations }
    }

    /// What the threads' recorders have recorded; threads are numbered in the order given.
    ///
    /// # Panics
    ///
    /// Panics if the recorders are not of one clock.
    pub fn merge(recorders: impl IntoIterator<Item = Recorder>) -> Self {
        let recorders: Vec<_> = recorders.into_iter().collect();
        assert!(recorders.windows(2).all(|pair| pair[0].same_clock(&pair[1])), "stamps of two clocks do not compare");
        let threads = (0..).zip(recorders);
        Self { operations: threads.flat_map(|(thread, recorder)| recorder.into_operations(thread)).collect() }
    }

    /// The operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The same without each "empty" that was answered while the send of an accepted value was under way.
    ///
    /// Senders of a lock-free queue take their place first and put the value there then. Who comes to a place whose sender
    /// has been put aside in between has to wait for it or say "empty", whatever lies behind; this leaves out the latter.
    #[must_use]
    pub fn excusing_empties(mut self) -> Self {
        let is_accepted =
            |operation: &&Operation| matches!(operation.call, Call::Send { outcome: None | Some(Sent::Accepted), .. });
        let sends = self.operations.iter().filter(is_accepted);
        let mut sends: Vec<_> = sends.map(|operation| (operation.start, operation.end)).collect();
        sends.sort_unstable();
        // The latest return among the sends that were called up to each of them.
        let mut latest = 0;
        for (_, end) in &mut sends {
            latest = latest.max(*end);
            *end = latest;
        }
        self.operations.retain(|operation| {
            let called_before = sends.partition_point(|(start, _)| *start < operation.end);
            let is_beside = called_before > 0 && operation.start < sends[called_before - 1].1;
            !(is_beside && operation.call == Call::Receive { outcome: Some(Received::Empty) })
        });
        self
    }

    /// Whether a queue that promises `order` can have answered like this.
    ///
    /// Costs a few sorts of the operations, O(n log n), and less than 100 bytes of memory for each of them.
    ///
    /// # Errors
    ///
    /// The first bad pattern found, with the operations that make it.
    ///
    /// # Panics
    ///
    /// Panics if a value was sent again after it had been accepted: values have to be distinct.
    pub fn check(&self, order: Order) -> Result<Summary, Violation> {
        sweep::judge(&self.operations, order)?;
        Ok(self.summary())
    }

    fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for operation in &self.operations {
            match operation.call {
                Call::Send { outcome: Some(Sent::Accepted), .. } => summary.accepted += 1,
                Call::Send { outcome: Some(Sent::Refused | Sent::Closed), .. } => summary.handed_back += 1,
                Call::Receive { outcome: Some(Received::Value(_)) } => summary.received += 1,
                Call::Receive { outcome: Some(Received::Empty) } => summary.empty += 1,
                Call::Receive { outcome: Some(Received::Closed) } => summary.closed += 1,
                Call::Send { outcome: None, .. } | Call::Receive { outcome: None } => summary.pending += 1,
                Call::Close => {}
            }
        }
        summary
    }
}
