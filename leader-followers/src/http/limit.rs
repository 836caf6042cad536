//! Limits: what a request may cost, and how one that costs more is turned away.

use std::time::Duration;

/// The default limits and time-outs of a server.
pub mod defaults {
    use std::time::Duration;

    /// Connections at the same time; further clients wait in the kernel's queue.
    pub const MAX_CONNECTIONS: usize = 1024;
    /// Bytes of a request line with its header fields.
    pub const MAX_HEAD: usize = 16 * 1024;
    /// Header fields of a request.
    pub const MAX_HEADERS: usize = 100;
    /// Bytes of a request body.
    pub const MAX_BODY: usize = 64 << 20;
    /// From the first byte of a request (for the first one: from the accept) to the end of its head.
    pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
    /// From the end of the head to the end of the body, plus a second for each [`MIN_RATE`] bytes that came.
    pub const BODY_TIMEOUT: Duration = Duration::from_secs(30);
    /// From a response to the first byte of the next request.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
    /// From the first write that would block to the last byte, plus a second for each [`MIN_RATE`] bytes that went.
    pub const WRITE_TIMEOUT: Duration = Duration::from_secs(30);
    /// What an idle connection gets, once the server drains, to send one more request.
    pub const DRAIN_GRACE: Duration = Duration::from_secs(1);
    /// Bytes a second below which a body or a response is given up after its time-out.
    pub const MIN_RATE: u64 = 16 * 1024;
}

/// The most header fields that a limit may allow: they are parsed on the stack.
pub(crate) const HEADERS_CEILING: usize = 256;

/// What one request may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) head: usize,
    pub(crate) headers: usize,
    pub(crate) body: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { head: defaults::MAX_HEAD, headers: defaults::MAX_HEADERS, body: defaults::MAX_BODY }
    }
}

/// How long each part may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Timeouts {
    pub(crate) header: Duration,
    pub(crate) body: Duration,
    pub(crate) idle: Duration,
    pub(crate) write: Duration,
    pub(crate) drain_grace: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            header: defaults::HEADER_TIMEOUT,
            body: defaults::BODY_TIMEOUT,
            idle: defaults::IDLE_TIMEOUT,
            write: defaults::WRITE_TIMEOUT,
            drain_grace: defaults::DRAIN_GRACE,
        }
    }
}

/// What a transfer of `bytes` may take in all: its time-out, and more for what it has achieved.
pub(crate) fn allowance(timeout: Duration, bytes: u64) -> Duration {
    timeout.saturating_add(Duration::from_secs(bytes / defaults::MIN_RATE))
}

/// A request that gets an error response and the end of its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) status: u16,
    pub(crate) reason: &'static str,
}

impl Rejection {
    pub(crate) const fn bad(reason: &'static str) -> Self {
        Self { status: 400, reason }
    }

    pub(crate) const TIMEOUT: Self = Self { status: 408, reason: "the request took too long" };
    pub(crate) const BODY_TOO_LARGE: Self = Self { status: 413, reason: "the body is too large" };
    pub(crate) const LINE_TOO_LONG: Self = Self { status: 414, reason: "the request line is too long" };
    pub(crate) const UNKNOWN_EXPECTATION: Self = Self { status: 417, reason: "the expectation is unknown" };
    pub(crate) const HEAD_TOO_LARGE: Self = Self { status: 431, reason: "the header fields are too large or too many" };
    pub(crate) const UNKNOWN_CODING: Self = Self { status: 501, reason: "the transfer coding is unknown" };
    pub(crate) const NO_TUNNEL: Self = Self { status: 501, reason: "this server opens no tunnels" };
    pub(crate) const UNKNOWN_VERSION: Self = Self { status: 505, reason: "only http/1.0 and http/1.1 are spoken here" };
}
