//! Every promise of a README names its check, and the check exists.
//!
//! The table headed `| Guarantee | Checked by |` holds the promises. In its second column a backticked `tests/it: name`
//! is a function under that folder of the crate, a bare lower-case `name` a function anywhere in the crate, `cargo ..`
//! a command, and anything else (a type, an attribute) has to stand in the crate's sources to the letter.

use super::Finding;
use super::tree::Tree;
use crate::source::is_word;
use std::path::{Path, PathBuf};

const HEAD: &str = "|Guarantee|Checked by|";

pub(super) fn checks(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &tree.workspace.crates {
        let folder = tree.workspace.relative(&package.dir);
        let has_library = tree.sources.iter().any(|source| source.path == folder.join("src/lib.rs"));
        let readme = folder.join("README.md");
        match tree.texts.iter().find(|(path, _)| *path == readme) {
            Some((_, text)) => findings.extend(in_readme(tree, folder, &readme, text, has_library)),
            None if has_library => {
                findings.push(Finding::of(&readme, "is missing; a crate says there what it promises"));
            }
            None => {}
        }
    }
    findings
}

fn in_readme(tree: &Tree, folder: &Path, readme: &Path, text: &str, has_library: bool) -> Vec<Finding> {
    let is_head = |line: &&str| cells(line).join("|") == HEAD[1..HEAD.len() - 1];
    let mut lines = text.lines().enumerate().skip_while(|(_, line)| !is_head(line)).peekable();
    if lines.next().is_none() {
        let what = "has no table `| Guarantee | Checked by |`; list what the crate promises and what checks it";
        return if has_library { vec![Finding::of(readme, what)] } else { Vec::new() };
    }
    let rows = lines.skip(1).take_while(|(_, line)| line.trim_start().starts_with('|'));
    let mut findings = Vec::new();
    for (at, row) in rows {
        let checks = cells(row).pop().unwrap_or_default();
        let checks = spans(&checks);
        if checks.is_empty() {
            findings.push(Finding::at(readme, at, "a guarantee without a check; name a test in backticks"));
        }
        let complaints = checks.iter().filter_map(|check| complaint(tree, folder, check));
        findings.extend(complaints.map(|what| Finding::at(readme, at, what)));
    }
    findings
}

/// What is wrong with a check, if anything.
fn complaint(tree: &Tree, folder: &Path, check: &str) -> Option<String> {
    if check.starts_with("cargo ") {
        return None;
    }
    if let Some((place, names)) = check.split_once(": ") {
        let within = folder.join(place);
        if tree.sources_in(&within).next().is_none() {
            return Some(format!("no sources in `{}`; name a test folder of the crate", within.display()));
        }
        let missing = names.split(',').map(str::trim).find(|name| !has_function(tree, &within, name))?;
        return Some(format!("no function `{missing}` in {}; name a test that exists", within.display()));
    }
    if check.chars().all(|c| c == ':' || is_word(c) && !c.is_uppercase()) {
        let missing = !has_function(tree, folder, check);
        return missing.then(|| format!("no function `{check}` in {}; name a test that exists", folder.display()));
    }
    let stands = tree.sources_in(folder).any(|source| source.lines.iter().any(|line| line.raw.contains(check)));
    (!stands).then(|| format!("`{check}` stands nowhere in {}; name a test, a type or an attribute", folder.display()))
}

/// Whether a function of that name, with or without its modules, stands in the folder or file.
fn has_function(tree: &Tree, within: &Path, name: &str) -> bool {
    let name = name.rsplit("::").next().unwrap_or(name);
    let within: PathBuf = within.to_owned();
    tree.sources_in(&within).any(|source| source.functions().iter().any(|function| function.name == name))
}

/// The cells of a table's row; a bar in backticks or after a backslash is text.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let row = row.strip_suffix('|').unwrap_or(row);
    let (mut cells, mut in_code, mut escaped) = (vec![String::new()], false, false);
    for character in row.chars() {
        match character {
            '|' if !in_code && !escaped => cells.push(String::new()),
            _ => cells.last_mut().expect("there is always a last cell").push(character),
        }
        in_code ^= character == '`';
        escaped = character == '\\';
    }
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// What stands in backticks.
fn spans(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(|span| span.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(rows: &str) -> Vec<String> {
        let readme = format!("# cluster\n\n| Guarantee | Checked by |\n|---|---|\n{rows}\n\nText with `nothing`.\n");
        let files = [
            ("cluster/README.md", readme.as_str()),
            ("cluster/src/lib.rs", "#![forbid(unsafe_code)]\npub struct Leader;\n"),
            ("cluster/tests/it/main.rs", "mod drain;\n"),
            ("cluster/tests/it/drain.rs", "#[test]\nfn close_then_drain() {}\n"),
            ("cluster/tests/loom/main.rs", "#[test]\nfn open_races_wait() {}\n"),
        ];
        findings(&files, checks)
    }

    #[test]
    fn checks_that_exist_pass() {
        for row in [
            "| a | `tests/it: close_then_drain` |",
            "| a | `tests/it: drain::close_then_drain`, `tests/loom: open_races_wait` |",
            "| a `|x|` b | `open_races_wait` |",
            "| a | the type `Leader`, and `#![forbid(unsafe_code)]` |",
            "| a | `tests/it: close_then_drain, close_then_drain` and `cargo xtask loom` |",
        ] {
            assert_eq!(found(row), [""; 0], "{row}");
        }
    }

    #[test]
    fn checks_that_do_not_exist_are_found() {
        for row in [
            "| a | `tests/it: open_races_wait` |",
            "| a | `tests/fault: close_then_drain` |",
            "| a | `closes_then_drains` |",
            "| a | the type `Follower` |",
            "| a | careful reading |",
            "| a | |",
        ] {
            assert_eq!(found(row).len(), 1, "{row}");
        }
        assert!(found("| a | `gone` |")[0].starts_with("cluster/README.md:5: no function `gone`"));
    }

    #[test]
    fn a_library_without_a_table_is_found() {
        let library = ("cluster/src/lib.rs", "//! A library.\n");
        assert_eq!(findings(&[library], checks).len(), 1);
        assert_eq!(findings(&[library, ("cluster/README.md", "# cluster\n")], checks).len(), 1);
        assert_eq!(findings(&[("cluster/src/main.rs", "//! A program.\n")], checks).len(), 0);
    }
}
