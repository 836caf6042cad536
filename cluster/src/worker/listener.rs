//! A worker's end of its slot's queue.

use crate::worker::Inner;
use common::sync::Arc;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};

/// A listener that the primary lent: its queue outlives this worker.
///
/// Several threads may accept from it at once. Dropping it leaves what waits in the queue to the slot's next worker.
#[derive(Debug)]
pub struct SharedListener {
    worker: Arc<Inner>,
    listener: Option<TcpListener>,
    address: SocketAddr,
    key: String,
}

impl SharedListener {
    pub(crate) fn new(worker: Arc<Inner>, listener: TcpListener, address: SocketAddr, key: String) -> Self {
        Self { worker, listener: Some(listener), address, key }
    }

    /// Waits for a connection; `None` once this worker is draining, whatever waits in the queue then.
    ///
    /// The stream is blocking.
    ///
    /// # Errors
    ///
    /// What the system says, for example that there are no descriptors left. The queue is intact then.
    pub fn accept(&self) -> io::Result<Option<TcpStream>> {
        loop {
            if self.worker.drain.is_open() {
                return Ok(None);
            }
            match self.as_std().accept() {
                Ok((stream, _)) => return Ok(Some(stream)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.wait()?,
                // A client that gave up while it waited is not our failure.
                Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::Interrupted) => {
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until somebody should look: at the queue, or at the drain.
    fn wait(&self) -> io::Result<()> {
        let bell = &self.worker.drain_bell;
        let mut sources = [PollFd::new(self.as_std(), PollFlags::IN), PollFd::new(bell, PollFlags::IN)];
        match poll(&mut sources, None) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Where it listens, with the port that was really bound.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// The listener itself, for an event loop of the worker's own.
    ///
    /// It is non-blocking and has to stay so: the flag is shared with the primary and with the slot's other worker.
    #[expect(clippy::missing_panics_doc, reason = "only `into_std` takes the listener away, and the handle with it")]
    pub fn as_std(&self) -> &TcpListener {
        self.listener.as_ref().expect("the listener is here until it is taken by value")
    }

    /// The listener itself, by value. See [`as_std`](Self::as_std); the loop has to watch
    /// [`Worker::wait_drain`](crate::Worker::wait_drain) itself.
    #[expect(clippy::missing_panics_doc, reason = "the listener is taken away here and nowhere else")]
    pub fn into_std(mut self) -> TcpListener {
        self.listener.take().expect("the listener is here until it is taken by value")
    }
}

impl Drop for SharedListener {
    fn drop(&mut self) {
        if self.listener.is_some() {
            self.worker.closed(&self.key);
        }
    }
}
