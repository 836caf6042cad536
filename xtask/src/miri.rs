//! `miri`: the tests under an interpreter that sees undefined behaviour.
//!
//! A seed is one schedule and one choice of the stale values that weak memory allows. Even seeds check pointers by
//! Stacked Borrows, odd ones by Tree Borrows: the two accept different programs, and code that outlives the choice between
//! them has to pass under both. Provenance is strict.
//!
//! # Limits
//!
//! Miri runs no foreign code, starts no processes, and samples schedules where the models explore them. Its clock is its
//! own, and a test that counts to thousands on real threads counts to tens here.

use crate::command::{self, Command};
use crate::nightly::inspector::{Inspector, Turn};
use crate::nightly::scope::{self, Exclusion, Suite};
use crate::nightly::{Component, Nightly};
use crate::workspace::{Package, Workspace};
use anyhow::{Context, Result};
use std::env;
use std::num::NonZero;
use std::process;

pub(crate) const COMMAND: Command = Command {
    name: "miri",
    summary: "run the tests that need no process and no C under an interpreter that sees undefined behaviour",
    about: "Runs the tests under Miri, even seeds with Stacked Borrows and odd ones with Tree Borrows; MIRI_SEEDS=N in\n\
            the environment makes it N seeds, not two. A test counts once a seed. Needs nightly and its component\n\
            miri; what is not run is named, with the reason, and counted in the last line.",
    operands: command::TESTS,
    flags: &[],
    forwards: false,
    run: |workspace, arguments| INSPECTOR.run(workspace, arguments),
};

const SEEDS: NonZero<u32> = NonZero::new(2).expect("two is not zero");

pub(crate) const INSPECTOR: Inspector = Inspector {
    name: "miri",
    needs: &[Component::Miri],
    suites: Suite::ALL,
    features: &[("producer-consumer", &[])],
    exclusions: EXCLUSIONS,
    command,
    turns,
};

const EXCLUSIONS: &[Exclusion] = &[
    Exclusion {
        package: "common",
        suites: &[Suite::It],
        tests: &["history::large::", "history::search::"],
        why: "they judge a million operations and forty thousand histories, which takes Miri hours, on one thread and without unsafe code",
    },
    Exclusion {
        package: "producer-consumer",
        suites: &[Suite::It, Suite::Fault],
        tests: &["jobs::", "child::", "death::", "disk::", "hang::"],
        why: "the durable queue is SQLite, which is C; it is not built",
    },
    scope::LEAKS,
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::It],
        tests: &["child::"],
        why: "it tests the tests' child process, and Miri starts none",
    },
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::It],
        tests: &[
            "a_drain_refuses_every_submit_that_waits_for_room",
            "dropping_a_pool_drains_it_and_ends_its_threads",
            "a_worker_that_keeps_its_pool_to_its_end_does_not_join_itself",
        ],
        why: "they look at their threads in /proc, which are the interpreter's",
    },
    Exclusion {
        package: "worker-pool",
        suites: &[Suite::Fault],
        tests: &[],
        why: "it limits the memory of a child process, and Miri starts none",
    },
    Exclusion {
        package: "leader-followers",
        suites: &[Suite::Unit],
        tests: &["output_survives_a_writer_that_takes_a_byte_at_a_time"],
        why: "it writes 48 KiB byte by byte, which takes many minutes here, in safe code of one thread",
    },
    Exclusion {
        package: "leader-followers",
        suites: &[Suite::It],
        tests: &["reactor::", "server::"],
        why: "Miri's sockets have no SO_RCVTIMEO, with which the tests keep a broken build from hanging",
    },
    Exclusion {
        package: "leader-followers",
        suites: &[Suite::Fault],
        tests: &[],
        why: "it uses up the descriptors of a child process, and Miri starts none",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::Unit],
        tests: &["search::every_order"],
        why: "they search all orders of events of a pure function, which takes hours here and shows no more",
    },
    Exclusion {
        package: "leader-followers",
        suites: &[Suite::Doc],
        tests: &["http::server::Server"],
        why: "it listens on a socket, which the isolation refuses",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::Doc],
        tests: &["child::Child", "program::scrub"],
        why: "they start programs, and Miri starts none",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::Unit],
        tests: &["outbox::"],
        why: "they fill the outbox to its limits, which are many events and megabytes, on one thread",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::Unit],
        tests: &["frame::", "handle::", "queue::", "pidfd::", "perform::", "outgoing::"],
        why: "they pass on descriptors and sockets, and watch processes: Miri lacks the calls",
    },
    Exclusion {
        package: "cluster",
        suites: &[Suite::It, Suite::Fault],
        tests: &[],
        why: "its workers are processes, and Miri starts none",
    },
];

fn command(nightly: &Nightly, workspace: &Workspace) -> process::Command {
    nightly.cargo(workspace, INSPECTOR.name, &["miri", "test"])
}

fn turns(_: &Workspace, _: &Package) -> Result<Vec<Turn>> {
    Ok((0..seeds(env::var("MIRI_SEEDS").ok().as_deref())?.get()).map(turn).collect())
}

fn seeds(given: Option<&str>) -> Result<NonZero<u32>> {
    let Some(given) = given else { return Ok(SEEDS) };
    given.parse().with_context(|| format!("MIRI_SEEDS is `{given}`; it has to be a number above zero"))
}

fn turn(seed: u32) -> Turn {
    let (borrows, flag) = if seed.is_multiple_of(2) { ("stacked", "") } else { ("tree", " -Zmiri-tree-borrows") };
    let flags = format!("-Zmiri-seed={seed} -Zmiri-strict-provenance{flag}");
    Turn { name: format!("seed {seed}, {borrows} borrows"), variables: vec![("MIRIFLAGS", flags)] }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[test]
    fn seeds_take_turns_at_the_two_borrow_models() {
        let turns = [turn(0), turn(1), turn(2)];
        let trees = turns.each_ref().map(|turn| turn.variables[0].1.contains("tree-borrows"));
        assert_eq!(trees, [false, true, false]);
        assert_eq!(turns[1].name, "seed 1, tree borrows");
        assert!(turns[2].variables[0].1.starts_with("-Zmiri-seed=2 "));
    }

    #[test]
    fn the_number_of_seeds_is_a_number() {
        assert_eq!(seeds(None).unwrap(), SEEDS);
        assert_eq!(seeds(Some("16")).unwrap().get(), 16);
        assert!(seeds(Some("0")).unwrap_err().to_string().contains("MIRI_SEEDS is `0`"));
        assert!(seeds(Some("many")).is_err());
    }
}
