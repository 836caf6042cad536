#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    all(shuttle, feature = "net"),
    expect(clippy::result_large_err, reason = "a modelled mutex is larger than the one that ships")
)]

mod contain;
pub mod crew;
mod follower;
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod handle;
#[cfg(feature = "http")]
pub mod http;
mod leader;
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod notify;
pub mod promotion;
#[cfg(feature = "net")]
pub mod reactor;
#[cfg(feature = "net")]
mod registration;
#[cfg(feature = "net")]
mod slab;
pub mod source;
#[cfg(feature = "net")]
mod timer;
#[cfg(feature = "net")]
mod turn;

pub use crew::Crew;
pub use follower::Member;
pub use leader::Leader;
pub use promotion::{Handovers, Promoted, Promotion, ThreadSet};
#[cfg(feature = "net")]
pub use reactor::Reactor;
