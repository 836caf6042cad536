//! `bench --instructions`: counts instead of times, for what needs one thread.
//!
//! callgrind counts the same instructions each time, to a few in a million, so one per cent more is one per cent more
//! and no noise. What a count does not see: caches, branches, locked operations, the kernel. Only counts of the same
//! compiler are compared.

use crate::machine::compiler;
use crate::progress::Progress;
use crate::workspace::{program, root, target};
use anyhow::{Context, Result, bail, ensure};
use barometer::Scenario;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

/// The difference of two runs is that of these operations alone.
const FEWER: u64 = 10_000;
const MORE: u64 = 60_000;
/// The largest multiple of the blessed count that is no failure.
const LIMIT: f64 = 1.01;

/// By compiler, then by `crate/scenario`: instructions of one operation.
type Counts = BTreeMap<String, BTreeMap<String, f64>>;

pub(crate) fn instructions(selected: &[(&str, &Scenario)], bless: bool) -> Result<ExitCode> {
    let is_counted = |(_, scenario): &&(&str, &Scenario)| scenario.alone && !scenario.by_clock;
    let alone: Vec<_> = selected.iter().filter(is_counted).collect();
    ensure!(!alone.is_empty(), "none of the selected scenarios needs one thread only and no clock");
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("{} scenarios left out: valgrind is not installed", alone.len());
        return Ok(ExitCode::SUCCESS);
    }
    let mut counts = read()?;
    let compiler = compiler(&root());
    let blessed = counts.entry(compiler.clone()).or_default();
    let mut progress = Progress::new(alone.len() as u64);
    let (mut more, mut new) = (0, 0);
    for (crate_name, scenario) in alone {
        let key = format!("{crate_name}/{}", scenario.name);
        progress.begin(key.clone());
        let each = each(crate_name, scenario).with_context(|| key.clone())?;
        let before = blessed.get(&key).copied();
        more += u32::from(before.is_some_and(|before| is_more(each, before)));
        new += u32::from(before.is_none());
        progress.tell(&line(&key, each, before));
        if bless {
            blessed.insert(key, (each * 10.0).round() / 10.0);
        }
        progress.step(1);
    }
    drop(progress);
    if bless {
        let text = toml::to_string(&counts).context("counts can be written down")?;
        fs::write(path(), text).with_context(|| format!("cannot write {}", path().display()))?;
        println!("blessed for {compiler}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{more} need more instructions than blessed, {new} were never blessed with {compiler}");
    Ok(ExitCode::from(u8::from(more > 0)))
}

fn is_more(each: f64, before: f64) -> bool {
    each > before * LIMIT
}

fn line(key: &str, each: f64, before: Option<f64>) -> String {
    match before {
        Some(before) => {
            let word = if is_more(each, before) { "MORE" } else { "ok" };
            format!("{word}: {key}: {each:.1} instructions, blessed {before:.1}")
        }
        None => format!("new: {key}: {each:.1} instructions"),
    }
}

fn path() -> PathBuf {
    root().join("xtask/barometer/instructions.toml")
}

fn read() -> Result<Counts> {
    match fs::read_to_string(path()) {
        Ok(text) => toml::from_str(&text).with_context(|| path().display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Counts::new()),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path().display())),
    }
}

/// Instructions of one operation of ours.
fn each(crate_name: &str, scenario: &Scenario) -> Result<f64> {
    let [fewer, more] = [FEWER, MORE].map(|operations| count(crate_name, scenario, operations));
    Ok(more?.saturating_sub(fewer?) as f64 / (MORE - FEWER) as f64)
}

fn count(crate_name: &str, scenario: &Scenario, operations: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program(&target(), crate_name));
    command.args(["once", &scenario.name, &scenario.contenders[0], &operations.to_string()]);
    let output = command.output().context("cannot start valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{}", failure(&text).unwrap_or("it failed under valgrind"));
    }
    collected(&text).context("valgrind says no count")
}

/// What the program says of its failure, or valgrind of its end.
fn failure(text: &str) -> Option<&str> {
    text.lines().find(|line| line.starts_with("error: ") || line.contains("Process terminating"))
}

/// The number of a line like `==123== Collected : 456`.
fn collected(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.split_once("Collected : ")?.1.split(' ').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_read_from_what_valgrind_says() {
        assert_eq!(collected("==1== Events    : Ir\n==1== Collected : 7032156\n"), Some(7_032_156));
        assert_eq!(collected("==1== Collected : \n"), None);
    }

    #[test]
    fn more_is_by_more_than_one_per_cent() {
        assert_eq!(line("a/b", 101.0, Some(100.0)), "ok: a/b: 101.0 instructions, blessed 100.0");
        assert_eq!(line("a/b", 101.1, Some(100.0)), "MORE: a/b: 101.1 instructions, blessed 100.0");
        assert_eq!(line("a/b", 1.0, None), "new: a/b: 1.0 instructions");
    }
}
