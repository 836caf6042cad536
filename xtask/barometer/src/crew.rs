//! Threads that do a piece of work together, each where it belongs.

use crate::{Outcome, Placement};
use anyhow::Result;
use std::sync::Barrier;
use std::thread;

/// Runs `work` on so many threads at once, the first of them the calling one, and adds up what comes out.
///
/// The threads are new each time, which costs about 50 us a thread; a sample of the usual length does not show it.
///
/// # Errors
///
/// The first error of a thread.
///
/// # Panics
///
/// Panics if a thread does.
pub fn run(threads: usize, placement: Placement, work: impl Fn(usize) -> Result<Outcome> + Sync) -> Result<Outcome> {
    let start = Barrier::new(threads);
    let one = |thread: usize| {
        placement.pin(thread);
        start.wait();
        work(thread)
    };
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || one(thread))).collect();
        let first = one(0);
        let others = others.into_iter().map(|thread| thread.join().expect("a thread of a contender does not panic"));
        std::iter::once(first).chain(others).sum()
    })
}

/// Runs two pieces of work at once, each with what it owns, the first on the calling thread, and adds up what comes out.
///
/// # Errors
///
/// The first error of the two.
///
/// # Panics
///
/// Panics if the second piece does.
pub fn pair(
    placement: Placement,
    first: impl FnOnce() -> Result<Outcome>,
    second: impl FnOnce() -> Result<Outcome> + Send,
) -> Result<Outcome> {
    let start = Barrier::new(2);
    let begin = |thread| {
        placement.pin(thread);
        start.wait();
    };
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            begin(1);
            second()
        });
        begin(0);
        let outcomes = [first(), second.join().expect("a thread of a contender does not panic")];
        outcomes.into_iter().sum()
    })
}

/// The part of `operations` that is for one of `threads`, as a range of numbers; together they are all of them.
///
/// # Panics
///
/// Panics if there are no threads.
pub fn share(operations: u64, thread: usize, threads: usize) -> std::ops::Range<u64> {
    let (thread, threads) = (thread as u64, threads as u64);
    let bound = |thread: u64| operations / threads * thread + (operations % threads).min(thread);
    bound(thread)..bound(thread + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_everything_once() {
        for (operations, threads) in [(0, 3), (2, 3), (10, 3), (9, 3), (1_000_003, 7)] {
            let all: u64 = (0..threads).map(|thread| share(operations, thread, threads).count() as u64).sum();
            assert_eq!(all, operations);
            assert_eq!(share(operations, threads - 1, threads).end, operations);
        }
    }

    #[test]
    fn outcomes_add_up_and_an_error_is_handed_on() {
        let outcome = run(3, Placement::Free, |thread| Ok(share(10, thread, 3).collect()));
        assert_eq!(outcome.unwrap(), (0..10).collect());
        let error =
            run(2, Placement::Free, |thread| if thread == 1 { anyhow::bail!("no") } else { Ok(Outcome::default()) });
        assert_eq!(error.unwrap_err().to_string(), "no");
    }

    #[test]
    fn each_of_a_pair_works_with_what_it_owns() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let produce = move || Ok((0..10).filter(|number| sender.send(*number).is_err()).collect());
        let consume = move || Ok(receiver.into_iter().collect());
        assert_eq!(pair(Placement::Free, produce, consume).unwrap(), (0..10).collect());
        let fail = || anyhow::bail!("no");
        assert_eq!(pair(Placement::Free, || Ok(Outcome::default()), fail).unwrap_err().to_string(), "no");
    }
}
