//! What client and server say to each other. Each request carries a number, and its reply carries it back.

use anyhow::{Context, Result, bail, ensure};
use std::io::Write;

/// A protocol, of which the client has both sides and a loop by hand has the server's.
pub trait Protocol: 'static {
    /// Appends a request.
    fn ask(number: u64, request: &mut Vec<u8>);

    /// The number in the reply that `bytes` begin with, and the length of the reply; `None` if more has to come.
    ///
    /// # Errors
    ///
    /// When it is not a reply.
    fn answer(bytes: &[u8]) -> Result<Option<(u64, usize)>>;

    /// Appends the reply to the request that `bytes` begin with, and says how long the request is; `None` if more has to
    /// come.
    ///
    /// # Errors
    ///
    /// When it is not a request.
    fn reply(bytes: &[u8], replies: &mut Vec<u8>) -> Result<Option<usize>>;
}

/// HTTP/1.1: the path is the number, and so is the body of the response.
#[derive(Debug)]
pub struct Http;

/// Fields of a head that are read; the servers send fewer.
const FIELDS: usize = 16;

impl Protocol for Http {
    fn ask(number: u64, request: &mut Vec<u8>) {
        write!(request, "GET /{number} HTTP/1.1\r\nhost: localhost\r\n\r\n").expect("memory takes it");
    }

    fn answer(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        let httparse::Status::Complete(head) = response.parse(bytes)? else { return Ok(None) };
        ensure!(response.code == Some(200), "a response is no 200: {:?}", response.code);
        let length = response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-length"));
        let length: usize = parse(length.context("a response without its length")?.value)?;
        let Some(body) = bytes.get(head..head + length) else { return Ok(None) };
        Ok(Some((parse(body)?, head + length)))
    }

    fn reply(bytes: &[u8], replies: &mut Vec<u8>) -> Result<Option<usize>> {
        let mut fields = [httparse::EMPTY_HEADER; FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        let httparse::Status::Complete(head) = request.parse(bytes)? else { return Ok(None) };
        let body = request.path.and_then(|path| path.strip_prefix('/')).context("a request without a path")?;
        let length = body.len();
        write!(replies, "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}")?;
        Ok(Some(head))
    }
}

fn parse<N: std::str::FromStr>(bytes: &[u8]) -> Result<N> {
    match std::str::from_utf8(bytes).map(str::parse) {
        Ok(Ok(number)) => Ok(number),
        _ => bail!("`{}` is no number", bytes.escape_ascii()),
    }
}

/// Messages of 64 bytes that come back as they are.
#[derive(Debug)]
pub struct Echo;

const MESSAGE: usize = 64;
const REST: [u8; MESSAGE - 8] = [b'x'; MESSAGE - 8];

impl Protocol for Echo {
    fn ask(number: u64, request: &mut Vec<u8>) {
        request.extend_from_slice(&number.to_le_bytes());
        request.extend_from_slice(&REST);
    }

    fn answer(bytes: &[u8]) -> Result<Option<(u64, usize)>> {
        let Some((message, _)) = bytes.split_first_chunk::<MESSAGE>() else { return Ok(None) };
        let (number, rest) = message.split_first_chunk().expect("64 bytes have 8 at their start");
        ensure!(rest == REST, "a message came back damaged");
        Ok(Some((u64::from_le_bytes(*number), MESSAGE)))
    }

    fn reply(bytes: &[u8], replies: &mut Vec<u8>) -> Result<Option<usize>> {
        replies.extend_from_slice(bytes);
        Ok(Some(bytes.len()).filter(|length| *length > 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comes_back<P: Protocol>() {
        let (mut requests, mut replies) = (Vec::new(), Vec::new());
        P::ask(u64::MAX, &mut requests);
        for end in 1..requests.len() {
            if let Some(length) = P::reply(&requests[..end], &mut replies).unwrap() {
                // What was cut is a message of its own where there are no bounds.
                assert_eq!(length, end);
                replies.clear();
            }
        }
        assert_eq!(P::reply(&requests, &mut replies).unwrap(), Some(requests.len()));
        for end in 0..replies.len() {
            assert_eq!(P::answer(&replies[..end]).unwrap(), None);
        }
        assert_eq!(P::answer(&replies).unwrap(), Some((u64::MAX, replies.len())));
    }

    #[test]
    fn a_number_comes_back_however_it_is_cut() {
        comes_back::<Http>();
        comes_back::<Echo>();
    }

    #[test]
    fn what_is_no_reply_is_refused() {
        assert!(Http::answer(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n").is_err());
        assert!(Http::answer(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx").is_err());
        assert!(Echo::answer(&[0; MESSAGE]).is_err());
    }
}
