//! Park: what a wake costs, of a thread that sleeps and of one that does not.

use crate::partner::{Doze, RoundTrip};
use barometer::contender::Loop;
use barometer::{Contender, Placement, Scenario};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

pub(crate) fn contender(scenario: &Scenario, name: &str, placement: Placement) -> Option<Box<dyn Contender>> {
    match name {
        "ours" => doze::<common::park::Parker>(scenario, placement),
        "std: park" => doze::<StdPark>(scenario, placement),
        "crossbeam-utils: Parker" => doze::<crossbeam_utils::sync::Parker>(scenario, placement),
        "parking_lot: Condvar" => doze::<Arc<Flag>>(scenario, placement),
        "std: sync_channel(1)" => doze::<Channel>(scenario, placement),
        _ => None,
    }
}

fn doze<D: Doze + 'static>(scenario: &Scenario, placement: Placement) -> Option<Box<dyn Contender>> {
    match scenario.name.as_str() {
        "park-awake" => Some(Box::new(Loop(wake_oneself::<D>()))),
        "park-round-trip" => Some(Box::new(RoundTrip::<D>::new(placement))),
        _ => None,
    }
}

fn wake_oneself<D: Doze>() -> impl FnMut(u64) -> u64 {
    let doze = D::new();
    let waker = doze.waker();
    move |operations| {
        for _ in 0..operations {
            D::wake(&waker);
            doze.doze();
        }
        operations
    }
}

impl Doze for common::park::Parker {
    type Waker = common::park::Unparker;

    fn new() -> Self {
        Self::new()
    }

    fn waker(&self) -> Self::Waker {
        self.unparker()
    }

    fn doze(&self) {
        self.park();
    }

    fn wake(waker: &Self::Waker) {
        waker.unpark();
    }
}

impl Doze for crossbeam_utils::sync::Parker {
    type Waker = crossbeam_utils::sync::Unparker;

    fn new() -> Self {
        Self::new()
    }

    fn waker(&self) -> Self::Waker {
        self.unparker().clone()
    }

    fn doze(&self) {
        self.park();
    }

    fn wake(waker: &Self::Waker) {
        waker.unpark();
    }
}

/// The thread's own token, and the least that a program needs beside it: a word that tells a wake from a stale token.
struct StdPark {
    is_woken: Arc<AtomicBool>,
}

impl Doze for StdPark {
    type Waker = (Arc<AtomicBool>, thread::Thread);

    fn new() -> Self {
        Self { is_woken: Arc::default() }
    }

    fn waker(&self) -> Self::Waker {
        (self.is_woken.clone(), thread::current())
    }

    fn doze(&self) {
        // ORDERING: Acquire, and Release below: as whoever wakes and whoever is woken would use it.
        while !self.is_woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }

    fn wake((is_woken, thread): &Self::Waker) {
        is_woken.store(true, Ordering::Release);
        thread.unpark();
    }
}

#[derive(Default)]
struct Flag {
    is_raised: Mutex<bool>,
    raised: Condvar,
}

impl Doze for Arc<Flag> {
    type Waker = Self;

    fn new() -> Self {
        Self::default()
    }

    fn waker(&self) -> Self::Waker {
        self.clone()
    }

    fn doze(&self) {
        let mut is_raised = self.is_raised.lock();
        while !*is_raised {
            self.raised.wait(&mut is_raised);
        }
        *is_raised = false;
    }

    fn wake(waker: &Self::Waker) {
        *waker.is_raised.lock() = true;
        waker.raised.notify_one();
    }
}

struct Channel(SyncSender<()>, Receiver<()>);

impl Doze for Channel {
    type Waker = SyncSender<()>;

    fn new() -> Self {
        let (sender, receiver) = sync_channel(1);
        Self(sender, receiver)
    }

    fn waker(&self) -> Self::Waker {
        self.0.clone()
    }

    fn doze(&self) {
        self.1.recv().expect("the channel holds a sender itself");
    }

    fn wake(waker: &Self::Waker) {
        waker.send(()).expect("the sleeper lives as long as who wakes it");
    }
}
