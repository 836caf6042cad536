//! Parent-held queues: the primary owns the accept queues and lends them to workers.
//!
//! With one shared listener the kernel wakes whom it likes and the load is uneven. With one `SO_REUSEPORT` listener per
//! worker it is even, but a queue dies with its worker, and every connection in it is reset. Here the primary creates
//! one listener per slot and keeps it open; a worker gets a duplicate. Ancestors: nginx's `reuseport` and Einhorn's
//! inherited socket, each of which is one half.
//!
//! # Protocol
//!
//! 1. A worker asks for an address. The first to ask binds it; the group remembers the port that was really bound.
//! 2. Each slot joins the group when its worker first asks: a slot that never asks must not get connections.
//! 3. Whoever holds a slot gets a duplicate of the slot's listener. It is non-blocking, for all duplicates at once, so
//!    two workers of one slot may poll it together.
//! 4. A slot that is given up leaves every group: its listeners close, what waits in them is reset, and the kernel
//!    sends new connections to the other slots.
//!
//! # Invariants
//!
//! - I1: a group's listeners are bound to one address.
//! - I2: two clusters do not share a port by accident, although `SO_REUSEPORT` would let them: a bind of a group that
//!   has no listener, because it is new or because all its slots were given up, is tried without it.
//!
//! # Limits
//!
//! TCP only. At most [`MAX_GROUPS`] addresses. The trial bind of I2 leaves a gap of microseconds.

use crate::ipc::node::Wanted;
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketFlags, SocketType, bind, getsockname, listen, socket_with, sockopt};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;

/// Addresses that a cluster may listen on.
pub(crate) const MAX_GROUPS: usize = 64;

/// Connections that may wait in a queue unless the worker asks for another number; the kernel caps it at somaxconn.
pub(crate) const BACKLOG: i32 = 511;

/// What a worker asked for. Two listens on port 0 are two ports, so there `index` tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ask {
    pub(crate) wanted: Wanted,
    pub(crate) index: u64,
    pub(crate) backlog: i32,
    pub(crate) v6_only: bool,
}

/// What a worker gets.
#[derive(Debug)]
pub(crate) struct Loan {
    pub(crate) key: String,
    pub(crate) listener: OwnedFd,
    pub(crate) data: Value,
}

#[derive(Debug, Default)]
pub(crate) struct Queues {
    groups: Vec<Group>,
}

#[derive(Debug)]
struct Group {
    wanted: Wanted,
    index: u64,
    bound: SocketAddr,
    v6_only: bool,
    listeners: BTreeMap<usize, OwnedFd>,
    data: Value,
}

impl Queues {
    /// Binds `address` before any worker asks; the first slot's queue collects from now on.
    pub(crate) fn reserve(&mut self, address: SocketAddr) -> io::Result<SocketAddr> {
        let ask = Ask { wanted: Wanted::exact(address), index: 0, backlog: BACKLOG, v6_only: false };
        let group = self.found(&ask, 0, Value::Null)?;
        Ok(self.groups[group].bound)
    }

    /// Lends the queue of `slot`; the first data given for an address is everybody's.
    pub(crate) fn lend(&mut self, ask: &Ask, slot: usize, data: Value) -> io::Result<Loan> {
        let number = match self.groups.iter().position(|group| group.serves(ask)) {
            Some(number) => number,
            None => self.found(ask, slot, data.clone())?,
        };
        let group = &mut self.groups[number];
        if group.data.is_null() {
            group.data = data;
        }
        let listener = group.listener(slot, ask.backlog)?;
        Ok(Loan { key: format!("queue:{number}"), listener, data: group.data.clone() })
    }

    /// Gives up the queues of `slot`.
    pub(crate) fn close(&mut self, slot: usize) {
        for group in &mut self.groups {
            group.listeners.remove(&slot);
        }
    }

    fn found(&mut self, ask: &Ask, slot: usize, data: Value) -> io::Result<usize> {
        if self.groups.len() >= MAX_GROUPS {
            return Err(Errno::MFILE.into());
        }
        let (bound, listener) = bind_first(ask)?;
        let listeners = BTreeMap::from([(slot, listener)]);
        let (wanted, index, v6_only) = (ask.wanted, ask.index, ask.v6_only);
        self.groups.push(Group { wanted, index, bound, v6_only, listeners, data });
        Ok(self.groups.len() - 1)
    }
}

impl Group {
    fn serves(&self, ask: &Ask) -> bool {
        let asked = self.wanted == ask.wanted && (ask.wanted.port != 0 || self.index == ask.index);
        asked || (ask.wanted.port != 0 && self.bound == ask.wanted.socket_addr())
    }

    fn listener(&mut self, slot: usize, backlog: i32) -> io::Result<OwnedFd> {
        if let Some(listener) = self.listeners.get(&slot) {
            return listener.try_clone();
        }
        if self.listeners.is_empty() {
            try_alone(self.bound, self.v6_only)?;
        }
        let listener = open(self.bound, backlog, self.v6_only)?;
        let copy = listener.try_clone()?;
        self.listeners.insert(slot, listener);
        Ok(copy)
    }
}

fn bind_first(ask: &Ask) -> io::Result<(SocketAddr, OwnedFd)> {
    let Wanted { host: None, port, .. } = ask.wanted else { return bind_exact(ask.wanted.socket_addr(), ask) };
    let dual = SocketAddr::new(IpAddr::from(Ipv6Addr::UNSPECIFIED), port);
    bind_exact(dual, ask).or_else(|error| {
        // A host without IPv6; any other reason is as true for IPv4.
        match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) => {
                bind_exact(SocketAddr::new(IpAddr::from(Ipv4Addr::UNSPECIFIED), port), ask)
            }
            _ => Err(error),
        }
    })
}

fn bind_exact(address: SocketAddr, ask: &Ask) -> io::Result<(SocketAddr, OwnedFd)> {
    if address.port() != 0 {
        try_alone(address, ask.v6_only)?;
    }
    let listener = open(address, ask.backlog, ask.v6_only)?;
    let bound = SocketAddr::try_from(getsockname(&listener)?)?;
    Ok((bound, listener))
}

/// I2: fails if anybody else listens there. The socket closes at once.
fn try_alone(address: SocketAddr, v6_only: bool) -> io::Result<()> {
    Ok(bind(&unbound(address, v6_only, false)?, &address)?)
}

fn open(address: SocketAddr, backlog: i32, v6_only: bool) -> io::Result<OwnedFd> {
    let socket = unbound(address, v6_only, true)?;
    bind(&socket, &address)?;
    listen(&socket, backlog)?;
    Ok(socket)
}

fn unbound(address: SocketAddr, v6_only: bool, shared: bool) -> io::Result<OwnedFd> {
    let family = if address.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    let socket = socket_with(family, SocketType::STREAM, flags, None)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, v6_only)?;
    }
    sockopt::set_socket_reuseaddr(&socket, true)?;
    sockopt::set_socket_reuseport(&socket, shared)?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, TcpStream};

    fn ask(port: u16, index: u64) -> Ask {
        let wanted = Wanted::exact(SocketAddr::from(([127, 0, 0, 1], port)));
        Ask { wanted, index, backlog: BACKLOG, v6_only: false }
    }

    fn port(loan: &Loan) -> u16 {
        let copy = loan.listener.try_clone().expect("a descriptor can be duplicated");
        TcpListener::from(copy).local_addr().expect("the listener is bound").port()
    }

    #[test]
    fn a_slot_gets_the_same_queue_again_with_what_waits_in_it() {
        let mut queues = Queues::default();
        let first = queues.lend(&ask(0, 0), 0, Value::Null).expect("a free port");
        let client = TcpStream::connect(("127.0.0.1", port(&first))).expect("the queue takes connections");
        drop(first);
        let second = queues.lend(&ask(0, 0), 0, Value::Null).expect("the queue is kept");
        let (_, peer) = TcpListener::from(second.listener).accept().expect("the connection waited");
        assert_eq!(peer, client.local_addr().expect("the client is connected"));
    }

    #[test]
    fn slots_share_a_port_and_indices_of_port_zero_do_not() {
        let mut queues = Queues::default();
        let ports: Vec<u16> = [(0, 0), (1, 0), (0, 1)]
            .map(|(slot, index)| port(&queues.lend(&ask(0, index), slot, Value::Null).expect("a free port")))
            .to_vec();
        assert_eq!(ports[0], ports[1]);
        assert_ne!(ports[0], ports[2]);
        let by_number = queues.lend(&ask(ports[0], 7), 0, Value::Null).expect("a known port");
        assert_eq!(by_number.key, "queue:0");
    }

    #[test]
    fn the_port_of_another_cluster_is_in_use() {
        let mut ours = Queues::default();
        let port = port(&ours.lend(&ask(0, 0), 0, Value::Null).expect("a free port"));
        let refused = Queues::default().lend(&ask(port, 0), 0, Value::Null).expect_err("the port has an owner");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
    }

    #[test]
    fn a_port_that_all_slots_gave_up_is_not_taken_back_from_another_cluster() {
        let mut ours = Queues::default();
        let port = port(&ours.lend(&ask(0, 0), 0, Value::Null).expect("a free port"));
        ours.close(0);
        let mut theirs = Queues::default();
        let loan = theirs.lend(&ask(port, 0), 0, Value::Null).expect("the port was given up");
        let refused = ours.lend(&ask(0, 0), 0, Value::Null).expect_err("the port has a new owner");
        assert_eq!(refused.kind(), io::ErrorKind::AddrInUse);
        drop((loan, theirs));
        ours.lend(&ask(0, 0), 0, Value::Null).expect("the port is free again");
    }

    #[test]
    fn a_closed_slot_leaves_the_port_to_the_others() {
        let mut queues = Queues::default();
        let zero = queues.lend(&ask(0, 0), 0, Value::Null).expect("a free port");
        let one = queues.lend(&ask(0, 0), 1, Value::Null).expect("the same port");
        let port = port(&zero);
        drop(zero);
        queues.close(0);
        let listener = TcpListener::from(one.listener);
        for _ in 0..16 {
            let _client = TcpStream::connect(("127.0.0.1", port)).expect("the other slot listens");
            listener.accept().expect("no connection goes to the closed slot");
        }
    }
}
