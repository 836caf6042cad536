//! A pool of threads on one epoll: one thread waits for events, promotes a follower, and handles its event.
//!
//! Each connection answers lines in capitals. A connection is handled by one thread at a time and by any thread, so its
//! handler needs no lock; while one thread handles, another one is in epoll already.
//!
//! Run it: `cargo run -p leader-followers --example epoll_pool`

use leader_followers::reactor::{Context, EventHandler, Next, Ready, mio};
use leader_followers::{Promotion, Reactor};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

const CLIENTS: usize = 4;
const LINES: usize = 3;

/// Accepts connections and registers a handler for each.
struct Acceptor(mio::net::TcpListener);

impl EventHandler for Acceptor {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.0
    }

    fn interest(&self) -> mio::Interest {
        mio::Interest::READABLE
    }

    fn ready(&mut self, _: Ready, cx: &mut Context<'_>) -> Next {
        // The registration is edge-triggered: what is not accepted now is not announced again.
        while let Ok((stream, _)) = self.0.accept() {
            if let Err(refused) = cx.register(Shouter(stream)) {
                eprintln!("a connection was turned away: {refused}");
            }
        }
        Next::Wait
    }
}

/// Sends back in capitals what it reads.
struct Shouter(mio::net::TcpStream);

impl Shouter {
    fn shout(&mut self) -> io::Result<Next> {
        let mut bytes = [0; 512];
        loop {
            match self.0.read(&mut bytes) {
                Ok(0) => return Ok(Next::Close),
                Ok(count) => {
                    bytes.make_ascii_uppercase();
                    // These lines are short; a server that may have to wait for its reader keeps the rest for later.
                    self.0.write_all(&bytes[..count])?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Next::Wait),
                Err(error) => return Err(error),
            }
        }
    }
}

impl EventHandler for Shouter {
    fn source(&mut self) -> &mut dyn mio::event::Source {
        &mut self.0
    }

    fn ready(&mut self, _: Ready, _: &mut Context<'_>) -> Next {
        self.shout().unwrap_or(Next::Close)
    }
}

fn main() -> anyhow::Result<()> {
    let reactor = Reactor::builder().threads(4).promotion(Promotion::Early).start()?;
    let listener = mio::net::TcpListener::bind("127.0.0.1:0".parse()?)?;
    let address = listener.local_addr()?;
    reactor.register(Acceptor(listener))?;
    println!("four threads share one epoll");

    let clients = (1..=CLIENTS).map(|client| {
        thread::spawn(move || -> anyhow::Result<Vec<String>> {
            let mut stream = BufReader::new(TcpStream::connect(address)?);
            let mut answers = Vec::new();
            for line in 1..=LINES {
                writeln!(stream.get_mut(), "line {line} of client {client}")?;
                let mut answer = String::new();
                stream.read_line(&mut answer)?;
                answers.push(answer.trim_end().to_owned());
            }
            Ok(answers)
        })
    });
    for client in clients.collect::<Vec<_>>() {
        for answer in client.join().expect("a client does not panic")? {
            println!("{answer}");
        }
    }

    let handovers = reactor.handovers();
    println!("leadership was handed on: {}", handovers.handed + handovers.vacant > 0);
    let report = reactor.drain(Instant::now() + Duration::from_secs(10));
    println!("drained: {} handles open, {} threads busy", report.open, report.busy);
    Ok(())
}
