//! Floors of whatever goes through the kernel: writes and reads, with nothing that waits for many at once.

use crate::contender::{Contender, Outcome};
use crate::placement::Placement;
use anyhow::Result;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;

const BYTES: usize = 64;

/// Connections to a thread that sends back what it receives. Messages go through one after the other, on both sides, so
/// nobody has to ask where the next one comes.
struct Connections<S> {
    here: Vec<S>,
    /// The connection of the next message.
    next: usize,
}

pub(super) fn loopback(connections: usize, placement: Placement) -> Result<Box<dyn Contender>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let connect = |_| {
        let here = TcpStream::connect(listener.local_addr()?)?;
        let (there, _) = listener.accept()?;
        here.set_nodelay(true)?;
        there.set_nodelay(true)?;
        Ok((here, there))
    };
    let (here, there) = (0..connections).map(connect).collect::<Result<Vec<_>>>()?.into_iter().unzip();
    Ok(Connections::to_thread(here, there, placement))
}

pub(super) fn pair(placement: Placement) -> Result<Box<dyn Contender>> {
    let (here, there) = UnixStream::pair()?;
    Ok(Connections::to_thread(vec![here], vec![there], placement))
}

impl<S: Read + Write + Send + 'static> Connections<S> {
    fn to_thread(here: Vec<S>, mut there: Vec<S>, placement: Placement) -> Box<dyn Contender> {
        placement.pin(0);
        thread::spawn(move || {
            placement.pin(1);
            let mut bytes = [0; BYTES];
            let mut send_back = |stream: &mut S| stream.read_exact(&mut bytes).and_then(|()| stream.write_all(&bytes));
            // It ends with the connections.
            while there.iter_mut().try_for_each(&mut send_back).is_ok() {}
        });
        Box::new(Self { here, next: 0 })
    }

    /// The connection that is so far behind the next one, counted in the round.
    fn before(&mut self, distance: u64) -> &mut S {
        let count = self.here.len();
        &mut self.here[(self.next + count - distance as usize) % count]
    }

    fn receive(&mut self, distance: u64) -> Result<u64> {
        let mut bytes = [0; BYTES];
        self.before(distance).read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(*bytes.first_chunk().expect("64 bytes have 8 at their start")))
    }
}

impl<S: Read + Write + Send + 'static> Contender for Connections<S> {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut bytes = [0; BYTES];
        let count = self.here.len() as u64;
        for number in 0..operations {
            if number >= count {
                outcome.add(self.receive(0)?);
            }
            bytes[..8].copy_from_slice(&number.to_le_bytes());
            self.before(0).write_all(&bytes)?;
            self.next = (self.next + 1) % self.here.len();
        }
        for distance in (1..=operations.min(count)).rev() {
            outcome.add(self.receive(distance)?);
        }
        Ok(outcome)
    }
}
