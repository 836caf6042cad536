//! `lock`: a lock that is held for less than its scope.
//!
//! | variant | from | to |
//! |---|---|---|
//! | `removed` | `drop(x.lock());` | nothing |
//! | `dropped` | `let _guard = x.lock();`, and no word of the guard after it | `drop(x.lock());` |
//! | `unlocked` | two statements in the scope of `let guard = x.lock();` | the guard dropped and taken again between them |
//!
//! A guard is taken again by the expression that took it first, so this needs nothing of the guard's type. There is no
//! gap right after the lock was taken, before it is dropped, or where nothing is called any more: nobody could tell. Nor
//! are there two with neither a call, a branch nor a look at the guard between them.

mod gap;

use super::code::{Call, Code};
use super::mutant::{Change, Edit};
use crate::source::{is_word, words};
use std::ops::Range;

/// `let name = expression;` where the expression locks.
struct Guard {
    statement: Range<usize>,
    name: Range<usize>,
    is_mutable: bool,
    expression: Range<usize>,
}

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (receiver, call) in code.methods(|name| ["lock", "read", "write"].contains(&name)) {
        if !code.arguments(&call).is_empty() {
            continue;
        }
        let expression = receiver.start..call.close + 1;
        if let Some(statement) = dropped_at_once(code, &expression) {
            changes.push(removed(code, statement, &call));
        } else if let Some(guard) = guard(code, expression) {
            let Some(end) = code.block_end(guard.statement.end) else { continue };
            let name = code.text(&guard.name);
            match words(&code.mask[guard.statement.end..end], name).next() {
                None => changes.push(dropped(code, &guard)),
                Some(_) => changes.extend(unlocked(code, &guard, end)),
            }
        }
    }
    changes
}

/// The statement `drop(expression);`, if it is one.
fn dropped_at_once(code: &Code<'_>, expression: &Range<usize>) -> Option<Range<usize>> {
    let start = code.mask[..expression.start].strip_suffix("drop(")?.len();
    let is_statement = code.mask[expression.end..].starts_with(");") && code.statement_start(start) <= start;
    let before = code.mask[..start].trim_end();
    (is_statement && (before.is_empty() || before.ends_with([';', '{', '}']))).then(|| start..expression.end + 1)
}

/// The binding of the expression to a name, if it is one.
fn guard(code: &Code<'_>, expression: Range<usize>) -> Option<Guard> {
    if !code.mask[expression.end..].starts_with(';') {
        return None;
    }
    let start = code.next_code(code.statement_start(expression.start));
    let head = code.mask[start..expression.start].trim_end().strip_suffix('=')?;
    let pattern = head.strip_prefix("let ")?.trim_start();
    let pattern = pattern.strip_prefix("mut ").map_or((pattern, false), |pattern| (pattern.trim_start(), true));
    let name = start + head.len() - pattern.0.len();
    let length = pattern.0.find(|c| !is_word(c)).unwrap_or(pattern.0.len());
    let rest = pattern.0[length..].trim_start();
    let is_name = length > 0 && &pattern.0[..length] != "_" && (rest.is_empty() || rest.starts_with(':'));
    let (statement, name) = (start..expression.end + 1, name..name + length);
    is_name.then_some(Guard { statement, name, is_mutable: pattern.1, expression })
}

fn removed(code: &Code<'_>, statement: Range<usize>, call: &Call) -> Change {
    Change {
        site: statement.clone(),
        variant: "removed".to_owned(),
        what: format!("`{}` for a moment removed", code.text(&call.name)),
        edits: vec![Edit::new(statement, "()")],
    }
}

fn dropped(code: &Code<'_>, guard: &Guard) -> Change {
    Change {
        site: guard.statement.clone(),
        variant: "dropped".to_owned(),
        what: format!("`{}` dropped at once", code.text(&guard.name)),
        edits: vec![Edit::new(guard.statement.clone(), format!("drop({});", code.text(&guard.expression)))],
    }
}

fn unlocked(code: &Code<'_>, guard: &Guard, end: usize) -> Vec<Change> {
    let name = code.text(&guard.name);
    let text = format!("drop({name}); ::std::thread::yield_now(); {name} = {}; ", code.text(&guard.expression));
    let gaps = gap::gaps(&code.mask, guard.statement.end..end, name).into_iter();
    let changes = gaps.map(|gap| {
        let mut edits = vec![Edit::new(gap..gap, text.as_str())];
        if !guard.is_mutable {
            edits.insert(0, Edit::new(guard.name.start..guard.name.start, "mut "));
        }
        let (variant, what) = ("unlocked".to_owned(), format!("`{name}` unlocked for a moment before this"));
        Change { site: gap..gap, variant, what, edits }
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::made;

    const AGAIN: &str = "drop(g); ::std::thread::yield_now(); g = ";

    #[test]
    fn a_lock_for_a_moment_is_removed() {
        assert_eq!(made("{ drop(self.a.lock()); b() }", changes), ["{ (); b() }"]);
        assert_eq!(made("if a { drop(b.lock()) }", changes), [""; 0]);
    }

    #[test]
    fn a_guard_nobody_names_is_dropped_at_once() {
        assert_eq!(made("{ let _guard = self.a\n.lock(); f(); }", changes), ["{ drop(self.a\n.lock()); f(); }"]);
        assert_eq!(made("{ { let g: G<'_> = a.write(); f(); } g(); }", changes).len(), 1);
    }

    #[test]
    fn a_guard_in_use_is_unlocked_between_statements() {
        let text = "{ let g = self.a.lock(); g.f(); /* g */ x(); g.h() }";
        let gap =
            |at: &str| text.replacen("let g", "let mut g", 1).replacen(at, &format!("{AGAIN}self.a.lock(); {at}"), 1);
        assert_eq!(made(text, changes), [gap("x();"), gap("g.h() }")]);
    }

    #[test]
    fn the_gap_between_a_test_and_its_wait_is_one() {
        let text = "{ let mut g = a.lock(); while !ready() { c.wait(&mut g); } }";
        let expected = text.replace("c.wait", &format!("{AGAIN}a.lock(); c.wait"));
        assert_eq!(made(text, changes), [expected]);
    }

    #[test]
    fn other_calls_take_no_guard() {
        for text in [
            "{ let n = file.read(&mut buffer); n.f(); n.g(); }",
            "{ let n = a.lock().len(); f(n); g(n); }",
            "{ a.lock().len(); f(); }",
            "{ let _ = a.lock(); f(); }",
            "{ let (g, h) = a.lock(); f(); }",
            "// let _guard = a.lock();",
        ] {
            assert_eq!(made(text, changes), [""; 0], "{text}");
        }
    }
}
