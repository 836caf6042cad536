//! The command line.

use anyhow::{Context, bail, ensure};
use lexopt::{Arg, ValueExt};
use std::path::PathBuf;

/// What `--help` prints; the driver prints the same without building the demo.
const HELP: &str = include_str!("../help.txt");

/// What the command line asks for.
#[derive(Debug)]
pub(crate) struct Args {
    pub(crate) input: Option<PathBuf>,
    pub(crate) pictures: usize,
    pub(crate) workers: usize,
    pub(crate) output: PathBuf,
    pub(crate) port: u16,
    pub(crate) serve: bool,
    pub(crate) quick: bool,
}

/// Reads the command line; `None` means that help was asked for and printed.
pub(crate) fn parse() -> anyhow::Result<Option<Args>> {
    parse_from(lexopt::Parser::from_env())
}

fn parse_from(mut parser: lexopt::Parser) -> anyhow::Result<Option<Args>> {
    let mut args = Args {
        input: None,
        pictures: 200,
        workers: 2,
        output: PathBuf::from("target/demo"),
        port: 0,
        serve: false,
        quick: false,
    };
    let mut pictures = None;
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("input") => args.input = Some(parser.value()?.into()),
            Arg::Long("pictures") => pictures = Some(number(&mut parser, "--pictures", 1..=10_000)?),
            Arg::Long("workers") => args.workers = number(&mut parser, "--workers", 1..=64)?,
            Arg::Long("output") => args.output = parser.value()?.into(),
            Arg::Long("port") => args.port = u16::try_from(number(&mut parser, "--port", 1..=65_535)?)?,
            Arg::Long("serve") => args.serve = true,
            Arg::Long("quick") => args.quick = true,
            Arg::Long("help") | Arg::Short('h') => {
                print!("{HELP}");
                return Ok(None);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if pictures.is_some() && args.input.is_some() {
        bail!("--pictures says how many to make, and --input brings its own; leave one of them out");
    }
    args.pictures = pictures.unwrap_or(if args.quick { 40 } else { 200 });
    Ok(Some(args))
}

fn number(parser: &mut lexopt::Parser, name: &str, range: std::ops::RangeInclusive<usize>) -> anyhow::Result<usize> {
    let number: usize = parser.value()?.parse().with_context(|| format!("{name} takes a whole number"))?;
    ensure!(range.contains(&number), "{name} takes {} to {}, not {number}", range.start(), range.end());
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(args: &[&str]) -> anyhow::Result<Option<Args>> {
        parse_from(lexopt::Parser::from_args(args))
    }

    #[test]
    fn defaults_are_those_of_the_help() {
        let args = parsed(&[]).unwrap().unwrap();
        assert_eq!((args.pictures, args.workers, args.port), (200, 2, 0));
        assert!(
            HELP.contains("1 to 10,000 (default 200") && HELP.contains("default 2)") && HELP.contains("target/demo")
        );
    }

    #[test]
    fn the_last_output_wins() {
        let args = parsed(&["--output", "the driver's", "--quick", "--output", "the caller's"]).unwrap().unwrap();
        assert_eq!(args.output, PathBuf::from("the caller's"));
    }

    #[test]
    fn wrong_arguments_name_what_they_take() {
        for (args, expected) in [
            (&["--workers", "0"][..], "--workers takes 1 to 64, not 0"),
            (&["--pictures", "many"][..], "--pictures takes a whole number"),
            (&["--pictures", "10001"][..], "--pictures takes 1 to 10000, not 10001"),
            (&["--port", "65536"][..], "--port takes 1 to 65535, not 65536"),
            (&["--input", "a", "--pictures", "3"][..], "leave one of them out"),
            (&["--wrokers", "2"][..], "--wrokers"),
        ] {
            let error = format!("{:#}", parsed(args).unwrap_err());
            assert!(error.contains(expected), "{args:?}: {error}");
        }
    }
}
