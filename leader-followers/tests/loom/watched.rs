//! A task source whose waits the checker watches.

use common::sync::cell::UnsafeCell;
use leader_followers::ThreadSet;
use leader_followers::source::{EventSource, Waited, task};
use std::collections::VecDeque;
use std::io;
use std::time::Instant;

/// Two waits at a time, or one without an edge from the one before, fail the model.
pub(crate) struct Watched {
    inner: task::Source<u32>,
    waits: UnsafeCell<u32>,
}

impl Watched {
    pub(crate) fn new(inner: task::Source<u32>) -> Self {
        Self { inner, waits: UnsafeCell::new(0) }
    }

    pub(crate) fn into_tasks(self) -> VecDeque<u32> {
        self.inner.into_tasks()
    }
}

impl EventSource for Watched {
    type Event = u32;
    type Waker = task::Waker<u32>;

    fn wait(&mut self, batch: &mut VecDeque<u32>, deadline: Option<Instant>) -> io::Result<Waited> {
        let inner = &mut self.inner;
        self.waits.with_mut(|_| inner.wait(batch, deadline))
    }

    fn waker(&self) -> task::Waker<u32> {
        self.inner.waker()
    }
}

/// A closed queue that holds the `tasks`, which a leader takes at once.
pub(crate) fn filled(tasks: &[u32]) -> ThreadSet<Watched> {
    let (sender, source) = task::queue(tasks.len());
    for task in tasks {
        sender.send(*task).expect("it has room for all");
    }
    ThreadSet::new(Watched::new(source.batch(tasks.len())))
}

/// Follows, takes one event, promotes, handles it, and so on until the set closes; returns what it handled.
pub(crate) fn take_turns<S: EventSource>(set: &ThreadSet<S>) -> Vec<S::Event> {
    let mut member = set.member();
    let mut handled = Vec::new();
    while let Some(mut leader) = member.follow() {
        let Ok(Some(event)) = leader.next() else { break };
        leader.promote();
        handled.push(event);
    }
    handled
}
