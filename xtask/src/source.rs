//! Rust source split into code and comments, for rules that look at the one or the other.
//!
//! A word in a string or a comment is not code, and a rule that took it for code would be switched off soon. A full
//! parser would know more than the rules need, and would be most of what xtask has to build. So this is the lexer's
//! first half: comments, strings and characters are recognized, all else is code.
//!
//! # Limits
//!
//! Macros are seen unexpanded, and code that a `cfg` leaves out counts like any other.

mod lexer;

use std::path::{Path, PathBuf};

/// A file of Rust.
#[derive(Debug)]
pub(crate) struct Source {
    /// Relative to the workspace's root.
    pub(crate) path: PathBuf,
    pub(crate) lines: Vec<Line>,
}

/// A line, three times.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// As it stands in the file.
    pub(crate) raw: String,
    /// Without comments; strings and characters keep their quotes and lose their content.
    pub(crate) code: String,
    /// What stands in comments, documentation among it.
    pub(crate) comment: String,
    /// Whether it belongs to a `#[cfg(test)]` module.
    pub(crate) in_tests: bool,
}

/// A function: its name and the lines, from 0, of its `fn` and its last brace.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) first: usize,
    pub(crate) last: usize,
}

impl Source {
    pub(crate) fn new(path: impl AsRef<Path>, text: &str) -> Self {
        let lines = lexer::split(text);
        let mut source = Self { path: path.as_ref().to_owned(), lines };
        source.mark_tests();
        source
    }

    /// Whether `mark` stands in a comment of the line, or of up to `reach` lines above it.
    pub(crate) fn is_marked(&self, line: usize, mark: &str, reach: usize) -> bool {
        self.lines[line.saturating_sub(reach)..=line].iter().any(|line| line.comment.contains(mark))
    }

    /// Whether `mark` stands in a comment of the line, or in the comments and attributes directly above it.
    pub(crate) fn is_justified(&self, line: usize, mark: &str) -> bool {
        let above = self.lines[..line].iter().rev().take_while(|line| {
            let code = line.code.trim();
            code.starts_with("#[") || code.is_empty() && !line.comment.is_empty()
        });
        above.chain([&self.lines[line]]).any(|line| line.comment.contains(mark))
    }

    /// The functions that have a body, in the order of their `fn`.
    pub(crate) fn functions(&self) -> Vec<Function> {
        let mut functions = Vec::new();
        for (first, line) in self.lines.iter().enumerate() {
            for at in words(&line.code, "fn") {
                let name: String = line.code[at + 2..].trim_start().chars().take_while(|c| is_word(*c)).collect();
                if name.is_empty() {
                    continue;
                }
                if let Some(last) = self.body_end(first, at) {
                    functions.push(Function { name, first, last });
                }
            }
        }
        functions
    }

    /// The line of the brace that closes the first block after a place; `None` if a `;` comes before the block.
    pub(crate) fn body_end(&self, first: usize, column: usize) -> Option<usize> {
        let mut braces = 0_usize;
        // A `;` inside brackets belongs to an array type, not to the end of a declaration.
        let mut brackets = 0_usize;
        for (at, line) in self.lines.iter().enumerate().skip(first) {
            let code = if at == first { &line.code[column..] } else { &line.code };
            for character in code.chars() {
                match character {
                    '{' => braces += 1,
                    '}' if braces == 1 => return Some(at),
                    '}' => braces = braces.saturating_sub(1),
                    '[' | '(' => brackets += 1,
                    ']' | ')' => brackets = brackets.saturating_sub(1),
                    ';' if braces == 0 && brackets == 0 => return None,
                    _ => {}
                }
            }
        }
        None
    }

    /// The code between the parenthesis that opens at a place and the one that closes it.
    pub(crate) fn call(&self, first: usize, column: usize) -> String {
        let mut depth = 0_usize;
        let mut text = String::new();
        for (at, line) in self.lines.iter().enumerate().skip(first) {
            let code = if at == first { &line.code[column..] } else { &line.code };
            for character in code.chars() {
                match character {
                    '(' => depth += 1,
                    ')' if depth <= 1 => return text,
                    ')' => depth -= 1,
                    _ => {}
                }
                text.push(character);
            }
            text.push(' ');
        }
        text
    }

    /// The modules in files of their own that only tests build.
    pub(crate) fn test_modules(&self) -> Vec<&str> {
        let declarations = self.lines.iter().enumerate().filter(|(_, line)| opens_tests(line)).filter_map(|(at, _)| {
            let mut code = self.lines[at + 1..].iter().map(|line| line.code.trim());
            code.find(|code| !code.is_empty() && !code.starts_with("#["))
        });
        declarations.filter_map(|code| code.strip_prefix("mod ")?.strip_suffix(';')).collect()
    }

    /// Takes the whole file for a test's.
    pub(crate) fn mark_as_test(&mut self) {
        self.lines.iter_mut().for_each(|line| line.in_tests = true);
    }

    fn mark_tests(&mut self) {
        let starts = (0..self.lines.len()).filter(|at| opens_tests(&self.lines[*at]));
        let ranges: Vec<_> = starts.filter_map(|at| Some(at..=self.body_end(at, 0)?)).collect();
        for line in ranges.into_iter().flatten() {
            self.lines[line].in_tests = true;
        }
    }
}

fn opens_tests(line: &Line) -> bool {
    ["#[cfg(test)]", "#[cfg(all(test,"].iter().any(|attribute| line.code.trim().starts_with(attribute))
}

/// The text with its comments blanked and its literals covered by quotes, byte for byte.
pub(crate) fn mask(text: &str) -> String {
    lexer::mask(text)
}

/// Where `word` stands in `code` as a whole word.
pub(crate) fn words<'a>(code: &'a str, word: &'a str) -> impl Iterator<Item = usize> + use<'a> {
    code.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = code[..*at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

pub(crate) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_end_with_their_body() {
        let text = "fn a();\npub fn b(x: [u8; 4])\n{\n    if x { \"}\"; }\n}\nlet f: fn(u8) = g;\nfn c() {}\n";
        let function = |name: &str, first, last| Function { name: name.to_owned(), first, last };
        assert_eq!(Source::new("a.rs", text).functions(), [function("b", 1, 4), function("c", 6, 6)]);
    }

    #[test]
    fn test_modules_are_marked() {
        let source = Source::new("a.rs", "a\n#[cfg(test)]\nmod tests {\n    b\n}\nc\n");
        let marked: Vec<bool> = source.lines.iter().map(|line| line.in_tests).collect();
        assert_eq!(marked, [false, true, true, true, true, false]);
    }

    #[test]
    fn test_modules_in_files_of_their_own_are_known() {
        let source =
            Source::new("a.rs", "mod a;\n#[cfg(test)]\n// Why.\nmod b;\n#[cfg(all(test, unix))]\nmod c {}\nmod d;\n");
        assert_eq!(source.test_modules(), ["b"]);
    }

    #[test]
    fn a_mark_counts_above_through_attributes_only() {
        let source = Source::new("a.rs", "// MARK: why\n#[attribute]\nuse a;\nuse b;\nuse c; // MARK: too\n");
        let justified: Vec<bool> = (0..5).map(|line| source.is_justified(line, "MARK:")).collect();
        assert_eq!(justified, [true, true, true, false, true]);
        assert!(source.is_marked(3, "MARK:", 3) && !source.is_marked(3, "MARK:", 2));
    }

    #[test]
    fn a_call_is_read_over_lines() {
        let source = Source::new("a.rs", "x.swap(\n    f(1),\n    Ordering::AcqRel,\n).is_ok()");
        assert_eq!(source.call(0, 6).split_whitespace().collect::<Vec<_>>(), ["(", "f(1),", "Ordering::AcqRel,"]);
    }
}
