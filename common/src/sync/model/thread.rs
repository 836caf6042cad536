//! Threads, with the names of `std::thread`, and with tokens of their own.
//!
//! loom's `unpark` wakes a thread wherever it is blocked, and shuttle's `park` may wake without cause at every step, so
//! that a loop around it has no end in a depth-first search. Here a thread's token is ours: a park ends by an unpark, or
//! by [`chance`], and nothing else does.

use super::checker;
use super::particular::{Token, chance};
use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

pub use super::scope::{Scope, ScopedJoinHandle, scope};
pub use checker::thread::yield_now;
pub use std::thread::{Result, available_parallelism, panicking};

checker::thread_local! {
    static CURRENT: RefCell<Option<Thread>> = RefCell::new(None);
}

/// A handle to a thread.
#[derive(Clone, Debug)]
pub struct Thread {
    name: Option<String>,
    token: Arc<Token>,
}

/// What tells one thread from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(usize);

impl Thread {
    fn new(name: Option<String>) -> Self {
        Self { name, token: Arc::new(Token::new()) }
    }

    /// What tells this thread from the others that run.
    pub fn id(&self) -> ThreadId {
        ThreadId(Arc::as_ptr(&self.token).addr())
    }

    /// The thread's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Blocks, which only its own thread may ask, until it finds that `asleep` holds no longer; takes no token.
    pub(super) fn sleep_while(&self, asleep: impl FnMut() -> bool) {
        self.token.sleep_while(asleep);
    }

    /// Has the thread look again, if it is in [`sleep_while`](Self::sleep_while); gives no token.
    pub(super) fn rouse(&self) {
        self.token.rouse();
    }

    /// Makes the token available, which ends the thread's park, or its next one.
    pub fn unpark(&self) {
        self.token.give();
    }
}

/// A handle to the thread that asks; in the destructor of a thread-local value perhaps a new one.
pub fn current() -> Thread {
    let new = || Thread::new(None);
    CURRENT.try_with(|current| current.borrow_mut().get_or_insert_with(new).clone()).unwrap_or_else(|_| new())
}

/// Blocks until the token is available, and takes it; by chance returns before.
pub fn park() {
    let thread = current();
    if !chance::strikes() {
        thread.token.wait();
    }
}

/// Parks, with a time-out that fires at once if it is zero and else never; `sync`'s head says why.
pub fn park_timeout(timeout: Duration) {
    if timeout.is_zero() {
        current().token.take();
    } else {
        park();
    }
}

/// Waits for a thread and has its result.
pub struct JoinHandle<T> {
    inner: checker::thread::JoinHandle<T>,
    thread: Thread,
}

impl<T> JoinHandle<T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// The payload of the thread's panic.
    pub fn join(self) -> Result<T> {
        self.inner.join()
    }

    /// The thread's handle.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle").field("thread", &self.thread).finish_non_exhaustive()
    }
}

/// Spawns a thread.
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    start(None, f)
}

/// Gives a thread a name before it starts.
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    /// A thread without a name.
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the thread.
    pub fn name(self, name: String) -> Self {
        Self { name: Some(name) }
    }

    /// Does nothing: a checker has its own stacks.
    pub fn stack_size(self, _bytes: usize) -> Self {
        self
    }

    /// Spawns the thread.
    ///
    /// # Errors
    ///
    /// None: a modelled thread starts.
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(start(self.name, f))
    }
}

fn start<F, T>(name: Option<String>, f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let thread = Thread::new(name);
    let theirs = thread.clone();
    let inner = checker::thread::spawn(move || {
        CURRENT.with(|current| *current.borrow_mut() = Some(theirs));
        f()
    });
    JoinHandle { inner, thread }
}
