//! The head of a request: found, parsed, and refused if two readers could understand it differently.
//!
//! `httparse` reads the syntax. On top of it stand the rules whose absence lets one request be smuggled inside another:
//! lines end in CR LF and in nothing else, a body has one length, HTTP/1.1 has one host.

use super::limit::{HEADERS_CEILING, Limits, Rejection};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::ops::Range;

/// A complete request, as a handler sees it.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    head: &'a Head,
    body: &'a [u8],
    peer: SocketAddr,
}

impl<'a> Request<'a> {
    pub(crate) fn new(head: &'a Head, body: &'a [u8], peer: SocketAddr) -> Self {
        Self { head, body, peer }
    }

    /// The method, as it was sent: `GET`, `POST`, anything.
    pub fn method(&self) -> &'a str {
        self.head.text(&self.head.method)
    }

    /// The path without the query, as it was sent: nothing is decoded. `*` for `OPTIONS *`.
    pub fn path(&self) -> &'a str {
        match self.head.text(&self.head.path) {
            "" => "/",
            path => path,
        }
    }

    /// What follows the first `?`.
    pub fn query(&self) -> Option<&'a str> {
        self.head.query.as_ref().map(|query| self.head.text(query))
    }

    /// The first header field of this name, in any case; `None` also if its value is not UTF-8.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.headers().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All header fields in their order, but for those whose value is not UTF-8.
    pub fn headers(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let head = self.head;
        let field = |(name, value): &'a (Span, Span)| {
            Some((head.text(name), std::str::from_utf8(&head.raw[value.range()]).ok()?))
        };
        head.fields.iter().filter_map(field)
    }

    /// The whole body; chunks have been put together.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The client's address.
    pub fn peer(&self) -> SocketAddr {
        self.peer
    }
}

/// A place in a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Where `part`, a slice of `whole`, is in it.
    fn of(whole: &[u8], part: &[u8]) -> Self {
        let start = part.as_ptr() as usize - whole.as_ptr() as usize;
        assert!(start + part.len() <= whole.len(), "httparse returns slices of its input");
        Self { start: start as u32, end: (start + part.len()) as u32 }
    }

    fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A parsed head, with a copy of its bytes.
#[derive(Debug)]
pub(crate) struct Head {
    raw: Box<[u8]>,
    method: Span,
    path: Span,
    query: Option<Span>,
    fields: Box<[(Span, Span)]>,
    pub(crate) framing: Framing,
    pub(crate) is_head: bool,
    /// HTTP/1.0, which has to be told that a connection stays open.
    pub(crate) old: bool,
    pub(crate) keep_alive: bool,
    /// The client waits for a 100 before it sends the body.
    pub(crate) expects: bool,
}

/// Where the body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    Empty,
    Length(u64),
    Chunked,
}

/// How far the end of the head was looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scan {
    /// Not there yet; go on looking at this offset.
    Until(usize),
    /// The head is this long.
    End(usize),
}

/// Looks for the empty line from `from` on, where an earlier scan left off.
pub(crate) fn scan(input: &[u8], from: usize) -> Result<Scan, Rejection> {
    if input.first().is_some_and(|first| !is_token(*first)) {
        return Err(Rejection::bad("the request does not begin with a method"));
    }
    for at in from..input.len() {
        if input[at] != b'\n' {
            continue;
        }
        if at == 0 || input[at - 1] != b'\r' {
            return Err(Rejection::bad("a line ends without a carriage return"));
        }
        if at >= 3 && input[at - 2] == b'\n' {
            return Ok(Scan::End(at + 1));
        }
    }
    Ok(Scan::Until(input.len()))
}

/// Parses a head that [`scan`] found.
pub(crate) fn parse(raw: &[u8], limits: &Limits) -> Result<Head, Rejection> {
    let mut fields = [const { MaybeUninit::uninit() }; HEADERS_CEILING];
    let mut request = httparse::Request::new(&mut []);
    let parsed = httparse::ParserConfig::default().parse_request_with_uninit_headers(
        &mut request,
        raw,
        &mut fields[..limits.headers],
    );
    match parsed {
        Ok(httparse::Status::Complete(length)) if length == raw.len() => {}
        Ok(_) => return Err(Rejection::bad("the head ends in its middle")),
        Err(httparse::Error::TooManyHeaders) => return Err(Rejection::HEAD_TOO_LARGE),
        Err(httparse::Error::Version) if names_a_version(raw) => return Err(Rejection::UNKNOWN_VERSION),
        Err(_) => return Err(Rejection::bad("the head is malformed")),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version) else {
        return Err(Rejection::bad("the request line is incomplete"));
    };
    if raw.iter().zip(&raw[1..]).any(|(byte, next)| *byte == b'\r' && *next != b'\n') {
        return Err(Rejection::bad("a carriage return stands alone"));
    }
    let Target { authority, path, query } = Target::split(method, target)?;
    let rules = Rules::read(request.headers, minor)?;
    if let (Some(authority), Some(host)) = (authority, rules.host)
        && !host.eq_ignore_ascii_case(authority.as_bytes())
    {
        return Err(Rejection::bad("the target and the host field name different hosts"));
    }
    Ok(Head {
        method: Span::of(raw, method.as_bytes()),
        path: Span::of(raw, path.as_bytes()),
        query: query.map(|query| Span::of(raw, query.as_bytes())),
        fields: request
            .headers
            .iter()
            .map(|f| (Span::of(raw, f.name.as_bytes()), Span::of(raw, trim(f.value))))
            .collect(),
        framing: rules.framing()?,
        is_head: method == "HEAD",
        old: minor == 0,
        keep_alive: rules.keep_alive,
        expects: rules.expects && minor == 1,
        raw: raw.into(),
    })
}

/// Whether the request line is well-formed but for its version, which looks like `HTTP/2.0`: not one of ours.
fn names_a_version(raw: &[u8]) -> bool {
    let line = raw.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut parts = line.split(|byte| *byte == b' ').skip(2);
    let (Some(version), None) = (parts.next(), parts.next()) else { return false };
    matches!(version, [b'H', b'T', b'T', b'P', b'/', major, b'.', minor]
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

/// The parts of a request target.
struct Target<'a> {
    /// The host and port that it names itself.
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Target<'a> {
    /// A target in one of the forms of RFC 9112, section 3.2.
    fn split(method: &str, target: &'a str) -> Result<Self, Rejection> {
        if method == "CONNECT" {
            return Err(Rejection::NO_TUNNEL);
        }
        if target.contains('#') {
            return Err(Rejection::bad("the target has a fragment"));
        }
        let (authority, local) = if target.starts_with('/') || (target == "*" && method == "OPTIONS") {
            (None, target)
        } else {
            let (scheme, rest) = target.split_once("://").ok_or(Rejection::bad("the target has an unknown form"))?;
            if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
                return Err(Rejection::bad("the target has an unknown scheme"));
            }
            let (authority, local) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
            if authority.is_empty() || authority.starts_with(':') || !is_host(authority.as_bytes()) {
                return Err(Rejection::bad("the target has no valid host"));
            }
            (Some(authority), local)
        };
        Ok(match local.split_once('?') {
            Some((path, query)) => Self { authority, path, query: Some(query) },
            None => Self { authority, path: local, query: None },
        })
    }
}

/// What the header fields say about the message as such.
struct Rules<'a> {
    host: Option<&'a [u8]>,
    length: Option<u64>,
    coding: Option<Coding>,
    keep_alive: bool,
    expects: bool,
}

const ONE_HOST: &str = "a request names one host";

#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Chunked,
    Unknown,
}

impl<'a> Rules<'a> {
    fn read(fields: &[httparse::Header<'a>], minor: u8) -> Result<Self, Rejection> {
        let mut rules = Self { host: None, length: None, coding: None, keep_alive: minor == 1, expects: false };
        let (mut stays, mut ends) = (false, false);
        for field in fields {
            let value = trim(field.value);
            let is = |name: &str| field.name.eq_ignore_ascii_case(name);
            if is("content-length") {
                let length = parse_length(value)?;
                if rules.length.replace(length).is_some() {
                    return Err(Rejection::bad("the length is given twice"));
                }
            } else if is("transfer-encoding") {
                let coding = parse_coding(value)?;
                if minor == 0 || rules.coding.replace(coding).is_some() {
                    return Err(Rejection::bad("a transfer coding is not allowed here"));
                }
            } else if is("host") {
                if !is_host(value) {
                    return Err(Rejection::bad("the host is malformed"));
                }
                if rules.host.replace(value).is_some() {
                    return Err(Rejection::bad(ONE_HOST));
                }
            } else if is("connection") {
                ends |= lists(value, b"close");
                stays |= lists(value, b"keep-alive");
            } else if is("expect") {
                if !value.eq_ignore_ascii_case(b"100-continue") {
                    return Err(Rejection::UNKNOWN_EXPECTATION);
                }
                rules.expects = true;
            }
        }
        if rules.host.is_none() && minor == 1 {
            return Err(Rejection::bad(ONE_HOST));
        }
        rules.keep_alive = (rules.keep_alive || stays) && !ends;
        Ok(rules)
    }

    fn framing(&self) -> Result<Framing, Rejection> {
        match (self.coding, self.length) {
            (Some(_), Some(_)) => Err(Rejection::bad("the body has a length and a transfer coding")),
            (Some(Coding::Unknown), None) => Err(Rejection::UNKNOWN_CODING),
            (Some(Coding::Chunked), None) => Ok(Framing::Chunked),
            (None, None | Some(0)) => Ok(Framing::Empty),
            (None, Some(length)) => Ok(Framing::Length(length)),
        }
    }
}

/// Digits and nothing else: no sign, no list, no space inside.
fn parse_length(value: &[u8]) -> Result<u64, Rejection> {
    const BAD: Rejection = Rejection::bad("the length is not a number");
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(BAD);
    }
    std::str::from_utf8(value).ok().and_then(|digits| digits.parse().ok()).ok_or(BAD)
}

/// `chunked` has to come last and once; what comes before it is a coding that this server cannot decode.
fn parse_coding(value: &[u8]) -> Result<Coding, Rejection> {
    let mut codings: Vec<_> = value.split(|byte| *byte == b',').map(trim).collect();
    let last = codings.pop().unwrap_or_default();
    if !last.eq_ignore_ascii_case(b"chunked") || codings.iter().any(|coding| coding.eq_ignore_ascii_case(b"chunked")) {
        return Err(Rejection::bad("the transfer coding has no certain end"));
    }
    Ok(if codings.is_empty() { Coding::Chunked } else { Coding::Unknown })
}

fn lists(value: &[u8], option: &[u8]) -> bool {
    value.split(|byte| *byte == b',').any(|item| trim(item).eq_ignore_ascii_case(option))
}

/// Without the spaces and tabs around it, and nothing else: a form feed is not white space here.
fn trim(value: &[u8]) -> &[u8] {
    let blank = |byte: &u8| *byte == b' ' || *byte == b'\t';
    let start = value.iter().position(|byte| !blank(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &value[start..end]
}

pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A name, an IPv4 address or an IP literal in brackets, and perhaps a port; nothing at all is a host too.
fn is_host(value: &[u8]) -> bool {
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+;=%".contains(byte);
    let (is_name, port) = match value.strip_prefix(b"[") {
        Some(literal) => {
            let end = literal.iter().position(|byte| *byte == b']').unwrap_or(0);
            let is_literal = end > 0 && literal[..end].iter().all(|byte| in_name(byte) || *byte == b':');
            (is_literal, &literal[(end + 1).min(literal.len())..])
        }
        None => {
            let (name, port) = value.split_at(value.iter().position(|byte| *byte == b':').unwrap_or(value.len()));
            (name.iter().all(in_name), port)
        }
    };
    is_name && port.split_first().is_none_or(|(colon, port)| *colon == b':' && port.iter().all(u8::is_ascii_digit))
}

impl Head {
    /// Parts of the request line and field names, which httparse has checked to be text.
    fn text(&self, span: &Span) -> &str {
        std::str::from_utf8(&self.raw[span.range()]).expect("httparse returned this part as a str")
    }
}
