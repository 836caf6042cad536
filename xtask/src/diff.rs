//! The difference of two texts, line by line, as a reader of patches expects it.
//!
//! # Limits
//!
//! Texts of up to 2,000 lines are aligned by their longest common subsequence; of longer ones only the first line that
//! differs is shown. Three equal lines of context; a missing line end at the end of a text is shown as a line of its
//! own.

use std::fmt::Write;

const ALIGNED_LINES: usize = 2000;
const CONTEXT: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Line<'a> {
    Same(&'a str),
    Expected(&'a str),
    Found(&'a str),
}

/// What to read when `found` is not `expected`: lines that begin with `-` are missing, with `+` unexpected.
pub(crate) fn diff(expected: &str, found: &str) -> String {
    let (expected, found) = (lines(expected), lines(found));
    if expected.len().max(found.len()) > ALIGNED_LINES {
        return first_difference(&expected, &found);
    }
    let aligned = align(&expected, &found);
    let mut text = String::new();
    let mut skipped = false;
    for (at, line) in aligned.iter().enumerate() {
        let near = at.saturating_sub(CONTEXT)..(at + CONTEXT + 1).min(aligned.len());
        let shown = aligned[near].iter().any(|line| !matches!(line, Line::Same(_)));
        if shown {
            if skipped {
                text.push_str("  ..\n");
            }
            let (mark, line) = match line {
                Line::Same(line) => (' ', line),
                Line::Expected(line) => ('-', line),
                Line::Found(line) => ('+', line),
            };
            writeln!(text, "{mark} {line}").expect("a string takes any text");
        }
        skipped = !shown;
    }
    text
}

fn lines(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    if !text.is_empty() && !text.ends_with('\n') {
        lines.push("\\ no line end");
    }
    lines
}

fn first_difference(expected: &[&str], found: &[&str]) -> String {
    let same = expected.iter().zip(found).take_while(|(expected, found)| expected == found).count();
    let line = |side: &[&str]| side.get(same).copied().unwrap_or("\\ end").to_owned();
    format!("line {}:\n- {}\n+ {}\n", same + 1, line(expected), line(found))
}

/// Walks the table of common subsequence lengths from the start.
fn align<'a>(expected: &[&'a str], found: &[&'a str]) -> Vec<Line<'a>> {
    let length = common_lengths(expected, found);
    let (mut i, mut j) = (0, 0);
    let mut aligned = Vec::new();
    while i < expected.len() || j < found.len() {
        if i < expected.len() && j < found.len() && expected[i] == found[j] {
            aligned.push(Line::Same(expected[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == found.len() || i < expected.len() && length[i + 1][j] >= length[i][j + 1] {
            aligned.push(Line::Expected(expected[i]));
            i += 1;
        } else {
            aligned.push(Line::Found(found[j]));
            j += 1;
        }
    }
    aligned
}

/// `table[i][j]`: the length of the longest common subsequence of `expected[i..]` and `found[j..]`.
fn common_lengths(expected: &[&str], found: &[&str]) -> Vec<Vec<u16>> {
    let mut table = vec![vec![0; found.len() + 1]; expected.len() + 1];
    for i in (0..expected.len()).rev() {
        for j in (0..found.len()).rev() {
            table[i][j] = match expected[i] == found[j] {
                true => table[i + 1][j + 1] + 1,
                false => table[i + 1][j].max(table[i][j + 1]),
            };
        }
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_line_is_shown_with_its_neighbours() {
        let expected = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let found = "1\n2\n3\n4\nfive\n6\n7\n8\n9\n";
        assert_eq!(diff(expected, found), "  ..\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n");
    }

    #[test]
    fn an_inserted_line_moves_nothing() {
        assert_eq!(diff("a\nb\n", "a\nx\nb\n"), "  a\n+ x\n  b\n");
    }

    #[test]
    fn a_missing_line_end_shows() {
        assert_eq!(diff("a\n", "a"), "  a\n+ \\ no line end\n");
    }

    #[test]
    fn long_texts_show_their_first_difference() {
        let expected = "same\n".repeat(3000);
        let found = format!("{}other\n", "same\n".repeat(2999));
        assert_eq!(diff(&expected, &found), "line 3000:\n- same\n+ other\n");
    }

    #[test]
    fn equal_texts_have_none() {
        assert_eq!(diff("a\nb\n", "a\nb\n"), "");
    }
}
