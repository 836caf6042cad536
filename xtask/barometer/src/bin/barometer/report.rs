//! `report`: BENCHMARKS.md and the page, both computed from a kept run.

use crate::args::Report;
use crate::markdown;
use crate::page;
use crate::run::Run;
use crate::workspace::{PUBLISHED, measured, root, scratch};
use anyhow::{Context, Result};
use std::fs;
use std::process::ExitCode;

pub(crate) fn report(words: &Report) -> Result<ExitCode> {
    let name = words.name.as_deref().unwrap_or(PUBLISHED);
    let run = Run::load(name, &measured(&root())?)?;
    let document = root().join("BENCHMARKS.md");
    if words.check {
        let there = fs::read_to_string(&document).unwrap_or_default();
        if there == markdown::document(&run) {
            println!("BENCHMARKS.md is what the records come to");
            return Ok(ExitCode::SUCCESS);
        }
        println!("BENCHMARKS.md is not what the records come to; `cargo xtask report` writes it anew");
        return Ok(ExitCode::FAILURE);
    }
    let page = scratch().join("report.html");
    fs::create_dir_all(scratch()).with_context(|| format!("cannot make {}", scratch().display()))?;
    fs::write(&page, page::page(&run)).with_context(|| format!("cannot write {}", page.display()))?;
    println!("{}", page.display());
    if name == PUBLISHED {
        fs::write(&document, markdown::document(&run)).context("cannot write BENCHMARKS.md")?;
        println!("{}", document.display());
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Answer;

    #[test]
    fn the_published_benchmarks_are_what_their_records_come_to() {
        let run = Run::load(PUBLISHED, &measured(&root()).unwrap()).unwrap();
        let there = fs::read_to_string(root().join("BENCHMARKS.md")).unwrap();
        assert!(there == markdown::document(&run), "`cargo xtask report` writes BENCHMARKS.md anew");
    }

    #[test]
    fn every_scenario_is_published() {
        let all = measured(&root()).unwrap();
        let run = Run::load(PUBLISHED, &all).unwrap();
        for measured in &all {
            for scenario in &measured.scenarios.list {
                let is_of =
                    |answer: &&Answer| answer.crate_name == measured.name && answer.scenario.name == scenario.name;
                assert!(run.answers.iter().any(|answer| is_of(&answer)), "{}, {}", measured.name, scenario.name);
            }
        }
    }
}
