//! `cargo xtask`: the one door to everything that is done with this workspace, from the demo to what CI runs.
//!
//! Each command is a file that exports a [`Command`]; this one lists them and picks one.

#![forbid(unsafe_code)]

mod asan;
mod atomic;
mod bench;
mod cargo;
mod ci;
mod command;
mod demo;
mod diff;
mod doc;
mod doctor;
mod examples;
mod excerpt;
mod harness;
mod miri;
mod model;
mod mutants;
mod nightly;
mod process;
mod source;
mod spell;
mod table;
mod tally;
mod test;
mod tidy;
mod tsan;
mod workspace;

use crate::command::{Command, Usage};
use crate::workspace::Workspace;
use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

const COMMANDS: &[&Command] = &[
    &demo::COMMAND,
    &test::COMMAND,
    &model::LOOM,
    &model::SHUTTLE,
    &mutants::COMMAND,
    &miri::COMMAND,
    &tsan::COMMAND,
    &asan::COMMAND,
    &bench::BENCH,
    &bench::REPORT,
    &examples::COMMAND,
    &tidy::COMMAND,
    &doc::COMMAND,
    &ci::COMMAND,
    &doctor::COMMAND,
];

fn main() -> ExitCode {
    match dispatch(env::args_os().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn dispatch(words: Vec<OsString>) -> anyhow::Result<ExitCode> {
    let mut words = words.into_iter();
    let name = words.next().map_or_else(|| "help".to_owned(), |word| word.to_string_lossy().into_owned());
    let rest: Vec<OsString> = words.collect();
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        return help(rest.first());
    }
    let command = find(&name)?;
    match command.parse(rest)? {
        Some(arguments) => (command.run)(&Workspace::open()?, &arguments),
        None => {
            print!("{}", command.help());
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// `help` alone lists the commands; `help <command>` is `<command> --help`.
fn help(about: Option<&OsString>) -> anyhow::Result<ExitCode> {
    match about {
        Some(name) => print!("{}", find(&name.to_string_lossy())?.help()),
        None => print!("{}", command::overview(COMMANDS)),
    }
    Ok(ExitCode::SUCCESS)
}

fn find(name: &str) -> Result<&'static Command, Usage> {
    COMMANDS.iter().copied().find(|command| command.name == name).ok_or_else(|| {
        let names = COMMANDS.iter().map(|command| command.name);
        Usage::unknown("command", name, names, "`cargo xtask help` lists the commands")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_command_is_listed_once() {
        let names: BTreeSet<_> = COMMANDS.iter().map(|command| command.name).collect();
        assert_eq!(names.len(), COMMANDS.len());
        assert!(names.iter().all(|name| command::overview(COMMANDS).contains(&format!("\n  {name} "))));
    }

    #[test]
    fn an_unknown_command_names_the_closest() {
        let error = find("exmaples").expect_err("there is no such command");
        assert!(error.to_string().contains("did you mean `examples`?"), "{error}");
    }

    #[test]
    fn a_command_unlike_any_other_suggests_none() {
        let error = find("deploy-everything").expect_err("there is no such command");
        assert!(!error.to_string().contains("did you mean"), "{error}");
    }
}
