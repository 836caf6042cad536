//! Measures the primitives beside their peers and prints what came out; `--help` says how.

use anyhow::{Result, ensure};
use common_peers::affinity::{Core, pin};
use common_peers::allocation::Counting;
use common_peers::measure::measure;
use common_peers::{all, table};
use lexopt::prelude::{Long, Short, Value, ValueExt};
use std::process::exit;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Fewer rounds make a bootstrap that means little.
const FEWEST_ROUNDS: usize = 30;
const ROUNDS: usize = 100;

const HELP: &str = "\
Measures the primitives of common beside their peers, in turns and in random order, and prints the answers.

Usage: cargo run --release -p common-peers -- [--rounds N] [--markdown] [WORD..]
  WORD..       only questions whose names contain one of these
  --rounds N   turns that each contender takes, at least 30; 100 if not given
  --markdown   print a table for a README
  --help       print this
";

struct Options {
    rounds: usize,
    markdown: bool,
    words: Vec<String>,
}

fn main() -> Result<()> {
    let options = options()?;
    pin(Core::Same);
    let asked = |name: &str| options.words.is_empty() || options.words.iter().any(|word| name.contains(word.as_str()));
    let mut reports = Vec::new();
    for mut question in all().into_iter().filter(|question| asked(question.name)) {
        let report = measure(&mut question, options.rounds)?;
        if !options.markdown {
            println!("{}", table::text(&report));
        }
        reports.push(report);
    }
    if options.markdown {
        print!("{}", table::markdown(&reports));
    }
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options { rounds: ROUNDS, markdown: false, words: Vec::new() };
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("rounds") => options.rounds = arguments.value()?.parse()?,
            Long("markdown") => options.markdown = true,
            Long("help") | Short('h') => {
                print!("{HELP}");
                exit(0);
            }
            Value(word) => options.words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    ensure!(options.rounds >= FEWEST_ROUNDS, "--rounds {} are too few: at least {FEWEST_ROUNDS}", options.rounds);
    Ok(options)
}
