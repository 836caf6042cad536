//! What the model harness prints: a line a model, a line a control.

use std::fmt;
use std::ops::AddAssign;

/// A deadlock's cause names every thread; the first words tell it from other causes.
const CAUSE_LENGTH: usize = 60;

/// A line of the model harness.
#[derive(Debug, PartialEq)]
pub(super) enum Entry<'a> {
    Model { name: &'a str, executions: u64, extent: &'a str, reached: usize, declared: usize },
    Control { name: &'a str, cause: &'a str },
}

impl<'a> Entry<'a> {
    /// Finds the harness's words in a line; the test harness may have left its own before them.
    pub(super) fn find(line: &'a str) -> Option<Self> {
        let after = |word: &'static str| line.match_indices(word).map(move |(at, _)| &line[at + word.len()..]);
        after("model ").find_map(Self::model).or_else(|| after("control ").find_map(Self::control))
    }

    /// `<name>: <n> executions, <extent and shapes>, <i> of <j> outcomes`
    fn model(text: &'a str) -> Option<Self> {
        let (name, text) = text.split_once(": ")?;
        let (executions, text) = text.split_once(" executions, ")?;
        let (extent, outcomes) = text.rsplit_once(", ")?;
        let (reached, declared) = outcomes.trim_end().strip_suffix(" outcomes")?.split_once(" of ")?;
        Some(Self::Model {
            name,
            executions: executions.parse().ok()?,
            extent,
            reached: reached.parse().ok()?,
            declared: declared.parse().ok()?,
        })
    }

    /// `<name>: failed as it must: <cause>`
    fn control(text: &'a str) -> Option<Self> {
        let (name, text) = text.split_once(": failed as it must")?;
        Some(Self::Control { name, cause: text.trim_start_matches([':', ' ']) })
    }
}

impl fmt::Display for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Model { name, executions, extent, reached, declared } => {
                write!(f, "  {name:<50} {executions:>12}  {:<8}  {extent}", format!("{reached} of {declared}"))
            }
            Self::Control { name, cause } => {
                let rest = if cause.chars().count() > CAUSE_LENGTH { ".." } else { "" };
                write!(f, "  {name:<50} {:>12}  {:<8}  {cause:.CAUSE_LENGTH$}{rest}", "control", "fails")
            }
        }
    }
}

/// Totals over models.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Explored {
    pub(super) models: usize,
    controls: usize,
    executions: u64,
    /// Models of which a bound or a budget left something out.
    truncated: usize,
}

impl Explored {
    pub(super) fn add(&mut self, entry: &Entry<'_>) {
        match entry {
            Entry::Model { executions, extent, .. } => {
                self.models += 1;
                self.executions += executions;
                self.truncated += usize::from(extent.starts_with("truncated"));
            }
            Entry::Control { .. } => self.controls += 1,
        }
    }
}

impl AddAssign for Explored {
    fn add_assign(&mut self, other: Self) {
        self.models += other.models;
        self.controls += other.controls;
        self.executions += other.executions;
        self.truncated += other.truncated;
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models, controls, executions, truncated } = self;
        write!(f, "{models} models ({truncated} truncated), {controls} controls, {executions} executions")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_line_is_read_wherever_it_begins() {
        let line = "test ring::fifo ... model ring/two_producers: 69014 executions, truncated (bound 3), 2 shapes, \
                    3 of 4 outcomes";
        let expected = Entry::Model {
            name: "ring/two_producers",
            executions: 69014,
            extent: "truncated (bound 3), 2 shapes",
            reached: 3,
            declared: 4,
        };
        assert_eq!(Entry::find(line), Some(expected));
    }

    #[test]
    fn a_control_line_is_read_with_its_cause() {
        let line = "control slot/lost_wake: failed as it must: deadlock; threads = [..]";
        let expected = Entry::Control { name: "slot/lost_wake", cause: "deadlock; threads = [..]" };
        assert_eq!(Entry::find(line), Some(expected));
    }

    #[test]
    fn talk_about_models_is_no_model() {
        for line in ["model ring/two declares no outcome", "control x: no schedule failed", "running 3 tests", "model "]
        {
            assert_eq!(Entry::find(line), None, "{line}");
        }
    }

    #[test]
    fn totals_count_models_controls_and_executions() {
        let mut explored = Explored::default();
        for line in
            ["model a: 7 executions, truncated (bound 2), 2 shapes, 2 of 2 outcomes", "control b: failed as it must: x"]
        {
            explored.add(&Entry::find(line).unwrap());
        }
        assert_eq!(explored.to_string(), "1 models (1 truncated), 1 controls, 7 executions");
    }
}
