//! Tables of requests, each fed whole, one byte at a time, and split at every byte.

use super::{Connection, Limits, Output, Rejection, Response, Stage, Step};
use std::net::SocketAddr;

const LIMITS: Limits = Limits { head: 512, headers: 8, body: 64 };

fn peer() -> SocketAddr {
    ([127, 0, 0, 1], 9).into()
}

/// What a connection made of its input: a line for each request, the last one for a rejection.
fn outcome(pieces: &[&[u8]]) -> Vec<String> {
    let mut connection = Connection::new(LIMITS);
    let mut seen = Vec::new();
    for piece in pieces {
        connection.receive(piece);
        loop {
            match connection.step() {
                Step::Starved => break,
                Step::Request => {
                    let request = connection.request(peer()).unwrap();
                    let body = String::from_utf8_lossy(request.body());
                    let query = request.query().map(|query| format!("?{query}")).unwrap_or_default();
                    seen.push(format!("{} {}{query} [{body}]", request.method(), request.path()));
                    connection.respond(Response::text("ok"), false);
                }
                Step::Rejected(Rejection { status, .. }) => {
                    seen.push(status.to_string());
                    connection.refuse(Rejection { status, reason: "" });
                    assert_eq!(connection.stage(), Stage::Over);
                }
            }
        }
    }
    seen
}

/// The outcome, which must not depend on how the input was cut.
fn outcome_of(input: &[u8]) -> Vec<String> {
    let whole = outcome(&[input]);
    let bytes: Vec<&[u8]> = input.chunks(1).collect();
    assert_eq!(outcome(&bytes), whole, "one byte at a time: {:?}", String::from_utf8_lossy(input));
    for at in (1..input.len()).step_by(if cfg!(miri) { 16 } else { 1 }) {
        assert_eq!(outcome(&[&input[..at], &input[at..]]), whole, "cut at {at}: {:?}", String::from_utf8_lossy(input));
    }
    whole
}

#[test]
fn requests_are_understood_however_they_are_cut() {
    let table: &[(&str, &[&str])] = &[
        ("GET / HTTP/1.1\r\nhost: a\r\n\r\n", &["GET / []"]),
        ("GET /a?b=c?d HTTP/1.1\r\nHost: a:80\r\n\r\n", &["GET /a?b=c?d []"]),
        ("\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n", &["GET / []"]),
        ("GET / HTTP/1.0\r\n\r\n", &["GET / []"]),
        ("GET http://a:8/b?c HTTP/1.1\r\nhost: A:8\r\n\r\n", &["GET /b?c []"]),
        ("GET http://a HTTP/1.1\r\nhost: a\r\n\r\n", &["GET / []"]),
        ("GET / HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n", &["GET / []"]),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", &["OPTIONS * []"]),
        ("GET / HTTP/1.1\r\nhost:\r\n\r\n", &["GET / []"]),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nhello", &["POST / [hello]"]),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n", &["POST / []"]),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: Chunked\r\n\r\n3\r\nabc\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            &["POST / [abc0123456789]"],
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx-sum: 1\r\ny:\r\n\r\n",
            &["POST / [a]"],
        ),
        (
            "GET /1 HTTP/1.1\r\nhost: a\r\n\r\nPOST /2 HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhiGET /3 HTTP/1.1\r\nhost: a\r\n\r\n",
            &["GET /1 []", "POST /2 [hi]", "GET /3 []"],
        ),
        (
            "GET /1 HTTP/1.1\r\nhost: a\r\nconnection: x, Close\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\n\r\n",
            &["GET /1 []"],
        ),
        ("GET /1 HTTP/1.0\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", &["GET /1 []"]),
        ("GET /1 HTTP/1.0\r\nconnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n", &["GET /1 []", "GET /2 []"]),
        ("GET / HTTP/1.1\r\nhost: a\r\n", &[]),
    ];
    for (input, expected) in table {
        assert_eq!(outcome_of(input.as_bytes()), *expected, "{input:?}");
    }
}

/// A GET with these fields; what follows it must not be taken for a request.
fn get(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nhost: a\r\n{fields}\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n")
}

/// A POST with these chunks.
fn chunks(chunks: &str) -> String {
    format!("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n{chunks}")
}

fn rejects(input: &str, status: u16) {
    assert_eq!(outcome_of(input.as_bytes()), [status.to_string()], "{input:?}");
}

#[test]
fn ambiguous_fields_are_rejected() {
    for (input, status) in [
        (get("content-length: 3\r\ntransfer-encoding: chunked"), 400),
        (get("transfer-encoding: chunked\r\ncontent-length: 3"), 400),
        (get("content-length: 3\r\ncontent-length: 4"), 400),
        (get("content-length: 3\r\ncontent-length: 3"), 400),
        (get("content-length: 3, 3"), 400),
        (get("content-length: +3"), 400),
        (get("content-length: -1"), 400),
        (get("content-length: 0x3"), 400),
        (get("content-length: 3 4"), 400),
        (get("content-length:"), 400),
        (get("content-length: 99999999999999999999"), 400),
        (get("content-length: 65"), 413),
        (get("transfer-encoding: chunked\r\ntransfer-encoding: chunked"), 400),
        (get("transfer-encoding: chunked, chunked"), 400),
        (get("transfer-encoding: identity"), 400),
        (get("transfer-encoding: xchunked"), 400),
        (get("transfer-encoding: \x0bchunked"), 400),
        (get("transfer-encoding: chunked, gzip"), 400),
        (get("transfer-encoding: gzip, chunked"), 501),
        (get("transfer-encoding:"), 400),
        (get("x-folded: a\r\n b"), 400),
        (get("x-space : a"), 400),
        (get(" x-first: a"), 400),
        (get("x y: a"), 400),
        (get(": a"), 400),
        (get("x-nul: a\0b"), 400),
        (get("x-cr: a\rb"), 400),
        (get("x-lf: a\nb: c"), 400),
        (get("no colon"), 400),
        (get("host: b"), 400),
        (get("expect: a miracle"), 417),
    ] {
        rejects(&input, status);
    }
}

#[test]
fn ambiguous_request_lines_are_rejected() {
    for (input, status) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", 400),
        ("GET / HTTP/1.1\nhost: a\n\n", 400),
        ("GET / HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505),
        ("GET / HTTP/1.2\r\nhost: a\r\n\r\n", 505),
        ("GET / http/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET /\r\nhost: a\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET /#a HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET a HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET ftp://a/ HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET http:///a HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a:b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a:1:2\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: [::1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: [::1]a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a[::1]\r\n\r\n", 400),
        ("GET http://:80/ HTTP/1.1\r\nhost: :80\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n", 400),
        ("GET http://a:8/ HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.1\r\nhost:\r\n\r\n", 400),
        ("GET http://a/ HTTP/1.0\r\nhost: b\r\n\r\n", 400),
        ("CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n", 501),
        ("\x16\x03\x01\x02", 400),
        (" GET / HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("\r\n\r\n\r\n\r\n\r\n\r\n", 400),
    ] {
        rejects(input, status);
    }
}

#[test]
fn ambiguous_chunks_are_rejected() {
    for (input, status) in [
        (chunks("x\r\n"), 400),
        (chunks("\r\n"), 400),
        (chunks("-1\r\n"), 400),
        (chunks("+1\r\na"), 400),
        (chunks("0x1\r\na"), 400),
        (chunks("1 \r\na"), 400),
        (chunks("1\na"), 400),
        (chunks("1\r\nab"), 400),
        (chunks("1\r\na\n0"), 400),
        (chunks("1;a\nb\r\n"), 400),
        (chunks("00000000000000001\r\na"), 400),
        (chunks("41\r\n"), 413),
        (chunks("ffffffffffffffff\r\n"), 413),
        (chunks("40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n1\r\n"), 413),
        (chunks("0\r\n a: b\r\n\r\n"), 400),
        (chunks("0\r\na : b\r\n\r\n"), 400),
        (chunks("0\r\na: b\n\r\n"), 400),
        (chunks("0\r\nab\r\n\r\n"), 400),
    ] {
        rejects(&input, status);
    }
}

#[test]
fn requests_beyond_the_limits_are_rejected() {
    for (input, status) in [
        (chunks(&format!("1;{}\r\na", "x".repeat(513))), 431),
        (chunks(&format!("0\r\na: {}\r\n\r\n", "x".repeat(513))), 431),
        (get(&format!("x-long: {}", "x".repeat(513))), 431),
        (get("a: 1\r\nb: 2\r\nc: 3\r\nd: 4\r\ne: 5\r\nf: 6\r\ng: 7\r\nh: 8"), 431),
        (format!("GET /{} HTTP/1.1\r\nhost: a\r\n\r\n", "x".repeat(513)), 414),
        (get(&format!("x-long: {}\ny: z", "x".repeat(513))), 431),
        (format!("GET /{}\nhost: a\r\n\r\n", "x".repeat(513)), 414),
    ] {
        rejects(&input, status);
    }
}

/// Random numbers that are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

#[test]
fn damaged_requests_are_judged_the_same_however_they_are_cut() {
    const DAMAGED: usize = if cfg!(miri) { 20 } else { 4_000 };
    let whole = b"\r\nPOST /a?b HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n2;x\r\nab\r\n0\r\ny: z\r\n\r\nPOST / HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\nexpect: 100-continue\r\n\r\nabcGET http://a/ HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let letters = b"\r\n\r\n \t:;,0123abz\0\x7f\xff/?#";
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut judged = std::collections::BTreeSet::new();
    for _ in 0..DAMAGED {
        let mut input = whole.to_vec();
        for _ in 0..=random.below(3) {
            let (at, letter) = (random.below(input.len()), letters[random.below(letters.len())]);
            match random.below(3) {
                0 => input[at] = letter,
                1 => input.insert(at, letter),
                _ => drop(input.remove(at)),
            }
        }
        let [first, second] = [random.below(input.len()), random.below(input.len())];
        let (first, second) = (first.min(second), first.max(second));
        let expected = outcome(&[&input]);
        let cut = outcome(&[&input[..first], &input[first..second], &input[second..]]);
        assert_eq!(cut, expected, "cut at {first} and {second}: {:?}", String::from_utf8_lossy(&input));
        judged.extend(expected.last().cloned());
    }
    assert!(judged.len() > DAMAGED / 200, "the damage is of many kinds: {judged:?}");
}

fn sent(output: &mut Output) -> String {
    let mut bytes = Vec::new();
    while output.len() > 0 {
        output.write_to(&mut bytes).unwrap();
    }
    String::from_utf8(bytes).unwrap()
}

/// What a connection sends that refuses its input.
fn refused(input: &str) -> String {
    let mut connection = Connection::new(LIMITS);
    connection.receive(input.as_bytes());
    match connection.step() {
        Step::Rejected(rejection) => connection.refuse(rejection),
        // It is still waiting for the rest, and its time is up.
        step => {
            assert_eq!(step, Step::Starved);
            connection.refuse(Rejection::TIMEOUT);
        }
    }
    sent(connection.output())
}

#[test]
fn a_refused_head_request_gets_no_body() {
    let long = "x".repeat(513);
    for input in [
        "HEAD / HTTP/1.1\r\n\r\n",
        "\r\nHEAD / HTTP/1.1\nhost: a\n\n",
        "HEAD / HTTP/1.1\r\nhost: a\r\ncontent-length: 65\r\n\r\n",
        "HEAD / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nx",
        "HEAD / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nx",
        "HEAD / HTTP/1.1\r\nhost",
        &format!("HEAD /{long} HTTP/1.1\r\n"),
    ] {
        let (head, get) = (refused(input), refused(&input.replace("HEAD", "GET")));
        let end = get.find("\r\n\r\n").expect("a head ends with an empty line") + 4;
        assert!(end < get.len(), "a GET is told why: {get:?}");
        assert_eq!(head, get[..end], "{input:?}");
    }
}

/// A connection that has been asked `request` and has answered it.
fn answered(request: &str, response: Response) -> String {
    let mut connection = Connection::new(LIMITS);
    connection.receive(request.as_bytes());
    assert_eq!(connection.step(), Step::Request);
    connection.respond(response, false);
    sent(connection.output())
}

#[test]
fn responses_say_how_they_end() {
    let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    let plain = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain; charset=utf-8\r\n\r\nhi";
    assert_eq!(answered(get, Response::text("hi")), plain);
    assert_eq!(answered(&get.replace("GET", "HEAD"), Response::text("hi")), plain.strip_suffix("hi").unwrap());
    assert_eq!(answered(get, Response::new(204).body("no")), "HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(answered(get, Response::new(304)), "HTTP/1.1 304 Not Modified\r\n\r\n");
    let closed = "HTTP/1.1 599 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    assert_eq!(answered(get, Response::new(599).close()), closed);
    let old = "GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n";
    let kept = "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: keep-alive\r\n\r\n";
    assert_eq!(answered(old, Response::new(404)), kept);
}

#[test]
fn a_continue_is_sent_only_to_a_client_that_waits_for_it() {
    let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\nexpect: 100-Continue\r\n\r\n";
    let mut connection = Connection::new(LIMITS);
    connection.receive(head.as_bytes());
    assert_eq!(connection.step(), Step::Starved);
    assert_eq!(connection.stage(), Stage::Body { received: 0 });
    assert_eq!(sent(connection.output()), "HTTP/1.1 100 Continue\r\n\r\n");

    let mut connection = Connection::new(LIMITS);
    connection.receive(format!("{head}h").as_bytes());
    assert_eq!(connection.step(), Step::Starved);
    assert_eq!(connection.output().len(), 0);
}

#[test]
fn an_idle_connection_holds_no_buffer() {
    let mut connection = Connection::new(LIMITS);
    connection.receive(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    assert_eq!(connection.step(), Step::Request);
    connection.respond(Response::text("ok"), false);
    sent(connection.output());
    assert_eq!(connection.step(), Step::Starved);
    assert_eq!(connection.stage(), Stage::Idle);
    assert_eq!((connection.input.capacity(), connection.output.pieces.capacity()), (0, 0));
}

#[test]
fn output_survives_a_writer_that_takes_a_byte_at_a_time() {
    struct Slow(Vec<u8>);
    impl std::io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let first = bytes.first().copied();
            self.0.extend(first);
            Ok(usize::from(first.is_some()))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut output = Output::default();
    let large: Vec<u8> = (0..super::COPIED_BODY + 10).map(|n| n as u8).collect();
    for _ in 0..3 {
        output.response(Response::new(200).body(large.clone()), None, false);
        output.response(Response::new(200).body("small"), None, false);
    }
    let (mut slow, total) = (Slow(Vec::new()), output.len());
    while output.len() > 0 {
        assert_eq!(output.write_to(&mut slow).unwrap(), 1);
    }
    assert_eq!(slow.0.len(), total);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", large.len());
    let one = [head.as_bytes(), &large, b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nsmall"].concat();
    assert_eq!(slow.0, one.repeat(3));
}
