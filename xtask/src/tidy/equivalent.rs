//! Mutants that are called equivalent exist, and somebody says why no test can tell them.

use super::Finding;
use super::tree::{Part, Tree};
use crate::mutants;

pub(super) fn justifications(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.part(Part::Src) {
        let all = mutants::justifications(source);
        if all.is_empty() {
            continue;
        }
        let text = tree.texts.iter().find(|(path, _)| *path == source.path).map_or("", |(_, text)| text);
        let found = if mutants::is_mutated(&source.path) { mutants::mutants(source, text) } else { Vec::new() };
        for justification in all {
            let (line, what) = match justification {
                Err((line, what)) => {
                    (line, format!("a justification that {what}; write `EQUIVALENT: <operator> [variants]: <reason>`"))
                }
                Ok(it) if !it.is_needed(&found) => {
                    let what = format!(
                        "there is no such {} mutant here; `cargo xtask mutants --list --file {}` shows those there are",
                        it.operator,
                        source.path.display()
                    );
                    (it.line, what)
                }
                Ok(it) if !it.has_reason() => {
                    (it.line, "an equivalent mutant without a reason; say why no test can tell it".to_owned())
                }
                Ok(_) => continue,
            };
            findings.push(Finding::at(&source.path, line, what));
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(path: &str, text: &str) -> Vec<String> {
        findings(&[(path, text)], justifications)
    }

    #[test]
    fn a_justification_of_a_mutant_passes() {
        let text = "// EQUIVALENT: wake notify_all: whoever wakes in vain goes back to sleep\na.notify_one();\n";
        assert_eq!(found("cluster/src/a.rs", text), [""; 0]);
        assert_eq!(found("cluster/tests/it/a.rs", "// EQUIVALENT: nonsense"), [""; 0]);
    }

    #[test]
    fn one_that_is_about_nothing_or_has_no_reason_is_found() {
        for text in [
            "// EQUIVALENT: wake notify_one: whoever wakes in vain goes back to sleep\na.notify_one();\n",
            "// EQUIVALENT: fence: whoever wakes in vain goes back to sleep\na.notify_one();\n",
            "a.notify_one(); // EQUIVALENT: wake: it is fine\n",
            "a.notify_one(); // EQUIVALENT: everything: whoever wakes in vain goes back to sleep\n",
            "#[cfg(test)]\nmod tests {\n    a.notify_one(); // EQUIVALENT: wake: nobody is asleep here\n}\n",
        ] {
            assert_eq!(found("cluster/src/a.rs", text).len(), 1, "{text}");
        }
        assert_eq!(found("common/src/sync/real.rs", "a.notify_one(); // EQUIVALENT: wake: nobody is asleep").len(), 1);
    }
}
