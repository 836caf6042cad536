//! The supervisor's loop: waits, turns what it hears into inputs, and does what the core answers.
//!
//! # Protocol
//!
//! 1. Take commands until the mailbox is empty; announce the sleep; wait in epoll until something is readable, a
//!    deadline of the core passes, or the bell rings.
//! 2. Feed each thing heard to the core as an input; perform its actions in order. What an action brings about (a spawn
//!    succeeded or failed) is an input again, after the actions that came before it.
//! 3. When the core says Stopped: leave the report, close the mailbox, answer who waits, end.
//!
//! # Invariants
//!
//! - I1: all that a worker wrote before it died is dispatched before its exit is: the channel is read when the pidfd
//!   becomes readable and before the process is reaped.
//! - I2: no command is accepted after a shutdown was reported: the mailbox closes first.
//! - I3: a thread that panics closes the mailbox, too; channels and pidfds close with it, so workers leave.
//!
//! # Limits
//!
//! One wake-up reads at most 16 pieces of 64 KiB from a channel, so that no worker starves the others; at a worker's
//! death at most 64 pieces are read, more than a socket holds. While the events are congested the loop looks every 10
//! ms.

use crate::core::reload::ReloadReport;
use crate::core::state::{Input, Mode, Moment, Settings, State};
use crate::error::{KillError, ReloadError, StartError};
use crate::event::{ShutdownReport, WorkerId};
use crate::listen::queue::Queues;
use crate::program::Resolved;
use crate::supervisor::command::{Command, Shared};
use crate::supervisor::outbox::Outbox;
use crate::supervisor::peer::Peer;
use common::slot::Sender;
use common::sync::Arc;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

const PIECE: usize = 64 << 10;
pub(super) const PIECES_AWAKE: usize = 16;
const PIECES_AT_DEATH: usize = 64;
const CONGESTED_LOOK: Duration = Duration::from_millis(10);
const BELL: u64 = 0;

/// What the reactor is told at its start.
pub(crate) struct Plan {
    pub(crate) settings: Settings,
    pub(crate) program: Resolved,
    pub(crate) queues: Queues,
    pub(crate) outbox: Outbox,
    pub(crate) shared: Arc<Shared>,
    pub(crate) started: Sender<Result<(), StartError>>,
}

pub(crate) struct Reactor {
    pub(super) peers: BTreeMap<WorkerId, Peer>,
    pub(super) queues: Queues,
    pub(super) outbox: Outbox,
    pub(super) inputs: VecDeque<Input>,
    settling: bool,
    pub(super) killed: BTreeSet<WorkerId>,
    pub(super) shared: Arc<Shared>,
    pub(super) epoll: OwnedFd,
    pub(super) state: State,
    began: Instant,
    pub(super) program: Resolved,
    pub(super) buffer: Box<[u8]>,
    pub(super) first_failure: Option<StartError>,
    pub(super) started: Option<Sender<Result<(), StartError>>>,
    pub(super) reload: Option<Sender<Result<ReloadReport, ReloadError>>>,
    shutdowns: Vec<Sender<ShutdownReport>>,
    pub(super) tally: ShutdownReport,
}

impl Drop for Reactor {
    fn drop(&mut self) {
        // I3; after an ordinary end it is closed already.
        drop(self.shared.mailbox.close());
    }
}

impl Reactor {
    pub(crate) fn new(plan: Plan) -> io::Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        epoll::add(&epoll, plan.shared.mailbox.waker(), EventData::new_u64(BELL), EventFlags::IN)?;
        Ok(Self {
            peers: BTreeMap::new(),
            queues: plan.queues,
            outbox: plan.outbox,
            inputs: VecDeque::new(),
            settling: false,
            killed: BTreeSet::new(),
            shared: plan.shared,
            epoll,
            state: State::new(plan.settings),
            began: Instant::now(),
            program: plan.program,
            buffer: vec![0; PIECE].into_boxed_slice(),
            first_failure: None,
            started: Some(plan.started),
            reload: None,
            shutdowns: Vec::new(),
            tally: ShutdownReport { workers: 0, killed: 0, abandoned: 0 },
        })
    }

    /// Runs until the cluster has stopped.
    pub(crate) fn run(mut self) {
        self.feed(Input::Start);
        self.announce_start();
        while self.state.mode != Mode::Stopped {
            while let Some(command) = self.shared.mailbox.take() {
                self.obey(command);
            }
            if self.state.mode == Mode::Stopped {
                break;
            }
            self.listen_once();
            if self.state.deadline().is_some_and(|deadline| deadline <= self.now()) {
                self.feed(Input::Tick);
            }
            self.look_after_events();
        }
        self.finish();
    }

    fn now(&self) -> Moment {
        self.began.elapsed()
    }

    /// A first spawn that failed is the caller's error, not an event: nothing of the cluster stays.
    fn announce_start(&mut self) {
        let outcome = match self.first_failure.take() {
            None => Ok(()),
            Some(error) => {
                self.feed(Input::Shutdown(Duration::ZERO));
                Err(error)
            }
        };
        if let Some(started) = self.started.take() {
            let _ = started.send(outcome);
        }
    }

    fn listen_once(&mut self) {
        let mut events = Vec::with_capacity(64);
        let timeout = self.patience();
        let waited = epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut events), timeout.as_ref());
        self.shared.mailbox.rouse();
        if waited.is_err() {
            return;
        }
        for event in events {
            match event.data.u64() {
                BELL => self.shared.mailbox.waker().hear(),
                token => self.hear(WorkerId::new(token >> 1), token & 1 == 1, event.flags),
            }
        }
    }

    fn patience(&self) -> Option<rustix::event::Timespec> {
        if !self.shared.mailbox.doze() {
            return Some(rustix::event::Timespec { tv_sec: 0, tv_nsec: 0 });
        }
        let deadline = self.state.deadline().map(|deadline| deadline.saturating_sub(self.now()));
        let look = self.outbox.is_congested().then_some(CONGESTED_LOOK);
        let patience = deadline.into_iter().chain(look).min()?;
        patience.min(Duration::from_secs(3600)).try_into().ok()
    }

    fn hear(&mut self, worker: WorkerId, from_channel: bool, flags: EventFlags) {
        if !from_channel {
            self.bury(worker);
            return;
        }
        if flags.contains(EventFlags::OUT) {
            self.flush(worker);
        }
        if flags.intersects(EventFlags::IN | EventFlags::HUP | EventFlags::ERR) {
            self.read(worker, PIECES_AWAKE);
        }
    }

    /// The process has ended: hear it out, reap it, and let its slot go.
    fn bury(&mut self, worker: WorkerId) {
        self.read(worker, PIECES_AT_DEATH);
        let Some(peer) = self.peers.get(&worker) else { return };
        let Ok(Some(status)) = peer.process.reap() else { return };
        let _ = epoll::delete(&self.epoll, &peer.process);
        self.drop_channel(worker);
        self.feed(Input::Exited(worker, status));
        self.peers.remove(&worker);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Send { worker, line } => self.send(worker, line),
            Command::Signal { worker, signal, reply } => {
                let peer = self.peers.get(&worker).ok_or(KillError::Gone);
                let _ = reply.send(peer.and_then(|peer| peer.process.signal(signal).map_err(KillError::Io)));
            }
            Command::Reload { reply } if self.reload.is_some() => {
                let _ = reply.send(Err(ReloadError::Busy));
            }
            Command::Reload { reply } => {
                self.reload = Some(reply);
                self.feed(Input::Reload);
            }
            Command::Shutdown { within, reply } => {
                if self.shutdowns.is_empty() {
                    self.tally.workers = self.peers.len();
                    self.killed.clear();
                }
                self.shutdowns.push(reply);
                self.feed(Input::Shutdown(within));
            }
        }
    }

    /// Takes in one thing that happened, and all that follows from it.
    pub(super) fn feed(&mut self, input: Input) {
        self.inputs.push_back(input);
        self.settle();
    }

    pub(super) fn settle(&mut self) {
        // An action that fails (a channel breaks while it is written to) is an input after the actions of this one.
        if std::mem::replace(&mut self.settling, true) {
            return;
        }
        while let Some(input) = self.inputs.pop_front() {
            let now = self.now();
            for action in self.state.step(input, now) {
                self.perform(action);
            }
        }
        self.settling = false;
    }

    fn finish(mut self) {
        // I2. The report lies ready before the first caller is turned away, who then looks for it.
        self.tally.killed = self.killed.len();
        *self.shared.report.lock() = Some(self.tally);
        let unheard = self.shared.mailbox.close();
        self.outbox.finish();
        for reply in self.shutdowns.drain(..) {
            let _ = reply.send(self.tally);
        }
        drop(unheard);
    }
}
