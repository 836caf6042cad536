//! The handle word: one owner at a time, and no readiness is lost.

use common::model::model;
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::cell::UnsafeCell;
use leader_followers::handle::{Claim, Delivery, HandleWord, Ready, Release};

/// A handle and what only its owner touches. The model fails if two owners overlap, or if one does not see the other.
struct Handle {
    word: HandleWord,
    owned: UnsafeCell<Vec<Ready>>,
}

// SAFETY: the cell is touched by the owner of the claim only, which is what the models check.
unsafe impl Sync for Handle {}

impl Handle {
    fn open() -> Self {
        let handle = Self { word: HandleWord::new(), owned: UnsafeCell::new(Vec::new()) };
        let claim = handle.word.open().unwrap();
        assert_eq!(handle.word.release(claim), Release::Free);
        handle
    }

    /// An open handle, and the claim that `ready` gave.
    fn claimed(ready: Ready) -> (Self, Claim) {
        let handle = Self::open();
        let Delivery::Claimed(claim) = handle.word.deliver(0, ready) else { panic!("the handle is idle") };
        (handle, claim)
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
        // SAFETY: the race is over.
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
        let claimed = seen.race((|| handle.dispatch(Ready::READ), || handle.dispatch(Ready::WRITE)));
        let handled = handle.handled();
        assert_eq!(all(&handled), Ready::READ | Ready::WRITE);
        seen.outcome(match (claimed, handled.len()) {
            ((true, true), _) => "one after the other",
            (_, 1) => "together",
            (_, _) => "recorded while running",
        });
    });
}

#[test]
fn an_event_during_a_release_is_handled() {
    let model =
        model("handle/event_races_release").outcomes(&["found by the owner", "claimed by the deliverer", "split"]);
    model.preemptions(3).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::NOTIFY);
        let ((), read, write) =
            seen.race((|| handle.work(claim), || handle.dispatch(Ready::READ), || handle.dispatch(Ready::WRITE)));
        assert_eq!(all(&handle.handled()), Ready::READ | Ready::WRITE | Ready::NOTIFY);
        let claimed = usize::from(read) + usize::from(write);
        seen.outcome(["found by the owner", "split", "claimed by the deliverer"][claimed]);
    });
}

/// What only a notification publishes.
struct Letter(UnsafeCell<u32>);

// SAFETY: the word orders the accesses, which is what the models check.
unsafe impl Sync for Letter {}

impl Letter {
    fn unwritten() -> Self {
        Self(UnsafeCell::new(0))
    }

    fn write(&self) {
        // SAFETY: nobody reads the letter before the notification that follows.
        self.0.with_mut(|letter| unsafe { *letter = 7 });
    }

    fn read(&self) -> u32 {
        // SAFETY: E2: the notification, which the caller has seen, publishes the letter.
        self.0.with(|letter| unsafe { *letter })
    }
}

/// Works on the claim and reads the letter once the notification is there; how many turns that took.
fn read_when_notified(handle: &Handle, letter: &Letter, mut claim: Claim) -> usize {
    for turn in 1.. {
        let ready = handle.word.begin(&claim);
        if ready.contains(Ready::NOTIFY) {
            assert_eq!(letter.read(), 7);
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

#[test]
fn what_a_notifier_did_is_seen_by_the_handler() {
    let turns = &["by its sender", "in the first turn", "in the second turn"];
    model("handle/notify_publishes").outcomes(turns).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        let letter = Letter::unwritten();
        let notify = || {
            letter.write();
            if let Delivery::Claimed(claim) = handle.word.deliver(0, Ready::NOTIFY) {
                handle.note(handle.word.begin(&claim));
                assert_eq!(handle.word.release(claim), Release::Free);
            }
        };
        let (turn, ()) = seen.race((|| read_when_notified(&handle, &letter, claim), notify));
        seen.outcome(turns[turn]);
    });
}

#[test]
fn a_resume_is_not_lost_to_a_suspend() {
    model("handle/resume_races_suspend").outcomes(&["resumed", "not suspended"]).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        let suspend = || {
            handle.note(handle.word.begin(&claim));
            if let Release::More(claim) = handle.word.suspend(claim) {
                handle.work(claim);
            }
        };
        let ((), resumed) = seen.race((suspend, || handle.dispatch(Ready::RESUME)));
        assert!(all(&handle.handled()).contains(Ready::RESUME));
        seen.outcome(if resumed { "resumed" } else { "not suspended" });
    });
}

/// I/O stays with a suspended handle until the resume.
#[test]
fn what_came_while_suspended_is_found_after_the_resume() {
    model("handle/io_races_suspend").outcomes(&["kept for the resume", "came first"]).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::NOTIFY);
        let suspend = || {
            handle.note(handle.word.begin(&claim));
            handle.word.suspend(claim)
        };
        let (released, delivered) = seen.race((suspend, || handle.word.deliver(0, Ready::READ)));
        assert_eq!(released, Release::Free, "I/O alone does not keep a handle from its suspension");
        assert_eq!(delivered, Delivery::Recorded);
        let came_first = handle.handled()[0].contains(Ready::READ);
        assert!(handle.dispatch(Ready::RESUME));
        assert!(all(&handle.handled()).contains(Ready::READ));
        seen.outcome(if came_first { "came first" } else { "kept for the resume" });
    });
}

/// I1 when two control events meet at a suspended handle, which each of them alone would wake.
#[test]
fn two_resumes_give_one_claim_at_a_time() {
    let model = model("handle/two_resumes").outcomes(&["one after the other", "together", "recorded while running"]);
    model.check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        handle.note(handle.word.begin(&claim));
        assert_eq!(handle.word.suspend(claim), Release::Free);
        let claimed = seen.race((|| handle.dispatch(Ready::RESUME), || handle.dispatch(Ready::NOTIFY)));
        let handled = handle.handled();
        assert_eq!(all(&handled), Ready::READ | Ready::RESUME | Ready::NOTIFY);
        seen.outcome(match (claimed, handled.len()) {
            ((true, true), _) => "one after the other",
            (_, 2) => "together",
            (_, _) => "recorded while running",
        });
    });
}

/// An owner that wants another turn gets it, together with what came meanwhile, and keeps the claim.
#[test]
fn an_event_during_a_requeue_is_found_in_the_next_turn() {
    let model = model("handle/event_races_requeue").outcomes(&["first turn", "next turn", "claimed afterwards"]);
    model.check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        let owner = || {
            handle.note(handle.word.begin(&claim));
            handle.word.requeue(&claim, Ready::AGAIN);
            handle.work(claim);
        };
        let ((), claimed) = seen.race((owner, || handle.dispatch(Ready::WRITE)));
        let handled = handle.handled();
        assert_eq!(all(&handled), Ready::READ | Ready::AGAIN | Ready::WRITE);
        assert!(handled[1].contains(Ready::AGAIN));
        seen.outcome(match handled.iter().position(|ready| ready.contains(Ready::WRITE)) {
            Some(0) => "first turn",
            _ if claimed => "claimed afterwards",
            _ => "next turn",
        });
    });
}

#[test]
fn an_event_for_a_closed_generation_is_stale() {
    model("handle/close_races_event").outcomes(&["recorded in vain", "stale"]).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        let owner = || {
            handle.note(handle.word.begin(&claim));
            handle.word.close(claim);
            let next = handle.word.open().expect("a closed handle opens");
            assert_eq!(next.generation(), 1);
            handle.note(Ready::NONE);
            assert_eq!(handle.word.release(next), Release::Free, "I3: the old event must not reach the new generation");
        };
        seen.outcome(match seen.race((owner, || handle.word.deliver(0, Ready::WRITE))).1 {
            Delivery::Recorded => "recorded in vain",
            Delivery::Stale => "stale",
            Delivery::Claimed(_) => panic!("I3: a claim for an old generation"),
        });
    });
}

/// The slot's next owner must see all that the one before did.
#[test]
fn a_reopened_handle_sees_its_predecessor() {
    model("handle/close_races_open").outcomes(&["reopened", "still open"]).check(|seen| {
        let (handle, claim) = Handle::claimed(Ready::READ);
        let close = || {
            handle.note(handle.word.begin(&claim));
            handle.word.close(claim);
        };
        let open = || match handle.word.open() {
            Some(claim) => {
                handle.note(Ready::NONE);
                handle.word.close(claim);
                "reopened"
            }
            None => "still open",
        };
        seen.outcome(seen.race((open, close)).0);
    });
}

/// I2 broken: an owner that leaves by a store overwrites what was delivered meanwhile.
#[test]
fn control_a_release_by_store_loses_an_event() {
    const IDLE: u64 = 0;
    const RUNNING: u64 = 1 << 8;
    model("handle/control_release_by_store").must_fail("the event was recorded and nobody looked", |seen| {
        let word = AtomicU64::new(RUNNING);
        // ORDERING: AcqRel: strong enough; it is the owner's store that is wrong.
        let deliver = || word.fetch_or(1, Ordering::AcqRel) & RUNNING == 0;
        let leave = || {
            // ORDERING: Acquire and Release, as above.
            let found = word.load(Ordering::Acquire) & 1;
            word.store(IDLE, Ordering::Release);
            found == 1
        };
        let (claimed, found) = seen.race((deliver, leave));
        assert!(claimed || found, "the event was recorded and nobody looked");
    });
}

/// E2 broken: a notification without Release publishes no letter.
#[test]
fn control_a_relaxed_notification_brings_no_letter() {
    model("handle/control_relaxed_notify").must_fail_in_weak_memory("Causality violation", |seen| {
        let (word, letter) = (AtomicU64::new(0), Letter::unwritten());
        let notify = || {
            letter.write();
            // ORDERING: Relaxed: what is wrong here.
            word.fetch_or(1, Ordering::Relaxed);
        };
        let handle = || {
            // ORDERING: Acquire, as `begin`, but it meets no Release.
            if word.swap(0, Ordering::Acquire) == 1 {
                assert_eq!(letter.read(), 7);
            }
        };
        seen.race((notify, handle));
    });
}
