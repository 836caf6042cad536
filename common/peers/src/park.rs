//! Park: what a wake costs, of a thread that sleeps and of one that does not.

use crate::Question;
use crate::affinity::{Core, are_several};
use crate::partner::{Doze, RoundTrip};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

/// A round trip on one core and on two, and a wake that finds its thread awake.
pub fn questions() -> Vec<Question> {
    let mut questions = vec![awake(), round_trip("park: round trip of two threads on one core", Core::Same)];
    if are_several() {
        questions.push(round_trip("park: round trip of two threads on two cores", Core::Other));
    }
    questions
}

fn round_trip(name: &'static str, core: Core) -> Question {
    Question::new(name)
        .bound(1.1)
        .contender(RoundTrip::<common::park::Parker>::new("common", core))
        .contender(RoundTrip::<StdPark>::new("std park", core))
        .contender(RoundTrip::<crossbeam_utils::sync::Parker>::new("crossbeam Parker", core))
        .contender(RoundTrip::<Arc<Flag>>::new("parking_lot Condvar", core))
        .contender(RoundTrip::<Channel>::new("std sync_channel(1)", core))
}

fn awake() -> Question {
    Question::new("park: unpark a running thread, which then parks")
        .bound(1.1)
        .contender(("common", wake_oneself::<common::park::Parker>()))
        .contender(("std park", wake_oneself::<StdPark>()))
        .contender(("crossbeam Parker", wake_oneself::<crossbeam_utils::sync::Parker>()))
        .contender(("parking_lot Condvar", wake_oneself::<Arc<Flag>>()))
        .contender(("std sync_channel(1)", wake_oneself::<Channel>()))
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

/// The thread's own token, and nothing that tells a wake from a stale one: less than a program could do with.
struct StdPark;

impl Doze for StdPark {
    type Waker = thread::Thread;

    fn new() -> Self {
        Self
    }

    fn waker(&self) -> Self::Waker {
        thread::current()
    }

    fn doze(&self) {
        thread::park();
    }

    fn wake(waker: &Self::Waker) {
        waker.unpark();
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
