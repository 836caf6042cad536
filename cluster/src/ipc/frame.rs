//! Lines out of a stream that arrives in pieces, and the descriptors that came with them.
//!
//! `BufRead::read_until` is not enough: the socket is non-blocking, a line may be bounded only by a limit of our own,
//! and a descriptor has to find the one line it was sent with. Ancestor: the reader in Node's `internal/child_process`,
//! which gives a descriptor to the next handle message whatever came before it, and loses one when a read ends inside.
//!
//! # Protocol
//!
//! 1. Feed what one `recvmsg` returned: its bytes, and the descriptor if there was one.
//! 2. Take lines until there is none; empty lines are skipped.
//!
//! # Invariants
//!
//! - I1: a byte is searched for a line feed once, however many pieces a line comes in.
//! - I2: a descriptor is given to the line that holds the last byte of the read it came with. Linux ends a read after
//!   the bytes that carried descriptors, and a sender attaches one to the bytes of one line, so that is its line.
//! - I3: a descriptor whose line is complete is with that line or closed; none waits for a later line. A line that is
//!   not complete holds one descriptor; the others that came with it are closed.
//!
//! # Limits
//!
//! A line has at most [`MAX_LINE`] bytes; a longer one is an error after which the stream cannot be used. The buffer
//! keeps its capacity until a line above 1 MiB has gone through it.

use std::collections::VecDeque;
use std::fmt;
use std::os::fd::OwnedFd;

/// Bytes a line may have: 64 MiB.
pub(crate) const MAX_LINE: usize = 64 << 20;

/// A buffer that grew past this is given back once it is empty.
const KEEP: usize = 1 << 20;

/// One line without its line feed, and the descriptor that came with it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) bytes: Vec<u8>,
    pub(crate) descriptor: Option<OwnedFd>,
}

/// A line grew past the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooLong {
    pub(crate) limit: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a line is longer than {} bytes", self.limit)
    }
}

impl std::error::Error for TooLong {}

/// The incremental reader; offsets count the bytes of the stream from its beginning.
#[derive(Debug)]
pub(crate) struct Lines {
    buffer: Vec<u8>,
    /// Where the first byte that was not handed out sits in `buffer`.
    start: usize,
    /// Bytes of `buffer` that are known to hold no line feed.
    searched: usize,
    /// The stream's offset of `buffer[0]`.
    base: u64,
    descriptors: VecDeque<(u64, OwnedFd)>,
    limit: usize,
}

impl Default for Lines {
    fn default() -> Self {
        Self::with_limit(MAX_LINE)
    }
}

impl Lines {
    pub(crate) fn with_limit(limit: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, searched: 0, base: 0, descriptors: VecDeque::new(), limit }
    }

    /// Takes what one read returned.
    pub(crate) fn feed(&mut self, bytes: &[u8], descriptor: Option<OwnedFd>) {
        self.make_room();
        self.buffer.extend_from_slice(bytes);
        let end = self.base + self.buffer.len() as u64;
        self.descriptors.extend(descriptor.map(|descriptor| (end, descriptor)));
    }

    /// The next complete line, if there is one.
    pub(crate) fn next_line(&mut self) -> Result<Option<Line>, TooLong> {
        loop {
            let Some(found) = self.buffer[self.searched..].iter().position(|&byte| byte == b'\n') else {
                self.searched = self.buffer.len();
                // I3: all that are left belong to the line that has not ended, which keeps the first.
                self.descriptors.truncate(1);
                return if self.searched - self.start > self.limit { Err(self.too_long()) } else { Ok(None) };
            };
            let (start, end) = (self.start, self.searched + found);
            self.start = end + 1;
            self.searched = self.start;
            let descriptor = self.claim(self.base + self.start as u64);
            if end - start > self.limit {
                return Err(self.too_long());
            }
            if start < end {
                return Ok(Some(Line { bytes: self.buffer[start..end].to_vec(), descriptor }));
            }
        }
    }

    /// The descriptor of the line that ends at `end`; surplus ones are closed (I3).
    fn claim(&mut self, end: u64) -> Option<OwnedFd> {
        let mut claimed = None;
        while self.descriptors.front().is_some_and(|(offset, _)| *offset <= end) {
            let (_, descriptor) = self.descriptors.pop_front()?;
            claimed = claimed.or(Some(descriptor));
        }
        claimed
    }

    fn make_room(&mut self) {
        if self.start == 0 {
            return;
        }
        self.base += self.start as u64;
        self.buffer.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        if self.buffer.is_empty() && self.buffer.capacity() > KEEP {
            self.buffer = Vec::new();
        }
    }

    fn too_long(&self) -> TooLong {
        TooLong { limit: self.limit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    fn texts(lines: &mut Lines) -> Vec<(String, bool)> {
        let mut found = Vec::new();
        while let Some(line) = lines.next_line().expect("the lines are short") {
            found.push((String::from_utf8(line.bytes).expect("the lines are text"), line.descriptor.is_some()));
        }
        found
    }

    fn descriptor() -> Option<OwnedFd> {
        Some(File::open("/dev/null").expect("the null device opens").into())
    }

    #[test]
    fn every_split_of_the_stream_gives_the_same_lines() {
        let stream = "{\"a\":1}\n\n\"z\u{e4}h\"\n[1,2]\n".as_bytes();
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let mut lines = Lines::default();
                let mut found = Vec::new();
                for piece in [&stream[..first], &stream[first..second], &stream[second..]] {
                    lines.feed(piece, None);
                    found.extend(texts(&mut lines).into_iter().map(|(text, _)| text));
                }
                assert_eq!(found, ["{\"a\":1}", "\"z\u{e4}h\"", "[1,2]"], "split at {first} and {second}");
            }
        }
    }

    #[test]
    fn a_descriptor_goes_to_the_line_its_read_ended_in() {
        let mut lines = Lines::default();
        lines.feed(b"plain\nhandle without\nhandle with\n", descriptor());
        let expected = [("plain", false), ("handle without", false), ("handle with", true)];
        assert_eq!(texts(&mut lines), expected.map(|(text, has)| (text.to_owned(), has)));
    }

    #[test]
    fn a_read_that_ends_inside_a_handle_line_loses_no_descriptor() {
        let mut lines = Lines::default();
        lines.feed(b"plain\nfirst ha", descriptor());
        assert_eq!(texts(&mut lines), [("plain".to_owned(), false)]);
        lines.feed(b"ndle\n", None);
        lines.feed(b"second handle\n", descriptor());
        assert_eq!(texts(&mut lines), [("first handle".to_owned(), true), ("second handle".to_owned(), true)]);
    }

    #[test]
    fn a_line_that_does_not_end_holds_one_descriptor() {
        let mut lines = Lines::default();
        for _ in 0..100 {
            lines.feed(b"x", descriptor());
            assert!(lines.next_line().expect("the line is short").is_none());
        }
        assert_eq!(lines.descriptors.len(), 1);
        lines.feed(b"\n", None);
        assert_eq!(texts(&mut lines), [("x".repeat(100), true)]);
    }

    #[test]
    fn a_line_past_the_limit_is_refused_whether_it_ends_or_not() {
        let mut open = Lines::with_limit(4);
        open.feed(b"1234", None);
        assert!(open.next_line().expect("four bytes are within the limit").is_none());
        open.feed(b"5", None);
        assert_eq!(open.next_line().unwrap_err(), TooLong { limit: 4 });
        let mut ended = Lines::with_limit(4);
        ended.feed(b"12345\n", None);
        assert_eq!(ended.next_line().unwrap_err(), TooLong { limit: 4 });
    }

    #[test]
    fn a_big_line_is_not_kept_in_memory() {
        let mut lines = Lines::default();
        lines.feed(&vec![b'x'; 2 * KEEP], None);
        lines.feed(b"\n", None);
        assert_eq!(lines.next_line().expect("below the limit").expect("complete").bytes.len(), 2 * KEEP);
        lines.feed(b"next\n", None);
        assert!(lines.buffer.capacity() < KEEP);
        assert_eq!(texts(&mut lines), [("next".to_owned(), false)]);
    }
}
