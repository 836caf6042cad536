//! Scoped threads, spawned as ordinary ones and joined before the scope returns.
//!
//! loom has none, and shuttle's wake the owner of a scope when the last thread ends, wherever the owner is blocked.

use super::thread::{self, JoinHandle};
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::Result;

/// Where threads are spawned that may borrow from what surrounds the scope.
pub struct Scope<'scope, 'env: 'scope> {
    unjoined: RefCell<Vec<Joinable>>,
    // Invariant in both lifetimes, as in std.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// A thread's handle, taken by whoever joins it: its own handle's holder, or the scope at its end.
type Joinable = Arc<Mutex<Option<JoinHandle<()>>>>;

/// Waits for one thread of a scope and has its result.
pub struct ScopedJoinHandle<'scope, T> {
    thread: Joinable,
    output: Arc<Mutex<Option<T>>>,
    scope: PhantomData<&'scope ()>,
}

/// Runs `f` with a scope to spawn in, and returns when the scope's threads have ended.
///
/// A panic of `f` or of a thread ends the model there and then, so nobody waits for the others.
pub fn scope<'env, T>(f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T) -> T {
    let scope = Scope { unjoined: RefCell::default(), scope: PhantomData, env: PhantomData };
    let output = f(&scope);
    for thread in scope.unjoined.take() {
        join(&thread);
    }
    output
}

impl<'scope> Scope<'scope, '_> {
    /// Spawns a thread that may borrow for `'scope`.
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let output = Arc::new(Mutex::new(None));
        let theirs = output.clone();
        let body: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || {
            let value = f();
            *theirs.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
        });
        // SAFETY: only the lifetime changes. The thread has ended, and has dropped the closure, before `scope` returns:
        // `unjoined` keeps every handle until then. When the model fails instead, the checker runs none of its threads again.
        let body: Box<dyn FnOnce() + Send> = unsafe { mem::transmute(body) };
        let thread = Arc::new(Mutex::new(Some(thread::spawn(body))));
        self.unjoined.borrow_mut().push(thread.clone());
        ScopedJoinHandle { thread, output, scope: PhantomData }
    }
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for the thread to end.
    ///
    /// # Errors
    ///
    /// Never in a model: a thread that panics ends the model.
    pub fn join(self) -> Result<T> {
        join(&self.thread);
        let output = self.output.lock().unwrap_or_else(PoisonError::into_inner).take();
        output.map_or_else(|| unreachable!("a thread that was joined has left its output"), Ok)
    }
}

fn join(thread: &Joinable) {
    let handle = thread.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(handle) = handle {
        handle.join().expect("a thread of a model that runs on has not panicked");
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedJoinHandle").finish_non_exhaustive()
    }
}
