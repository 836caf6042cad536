//! Registrations: how a handler comes into the reactor, and how it is reached there.

use crate::contain::contain;
use crate::handle::{Claim, Ready, Release};
use crate::reactor::EventHandler;
use crate::slab::{Guest, NoSlot, Token};
use crate::source::poll::Work;
use crate::turn::Shared;
use common::sync::{Arc, Mutex};
use std::fmt;
use std::io;
use std::time::Instant;

/// Reaches one handle from anywhere. It does not keep the handle open: what comes after its close does nothing.
#[derive(Clone)]
pub struct Registration {
    shared: Arc<Shared>,
    token: Token,
}

/// What a handler can do to its own handle, and to the reactor.
pub struct Context<'a> {
    shared: &'a Arc<Shared>,
    token: Token,
}

/// A handler was not registered; here it is.
pub struct RegisterError {
    reason: RegisterErrorKind,
    /// Never locked: it lets the error be shared, as errors should, while the handler need not be.
    handler: Mutex<Box<dyn EventHandler>>,
}

/// Why a handler was not registered.
#[derive(Debug)]
#[non_exhaustive]
pub enum RegisterErrorKind {
    /// All slots are taken.
    Full,
    /// The reactor was stopped.
    Stopped,
    /// The system refused to register the socket.
    System(io::Error),
    /// The handler panicked in [`opened`](EventHandler::opened).
    Panicked,
}

impl Registration {
    /// Has [`EventHandler::notified`] called. Several calls before that count as one.
    pub fn notify(&self) {
        self.shared.deliver(self.token, Ready::NOTIFY);
    }

    /// Ends a suspension: [`EventHandler::ready`] is called with [`Ready::RESUME`] and what happened meanwhile.
    ///
    /// A resume that comes just before the handler suspends itself is not lost.
    pub fn resume(&self) {
        self.shared.deliver(self.token, Ready::RESUME);
    }

    /// Closes the handle: at once, or after the callback that is running.
    pub fn close(&self) {
        self.shared.deliver(self.token, Ready::CLOSE);
    }

    /// Whether the handle is open.
    pub fn is_open(&self) -> bool {
        self.shared.slab.slot(self.token).word.generation() == Some(self.token.generation)
    }
}

impl<'a> Context<'a> {
    pub(crate) fn new(shared: &'a Arc<Shared>, token: Token) -> Self {
        Self { shared, token }
    }

    /// Reaches this handle from elsewhere.
    pub fn registration(&self) -> Registration {
        Registration { shared: self.shared.clone(), token: self.token }
    }

    /// Sets, moves or clears the handle's one deadline. Moving it later costs one uncontended lock.
    pub fn deadline(&mut self, deadline: Option<Instant>) {
        let entry = self.shared.slab.slot(self.token).timing.lock().set(deadline);
        if let Some(at) = entry {
            self.shared.post_timer(at, self.token);
        }
    }

    /// Registers another handler.
    ///
    /// # Errors
    ///
    /// As [`Reactor::register`](crate::Reactor::register).
    pub fn register(&mut self, handler: impl EventHandler) -> Result<Registration, RegisterError> {
        register(self.shared, Box::new(handler))
    }
}

pub(crate) fn register(
    shared: &Arc<Shared>,
    mut handler: Box<dyn EventHandler>,
) -> Result<Registration, RegisterError> {
    let opened = match shared.slab.open() {
        Ok(opened) => opened,
        Err(NoSlot::Full) => return Err(RegisterError::new(RegisterErrorKind::Full, handler)),
        Err(NoSlot::Stopped) => return Err(RegisterError::new(RegisterErrorKind::Stopped, handler)),
    };
    let token = opened.token;
    if let Err(reason) = introduce(shared, token, &mut *handler) {
        shared.slab.close(token.index, opened.claim);
        return Err(RegisterError::new(reason, handler));
    }
    let guest = Guest { handler, unseen: Ready::NONE, suspended: false };
    *shared.slab.slot(token).guest.lock() = Some(guest);
    if opened.draining {
        shared.deliver(token, Ready::DRAIN);
    }
    settle(shared, token, opened.claim);
    Ok(Registration { shared: shared.clone(), token })
}

fn introduce(shared: &Arc<Shared>, token: Token, handler: &mut dyn EventHandler) -> Result<(), RegisterErrorKind> {
    let mut introduced = Ok(());
    let contained = contain(|| {
        let interest = handler.interest();
        introduced = shared.registry.register(handler.source(), mio::Token(token.pack()), interest);
        if introduced.is_ok() {
            handler.opened(&mut Context::new(shared, token));
        }
    });
    if contained.is_err() {
        drop(contain(|| shared.registry.deregister(handler.source())));
        return Err(RegisterErrorKind::Panicked);
    }
    introduced.map_err(RegisterErrorKind::System)
}

/// Lets go of a new handle; what has happened to it already is dispatched.
fn settle(shared: &Arc<Shared>, token: Token, claim: Claim) {
    if let Release::More(claim) = shared.slab.slot(token).word.release(claim) {
        shared.post(Work { index: token.index, claim });
    }
}

impl RegisterError {
    fn new(reason: RegisterErrorKind, handler: Box<dyn EventHandler>) -> Self {
        Self { reason, handler: Mutex::new(handler) }
    }

    /// Why the handler was not registered.
    pub fn kind(&self) -> &RegisterErrorKind {
        &self.reason
    }

    /// The handler that was not registered.
    pub fn into_inner(self) -> Box<dyn EventHandler> {
        self.handler.into_inner()
    }
}

impl fmt::Display for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            RegisterErrorKind::Full => f.write_str("the reactor has no room for another handle"),
            RegisterErrorKind::Stopped => f.write_str("the reactor was stopped"),
            RegisterErrorKind::System(_) => f.write_str("the system refused to register the socket"),
            RegisterErrorKind::Panicked => f.write_str("the handler panicked as it was opened"),
        }
    }
}

impl std::error::Error for RegisterError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.reason {
            RegisterErrorKind::System(error) => Some(error),
            _ => None,
        }
    }
}

impl fmt::Debug for RegisterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterError").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("handle", &self.token).finish_non_exhaustive()
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("handle", &self.token).finish_non_exhaustive()
    }
}
