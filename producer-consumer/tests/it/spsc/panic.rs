//! A panic in foreign code leaves the channel whole.

use producer_consumer::spsc::bounded;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// A value whose drop counts, and panics if it is told to.
struct Bomb<'a> {
    drops: &'a AtomicUsize,
    explodes: bool,
}

impl Drop for Bomb<'_> {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::AcqRel);
        assert!(!self.explodes, "a drop that panics");
    }
}

#[test]
fn a_drop_that_panics_drops_the_other_messages_all_the_same() {
    let drops = AtomicUsize::new(0);
    let (mut sender, receiver) = bounded(5);
    for at in 0..5 {
        assert!(sender.send(Bomb { drops: &drops, explodes: at == 1 }).is_ok());
    }
    assert!(catch_unwind(AssertUnwindSafe(|| drop(receiver))).is_err());
    assert_eq!(drops.load(Ordering::Acquire), 5);
    assert!(sender.is_closed());
}

#[test]
fn an_iterator_that_panics_has_sent_what_it_gave() {
    let (mut sender, mut receiver) = bounded(4);
    let values = (0..).map(|value| if value < 2 { Arc::new(value) } else { panic!("an iterator that panics") });
    assert!(catch_unwind(AssertUnwindSafe(|| sender.send_many(values))).is_err());
    sender.send(Arc::new(9)).unwrap();
    assert_eq!(receiver.drain(), [0, 1, 9].map(Arc::new));
}

/// A collection that takes two and panics.
struct Picky(Vec<Arc<i32>>);

impl Extend<Arc<i32>> for Picky {
    fn extend<I: IntoIterator<Item = Arc<i32>>>(&mut self, values: I) {
        self.0.extend(values.into_iter().take(2));
        panic!("a collection that panics");
    }
}

#[test]
fn a_collection_that_panics_has_what_it_took_and_the_channel_the_rest() {
    let (mut sender, mut receiver) = bounded(3);
    sender.send_many([1, 2, 3].map(Arc::new)).unwrap();
    let waiting = thread::spawn(move || sender.send(Arc::new(4)));
    let mut picky = Picky(Vec::new());
    assert!(catch_unwind(AssertUnwindSafe(|| receiver.recv_many(&mut picky, 3))).is_err());
    waiting.join().unwrap().unwrap();
    assert_eq!(picky.0, [1, 2].map(Arc::new));
    assert_eq!(receiver.drain(), [3, 4].map(Arc::new));
}
