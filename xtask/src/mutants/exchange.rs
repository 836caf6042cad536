//! `exchange`: an atomic read-modify-write taken apart into a load and a store.
//!
//! Between the two the thread yields, so that tests on real threads have a chance to see it, too. Each half keeps the
//! part of the ordering that is its own.

use super::code::Code;
use super::mutant::{Change, Edit};
use super::ordering::{Operation, operations};
use crate::atomic::Role;

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for operation in operations(code) {
        let Some(receiver) = code.receiver(operation.call.name.start) else { continue };
        let Some(body) = split(code, &operation) else { continue };
        let text = format!("({{ let __cell = &{}; {body} }})", code.text(&receiver));
        changes.push(Change {
            site: operation.call.name.start..operation.call.close,
            variant: "split".to_owned(),
            what: format!("`{}` split into a load and a store", operation.name),
            edits: vec![Edit::new(receiver.start..operation.call.close + 1, text)],
        });
    }
    changes
}

/// The statements that do in two steps what the operation does in one; `None` for what is no exchange.
fn split(code: &Code<'_>, operation: &Operation<'_>) -> Option<String> {
    let path = "::std::sync::atomic::Ordering::";
    let load = if has(operation, &["Acquire", "AcqRel", "SeqCst"]) { "Acquire" } else { "Relaxed" };
    let store = if has(operation, &["Release", "AcqRel", "SeqCst"]) { "Release" } else { "Relaxed" };
    let seen = format!("let __seen = __cell.load({path}{load}); ::std::thread::yield_now();");
    let put = |value: &str| format!("__cell.store({value}, {path}{store});");
    let arguments = code.arguments(&operation.call);
    let argument = |index: usize| arguments.get(index).map(|range| code.text(range));
    let fetch = |value: String| Some(format!("let __value = {}; {seen} {} __seen", argument(0)?, put(&value)));
    match operation.name {
        "compare_exchange" | "compare_exchange_weak" => {
            let (old, new) = (argument(0)?, argument(1)?);
            let put = put("__new");
            let fit = format!("if __seen == __old {{ {put} Ok(__seen) }} else {{ Err(__seen) }}");
            Some(format!("let (__old, __new) = ({old}, {new}); {seen} {fit}"))
        }
        "fetch_update" | "try_update" => {
            // A closure's own commas are no ends of arguments.
            let function = &code.text[arguments.get(2)?.start..operation.call.close];
            let function = function.trim_end().trim_end_matches(',');
            let put = put("__new");
            let both = format!("Some(__new) => {{ {put} Ok(__seen) }} None => Err(__seen)");
            Some(format!("let mut __update = {function}; {seen} match __update(__seen) {{ {both} }}"))
        }
        "swap" => fetch("__value".to_owned()),
        "fetch_add" => fetch("__seen.wrapping_add(__value)".to_owned()),
        "fetch_sub" => fetch("__seen.wrapping_sub(__value)".to_owned()),
        "fetch_max" => fetch("__seen.max(__value)".to_owned()),
        "fetch_min" => fetch("__seen.min(__value)".to_owned()),
        "fetch_and" => fetch("__seen & __value".to_owned()),
        "fetch_nand" => fetch("!(__seen & __value)".to_owned()),
        "fetch_or" => fetch("__seen | __value".to_owned()),
        "fetch_xor" => fetch("__seen ^ __value".to_owned()),
        _ => None,
    }
}

/// Whether the exchange itself, or for the load also its failure, has one of the orderings.
fn has(operation: &Operation<'_>, wanted: &[&str]) -> bool {
    operation.orderings.iter().any(|(_, role, ordering)| {
        let counts = *role == Role::Exchange || *role == Role::Failure && wanted.contains(&"Acquire");
        counts && wanted.contains(ordering)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::made;

    /// The one mutant of a text, with short names for what makes it long.
    fn split(text: &str) -> String {
        let made = made(text, changes);
        assert_eq!(made.len(), 1, "{text}");
        made[0].replace("::std::sync::atomic::Ordering::", "").replace(" ::std::thread::yield_now();", " ..")
    }

    #[test]
    fn a_compare_exchange_becomes_a_test_between_load_and_store() {
        assert_eq!(
            split("if self.w.compare_exchange(A, f(b, c), Ordering::Release, Ordering::Relaxed).is_ok() {}"),
            "if ({ let __cell = &self.w; let (__old, __new) = (A, f(b, c)); let __seen = __cell.load(Relaxed); .. \
             if __seen == __old { __cell.store(__new, Release); Ok(__seen) } else { Err(__seen) } }).is_ok() {}"
        );
        let failure = split("w.compare_exchange_weak(A, B, Ordering::Relaxed, Ordering::Acquire)");
        assert!(failure.contains("load(Acquire)") && failure.contains("store(__new, Relaxed)"), "{failure}");
    }

    #[test]
    fn a_fetch_keeps_its_operation_and_its_receiver() {
        assert_eq!(
            split("let a = !self.f(1)\n    .0[i]\n    .fetch_sub(ONE, Ordering::AcqRel);"),
            "let a = !({ let __cell = &self.f(1)\n    .0[i]; let __value = ONE; let __seen = __cell.load(Acquire); .. \
             __cell.store(__seen.wrapping_sub(__value), Release); __seen });"
        );
        assert!(split("match w.swap(1, SeqCst) {").starts_with("match ({ let __cell = &w; let __value = 1;"));
    }

    #[test]
    fn an_update_keeps_its_closure() {
        let text = "a.try_update(Ordering::AcqRel, Ordering::Relaxed, |a| f(a, 1),)";
        assert!(split(text).contains("let mut __update = |a| f(a, 1); let"), "{}", split(text));
    }

    #[test]
    fn loads_stores_and_other_calls_are_no_exchanges() {
        for text in ["a.load(Acquire)", "a.store(1, Release)", "v.swap(1, 2)", "fence(SeqCst)", "fetch_add(1, AcqRel)"]
        {
            assert_eq!(made(text, changes), [""; 0], "{text}");
        }
    }
}
