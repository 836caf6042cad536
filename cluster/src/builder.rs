//! How a cluster is described and started.

use crate::core::reload::Reload;
use crate::core::restart::Restart;
use crate::core::state::Settings;
use crate::error::StartError;
use crate::listen::Policy;
use crate::listen::queue::Queues;
use crate::primary::Cluster;
use crate::program::Program;
use crate::supervisor::command::Shared;
use crate::supervisor::outbox::Outbox;
use crate::supervisor::reactor::{Plan, Reactor};
use common::slot;
use common::sync::{Arc, thread};
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};

/// Workers that a cluster may have.
const MAX_WORKERS: usize = 1024;

/// How many workers there are: one process a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Workers {
    /// One for each CPU that this process may use, at most 1,024.
    #[default]
    PerCpu,
    /// This many, from 1 to 1,024.
    Fixed(usize),
}

impl Workers {
    fn count(self) -> Result<usize, StartError> {
        match self {
            Self::PerCpu => Ok(thread::available_parallelism().map_or(1, |cpus| cpus.get().min(MAX_WORKERS))),
            Self::Fixed(count) if (1..=MAX_WORKERS).contains(&count) => Ok(count),
            Self::Fixed(count) => Err(StartError::Workers(count)),
        }
    }
}

/// Settings of a [`Cluster`] to be; [`start`](Self::start) starts it. Made by [`Cluster::builder`].
#[derive(Clone, Debug, Default)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder {
    workers: Workers,
    program: Program,
    listen: Option<(String, Policy)>,
    restart: Restart,
    reload: Reload,
}

impl Builder {
    /// How many workers; one per CPU unless set.
    pub fn workers(self, workers: Workers) -> Self {
        Self { workers, ..self }
    }

    /// What workers run; this program with the same arguments unless set.
    pub fn program(self, program: Program) -> Self {
        Self { program, ..self }
    }

    /// Binds `address` before the first worker starts: an address in use is an error here, and
    /// [`Cluster::local_addr`] knows the port. Workers get it by listening on the same address.
    ///
    /// Without it the first worker that listens binds. The last call counts.
    pub fn listen(self, address: impl Into<String>, policy: Policy) -> Self {
        Self { listen: Some((address.into(), policy)), ..self }
    }

    /// What happens when a worker ends.
    pub fn restart(self, restart: Restart) -> Self {
        Self { restart, ..self }
    }

    /// How [`Cluster::reload`] replaces workers.
    pub fn reload(self, reload: Reload) -> Self {
        Self { reload, ..self }
    }

    /// Starts the supervisor's thread and the workers, and returns when every process was started.
    ///
    /// They are not ready then: wait for their [`Event::Ready`](crate::Event::Ready).
    ///
    /// # Errors
    ///
    /// When the address cannot be bound, a process cannot be started, or the supervisor has no descriptors or thread.
    /// Nothing is left of the cluster then.
    pub fn start(self) -> Result<Cluster, StartError> {
        let slots = self.workers.count()?;
        let program = self.program.resolve().map_err(StartError::Supervisor)?;
        let mut queues = Queues::default();
        let address = match self.listen {
            Some((address, Policy { .. })) => Some(reserve(&mut queues, address)?),
            None => None,
        };
        let shared = Arc::new(Shared::new().map_err(StartError::Supervisor)?);
        let (outbox, events) = Outbox::new();
        let (started, mut outcome) = slot::slot();
        let settings = Settings { slots, restart: self.restart, reload: self.reload };
        let plan = Plan { settings, program, queues, outbox, shared: shared.clone(), started };
        let reactor = Reactor::new(plan).map_err(StartError::Supervisor)?;
        let thread = thread::Builder::new().name("cluster-supervisor".to_owned()).spawn(move || reactor.run());
        let cluster = Cluster::new(shared, events, address, thread.map_err(StartError::Supervisor)?);
        match outcome.recv() {
            Ok(Ok(())) => Ok(cluster),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Supervisor(io::Error::other("the supervisor's thread ended"))),
        }
    }
}

fn reserve(queues: &mut Queues, address: String) -> Result<SocketAddr, StartError> {
    let found = address.to_socket_addrs().map(|mut found| found.next());
    let resolved = match found {
        Ok(Some(resolved)) => resolved,
        Ok(None) => {
            let source = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
            return Err(StartError::Address { address, source });
        }
        Err(source) => return Err(StartError::Address { address, source }),
    };
    queues.reserve(resolved).map_err(|source| StartError::Bind { address: resolved, source })
}
