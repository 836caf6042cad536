//! The client: one thread on epoll, in a closed loop with one request on its way in each connection.
//!
//! It shares the machine with the server, so it does as little as it can: a wait for many, a read, a write.

use crate::protocol::Protocol;
use anyhow::{Context, Result, ensure};
use barometer::Outcome;
use rustix::buffer::spare_capacity;
use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::fd::OwnedFd;
use rustix::io::retry_on_intr;
use std::io::{Read, Write};
use std::marker::PhantomData;
use std::net::{SocketAddr, TcpStream};

/// How long all connections may be silent.
const PATIENCE: Timespec = Timespec { tv_sec: 20, tv_nsec: 0 };
/// More than a reply has.
const BUFFER: usize = 4096;

/// Connections to a server.
pub struct Client<P> {
    epoll: OwnedFd,
    events: Vec<Event>,
    connections: Vec<Connection>,
    protocol: PhantomData<P>,
}

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    received: Box<[u8; BUFFER]>,
    length: usize,
    /// The number of the request that is on its way.
    asked: Option<u64>,
}

impl<P: Protocol> Client<P> {
    /// Connects so many times.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached, and what the system says.
    pub fn connect(address: SocketAddr, connections: u64) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let connect = |at| {
            let stream = TcpStream::connect(address).context("the server is not there")?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&epoll, &stream, EventData::new_u64(at), EventFlags::IN)?;
            let received = Box::new([0; BUFFER]);
            anyhow::Ok(Connection { stream, request: Vec::new(), received, length: 0, asked: None })
        };
        let connections: Vec<_> = (0..connections).map(connect).collect::<Result<_>>()?;
        Ok(Self { epoll, events: Vec::with_capacity(connections.len()), connections, protocol: PhantomData })
    }

    /// Sends requests 0 to `operations`, and reads the replies.
    ///
    /// # Errors
    ///
    /// When a reply is wrong or does not come, and what the system says.
    pub fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut numbers = 0..operations;
        for (connection, number) in self.connections.iter_mut().zip(&mut numbers) {
            connection.ask::<P>(number)?;
        }
        while outcome.count < operations {
            self.events.clear();
            retry_on_intr(|| epoll::wait(&self.epoll, spare_capacity(&mut self.events), Some(&PATIENCE)))?;
            ensure!(!self.events.is_empty(), "no reply within {} s, after {outcome}", PATIENCE.tv_sec);
            for event in &self.events {
                let connection = &mut self.connections[event.data.u64() as usize];
                let Some(number) = connection.receive::<P>()? else { continue };
                outcome.add(number);
                if let Some(number) = numbers.next() {
                    connection.ask::<P>(number)?;
                }
            }
        }
        Ok(outcome)
    }
}

impl Connection {
    fn ask<P: Protocol>(&mut self, number: u64) -> Result<()> {
        self.request.clear();
        P::ask(number, &mut self.request);
        self.stream.write_all(&self.request).context("a request has room where there is no other one")?;
        self.asked = Some(number);
        Ok(())
    }

    /// The number of the reply, once it is complete.
    fn receive<P: Protocol>(&mut self) -> Result<Option<u64>> {
        let count = self.stream.read(&mut self.received[self.length..])?;
        ensure!(count > 0, "the server closed a connection, or replied too much");
        self.length += count;
        let Some((number, length)) = P::answer(&self.received[..self.length])? else { return Ok(None) };
        ensure!(self.asked == Some(number) && self.length == length, "{number} is no reply to {:?}", self.asked);
        (self.asked, self.length) = (None, 0);
        Ok(Some(number))
    }
}
