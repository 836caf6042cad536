//! Responses: a status, header fields and a body, and how they become bytes.

use super::request::is_token;
use std::io::Write as _;

/// What goes back to the client.
///
/// The server adds `content-length` and `connection` itself.
///
/// ```
/// use leader_followers::http::Response;
///
/// let page = Response::html("<h1>hello</h1>").header("cache-control", "no-store");
/// let image = Response::bytes("image/png", vec![0x89, b'P', b'N', b'G']);
/// let nothing = Response::new(204);
/// assert_eq!((page.status(), image.status(), nothing.status()), (200, 200, 204));
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    /// Header lines as they are sent.
    fields: Vec<u8>,
    body: Body,
    close: bool,
}

/// The bytes of a response, owned or shared.
#[derive(Clone, Debug)]
pub enum Body {
    /// Bytes that live for ever.
    Static(&'static [u8]),
    /// Bytes of this response.
    Owned(Vec<u8>),
    /// Bytes that several responses share.
    // FACADE: counted by std, so that callers can pass what they have; nothing here synchronises through it.
    Shared(std::sync::Arc<[u8]>),
}

impl Response {
    /// An empty response.
    ///
    /// # Panics
    ///
    /// Panics if `status` is not in 200..=599.
    pub fn new(status: u16) -> Self {
        assert!((200..=599).contains(&status), "a final status is in 200..=599");
        Self { status, fields: Vec::new(), body: Body::Static(b""), close: false }
    }

    /// 200 with plain text.
    pub fn text(text: impl Into<Body>) -> Self {
        Self::bytes("text/plain; charset=utf-8", text)
    }

    /// 200 with HTML.
    pub fn html(html: impl Into<Body>) -> Self {
        Self::bytes("text/html; charset=utf-8", html)
    }

    /// 200 with JSON that is written already.
    pub fn json(json: impl Into<Body>) -> Self {
        Self::bytes("application/json", json)
    }

    /// 200 with bytes of a media type.
    ///
    /// # Panics
    ///
    /// Panics if the media type has a line break or another control character in it.
    pub fn bytes(media_type: &str, bytes: impl Into<Body>) -> Self {
        Self::new(200).header("content-type", media_type).body(bytes)
    }

    /// Adds a header field.
    ///
    /// # Panics
    ///
    /// Panics if the name is no token, if it is `content-length`, `transfer-encoding` or `connection`, which are the
    /// server's, or if the value has a control character in it: a line break in a value would forge another field.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        assert!(!name.is_empty() && name.bytes().all(is_token), "a header name is a token");
        let reserved = ["content-length", "transfer-encoding", "connection"];
        assert!(!reserved.iter().any(|ours| name.eq_ignore_ascii_case(ours)), "the server writes {name} itself");
        assert!(
            value.bytes().all(|byte| byte == b'\t' || (byte >= b' ' && byte != 0x7f)),
            "a header value is one line"
        );
        for part in [name.as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
            self.fields.extend_from_slice(part);
        }
        self
    }

    /// Replaces the body.
    #[must_use]
    pub fn body(self, body: impl Into<Body>) -> Self {
        Self { body: body.into(), ..self }
    }

    /// Replaces the status.
    ///
    /// # Panics
    ///
    /// Panics if `status` is not in 200..=599.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self { status: Self::new(status).status, ..self }
    }

    /// Ends the connection after this response.
    #[must_use]
    pub fn close(self) -> Self {
        Self { close: true, ..self }
    }

    /// The status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the connection ends after this response.
    pub(crate) fn closes(&self) -> bool {
        self.close
    }

    /// Appends the head; `connection` is what to say about it, if anything.
    pub(crate) fn write_head(&self, connection: Option<&str>, out: &mut Vec<u8>) {
        const INFALLIBLE: &str = "writing to a Vec does not fail";
        write!(out, "HTTP/1.1 {} {}\r\n", self.status, reason(self.status)).expect(INFALLIBLE);
        if !self.is_bodiless() {
            write!(out, "content-length: {}\r\n", self.body.as_slice().len()).expect(INFALLIBLE);
        }
        if let Some(connection) = connection {
            write!(out, "connection: {connection}\r\n").expect(INFALLIBLE);
        }
        out.extend_from_slice(&self.fields);
        out.extend_from_slice(b"\r\n");
    }

    /// The body, if a response to this method has one.
    pub(crate) fn into_body(self, to_head: bool) -> Body {
        if to_head || self.is_bodiless() { Body::Static(b"") } else { self.body }
    }

    fn is_bodiless(&self) -> bool {
        matches!(self.status, 204 | 304)
    }
}

impl Body {
    /// The bytes.
    pub fn as_slice(&self) -> &[u8] {
        match self {
            Self::Static(bytes) => bytes,
            Self::Owned(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Owned(text.into_bytes())
    }
}

impl From<&'static str> for Body {
    fn from(text: &'static str) -> Self {
        Self::Static(text.as_bytes())
    }
}

impl From<&'static [u8]> for Body {
    fn from(bytes: &'static [u8]) -> Self {
        Self::Static(bytes)
    }
}

// FACADE: see `Body::Shared`.
impl From<std::sync::Arc<[u8]>> for Body {
    // FACADE: see `Body::Shared`.
    fn from(bytes: std::sync::Arc<[u8]>) -> Self {
        Self::Shared(bytes)
    }
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        411 => "Length Required",
        413 => "Content Too Large",
        414 => "URI Too Long",
        415 => "Unsupported Media Type",
        417 => "Expectation Failed",
        422 => "Unprocessable Content",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "",
    }
}
