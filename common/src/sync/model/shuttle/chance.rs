//! What happens without cause: a wake, a failure of a weak compare-exchange.
//!
//! std allows both, loom never does either, and shuttle only in its `park`. Here they are choices of shuttle's own
//! random source, so that a schedule which replays replays them too. The depth-first search has no random source, and
//! nothing happens without cause there.

use shuttle::rand::{Rng, thread_rng};
use std::cell::Cell;

/// One in so many places where something could happen without cause, it does.
const RARITY: u32 = 8;

std::thread_local! {
    // shuttle runs all threads of a model on the thread that started it.
    static ALLOWED: Cell<bool> = const { Cell::new(false) };
}

/// Allows chance in the models that this thread runs from now on, or forbids it.
pub(crate) fn allow(allowed: bool) {
    ALLOWED.set(allowed);
}

/// Whether something may happen here without cause.
pub(crate) fn strikes() -> bool {
    ALLOWED.get() && thread_rng().gen_ratio(1, RARITY)
}
