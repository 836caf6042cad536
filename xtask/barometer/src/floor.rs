//! Floors: what no contender of a kind can do without, measured in the same rounds.
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
use anyhow::Result;
use serde::Deserialize;
use std::fmt;

pub use alone::steps;

/// What an operation of a floor is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum Floor {
    /// A word is read, and looked at.
    Load,
    /// A thread adds to a word that no other one touches, and subtracts again.
    AddAndBack,
    /// A number is written to memory and read back.
    ThroughMemory,
    /// A number is written as text and read back.
    Decimal,
    /// A closure of 16 bytes is boxed, called and freed.
    BoxedCall,
    /// An item of so many `steps` is worked on by one of so many `workers`.
    Work,
    /// A cache line goes from one core to another.
    LineTransfer,
    /// A thread wakes another one and sleeps until that has woken it, by `std::thread::park`.
    Park,
    /// A thread adds to a word to which another one adds, too.
    FetchAdd,
    /// 64 bytes go to another thread and back, through a TCP connection to this machine.
    Loopback,
    /// The same, with 16 of them on their way, each in a connection of its own.
    #[serde(rename = "loopback-16")]
    Loopback16,
    /// 64 bytes go to another thread and back, through a pair of Unix sockets.
    SocketPair,
    /// 4 KiB of a file are overwritten and are on the disk.
    Commit,
}

impl Floor {
    /// What it is called in tables and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::AddAndBack => "add-and-back",
            Self::ThroughMemory => "through-memory",
            Self::Decimal => "decimal",
            Self::BoxedCall => "boxed-call",
            Self::Work => "work",
            Self::LineTransfer => "line-transfer",
            Self::Park => "park",
            Self::FetchAdd => "fetch-add",
            Self::Loopback => "loopback",
            Self::Loopback16 => "loopback-16",
            Self::SocketPair => "socket-pair",
            Self::Commit => "commit",
        }
    }

    /// What does its operations, for a scenario and with threads in that placement.
    ///
    /// # Errors
    ///
    /// [`Absent`](crate::Absent) if there is none in that placement; otherwise when there is no socket or no file, and when
    /// the scenario does not say what it has to know.
    pub fn contender(self, scenario: &Scenario, placement: Placement) -> Result<Box<dyn Contender>> {
        Ok(match self {
            Self::Load => alone::load(),
            Self::AddAndBack => alone::add_and_back(),
            Self::ThroughMemory => alone::through_memory(),
            Self::Decimal => alone::decimal(),
            Self::BoxedCall => alone::boxed_call(),
            Self::Work => Box::new(thread::Work::new(scenario, placement)?),
            Self::LineTransfer => Box::new(thread::LineTransfer::new(placement)?),
            Self::Park => Box::new(thread::Park(placement)),
            Self::FetchAdd => Box::new(thread::FetchAdd(placement)),
            Self::Loopback => socket::loopback(1, placement)?,
            Self::Loopback16 => socket::loopback(16, placement)?,
            Self::SocketPair => socket::pair(placement)?,
            Self::Commit => Box::new(disk::Commit::new()?),
        })
    }
}

impl fmt::Display for Floor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
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

    const ALL: [Floor; 13] = [
        Floor::Load,
        Floor::AddAndBack,
        Floor::ThroughMemory,
        Floor::Decimal,
        Floor::BoxedCall,
        Floor::Work,
        Floor::LineTransfer,
        Floor::Park,
        Floor::FetchAdd,
        Floor::Loopback,
        Floor::Loopback16,
        Floor::SocketPair,
        Floor::Commit,
    ];

    /// A scenario with that floor.
    fn scenario(floor: Floor) -> Scenario {
        let table = format!(
            "[[scenario]]\nname = \"a\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]\nfloor = \"{floor}\"\n\
             with = {{ steps = 3, workers = 2 }}"
        );
        Scenarios::parse(&table).unwrap().list.remove(0)
    }

    #[test]
    fn a_floor_has_one_name() {
        for floor in ALL {
            assert_eq!(scenario(floor).floor, Some(floor));
        }
    }

    #[test]
    fn each_floor_does_what_it_says() {
        for (floor, placement) in ALL.iter().flat_map(|floor| Placement::ALL.map(|placement| (*floor, placement))) {
            let mut contender = match floor.contender(&scenario(floor), placement) {
                Err(error) if error.is::<Absent>() => continue,
                contender => contender.unwrap(),
            };
            for operations in [0, 1, 20, 7, 100] {
                assert_eq!(contender.run(operations).unwrap(), expects(operations), "{floor}, {placement}");
            }
        }
    }
}
