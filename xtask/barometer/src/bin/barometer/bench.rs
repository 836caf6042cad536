//! `bench`: measures, prints tables, and keeps what was measured.

use crate::args::{Bench, Extent};
use crate::asked::{Launch, launches, scenarios};
use crate::machine::{Machine, versions};
use crate::progress::Progress;
use crate::run::{Answer, Run};
use crate::workspace::{LAST, build, measured, program, root, target};
use crate::{gate, instructions, terminal};
use anyhow::{Context, Result, bail};
use barometer::Scenario;
use barometer::record::Said;
use std::io::{self, BufRead, BufReader, Read};
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// A program that says nothing for so long hangs: a sample takes a second at most, and a calibration a few.
const SILENCE: Duration = Duration::from_secs(120);

pub(crate) fn bench(words: &Bench) -> Result<ExitCode> {
    let root = root();
    let all = measured(&root)?;
    let selected = scenarios(&all, words)?;
    let mut crates: Vec<&str> = selected.iter().map(|(crate_name, _)| *crate_name).collect();
    crates.dedup();
    build(&root, &target(), &crates)?;
    if let Some(revision) = &words.gate {
        return gate::gate(revision, &selected);
    }
    if words.instructions {
        return instructions::instructions(&selected, words.bless);
    }
    let before = words.against.as_deref().map(|name| Run::load(name, &all)).transpose()?;
    let mut run = Run::default();
    for measured in all.iter().filter(|measured| crates.contains(&measured.name.as_str())) {
        let machine = Machine { versions: versions(&root, measured)?, ..Machine::here(&root, command_line(words)) };
        run.machines.insert(measured.name.clone(), machine);
    }
    let failed = measure(&selected, words.extent, &mut run)?;
    run.keep(LAST)?;
    match &words.save {
        Some(name) if failed > 0 => eprintln!("not kept as {name}, since {failed} scenarios failed"),
        Some(name) => run.keep(name)?,
        None => {}
    }
    print!("{}", terminal::tables(&run));
    if let Some(before) = before {
        print!("{}", terminal::changes(&before, &run));
    }
    println!("{}", terminal::last_line(&run, failed));
    Ok(ExitCode::from(u8::from(failed > 0)))
}

/// How somebody else measures the same.
fn command_line(words: &Bench) -> String {
    let extent = match words.extent {
        Extent::Quick => Some("--quick"),
        Extent::Usual => None,
        Extent::Full => Some("--full"),
    };
    let names = words.crate_name.as_deref().into_iter().chain(words.scenario.as_deref());
    let words: Vec<&str> = ["cargo xtask bench"].into_iter().chain(names).chain(extent).collect();
    words.join(" ")
}

/// Asks all that was selected; how many scenarios failed. What a failed one said does not count.
fn measure(selected: &[(&str, &Scenario)], extent: Extent, run: &mut Run) -> Result<usize> {
    let launches = launches(selected, extent.launches());
    let mut progress = Progress::new(launches.iter().map(|launch| launch.weight(extent.rounds())).sum());
    run.answers = selected.iter().map(|(crate_name, scenario)| Answer::new(crate_name, scenario)).collect();
    let mut failed: Vec<(&str, &str)> = Vec::new();
    for launch in launches {
        let key = (launch.crate_name, launch.scenario.name.as_str());
        progress.begin(format!("{}, {}, {}", key.0, key.1, launch.placement));
        let of_key = |answer: &&mut Answer| (answer.crate_name.as_str(), answer.scenario.name.as_str()) == key;
        let answer = run.answers.iter_mut().find(of_key).context("every scenario has a place for its answer")?;
        if !failed.contains(&key)
            && let Err(error) = ask(launch, extent.rounds(), answer, run.machines.entry(key.0.to_owned()).or_default())
        {
            progress.tell(&format!("failed: {}, {}: {error:#}", key.0, key.1));
            failed.push(key);
        }
        progress.step(launch.weight(extent.rounds()));
    }
    run.answers.retain(|answer| !failed.contains(&(answer.crate_name.as_str(), answer.scenario.name.as_str())));
    Ok(failed.len())
}

/// Runs one process, and takes down what it says.
fn ask(launch: Launch<'_>, rounds: u32, answer: &mut Answer, machine: &mut Machine) -> Result<()> {
    let Launch { crate_name, scenario, placement, number } = launch;
    let mut command = Command::new(program(&target(), crate_name));
    command.args(["run", &scenario.name, "--placement", &placement.to_string()]);
    command.args(["--launch", &number.to_string(), "--rounds", &rounds.to_string()]);
    hear(&mut command, |said| match said {
        Said::Record(record) => answer.records.push(record),
        Said::Latency(record) => answer.latencies.push(record),
        Said::Absent(name, why) => drop(machine.absent.insert(name, why)),
        Said::Version(name, version) => drop(machine.versions.insert(name, version)),
    })?;
    answer.check()
}

/// Hands over what a program says, line by line; one that says nothing for too long, or nonsense, is ended.
fn hear(command: &mut Command, said: impl FnMut(Said)) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let errors = child.stderr.take().context("its errors are a pipe")?;
    let errors = thread::spawn(move || io::read_to_string(errors).unwrap_or_default());
    let output = child.stdout.take().context("its output is a pipe")?;
    if let Err(error) = hear_lines(output, said) {
        child.kill()?;
        child.wait()?;
        return Err(error);
    }
    let status = child.wait()?;
    let errors = errors.join().unwrap_or_default();
    match status.success() {
        true => Ok(()),
        false if errors.trim().is_empty() => bail!("{} ended with {status}", command.get_program().display()),
        false => bail!("{}", errors.trim().trim_start_matches("error: ")),
    }
}

fn hear_lines(output: impl Read + Send + 'static, mut said: impl FnMut(Said)) -> Result<()> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || BufReader::new(output).lines().try_for_each(|line| sender.send(line)));
    loop {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => said(line?.parse()?),
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => bail!("nothing was heard for {} s", SILENCE.as_secs()),
        }
    }
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
    fn a_program_that_dies_or_talks_nonsense_fails() {
        assert!(hear_shell("kill -9 $$").1.unwrap_err().to_string().contains("ended with signal: 9"));
        assert!(hear_shell("echo hello; sleep 60").1.unwrap_err().to_string().contains("says nothing"));
        assert!(hear_shell("true").1.is_ok());
    }
}
