//! Values whose clone or drop panics, or uses the channel.

use crate::{Count, Trap};
use producer_consumer::TryRecvError;
use producer_consumer::broadcast::{self, Sender};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A value whose clone panics so many times.
#[derive(Debug)]
struct Shy(u32, Arc<AtomicUsize>);

impl Clone for Shy {
    fn clone(&self) -> Self {
        // ORDERING: Relaxed: this test has one thread.
        let panics = self.1.try_update(Ordering::Relaxed, Ordering::Relaxed, |panics| panics.checked_sub(1)).is_ok();
        assert!(!panics, "a clone that panics");
        Self(self.0, self.1.clone())
    }
}

#[test]
fn a_clone_that_panics_takes_no_message() {
    let panics = Arc::new(AtomicUsize::new(0));
    let (sender, mut first) = broadcast::bounded(3);
    let mut second = first.clone();
    (1..=3).for_each(|number| assert_eq!(sender.send(Shy(number, panics.clone())).map_err(drop), Ok(2)));
    panics.store(1, Ordering::Relaxed); // ORDERING: Relaxed, as in `clone`.
    assert!(catch_unwind(AssertUnwindSafe(|| first.try_recv().is_ok())).is_err());
    assert_eq!((first.len(), first.try_recv().unwrap().0), (3, 1));
    // In a batch, which has read all and given out nothing: it is received next, and no more than is asked for.
    let mut batch = Vec::new();
    panics.store(1, Ordering::Relaxed); // ORDERING: Relaxed, as in `clone`.
    assert!(catch_unwind(AssertUnwindSafe(|| first.try_recv_many(&mut batch, 9))).is_err());
    let (mut copy, others) = (first.clone(), [(); 3].map(|()| second.try_recv().unwrap().0));
    assert_eq!((others, batch.len(), first.len()), ([1, 2, 3], 0, 2));
    assert_eq!(sender.send(Shy(4, panics)).map_err(drop), Ok(3));
    assert_eq!(first.try_recv_many(&mut batch, 1), Ok(1));
    assert_eq!((copy.drain().len(), second.drain().len(), sender.len()), (3, 1, 1));
    assert_eq!((first.try_recv().unwrap().0, first.try_recv().unwrap().0, batch[0].0), (3, 4, 2));
    assert_eq!(first.try_recv().unwrap_err(), TryRecvError::Empty);
    assert!(sender.is_empty());
}

/// A value that uses its channel while it is cloned and dropped, and panics in its drop if it is told to.
struct Nosy {
    sender: Sender<Nosy>,
    drops: Arc<AtomicUsize>,
    panics: bool,
}

impl Clone for Nosy {
    fn clone(&self) -> Self {
        assert!(self.sender.receiver_count() < 9);
        Self { sender: self.sender.clone(), drops: self.drops.clone(), panics: false }
    }
}

impl Drop for Nosy {
    fn drop(&mut self) {
        assert!(self.sender.len() <= 3);
        // ORDERING: Relaxed: this test has one thread.
        self.drops.fetch_add(1, Ordering::Relaxed);
        assert!(!self.panics, "a drop that panics");
    }
}

#[test]
fn values_that_use_the_channel_when_cloned_or_dropped_do_not_deadlock_and_a_panic_of_one_drops_the_others() {
    let drops = Arc::new(AtomicUsize::new(0));
    let (sender, mut receiver) = broadcast::bounded(3);
    let slow = receiver.clone();
    for number in 0..3 {
        let value = Nosy { sender: sender.clone(), drops: drops.clone(), panics: number == 1 };
        assert_eq!(sender.send(value).map_err(drop), Ok(2));
    }
    assert_eq!(receiver.drain().len(), 3);
    // ORDERING: Relaxed, both, as in `drop`.
    assert_eq!(drops.load(Ordering::Relaxed), 3, "the copies");
    assert!(catch_unwind(AssertUnwindSafe(|| drop(slow))).is_err());
    assert_eq!(drops.load(Ordering::Relaxed), 6, "the messages");
    assert_eq!((sender.len(), sender.receiver_count()), (0, 1));
    let value = Nosy { sender: sender.clone(), drops, panics: false };
    assert_eq!(sender.send(value).map_err(drop), Ok(1));
    assert_eq!(receiver.drain().len(), 1);
}

#[test]
fn a_waker_that_panics_keeps_no_subscriber_from_hearing_of_the_end() {
    let (sender, _slow) = broadcast::bounded(1);
    let mut fast = sender.subscribe();
    sender.send(1).unwrap();
    assert_eq!(fast.recv(), Ok(1));
    let (mut send, mut recv, task) = (pin!(sender.send_async(2)), pin!(fast.recv_async()), Arc::<Count>::default());
    Trap::poll(send.as_mut());
    assert!(task.poll(recv.as_mut()).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| sender.close())).is_err());
    assert_eq!(task.wakes(), 1);
}
