//! Orderings and unsafe code explain themselves.

use super::Finding;
use super::tree::{Part, Tree};
use crate::atomic::{ORDERINGS, is_operation};
use crate::source::{Source, is_word, words};

/// How far above an operation its explanation may begin.
const REACH: usize = 8;

pub(super) fn orderings(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.part(Part::Src) {
        for (at, arguments, _) in operations(source) {
            let is_atomic = ORDERINGS.iter().any(|ordering| words(&arguments, ordering).next().is_some());
            if is_atomic && !source.lines[at].in_tests && !source.is_marked(at, "ORDERING:", REACH) {
                let what = format!(
                    "an atomic operation without its reason; say in `// ORDERING:`, at most {REACH} lines above, which \
                     operation it pairs with and what it publishes"
                );
                findings.push(Finding::at(&source.path, at, what));
            }
        }
    }
    findings
}

pub(super) fn seq_cst(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in tree.part(Part::Src) {
        for (at, arguments, is_fence) in operations(source) {
            if !is_fence && !source.lines[at].in_tests && words(&arguments, "SeqCst").next().is_some() {
                let what = "a SeqCst access, which loom weakens; use AcqRel, or two fences and a proof";
                findings.push(Finding::at(&source.path, at, what));
            }
        }
    }
    findings
}

pub(super) fn safety(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in &tree.sources {
        for (at, line) in source.lines.iter().enumerate() {
            let opens = words(&line.code, "unsafe").any(|place| {
                let after = line.code[place + "unsafe".len()..].trim_start();
                after.starts_with('{') || after.starts_with("impl")
            });
            if opens && !source.is_marked(at, "SAFETY:", REACH) {
                let what = format!(
                    "unsafe code without its reason; say in `// SAFETY:`, at most {REACH} lines above, which invariant \
                     it rests on"
                );
                findings.push(Finding::at(&source.path, at, what));
            }
        }
    }
    findings
}

/// The calls that may be atomic operations: line, arguments, and whether it is a fence.
fn operations(source: &Source) -> Vec<(usize, String, bool)> {
    let mut calls = Vec::new();
    for (at, line) in source.lines.iter().enumerate() {
        for (open, _) in line.code.match_indices('(') {
            let (before, name) = line.code[..open].split_at(line.code[..open].trim_end_matches(is_word).len());
            if is_operation(before, name) {
                calls.push((at, source.call(at, open), name == "fence"));
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(rule: fn(&Tree) -> Vec<Finding>, text: &str) -> usize {
        findings(&[("cluster/src/a.rs", text)], rule).len()
    }

    #[test]
    fn an_operation_without_its_ordering_comment_is_found() {
        for bad in [
            "a.load(Ordering::Acquire);",
            "a.swap(\n    1,\n    Ordering::AcqRel,\n);",
            "a.fetch_add(1, Relaxed);",
            "fence(Ordering::SeqCst);",
            "a.compare_exchange(0, f(1), Ordering::Acquire, Ordering::Relaxed).is_ok()",
            "// ORDERING: too far\n\n\n\n\n\n\n\n\na.load(Ordering::Acquire);",
        ] {
            assert_eq!(found(orderings, bad), 1, "{bad}");
        }
    }

    #[test]
    fn explained_operations_and_other_calls_are_not() {
        for good in [
            "// ORDERING: Acquire, E1.\na.load(Ordering::Acquire);",
            "vec.swap(1, 2);",
            "config.load(path);",
            "// a.load(Ordering::Acquire)",
            "#[cfg(test)]\nmod tests {\n    a.load(Ordering::Acquire);\n}",
        ] {
            assert_eq!(found(orderings, good), 0, "{good}");
        }
    }

    #[test]
    fn a_seq_cst_access_is_found_and_a_fence_is_not() {
        assert_eq!(found(seq_cst, "a.store(1, Ordering::SeqCst);"), 1);
        assert_eq!(found(seq_cst, "fence(Ordering::SeqCst);\na.store(1, Ordering::Release);"), 0);
    }

    #[test]
    fn unsafe_code_without_its_reason_is_found() {
        for bad in ["unsafe { f() }", "unsafe impl Send for T {}", "cell.with(|c| unsafe { *c })"] {
            assert_eq!(found(safety, bad), 1, "{bad}");
            assert_eq!(found(safety, &format!("// SAFETY: I1.\n{bad}")), 0, "{bad}");
        }
        for good in ["#![forbid(unsafe_code)]", "unsafe fn f() {}", "// unsafe { f() }"] {
            assert_eq!(found(safety, good), 0, "{good}");
        }
    }
}
