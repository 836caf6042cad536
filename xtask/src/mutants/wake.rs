//! `wake`: a wake that does not happen, or reaches one where it should reach all, or all where it should reach one.
//!
//! The wakes are the methods `notify`, `ring`, `unpark`, `wake` and those whose name goes on after them with an underscore. One
//! is dropped where it is called for its effect: as a statement, an arm, or the body of a closure.

use super::code::{Call, Code};
use super::mutant::{Change, Edit};
use std::ops::Range;

const WAKES: [&str; 4] = ["notify", "ring", "unpark", "wake"];

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (receiver, call) in code.methods(is_wake) {
        let name = code.text(&call.name);
        let site = call.name.start..call.close;
        if is_statement(code, &call) {
            let text = format!("{{ let _ = &{}; }}", code.text(&receiver));
            changes.push(Change {
                site: site.clone(),
                variant: "dropped".to_owned(),
                what: format!("`{name}` dropped"),
                edits: vec![Edit::new(receiver.start..call.close + 1, text)],
            });
        }
        changes.extend(other(name).map(|other| swapped(site, call.name, name, other)));
    }
    changes
}

fn swapped(site: Range<usize>, range: Range<usize>, name: &str, other: &str) -> Change {
    let what = format!("`{name}` to `{other}`");
    Change { site, variant: other.to_owned(), what, edits: vec![Edit::new(range, other)] }
}

fn is_wake(name: &str) -> bool {
    WAKES.iter().any(|wake| name.strip_prefix(wake).is_some_and(|rest| rest.is_empty() || rest.starts_with('_')))
}

/// Whether nothing is done with the value of a call, as far as text can tell.
fn is_statement(code: &Code<'_>, call: &Call) -> bool {
    code.mask[call.close + 1..].trim_start().starts_with([';', ',', '}', ')'])
}

fn other(name: &str) -> Option<&'static str> {
    match name {
        "notify_one" => Some("notify_all"),
        "notify_all" => Some("notify_one"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::{made, variants};

    #[test]
    fn a_wake_is_dropped_and_its_receiver_evaluated() {
        assert_eq!(made("self.owner.unpark();", changes), ["{ let _ = &self.owner; };"]);
        assert_eq!(made("self.queue.ring_front();", changes), ["{ let _ = &self.queue; };"]);
        assert_eq!(made("A => waker.wake(),", changes), ["A => { let _ = &waker; },"]);
        assert_eq!(made("drop(self.f(1)?.wake_by_ref())", changes), ["drop({ let _ = &self.f(1)?; })"]);
        let text = "take(|a| a)\n    .expect(\"it's ) there\")\n    .wake();";
        assert_eq!(made(text, changes), ["{ let _ = &take(|a| a)\n    .expect(\"it's ) there\"); };"]);
    }

    #[test]
    fn one_and_all_change_places() {
        let text = "if idle { self.a[i].notify_one() }";
        assert_eq!(variants(text, changes), ["dropped", "notify_all"]);
        assert_eq!(made(text, changes)[1], "if idle { self.a[i].notify_all() }");
        assert_eq!(variants("x.notify_all();", changes), ["dropped", "notify_one"]);
    }

    #[test]
    fn a_wake_whose_value_is_used_is_only_swapped() {
        assert_eq!(variants("if a.notify_one() { b }", changes), ["notify_all"]);
    }

    #[test]
    fn other_words_are_no_wakes() {
        for text in ["self.waker().hear();", "p.unparker();", "// a.wake();", "fn wake(self) {}", "wake();", "a.wake"] {
            assert_eq!(variants(text, changes), [""; 0], "{text}");
        }
    }
}
