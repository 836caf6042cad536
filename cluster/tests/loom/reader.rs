//! A mailbox's reader, and what it sleeps in: the supervisor's loop without the supervisor.

use crate::past;
use cluster::mailbox::{Mailbox, Wake};
use common::sync::{Condvar, Mutex};

/// What an eventfd is to `epoll_wait`: it rings until it is heard, so a wake that comes first ends the next sleep.
#[derive(Default)]
pub(crate) struct Bell {
    rings: Mutex<bool>,
    changed: Condvar,
}

impl Bell {
    /// Sleeps until it rings.
    pub(crate) fn sleep(&self) {
        let mut rings = self.rings.lock();
        self.changed.wait_while(&mut rings, |rings| !*rings);
    }

    /// Sleeps until it rings or something else happens; whether it rings.
    fn doze(&self) -> bool {
        let mut rings = self.rings.lock();
        if !*rings {
            self.changed.wait_until(&mut rings, past());
        }
        *rings
    }

    /// Stops the ringing.
    pub(crate) fn hear(&self) {
        *self.rings.lock() = false;
    }
}

impl Wake for Bell {
    fn wake(&self) {
        *self.rings.lock() = true;
        self.changed.notify_one();
    }
}

/// Takes until `count` commands are there; those, and how often the reader slept until the bell rang.
pub(crate) fn read<T>(mailbox: &Mailbox<T, Bell>, count: usize) -> (Vec<T>, usize) {
    read_with(mailbox, count, |bell| {
        bell.sleep();
        true
    })
}

/// [`read`] whose sleeps, the first `distractions` of them, may end for another reason at any moment.
pub(crate) fn read_distracted<T>(mailbox: &Mailbox<T, Bell>, count: usize, mut distractions: usize) -> (Vec<T>, usize) {
    read_with(mailbox, count, |bell| {
        if distractions == 0 {
            bell.sleep();
            return true;
        }
        distractions -= 1;
        bell.doze()
    })
}

fn read_with<T>(mailbox: &Mailbox<T, Bell>, count: usize, mut sleep: impl FnMut(&Bell) -> bool) -> (Vec<T>, usize) {
    let (mut taken, mut heard) = (Vec::new(), 0);
    loop {
        while let Some(command) = mailbox.take() {
            taken.push(command);
        }
        if taken.len() >= count {
            return (taken, heard);
        }
        let rings = mailbox.doze() && sleep(mailbox.waker());
        mailbox.rouse();
        if rings {
            mailbox.waker().hear();
            heard += 1;
        }
    }
}
