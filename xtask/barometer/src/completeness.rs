//! Completeness: who takes part has one sample in each round of each launch.
//!
//! A ratio pairs samples of the same round. So a line that is missing, or there twice, is found before anything is
//! computed, and has a name.

use crate::record::Record;
use crate::scenario::Scenario;
use anyhow::{Result, bail, ensure};
use std::collections::{BTreeMap, BTreeSet};

/// Compares everybody's rounds with those of both turns of ours.
///
/// # Errors
///
/// When somebody lacks a sample that ours has, or has one that ours lacks, or has one twice; and when there is none.
pub fn check(scenario: &Scenario, records: &[Record]) -> Result<()> {
    ensure!(!records.is_empty(), "there is no sample");
    let mut rounds = BTreeMap::<_, BTreeSet<_>>::new();
    for Record { placement, launch, round, contender, again, .. } in records {
        let of_turn = rounds.entry((*placement, contender.as_str(), *again)).or_default();
        let is_new = of_turn.insert((*launch, *round));
        ensure!(is_new, "{contender}, {placement}: launch {launch}, round {round} is there twice");
    }
    let (ours, none) = (scenario.contenders[0].as_str(), BTreeSet::new());
    for (&(placement, contender, _), of_turn) in &rounds {
        for again in [false, true] {
            let of_ours = rounds.get(&(placement, ours, again)).unwrap_or(&none);
            if let Some((launch, round)) = of_turn.symmetric_difference(of_ours).next() {
                bail!("{contender}, {placement}: launch {launch}, round {round} is missing there or of ours");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenarios;

    const LINES: [&str; 6] = [
        "free,0,0,ours,0,1,9,9,0,0",
        "free,0,0,ours,1,1,9,9,0,0",
        "free,0,0,std,0,1,9,9,0,0",
        "free,0,1,std,0,1,9,9,0,0",
        "free,0,1,ours,1,1,9,9,0,0",
        "free,0,1,ours,0,1,9,9,0,0",
    ];

    fn checked(lines: &[&str]) -> Result<()> {
        let table = "[[scenario]]\nname = \"a\"\nasks = \"?\"\ncontenders = [\"ours\", \"std\"]";
        let records: Vec<Record> = lines.iter().map(|line| line.parse().unwrap()).collect();
        check(&Scenarios::parse(table).unwrap().list[0], &records)
    }

    #[test]
    fn rounds_are_complete_in_any_order() {
        checked(&LINES).unwrap();
    }

    #[test]
    fn any_line_that_is_missing_or_there_twice_is_found() {
        for at in 0..LINES.len() {
            let mut lines = LINES.to_vec();
            let line = lines.remove(at);
            assert!(checked(&lines).unwrap_err().to_string().ends_with("is missing there or of ours"), "{line}");
            lines.extend([line, line]);
            assert!(checked(&lines).unwrap_err().to_string().ends_with("is there twice"), "{line}");
        }
        assert_eq!(checked(&[]).unwrap_err().to_string(), "there is no sample");
    }
}
