//! The core with lanes, and with bounds by weight: a queue for each lane, all under one lock, and a line of those who wait for
//! room in it.
//!
//! A bound in messages says little of memory where they differ in size, and one queue makes what is urgent wait for what is
//! not. Both want somebody to look at more than the next place: whether a heavy message fits, and whose turn it is. So this is
//! under a lock. Who wants much must not be overtaken for ever by those who want little, so senders that wait do so in
//! turn. Ancestors: folly's `DynamicBoundedQueue`, tokio's batch semaphore, deficit round robin (Shreedhar and Varghese).
//!
//! # States
//!
//! | what | where | who may change it |
//! |---|---|---|
//! | a message | in its lane, with its weight as it came in | who has the lock |
//! | a sender that waits | in its lane's line, in a [`Turn`](common::wait::Turn) | at the front: puts in what fits |
//! | a select that waits to send | in its lane's set aside of the line | puts in what fits, when nobody is in the line |
//! | a lane's credit | from its share down to zero, in messages | a receiver, one for each that it takes |
//!
//! # Protocol
//!
//! Push: weigh the message outside the lock. A newcomer is refused while somebody is in the line, else, as the front of the line
//! is, if the message does not fit: if there are as many messages as there may be, or it would be too heavy beside what is in
//! its lane. Into an empty lane goes a message of any weight, for it would never fit otherwise.
//!
//! Displace: push, after the oldest messages of the lane were taken out, as many as are in the way.
//!
//! Pop: the first lane that has a message and credit gives its oldest, for one credit. If none has both, a round is over, and all
//! have their shares again. Then tell the lane that it came from: ring the front of its line, or if nobody is there notify all
//! that wait aside, who have no order.
//!
//! Who leaves the front of a line rings the next, as turns do; who leaves it empty notifies all aside. Close: notify everybody.
//!
//! # Invariants
//!
//! - L1: a lane holds no more messages and reserved places than its bound, and no more weight, but for one that is alone.
//! - L2: a weight is what it was when the message came in: what goes out is taken off exactly.
//! - L3: those who have waited in a line put in in the order in which they joined it.
//! - L4: where somebody waits in a line, the front was rung after the last change; where somebody waits aside of an empty line,
//!   all there were told after the last change.
//! - L5: between two messages of a lane that has some, each other lane gives at most twice its share.
//!
//! L5: a round gives at most its share for each lane, and the message waits through the rest of one and through those lanes
//! of the next that come before its own.
//!
//! L4, aside: who sits down there looks at the line after a fence, and who leaves the line looks at the seats after one. So one
//! of them sees the other. The same holds for who takes a message out and who sits down in either.
//!
//! # Orderings
//!
//! Everything is ordered by the lock and by the wait sets.
//!
//! # Limits
//!
//! Each operation waits for the lock, which is held for a few steps, and for one a message of a batch. A newcomer that does not
//! see who is just about to wait gets ahead of it. While somebody is in line all others join it, so that each message that
//! goes in costs a wake until the line is empty. A future at the front of a line that nobody polls holds up all behind it. A
//! select stands in no line: it comes after all who do. Shares count messages, whatever they weigh.

mod lane;
mod place;
mod stock;

pub(crate) use self::lane::Lane;
pub(crate) use self::place::Place;
pub(crate) use self::stock::{Bound, Shares};

use self::place::End;
use self::stock::Stock;
use super::Handles;
use crate::stats::Waits;
use common::sync::Mutex;
use common::wait::{Foreign, WaitSet};
// FACADE: the user's function, which no thread waits for.
use std::sync::Arc;

/// Says how heavy a message is.
pub(crate) type Weigh<T> = Arc<dyn Fn(&T) -> usize + Send + Sync>;

/// What all lanes of a channel are.
pub(crate) struct Lanes<T> {
    stock: Mutex<Stock<T>>,
    ends: Box<[End]>,
    not_empty: WaitSet,
    recv_waits: Waits,
    send_waits: Waits,
    handles: Handles,
    bound: Bound,
    /// `None`: messages weigh nothing.
    weigh: Option<Weigh<T>>,
}

impl<T> Lanes<T> {
    /// Empty ones, of the same bound each.
    fn new(shares: Shares, bound: Bound, weigh: Option<Weigh<T>>, handles: Handles) -> Self {
        Self {
            ends: shares.iter().map(|_| End::new()).collect(),
            stock: Mutex::new(Stock::new(shares, bound)),
            not_empty: WaitSet::new(),
            recv_waits: Waits::new(),
            send_waits: Waits::new(),
            handles,
            bound,
            weigh,
        }
    }

    /// The weight of a message: at least one, so that a limit bounds how many there are.
    fn weight_of(&self, value: &T) -> usize {
        self.weigh.as_ref().map_or(0, |weigh| weigh(value).max(1))
    }

    /// There may be room in a lane.
    fn tell_lane(&self, number: usize) {
        self.send_waits.tell(self.ends[number].tell());
    }

    /// There will be no room any more.
    fn tell_all(&self) {
        let mut foreign = Foreign::default();
        for End { line, aside } in &self.ends {
            for set in [line, aside] {
                foreign.run(|| self.send_waits.tell(set.notify_all()));
            }
        }
    }
}
