//! What the core's actions are in the world: processes, signals, lines, events.

use crate::core::reload::ReloadReport;
use crate::core::state::{Action, Fact, Input, ReloadRefused};
use crate::error::{ReloadError, StartError};
use crate::event::{Event, Fault, WorkerId, WorkerRef, WorkerState};
use crate::ipc::node;
use crate::status::Signal;
use crate::supervisor::peer::{Channel, Peer, Watch};
use crate::supervisor::reactor::Reactor;
use crate::supervisor::spawn::spawn;
use rustix::event::epoll::{self, EventData, EventFlags};
use std::io;

impl Reactor {
    pub(super) fn perform(&mut self, action: Action) {
        match action {
            Action::Spawn { worker, slot } => self.spawn(worker, slot),
            Action::AskToLeave(worker) => self.ask_to_leave(worker),
            Action::Terminate(worker) => self.signal(worker, Signal::Terminate),
            Action::Kill(worker) => {
                self.killed.insert(worker);
                self.signal(worker, Signal::Kill);
            }
            Action::CloseQueues { slot } => self.queues.close(slot),
            Action::Report(fact) => self.report(fact),
            Action::Reloaded(report) => self.answer_reload(Ok(report)),
            Action::RefuseReload(ReloadRefused::Busy) => self.answer_reload(Err(ReloadError::Busy)),
            Action::RefuseReload(ReloadRefused::Stopping) => self.answer_reload(Err(ReloadError::Stopping)),
            Action::Stopped { abandoned } => self.tally.abandoned = abandoned,
        }
    }

    fn answer_reload(&mut self, outcome: Result<ReloadReport, ReloadError>) {
        if let Some(reply) = self.reload.take() {
            let _ = reply.send(outcome);
        }
    }

    fn spawn(&mut self, id: WorkerId, slot: usize) {
        let spawned = spawn(&self.program, id, slot).and_then(|(process, socket)| {
            match epoll::add(&self.epoll, &process, EventData::new_u64(id.get() << 1), EventFlags::IN) {
                Ok(()) => Ok((process, socket)),
                Err(error) => {
                    process.put_down();
                    Err(error.into())
                }
            }
        });
        match spawned {
            Ok((process, socket)) => {
                let worker = WorkerRef::new(id, slot, process.id());
                self.shared.roster.enter(worker);
                self.peers.insert(id, Peer { worker, process, channel: Some(Channel::new(socket)) });
                self.watch(id, Watch::Read);
                self.inputs.push_back(Input::Spawned(id));
            }
            Err(source) => {
                self.fail_spawn(slot, source);
                self.inputs.push_back(Input::SpawnFailed(id));
            }
        }
    }

    fn fail_spawn(&mut self, slot: usize, source: io::Error) {
        let program = self.program.path.clone();
        if self.started.is_some() {
            self.first_failure.get_or_insert(StartError::Spawn { program, source });
        } else {
            self.outbox.tell(Event::Error { slot, worker: None, fault: Fault::Spawn { program, source } });
        }
    }

    fn ask_to_leave(&mut self, worker: WorkerId) {
        let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
        let line = node::disconnect(channel.seq());
        match channel.reply(line, None) {
            Ok(()) => self.flush(worker),
            Err(fault) => self.cut(worker, fault),
        }
    }

    fn signal(&mut self, worker: WorkerId, signal: Signal) {
        let Some(peer) = self.peers.get(&worker) else { return };
        if let Err(error) = peer.process.signal_group(signal) {
            self.complain(worker, Fault::Signal(error));
        }
    }

    fn report(&mut self, fact: Fact) {
        let worker = |id: WorkerId| self.peers.get(&id).map(|peer| peer.worker);
        let event = match fact {
            Fact::Fork(id) => worker(id).map(|worker| Event::Fork { worker }),
            Fact::Online(id) => {
                self.shared.roster.advance(id, WorkerState::Online);
                worker(id).map(|worker| Event::Online { worker })
            }
            Fact::Ready(id) => {
                self.shared.roster.advance(id, WorkerState::Ready);
                worker(id).map(|worker| Event::Ready { worker })
            }
            Fact::Leaving(id) => {
                self.shared.roster.advance(id, WorkerState::Leaving);
                None
            }
            Fact::Disconnect(id) => worker(id).map(|worker| Event::Disconnect { worker }),
            Fact::Exit { worker: id, status, planned } => {
                self.shared.roster.remove(id);
                worker(id).map(|worker| Event::Exit { worker, status, planned })
            }
            Fact::SlotFailed { slot, restarts } => Some(Event::SlotFailed { slot, restarts }),
        };
        if let Some(event) = event {
            self.outbox.tell(event);
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::core::reload::Reload;
    use crate::core::restart::Restart;
    use crate::core::state::Settings;
    use crate::listen::queue::Queues;
    use crate::program::Program;
    use crate::supervisor::command::Shared;
    use crate::supervisor::outbox::Outbox;
    use crate::supervisor::reactor::Plan;
    use common::slot;
    use common::sync::Arc;
    use std::fs::{self, File};

    #[test]
    fn a_process_that_cannot_be_watched_is_killed_and_reaped() {
        let program = Program::exec("/bin/sleep").arg("60").resolve().expect("it has a path");
        let settings = Settings { slots: 1, restart: Restart::never(), reload: Reload::rolling() };
        let shared = Arc::new(Shared::new().expect("an eventfd"));
        let (outbox, _events) = Outbox::new();
        let (started, _outcome) = slot::slot();
        let plan = Plan { settings, program, queues: Queues::default(), outbox, shared, started };
        let mut reactor = Reactor::new(plan).expect("an epoll");
        // Nothing can be added to a descriptor that is no epoll, as to an epoll when the kernel has no memory for it.
        reactor.epoll = File::open("/dev/null").expect("the null device opens").into();
        reactor.feed(Input::Start);
        assert!(matches!(reactor.first_failure, Some(StartError::Spawn { .. })));
        let children = fs::read_to_string("/proc/thread-self/children").expect("the kernel lists children");
        assert_eq!(children, "", "nobody is left, not even a zombie");
    }
}
