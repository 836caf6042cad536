//! The server: builder, drain and stop.

use super::acceptor::Acceptor;
use super::limit::{HEADERS_CEILING, Limits, Timeouts, defaults};
use super::metrics::{Metrics, Tally};
use super::request::Request;
use super::response::Response;
use crate::promotion::Promotion;
use crate::reactor::{self, Reactor, Registration};
use common::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use common::sync::{Arc, Mutex};
use std::fmt;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

/// What answers requests. It runs on all threads at once.
pub(crate) type Handler = dyn Fn(&Request<'_>) -> Response + Send + Sync;

/// A running HTTP server. Dropping it stops it.
///
/// ```
/// use leader_followers::http::{Response, Server};
/// use std::io::{Read, Write};
/// use std::net::{TcpListener, TcpStream};
/// use std::time::{Duration, Instant};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let server = Server::builder().threads(2).serve(listener, |request| match (request.method(), request.path()) {
///     ("GET", "/") => Response::text("hello"),
///     _ => Response::new(404),
/// })?;
///
/// let mut client = TcpStream::connect(server.local_addr())?;
/// client.write_all(b"GET / HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n")?;
/// let mut answer = String::new();
/// client.read_to_string(&mut answer)?;
/// assert!(answer.ends_with("\r\n\r\nhello"));
///
/// let report = server.drain(Instant::now() + Duration::from_secs(5));
/// assert!(report.is_clean());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Server {
    reactor: Reactor,
    core: Arc<Core>,
    address: SocketAddr,
}

/// Settings of a [`Server`] to be; [`serve`](Self::serve) starts it.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder {
    reactor: reactor::Builder,
    limits: Limits,
    timeouts: Timeouts,
    max_connections: usize,
}

/// How a drain, or a stop, ended.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct DrainReport {
    /// Connections (and the listener) that were open at the deadline and were closed.
    pub cut_off: usize,
    /// Threads that were still in a handler at the deadline. They end when it returns.
    pub busy_threads: usize,
    /// Why the demultiplexer could not go on, if that is what ended the server before.
    pub failure: Option<io::Error>,
}

/// What the connections of a server share.
pub(crate) struct Core {
    pub(crate) handler: Box<Handler>,
    pub(crate) limits: Limits,
    pub(crate) timeouts: Timeouts,
    pub(crate) tally: Tally,
    max_connections: usize,
    open: AtomicUsize,
    draining: AtomicBool,
    acceptor: Mutex<Option<Registration>>,
}

impl Server {
    /// Settings of a server to be; those of [`defaults`] unless set.
    pub fn builder() -> Builder {
        Builder {
            reactor: Reactor::builder().name("http"),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            max_connections: defaults::MAX_CONNECTIONS,
        }
    }

    /// The address it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Its counts so far. They are read one after the other, not all at one moment.
    pub fn metrics(&self) -> Metrics {
        Metrics {
            connections_open: self.core.open() as u64,
            handovers: self.reactor.handovers(),
            ..self.core.tally.snapshot()
        }
    }

    /// Stops accepting and ends the connections as they finish, then joins the threads.
    ///
    /// Clients in the kernel's queue are still accepted, as far as there is room, then the port closes. A request that
    /// has begun is received and answered. An idle connection gets the drain grace to send one more request. Each last
    /// response says `connection: close`. What is open at `deadline` is closed as by [`stop`](Self::stop). Called from
    /// a handler, it waits for itself until `deadline`. The first drain or stop that closes what is left reports it;
    /// later ones, and those that run at the same time, report the same again, a failure as a copy.
    pub fn drain(&self, deadline: Instant) -> DrainReport {
        // ORDERING: Relaxed: advice for handlers that are running; every connection is told by its own drain event too.
        self.core.draining.store(true, Ordering::Relaxed);
        report(self.reactor.drain(deadline))
    }

    /// Closes all connections as soon as their handlers return and joins the threads; waits for that until `deadline`,
    /// also if it is called from one. After another stop or drain it reports as described there.
    pub fn stop(&self, deadline: Instant) -> DrainReport {
        report(self.reactor.stop(deadline))
    }
}

fn report(report: reactor::Report) -> DrainReport {
    DrainReport { cut_off: report.open, busy_threads: report.busy, failure: report.failure }
}

impl DrainReport {
    /// Whether every connection ended by itself, every thread ended, and the demultiplexer did not fail.
    pub fn is_clean(&self) -> bool {
        self.cut_off == 0 && self.busy_threads == 0 && self.failure.is_none()
    }
}

impl Builder {
    /// How many threads; one per core and at least two unless set.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero.
    pub fn threads(self, count: usize) -> Self {
        Self { reactor: self.reactor.threads(count), ..self }
    }

    /// When a thread hands leadership on; [`Promotion::Early`] unless set.
    pub fn promotion(self, promotion: Promotion) -> Self {
        Self { reactor: self.reactor.promotion(promotion), ..self }
    }

    /// What the threads are called: `name-0`, `name-1` and so on; `http` unless set.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { reactor: self.reactor.name(name), ..self }
    }

    /// How many connections can be open; [`defaults::MAX_CONNECTIONS`] unless set. Further clients wait unaccepted.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero or more than 1,048,576.
    pub fn max_connections(self, count: usize) -> Self {
        assert!((1..=1 << 20).contains(&count), "a server has from 1 to 1,048,576 connections");
        Self { max_connections: count, ..self }
    }

    /// Bytes of a request's head; [`defaults::MAX_HEAD`] unless set. A longer one gets a 431 or a 414.
    ///
    /// # Panics
    ///
    /// Panics if `bytes` is less than 64 or more than 1 MiB.
    pub fn max_head(self, bytes: usize) -> Self {
        assert!((64..=1 << 20).contains(&bytes), "a head has from 64 bytes to 1 MiB");
        Self { limits: Limits { head: bytes, ..self.limits }, ..self }
    }

    /// Header fields of a request; [`defaults::MAX_HEADERS`] unless set. More get a 431.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero or more than 256.
    pub fn max_headers(self, count: usize) -> Self {
        assert!((1..=HEADERS_CEILING).contains(&count), "a request has from 1 to 256 header fields");
        Self { limits: Limits { headers: count, ..self.limits }, ..self }
    }

    /// Bytes of a request's body, which is kept in memory; [`defaults::MAX_BODY`] unless set. A longer one gets a 413.
    pub fn max_body(self, bytes: usize) -> Self {
        Self { limits: Limits { body: bytes, ..self.limits }, ..self }
    }

    /// How long a head may take; [`defaults::HEADER_TIMEOUT`] unless set.
    pub fn header_timeout(self, timeout: Duration) -> Self {
        Self { timeouts: Timeouts { header: timeout, ..self.timeouts }, ..self }
    }

    /// How long a body may take; [`defaults::BODY_TIMEOUT`] unless set.
    pub fn body_timeout(self, timeout: Duration) -> Self {
        Self { timeouts: Timeouts { body: timeout, ..self.timeouts }, ..self }
    }

    /// How long a connection may be idle; [`defaults::IDLE_TIMEOUT`] unless set.
    pub fn idle_timeout(self, timeout: Duration) -> Self {
        Self { timeouts: Timeouts { idle: timeout, ..self.timeouts }, ..self }
    }

    /// How long a client may take to read; [`defaults::WRITE_TIMEOUT`] unless set.
    pub fn write_timeout(self, timeout: Duration) -> Self {
        Self { timeouts: Timeouts { write: timeout, ..self.timeouts }, ..self }
    }

    /// What an idle connection gets in a drain to send one more request; [`defaults::DRAIN_GRACE`] unless set.
    pub fn drain_grace(self, grace: Duration) -> Self {
        Self { timeouts: Timeouts { drain_grace: grace, ..self.timeouts }, ..self }
    }

    /// Starts the threads and serves the clients of `listener`.
    ///
    /// `handler` answers one request at a time for each connection, and many at the same time for all. If it panics its
    /// client gets a 500 and the end of its connection.
    ///
    /// # Errors
    ///
    /// The system's error when it gives no demultiplexer or no thread, or does not register the listener.
    pub fn serve<H>(self, listener: TcpListener, handler: H) -> io::Result<Server>
    where
        H: Fn(&Request<'_>) -> Response + Send + Sync + 'static,
    {
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let core = Arc::new(Core {
            handler: Box::new(handler),
            limits: self.limits,
            timeouts: self.timeouts,
            tally: Tally::new(),
            max_connections: self.max_connections,
            open: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            acceptor: Mutex::new(None),
        });
        let reactor = self.reactor.capacity(self.max_connections as u32 + 1).start()?;
        let acceptor = Acceptor::new(core.clone(), mio::net::TcpListener::from_std(listener));
        reactor.register(acceptor).map_err(io::Error::other)?;
        Ok(Server { reactor, core, address })
    }
}

impl Core {
    /// Whether another connection may be opened. Only the acceptor opens them.
    pub(crate) fn has_room(&self) -> bool {
        self.open() < self.max_connections
    }

    pub(crate) fn enter(&self) {
        // ORDERING: Relaxed: a count. That a full acceptor is resumed does not depend on it, see `leave`.
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection was closed; the first one of a full server lets the acceptor go on.
    pub(crate) fn leave(&self) {
        // ORDERING: Relaxed: `resume` publishes it. It writes the acceptor's handle word, and the turn that finds the
        // resume there has acquired that write, so it sees the room.
        if self.open.fetch_sub(1, Ordering::Relaxed) == self.max_connections {
            let acceptor = self.acceptor.lock().clone();
            if let Some(acceptor) = acceptor {
                acceptor.resume();
            }
        }
    }

    /// Whether a response that is being made is the last one of its connection.
    pub(crate) fn is_draining(&self) -> bool {
        // ORDERING: Relaxed: as at the store in `drain`.
        self.draining.load(Ordering::Relaxed)
    }

    pub(crate) fn set_acceptor(&self, acceptor: Option<Registration>) {
        let before = std::mem::replace(&mut *self.acceptor.lock(), acceptor);
        drop(before);
    }

    fn open(&self) -> usize {
        // ORDERING: Relaxed: as in `leave`.
        self.open.load(Ordering::Relaxed)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}
