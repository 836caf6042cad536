//! The barometer: the crates beside what their users would take instead, on the same machine in the same minute.
//!
//! A figure alone says more about the machine than about the code, and two figures that were taken one after the other
//! say more about what else the machine did: here the same code, measured twice that way, differed by 89 %. So contenders
//! take turns, in random order, on cores that are part of the question, and ours takes two turns: what these differ by is
//! what cannot be resolved. Each sample says what came out, and is compared with what should have, before it counts.
//! Ancestors: rebar (a measurement is a test), criterion (the bootstrap), wrk2 and Gil Tene (the open loop).
//!
//! A crate's contenders stand in its `peers` package, a program whose `main` is [`runner::main`], beside its
//! `scenarios.toml`. The program `barometer` drives them for `cargo xtask bench` and `cargo xtask report`.
//!
//! | module | what |
//! |---|---|
//! | [`scenario`] | a question, who answers it, and what the answer has to be |
//! | [`contender`] | one way to do what a scenario asks |
//! | [`external`] | a contender in another language |
//! | [`floor`] | what no contender can do without |
//! | [`measure`] | the turns of one process |
//! | [`latency`] | how late answers are while requests come at a fixed rate |
//! | [`runner`] | the program of a `peers` package |
//! | [`message`] | what such a program says while it measures |
//! | [`record`] | what each sample measured, as CSV |
//! | [`completeness`] | whether any sample is missing |
//! | [`estimate`] | medians, ratios and their intervals |
//! | [`summary`] | what can be said of the records of a scenario |
//! | [`conformance`] | what each contender has to do before anybody looks at the clock |
//! | `criterion` | the scenarios that need one thread, for criterion (feature `criterion`) |
//! | [`placement`], [`crew`], [`usage`] | where threads run, threads that work together, what they cost |

pub mod completeness;
pub mod conformance;
pub mod contender;
pub mod crew;
#[cfg(feature = "criterion")]
pub mod criterion;
pub mod estimate;
pub mod external;
pub mod floor;
pub mod latency;
pub mod measure;
pub mod message;
pub mod placement;
pub mod record;
pub mod runner;
pub mod scenario;
mod seat;
pub mod summary;
pub mod usage;

pub use contender::{Absent, Contender, Outcome};
pub use latency::{Request, Service};
pub use placement::Placement;
pub use runner::Peers;
pub use scenario::Scenario;
