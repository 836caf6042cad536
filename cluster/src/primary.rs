//! The primary's handle on its cluster.

use crate::builder::Builder;
use crate::core::reload::ReloadReport;
use crate::error::{KillError, ReloadError, SendError};
use crate::event::{Event, ShutdownReport, WorkerId, WorkerInfo};
use crate::ipc::frame::MAX_LINE;
use crate::ipc::node::is_reserved;
use crate::mailbox::Refused;
use crate::status::Signal;
use crate::supervisor::command::{Command, Shared};
use common::slot;
use common::sync::channel::Receiver;
use common::sync::thread::JoinHandle;
use common::sync::{Arc, Mutex};
use serde::Serialize;
use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// How long dropping a cluster lets its workers finish.
const DROP_WITHIN: Duration = Duration::from_secs(2);

/// A running cluster. Dropping it is a [`shutdown`](Self::shutdown) within 2 s.
///
/// All methods may be called from any thread; none of them runs code of the caller on the supervisor's thread.
pub struct Cluster {
    shared: Arc<Shared>,
    events: Receiver<Event>,
    address: Option<SocketAddr>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Cluster {
    /// Begins the description of a cluster.
    ///
    /// ```no_run
    /// use cluster::{Cluster, Policy, Workers};
    ///
    /// let cluster = Cluster::builder().workers(Workers::Fixed(2)).listen("127.0.0.1:0", Policy::queues()).start()?;
    /// println!("listening on {}", cluster.local_addr().expect("an address was given"));
    /// # Ok::<(), cluster::StartError>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(
        shared: Arc<Shared>,
        events: Receiver<Event>,
        address: Option<SocketAddr>,
        thread: JoinHandle<()>,
    ) -> Self {
        Self { shared, events, address, thread: Mutex::new(Some(thread)) }
    }

    /// What happens to the workers. The channel ends when the cluster has stopped.
    ///
    /// A primary that lets 65,536 events or 16 MiB of messages wait stops hearing its workers until it reads on; what
    /// is lost beyond 131,072 is counted by [`Event::Lost`]. What waits when the cluster has stopped can still be
    /// received.
    pub fn events(&self) -> &Receiver<Event> {
        &self.events
    }

    /// The address given to [`Builder::listen`], with the port that was really bound.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.address
    }

    /// The workers there are, by number.
    pub fn workers(&self) -> Vec<WorkerInfo> {
        self.shared.roster.list()
    }

    /// Sends `message` to a worker, as JSON.
    ///
    /// Ok means that it was queued. Messages of one thread to one worker arrive in order.
    ///
    /// # Errors
    ///
    /// When there is no such worker or it is leaving, when 16 MiB wait for it or 4,096 messages for the supervisor, or
    /// when the message cannot be sent at all.
    pub fn send(&self, worker: impl Into<WorkerId>, message: &(impl Serialize + ?Sized)) -> Result<(), SendError> {
        self.post(worker.into(), encode(message)?)
    }

    /// Sends `message` to all workers that are not leaving, and returns to how many. It is encoded once.
    ///
    /// # Errors
    ///
    /// When the message cannot be sent at all, or the cluster has stopped. Workers whose channel is full are skipped.
    pub fn broadcast(&self, message: &(impl Serialize + ?Sized)) -> Result<usize, SendError> {
        let line = encode(message)?;
        let mut reached = 0;
        for worker in self.workers() {
            match self.post(worker.id, line.clone()) {
                Ok(()) => reached += 1,
                Err(SendError::Gone | SendError::Full) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(reached)
    }

    fn post(&self, worker: WorkerId, line: Vec<u8>) -> Result<(), SendError> {
        let bytes = line.len();
        self.shared.roster.charge(worker, bytes)?;
        let refused = match self.shared.mailbox.put(Command::Send { worker, line }) {
            Ok(()) => return Ok(()),
            Err(Refused::Full(_)) => SendError::Full,
            Err(Refused::Closed(_)) => SendError::Gone,
        };
        self.shared.roster.release(worker, bytes);
        Err(refused)
    }

    /// Replaces all workers, one slot after the other, and returns when the replaced ones are gone.
    ///
    /// Each new worker takes the queues of its slot and has to be ready in time; then the old one is asked to leave. If
    /// a new worker fails the reload is aborted: the old worker of that slot and all after it keep serving. It blocks
    /// for at most the times given to [`Reload`](crate::Reload) for each slot, and some seconds.
    ///
    /// # Errors
    ///
    /// When another reload is under way, or the cluster is shutting down.
    pub fn reload(&self) -> Result<ReloadReport, ReloadError> {
        let (reply, mut outcome) = slot::slot();
        self.shared.mailbox.put_urgent(Command::Reload { reply }).map_err(|_| ReloadError::Stopping)?;
        outcome.recv().unwrap_or(Err(ReloadError::Stopping))
    }

    /// Sends a signal to a worker's process. Its exit, if it comes to that, is not planned: the worker is restarted.
    ///
    /// # Errors
    ///
    /// When there is no such worker any more, or the system refuses.
    pub fn kill(&self, worker: impl Into<WorkerId>, signal: Signal) -> Result<(), KillError> {
        let worker = worker.into();
        let (reply, mut outcome) = slot::slot();
        let command = Command::Signal { worker, signal, reply };
        self.shared.mailbox.put_urgent(command).map_err(|_| KillError::Gone)?;
        outcome.recv().unwrap_or(Err(KillError::Gone))
    }

    /// Asks all workers to leave, terminates those that are left after three quarters of `within`, kills those that are
    /// left after all of it, and returns when every process was reaped.
    ///
    /// Connections that no worker has accepted by then are reset. A second call may shorten the time; one after the
    /// end returns the same report. It returns at most 5 s after `within` has passed.
    ///
    /// # Panics
    ///
    /// Panics if the supervisor's thread has panicked.
    pub fn shutdown(&self, within: Duration) -> ShutdownReport {
        let (reply, mut outcome) = slot::slot();
        let asked = self.shared.mailbox.put_urgent(Command::Shutdown { within, reply });
        if asked.is_ok()
            && let Ok(report) = outcome.recv()
        {
            return report;
        }
        self.join();
        self.shared.report.lock().expect("a supervisor that ended has left its report")
    }

    fn join(&self) {
        let thread = self.thread.lock().take();
        if let Some(thread) = thread {
            // Its panic was printed, and there is no report to hand out instead.
            let _ = thread.join();
        }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let (reply, mut outcome) = slot::slot();
        let _ = self.shared.mailbox.put_urgent(Command::Shutdown { within: DROP_WITHIN, reply });
        let _ = outcome.recv();
        self.join();
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").field("address", &self.address).field("workers", &self.workers()).finish()
    }
}

/// A message as a line, unless the other side would not take it for a message.
pub(crate) fn encode(message: &(impl Serialize + ?Sized)) -> Result<Vec<u8>, SendError> {
    let mut text = serde_json::to_string(message).map_err(SendError::Encode)?;
    if text.len() > MAX_LINE {
        return Err(SendError::TooLong);
    }
    if is_reserved(&text) {
        return Err(SendError::Reserved);
    }
    text.push('\n');
    Ok(text.into_bytes())
}
