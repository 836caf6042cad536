//! The lexer's first half: it knows comments, strings and characters, and takes all else for code.

use super::{Line, is_word};

/// What a character belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
enum State {
    #[default]
    Code,
    LineComment,
    /// Block comments nest.
    BlockComment(usize),
    /// A string with escapes.
    Text,
    /// A raw string that ends with a quote and so many hashes.
    RawText(usize),
}

#[derive(Default)]
struct Lexer {
    state: State,
    line: Line,
    lines: Vec<Line>,
    mask: String,
}

/// The lines of a text, each as code and comment; whether they belong to tests is not its business.
pub(super) fn split(text: &str) -> Vec<Line> {
    Lexer::default().read(text).lines
}

/// The text with a blank for each byte of a comment and a quote for each byte of a literal: what is left is code, at
/// the offsets it has in the text.
pub(super) fn mask(text: &str) -> String {
    Lexer::default().read(text).mask
}

impl Lexer {
    fn read(mut self, text: &str) -> Self {
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (state, length) = (self.state, self.line.code.len());
            let taken = if first == '\n' { self.end_line() } else { self.step(rest, first) };
            let (token, after) = rest.split_at(taken);
            self.cover(token, state, length);
            if first != '\n' {
                self.line.raw.push_str(token);
                // A token over several lines is never taken at once, except an escaped line end.
                if token.ends_with('\n') {
                    self.line.raw.pop();
                    self.end_line();
                }
            }
            rest = after;
        }
        if !self.line.raw.is_empty() {
            self.end_line();
        }
        self
    }

    /// Adds a token to the mask, given the state and the length of the line's code before it.
    fn cover(&mut self, token: &str, before: State, length: usize) {
        let is_comment = |state| matches!(state, State::LineComment | State::BlockComment(_));
        // Of a literal the line's code keeps the quotes alone.
        if before == State::Code && self.line.code.get(length..) == Some(token) {
            self.mask.push_str(token);
            return;
        }
        let cover = if is_comment(before) || is_comment(self.state) { ' ' } else { '"' };
        self.mask.extend(token.bytes().map(|byte| if byte == b'\n' { '\n' } else { cover }));
    }

    fn end_line(&mut self) -> usize {
        if self.state == State::LineComment {
            self.state = State::Code;
        }
        self.lines.push(std::mem::take(&mut self.line));
        1
    }

    /// Sorts the token at the head of `rest` and returns its length in bytes.
    fn step(&mut self, rest: &str, first: char) -> usize {
        match self.state {
            State::Code => self.code(rest, first),
            State::LineComment => self.comment(first),
            State::BlockComment(depth) if rest.starts_with("*/") => {
                self.state = if depth == 1 { State::Code } else { State::BlockComment(depth - 1) };
                2
            }
            State::BlockComment(depth) if rest.starts_with("/*") => {
                self.state = State::BlockComment(depth + 1);
                2
            }
            State::BlockComment(_) => self.comment(first),
            State::Text if first == '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
            State::Text if first == '"' => self.close_text(1),
            State::RawText(hashes) if first == '"' && has_hashes(&rest[1..], hashes) => self.close_text(1 + hashes),
            State::Text | State::RawText(_) => first.len_utf8(),
        }
    }

    fn code(&mut self, rest: &str, first: char) -> usize {
        let after_word = self.line.code.chars().next_back().is_some_and(is_word);
        match first {
            '/' if rest.starts_with("//") => self.enter(State::LineComment, "", 2),
            '/' if rest.starts_with("/*") => self.enter(State::BlockComment(1), "", 2),
            '"' => self.enter(State::Text, "\"", 1),
            'r' | 'b' | 'c' if !after_word => match raw_text(rest) {
                Some((hashes, length)) => self.enter(State::RawText(hashes), "\"", length),
                None => self.keep(first),
            },
            '\'' => match character(rest) {
                Some(length) => {
                    self.line.code.push_str("''");
                    length
                }
                None => self.keep(first),
            },
            _ => self.keep(first),
        }
    }

    fn enter(&mut self, state: State, code: &str, length: usize) -> usize {
        self.state = state;
        self.line.code.push_str(code);
        length
    }

    fn keep(&mut self, first: char) -> usize {
        self.line.code.push(first);
        first.len_utf8()
    }

    fn comment(&mut self, first: char) -> usize {
        self.line.comment.push(first);
        first.len_utf8()
    }

    fn close_text(&mut self, length: usize) -> usize {
        self.state = State::Code;
        self.line.code.push('"');
        length
    }
}

fn has_hashes(rest: &str, hashes: usize) -> bool {
    rest.bytes().take_while(|byte| *byte == b'#').count() >= hashes
}

/// `r"`, `br##"` and the like: how many hashes, and how long the opening is.
fn raw_text(rest: &str) -> Option<(usize, usize)> {
    let prefix = ["br", "cr", "r"].into_iter().find(|prefix| rest.starts_with(prefix))?;
    let hashes = rest[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let open = prefix.len() + hashes;
    rest[open..].starts_with('"').then_some((hashes, open + 1))
}

/// The length of a character literal; a lifetime is none.
fn character(rest: &str) -> Option<usize> {
    let mut characters = rest.char_indices().skip(1);
    let (_, first) = characters.next()?;
    if first == '\\' {
        // The character after the backslash may be the quote itself.
        characters.next();
        return characters.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    characters.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> Vec<String> {
        split(text).into_iter().map(|line| line.code).collect()
    }

    #[test]
    fn comments_are_taken_out_of_the_code() {
        let text = "let a = 1; // one\n/* two /* nested\n*/ still */ let b;\n";
        let comments: Vec<String> = split(text).into_iter().map(|line| line.comment).collect();
        assert_eq!(comments, [" one", " two  nested", " still "]);
        assert_eq!(code(text), ["let a = 1; ", "", " let b;"]);
    }

    #[test]
    fn strings_lose_their_content() {
        assert_eq!(code(r#"f("a // b \" {", b"x", c);"#), [r#"f("", b"", c);"#]);
        assert_eq!(code("f(r#\"a \" {\"#, br\"\\\", var);"), ["f(\"\", \"\", var);"]);
        assert_eq!(code("f(\"one \\\n two {\", x);\ny"), ["f(\"", "\", x);", "y"]);
    }

    #[test]
    fn a_mask_keeps_code_where_it_stands() {
        let text = "f(\"é;\", 'x', r#\"\"\"#); // é }\n/* {\n */ g('\\'');\n";
        let covered = |bytes| "\"".repeat(bytes);
        let (string, character, raw, escaped) = (covered(5), covered(3), covered(6), covered(4));
        let expected = format!("f({string}, {character}, {raw});        \n    \n    g({escaped});\n");
        assert_eq!(mask(text), expected);
        assert_eq!(mask(text).len(), text.len());
        assert_eq!(mask("\"one \\\n two\";"), "\"\"\"\"\"\"\n\"\"\"\"\";");
    }

    #[test]
    fn a_lifetime_is_not_a_character() {
        assert_eq!(
            code(r"fn f<'a>(x: &'a str) { ('{', '\'', '\u{7b}', b'\\') }"),
            ["fn f<'a>(x: &'a str) { ('', '', '', b'') }"]
        );
    }
}
