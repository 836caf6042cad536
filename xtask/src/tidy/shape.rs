//! The shape of files: each opens with its purpose, and holds one idea.

use super::Finding;
use super::tree::Tree;

const FILE_LINES: usize = 400;
const FUNCTION_LINES: usize = 70;

pub(super) fn heads(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let opens = source.lines.iter().map(|line| line.raw.trim()).find(|line| !line.is_empty()).unwrap_or_default();
        if !opens.starts_with("//!") && !opens.starts_with("#!") {
            findings.push(Finding::at(&source.path, 0, "opens without its purpose; begin with a `//!` sentence"));
        }
        if source.path.ends_with("mod.rs") {
            findings.push(Finding::of(&source.path, "is a mod.rs; name it like its folder and put it beside"));
        }
    }
    findings
}

pub(super) fn sizes(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        let length = source.lines.len();
        if length > FILE_LINES && !source.lines.iter().any(|line| line.comment.contains("LONG:")) {
            let what = format!(
                "has {length} lines, over {FILE_LINES}; split it by ideas, or justify it with `// LONG: reason`"
            );
            findings.push(Finding::of(&source.path, what));
        }
        for function in source.functions() {
            let length = function.last - function.first + 1;
            let is_marked = source.is_justified(function.first, "LONG:")
                || source.is_marked(function.last, "LONG:", function.last - function.first);
            if length > FUNCTION_LINES && !is_marked {
                let what = format!(
                    "`{}` has {length} lines, over {FUNCTION_LINES}; split it, or justify it with `// LONG: reason`",
                    function.name
                );
                findings.push(Finding::at(&source.path, function.first, what));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(rule: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        findings(&[(path, text)], rule).len()
    }

    #[test]
    fn a_file_without_a_head_is_found() {
        assert_eq!(found(heads, "cluster/src/a.rs", "use std::fmt;\n"), 1);
        assert_eq!(found(heads, "cluster/src/a.rs", ""), 1);
        for good in ["//! A thing.\n", "\n//! A thing.\n", "#![cfg(loom)]\n"] {
            assert_eq!(found(heads, "cluster/src/a.rs", good), 0, "{good}");
        }
    }

    #[test]
    fn a_mod_rs_is_found() {
        assert_eq!(found(heads, "cluster/src/a/mod.rs", "//! A thing.\n"), 1);
    }

    #[test]
    fn a_long_file_is_found_unless_it_says_why() {
        let long = "//! A thing.\n".repeat(FILE_LINES + 1);
        assert_eq!(found(sizes, "cluster/src/a.rs", &long), 1);
        assert_eq!(found(sizes, "cluster/src/a.rs", &format!("{long}// LONG: a table\n")), 0);
        assert_eq!(found(sizes, "cluster/src/a.rs", &"//! A thing.\n".repeat(FILE_LINES)), 0);
    }

    #[test]
    fn a_long_function_is_found_unless_it_says_why() {
        let body = |lines: usize| format!("fn f() {{\n{}}}\n", "    g();\n".repeat(lines - 2));
        assert_eq!(found(sizes, "cluster/src/a.rs", &body(FUNCTION_LINES + 1)), 1);
        assert_eq!(found(sizes, "cluster/src/a.rs", &body(FUNCTION_LINES)), 0);
        assert_eq!(found(sizes, "cluster/src/a.rs", &format!("// LONG: a state machine\n{}", body(90))), 0);
        assert_eq!(found(sizes, "cluster/src/a.rs", &body(90).replacen("g();", "// LONG: a table", 1)), 0);
    }
}
