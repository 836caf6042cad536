//! Justifications: mutants that no test can tell from the original, and why.
//!
//! A comment in the source says so: `EQUIVALENT: <operator> [variants]: <reason>`, on a line of the statement that holds
//! the operation, up to the operation's end, or directly above that statement. Without variants it is for all of the
//! operator's. The reason goes on over the comment lines that follow, up to the next justification.

use super::mutant::{Mutant, Operator};
use crate::source::Source;

const MARK: &str = "EQUIVALENT:";
/// A reason of fewer words is none.
pub(crate) const REASON_WORDS: usize = 4;

/// A comment that calls mutants equivalent.
#[derive(Debug, PartialEq)]
pub(crate) struct Justification {
    /// Its line, from 0.
    pub(crate) line: usize,
    pub(crate) operator: Operator,
    /// None for all of the operator's.
    pub(crate) variants: Vec<String>,
    pub(crate) reason: String,
}

impl Justification {
    pub(crate) fn covers(&self, mutant: &Mutant) -> bool {
        self.operator == mutant.operator
            && mutant.reach.contains(&self.line)
            && (self.variants.is_empty() || self.variants.contains(&mutant.variant))
    }

    pub(crate) fn has_reason(&self) -> bool {
        self.reason.split_whitespace().filter(|word| word.contains(char::is_alphabetic)).count() >= REASON_WORDS
    }

    /// Whether it and each of its variants is about some of `mutants`.
    pub(crate) fn is_needed(&self, mutants: &[Mutant]) -> bool {
        let mut covered = mutants.iter().filter(|mutant| self.covers(mutant)).map(|mutant| &mutant.variant);
        match self.variants.as_slice() {
            [] => covered.next().is_some(),
            variants => {
                let covered: Vec<_> = covered.collect();
                variants.iter().all(|variant| covered.contains(&variant))
            }
        }
    }
}

/// The justifications of a file; one that cannot be read is its line and what is wrong with it.
pub(crate) fn justifications(source: &Source) -> Vec<Result<Justification, (usize, String)>> {
    let lines = source.lines.iter().enumerate();
    let marked = lines.filter_map(|(at, line)| Some((at, line.comment.trim_start().strip_prefix(MARK)?)));
    marked.map(|(at, text)| read(source, at, text).map_err(|what| (at, what))).collect()
}

fn read(source: &Source, line: usize, text: &str) -> Result<Justification, String> {
    let (head, reason) = text.split_once(':').ok_or("has no second colon before its reason")?;
    let mut words = head.split_whitespace();
    let name = words.next().unwrap_or_default();
    let operator = Operator::named(name).ok_or_else(|| format!("names no operator but `{name}`"))?;
    let variants = words.map(ToOwned::to_owned).collect();
    let mut reason = reason.trim().to_owned();
    for more in &source.lines[line + 1..] {
        let comment = more.comment.trim();
        if !more.code.trim().is_empty() || comment.is_empty() || comment.starts_with(MARK) {
            break;
        }
        reason.push(' ');
        reason.push_str(comment);
    }
    Ok(Justification { line, operator, variants, reason })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mutants::mutant::mutants;

    /// Which mutants of a text are justified, as `<operator> <variant>`.
    fn justified(text: &str) -> Vec<String> {
        let source = Source::new("a.rs", text);
        let justifications: Vec<_> = justifications(&source).into_iter().map(Result::unwrap).collect();
        let mutants = mutants(&source, text).into_iter();
        let justified = mutants.filter(|mutant| justifications.iter().any(|it| it.covers(mutant)));
        justified.map(|mutant| format!("{} {}", mutant.operator, mutant.variant)).collect()
    }

    #[test]
    fn one_above_or_beside_the_operation_covers_it() {
        let above = "f();\n// ORDERING: AcqRel, E1.\n// EQUIVALENT: ordering Relaxed Release: why it\n// is so\n\
                     let a = b\n    .c.swap(1, Ordering::AcqRel);\n";
        assert_eq!(justified(above), ["ordering Release", "ordering Relaxed"]);
        let beside = "a.notify_one(); // EQUIVALENT: wake: they all go on anyway\na.notify_one();\n";
        assert_eq!(justified(beside), ["wake dropped", "wake notify_all"]);
        let between =
            "match a.swap(\n    // EQUIVALENT: exchange: nobody else writes it\n    1,\n    Ordering::AcqRel,\n) {";
        assert_eq!(justified(between), ["exchange split"]);
    }

    #[test]
    fn one_elsewhere_covers_nothing() {
        for text in [
            "// EQUIVALENT: wake: they all go on anyway\n\na.notify_one();\n",
            "// EQUIVALENT: wake: they all go on anyway\nb();\na.notify_one();\n",
            "a.notify_one();\nb(); // EQUIVALENT: wake: they all go on anyway\n",
            "//! EQUIVALENT: wake: they all go on anyway\na.notify_one();\n",
        ] {
            assert_eq!(justified(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_not_about_a_mutant_is_known() {
        let needed = |comment: &str| {
            let text = format!("// EQUIVALENT: {comment}: nobody could tell them apart\na.notify_one();\n");
            let source = Source::new("a.rs", &text);
            let found = justifications(&source).remove(0).unwrap();
            assert!(found.has_reason());
            found.is_needed(&mutants(&source, &text))
        };
        assert!(needed("wake") && needed("wake notify_all dropped"));
        assert!(!needed("fence") && !needed("wake notify_one") && !needed("wake dropped notify_one"));
    }

    #[test]
    fn a_comment_that_cannot_be_read_says_why() {
        for (text, what) in [("// EQUIVALENT: wake", "second colon"), ("// EQUIVALENT: waking: because", "`waking`")] {
            let (line, error) = justifications(&Source::new("a.rs", text)).remove(0).unwrap_err();
            assert!(line == 0 && error.contains(what), "{error}");
        }
        let short = justifications(&Source::new("a.rs", "// EQUIVALENT: wake: it is - so")).remove(0).unwrap();
        assert!(!short.has_reason());
    }
}
