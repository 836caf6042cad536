//! A mutant: one change to one file, and a name that outlives edits elsewhere in the file.

use super::code::Code;
use super::{bound, exchange, fence, lock, ordering, wake};
use crate::source::Source;
use std::fmt;
use std::ops::{Range, RangeInclusive};

/// A kind of change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operator {
    Ordering,
    Fence,
    Wake,
    Exchange,
    Lock,
    Bound,
}

impl Operator {
    pub(crate) const ALL: [Self; 6] =
        [Self::Ordering, Self::Fence, Self::Wake, Self::Exchange, Self::Lock, Self::Bound];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ordering => "ordering",
            Self::Fence => "fence",
            Self::Wake => "wake",
            Self::Exchange => "exchange",
            Self::Lock => "lock",
            Self::Bound => "bound",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operator| operator.name() == name)
    }

    fn changes(self, code: &Code<'_>) -> Vec<Change> {
        match self {
            Self::Ordering => ordering::changes(code),
            Self::Fence => fence::changes(code),
            Self::Wake => wake::changes(code),
            Self::Exchange => exchange::changes(code),
            Self::Lock => lock::changes(code),
            Self::Bound => bound::changes(code),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Text for a range of the file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

impl Edit {
    pub(super) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }
}

/// What an operator makes of a file.
#[derive(Debug)]
pub(super) struct Change {
    /// The operation that is changed.
    pub(super) site: Range<usize>,
    /// One word that tells the changes of one site apart.
    pub(super) variant: String,
    pub(super) what: String,
    /// In the order of the text, and apart.
    pub(super) edits: Vec<Edit>,
}

/// A change with its name and place.
#[derive(Clone, Debug)]
pub(crate) struct Mutant {
    pub(crate) operator: Operator,
    pub(crate) variant: String,
    /// `<operator>#<number of the site in the file>/<variant>`: comments and blanks do not change it.
    pub(crate) id: String,
    pub(crate) what: String,
    /// The line of the operation, from 0.
    pub(crate) line: usize,
    /// The lines, from 0, of the statement up to the operation's end, and of the comments directly above it.
    pub(crate) reach: RangeInclusive<usize>,
    edits: Vec<Edit>,
}

impl Mutant {
    /// The file with the change.
    pub(crate) fn apply(&self, text: &str) -> String {
        apply(text, &self.edits)
    }
}

/// The text with edits that are in its order, and apart.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut changed = text.to_owned();
    for edit in edits.iter().rev() {
        changed.replace_range(edit.range.clone(), &edit.text);
    }
    changed
}

/// All mutants of a file in the order of its text; what tests hold is not mutated.
pub(crate) fn mutants(source: &Source, text: &str) -> Vec<Mutant> {
    let code = Code::new(text);
    let ends: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
    let line_of = |at: usize| ends.partition_point(|end| *end < at);
    let mut mutants = Vec::new();
    for operator in Operator::ALL {
        let mut changes = operator.changes(&code);
        changes.retain(|change| !source.lines[line_of(change.site.start)].in_tests);
        changes.sort_by_key(|change| change.site.start);
        let (mut number, mut last) = (0, None);
        for Change { site, variant, what, edits } in changes {
            number += usize::from(last.replace(site.start) != Some(site.start));
            let first = code.next_code(code.statement_start(site.start));
            let reach = above(source, line_of(first))..=line_of(site.end);
            let id = format!("{operator}#{number}/{variant}");
            let line = line_of(site.start);
            mutants.push((site.start, Mutant { operator, variant, id, what, line, reach, edits }));
        }
    }
    mutants.sort_by_key(|(start, mutant)| (*start, mutant.operator));
    mutants.into_iter().map(|(_, mutant)| mutant).collect()
}

/// The first line of the comments directly above a line.
fn above(source: &Source, line: usize) -> usize {
    let is_comment = |line: &&crate::source::Line| line.code.trim().is_empty() && !line.comment.is_empty();
    line - source.lines[..line].iter().rev().take_while(is_comment).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOY: &str = r#"//! A gate: `word.load(Ordering::Acquire)` opens it.
impl Gate {
    fn enter(&self, capacity: usize) -> bool {
        let mut seats = self.seats.lock();
        // There is room.
        if *seats < capacity {
            *seats += 1;
            self.word.store(1, Ordering::Release);
            self.free.notify_one();
        }
        fence(Ordering::SeqCst);
        self.word
            .compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    fn wakes(gate: &Gate) {
        gate.free.notify_one();
    }
}
"#;

    #[test]
    fn a_toy_has_exactly_its_mutants() {
        let mutants = mutants(&Source::new("toy.rs", TOY), TOY);
        let found: Vec<(usize, &str)> = mutants.iter().map(|mutant| (mutant.line + 1, mutant.id.as_str())).collect();
        let expected = [
            (6, "bound#1/<="),
            (7, "lock#1/unlocked"),
            (8, "lock#2/unlocked"),
            (8, "ordering#1/Relaxed"),
            (9, "lock#3/unlocked"),
            (9, "wake#1/dropped"),
            (9, "wake#1/notify_all"),
            (11, "ordering#2/AcqRel"),
            (11, "fence#1/removed"),
            (11, "lock#4/unlocked"),
            (12, "lock#5/unlocked"),
            (13, "ordering#3/Acquire"),
            (13, "ordering#3/Release"),
            (13, "ordering#3/Relaxed"),
            (13, "exchange#1/split"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_mutant_is_the_text_with_one_change() {
        let mutants = mutants(&Source::new("toy.rs", TOY), TOY);
        let apply = |id: &str| mutants.iter().find(|mutant| mutant.id == id).unwrap().apply(TOY);
        assert_eq!(apply("bound#1/<="), TOY.replace("*seats < capacity", "*seats <= capacity"));
        assert_eq!(apply("ordering#3/Release"), TOY.replace("AcqRel", "Release"));
        let gap = "drop(seats); ::std::thread::yield_now(); seats = self.seats.lock(); *seats += 1;";
        assert_eq!(apply("lock#1/unlocked"), TOY.replace("*seats += 1;", gap));
    }

    #[test]
    fn comments_do_not_rename_a_mutant() {
        let ids = |text: &str| mutants(&Source::new("toy.rs", text), text).into_iter().map(|mutant| mutant.id);
        let commented = TOY.replace("fence(", "// fence(Ordering::SeqCst);\n\n        fence(");
        assert!(ids(TOY).eq(ids(&commented)));
    }
}
