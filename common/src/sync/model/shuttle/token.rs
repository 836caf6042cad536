//! A thread's token, waited for in a way that knows no wake without cause.

use super::switch;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// What an unpark gives and a park takes.
#[derive(Debug)]
pub(in crate::sync::model) struct Token(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    available: bool,
    parked: Option<Waker>,
}

/// What has to be done before an execution: nothing.
pub(crate) fn prepare() {}

impl Token {
    pub(in crate::sync::model) fn new() -> Self {
        Self(Mutex::default())
    }

    /// Takes the token if it is there.
    pub(in crate::sync::model) fn take(&self) -> bool {
        switch();
        std::mem::take(&mut self.state().available)
    }

    /// Blocks until the token is there, and takes it.
    pub(in crate::sync::model) fn wait(&self) {
        self.sleep_while(|| !std::mem::take(&mut self.state().available));
    }

    pub(in crate::sync::model) fn give(&self) {
        switch();
        self.state().available = true;
        self.rouse();
    }

    /// Blocks until it finds, when it is roused, that `asleep` holds no longer; takes no token.
    pub(in crate::sync::model) fn sleep_while(&self, mut asleep: impl FnMut() -> bool) {
        shuttle::future::block_on(poll_fn(|cx| {
            if !asleep() {
                return Poll::Ready(());
            }
            self.state().parked = Some(cx.waker().clone());
            Poll::Pending
        }));
    }

    /// Has the owner look again, if it sleeps.
    pub(in crate::sync::model) fn rouse(&self) {
        let parked = self.state().parked.take();
        if let Some(waker) = parked {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
