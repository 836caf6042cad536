//! Floors: what no contender of a kind can do without, measured in the same rounds.
//!
//! | floor | an operation |
//! |---|---|
//! | `load` | a word is read, and looked at |
//! | `add-and-back` | a thread adds to a word that no other one touches, and subtracts again |
//! | `through-memory` | a number is written to memory and read back |
//! | `decimal` | a number is written as text and read back |
//! | `boxed-call` | a closure of 16 bytes is boxed, called and freed |
//! | `work` | an item of so many `steps` is worked on by one of so many `workers` |
//! | `line-transfer` | a cache line goes from one core to another |
//! | `park` | a thread wakes another one and sleeps until that has woken it, by `std::thread::park` |
//! | `fetch-add` | a thread adds to a word to which another one adds, too |
//! | `loopback` | 64 bytes go to another thread and back, through a TCP connection to this machine |
//! | `loopback-16` | the same, with 16 of them on their way, each in a connection of its own |
//! | `socket-pair` | 64 bytes go to another thread and back, through a pair of Unix sockets |
//! | `commit` | 4 KiB of a file are overwritten and are on the disk |
//!
//! A floor's time is told in percent of a contender's. It is more than 100 if that one gets by with less than the floor's
//! operation: several messages can share a line, and who is awake already needs no park.

mod alone;
mod disk;
mod socket;
mod thread;

use crate::contender::{Contender, Outcome};
use crate::placement::Placement;
use crate::scenario::{Checksum, Scenario};
use anyhow::{Result, bail};

pub use alone::steps;

/// All of them.
pub const NAMES: [&str; 13] = [
    "load",
    "add-and-back",
    "through-memory",
    "decimal",
    "boxed-call",
    "work",
    "line-transfer",
    "park",
    "fetch-add",
    "loopback",
    "loopback-16",
    "socket-pair",
    "commit",
];

/// The floor of that name, of a scenario and for threads in that placement.
///
/// # Errors
///
/// [`Absent`](crate::Absent) if there is no such floor in that placement; otherwise when there is no such floor at all,
/// or no socket or no file, and when the scenario does not say what it has to know.
pub fn floor(name: &str, scenario: &Scenario, placement: Placement) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "load" => alone::load(),
        "add-and-back" => alone::add_and_back(),
        "through-memory" => alone::through_memory(),
        "decimal" => alone::decimal(),
        "boxed-call" => alone::boxed_call(),
        "work" => Box::new(thread::Work::new(scenario, placement)?),
        "line-transfer" => Box::new(thread::LineTransfer::new(placement)?),
        "park" => Box::new(thread::Park(placement)),
        "fetch-add" => Box::new(thread::FetchAdd(placement)),
        "loopback" => socket::loopback(1, placement)?,
        "loopback-16" => socket::loopback(16, placement)?,
        "socket-pair" => socket::pair(placement)?,
        "commit" => Box::new(disk::Commit::new()?),
        _ => bail!("no floor `{name}`; there are {}", NAMES.join(", ")),
    })
}

/// What a floor's operations come to: each carries its number.
pub(crate) fn expects(operations: u64) -> Outcome {
    Outcome { count: operations, checksum: Checksum::Numbers.of(operations) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Absent;
    use crate::scenario::Scenarios;

    #[test]
    fn each_floor_does_what_it_says() {
        let table = "[[scenario]]\nname = \"a\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]\n\
                     with = { steps = 3, workers = 2 }";
        let scenario = Scenarios::parse(table).unwrap().list.remove(0);
        for (name, placement) in NAMES.iter().flat_map(|name| Placement::ALL.map(|placement| (name, placement))) {
            let mut floor = match floor(name, &scenario, placement) {
                Err(error) if error.is::<Absent>() => continue,
                floor => floor.unwrap(),
            };
            for operations in [0, 1, 20, 7, 100] {
                assert_eq!(floor.run(operations).unwrap(), expects(operations), "{name}, {placement}");
            }
        }
        assert!(floor("ceiling", &scenario, Placement::Apart).is_err());
    }
}
