//! `bench --gate`: ours as it was beside ours as it is, in turns.
//!
//! Both are programs that live through the whole comparison; one sleeps while the other one is asked. Where one lies in
//! memory can make a difference that no round shows, so a difference counts only if two pairs of processes show it.

use crate::interrupt;
use crate::machine;
use crate::number::ratio;
use crate::program::{Program, SILENCE};
use crate::progress::Progress;
use crate::workspace::{build, program, root, scratch, target};
use anyhow::{Context, Result, ensure};
use barometer::estimate::{Ratio, Samples, median};
use barometer::{Placement, Scenario};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, ExitCode, Stdio};

const PAIRS: usize = 2;
const ROUNDS: usize = 40;
/// The least ratio of the times that is a failure, if all of the interval is above it.
const LIMIT: f64 = 1.05;
/// And the least difference, in nanoseconds of one operation: where the linker puts a loop can cost a cycle or two a round.
const LEAST: f64 = 1.0;

pub(crate) fn gate(revision: &str, selected: &[(&str, &Scenario)]) -> Result<ExitCode> {
    let commit = commit(revision)?;
    let (latencies, selected): (Vec<_>, Vec<_>) = selected.iter().partition(|(_, scenario)| scenario.latency.is_some());
    ensure!(!selected.is_empty(), "latencies are not compared, and nothing else was selected");
    let old = Old::build(&commit, selected.iter().map(|(crate_name, _)| *crate_name))?;
    let places = selected.iter().flat_map(|&(crate_name, scenario)| {
        scenario.placements.iter().map(move |&placement| (crate_name, scenario, placement))
    });
    let places: Vec<_> = places.collect();
    let mut progress = Progress::new(places.len() as u64);
    let (mut slower, mut broken, mut left_out) = (0, 0, latencies.len());
    for (crate_name, scenario) in latencies {
        progress.tell(&format!("left out: {crate_name}, {}: latencies are not compared", scenario.name));
    }
    let whole = places.len() + left_out;
    for (crate_name, scenario, placement) in places {
        let place = format!("{crate_name}, {}, {placement}", scenario.name);
        progress.begin(place.clone());
        let compared = compare(&old.program(crate_name), &program(&target(), crate_name), scenario, placement);
        ensure!(!interrupt::is_asked(), "interrupted; nothing is said of {place} and what comes after it");
        match compared {
            Ok(Compared::Pairs(pairs)) => {
                let is_slower = pairs.iter().all(Pair::is_slower);
                slower += usize::from(is_slower);
                let what = if is_slower { "SLOWER" } else { "ok" };
                let ratios: Vec<String> = pairs.into_iter().map(|pair| ratio(pair.ratio)).collect();
                progress.tell(&format!("{what}: {place}: now/then {}", ratios.join(" and ")));
            }
            Ok(Compared::NotThen(error)) => {
                left_out += 1;
                progress.tell(&format!("left out: {place}: then: {error:#}"));
            }
            Err(error) => {
                broken += 1;
                progress.tell(&format!("BROKEN: {place}: now: {error:#}"));
            }
        }
        progress.step(1);
    }
    drop(progress);
    let now = machine::commit(&root());
    println!("of {whole}, {slower} are slower now ({now}) than then ({commit}), {broken} broken, {left_out} left out");
    ensure!(left_out < whole, "nothing was compared");
    Ok(ExitCode::from(u8::from(slower + broken > 0)))
}

/// The short name of a commit.
fn commit(revision: &str) -> Result<String> {
    let mut command = Command::new("git");
    command.current_dir(root()).args(["rev-parse", "--short=12", "--verify", "--quiet"]);
    let output =
        command.arg(format!("{revision}^{{commit}}")).output().context("cannot start git; is it installed?")?;
    ensure!(output.status.success(), "git knows no commit {revision}");
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
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
        ensure!(status.success(), "git cannot make a tree of {revision}");
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

/// How ours as it is stands to ours as it was.
enum Compared {
    Pairs(Vec<Pair>),
    /// It could not be asked then.
    NotThen(anyhow::Error),
}

/// What two processes said.
struct Pair {
    /// What it takes now as a multiple of what it took then.
    ratio: Ratio,
    /// By how many nanoseconds an operation takes longer now.
    longer: f64,
}

impl Pair {
    fn of(then: &Samples, now: &Samples, operations: u64) -> Self {
        let [before, after] = [then, now].map(|samples| median(&mut samples.concat()));
        Self { ratio: Ratio::estimate(now, then), longer: (after - before) / operations as f64 }
    }

    fn is_slower(&self) -> bool {
        self.ratio.low > LIMIT && self.longer > LEAST
    }
}

/// Fails if it cannot be asked now.
fn compare(old: &Path, new: &Path, scenario: &Scenario, placement: Placement) -> Result<Compared> {
    let mut pairs = Vec::new();
    for _ in 0..PAIRS {
        let mut now = Served::start(new, scenario, placement)?;
        let mut then = match Served::start(old, scenario, placement) {
            Err(error) => return Ok(Compared::NotThen(error)),
            Ok(then) => then,
        };
        let [mut old, mut new]: [Samples; 2] = [vec![Vec::new()], vec![Vec::new()]];
        for round in 0..ROUNDS {
            // Who goes first takes turns, too.
            let sample_of_now = if round % 2 == 0 { Some(now.sample(now.operations)?) } else { None };
            match then.sample(now.operations) {
                Ok(sample) => old[0].push(sample),
                Err(error) => return Ok(Compared::NotThen(error)),
            }
            new[0].push(sample_of_now.map_or_else(|| now.sample(now.operations), Ok)?);
        }
        pairs.push(Pair::of(&old, &new, now.operations));
    }
    Ok(Compared::Pairs(pairs))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(then: f64, now: f64, operations: u64) -> Pair {
        let samples =
            |each: f64| vec![(0..40).map(|at| each * operations as f64 * (1.0 + f64::from(at % 5) / 1e3)).collect()];
        Pair::of(&samples(then), &samples(now), operations)
    }

    #[test]
    fn slower_is_by_five_per_cent_and_by_a_nanosecond() {
        assert!(pair(20.0, 22.0, 1_000).is_slower());
        assert!(!pair(20.0, 20.8, 1_000).is_slower());
        assert!(!pair(0.27, 0.55, 1_000_000).is_slower());
        assert!(!pair(22.0, 20.0, 1_000).is_slower());
    }
}
