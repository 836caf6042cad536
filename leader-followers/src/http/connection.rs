//! A connection without its socket: bytes in, requests and responses in order, bytes out.
//!
//! Because no I/O happens here, tests feed it any bytes in any pieces.
//!
//! # States
//!
//! | phase | what is awaited |
//! |---|---|
//! | Head | the rest of a request's head, or its first byte |
//! | Body | the rest of its body |
//! | Ready | the response, to a request that is complete |
//! | Over | nothing: the last response is on its way |
//!
//! # Limits
//!
//! It holds at most one head, one body and what one read brought beyond them; an idle one holds no buffer. It is up to
//! the caller to read no more while [`step`](Connection::step) has something to do or output is pending.

use super::body::Decoder;
use super::limit::{Limits, Rejection};
use super::request::{self, Head, Request, Scan};
use super::response::{Body, Response};
use std::collections::VecDeque;
use std::io::{self, IoSlice, Write};
use std::net::SocketAddr;

/// A body up to this size is copied behind its head, so that both go out as one piece.
const COPIED_BODY: usize = 16 * 1024;
/// Empty lines before a request that are forgiven.
const EMPTY_LINES: usize = 4;
/// Pieces of output that go into one system call.
const PIECES: usize = 16;

#[derive(Debug)]
pub(crate) struct Connection {
    limits: Limits,
    input: Vec<u8>,
    /// What of `input` has been used.
    start: usize,
    /// Up to where, from `start`, the end of a head was looked for.
    scanned: usize,
    empty_lines: usize,
    phase: Phase,
    output: Output,
}

#[derive(Debug)]
enum Phase {
    Head,
    Body { head: Box<Head>, decoder: Decoder, body: Vec<u8> },
    Ready { head: Box<Head>, body: Vec<u8> },
    Over,
}

/// What the caller has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    /// Flush, then read.
    Starved,
    /// Answer [`Connection::request`].
    Request,
    /// Refuse, which ends the connection.
    Rejected(Rejection),
}

/// How far the request is that is being received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Idle,
    Head,
    Body { received: u64 },
    Over,
}

impl Connection {
    pub(crate) fn new(limits: Limits) -> Self {
        let (input, output) = (Vec::new(), Output::default());
        Self { limits, input, start: 0, scanned: 0, empty_lines: 0, phase: Phase::Head, output }
    }

    /// Takes what was read.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        self.input.extend_from_slice(bytes);
    }

    /// Goes as far as the input allows.
    pub(crate) fn step(&mut self) -> Step {
        loop {
            let progress = match &self.phase {
                Phase::Head => self.read_head(),
                Phase::Body { .. } => self.read_body(),
                Phase::Ready { .. } => return Step::Request,
                Phase::Over => return Step::Starved,
            };
            match progress {
                Ok(true) => {}
                Ok(false) => return Step::Starved,
                Err(rejection) => return Step::Rejected(rejection),
            }
        }
    }

    /// The request that is to be answered.
    pub(crate) fn request(&self, peer: SocketAddr) -> Option<Request<'_>> {
        match &self.phase {
            Phase::Ready { head, body } => Some(Request::new(head, body, peer)),
            _ => None,
        }
    }

    /// Answers the request and goes on to the next, or ends if the client, the response or `last` says so.
    pub(crate) fn respond(&mut self, response: Response, last: bool) {
        let Phase::Ready { head, .. } = std::mem::replace(&mut self.phase, Phase::Head) else {
            unreachable!("only a complete request is answered");
        };
        let closes = last || response.closes() || !head.keep_alive;
        let connection = match (closes, head.old) {
            (true, _) => Some("close"),
            (false, true) => Some("keep-alive"),
            (false, false) => None,
        };
        self.output.response(response, connection, head.is_head);
        self.compact();
        if closes {
            self.end();
        }
    }

    /// Answers a request that is not understood, and ends.
    pub(crate) fn refuse(&mut self, rejection: Rejection) {
        let to_head = match &self.phase {
            // The method comes first, so it is there even when the rest of the head cannot be understood.
            Phase::Head => self.pending().starts_with(b"HEAD "),
            Phase::Body { head, .. } | Phase::Ready { head, .. } => head.is_head,
            Phase::Over => false,
        };
        let response = Response::text(format!("{}\n", rejection.reason)).with_status(rejection.status);
        self.output.response(response, Some("close"), to_head);
        self.end();
    }

    pub(crate) fn stage(&self) -> Stage {
        match &self.phase {
            Phase::Head if self.pending().is_empty() && self.empty_lines == 0 => Stage::Idle,
            Phase::Head => Stage::Head,
            Phase::Body { body, .. } => Stage::Body { received: body.len() as u64 },
            Phase::Ready { .. } => Stage::Head,
            Phase::Over => Stage::Over,
        }
    }

    pub(crate) fn output(&mut self) -> &mut Output {
        &mut self.output
    }

    fn end(&mut self) {
        self.phase = Phase::Over;
        (self.input, self.start) = (Vec::new(), 0);
    }

    fn pending(&self) -> &[u8] {
        &self.input[self.start..]
    }

    fn read_head(&mut self) -> Result<bool, Rejection> {
        while self.pending().starts_with(b"\r\n") {
            self.start += 2;
            self.empty_lines += 1;
            if self.empty_lines > EMPTY_LINES {
                return Err(Rejection::bad("there is no end to the empty lines"));
            }
        }
        if self.pending().is_empty() || self.pending() == b"\r" {
            self.compact();
            return Ok(false);
        }
        // No further than a head may reach, so that how it is refused does not depend on what came with it.
        let pending = self.pending();
        let first = &pending[..pending.len().min(self.limits.head)];
        let length = match request::scan(first, self.scanned)? {
            Scan::End(length) => length,
            Scan::Until(length) if length < self.limits.head => {
                self.scanned = length;
                return Ok(false);
            }
            Scan::Until(_) => {
                let line_ended = first.contains(&b'\n');
                return Err(if line_ended { Rejection::HEAD_TOO_LARGE } else { Rejection::LINE_TOO_LONG });
            }
        };
        let head = Box::new(request::parse(&self.pending()[..length], &self.limits)?);
        let decoder = Decoder::new(head.framing, &self.limits)?;
        self.start += length;
        (self.scanned, self.empty_lines) = (0, 0);
        self.phase = match decoder {
            None => Phase::Ready { head, body: Vec::new() },
            Some(decoder) => {
                if head.expects && self.pending().is_empty() {
                    self.output.raw(b"HTTP/1.1 100 Continue\r\n\r\n");
                }
                Phase::Body { head, decoder, body: Vec::new() }
            }
        };
        Ok(true)
    }

    fn read_body(&mut self) -> Result<bool, Rejection> {
        let Phase::Body { decoder, body, .. } = &mut self.phase else { unreachable!("only a body is read") };
        self.start += decoder.feed(&self.input[self.start..], body, &self.limits)?;
        if !decoder.is_done() {
            self.compact();
            return Ok(false);
        }
        let Phase::Body { head, body, .. } = std::mem::replace(&mut self.phase, Phase::Over) else {
            unreachable!("the phase was a body just now");
        };
        self.phase = Phase::Ready { head, body };
        Ok(true)
    }

    /// Lets go of input that was used; between requests, with nothing left, of the buffer too.
    fn compact(&mut self) {
        if self.start == self.input.len() && matches!(self.phase, Phase::Body { .. }) {
            self.input.clear();
            self.start = 0;
        } else if self.start == self.input.len() {
            (self.input, self.start) = (Vec::new(), 0);
        } else if self.start > self.input.len() / 2 {
            self.input.drain(..self.start);
            self.start = 0;
        }
    }
}

/// What is still to be sent, in order.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pieces: VecDeque<Body>,
    /// What of the first piece was sent.
    sent: usize,
    pending: usize,
}

impl Output {
    /// Bytes still to be sent.
    pub(crate) fn len(&self) -> usize {
        self.pending
    }

    fn response(&mut self, response: Response, connection: Option<&str>, to_head: bool) {
        let mut head = Vec::with_capacity(256);
        response.write_head(connection, &mut head);
        self.raw(&head);
        let body = response.into_body(to_head);
        let length = body.as_slice().len();
        if length <= COPIED_BODY {
            self.raw(body.as_slice());
        } else {
            self.pending += length;
            self.pieces.push_back(body);
        }
    }

    fn raw(&mut self, bytes: &[u8]) {
        self.pending += bytes.len();
        match self.pieces.back_mut() {
            Some(Body::Owned(last)) if last.len() <= COPIED_BODY => last.extend_from_slice(bytes),
            _ => self.pieces.push_back(Body::Owned(bytes.to_vec())),
        }
    }

    /// Writes once; returns how much the writer took.
    pub(crate) fn write_to(&mut self, writer: &mut impl Write) -> io::Result<usize> {
        let mut slices = [IoSlice::new(b""); PIECES];
        let mut skip = self.sent;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(&piece.as_slice()[skip..]);
            skip = 0;
        }
        let count = self.pieces.len().min(PIECES);
        let written = writer.write_vectored(&slices[..count])?;
        self.advance(written);
        Ok(written)
    }

    fn advance(&mut self, written: usize) {
        self.pending -= written;
        self.sent += written;
        while let Some(first) = self.pieces.front() {
            let length = first.as_slice().len();
            if self.sent < length {
                return;
            }
            self.sent -= length;
            self.pieces.pop_front();
        }
        self.pieces = VecDeque::new();
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;
