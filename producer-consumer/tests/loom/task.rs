//! Tasks of a model: futures that a thread drives.

pub(crate) use common::park::block_on;

use common::park::Parker;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Polls until it is ready, asleep in between, but for `beside`, which runs before the first sleep.
pub(crate) fn block_on_beside<F: Future>(future: F, beside: impl FnOnce()) -> F::Output {
    let mut future = pin!(future);
    let parker = Parker::new();
    let waker = Waker::from(Arc::new(parker.unparker()));
    let mut beside = Some(beside);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        if let Some(beside) = beside.take() {
            beside();
        }
        parker.park();
    }
}

/// Polls once; whether it was ready.
pub(crate) fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
