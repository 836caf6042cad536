//! The other thread: it sleeps until it is asked, and answers.

use anyhow::Result;
use barometer::{Contender, Outcome, Placement};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};

/// A way in which a thread sleeps until another one wakes it, once for each wake.
pub(crate) trait Doze {
    /// What wakes it.
    type Waker: Send;

    /// For the thread that calls.
    fn new() -> Self;

    /// What wakes the thread.
    fn waker(&self) -> Self::Waker;

    /// Sleeps until it is woken, or returns at once if it has been.
    fn doze(&self);

    /// Wakes the thread, or lets it not fall asleep.
    fn wake(waker: &Self::Waker);
}

/// Two threads that wake each other in turn; an operation is once there and back.
pub(crate) struct RoundTrip<D: Doze> {
    here: D,
    there: D::Waker,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    turns: AtomicU64,
    is_over: AtomicBool,
}

impl<D: Doze> RoundTrip<D>
where
    D::Waker: 'static,
{
    /// With the other thread where a second one belongs.
    ///
    /// # Panics
    ///
    /// Panics if there is no thread to be had.
    pub(crate) fn new(placement: Placement) -> Self {
        let (here, shared) = (D::new(), Arc::<Shared>::default());
        let (theirs, back) = (shared.clone(), here.waker());
        let (hand_over, handed) = mpsc::channel();
        let thread = thread::spawn(move || {
            placement.pin(1);
            let there = D::new();
            hand_over.send(there.waker()).expect("the first thread waits for it");
            loop {
                there.doze();
                // ORDERING: Relaxed, here and below: a wake is what orders the two threads.
                if theirs.is_over.load(Ordering::Relaxed) {
                    return;
                }
                theirs.turns.store(theirs.turns.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                D::wake(&back);
            }
        });
        let there = handed.recv().expect("a thread hands over its waker first");
        Self { here, there, shared, thread: Some(thread) }
    }
}

impl<D: Doze> Contender for RoundTrip<D> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        // ORDERING: Relaxed, both: as in the other thread.
        let before = self.shared.turns.load(Ordering::Relaxed);
        for _ in 0..operations {
            D::wake(&self.there);
            self.here.doze();
        }
        let turns = self.shared.turns.load(Ordering::Relaxed) - before;
        Ok(Outcome { count: turns, checksum: turns })
    }
}

impl<D: Doze> Drop for RoundTrip<D> {
    fn drop(&mut self) {
        // ORDERING: Relaxed, as in the other thread.
        self.shared.is_over.store(true, Ordering::Relaxed);
        D::wake(&self.there);
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the other thread ends when it is told to");
        }
    }
}
