//! `ordering`: an atomic operation with an ordering weaker than its own.
//!
//! Each ordering goes to the next weaker ones that the operation may have, and to Relaxed. The second ordering of an
//! exchange is that of its failure, a load. A fence has no Relaxed; its removal is an operator of its own.

use super::code::{Call, Code};
use super::mutant::{Change, Edit};
use crate::atomic::{ORDERINGS, Role, is_operation, roles};
use std::ops::Range;

/// An atomic operation or a fence: the call, and its orderings.
#[derive(Debug)]
pub(super) struct Operation<'a> {
    pub(super) call: Call,
    pub(super) name: &'a str,
    pub(super) orderings: Vec<(Range<usize>, Role, &'a str)>,
}

/// The atomic operations of a file: calls with an atomic's names and an ordering where one belongs.
pub(super) fn operations<'a>(code: &Code<'a>) -> Vec<Operation<'a>> {
    let calls = code.calls(|name| !roles(name).is_empty());
    let operations = calls.into_iter().filter_map(|call| {
        let name = code.text(&call.name);
        if !is_operation(&code.mask[..call.name.start], name) {
            return None;
        }
        let arguments = code.arguments(&call);
        let roles = roles(name).iter();
        let orderings = roles.map(|(index, role)| {
            let argument = arguments.get(*index)?;
            Some((argument.clone(), *role, ordering(code.text(argument))?))
        });
        let orderings = orderings.collect::<Option<Vec<_>>>()?;
        Some(Operation { call, name, orderings })
    });
    operations.collect()
}

/// The ordering that an expression names, if it names one.
fn ordering(expression: &str) -> Option<&str> {
    let name = expression.rsplit("::").next()?.trim();
    ORDERINGS.contains(&name).then_some(name)
}

/// The next weaker orderings, and Relaxed.
fn weaker(ordering: &str, role: Role) -> &'static [&'static str] {
    match (ordering, role) {
        ("SeqCst", Role::Load | Role::Failure) => &["Acquire", "Relaxed"],
        ("SeqCst", Role::Store) => &["Release", "Relaxed"],
        ("SeqCst", Role::Exchange) => &["AcqRel", "Relaxed"],
        ("SeqCst", Role::Fence) => &["AcqRel"],
        ("AcqRel", Role::Fence) => &["Acquire", "Release"],
        ("AcqRel", _) => &["Acquire", "Release", "Relaxed"],
        (_, Role::Fence) | ("Relaxed", _) => &[],
        _ => &["Relaxed"],
    }
}

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for Operation { call, name, orderings } in operations(code) {
        for (range, role, ordering) in orderings {
            let start = range.end - ordering.len();
            // An ordering imported by its own name does not bring the others along.
            let path = if start == range.start { "::std::sync::atomic::Ordering::" } else { "" };
            let (prefix, of) = if role == Role::Failure { ("failure-", " on failure") } else { ("", "") };
            changes.extend(weaker(ordering, role).iter().map(|weaker| Change {
                site: call.name.start..call.close,
                variant: format!("{prefix}{weaker}"),
                what: format!("`{name}` {ordering} to {weaker}{of}"),
                edits: vec![Edit::new(start..range.end, format!("{path}{weaker}"))],
            }));
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::{made, variants};

    fn weakened(text: &str) -> Vec<String> {
        variants(text, changes)
    }

    #[test]
    fn each_role_is_weakened_to_what_it_may_be() {
        assert_eq!(weakened("a.load(Ordering::SeqCst)"), ["Acquire", "Relaxed"]);
        assert_eq!(weakened("a.store(1, Ordering::SeqCst)"), ["Release", "Relaxed"]);
        assert_eq!(weakened("a.swap(1, Ordering::SeqCst)"), ["AcqRel", "Relaxed"]);
        assert_eq!(weakened("a.fetch_or(1, Ordering::AcqRel)"), ["Acquire", "Release", "Relaxed"]);
        assert_eq!(weakened("fence(Ordering::SeqCst)"), ["AcqRel"]);
        assert_eq!(weakened("atomic::fence(Ordering::AcqRel)"), ["Acquire", "Release"]);
        assert_eq!(weakened("fence(Ordering::Release); a.load(Ordering::Relaxed)"), [""; 0]);
    }

    #[test]
    fn a_failure_never_releases() {
        let text = "a.compare_exchange(b, f(1, 2), Ordering::AcqRel, Ordering::Acquire)";
        assert_eq!(weakened(text), ["Acquire", "Release", "Relaxed", "failure-Relaxed"]);
        let made = made(text, changes);
        assert_eq!(made[3], "a.compare_exchange(b, f(1, 2), Ordering::AcqRel, Ordering::Relaxed)");
        assert_eq!(weakened("a.try_update(Ordering::Release, Ordering::SeqCst, |a, b| a)").len(), 3);
    }

    #[test]
    fn calls_over_lines_with_comments_and_strings_are_read() {
        let text = "a\n    .b\n    .compare_exchange_weak(\n        \", Relaxed)\", // (\n        1,\n        \
                    Ordering::Release,\n        Relaxed,\n    )";
        assert_eq!(weakened(text), ["Relaxed"]);
        assert_eq!(made(text, changes), [text.replace("Ordering::Release", "Ordering::Relaxed")]);
    }

    #[test]
    fn a_bare_ordering_gets_its_path() {
        assert_eq!(made("a.load(Acquire)", changes), ["a.load(::std::sync::atomic::Ordering::Relaxed)"]);
    }

    #[test]
    fn what_is_not_atomic_is_left_alone() {
        for text in [
            "v.swap(1, 2)",
            "config.load(path)",
            "// a.load(Ordering::Acquire)",
            "\"a.load(Ordering::Acquire)\"",
            "fn fence(order: Ordering) {}",
            "a.store(1, order)",
            "a.cmp(b) == Ordering::Less",
        ] {
            assert_eq!(weakened(text), [""; 0], "{text}");
        }
    }
}
