//! The workspace stands alone: no file leads to a place that only one machine has.

use super::Finding;
use super::tree::Tree;
use crate::source::is_word;

/// Split so that this file is not its own first finding.
const PLACES: [&str; 2] = [concat!("../", "shared"), concat!("/", "work")];

pub(super) fn outside(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in &tree.texts {
        for (at, line) in text.lines().enumerate() {
            if let Some(place) = PLACES.iter().find(|place| leads_to(line, place)) {
                let what = format!("`{place}` is not part of the workspace; name something that is");
                findings.push(Finding::at(path, at, what));
            }
        }
    }
    findings
}

/// Whether `place` stands in `line` as a path of its own, not as a part of a longer name.
fn leads_to(line: &str, place: &str) -> bool {
    line.match_indices(place).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + place.len()..].chars().next();
        let continues = |c: char| is_word(c) || c == '-';
        !before.is_some_and(|c| continues(c) || c == '.' || c == '}') && !after.is_some_and(continues)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    #[test]
    fn places_outside_are_found_in_any_text() {
        for place in PLACES {
            let text = format!("first\nsee {place}/DESIGN.md\n");
            assert_eq!(findings(&[("README.md", text.as_str())], outside).len(), 1, "{place}");
            assert_eq!(findings(&[("a.rs", format!("read(\"{place}\")").as_str())], outside).len(), 1, "{place}");
        }
    }

    #[test]
    fn paths_inside_and_other_words_are_not() {
        let work = PLACES[1];
        for good in [
            format!("target{work}/a"),
            format!("{work}er-pool"),
            "../worker-pool".to_owned(),
            "read or work".to_owned(),
        ] {
            assert_eq!(findings(&[("README.md", good.as_str())], outside), [""; 0], "{good}");
        }
    }
}
