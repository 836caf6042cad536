//! What the current thread is doing: whether it is a worker, and which jobs are on its stack.
//!
//! Two rules hang on it. A thread that runs a job never waits for room in a queue nor for an unstarted task, or else
//! pools could wait for each other in a ring; and a job that joins itself, or a job further down the same stack, gets
//! an error instead of a hang.

use crate::task::Id;
use common::sync::thread_local;
// FACADE: cells of one thread, which no other thread can see.
use std::cell::{Cell, RefCell};

/// A pool's identity, for as long as the pool lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PoolId(pub(crate) usize);

#[derive(Clone, Copy)]
struct Worker {
    pool: PoolId,
    index: usize,
}

#[derive(Clone, Copy)]
struct Frame {
    pool: PoolId,
    task: Id,
}

struct Context {
    worker: Cell<Option<Worker>>,
    frames: RefCell<Vec<Frame>>,
}

thread_local! {
    #[cfg_attr(
        not(any(loom, shuttle)),
        expect(clippy::missing_const_for_thread_local, reason = "the checkers' macros take no const block")
    )]
    static CONTEXT: Context = Context { worker: Cell::new(None), frames: RefCell::new(Vec::new()) }
}

/// The context, or `None` while the thread is being taken down.
fn look<R>(read: impl FnOnce(&Context) -> R) -> Option<R> {
    CONTEXT.try_with(read).ok()
}

/// The index of the worker that calls, or `None` on any other thread.
///
/// ```
/// let pool = worker_pool::Pool::builder().workers(2).build()?;
/// assert!(pool.submit(worker_pool::worker_index)?.join()? < Some(2));
/// assert_eq!(worker_pool::worker_index(), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn worker_index() -> Option<usize> {
    look(|context| context.worker.get()).flatten().map(|worker| worker.index)
}

/// Whether this thread is any pool's worker, or runs any pool's job.
pub(crate) fn is_inside() -> bool {
    look(|context| context.worker.get().is_some() || !context.frames.borrow().is_empty()).unwrap_or(false)
}

/// Whether this thread is a worker of `pool`, or runs one of its jobs.
pub(crate) fn is_inside_of(pool: PoolId) -> bool {
    look(|context| {
        context.worker.get().is_some_and(|worker| worker.pool == pool)
            || context.frames.borrow().iter().any(|frame| frame.pool == pool)
    })
    .unwrap_or(false)
}

/// Whether this thread is in the middle of `task`.
pub(crate) fn is_running(task: Id) -> bool {
    look(|context| context.frames.borrow().iter().any(|frame| frame.task == task)).unwrap_or(false)
}

/// Marks the thread as a worker until the mark is dropped.
pub(crate) fn become_worker(pool: PoolId, index: usize) -> WorkerMark {
    look(|context| context.worker.set(Some(Worker { pool, index })));
    WorkerMark(())
}

/// Marks the thread as being in the middle of `task` until the mark is dropped.
pub(crate) fn enter(pool: PoolId, task: Id) -> FrameMark {
    look(|context| context.frames.borrow_mut().push(Frame { pool, task }));
    FrameMark(())
}

/// See [`become_worker`].
#[must_use = "the thread is a worker only while the mark lives"]
pub(crate) struct WorkerMark(());

impl Drop for WorkerMark {
    fn drop(&mut self) {
        look(|context| context.worker.set(None));
    }
}

/// See [`enter`].
#[must_use = "the thread runs a job only while the mark lives"]
pub(crate) struct FrameMark(());

impl Drop for FrameMark {
    fn drop(&mut self) {
        look(|context| context.frames.borrow_mut().pop());
    }
}
