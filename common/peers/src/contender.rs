//! A contender: one way to do what a question asks.

/// Something that can be done often.
pub trait Contender {
    /// Whose way it is.
    fn name(&self) -> &'static str;

    /// Does it `operations` times and returns a checksum of what came out.
    fn run(&mut self, operations: u64) -> u64;
}

impl<F: FnMut(u64) -> u64> Contender for (&'static str, F) {
    fn name(&self) -> &'static str {
        self.0
    }

    fn run(&mut self, operations: u64) -> u64 {
        (self.1)(operations)
    }
}
