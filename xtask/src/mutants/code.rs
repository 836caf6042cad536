//! Code as the operators see it: without comments and literals, and walked from bracket to bracket.
//!
//! The operators edit text, so what they find has to stand where it stands in the file: all places are offsets into it.
//!
//! # Limits
//!
//! Macros are seen unexpanded. Generic arguments of a method (`::<T>`) end the walk back over a receiver.

use crate::source::{is_word, mask};
use std::ops::Range;

/// A file's text, and the same with comments blanked and literals covered by quotes.
#[derive(Debug)]
pub(super) struct Code<'a> {
    pub(super) text: &'a str,
    pub(super) mask: String,
}

/// A call `name(..)`, with a receiver or without.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Call {
    pub(super) name: Range<usize>,
    pub(super) open: usize,
    pub(super) close: usize,
}

impl<'a> Code<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, mask: mask(text) }
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &'a str {
        &self.text[range.clone()]
    }

    /// The calls of functions whose name `is_wanted`; definitions are none.
    pub(super) fn calls(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<Call> {
        let mut calls = Vec::new();
        for (open, _) in self.mask.match_indices('(') {
            let name = self.word_before(open);
            if name.is_empty() || !is_wanted(&self.mask[name.clone()]) {
                continue;
            }
            let before = self.mask[..name.start].trim_end();
            if before.ends_with("fn") && !before[..before.len() - 2].ends_with(is_word) {
                continue;
            }
            if let Some(close) = self.close(open) {
                calls.push(Call { name, open, close });
            }
        }
        calls
    }

    /// The calls of methods whose name `is_wanted`, each with the expression before its dot.
    pub(super) fn methods(&self, is_wanted: impl Fn(&str) -> bool) -> Vec<(Range<usize>, Call)> {
        let calls = self.calls(is_wanted).into_iter();
        calls.filter_map(|call| Some((self.receiver(call.name.start)?, call))).collect()
    }

    /// The word that ends at a place; empty if none does.
    pub(super) fn word_before(&self, end: usize) -> Range<usize> {
        let start = self.mask[..end].trim_end_matches(is_word).len();
        start..end
    }

    /// Where the bracket that opens at a place is closed.
    pub(super) fn close(&self, open: usize) -> Option<usize> {
        self.next(open + 1, |_| false)
    }

    /// Where the bracket that closes at a place was opened.
    fn open(&self, close: usize) -> Option<usize> {
        self.previous(close, |_| false)
    }

    /// The brace that closes the block around a place.
    pub(super) fn block_end(&self, from: usize) -> Option<usize> {
        self.next(from, |_| false)
    }

    /// The first border at or after a place and outside the brackets that open there, or what closes the bracket around
    /// the place.
    pub(super) fn next(&self, from: usize, is_border: impl Fn(usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, byte) in self.mask.bytes().enumerate().skip(from) {
            match byte {
                _ if depth == 0 && is_border(at) => return Some(at),
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth == 0 => return Some(at),
                b')' | b']' | b'}' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// The last border before a place and outside the brackets that close there, or what opens the bracket around the
    /// place.
    pub(super) fn previous(&self, to: usize, is_border: impl Fn(usize) -> bool) -> Option<usize> {
        let mut depth = 0_usize;
        for (at, byte) in self.mask.bytes().take(to).enumerate().rev() {
            match byte {
                _ if depth == 0 && is_border(at) => return Some(at),
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth == 0 => return Some(at),
                b'(' | b'[' | b'{' => depth -= 1,
                _ => {}
            }
        }
        None
    }

    /// The arguments of a call, without the blanks and comments around them.
    pub(super) fn arguments(&self, call: &Call) -> Vec<Range<usize>> {
        let (mut arguments, mut start) = (Vec::new(), call.open + 1);
        while let Some(end) = self.next(start, |at| self.mask.as_bytes()[at] == b',').filter(|end| *end <= call.close) {
            arguments.push(self.trim(start..end));
            start = end + 1;
        }
        arguments.retain(|argument| !argument.is_empty());
        arguments
    }

    pub(super) fn trim(&self, range: Range<usize>) -> Range<usize> {
        let code = &self.mask[range.clone()];
        let start = range.start + (code.len() - code.trim_start().len());
        start..start.max(range.start + code.trim_end().len())
    }

    /// The expression before the dot before a method's name: words, paths, calls and indices, balanced, back to where
    /// something else begins.
    pub(super) fn receiver(&self, name: usize) -> Option<Range<usize>> {
        let before = self.mask[..name].trim_end();
        let end = self.mask[..before.strip_suffix('.')?.len()].trim_end().len();
        let mut start = end;
        loop {
            let first = start;
            let before = &self.mask[..start];
            match before.chars().next_back()? {
                ')' | ']' => {
                    start = self.open(start - 1)?;
                    // What is called or indexed stands right before its bracket, or nothing does.
                    if self.mask[..start].ends_with(|c| is_word(c) || [')', ']', '?'].contains(&c)) {
                        continue;
                    }
                }
                '?' => {
                    start -= 1;
                    continue;
                }
                '"' => start = before.trim_end_matches('"').len(),
                c if is_word(c) => start = self.word_before(start).start,
                _ => return None,
            }
            debug_assert!(start < first, "each step takes something");
            let before = self.mask[..start].trim_end();
            match before.strip_suffix('.').or_else(|| before.strip_suffix("::")) {
                // A range's dots are no field access.
                Some(rest) if !rest.ends_with('.') => start = rest.trim_end().len(),
                _ => return Some(start..end),
            }
        }
    }

    /// Where the statement, arm or argument that holds a place begins: after the `;`, the brace or the comma before it.
    pub(super) fn statement_start(&self, place: usize) -> usize {
        let mut depth = 0_usize;
        for at in (0..place).rev() {
            match self.mask.as_bytes()[at] {
                b')' | b']' => depth += 1,
                b'(' | b'[' => depth = depth.saturating_sub(1),
                b';' | b'{' | b'}' => return at + 1,
                b',' if depth == 0 => return at + 1,
                _ => {}
            }
        }
        0
    }

    /// The first of code at or after a place.
    pub(super) fn next_code(&self, from: usize) -> usize {
        from + self.mask[from..].len() - self.mask[from..].trim_start().len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The receiver of the first call of `name`.
    fn receiver<'a>(text: &'a str, name: &str) -> Option<&'a str> {
        let code = Code::new(text);
        let call = code.calls(|found| found == name).remove(0);
        code.receiver(call.name.start).map(|range| code.text(&range))
    }

    #[test]
    fn a_receiver_is_walked_back_over_balanced_text() {
        for (text, expected) in [
            ("return self.a.f()", "self.a"),
            ("!a::B::c(d, (e))[g(1)]?.0.f()", "a::B::c(d, (e))[g(1)]?.0"),
            ("if (a + b).f() {}", "(a + b)"),
            ("match a(\")(\", ')')\n    // why (\n    .b\n    .f() {}", "a(\")(\", ')')\n    // why (\n    .b"),
            ("0..a.f()", "a"),
            ("x = &*\"text\".f()", "\"text\""),
            ("{ a }; b.f()", "b"),
        ] {
            assert_eq!(receiver(text, "f"), Some(expected), "{text}");
        }
        assert_eq!(receiver("f()", "f"), None);
        assert_eq!(receiver("unsafe { a }.f()", "f"), None);
    }

    #[test]
    fn calls_are_no_definitions_and_stand_in_code() {
        let code = Code::new("fn f(a: u8) { g(); \"f()\"; my_fn.f(); } // f()\n");
        let calls = code.calls(|name| name == "f");
        assert_eq!(calls.len(), 1);
        assert_eq!(&code.mask[calls[0].name.start - 6..=calls[0].close], "my_fn.f()");
    }

    #[test]
    fn arguments_are_split_at_their_own_commas() {
        let code = Code::new("f(a(1, 2), [b, c], \"d, e\", // g,\n    { h; (i, j) },\n)");
        let call = code.calls(|name| name == "f").remove(0);
        let arguments: Vec<&str> = code.arguments(&call).iter().map(|range| code.text(range)).collect();
        assert_eq!(arguments, ["a(1, 2)", "[b, c]", "\"d, e\"", "{ h; (i, j) }"]);
        let code = Code::new("f( )");
        assert_eq!(code.arguments(&code.calls(|_| true)[0]), []);
    }

    #[test]
    fn brackets_that_do_not_match_end_the_walk() {
        assert_eq!(Code::new("f(a").close(1), None);
        assert_eq!(receiver("a).f()", "f"), None);
        assert_eq!(Code::new("{ a; { b } c }").block_end(2), Some(13));
    }
}
