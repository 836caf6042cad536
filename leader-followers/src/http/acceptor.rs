//! The acceptor: the listening socket, and what it does when it must not accept or can't.
//!
//! A full server suspends it, and the first connection that closes resumes it. When the system has no descriptor or
//! memory left, the pending connection stays pending, and accepting again at once would spin: the acceptor pauses,
//! twice as long each time, and looks again by itself, because an edge-triggered registration would not remind it.
//!
//! # Limits
//!
//! 64 accepts a turn. Pauses from 10 ms to 1 s. While it pauses or is suspended, clients wait in the kernel's queue.

use super::client::Client;
use super::server::Core;
use crate::handle::Ready;
use crate::reactor::{Cause, Context, EventHandler, Next};
use common::sync::Arc;
use mio::net::TcpListener;
use std::io;
use std::time::{Duration, Instant};

const ACCEPTS_PER_TURN: usize = 64;
const SHORTEST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Acceptor {
    core: Arc<Core>,
    listener: TcpListener,
    pause: Duration,
    paused_until: Option<Instant>,
    draining: bool,
}

impl Acceptor {
    pub(crate) fn new(core: Arc<Core>, listener: TcpListener) -> Self {
        Self { core, listener, pause: SHORTEST_PAUSE, paused_until: None, draining: false }
    }

    fn accept(&mut self, cx: &mut Context<'_>) -> Next {
        for _ in 0..ACCEPTS_PER_TURN {
            if !self.core.has_room() {
                self.core.tally.accept_suspensions.add(1);
                return self.rest(Next::Suspend);
            }
            match self.listener.accept() {
                Ok((stream, peer)) => {
                    self.pause = SHORTEST_PAUSE;
                    self.core.tally.accepted.add(1);
                    // Without it a response that goes out in two pieces waits for the client's delayed acknowledgement.
                    drop(stream.set_nodelay(true));
                    self.core.enter();
                    if cx.register(Client::new(self.core.clone(), stream, peer)).is_err() {
                        self.core.leave();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.rest(Next::Wait),
                Err(error) if is_about_the_client(&error) => {}
                Err(_) => {
                    self.core.tally.accept_backoffs.add(1);
                    let until = Instant::now() + self.pause;
                    self.pause = (self.pause * 2).min(LONGEST_PAUSE);
                    self.paused_until = Some(until);
                    cx.deadline(Some(until));
                    return self.rest(Next::Wait);
                }
            }
        }
        Next::Again
    }

    /// A draining acceptor has taken what it could: the port is closed.
    fn rest(&self, next: Next) -> Next {
        if self.draining { Next::Close } else { next }
    }
}

/// Errors of a connection that failed before it was accepted; the next one may be well.
fn is_about_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted, PermissionDenied};
    /// `EPROTO`, which has no kind.
    const PROTOCOL_ERROR: i32 = 71;
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted | PermissionDenied)
        || error.raw_os_error() == Some(PROTOCOL_ERROR)
}

impl EventHandler for Acceptor {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.listener
    }

    fn interest(&self) -> mio::Interest {
        mio::Interest::READABLE
    }

    fn opened(&mut self, cx: &mut Context<'_>) {
        self.core.set_acceptor(Some(cx.registration()));
    }

    fn ready(&mut self, _: Ready, cx: &mut Context<'_>) -> Next {
        // A new client is no reason to look before the pause is over.
        if self.paused_until.is_some_and(|until| Instant::now() < until) {
            return Next::Wait;
        }
        self.accept(cx)
    }

    fn timeout(&mut self, cx: &mut Context<'_>) -> Next {
        self.paused_until = None;
        self.accept(cx)
    }

    /// Clients that were in the kernel's queue already are served: closing the port would reset them.
    fn draining(&mut self, cx: &mut Context<'_>) -> Next {
        self.draining = true;
        self.accept(cx)
    }

    fn closed(&mut self, _: Cause) {
        self.core.set_acceptor(None);
    }
}
