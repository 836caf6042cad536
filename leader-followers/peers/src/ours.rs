//! leader-followers: its HTTP server, and its reactor with a handler for each connection.

use crate::{Server, THREADS};
use anyhow::Result;
use leader_followers::Reactor;
use leader_followers::http::{self, Response};
use leader_followers::reactor::{Context, EventHandler, Next, Ready, mio};
use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::time::Duration;

/// Connections wait for their turn in silence.
const IDLE: Duration = Duration::from_secs(3600);

pub(crate) fn http(listener: TcpListener) -> Result<Server> {
    let server = http::Server::builder().threads(THREADS).idle_timeout(IDLE);
    let answer = |request: &http::Request<'_>| Response::text(request.path()[1..].to_owned());
    Ok(Box::new(server.serve(listener, answer)?))
}

pub(crate) fn echo(listener: TcpListener) -> Result<Server> {
    let reactor = Reactor::builder().threads(THREADS).start()?;
    listener.set_nonblocking(true)?;
    reactor.register(Acceptor(mio::net::TcpListener::from_std(listener)))?;
    Ok(Box::new(reactor))
}

struct Acceptor(mio::net::TcpListener);

impl EventHandler for Acceptor {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.0
    }

    fn interest(&self) -> mio::Interest {
        mio::Interest::READABLE
    }

    fn ready(&mut self, _: Ready, cx: &mut Context<'_>) -> Next {
        while let Ok((stream, _)) = self.0.accept() {
            if let Err(refused) = cx.register(Echo(stream)) {
                eprintln!("a connection was turned away: {refused}");
            }
        }
        Next::Wait
    }
}

struct Echo(mio::net::TcpStream);

impl Echo {
    fn echo(&mut self) -> io::Result<Next> {
        let mut bytes = [0; 512];
        loop {
            match self.0.read(&mut bytes) {
                Ok(0) => return Ok(Next::Close),
                // There is room for a message where there is no other one.
                Ok(count) => self.0.write_all(&bytes[..count])?,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Wait),
                Err(error) => return Err(error),
            }
        }
    }
}

impl EventHandler for Echo {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.0
    }

    fn ready(&mut self, _: Ready, _: &mut Context<'_>) -> Next {
        self.echo().unwrap_or(Next::Close)
    }
}
