//! The thread that reads a worker's channel, and ends a process that outlives its primary.
//!
//! It must notice the end of the channel whatever the worker does. So it never waits for the worker's code without
//! looking at the socket: while nobody takes messages it asks the kernel, every 20 ms at least, whether the primary is
//! still there.

use crate::ipc::frame::{Line, Lines};
use crate::ipc::handle::receive;
use crate::ipc::node::{self, Fields, Incoming};
use crate::message::Message;
use crate::worker::{Inner, Reply};
use common::latch::Latch;
use common::sync::Arc;
use common::sync::channel::{Sender, TrySendError};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use serde_json::Value;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

/// What a worker may do after its primary has gone.
const ORPHAN_GRACE: Duration = Duration::from_millis(500);
/// What `main` may do after `finish`.
const FINISH_GRACE: Duration = Duration::from_secs(5);
/// How often a reader that waits for room looks at the socket: soon, then ever more rarely.
const FIRST_LOOK: Duration = Duration::from_millis(1);
const LAST_LOOK: Duration = Duration::from_millis(20);

pub(super) struct Reader {
    inner: Arc<Inner>,
    /// Taken away when the drain begins, which ends the worker's loop over its messages.
    messages: Option<Sender<Message>>,
}

/// The channel has ended.
struct End;

impl Reader {
    pub(super) fn new(inner: Arc<Inner>, messages: Sender<Message>) -> Self {
        Self { inner, messages: Some(messages) }
    }

    pub(super) fn run(mut self) {
        let mut lines = Lines::default();
        let mut buffer = vec![0; 64 << 10];
        while self.read(&mut lines, &mut buffer).is_ok() {}
        self.inner.requests.close();
        self.drain();
        self.outlive_nobody();
    }

    fn read(&mut self, lines: &mut Lines, buffer: &mut [u8]) -> Result<(), End> {
        let received = receive(self.inner.socket.as_fd(), buffer).map_err(|_| End)?;
        if received.bytes == 0 {
            return Err(End);
        }
        lines.feed(&buffer[..received.bytes], received.descriptor);
        while let Some(line) = lines.next_line().map_err(|_| End)? {
            self.dispatch(line)?;
        }
        Ok(())
    }

    /// What cannot be read is skipped: a primary of another version may say more than we know.
    fn dispatch(&mut self, line: Line) -> Result<(), End> {
        match node::decode(line.bytes) {
            Ok(Incoming::User(message)) => return self.deliver(message),
            Ok(Incoming::Cluster(fields)) => self.act(fields, None),
            Ok(Incoming::Handle(message)) => self.take_handle(message, line.descriptor),
            _ => {}
        }
        Ok(())
    }

    fn take_handle(&mut self, message: Value, descriptor: Option<OwnedFd>) {
        if descriptor.is_none() {
            let _ = self.inner.write(&node::handle_nack());
            return;
        }
        let _ = self.inner.write(&node::handle_ack());
        if let Some(fields) = Fields::unwrap(message) {
            self.act(fields, descriptor);
        }
    }

    fn act(&mut self, fields: Fields, descriptor: Option<OwnedFd>) {
        if let Some(ack) = fields.ack() {
            // A reply that nobody waits for any more closes its descriptor here.
            drop(self.inner.requests.complete(ack, Reply { fields, descriptor }));
            return;
        }
        match fields.act() {
            "disconnect" => self.drain(),
            "newconn" => {
                let seq = self.inner.requests.number();
                let _ = self.inner.write(&node::refuse_connection(fields.seq(), seq));
            }
            _ => {}
        }
    }

    fn deliver(&mut self, message: Message) -> Result<(), End> {
        let mut message = message;
        let mut look = FIRST_LOOK;
        while let Some(messages) = &self.messages {
            match messages.try_send(message) {
                Ok(()) | Err(TrySendError::Disconnected(_)) => break,
                Err(TrySendError::Full(back)) => message = back,
            }
            if self.is_hung_up(look) {
                return Err(End);
            }
            look = LAST_LOOK.min(2 * look);
        }
        Ok(())
    }

    fn is_hung_up(&self, look: Duration) -> bool {
        let mut sockets = [PollFd::new(&self.inner.socket, PollFlags::RDHUP)];
        let _ = poll(&mut sockets, Timespec::try_from(look).ok().as_ref());
        sockets[0].revents().intersects(PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR)
    }

    fn drain(&mut self) {
        self.messages = None;
        self.inner.begin_drain();
    }

    fn outlive_nobody(&self) {
        if self.inner.finished.wait_deadline(Instant::now() + ORPHAN_GRACE) {
            // Nobody opens this one: it is a sleep that no stray wake-up cuts short.
            Latch::new().wait_deadline(Instant::now() + FINISH_GRACE);
        }
        std::process::exit(0);
    }
}
