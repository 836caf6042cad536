//! The mailbox and the sleep of its reader.

use cluster::mailbox::{Mailbox, Refused, Wake};
use common::model::model;
use common::sync::{Arc, Condvar, Mutex, thread};

/// What an eventfd is to `epoll_wait`: a wake that comes first ends the next sleep at once.
#[derive(Default)]
struct Bell {
    rung: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    fn sleep(&self) {
        let mut rung = self.rung.lock();
        self.changed.wait_while(&mut rung, |rung| !*rung);
        *rung = false;
    }
}

impl Wake for Bell {
    fn wake(&self) {
        *self.rung.lock() = true;
        self.changed.notify_one();
    }
}

type Shared = Arc<Mailbox<u32, Bell>>;

/// The reader's loop until it has taken `count` commands; whether it slept at all.
fn read(mailbox: &Shared, count: usize) -> (Vec<u32>, bool) {
    let mut taken = Vec::new();
    let mut slept = false;
    loop {
        while let Some(command) = mailbox.take() {
            taken.push(command);
        }
        if taken.len() >= count {
            return (taken, slept);
        }
        if mailbox.doze() {
            slept = true;
            mailbox.waker().sleep();
        }
        mailbox.rouse();
    }
}

#[test]
fn no_wake_is_lost_with_the_reader_on_the_main_thread() {
    model("mailbox/put_races_doze").outcomes(&["slept", "stayed awake"]).check(|seen| {
        let mailbox: Shared = Arc::new(Mailbox::new(4, Bell::default()));
        let putter = mailbox.clone();
        let putter = thread::spawn(move || {
            putter.put(1).expect("the reader is there");
            putter.put(2).expect("the reader is there");
        });
        let (taken, slept) = read(&mailbox, 2);
        assert_eq!(taken, [1, 2]);
        seen.outcome(if slept { "slept" } else { "stayed awake" });
        putter.join().unwrap();
    });
}

#[test]
fn no_wake_is_lost_with_the_reader_on_a_thread_of_its_own() {
    model("mailbox/put_races_doze_roles_swapped").outcomes(&["slept", "stayed awake"]).check(|seen| {
        let mailbox: Shared = Arc::new(Mailbox::new(4, Bell::default()));
        let reader = mailbox.clone();
        let reader = thread::spawn(move || read(&reader, 2));
        mailbox.put(1).expect("the reader is there");
        mailbox.put_urgent(2).expect("the reader is there");
        let (taken, slept) = reader.join().unwrap();
        assert_eq!(taken, [1, 2]);
        seen.outcome(if slept { "slept" } else { "stayed awake" });
    });
}

#[test]
fn a_command_is_taken_or_left_over_or_given_back() {
    let outcomes = &["taken", "left over", "given back"];
    model("mailbox/close_races_put").outcomes(outcomes).check(|seen| {
        let mailbox: Shared = Arc::new(Mailbox::new(4, Bell::default()));
        let reader = mailbox.clone();
        let reader = thread::spawn(move || (reader.take(), reader.close()));
        let accepted = mailbox.put(7);
        let (taken, left) = reader.join().unwrap();
        assert_eq!(mailbox.put(8), Err(Refused::Closed(8)), "nothing is accepted after the close");
        match accepted {
            Ok(()) if taken == Some(7) => seen.outcome("taken"),
            Ok(()) => {
                assert!(left.into_iter().eq([7]));
                seen.outcome("left over");
            }
            Err(refused) => {
                assert_eq!((refused, taken), (Refused::Closed(7), None));
                seen.outcome("given back");
            }
        }
    });
}

#[test]
fn a_close_on_the_main_thread_races_two_putters() {
    let outcomes = &["both", "one", "none"];
    model("mailbox/close_races_put_roles_swapped").outcomes(outcomes).check(|seen| {
        let mailbox: Shared = Arc::new(Mailbox::new(4, Bell::default()));
        let putters = [1, 2].map(|command| {
            let mailbox = mailbox.clone();
            thread::spawn(move || mailbox.put(command).is_ok())
        });
        let left = mailbox.close().len();
        let accepted: usize = putters.into_iter().map(|putter| usize::from(putter.join().unwrap())).sum();
        assert_eq!(left, accepted);
        seen.outcome(["none", "one", "both"][left]);
    });
}

/// A mailbox whose reader looks first and announces its sleep later.
#[derive(Default)]
struct LooksTooEarly {
    queue: Mutex<Vec<u32>>,
    dozing: Mutex<bool>,
    bell: Bell,
}

#[test]
fn control_a_reader_that_looks_before_it_announces_its_sleep_misses_a_wake() {
    model("mailbox/control_looks_too_early").must_fail(|_| {
        let mailbox = Arc::new(LooksTooEarly::default());
        let putter = mailbox.clone();
        let putter = thread::spawn(move || {
            putter.queue.lock().push(1);
            if *putter.dozing.lock() {
                putter.bell.wake();
            }
        });
        if mailbox.queue.lock().is_empty() {
            *mailbox.dozing.lock() = true;
            mailbox.bell.sleep();
        }
        putter.join().unwrap();
    });
}
