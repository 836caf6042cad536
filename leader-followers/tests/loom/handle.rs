//! The handle word: one owner at a time, and no readiness is lost.

use common::model::model;
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::cell::UnsafeCell;
use common::sync::{Arc, thread};
use leader_followers::handle::{Claim, Delivery, HandleWord, Ready, Release};

/// A handle and what only its owner touches. Loom fails the model if two owners overlap, or if one does not see the other.
struct Handle {
    word: HandleWord,
    owned: UnsafeCell<Vec<Ready>>,
}

// SAFETY: the cell is touched by the owner of the claim only, which is what the models check.
unsafe impl Sync for Handle {}

impl Handle {
    fn open() -> Arc<Self> {
        let handle = Self { word: HandleWord::new(), owned: UnsafeCell::new(Vec::new()) };
        let claim = handle.word.open().unwrap();
        assert_eq!(handle.word.release(claim), Release::Free);
        Arc::new(handle)
    }

    fn note(&self, ready: Ready) {
        // SAFETY: the caller owns the claim.
        self.owned.with_mut(|owned| unsafe { (*owned).push(ready) });
    }

    /// Works until nothing is left to do, as the reactor does.
    fn work(&self, mut claim: Claim) {
        loop {
            self.note(self.word.begin(&claim));
            match self.word.release(claim) {
                Release::Free => return,
                Release::More(more) => claim = more,
            }
        }
    }

    /// Delivers, and works if that gave the claim; false if the event was only recorded.
    fn dispatch(&self, ready: Ready) -> bool {
        match self.word.deliver(0, ready) {
            Delivery::Claimed(claim) => {
                self.work(claim);
                true
            }
            Delivery::Recorded => false,
            Delivery::Stale => panic!("nobody closes this handle"),
        }
    }

    fn handled(&self) -> Vec<Ready> {
        // SAFETY: all threads have been joined.
        self.owned.with(|owned| unsafe { (*owned).clone() })
    }
}

fn all(handled: &[Ready]) -> Ready {
    handled.iter().fold(Ready::NONE, |all, ready| all | *ready)
}

#[test]
fn two_deliverers_work_one_at_a_time_and_lose_nothing() {
    let model = model("handle/two_deliverers").outcomes(&["one after the other", "together", "recorded while running"]);
    model.check(|seen| {
        let handle = Handle::open();
        let theirs = handle.clone();
        let other = thread::spawn(move || theirs.dispatch(Ready::WRITE));
        let claimed = handle.dispatch(Ready::READ);
        let both_claimed = other.join().unwrap() && claimed;
        let handled = handle.handled();
        assert_eq!(all(&handled), Ready::READ | Ready::WRITE);
        seen.outcome(match (both_claimed, handled.len()) {
            (true, _) => "one after the other",
            (false, 1) => "together",
            (false, _) => "recorded while running",
        });
    });
}

/// The roles swapped: both deliverers are spawned, and the main thread is busy with the handle meanwhile.
#[test]
fn an_event_during_a_release_is_handled() {
    let model =
        model("handle/event_races_release").outcomes(&["found by the owner", "claimed by the deliverer", "split"]);
    model.preemptions(3).check(|seen| {
        let handle = Handle::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::NOTIFY) else { panic!("the handle is idle") };
        let deliverers = [Ready::READ, Ready::WRITE].map(|ready| {
            let theirs = handle.clone();
            thread::spawn(move || theirs.dispatch(ready))
        });
        handle.work(claim);
        let claimed =
            deliverers.map(|deliverer| deliverer.join().unwrap()).into_iter().filter(|claimed| *claimed).count();
        assert_eq!(all(&handle.handled()), Ready::READ | Ready::WRITE | Ready::NOTIFY);
        seen.outcome(["found by the owner", "split", "claimed by the deliverer"][claimed]);
    });
}

/// Writes what only a notification publishes, notifies, and works if nobody else does.
fn notify_with(handle: &Handle, letter: &UnsafeCell<u32>) {
    // SAFETY: nobody reads the letter before the notification that follows.
    letter.with_mut(|letter| unsafe { *letter = 7 });
    if let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::NOTIFY) {
        let ready = handle.word.begin(&claim);
        handle.note(ready);
        assert_eq!(handle.word.release(claim), Release::Free);
    }
}

/// Works on the claim and reads the letter once the notification is there; how many turns that took.
fn read_when_notified(handle: &Handle, letter: &UnsafeCell<u32>, mut claim: Claim) -> usize {
    for turn in 1.. {
        let ready = handle.word.begin(&claim);
        if ready.contains(Ready::NOTIFY) {
            // SAFETY: E2: the notification publishes the letter.
            assert_eq!(letter.with(|letter| unsafe { *letter }), 7);
            handle.word.close(claim);
            return turn;
        }
        match handle.word.release(claim) {
            Release::Free => return 0,
            Release::More(more) => claim = more,
        }
    }
    unreachable!("one event makes at most two turns")
}

struct Letter(UnsafeCell<u32>);

// SAFETY: the word orders the accesses, which is what the models check.
unsafe impl Sync for Letter {}

const FOUND: &[&str] = &["in the first turn", "in the second turn", "by its sender"];

#[test]
fn what_a_notifier_did_is_seen_by_the_handler() {
    model("handle/notify_publishes").outcomes(FOUND).check(|seen| {
        let handle = Handle::open();
        let letter = Arc::new(Letter(UnsafeCell::new(0)));
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::READ) else { panic!("the handle is idle") };
        let (theirs, sent) = (handle.clone(), letter.clone());
        let notifier = thread::spawn(move || notify_with(&theirs, &sent.0));
        let turn = read_when_notified(&handle, &letter.0, claim);
        notifier.join().unwrap();
        seen.outcome(["by its sender", "in the first turn", "in the second turn"][turn]);
    });
}

/// The roles swapped: the main thread notifies.
#[test]
fn what_the_main_thread_did_is_seen_by_a_spawned_handler() {
    model("handle/notify_publishes_roles_swapped").outcomes(FOUND).check(|seen| {
        let handle = Handle::open();
        let letter = Arc::new(Letter(UnsafeCell::new(0)));
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::READ) else { panic!("the handle is idle") };
        let (theirs, sent) = (handle.clone(), letter.clone());
        let worker = thread::spawn(move || read_when_notified(&theirs, &sent.0, claim));
        notify_with(&handle, &letter.0);
        let turn = worker.join().unwrap();
        seen.outcome(["by its sender", "in the first turn", "in the second turn"][turn]);
    });
}

#[test]
fn a_resume_is_not_lost_to_a_suspend() {
    model("handle/resume_races_suspend").outcomes(&["resumed", "not suspended"]).check(|seen| {
        let handle = Handle::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::READ) else { panic!("the handle is idle") };
        let theirs = handle.clone();
        let resumer = thread::spawn(move || theirs.dispatch(Ready::RESUME));
        handle.note(handle.word.begin(&claim));
        if let Release::More(claim) = handle.word.suspend(claim) {
            handle.work(claim);
        }
        let resumed = resumer.join().unwrap();
        assert!(all(&handle.handled()).contains(Ready::RESUME));
        seen.outcome(if resumed { "resumed" } else { "not suspended" });
    });
}

/// The roles swapped: the spawned thread suspends. I/O stays with a suspended handle until the resume.
#[test]
fn what_came_while_suspended_is_found_after_the_resume() {
    model("handle/io_races_suspend").outcomes(&["kept for the resume", "came first"]).check(|seen| {
        let handle = Handle::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::NOTIFY) else { panic!("the handle is idle") };
        let theirs = handle.clone();
        let suspender = thread::spawn(move || {
            theirs.note(theirs.word.begin(&claim));
            assert_eq!(
                theirs.word.suspend(claim),
                Release::Free,
                "I/O alone does not keep a handle from its suspension"
            );
        });
        let before = handle.word.deliver(0, Ready::READ);
        assert_eq!(before, Delivery::Recorded);
        suspender.join().unwrap();
        let came_first = handle.handled()[0].contains(Ready::READ);
        assert!(handle.dispatch(Ready::RESUME));
        assert!(all(&handle.handled()).contains(Ready::READ));
        seen.outcome(if came_first { "came first" } else { "kept for the resume" });
    });
}

#[test]
fn an_event_for_a_closed_generation_is_stale() {
    model("handle/close_races_event").outcomes(&["recorded in vain", "stale"]).check(|seen| {
        let handle = Handle::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::READ) else { panic!("the handle is idle") };
        let theirs = handle.clone();
        let deliverer = thread::spawn(move || theirs.word.deliver(0, Ready::WRITE));
        handle.note(handle.word.begin(&claim));
        handle.word.close(claim);
        let next = handle.word.open().expect("a closed handle opens");
        assert_eq!(next.generation(), 1);
        handle.note(Ready::NONE);
        assert_eq!(handle.word.release(next), Release::Free, "I3: the old event must not reach the new generation");
        seen.outcome(match deliverer.join().unwrap() {
            Delivery::Recorded => "recorded in vain",
            Delivery::Stale => "stale",
            Delivery::Claimed(_) => panic!("I3: a claim for an old generation"),
        });
    });
}

/// The roles swapped: the spawned thread closes and the slot's next owner must see all that the one before did.
#[test]
fn a_reopened_handle_sees_its_predecessor() {
    model("handle/close_races_open").outcomes(&["reopened", "still open"]).check(|seen| {
        let handle = Handle::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::READ) else { panic!("the handle is idle") };
        let theirs = handle.clone();
        let closer = thread::spawn(move || {
            theirs.note(theirs.word.begin(&claim));
            theirs.word.close(claim);
        });
        match handle.word.open() {
            Some(claim) => {
                handle.note(Ready::NONE);
                handle.word.close(claim);
                seen.outcome("reopened");
            }
            None => seen.outcome("still open"),
        }
        closer.join().unwrap();
    });
}

/// I2 broken: an owner that leaves by a store overwrites what was delivered meanwhile.
#[test]
fn control_a_release_by_store_loses_an_event() {
    const IDLE: u64 = 0;
    const RUNNING: u64 = 1 << 8;
    model("handle/control_release_by_store").must_fail(|_| {
        let word = Arc::new(AtomicU64::new(RUNNING));
        let theirs = word.clone();
        let deliverer = thread::spawn(move || {
            // ORDERING: AcqRel: strong enough; it is the owner's store that is wrong.
            theirs.fetch_or(1, Ordering::AcqRel) & RUNNING == 0
        });
        // ORDERING: Acquire and Release, as above.
        let seen = word.load(Ordering::Acquire) & 1;
        word.store(IDLE, Ordering::Release);
        let claimed = deliverer.join().unwrap();
        assert!(claimed || seen == 1, "the event was recorded and nobody looked");
    });
}
