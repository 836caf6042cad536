//! A question: contenders, and what they have to agree on.

use crate::Contender;
use std::fmt;

/// What is asked, and who answers.
pub struct Question {
    /// The primitive, a colon, and what is done with it.
    pub name: &'static str,
    /// The checksum of so many operations.
    pub checksum: fn(u64) -> u64,
    /// The largest ratio to the first peer that we allow ourselves.
    pub bound: Option<f64>,
    /// Ours first, then the peer that `bound` is about, then others.
    pub contenders: Vec<Box<dyn Contender>>,
}

impl Question {
    /// A question without a bound and without contenders, whose checksum is the number of operations.
    pub fn new(name: &'static str) -> Self {
        Self { name, checksum: |operations| operations, bound: None, contenders: Vec::new() }
    }

    /// One whose operations return their own numbers, from 0, to be summed up.
    pub fn of_numbers(name: &'static str) -> Self {
        Self { checksum: |operations| operations * operations.saturating_sub(1) / 2, ..Self::new(name) }
    }

    /// Ours may cost at most `bound` times what the first peer costs.
    pub fn bound(self, bound: f64) -> Self {
        Self { bound: Some(bound), ..self }
    }

    /// Another contender; ours comes first.
    pub fn contender(mut self, contender: impl Contender + 'static) -> Self {
        self.contenders.push(Box::new(contender));
        self
    }
}

impl fmt::Debug for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let contenders: Vec<&str> = self.contenders.iter().map(|contender| contender.name()).collect();
        f.debug_struct("Question").field("name", &self.name).field("contenders", &contenders).finish_non_exhaustive()
    }
}
