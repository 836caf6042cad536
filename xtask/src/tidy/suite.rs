//! Tests run, do not wait for luck, and leave nothing to do.

use super::Finding;
use super::tree::{Part, Tree, part_of};
use crate::source::words;

const UNITS: [&str; 9] = ["ms", "s", "min", "h", "second", "seconds", "minute", "minutes", "hours"];
const LEFTOVERS: [&str; 3] = ["todo", "dbg", "unimplemented"];

pub(super) fn ignored(tree: &Tree) -> Vec<Finding> {
    let what = "an ignored test that does not say how long it takes; write `#[ignore = \"takes 40 s\"]` or let it run";
    let mut findings = Vec::new();
    for source in &tree.sources {
        for (at, line) in source.lines.iter().enumerate() {
            if line.code.contains("#[ignore") && !has_duration(&line.raw) {
                findings.push(Finding::at(&source.path, at, what));
            }
        }
    }
    findings
}

pub(super) fn sleeps(tree: &Tree) -> Vec<Finding> {
    let what = "a test that sleeps; wait for what it waits for, or justify it with `// SLEEP: reason`";
    let mut findings = Vec::new();
    for source in &tree.sources {
        let all = part_of(&source.path) == Part::Tests;
        for (at, line) in source.lines.iter().enumerate() {
            if (all || line.in_tests) && line.code.contains("thread::sleep") && !source.is_justified(at, "SLEEP:") {
                findings.push(Finding::at(&source.path, at, what));
            }
        }
    }
    findings
}

pub(super) fn leftovers(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for (at, line) in source.lines.iter().enumerate() {
            let left =
                |word: &&str| words(&line.code, word).any(|place| line.code[place + word.len()..].starts_with('!'));
            if let Some(word) = LEFTOVERS.iter().copied().find(left) {
                findings.push(Finding::at(&source.path, at, format!("`{word}!` is left over; finish it or remove it")));
            }
        }
    }
    findings
}

/// Whether a number with a unit of time stands in the text: `40 s`, `2min`.
fn has_duration(text: &str) -> bool {
    let mut after_number = false;
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let unit = word.trim_start_matches(|c: char| c.is_ascii_digit());
        let has_number = unit.len() < word.len();
        if (has_number || after_number) && UNITS.contains(&unit) {
            return true;
        }
        after_number = has_number && unit.is_empty();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        findings(&[(path, text)], rule).len()
    }

    #[test]
    fn an_ignored_test_without_its_duration_is_found() {
        let path = "cluster/tests/it/main.rs";
        for bad in ["#[ignore]", "#[ignore = \"slow\"]", "#[ignore = \"issue 40\"]"] {
            assert_eq!(found(ignored, path, bad), 1, "{bad}");
        }
        for good in ["#[ignore = \"takes 40 s\"]", "#[ignore = \"2min on two cores\"]", "// #[ignore]"] {
            assert_eq!(found(ignored, path, good), 0, "{good}");
        }
    }

    #[test]
    fn a_test_that_sleeps_is_found() {
        let sleep = "std::thread::sleep(SHORT);";
        let unit = format!("#[cfg(test)]\nmod tests {{\n    {sleep}\n}}");
        assert_eq!(found(sleeps, "cluster/tests/it/main.rs", sleep), 1);
        assert_eq!(found(sleeps, "cluster/src/a.rs", &unit), 1);
        assert_eq!(found(sleeps, "cluster/src/a.rs", sleep), 0);
        assert_eq!(found(sleeps, "cluster/tests/it/main.rs", &format!("// SLEEP: the clock is tested.\n{sleep}")), 0);
    }

    #[test]
    fn what_is_left_over_is_found() {
        for bad in ["todo!()", "dbg!(x);", "fn f() { unimplemented!(\"later\") }"] {
            assert_eq!(found(leftovers, "cluster/src/a.rs", bad), 1, "{bad}");
        }
        for good in ["let todo = 1;", "// todo!()", "my_dbg!(x);", "if !todo {}"] {
            assert_eq!(found(leftovers, "cluster/src/a.rs", good), 0, "{good}");
        }
    }
}
