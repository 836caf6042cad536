//! A small HTTP/1.1 client that tells exactly what became of each request.
//!
//! Libraries retry behind their callers' backs. The demo counts failed requests, so its client must not.

use anyhow::{Context, bail, ensure};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// The longest that one read or write may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// The largest reply that is accepted, in bytes.
const MAX_REPLY: usize = 64 << 20;

/// A keep-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Which worker answered last on this connection.
    pub(crate) worker: Option<u64>,
    /// Whether the server keeps the connection open for another request.
    pub(crate) reusable: bool,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Vec<u8>,
}

struct Head {
    status: u16,
    length: usize,
    close: bool,
    worker: Option<u64>,
    size: usize,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).context("cannot connect")?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::new(), worker: None, reusable: true })
    }

    /// Sends one request and waits for its reply.
    pub(crate) fn request(&mut self, method: &str, target: &str, body: &[u8]) -> anyhow::Result<Reply> {
        let head = format!("{method} {target} HTTP/1.1\r\nhost: demo\r\ncontent-length: {}\r\n\r\n", body.len());
        self.reusable = false;
        self.stream.write_all(head.as_bytes()).context("cannot send the request")?;
        self.stream.write_all(body).context("cannot send the body")?;
        let head = loop {
            match parse(&self.buffer)? {
                Some(head) => break head,
                None => self.fill()?,
            }
        };
        let size = head.size + head.length;
        while self.buffer.len() < size {
            self.fill()?;
        }
        let body = self.buffer[head.size..size].to_vec();
        self.buffer.drain(..size);
        self.worker = head.worker.or(self.worker);
        self.reusable = !head.close;
        Ok(Reply { status: head.status, body })
    }

    /// Whether the server has closed the connection while it was idle, as any server may; the request belongs on
    /// another.
    pub(crate) fn is_stale(&self) -> bool {
        let mut byte = [0];
        let looked = self.stream.set_nonblocking(true).and_then(|()| self.stream.peek(&mut byte));
        let open = matches!(&looked, Err(error) if error.kind() == std::io::ErrorKind::WouldBlock);
        self.stream.set_nonblocking(false).is_err() || !open
    }

    fn fill(&mut self) -> anyhow::Result<()> {
        let mut chunk = [0; 16 * 1024];
        match self.stream.read(&mut chunk).context("cannot read the reply")? {
            0 => bail!("the connection ended before the reply did"),
            count => self.buffer.extend_from_slice(&chunk[..count]),
        }
        Ok(())
    }
}

fn parse(buffer: &[u8]) -> anyhow::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut response = httparse::Response::new(&mut headers);
    let httparse::Status::Complete(size) = response.parse(buffer).context("the reply is not HTTP")? else {
        return Ok(None);
    };
    let header = |name: &str| {
        let found = response.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
        std::str::from_utf8(found.value).ok()
    };
    let length = header("content-length").context("the reply has no length")?.parse()?;
    ensure!(length <= MAX_REPLY, "the reply has {length} bytes, more than {MAX_REPLY}");
    Ok(Some(Head {
        status: response.code.unwrap_or_default(),
        length,
        close: header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")),
        worker: header("x-worker").and_then(|value| value.parse().ok()),
        size,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    fn served(reply: &'static str) -> anyhow::Result<Reply> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).unwrap();
            for byte in reply.as_bytes() {
                stream.write_all(&[*byte]).unwrap();
            }
        });
        let outcome = Connection::open(address).unwrap().request("GET", "/", b"");
        server.join().unwrap();
        outcome
    }

    #[test]
    fn a_reply_in_pieces_is_whole() {
        let reply = served("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nx-worker: 3\r\n\r\nhello").unwrap();
        assert_eq!((reply.status, reply.body.as_slice()), (200, b"hello".as_slice()));
    }

    #[test]
    fn a_connection_closed_meanwhile_is_stale() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = Connection::open(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        assert!(!connection.is_stale());
        drop(server);
        // The kernel may take a moment to deliver the end; a peek that blocks waits for it.
        connection.stream.peek(&mut [0]).unwrap();
        assert!(connection.is_stale());
    }

    #[test]
    fn a_reply_cut_short_is_an_error() {
        let error = served("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel").unwrap_err();
        assert!(error.to_string().contains("ended before"), "{error}");
    }
}
