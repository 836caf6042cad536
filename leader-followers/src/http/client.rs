//! A client: the socket of one connection, its deadlines and its end.
//!
//! # Protocol
//!
//! A turn steps the connection as far as its input goes, collects responses, writes them when the input is used up or
//! [`HIGH_WATER`] is reached, and only then reads more. While a write would block nothing is read and nothing is
//! answered, so a client that does not read its responses stops its own requests.
//!
//! After a last response the socket is shut down for writing and read until the client closes, for [`LINGER`] and a
//! second more for each `MIN_RATE` bytes that come, at most [`LONGEST_LINGER`]. A socket that is closed with unread
//! input makes the kernel reset the connection, and the client would lose the response.
//!
//! # Limits
//!
//! A turn answers at most [`REQUESTS_PER_TURN`] requests and reads at most [`READS_PER_TURN`] times [`CHUNK`] bytes;
//! then the others have theirs.

use super::connection::{Connection, Stage, Step};
use super::limit::{Rejection, allowance};
use super::response::Response;
use super::server::Core;
use crate::contain::contain;
use crate::handle::Ready;
use crate::reactor::{Cause, Context, EventHandler, Next};
use common::sync::Arc;
use mio::net::TcpStream;
use std::io::{self, Read};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

/// Output beyond which it is written before the next request is answered.
const HIGH_WATER: usize = 64 * 1024;
const REQUESTS_PER_TURN: usize = 64;
const READS_PER_TURN: usize = 32;
/// Bytes of one read.
const CHUNK: usize = 8 * 1024;
/// How long a client may take to close after its last response, if it sends nothing.
const LINGER: Duration = Duration::from_secs(1);
/// How long it may take if it goes on sending.
const LONGEST_LINGER: Duration = Duration::from_secs(30);

pub(crate) struct Client {
    core: Arc<Core>,
    stream: TcpStream,
    peer: SocketAddr,
    connection: Connection,
    /// The kernel has not said "would block" since it last said "ready".
    readable: bool,
    /// The client sends no more.
    ended: bool,
    /// Since when the server drains.
    draining: Option<Instant>,
    answered: u64,
    thrown_away: u64,
    wait: Wait,
}

/// What the client is waited for, and since when.
#[derive(Clone, Copy, Debug)]
struct Wait {
    what: Awaited,
    /// The request that is awaited: a new one begins a new wait.
    number: u64,
    since: Instant,
    /// Bytes written since then.
    written: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    Request,
    Head,
    Body,
    Reader,
    End,
}

/// How a flush ended.
enum Flush {
    Done,
    Blocked,
}

impl Client {
    pub(crate) fn new(core: Arc<Core>, stream: TcpStream, peer: SocketAddr) -> Self {
        let connection = Connection::new(core.limits);
        let wait = Wait { what: Awaited::Head, number: 0, since: Instant::now(), written: 0 };
        Self {
            core,
            stream,
            peer,
            connection,
            readable: false,
            ended: false,
            draining: None,
            answered: 0,
            thrown_away: 0,
            wait,
        }
    }

    /// A turn.
    fn advance(&mut self, cx: &mut Context<'_>) -> io::Result<Next> {
        let (mut requests, mut reads) = (0, 0);
        loop {
            if self.connection.output().len() >= HIGH_WATER
                && let Flush::Blocked = self.flush()?
            {
                return Ok(self.wait_for(Awaited::Reader, cx));
            }
            match self.connection.step() {
                Step::Request if requests == REQUESTS_PER_TURN => return Ok(Next::Again),
                Step::Request => {
                    requests += 1;
                    self.answer();
                }
                Step::Rejected(rejection) => self.refuse(rejection),
                Step::Starved => {
                    if let Flush::Blocked = self.flush()? {
                        return Ok(self.wait_for(Awaited::Reader, cx));
                    }
                    let over = self.connection.stage() == Stage::Over;
                    if over {
                        self.hang_up()?;
                    }
                    if self.ended {
                        return Ok(Next::Close);
                    }
                    if !self.readable {
                        return Ok(self.wait_for_input(cx));
                    }
                    if reads == READS_PER_TURN {
                        return Ok(Next::Again);
                    }
                    reads += 1;
                    self.read(over)?;
                }
            }
        }
    }

    fn answer(&mut self) {
        let begun = Instant::now();
        let core = &self.core;
        core.tally.requests.add(1);
        let Some(request) = self.connection.request(self.peer) else { return };
        let (response, last) = match contain(|| (core.handler)(&request)) {
            Ok(response) => (response, core.is_draining()),
            Err(_) => {
                core.tally.panicked.add(1);
                (Response::text("the handler panicked\n").with_status(500), true)
            }
        };
        core.tally.response(response.status());
        self.connection.respond(response, last);
        core.tally.latency(begun.elapsed());
        self.answered += 1;
    }

    fn refuse(&mut self, rejection: Rejection) {
        self.core.tally.rejections.add(1);
        self.core.tally.response(rejection.status);
        self.connection.refuse(rejection);
    }

    fn flush(&mut self) -> io::Result<Flush> {
        let output = self.connection.output();
        while output.len() > 0 {
            match output.write_to(&mut self.stream) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    self.core.tally.bytes_out.add(count as u64);
                    self.wait.written += count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Flush::Blocked),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Flush::Done)
    }

    /// Reads once. It has to go on until the kernel says "would block": with an edge-triggered registration nobody
    /// tells about what is left, an end of input included.
    fn read(&mut self, over: bool) -> io::Result<()> {
        let mut chunk = [0; CHUNK];
        match self.stream.read(&mut chunk) {
            Ok(0) => self.ended = true,
            Ok(count) if over => self.thrown_away += count as u64,
            Ok(count) => {
                self.core.tally.bytes_in.add(count as u64);
                self.connection.receive(&chunk[..count]);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.readable = false,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Tells the client, once, that nothing more comes.
    fn hang_up(&mut self) -> io::Result<()> {
        if self.wait.what != Awaited::End {
            self.stream.shutdown(Shutdown::Write)?;
            self.begin_wait(Awaited::End);
        }
        Ok(())
    }

    fn begin_wait(&mut self, what: Awaited) {
        self.wait = Wait { what, number: self.answered, since: Instant::now(), written: 0 };
    }

    fn wait_for_input(&mut self, cx: &mut Context<'_>) -> Next {
        let what = match self.connection.stage() {
            Stage::Idle if self.answered == 0 => Awaited::Head,
            Stage::Idle => Awaited::Request,
            Stage::Head => Awaited::Head,
            Stage::Body { .. } => Awaited::Body,
            Stage::Over => Awaited::End,
        };
        self.wait_for(what, cx)
    }

    fn wait_for(&mut self, what: Awaited, cx: &mut Context<'_>) -> Next {
        if (self.wait.what, self.wait.number) != (what, self.answered) {
            self.begin_wait(what);
        }
        cx.deadline(self.deadline());
        Next::Wait
    }

    fn deadline(&self) -> Option<Instant> {
        let timeouts = &self.core.timeouts;
        let received = match self.connection.stage() {
            Stage::Body { received } => received,
            _ => 0,
        };
        let time = match self.wait.what {
            Awaited::Request => timeouts.idle,
            Awaited::Head => timeouts.header,
            Awaited::Body => allowance(timeouts.body, received),
            Awaited::Reader => allowance(timeouts.write, self.wait.written),
            Awaited::End => allowance(LINGER, self.thrown_away).min(LONGEST_LINGER),
        };
        let deadline = self.wait.since.checked_add(time);
        match self.draining {
            // One that became idle in the drain has its grace from then on: its last response did not say "close".
            Some(since) if self.is_idle() => {
                let grace = since.max(self.wait.since).checked_add(timeouts.drain_grace);
                [deadline, grace].into_iter().flatten().min()
            }
            _ => deadline,
        }
    }

    /// Nothing is under way, in neither direction.
    fn is_idle(&self) -> bool {
        self.connection.stage() == Stage::Idle && self.wait.what != Awaited::Reader
    }

    /// What to do about a deadline that passed; input that came at the last moment is still taken.
    fn give_up(&mut self, cx: &mut Context<'_>) -> io::Result<Next> {
        if self.deadline().is_none_or(|deadline| deadline > Instant::now()) {
            // Bytes that came or went in turns without a wait have moved it.
            return self.advance(cx);
        }
        if matches!(self.wait.what, Awaited::Request | Awaited::Head | Awaited::Body) {
            self.readable = true;
            let next = self.advance(cx)?;
            if next != Next::Wait || self.deadline().is_none_or(|deadline| deadline > Instant::now()) {
                return Ok(next);
            }
        }
        let stage = self.connection.stage();
        let leaves_in_peace = self.draining.is_some() && self.is_idle();
        if self.wait.what != Awaited::End && !leaves_in_peace {
            self.core.tally.timeouts.add(1);
        }
        match stage {
            Stage::Head | Stage::Body { .. } if self.wait.what != Awaited::Reader => {
                self.refuse(Rejection::TIMEOUT);
                self.advance(cx)
            }
            _ => Ok(Next::Close),
        }
    }
}

/// A connection that failed is closed; nobody is left to be told.
fn or_close(next: io::Result<Next>) -> Next {
    next.unwrap_or(Next::Close)
}

impl EventHandler for Client {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.stream
    }

    fn opened(&mut self, cx: &mut Context<'_>) {
        cx.deadline(self.deadline());
    }

    fn ready(&mut self, ready: Ready, cx: &mut Context<'_>) -> Next {
        self.readable |= ready.contains(Ready::READ);
        or_close(self.advance(cx))
    }

    fn timeout(&mut self, cx: &mut Context<'_>) -> Next {
        or_close(self.give_up(cx))
    }

    fn draining(&mut self, cx: &mut Context<'_>) -> Next {
        self.draining.get_or_insert_with(Instant::now);
        or_close(self.advance(cx))
    }

    fn closed(&mut self, _: Cause) {
        self.core.leave();
    }
}
