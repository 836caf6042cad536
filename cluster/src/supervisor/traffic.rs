//! What goes through the channels: lines in, lines out, and what epoll is told about it.
//!
//! # Limits
//!
//! A dispatched line may bring about inputs; they are settled before the next line, so that the core hears a worker in
//! the order in which it spoke.

use crate::core::state::Input;
use crate::event::{Event, Fault, WorkerId};
use crate::supervisor::outgoing::Parcel;
use crate::supervisor::peer::{Channel, Peer, Pulled, Watch};
use crate::supervisor::reactor::{PIECES_AWAKE, Reactor};
use rustix::event::epoll::{self, EventData, EventFlags};

impl Reactor {
    /// Reads a channel and dispatches its lines.
    pub(super) fn read(&mut self, worker: WorkerId, pieces: usize) {
        for _ in 0..pieces {
            // Before the first piece, too: others that were heard in the same round may have said enough.
            if self.outbox.is_congested() && pieces == PIECES_AWAKE {
                return;
            }
            let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
            match channel.pull(&mut self.buffer) {
                Ok(Pulled::Bytes) => self.dispatch_lines(worker),
                Ok(Pulled::Nothing) => return,
                Ok(Pulled::End) => return self.hang_up(worker),
                Err(fault) => return self.cut(worker, fault),
            }
        }
    }

    fn dispatch_lines(&mut self, worker: WorkerId) {
        loop {
            let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
            let dispatched = match channel.next_line() {
                Ok(Some(line)) => self.dispatch(worker, line),
                Ok(None) => break,
                Err(fault) => Err(fault),
            };
            if let Err(fault) = dispatched {
                return self.cut(worker, fault);
            }
            self.settle();
        }
        self.flush(worker);
    }

    pub(super) fn hang_up(&mut self, worker: WorkerId) {
        self.drop_channel(worker);
        self.feed(Input::Hangup(worker));
    }

    pub(super) fn cut(&mut self, worker: WorkerId, fault: Fault) {
        self.complain(worker, fault);
        self.hang_up(worker);
    }

    pub(super) fn drop_channel(&mut self, worker: WorkerId) {
        self.shared.roster.disconnect(worker);
        let channel = self.peers.get_mut(&worker).and_then(|peer| peer.channel.take());
        if let Some(channel) = channel.filter(|channel| channel.watch != Watch::Off) {
            let _ = epoll::delete(&self.epoll, &channel.socket);
        }
    }

    pub(super) fn complain(&mut self, worker: WorkerId, fault: Fault) {
        let Some(peer) = self.peers.get(&worker) else { return };
        self.outbox.tell(Event::Error { slot: peer.worker.slot(), worker: Some(peer.worker), fault });
    }

    pub(super) fn flush(&mut self, worker: WorkerId) {
        let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
        match channel.flush() {
            Ok((released, blocked)) => {
                self.shared.roster.release(worker, released);
                let watch = if blocked { Watch::ReadWrite } else { Watch::Read };
                self.watch(worker, watch);
            }
            Err(fault) => self.cut(worker, fault),
        }
    }

    /// Tells epoll what to listen for on a channel; nothing while the events are congested.
    pub(super) fn watch(&mut self, worker: WorkerId, wish: Watch) {
        let wish = if self.outbox.is_congested() { Watch::Off } else { wish };
        let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
        if channel.watch == wish {
            return;
        }
        let data = EventData::new_u64(worker.get() << 1 | 1);
        let flags = if wish == Watch::ReadWrite { EventFlags::IN | EventFlags::OUT } else { EventFlags::IN };
        let told = match (channel.watch, wish) {
            (_, Watch::Off) => epoll::delete(&self.epoll, &channel.socket),
            (Watch::Off, _) => epoll::add(&self.epoll, &channel.socket, data, flags),
            _ => epoll::modify(&self.epoll, &channel.socket, data, flags),
        };
        match told {
            Ok(()) => channel.watch = wish,
            Err(error) => self.cut(worker, Fault::Channel(error.into())),
        }
    }

    /// Takes note of events that were received, and stops or resumes listening to workers accordingly.
    pub(super) fn look_after_events(&mut self) {
        self.outbox.flush();
        let congested = self.outbox.is_congested();
        let is_off = |peer: &Peer| peer.channel.as_ref().is_some_and(|channel| channel.watch == Watch::Off);
        let affected: Vec<WorkerId> =
            self.peers.values().filter(|peer| is_off(peer) != congested).map(|peer| peer.worker.id()).collect();
        for worker in affected {
            self.flush(worker);
        }
    }

    pub(super) fn send(&mut self, worker: WorkerId, line: Vec<u8>) {
        let Some(channel) = self.peers.get_mut(&worker).and_then(|peer| peer.channel.as_mut()) else { return };
        let parcel = Parcel { metered: line.len(), line, descriptor: None };
        if channel.outgoing.push(parcel) {
            self.flush(worker);
        } else {
            self.cut(worker, Fault::TooManyRequests);
        }
    }

    pub(super) fn borrow_channel(&mut self, worker: WorkerId) -> Option<&mut Channel> {
        self.peers.get_mut(&worker)?.channel.as_mut()
    }
}
