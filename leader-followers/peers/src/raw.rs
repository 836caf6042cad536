//! A loop by hand: one thread, epoll, and no more code than the protocol needs. It is what a framework is seen against.

use crate::Server;
use crate::protocol::Protocol;
use anyhow::{Context, Result};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::retry_on_intr;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// Events of a wait.
const EVENTS: usize = 64;
/// What is read at once.
const BUFFER: usize = 4096;
/// The listener's number among the connections.
const LISTENER: u64 = u64::MAX;

/// Starts it; it ends with its last connection.
pub(crate) fn serve<P: Protocol>(listener: TcpListener) -> Result<Server> {
    listener.set_nonblocking(true)?;
    let epoll = epoll::create(CreateFlags::CLOEXEC)?;
    epoll::add(&epoll, &listener, EventData::new_u64(LISTENER), EventFlags::IN)?;
    let server = Loop { epoll, listener, connections: Vec::new(), open: 0 };
    Ok(Box::new(Thread(Some(thread::spawn(move || server.run::<P>())))))
}

struct Thread(Option<JoinHandle<Result<()>>>);

impl Drop for Thread {
    fn drop(&mut self) {
        let thread = self.0.take().expect("it is joined once");
        if let Err(error) = thread.join().expect("the loop does not panic") {
            eprintln!("the loop by hand ended early: {error:#}");
        }
    }
}

struct Loop {
    epoll: OwnedFd,
    listener: TcpListener,
    /// By their number; `None` once they are closed.
    connections: Vec<Option<Connection>>,
    open: usize,
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    replies: Vec<u8>,
}

/// What a connection waits for.
enum Wait {
    Request,
    Room,
    Nothing,
}

impl Loop {
    fn run<P: Protocol>(mut self) -> Result<()> {
        let mut events = Vec::<Event>::with_capacity(EVENTS);
        loop {
            events.clear();
            retry_on_intr(|| epoll::wait(&self.epoll, spare_capacity(&mut events), None))?;
            for event in &events {
                match event.data.u64() {
                    LISTENER => self.accept()?,
                    at => self.turn::<P>(at, event.flags)?,
                }
            }
            if self.open == 0 && !self.connections.is_empty() {
                return Ok(());
            }
        }
    }

    fn accept(&mut self) -> Result<()> {
        loop {
            let stream = match self.listener.accept() {
                Ok((stream, _)) => stream,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            let at = EventData::new_u64(self.connections.len() as u64);
            epoll::add(&self.epoll, &stream, at, EventFlags::IN)?;
            self.connections.push(Some(Connection { stream, received: Vec::new(), replies: Vec::new() }));
            self.open += 1;
        }
    }

    fn turn<P: Protocol>(&mut self, at: u64, flags: EventFlags) -> Result<()> {
        let place = &mut self.connections[at as usize];
        let connection = place.as_mut().context("a closed connection has no events")?;
        let interest = match connection.turn::<P>()? {
            Wait::Request => EventFlags::IN,
            Wait::Room => EventFlags::OUT,
            Wait::Nothing => {
                *place = None;
                self.open -= 1;
                return Ok(());
            }
        };
        // Level-triggered: what it waits for is told to the kernel only when that changes.
        if !flags.contains(interest) {
            epoll::modify(&self.epoll, &connection.stream, EventData::new_u64(at), interest)?;
        }
        Ok(())
    }
}

impl Connection {
    fn turn<P: Protocol>(&mut self) -> Result<Wait> {
        if !self.replies.is_empty() {
            return self.send();
        }
        let mut bytes = [0; BUFFER];
        let count = match self.stream.read(&mut bytes) {
            Ok(0) => return Ok(Wait::Nothing),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(Wait::Nothing),
            Err(error) => return Err(error.into()),
        };
        if self.received.is_empty() {
            let rest = answer_all::<P>(&bytes[..count], &mut self.replies)?;
            self.received.extend_from_slice(rest);
        } else {
            self.received.extend_from_slice(&bytes[..count]);
            let rest = answer_all::<P>(&self.received, &mut self.replies)?.len();
            self.received.drain(..self.received.len() - rest);
        }
        self.send()
    }

    fn send(&mut self) -> Result<Wait> {
        while !self.replies.is_empty() {
            match self.stream.write(&self.replies) {
                Ok(count) => drop(self.replies.drain(..count)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Wait::Room),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Wait::Request)
    }
}

/// Answers all requests in `bytes`; what is left of them is the beginning of the next one.
fn answer_all<'a, P: Protocol>(mut bytes: &'a [u8], replies: &mut Vec<u8>) -> Result<&'a [u8]> {
    while !bytes.is_empty() {
        let Some(length) = P::reply(bytes, replies)? else { break };
        bytes = &bytes[length..];
    }
    Ok(bytes)
}
