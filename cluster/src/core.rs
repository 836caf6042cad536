//! The supervisor's decisions, without anything that decides when they happen.
//!
//! [`State::step`](state::State::step) maps an input and a time to actions. It does no I/O, reads no clock and knows no
//! thread, so that its tests can try every order of events on small clusters instead of hoping for races.
//!
//! [`state`] is what there is to know, [`step`] how it changes, [`restart`] when a worker may come back, [`reload`] how
//! a slot changes hands.

pub(crate) mod reload;
pub(crate) mod restart;
#[cfg(test)]
mod search;
pub(crate) mod state;
pub(crate) mod step;
