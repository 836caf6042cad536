//! `mutants`: breaks the concurrency of the crates in one place at a time, and says what no test notices.
//!
//! A model that stays green when an ordering is weakened has not shown that the ordering is needed. So each mutant is
//! built from a scratch copy and tried by the models and then by the tests of its crate; the first failure kills it.
//! What survives is a missing test, or equivalent to the original, and then a comment at the place has to say why.
//! Ancestors: cargo-mutants, which knows nothing of concurrency; the mutation operators of Bradbury, Cordy and Dingel
//! for concurrent Java.
//!
//! # Limits
//!
//! Mutants are made from text, not from types: some do not compile, and count for nothing. A crate's mutants are tried
//! by its own tests only. Results are forgotten when the file's code or the crate's tests change, not when something
//! else that it uses does; `--again` is for that.

mod bound;
mod code;
mod equivalent;
mod exchange;
mod fence;
mod lock;
mod mutant;
mod ordering;
mod plan;
mod report;
mod scratch;
mod stage;
mod store;
mod touch;
mod trial;
mod wake;

pub(crate) use self::equivalent::justifications;
pub(crate) use self::mutant::mutants;
pub(crate) use self::plan::is_mutated;

use self::plan::{File, Planned, Target, plan};
use self::report::{Count, Progress, Row, markdown, table};
use self::scratch::Scratch;
use self::store::{Store, Verdict};
use self::trial::Court;
use crate::command::{Arguments, Command};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

pub(crate) const COMMAND: Command = Command {
    name: "mutants",
    summary: "break the concurrency in one place at a time, and say what no model or test notices",
    about: "Makes mutants of the crates' concurrent code, one change each, and tries each in a scratch copy: the loom\n\
            models, the shuttle models if there are any, then the unit and `it` tests. Ends with a table by file and\n\
            the mutants that survived as `path:line: what`, and exits with 1 if there are any.\n\
            \n\
            Operators:\n\
            \x20 ordering   an ordering weakened: AcqRel to Acquire, to Release, to Relaxed, and so on\n\
            \x20 fence      a fence removed\n\
            \x20 wake       a notify, wake or unpark dropped; notify_one and notify_all swapped\n\
            \x20 exchange   a read-modify-write split into a load and a store\n\
            \x20 lock       a lock's scope ended early, or the lock given up for a moment inside it\n\
            \x20 bound      a comparison with a capacity, limit or count off by one\n\
            \n\
            A mutant that no test can tell from the original is justified where it stands, in a comment on a line of\n\
            its statement or directly above it, for all variants of an operator or for those named:\n\
            \x20 // EQUIVALENT: <operator> [variants]: <why nothing can be observed>\n\
            \x20 // EQUIVALENT: ordering Relaxed failure-Relaxed: the lock orders it\n\
            The variants are what stands behind the slash in the names that `--list` prints. `tidy` checks that there\n\
            is such a mutant and such a reason.\n\
            \n\
            Results are kept in target/mutants/results.jsonl until the file's code or the crate's tests change, so a\n\
            run that was interrupted goes on where it was.",
    operands: &[],
    flags: &[
        ("crate NAME", "only this crate's mutants"),
        ("file PATH", "only those of files whose path ends so"),
        ("operator NAME", "only those of this operator"),
        ("changed", "only those of files that are not as in HEAD"),
        ("base REV", "only those of files that are not as in REV"),
        ("list", "print the mutants and try none"),
        ("all", "try the justified ones, too; one that is killed is not equivalent"),
        ("again", "try those, too, whose result is known"),
        ("table", "print the table in Markdown, for a README"),
    ],
    forwards: false,
    run,
};

fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let targets = plan(workspace, arguments)?;
    if arguments.has("list") {
        list(&targets);
        return Ok(ExitCode::SUCCESS);
    }
    let folder = workspace.target().join("mutants");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut store = Store::open(&folder.join("results.jsonl"))?;
    let is_pending = |store: &Store, planned: &Planned| {
        (planned.reason.is_none() || arguments.has("all"))
            && (arguments.has("again") || store.get(&planned.key).is_none())
    };
    let all = targets.iter().flat_map(|target| &target.files).flat_map(|file| &file.mutants);
    let pending = all.filter(|planned| is_pending(&store, planned)).count();
    if pending > 0 {
        try_all(workspace, &folder, &targets, &mut store, pending, is_pending)?;
    }
    Ok(finish(&targets, &store, arguments))
}

fn list(targets: &[Target]) {
    let mut count = 0;
    for file in targets.iter().flat_map(|target| &target.files) {
        for Planned { mutant, reason, .. } in &file.mutants {
            let reason = reason.as_ref().map(|reason| format!("; justified: {reason}")).unwrap_or_default();
            println!("{} [{}]{reason}", file.place(mutant), mutant.id);
            count += 1;
        }
    }
    println!("{count} mutants");
}

/// Tries what is pending, crate by crate.
fn try_all(
    workspace: &Workspace,
    folder: &Path,
    targets: &[Target],
    store: &mut Store,
    pending: usize,
    is_pending: impl Fn(&Store, &Planned) -> bool,
) -> Result<()> {
    let scratch = Scratch::copy(workspace, folder.join("tree"))?;
    let mut progress = Progress::new(pending);
    for target in targets {
        let is_open = |file: &&File| file.mutants.iter().any(|planned| is_pending(store, planned));
        let files: Vec<&File> = target.files.iter().filter(is_open).collect();
        if files.is_empty() {
            continue;
        }
        let court = Court::open(&scratch, folder.join("build"), target, &files)?;
        for file in files {
            let pending: Vec<_> = file.mutants.iter().filter(|planned| is_pending(store, planned)).collect();
            for Planned { mutant, key, .. } in pending {
                let started = Instant::now();
                let outcome = court.try_mutant(file, mutant)?;
                let place = file.place(mutant);
                progress.step(&place, &outcome, started.elapsed());
                store.add(key, &place, outcome)?;
            }
        }
    }
    progress.end();
    Ok(())
}

/// Prints the table, what survived, and what was justified in vain.
fn finish(targets: &[Target], store: &Store, arguments: &Arguments) -> ExitCode {
    let (mut rows, mut survivors, mut in_vain) = (Vec::new(), Vec::new(), Vec::new());
    for file in targets.iter().flat_map(|target| &target.files) {
        let mut row = Row::new(&file.path);
        for Planned { mutant, key, reason } in &file.mutants {
            let verdict = store.get(key).map(|outcome| outcome.verdict);
            match (verdict, reason) {
                (Some(Verdict::Killed(_) | Verdict::TimedOut), Some(_)) => in_vain.push(file.place(mutant)),
                (Some(Verdict::Survived), None) => survivors.push(file.place(mutant)),
                _ => {}
            }
            let count = if reason.is_some() { Some(Count::Justified) } else { verdict.map(Count::Tried) };
            count.into_iter().for_each(|count| row.add(count));
        }
        rows.push(row);
    }
    match arguments.has("table") {
        true => print!("{}", markdown(&rows)),
        false => print!("{}", table(&rows)),
    }
    for (places, what) in [(&survivors, "survived"), (&in_vain, "called equivalent, and killed")] {
        if !places.is_empty() {
            println!("\n{what}:");
            places.iter().for_each(|place| println!("  {place}"));
        }
    }
    ExitCode::from(u8::from(!survivors.is_empty() || !in_vain.is_empty()))
}

/// Operators are tested on pieces of text.
#[cfg(test)]
mod fixture {
    use super::code::Code;
    use super::mutant::{Change, apply};

    type Changes = fn(&Code<'_>) -> Vec<Change>;

    /// The variants of the changes.
    pub(super) fn variants(text: &str, changes: Changes) -> Vec<String> {
        changes(&Code::new(text)).into_iter().map(|change| change.variant).collect()
    }

    /// The text after each of the changes.
    pub(super) fn made(text: &str, changes: Changes) -> Vec<String> {
        changes(&Code::new(text)).iter().map(|change| apply(text, &change.edits)).collect()
    }
}
