//! `bound`: a comparison with a bound that is off by one.
//!
//! A side of the comparison has to name something like a bound: one of the words of an identifier in it, split at
//! underscores, says so. Generic arguments have no blanks around their brackets, comparisons have.

use super::code::Code;
use super::mutant::{Change, Edit};
use std::ops::Range;

const BOUNDS: [&str; 17] = [
    "available",
    "bound",
    "bounds",
    "cap",
    "capacity",
    "count",
    "len",
    "length",
    "limit",
    "limits",
    "max",
    "min",
    "needed",
    "permit",
    "permits",
    "room",
    "size",
];
const COMPARISONS: [(&str, &str); 4] = [("<", "<="), ("<=", "<"), (">", ">="), (">=", ">")];

pub(super) fn changes(code: &Code<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    for (from, to) in COMPARISONS {
        for (at, _) in code.mask.match_indices(from) {
            let range = at..at + from.len();
            if stands_alone(&code.mask, &range) && (is_bound(left(code, at)) || is_bound(right(code, range.end))) {
                let what = format!("`{from}` to `{to}`");
                changes.push(Change {
                    site: range.clone(),
                    variant: to.to_owned(),
                    what,
                    edits: vec![Edit::new(range, to)],
                });
            }
        }
    }
    changes
}

fn stands_alone(mask: &str, range: &Range<usize>) -> bool {
    mask[..range.start].ends_with(char::is_whitespace) && mask[range.end..].starts_with(char::is_whitespace)
}

/// The side before a comparison, back to what binds less or opens the bracket around it.
fn left<'a>(code: &'a Code<'_>, at: usize) -> &'a str {
    let binds_less = |place: usize| match code.mask.as_bytes()[place] {
        b';' | b'{' | b'}' | b',' | b'=' | b'|' => true,
        b'&' => code.mask[..place].ends_with('&'),
        _ => false,
    };
    let start = code.previous(at, binds_less).map_or(0, |border| border + 1);
    &code.mask[start..at]
}

/// The side after a comparison, up to what binds less or closes the bracket around it.
fn right<'a>(code: &'a Code<'_>, from: usize) -> &'a str {
    let binds_less = |place: usize| match code.mask.as_bytes()[place] {
        b';' | b'{' | b'}' | b',' | b'|' => true,
        b'&' | b'=' => code.mask[place + 1..].starts_with(['&', '>']),
        _ => false,
    };
    let end = code.next(from, binds_less).unwrap_or(code.mask.len());
    &code.mask[from..end]
}

fn is_bound(side: &str) -> bool {
    side.split(|c: char| !c.is_alphanumeric()).any(|word| BOUNDS.contains(&word.to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::fixture::{made, variants};

    #[test]
    fn comparisons_with_bounds_are_off_by_one() {
        assert_eq!(made("if queue.len() >= self.capacity {", changes), ["if queue.len() > self.capacity {"]);
        assert_eq!(made("a && left < MAX_WAITING && b", changes), ["a && left <= MAX_WAITING && b"]);
        assert_eq!(variants("while f(a, b).permits > 0 {", changes), [">="]);
        assert_eq!(variants("Some(n) if n <= limits.body => b", changes), ["<"]);
    }

    #[test]
    fn other_comparisons_and_brackets_are_left_alone() {
        for text in [
            "if len && now >= deadline {",
            "fn f<T>(max: Vec<T>) -> Option<u8> { a }",
            "len => b, len >> 1, len << 2, -> max",
            "f(len, a < b)",
            "let maximal = a < b;",
            "// a < max",
            "\"a < max\"",
        ] {
            assert_eq!(variants(text, changes), [""; 0], "{text}");
        }
    }
}
