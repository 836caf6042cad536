//! The reactor: one handle at a time, deadlines, notifications, suspension and both ends.

use crate::{past, soon};
use leader_followers::reactor::{Cause, Context, EventHandler, Next, Ready, RegisterErrorKind, Registration, mio};
use leader_followers::{Promotion, Reactor};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

/// A connected pair: ours is non-blocking.
fn pair() -> (mio::net::TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let theirs = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let ours = listener.accept().unwrap().0;
    ours.set_nonblocking(true).unwrap();
    theirs.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    (mio::net::TcpStream::from_std(ours), theirs)
}

/// What a handler was told.
#[derive(Debug, PartialEq)]
enum Told {
    Opened(Handle),
    Ready(bool),
    Timeout,
    Notified,
    Draining,
    Closed(Cause),
}

/// A registration for the test; two are never compared.
struct Handle(Registration);

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl PartialEq for Handle {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Tells the test everything, echoes what it reads, and does what the bytes say.
struct Echo {
    stream: mio::net::TcpStream,
    tell: Sender<Told>,
    inside: AtomicBool,
    suspended: bool,
    timeout: Option<Duration>,
}

impl Echo {
    fn pair() -> (Self, TcpStream, Receiver<Told>) {
        let (stream, theirs) = pair();
        let (tell, told) = mpsc::channel();
        (Self { stream, tell, inside: AtomicBool::new(false), suspended: false, timeout: None }, theirs, told)
    }

    fn tell(&self, told: Told) {
        // The test may have seen enough.
        drop(self.tell.send(told));
    }

    fn echo(&mut self) -> io::Result<Next> {
        let mut bytes = [0; 64];
        loop {
            match self.stream.read(&mut bytes) {
                Ok(0) => return Ok(Next::Close),
                Ok(count) => {
                    self.stream.write_all(&bytes[..count])?;
                    match bytes[count - 1] {
                        b'a' => return Ok(Next::Again),
                        b's' => return Ok(Next::Suspend),
                        b'p' => std::panic::resume_unwind(Box::new("asked to panic")),
                        _ => {}
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Wait),
                Err(error) => return Err(error),
            }
        }
    }
}

impl EventHandler for Echo {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.stream
    }

    fn opened(&mut self, cx: &mut Context<'_>) {
        cx.deadline(self.timeout.map(|timeout| Instant::now() + timeout));
        self.tell(Told::Opened(Handle(cx.registration())));
    }

    fn ready(&mut self, ready: Ready, _: &mut Context<'_>) -> Next {
        assert!(!self.inside.swap(true, Ordering::Relaxed), "two threads in one handler");
        let next = self.echo();
        self.suspended = matches!(next, Ok(Next::Suspend));
        self.inside.store(false, Ordering::Relaxed);
        self.tell(Told::Ready(ready.contains(Ready::RESUME)));
        next.unwrap_or(Next::Close)
    }

    fn timeout(&mut self, _: &mut Context<'_>) -> Next {
        self.tell(Told::Timeout);
        Next::Close
    }

    fn notified(&mut self, _: &mut Context<'_>) -> Next {
        self.tell(Told::Notified);
        if self.suspended { Next::Suspend } else { Next::Wait }
    }

    fn draining(&mut self, _: &mut Context<'_>) -> Next {
        self.tell(Told::Draining);
        Next::Close
    }

    fn closed(&mut self, cause: Cause) {
        self.tell(Told::Closed(cause));
    }
}

/// The next thing that a handler was told and that is no readiness.
fn next_told(told: &Receiver<Told>) -> Told {
    loop {
        match told.recv_timeout(Duration::from_secs(20)).expect("the handler is told something") {
            Told::Ready(_) => {}
            other => return other,
        }
    }
}

fn exchange(stream: &mut TcpStream, bytes: &[u8]) {
    stream.write_all(bytes).unwrap();
    let mut back = vec![0; bytes.len()];
    stream.read_exact(&mut back).unwrap();
    assert_eq!(back, bytes);
}

#[test]
fn sockets_are_served_under_both_policies() {
    for promotion in [Promotion::Early, Promotion::Late] {
        let reactor = Reactor::builder().threads(3).promotion(promotion).start().unwrap();
        let clients: Vec<_> = (0..8)
            .map(|_| {
                let (echo, mut theirs, told) = Echo::pair();
                reactor.register(echo).unwrap();
                std::thread::spawn(move || {
                    (0..200).for_each(|n: u32| exchange(&mut theirs, format!("message {n}a").as_bytes()));
                    drop(theirs);
                    assert!(matches!(next_told(&told), Told::Opened(_)));
                    assert_eq!(next_told(&told), Told::Closed(Cause::Finished));
                })
            })
            .collect();
        clients.into_iter().for_each(|client| client.join().unwrap());
        assert!(reactor.is_empty());
        let report = reactor.stop(soon());
        assert_eq!((report.open, report.busy, report.panicked), (0, 0, 0));
    }
}

#[test]
fn a_suspended_handle_reads_after_its_resume() {
    let reactor = Reactor::builder().threads(2).start().unwrap();
    let (echo, mut theirs, told) = Echo::pair();
    let registration = reactor.register(echo).unwrap();
    exchange(&mut theirs, b"now s");
    theirs.write_all(b"later").unwrap();
    registration.notify();
    assert!(matches!(next_told(&told), Told::Opened(_)));
    assert_eq!(next_told(&told), Told::Notified);
    registration.resume();
    assert_eq!(told.recv().unwrap(), Told::Ready(true), "nothing was read before the resume");
    let mut back = [0; 5];
    theirs.read_exact(&mut back).unwrap();
    assert_eq!(&back, b"later");
}

#[test]
fn a_deadline_that_passes_is_told_once() {
    let reactor = Reactor::builder().threads(2).start().unwrap();
    let (mut echo, _theirs, told) = Echo::pair();
    echo.timeout = Some(Duration::from_millis(20));
    let begun = Instant::now();
    reactor.register(echo).unwrap();
    assert!(matches!(next_told(&told), Told::Opened(_)));
    assert_eq!(next_told(&told), Told::Timeout);
    assert!(begun.elapsed() >= Duration::from_millis(20));
    assert_eq!(next_told(&told), Told::Closed(Cause::Finished));
}

#[test]
fn a_handle_is_closed_from_outside() {
    let reactor = Reactor::builder().threads(2).start().unwrap();
    let (echo, mut theirs, told) = Echo::pair();
    let registration = reactor.register(echo).unwrap();
    assert!(registration.is_open());
    registration.close();
    assert!(matches!(next_told(&told), Told::Opened(_)));
    assert_eq!(next_told(&told), Told::Closed(Cause::Asked));
    assert_eq!(theirs.read(&mut [0]).unwrap(), 0);
    registration.notify();
    registration.close();
    assert!(told.recv().is_err(), "nothing comes after closed");
}

#[test]
fn a_panic_closes_its_own_handle_only() {
    let reactor = Reactor::builder().threads(2).start().unwrap();
    let (echo, mut bystander, _told) = Echo::pair();
    reactor.register(echo).unwrap();
    for _ in 0..8 {
        let (echo, mut theirs, told) = Echo::pair();
        reactor.register(echo).unwrap();
        exchange(&mut theirs, b"p");
        assert!(matches!(next_told(&told), Told::Opened(_)));
        assert_eq!(next_told(&told), Told::Closed(Cause::Panicked));
        exchange(&mut bystander, b"still here");
    }
    assert_eq!(reactor.panicked(), 8);
}

#[test]
fn a_full_reactor_gives_the_handler_back() {
    let reactor = Reactor::builder().threads(2).capacity(1).start().unwrap();
    let (first, theirs, told) = Echo::pair();
    let (second, _second, _) = Echo::pair();
    reactor.register(first).unwrap();
    let refused = reactor.register(second).unwrap_err();
    assert!(matches!(refused.kind(), RegisterErrorKind::Full));
    assert_eq!(refused.to_string(), "the reactor has no room for another handle");
    drop(theirs);
    assert!(matches!(next_told(&told), Told::Opened(_)));
    assert_eq!(next_told(&told), Told::Closed(Cause::Finished));
    assert!(told.recv().is_err(), "the handler was dropped");
    let (third, mut theirs, _told) = Echo::pair();
    while reactor.len() == 1 {
        std::thread::yield_now();
    }
    reactor.register(third).unwrap();
    exchange(&mut theirs, b"the slot is free again");
}

#[test]
fn a_drain_tells_everybody_and_a_stop_closes_everybody() {
    for drains in [true, false] {
        let reactor = Reactor::builder().threads(2).start().unwrap();
        let told: Vec<_> = (0..4)
            .map(|_| {
                let (echo, theirs, told) = Echo::pair();
                reactor.register(echo).unwrap();
                (theirs, told)
            })
            .collect();
        let report = if drains { reactor.drain(soon()) } else { reactor.stop(soon()) };
        assert_eq!((report.open, report.busy), (if drains { 0 } else { 4 }, 0));
        for (_theirs, told) in &told {
            assert!(matches!(next_told(told), Told::Opened(_)));
            if drains {
                assert_eq!(next_told(told), Told::Draining);
            }
            let cause = if drains { Cause::Finished } else { Cause::Stopped };
            assert_eq!(next_told(told), Told::Closed(cause));
        }
        let (echo, _theirs, _) = Echo::pair();
        assert!(matches!(reactor.register(echo).unwrap_err().kind(), RegisterErrorKind::Stopped));
        assert_eq!(report.is_clean(), drains);
        assert_eq!(reactor.stop(past()).open, report.open, "a second stop reports the same again");
    }
}

/// Waits, when it is notified, until it may go on.
struct Gated {
    stream: mio::net::TcpStream,
    begun: Sender<()>,
    released: Receiver<()>,
}

impl EventHandler for Gated {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.stream
    }

    fn ready(&mut self, _: Ready, _: &mut Context<'_>) -> Next {
        Next::Wait
    }

    fn notified(&mut self, _: &mut Context<'_>) -> Next {
        self.begun.send(()).unwrap();
        self.released.recv().unwrap();
        Next::Wait
    }
}

#[test]
fn a_stop_during_another_one_reports_what_is_not_over() {
    let reactor = Reactor::builder().threads(2).capacity(1).start().unwrap();
    let ((stream, _theirs), (begun, begin), (release, released)) = (pair(), mpsc::channel(), mpsc::channel());
    reactor.register(Gated { stream, begun, released }).unwrap().notify();
    begin.recv().unwrap();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| reactor.stop(soon()));
        // A full reactor says so until it is stopped.
        let (mut refused, _late, _told) = Echo::pair();
        let deadline = soon();
        loop {
            let error = reactor.register(refused).unwrap_err();
            if matches!(error.kind(), RegisterErrorKind::Stopped) {
                break;
            }
            assert!(Instant::now() < deadline, "the stop does not begin");
            refused = Echo::pair().0;
        }
        let early = reactor.stop(past());
        assert_eq!((early.open, early.busy, early.is_clean()), (1, 2, false));
        let second = scope.spawn(|| reactor.stop(soon()));
        release.send(()).unwrap();
        for report in [first.join().unwrap(), second.join().unwrap(), reactor.stop(past())] {
            assert_eq!((report.open, report.busy, report.is_clean()), (1, 0, false));
        }
    });
}

#[test]
fn handlers_that_keep_the_reactor_are_dropped_by_a_stop() {
    let reactor = Reactor::builder().threads(2).start().unwrap();
    let (echo, _theirs, told) = Echo::pair();
    let registration = reactor.register(echo).unwrap();
    drop(reactor);
    assert!(!registration.is_open());
    assert!(matches!(next_told(&told), Told::Opened(_)));
    assert_eq!(next_told(&told), Told::Closed(Cause::Stopped));
}
