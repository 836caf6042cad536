//! What waits to be written to a worker, and the one descriptor that may be on its way.
//!
//! Node's receivers take one descriptor at a time, so the sender stops after each until it was acknowledged. Ancestor:
//! Node's own stop-and-wait, with its three attempts.
//!
//! # Protocol
//!
//! 1. A parcel is written whole before the next; a descriptor goes with the first byte of its parcel.
//! 2. After a parcel with a descriptor nothing but urgent lines (replies to handles) is written until its ACK comes.
//! 3. A NACK sends the parcel again; the third NACK gives it up.
//!
//! # Invariants
//!
//! - I1: at most one descriptor is on its way, and its duplicate is kept until the ACK.
//! - I2: lines keep their order, urgent ones excepted.
//!
//! # Limits
//!
//! Replies are counted: more than [`MAX_REPLIES`] that the worker does not take, or more than [`MAX_REPLY_BYTES`] in
//! them, are a fault of the worker. Messages are metered by the roster.

use crate::ipc::handle::transmit;
use rustix::io::Errno;
use std::collections::VecDeque;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

/// Replies that may wait for one worker.
pub(crate) const MAX_REPLIES: usize = 256;
/// Bytes of the replies that may wait for one worker; a single longer one may wait alone.
pub(crate) const MAX_REPLY_BYTES: usize = 16 << 20;
const MAX_URGENT: usize = 64;
const ATTEMPTS: u32 = 3;

#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) line: Vec<u8>,
    pub(crate) descriptor: Option<OwnedFd>,
    /// Bytes that the roster was charged.
    pub(crate) metered: usize,
}

#[derive(Debug, Default)]
pub(crate) struct Outgoing {
    queue: VecDeque<Parcel>,
    urgent: VecDeque<Vec<u8>>,
    current: Option<(Parcel, usize)>,
    unconfirmed: Option<(Parcel, u32)>,
    attempts: u32,
    replies: usize,
    reply_bytes: usize,
}

/// What a flush did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Flushed {
    /// Metered bytes that were written.
    pub(crate) released: usize,
    /// The socket is full.
    pub(crate) blocked: bool,
}

impl Outgoing {
    /// Adds a parcel; false if too many replies wait.
    #[must_use = "a worker for which too many replies wait has to be cut off"]
    pub(crate) fn push(&mut self, parcel: Parcel) -> bool {
        self.count(&parcel);
        self.queue.push_back(parcel);
        self.replies <= MAX_REPLIES && (self.replies <= 1 || self.reply_bytes <= MAX_REPLY_BYTES)
    }

    fn count(&mut self, parcel: &Parcel) {
        if parcel.metered == 0 {
            self.replies += 1;
            self.reply_bytes += parcel.line.len();
        }
    }

    /// Adds a line that does not wait for an ACK. Beyond the limit it is dropped: its reader asks for too much.
    pub(crate) fn push_urgent(&mut self, line: Vec<u8>) {
        if self.urgent.len() < MAX_URGENT {
            self.urgent.push_back(line);
        }
    }

    pub(crate) fn confirm(&mut self) {
        self.unconfirmed = None;
        self.attempts = 0;
    }

    /// The worker says that a descriptor did not come; false if it has now been given up.
    #[must_use = "a descriptor that was given up has to be reported"]
    pub(crate) fn refuse(&mut self) -> bool {
        let Some((parcel, attempts)) = self.unconfirmed.take() else { return true };
        self.attempts = attempts;
        if attempts >= ATTEMPTS {
            self.attempts = 0;
            return false;
        }
        self.count(&parcel);
        self.queue.push_front(parcel);
        true
    }

    /// Writes what the socket takes.
    pub(crate) fn flush(&mut self, socket: BorrowedFd<'_>) -> rustix::io::Result<Flushed> {
        let mut flushed = Flushed { released: 0, blocked: false };
        while let Some((parcel, offset)) = self.current.take().or_else(|| self.next()) {
            let descriptor = if offset == 0 { parcel.descriptor.as_ref().map(AsFd::as_fd) } else { None };
            match transmit(socket, &parcel.line[offset..], descriptor) {
                Ok(written) if offset + written == parcel.line.len() => {
                    flushed.released += parcel.metered;
                    self.sent(parcel);
                }
                Ok(written) => self.current = Some((parcel, offset + written)),
                Err(Errno::AGAIN) => {
                    self.current = Some((parcel, offset));
                    flushed.blocked = true;
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(flushed)
    }

    fn next(&mut self) -> Option<(Parcel, usize)> {
        if let Some(line) = self.urgent.pop_front() {
            return Some((Parcel { line, descriptor: None, metered: 0 }, 0));
        }
        if self.unconfirmed.is_some() {
            return None;
        }
        let parcel = self.queue.pop_front()?;
        if parcel.metered == 0 {
            self.replies -= 1;
            self.reply_bytes -= parcel.line.len();
        }
        Some((parcel, 0))
    }

    fn sent(&mut self, parcel: Parcel) {
        if parcel.descriptor.is_some() {
            self.unconfirmed = Some((parcel, self.attempts + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    fn plain(text: &str) -> Parcel {
        Parcel { line: text.as_bytes().to_vec(), descriptor: None, metered: text.len() }
    }

    fn handle(text: &str) -> Parcel {
        let file = File::open("/dev/null").expect("the null device opens");
        Parcel { line: text.as_bytes().to_vec(), descriptor: Some(file.into()), metered: 0 }
    }

    fn read(stream: &mut UnixStream) -> String {
        let mut buffer = [0; 256];
        match stream.read(&mut buffer) {
            Ok(length) => String::from_utf8_lossy(&buffer[..length]).into_owned(),
            Err(_) => String::new(),
        }
    }

    fn pair() -> (UnixStream, UnixStream) {
        let (ours, theirs) = UnixStream::pair().expect("a socket pair");
        ours.set_nonblocking(true).expect("a socket can be non-blocking");
        theirs.set_nonblocking(true).expect("a socket can be non-blocking");
        (ours, theirs)
    }

    #[test]
    fn lines_after_a_descriptor_wait_for_its_ack_and_urgent_ones_do_not() {
        let (ours, mut theirs) = pair();
        let mut outgoing = Outgoing::default();
        assert!(outgoing.push(plain("a\n")) && outgoing.push(handle("h\n")) && outgoing.push(plain("b\n")));
        outgoing.flush(ours.as_fd()).expect("the socket is open");
        assert_eq!(read(&mut theirs) + &read(&mut theirs), "a\nh\n");
        outgoing.push_urgent(b"u\n".to_vec());
        outgoing.flush(ours.as_fd()).expect("the socket is open");
        assert_eq!(read(&mut theirs), "u\n");
        outgoing.confirm();
        let flushed = outgoing.flush(ours.as_fd()).expect("the socket is open");
        assert_eq!((read(&mut theirs).as_str(), flushed.released), ("b\n", 2));
    }

    #[test]
    fn a_refused_descriptor_is_sent_three_times_and_given_up() {
        let (ours, mut theirs) = pair();
        let mut outgoing = Outgoing::default();
        assert!(outgoing.push(handle("h\n")) && outgoing.push(plain("b\n")));
        for attempt in 1..=3 {
            outgoing.flush(ours.as_fd()).expect("the socket is open");
            assert_eq!(read(&mut theirs), "h\n", "attempt {attempt}");
            assert_eq!(outgoing.refuse(), attempt < 3);
        }
        outgoing.flush(ours.as_fd()).expect("the socket is open");
        assert_eq!(read(&mut theirs), "b\n");
    }

    #[test]
    fn a_full_socket_keeps_the_rest_of_the_line() {
        let (ours, mut theirs) = pair();
        let mut outgoing = Outgoing::default();
        let long = "x".repeat(1 << 20) + "\n";
        assert!(outgoing.push(plain(&long)));
        let mut received = String::new();
        let mut released = 0;
        while released == 0 {
            released += outgoing.flush(ours.as_fd()).expect("the socket is open").released;
            let mut piece = read(&mut theirs);
            while !piece.is_empty() {
                received += &piece;
                piece = read(&mut theirs);
            }
        }
        assert_eq!(received.len(), long.len());
        assert!(received == long);
    }

    #[test]
    fn too_many_replies_are_noticed() {
        let mut outgoing = Outgoing::default();
        let taken = (0..).take_while(|_| outgoing.push(handle("h\n"))).count();
        assert_eq!(taken, MAX_REPLIES);
    }

    #[test]
    fn replies_that_are_too_long_together_are_noticed() {
        let long = "x".repeat(MAX_REPLY_BYTES / 4);
        let mut outgoing = Outgoing::default();
        let taken = (0..).take_while(|_| outgoing.push(handle(&long))).count();
        assert_eq!(taken, 4);
        let mut alone = Outgoing::default();
        assert!(alone.push(handle(&"x".repeat(MAX_REPLY_BYTES + 1))));
    }
}
