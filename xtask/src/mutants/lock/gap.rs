//! The places between the statements of a guard's scope where it could be unlocked for a moment.
//!
//! A brace may open a block, the arms of a `match`, or a literal or a closure; only in blocks do statements stand, and
//! a closure would have to move the guard in. The words before a brace tell which it is.

use crate::source::{is_word, words};
use std::ops::Range;

/// What a brace holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Braces {
    Block,
    Arms,
    Other,
}

/// Offsets in `mask` before which the guard `name`, whose scope is given, could be unlocked.
pub(super) fn gaps(mask: &str, scope: Range<usize>, name: &str) -> Vec<usize> {
    let code = mask.as_bytes();
    let mut gaps = Vec::new();
    let (mut inside, mut brackets, mut start) = (vec![Braces::Block], 0_usize, scope.start);
    for at in scope.clone() {
        match code[at] {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b'{' => {
                let braces = if brackets > 0 { Braces::Other } else { kind(&mask[start..at]) };
                inside.push(braces);
                brackets = 0;
            }
            b'}' => {
                inside.pop();
            }
            b';' | b',' if brackets > 0 => continue,
            b';' => {}
            b',' if inside.last() == Some(&Braces::Arms) => {}
            _ => continue,
        }
        if matches!(code[at], b'(' | b'[' | b')' | b']') {
            continue;
        }
        start = at + 1;
        if inside.contains(&Braces::Other) || inside.last() != Some(&Braces::Block) {
            continue;
        }
        let next = at + 1 + mask[at + 1..].len() - mask[at + 1..].trim_start().len();
        let rest = &mask[next..scope.end.max(next)];
        if inside.len() == 1 && is_dropped(rest, name) {
            break;
        }
        let since = &mask[gaps.last().copied().unwrap_or(scope.start)..next];
        if begins_statement(rest, code[at], name) && is_news(since, name) {
            gaps.push(next);
        }
    }
    gaps
}

/// What the brace holds that follows a piece of a statement.
fn kind(before: &str) -> Braces {
    let before = before.trim();
    if before.is_empty() || before.ends_with("=>") || before.ends_with('=') {
        return Braces::Block;
    }
    if before.ends_with('|') {
        return Braces::Other;
    }
    let keyword = before.split(|c: char| !is_word(c)).rfind(|word| {
        ["if", "while", "for", "loop", "else", "unsafe", "match", "move", "struct", "impl", "fn"].contains(word)
    });
    match keyword {
        Some("match") => Braces::Arms,
        Some("if" | "while" | "for" | "loop" | "else" | "unsafe") => Braces::Block,
        _ => Braces::Other,
    }
}

fn is_dropped(rest: &str, name: &str) -> bool {
    rest.strip_prefix("drop(").and_then(|rest| rest.strip_prefix(name)).is_some_and(|rest| rest.starts_with(')'))
}

/// Whether anything since the last gap, or the lock, makes this one another: a look at the guard, a call, or a branch.
fn is_news(since: &str, name: &str) -> bool {
    since.contains(['(', '}']) || words(since, name).next().is_some()
}

/// Whether a statement begins here before which an unlocked moment could matter, `after` a `;` or a brace.
fn begins_statement(rest: &str, after: u8, name: &str) -> bool {
    let goes_on = after == b'}'
        && (rest.starts_with(|c: char| !is_word(c) && !['(', '{', '*', '&', '#', '!'].contains(&c))
            || words(rest, "else").next() == Some(0));
    // What leaves the scope without a call does nothing that the lock could be needed for.
    let statement = rest.split([';', '}']).next().unwrap_or_default();
    let leaves = ["return", "break", "continue"].iter().any(|word| words(statement, word).next() == Some(0));
    let is_idle = !rest.contains('(') || leaves && !statement.contains('(');
    !goes_on && !is_idle && !rest.is_empty() && !rest.starts_with(['}', ';']) && !is_dropped(rest, name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands behind each gap of the guard `g`, up to a blank.
    fn found(scope: &str) -> Vec<&str> {
        let gaps = gaps(scope, 0..scope.len(), "g").into_iter();
        gaps.map(|gap| scope[gap..].split([' ', ';', '(']).next().unwrap_or_default()).collect()
    }

    #[test]
    fn statements_and_tails_have_gaps_before_them_and_the_first_has_none() {
        assert_eq!(found(" a(); let b = c(|d| d, [1; 2]); if e {} f() "), ["let", "if", "f"]);
        assert_eq!(found(" a(); b(); g "), ["b"]);
    }

    #[test]
    fn blocks_inside_have_gaps_and_literals_closures_and_arms_have_none() {
        assert_eq!(found(" if a() { b(); c(); } else if d { e() } else { f() } "), ["b", "c", "e", "f"]);
        assert_eq!(found(" match a { B { b } => c(), D => { d(); e(); } F => f(), } "), ["d", "e"]);
        assert_eq!(found(" let a = S { b: c(), d }; g.e(|x| { x(); y(); }); f() "), ["g.e", "f"]);
        assert_eq!(found(" let a = match b { C => c() }; while d() { e(); } "), ["while", "e"]);
    }

    #[test]
    fn gaps_with_nothing_between_them_are_one() {
        assert_eq!(found(" let a = b; let c = *g; if c { *g = d; e() } "), ["if", "e"]);
        assert_eq!(found(" let a = b; loop { if *g { c() } else { d() } } "), ["c", "d"]);
        assert_eq!(found(" if *g { a = b; } else { c = d; } e() "), ["a", "c", "e"]);
    }

    #[test]
    fn a_drop_ends_the_scope() {
        assert_eq!(found(" a(); b(); drop(g); c(); d(); "), ["b"]);
        assert_eq!(found(" a(); if b { drop(g); return c(); } d(); "), ["if", "return", "d"]);
    }

    #[test]
    fn what_leaves_without_a_call_has_none() {
        assert_eq!(found(" a(); if b { return; } if c { return d(); } e() "), ["if", "if", "e"]);
    }
}
