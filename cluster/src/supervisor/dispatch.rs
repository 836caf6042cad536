//! What a worker's line makes the supervisor do.

use crate::core::state::{Input, Readiness};
use crate::event::{Event, Fault, WorkerId};
use crate::ipc::frame::Line;
use crate::ipc::node::{self, Fields, Incoming, Malformed};
use crate::listen::queue::{Ask, BACKLOG};
use crate::supervisor::reactor::Reactor;
use rustix::io::Errno;
use serde_json::Value;

impl Reactor {
    /// Handles one line. A fault means that the channel has to be cut.
    pub(super) fn dispatch(&mut self, worker: WorkerId, line: Line) -> Result<(), Fault> {
        match node::decode(line.bytes) {
            Ok(Incoming::User(message)) => {
                if let Some(peer) = self.peers.get(&worker) {
                    let worker = peer.worker;
                    self.outbox.tell(Event::Message { worker, message });
                }
            }
            Ok(Incoming::Cluster(fields)) => return self.act(worker, &fields),
            // Workers have nothing to hand to us. The descriptor, if there is one, closes with the line.
            Ok(Incoming::Handle(_)) => {
                if let Some(channel) = self.borrow_channel(worker) {
                    channel.outgoing.push_urgent(node::handle_nack());
                }
            }
            Ok(Incoming::HandleAck) => {
                if let Some(channel) = self.borrow_channel(worker) {
                    channel.outgoing.confirm();
                }
            }
            Ok(Incoming::HandleNack) => {
                let refused = self.borrow_channel(worker).is_some_and(|channel| !channel.outgoing.refuse());
                if refused {
                    self.complain(worker, Fault::HandleRefused);
                }
            }
            Ok(Incoming::Ready) => self.inputs.push_back(Input::Ready(worker)),
            Ok(Incoming::Ignored) => {}
            Err(Malformed(reason)) => self.complain(worker, Fault::BadLine(reason)),
        }
        Ok(())
    }

    fn act(&mut self, worker: WorkerId, fields: &Fields) -> Result<(), Fault> {
        match fields.act() {
            "online" => {
                let explicit = fields.text("ready") == Some("explicit");
                let readiness = if explicit { Readiness::Explicit } else { Readiness::ByListening };
                self.inputs.push_back(Input::Online(worker, readiness));
            }
            "queryServer" => return self.lend_queue(worker, fields),
            "listening" => {
                if let Some(peer) = self.peers.get(&worker)
                    && let Some(wanted) = fields.address()
                {
                    self.outbox.tell(Event::Listening { worker: peer.worker, address: wanted.socket_addr() });
                }
                self.inputs.push_back(Input::Listening(worker));
            }
            "exitedAfterDisconnect" => {
                if let Some(channel) = self.borrow_channel(worker) {
                    let line = node::acknowledge(fields.seq(), channel.seq());
                    channel.reply(line, None)?;
                }
                self.inputs.push_back(Input::Goodbye(worker));
            }
            _ => {}
        }
        Ok(())
    }

    fn lend_queue(&mut self, worker: WorkerId, fields: &Fields) -> Result<(), Fault> {
        let Some(slot) = self.peers.get(&worker).map(|peer| peer.worker.slot()) else { return Ok(()) };
        let data = fields.raw("data");
        let loan = match ask(fields) {
            Some(ask) => self.queues.lend(&ask, slot, data),
            None => Err(Errno::OPNOTSUPP.into()),
        };
        let Some(channel) = self.borrow_channel(worker) else { return Ok(()) };
        let seq = channel.seq();
        match loan {
            Ok(loan) => {
                let line = node::queue_reply(fields.seq(), seq, &loan.key, loan.data);
                channel.reply(line, Some(loan.listener))
            }
            Err(error) => {
                let errno = error.raw_os_error().unwrap_or(Errno::INVAL.raw_os_error());
                channel.reply(node::failure_reply(fields.seq(), seq, errno, Value::Null), None)
            }
        }
    }
}

/// What a query asks for; `None` if it is not TCP.
fn ask(fields: &Fields) -> Option<Ask> {
    let backlog = fields.number("backlog").and_then(|backlog| i32::try_from(backlog).ok());
    Some(Ask {
        wanted: fields.address()?,
        index: u64::try_from(fields.number("index").unwrap_or(0)).unwrap_or(0),
        backlog: backlog.filter(|backlog| *backlog > 0).unwrap_or(BACKLOG),
        v6_only: fields.number("flags").is_some_and(|flags| flags & 1 == 1),
    })
}
