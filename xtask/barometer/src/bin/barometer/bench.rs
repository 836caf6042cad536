//! `bench`: measures, prints tables, and keeps what was measured.

use crate::answer::Answer;
use crate::args::{Bench, Extent, Measurement, Task};
use crate::machine::{Machine, versions};
use crate::plan::{Step, scenarios, steps};
use crate::program::{Program, SILENCE};
use crate::progress::Progress;
use crate::run::Run;
use crate::workspace::{LAST, Measured, build, measured, program, root, target};
use crate::{gate, instructions, interrupt, terminal};
use anyhow::{Context, Result};
use barometer::Scenario;
use barometer::message::Message;
use std::process::{Command, ExitCode, Stdio};

pub(crate) fn bench(words: &Bench) -> Result<ExitCode> {
    let root = root();
    let all = measured(&root)?;
    let selected = scenarios(&all, words)?;
    let mut crates: Vec<&str> = selected.iter().map(|(crate_name, _)| *crate_name).collect();
    crates.dedup();
    build(&root, &target(), &crates)?;
    match &words.task {
        Task::Gate { revision } => gate::gate(revision, &selected),
        Task::Count { bless } => instructions::instructions(&selected, *bless),
        Task::Measure(measurement) => run(&all, &selected, measurement, &command_line(words, measurement.extent)),
    }
}

fn run(all: &[Measured], selected: &[(&str, &Scenario)], words: &Measurement, command_line: &str) -> Result<ExitCode> {
    let root = root();
    let before = words.against.as_deref().map(|name| Run::load(name, all)).transpose()?;
    let mut run = Run::default();
    for measured in all.iter().filter(|measured| selected.iter().any(|(name, _)| *name == measured.name)) {
        let versions = versions(&root, measured)?;
        run.machines.insert(measured.name.clone(), Machine::here(&root, command_line, versions));
    }
    let course = measure(selected, words.extent, &mut run)?;
    run.machines.retain(|name, _| run.answers.iter().any(|answer| answer.crate_name == *name));
    run.keep(LAST)?;
    match &words.save {
        Some(name) if course.is_interrupted() => eprintln!("not kept as {name}, since it was interrupted"),
        Some(name) if course.failed > 0 => eprintln!("not kept as {name}, since {} scenarios failed", course.failed),
        Some(name) => run.keep(name)?,
        None => {}
    }
    print!("{}", terminal::tables(&run));
    if let Some(before) = before {
        print!("{}", terminal::changes(&before, &run));
    }
    println!("{}", terminal::last_line(&run, course.failed));
    if course.is_interrupted() {
        let Course { asked, planned, .. } = course;
        println!("interrupted: {asked} of {planned} processes were asked, and the last one's samples are lost");
        return Ok(ExitCode::from(interrupt::STATUS));
    }
    Ok(ExitCode::from(u8::from(course.failed > 0)))
}

/// How somebody else measures the same.
fn command_line(words: &Bench, extent: Extent) -> String {
    let extent = match extent {
        Extent::Quick => Some("--quick"),
        Extent::Usual => None,
        Extent::Full => Some("--full"),
    };
    let names = words.crate_name.as_deref().into_iter().chain(words.scenario.as_deref());
    let words: Vec<&str> = ["cargo xtask bench"].into_iter().chain(names).chain(extent).collect();
    words.join(" ")
}

/// How a run went.
struct Course {
    /// Scenarios that failed.
    failed: usize,
    /// Processes that were to be asked, and were.
    planned: usize,
    asked: usize,
}

impl Course {
    fn is_interrupted(&self) -> bool {
        self.asked < self.planned
    }
}

/// Asks all that was selected, up to an interruption. What a failed scenario said does not count, nor does what an
/// interrupted process said.
fn measure(selected: &[(&str, &Scenario)], extent: Extent, run: &mut Run) -> Result<Course> {
    let steps = steps(selected, extent.launches());
    let mut progress = Progress::new(steps.iter().map(|step| step.weight(extent.rounds())).sum());
    run.answers = selected.iter().map(|(crate_name, scenario)| Answer::new(crate_name, scenario)).collect();
    let mut failed: Vec<(&str, &str)> = Vec::new();
    let (planned, mut asked) = (steps.len(), 0);
    for step in steps {
        let key = (step.crate_name, step.scenario.name.as_str());
        progress.begin(format!("{}, {}, {}", key.0, key.1, step.placement));
        let of_key = |answer: &&mut Answer| (answer.crate_name.as_str(), answer.scenario.name.as_str()) == key;
        let answer = run.answers.iter_mut().find(of_key).context("every scenario has a place for its answer")?;
        if !failed.contains(&key) {
            let heard = ask(step, extent.rounds(), run.machines.entry(key.0.to_owned()).or_default());
            if interrupt::is_asked() {
                break;
            }
            match heard.and_then(|heard| answer.add(heard)) {
                Ok(()) => {}
                Err(error) => {
                    progress.tell(&format!("failed: {}, {}: {error:#}", key.0, key.1));
                    failed.push(key);
                }
            }
        }
        asked += 1;
        progress.step(step.weight(extent.rounds()));
    }
    let counts = |answer: &Answer| !failed.contains(&(answer.crate_name.as_str(), answer.scenario.name.as_str()));
    run.answers.retain(|answer| counts(answer) && !answer.is_empty());
    Ok(Course { failed: failed.len(), planned, asked })
}

/// Runs one process, and takes down what it says.
fn ask(step: Step<'_>, rounds: u32, machine: &mut Machine) -> Result<Answer> {
    let Step { crate_name, scenario, placement, launch } = step;
    let mut command = Command::new(program(&target(), crate_name));
    command.args(["run", &scenario.name, "--placement", &placement.to_string()]);
    command.args(["--launch", &launch.to_string(), "--rounds", &rounds.to_string()]);
    let mut answer = Answer::new(crate_name, scenario);
    hear(&mut command, |said| match said {
        Message::Record(record) => answer.records.push(record),
        Message::Latency(record) => answer.latencies.push(record),
        Message::Absent(name, why) => drop(machine.absent.insert(name, why)),
        Message::Version(name, version) => drop(machine.versions.insert(name, version)),
    })?;
    Ok(answer)
}

/// Hands over what a program says, line by line; one that says nothing for too long, or nonsense, is ended.
fn hear(command: &mut Command, mut said: impl FnMut(Message)) -> Result<()> {
    let program = Program::start(command, Stdio::null(), SILENCE)?;
    while let Some(line) = program.line()? {
        said(line.parse()?);
    }
    program.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hear_shell(script: &str) -> (Vec<String>, Result<()>) {
        let mut heard = Vec::new();
        let result = hear(Command::new("sh").args(["-c", script]), |said| heard.push(said.to_string()));
        (heard, result)
    }

    #[test]
    fn what_a_program_says_is_heard_up_to_its_failure() {
        let (heard, result) = hear_shell("echo absent,node,gone; echo 'error: ours: 1 came to 2' >&2; exit 1");
        assert_eq!(
            (heard, result.unwrap_err().to_string()),
            (vec!["absent,node,gone".to_owned()], "ours: 1 came to 2".to_owned())
        );
    }

    #[test]
    fn a_program_that_talks_nonsense_fails() {
        assert!(hear_shell("echo hello; sleep 60").1.unwrap_err().to_string().contains("says nothing"));
        assert!(hear_shell("true").1.is_ok());
    }
}
