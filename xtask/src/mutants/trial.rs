//! The trial of a mutant: it is put into the scratch copy, and each stage tries to kill it.
//!
//! Before a crate's first mutant the crate itself stands trial: it has to pass, and the time it takes sets the limits,
//! so that a mutant which deadlocks or goes on for ever is killed in a time that fits its tests.

use super::mutant::Mutant;
use super::plan::{File, Target};
use super::scratch::Scratch;
use super::stage::{Ran, Stage};
use super::store::{Outcome, Verdict};
use super::touch::Selection;
use crate::cargo::{build, build_silently};
use crate::workspace::Package;
use anyhow::{Context, Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How much longer than the original a mutant may take: so many times, and so much more.
const FACTOR: u32 = 5;
const MORE: Duration = Duration::from_secs(20);
/// The limit of the original.
const ORIGINAL_LIMIT: Duration = Duration::from_secs(30 * 60);

/// The mutants of one crate stand trial here.
pub(super) struct Court<'a> {
    scratch: &'a Scratch,
    package: Package,
    /// Where each stage has its target folder.
    target: PathBuf,
    /// What the original took for each part of a selection.
    times: BTreeMap<(Stage, Selection), Duration>,
}

impl<'a> Court<'a> {
    /// Builds and runs the original, which has to pass.
    pub(super) fn open(scratch: &'a Scratch, target: PathBuf, of: &'a Target, files: &[&'a File]) -> Result<Self> {
        let packages = &scratch.workspace.crates;
        let package = packages.iter().find(|package| package.name == of.package.name);
        let package = package.context("the scratch copy has the packages of the original")?.clone();
        let mut court = Self { scratch, package, target, times: BTreeMap::new() };
        for stage in Stage::of(&court.package) {
            court.measure(stage, files)?;
        }
        Ok(court)
    }

    fn measure(&mut self, stage: Stage, files: &[&'a File]) -> Result<()> {
        let selections = files.iter().flat_map(|file| selections(stage, file));
        let parts: BTreeSet<Selection> = selections.flat_map(|selection| selection.parts()).collect();
        if parts.is_empty() {
            return Ok(());
        }
        let (workspace, package) = (&self.scratch.workspace, &self.package);
        eprintln!("{}: {stage} on the original", package.name);
        let built = build(stage.build_command(workspace, &self.target, package))?;
        ensure!(built.complete, "the unmutated {} does not build for {stage}: cargo {}", package.name, built.end);
        for part in parts {
            let started = Instant::now();
            match stage.run(workspace, package, &built, &part, ORIGINAL_LIMIT)? {
                Ran::Passed => {}
                Ran::Failed(by) | Ran::TimedOut(by) => {
                    bail!(
                        "the unmutated {} fails under {stage}: {by}; nothing can be told from its mutants",
                        package.name
                    )
                }
            }
            self.times.insert((stage, part), started.elapsed());
        }
        Ok(())
    }

    /// Tries a mutant, and leaves the original behind.
    pub(super) fn try_mutant(&self, file: &File, mutant: &Mutant) -> Result<Outcome> {
        self.scratch.write(&file.path, &mutant.apply(&file.text))?;
        let outcome = self.stages(file);
        self.scratch.write(&file.path, &file.text)?;
        outcome
    }

    fn stages(&self, file: &File) -> Result<Outcome> {
        let mut verdict = Verdict::NotBuilt;
        for stage in Stage::of(&self.package) {
            let selections = selections(stage, file);
            if selections.is_empty() {
                continue;
            }
            let workspace = &self.scratch.workspace;
            let built = build_silently(stage.build_command(workspace, &self.target, &self.package))?;
            if !built.complete {
                continue;
            }
            verdict = Verdict::Survived;
            for selection in selections {
                match stage.run(workspace, &self.package, &built, &selection, self.limit(stage, &selection))? {
                    Ran::Passed => {}
                    Ran::Failed(by) => return Ok(Outcome { verdict: Verdict::Killed(stage), by }),
                    Ran::TimedOut(by) => {
                        return Ok(Outcome { verdict: Verdict::TimedOut, by: format!("{stage}: {by}") });
                    }
                }
            }
        }
        Ok(Outcome { verdict, by: String::new() })
    }

    fn limit(&self, stage: Stage, selection: &Selection) -> Duration {
        let original: Duration = selection.parts().into_iter().map(|part| self.times[&(stage, part)]).sum();
        original * FACTOR + MORE
    }
}

/// What of a stage is run for a file.
fn selections(stage: Stage, file: &File) -> Vec<Selection> {
    if stage == Stage::Tests { vec![Selection::All] } else { file.models.clone() }
}
