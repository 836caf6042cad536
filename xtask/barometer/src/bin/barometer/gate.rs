//! `bench --gate`: ours as it was beside ours as it is, in turns.
//!
//! Both are programs that live through the whole comparison; one sleeps while the other one is asked. Where one lies in
//! memory can make a difference that no round shows, so a difference counts only if two pairs of processes show it.

use crate::interrupt;
use crate::number::ratio;
use crate::program::{Program, SILENCE};
use crate::progress::Progress;
use crate::workspace::{build, program, root, scratch, target};
use anyhow::{Context, Result, ensure};
use barometer::estimate::{Ratio, Samples};
use barometer::{Placement, Scenario};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitCode, Stdio};

const PAIRS: usize = 2;
const ROUNDS: usize = 40;
/// The least ratio of the times that is a failure, if all of the interval is above it.
const LIMIT: f64 = 1.05;

pub(crate) fn gate(revision: &str, selected: &[(&str, &Scenario)]) -> Result<ExitCode> {
    let selected: Vec<_> = selected.iter().filter(|(_, scenario)| scenario.latency.is_none()).collect();
    let old = Old::build(revision, selected.iter().map(|(crate_name, _)| *crate_name))?;
    let places = selected.iter().flat_map(|&&(crate_name, scenario)| {
        scenario.placements.iter().map(move |&placement| (crate_name, scenario, placement))
    });
    let places: Vec<_> = places.collect();
    let mut progress = Progress::new(places.len() as u64);
    let (mut failed, mut left_out) = (0, 0);
    for (crate_name, scenario, placement) in places {
        let place = format!("{crate_name}, {}, {placement}", scenario.name);
        progress.begin(place.clone());
        let compared = compare(&old.program(crate_name), &program(&target(), crate_name), scenario, placement);
        ensure!(!interrupt::is_asked(), "interrupted; nothing is said of {place} and what comes after it");
        match compared {
            Ok(ratios) => {
                let is_slower = ratios.iter().all(|ratio| ratio.low > LIMIT);
                failed += usize::from(is_slower);
                let what = if is_slower { "SLOWER" } else { "ok" };
                let ratios: Vec<String> = ratios.into_iter().map(ratio).collect();
                progress.tell(&format!("{what}: {place}: now/then {}", ratios.join(" and ")));
            }
            Err(error) => {
                left_out += 1;
                progress.tell(&format!("left out: {place}: {error:#}"));
            }
        }
        progress.step(1);
    }
    drop(progress);
    println!("{failed} are slower than at {revision}, {left_out} left out");
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// The tree of an old commit, which goes when it is dropped; what was built of it stays.
struct Old {
    tree: PathBuf,
    target: PathBuf,
}

impl Old {
    fn build<'a>(revision: &str, crates: impl Iterator<Item = &'a str>) -> Result<Self> {
        let folder = scratch().join("gate");
        let old = Self { tree: folder.join("tree"), target: folder.join("target") };
        old.remove();
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let mut command = Command::new("git");
        command.current_dir(root()).args(["worktree", "add", "--quiet", "--force", "--detach"]);
        let status = command.arg(&old.tree).arg(revision).status().context("cannot start git")?;
        ensure!(status.success(), "git has no tree of {revision}");
        let has_peers = |name: &&str| old.tree.join(name).join("peers/scenarios.toml").exists();
        let mut crates: Vec<&str> = crates.filter(has_peers).collect();
        crates.dedup();
        ensure!(!crates.is_empty(), "at {revision} none of the selected scenarios could be asked");
        build(&old.tree, &old.target, &crates)?;
        Ok(old)
    }

    fn program(&self, crate_name: &str) -> PathBuf {
        program(&self.target, crate_name)
    }

    fn remove(&self) {
        let mut command = Command::new("git");
        command.current_dir(root()).args(["worktree", "remove", "--force"]).arg(&self.tree);
        let _ = command.stderr(Stdio::null()).status();
    }
}

impl Drop for Old {
    fn drop(&mut self) {
        self.remove();
    }
}

/// What it takes now as a multiple of what it took then, by pairs of processes.
fn compare(old: &Path, new: &Path, scenario: &Scenario, placement: Placement) -> Result<Vec<Ratio>> {
    let pair = |_| {
        let mut then = Served::start(old, scenario, placement).context("then")?;
        let mut now = Served::start(new, scenario, placement).context("now")?;
        let operations = now.operations;
        let [mut old, mut new]: [Samples; 2] = [vec![Vec::new()], vec![Vec::new()]];
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                old[0].push(then.sample(operations)?);
                new[0].push(now.sample(operations)?);
            } else {
                new[0].push(now.sample(operations)?);
                old[0].push(then.sample(operations)?);
            }
        }
        Ok(Ratio::estimate(&new, &old))
    };
    (0..PAIRS).map(pair).collect()
}

/// A program that serves ours, as long as it has an input.
struct Served {
    program: Program,
    questions: ChildStdin,
    operations: u64,
}

impl Served {
    fn start(path: &Path, scenario: &Scenario, placement: Placement) -> Result<Self> {
        let mut command = Command::new(path);
        command.args(["serve", &scenario.name, &scenario.contenders[0], "--placement", &placement.to_string()]);
        let mut program = Program::start(&mut command, Stdio::piped(), SILENCE)?;
        let questions = program.input().context("its input is a pipe")?;
        match program.line()? {
            Some(line) => Ok(Self { program, questions, operations: number(&line)? }),
            None => Err(program.end().err().context("it says nothing, and nothing is wrong with it")?),
        }
    }

    fn sample(&mut self, operations: u64) -> Result<f64> {
        writeln!(self.questions, "{operations}")?;
        let line = self.program.line()?.context("it ended instead of answering")?;
        Ok(number(&line)? as f64)
    }
}

fn number(line: &str) -> Result<u64> {
    line.trim().parse().with_context(|| format!("`{line}` is no number"))
}
