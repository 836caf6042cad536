//! What a command is: its words, its help, and errors that name the fix.
//!
//! A command declares what it takes; parsing and help are made from the declaration, so neither can fall behind the
//! other.

use crate::spell::meant;
use crate::workspace::Workspace;
use anyhow::Result;
use lexopt::Arg;
use std::ffi::OsString;
use std::fmt::{self, Write};
use std::process::ExitCode;

/// One word after `cargo xtask`.
#[derive(Debug)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    /// One line for the list of commands.
    pub(crate) summary: &'static str,
    /// What one has to know before running it; of a command that forwards, the whole help of what it starts.
    pub(crate) about: &'static str,
    /// Positional words, in order, all optional: name and meaning.
    pub(crate) operands: &'static [(&'static str, &'static str)],
    /// Long flags: name without dashes and meaning. One that takes a value has the value's name behind its own, as in
    /// `crate NAME`.
    pub(crate) flags: &'static [(&'static str, &'static str)],
    /// Whether all words are for the program it starts; then it takes no operands or flags of its own.
    pub(crate) forwards: bool,
    pub(crate) run: fn(&Workspace, &Arguments) -> Result<ExitCode>,
}

/// The operands of a command that runs tests.
pub(crate) const TESTS: &[(&str, &str)] =
    &[("crate", "only this one"), ("filter", "only tests whose name contains this")];

/// The words a command was given.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Arguments {
    operands: Vec<String>,
    flags: Vec<&'static str>,
    values: Vec<(&'static str, String)>,
    /// What a forwarding command passes on.
    pub(crate) forwarded: Vec<OsString>,
}

impl Arguments {
    pub(crate) fn operand(&self, index: usize) -> Option<&str> {
        self.operands.get(index).map(String::as_str)
    }

    pub(crate) fn has(&self, flag: &str) -> bool {
        self.flags.contains(&flag)
    }

    /// The value of a flag that takes one; of several the last.
    pub(crate) fn value(&self, flag: &str) -> Option<&str> {
        self.values.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| value.as_str())
    }
}

/// The command line is wrong; the process exits with 2.
#[derive(Debug)]
pub(crate) struct Usage(String);

impl Usage {
    /// `name` is no `kind`; names the closest of `known`, if one is close, and `fix`.
    pub(crate) fn unknown<'a>(
        kind: &str,
        name: &str,
        known: impl IntoIterator<Item = &'a str>,
        fix: impl fmt::Display,
    ) -> Self {
        Self(format!("no {kind} `{name}`; {}{fix}", meant(name, known)))
    }

    /// A filter that selects nothing would otherwise look like success.
    pub(crate) fn none_matches(what: &str, filter: &str) -> Self {
        Self(format!("no {what} has `{filter}` in its name; leave the filter out to see the names"))
    }

    /// `what` is there, but has none of what was asked for.
    pub(crate) fn has_none(what: &str, wanted: impl fmt::Display, fix: &str) -> Self {
        Self(format!("`{what}` has no {wanted}; {fix}"))
    }
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Usage {}

impl Command {
    /// Sorts the words into operands and flags; `None` means that help was asked for.
    pub(crate) fn parse(&self, words: Vec<OsString>) -> Result<Option<Arguments>, Usage> {
        if self.forwards {
            return Ok(self.forward(words));
        }
        let mut arguments = Arguments::default();
        let mut parser = lexopt::Parser::from_args(words);
        let refused = |error| Usage(format!("{error}; {}", self.fix()));
        while let Some(word) = parser.next().map_err(refused)? {
            match word {
                Arg::Long("help") | Arg::Short('h') => return Ok(None),
                Arg::Long(name) => match self.flag(name)? {
                    (flag, None) => arguments.flags.push(flag),
                    (flag, Some(_)) => {
                        let value = parser.value().map_err(refused)?;
                        arguments.values.push((flag, value.to_string_lossy().into_owned()));
                    }
                },
                Arg::Short(letter) => return Err(self.unknown_flag(&format!("-{letter}"))),
                Arg::Value(value) if arguments.operands.len() < self.operands.len() => {
                    arguments.operands.push(value.to_string_lossy().into_owned());
                }
                Arg::Value(value) => {
                    let value = value.to_string_lossy();
                    return Err(Usage(format!("`{}` does not take `{value}`; {}", self.name, self.fix())));
                }
            }
        }
        Ok(Some(arguments))
    }

    pub(crate) fn help(&self) -> String {
        if self.forwards {
            return self.about.to_owned();
        }
        let mut help = format!("{}\n\nUsage: cargo xtask {}", self.about, self.name);
        let words = self.operands.iter().map(|(name, _)| format!(" [{name}]"));
        let flags = self.flags.iter().map(|(name, _)| format!(" [--{name}]"));
        help.extend(words.chain(flags));
        help.push('\n');
        let operands = self.operands.iter().map(|(name, text)| (format!("[{name}]"), *text));
        let flags = self.flags.iter().map(|(name, text)| (format!("--{name}"), *text));
        let words: Vec<_> = operands.chain(flags).chain([("--help".to_owned(), "print this")]).collect();
        let width = words.iter().map(|(word, _)| word.len()).max().unwrap_or_default().max(14);
        for (word, text) in words {
            writeln!(help, "  {word:<width$} {text}").expect("a string takes any text");
        }
        help
    }

    /// A leading `--help` is ours; a leading `--` makes everything after it the program's.
    fn forward(&self, mut words: Vec<OsString>) -> Option<Arguments> {
        match words.first().and_then(|word| word.to_str()) {
            Some("--help" | "-h") => return None,
            Some("--") => drop(words.remove(0)),
            _ => {}
        }
        Some(Arguments { forwarded: words, ..Arguments::default() })
    }

    /// The declared flag of that name, and the name of its value if it takes one.
    fn flag(&self, name: &str) -> Result<(&'static str, Option<&'static str>), Usage> {
        let mut known = self.flags.iter().map(|(flag, _)| parts(flag));
        known.find(|(flag, _)| *flag == name).ok_or_else(|| self.unknown_flag(&format!("--{name}")))
    }

    fn unknown_flag(&self, given: &str) -> Usage {
        let known: Vec<String> = self.flags.iter().map(|(flag, _)| format!("--{}", parts(flag).0)).collect();
        let meant = meant(given, known.iter().map(String::as_str));
        Usage(format!("`{}` has no flag `{given}`; {meant}{}", self.name, self.fix()))
    }

    fn fix(&self) -> String {
        format!("`cargo xtask {} --help` tells what it takes", self.name)
    }
}

/// A declared flag's name and the name of its value.
fn parts(flag: &str) -> (&str, Option<&str>) {
    flag.split_once(' ').map_or((flag, None), |(name, value)| (name, Some(value)))
}

/// The list of commands, one line each.
pub(crate) fn overview(commands: &[&Command]) -> String {
    let mut text = "Usage: cargo xtask <command> [--help]\n\nCommands:\n".to_owned();
    for command in commands {
        writeln!(text, "  {:<10} {}", command.name, command.summary).expect("a string takes any text");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMAND: Command = Command {
        name: "fetch",
        summary: "fetches",
        about: "Fetches things.",
        operands: &[("crate", "which one")],
        flags: &[("bless", "take what comes"), ("depth NUMBER", "how deep")],
        forwards: false,
        run: |_, _| Ok(ExitCode::SUCCESS),
    };

    fn words(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn words_are_sorted_into_operands_and_flags() {
        let parsed = COMMAND.parse(words(&["common", "--bless"])).unwrap().unwrap();
        assert_eq!(parsed.operand(0), Some("common"));
        assert_eq!(parsed.operand(1), None);
        assert!(parsed.has("bless"));
    }

    #[test]
    fn help_wins_over_what_stands_before_it() {
        assert_eq!(COMMAND.parse(words(&["common", "-h"])).unwrap(), None);
        assert!(COMMAND.help().contains("cargo xtask fetch [crate] [--bless] [--depth NUMBER]"), "{}", COMMAND.help());
    }

    #[test]
    fn an_unknown_flag_names_the_closest_and_the_help() {
        let error = COMMAND.parse(words(&["--blss"])).unwrap_err().to_string();
        assert!(error.contains("did you mean `--bless`?"), "{error}");
        assert!(error.contains("cargo xtask fetch --help"), "{error}");
    }

    #[test]
    fn a_word_too_many_is_refused() {
        let error = COMMAND.parse(words(&["common", "cluster"])).unwrap_err().to_string();
        assert!(error.contains("does not take `cluster`"), "{error}");
    }

    #[test]
    fn a_flag_with_a_value_is_refused() {
        assert!(COMMAND.parse(words(&["--bless=yes"])).is_err());
    }

    #[test]
    fn a_value_follows_its_flag_or_an_equals_sign() {
        for given in [&["--depth", "3"] as &[_], &["--depth=3"], &["--depth=2", "--depth", "3"]] {
            let parsed = COMMAND.parse(words(given)).unwrap().unwrap();
            assert_eq!((parsed.value("depth"), parsed.operand(0), parsed.has("depth")), (Some("3"), None, false));
        }
        assert_eq!(COMMAND.parse(vec![]).unwrap().unwrap().value("depth"), None);
    }

    #[test]
    fn a_missing_value_is_refused() {
        let error = COMMAND.parse(words(&["--depth"])).unwrap_err().to_string();
        assert!(error.contains("cargo xtask fetch --help"), "{error}");
    }

    #[test]
    fn a_forwarding_command_keeps_only_a_leading_help() {
        let forwards = Command { forwards: true, operands: &[], flags: &[], ..COMMAND };
        assert_eq!(forwards.parse(words(&["--help"])).unwrap(), None);
        let passed = |given: &[&str]| forwards.parse(words(given)).unwrap().unwrap().forwarded;
        assert_eq!(passed(&["--", "--help"]), words(&["--help"]));
        assert_eq!(passed(&["--quick", "--help"]), words(&["--quick", "--help"]));
    }
}
