#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod builder;
mod child;
mod core;
mod error;
mod event;
mod ipc;
mod listen;
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod mailbox;
mod message;
mod primary;
mod program;
#[doc(hidden)] // Public for the models in `tests/loom`.
pub mod request;
mod role;
mod status;
mod supervisor;
mod worker;

pub use crate::core::reload::{Abort, AbortReason, Reload, ReloadReport};
pub use crate::core::restart::Restart;
pub use builder::{Builder, Workers};
pub use child::{Child, ChildError, Output};
pub use common::sync::channel::{Receiver, RecvError, RecvTimeoutError, TryRecvError};
pub use error::{DecodeError, KillError, ListenError, ReloadError, RoleError, SendError, StartError};
pub use event::{Event, Fault, ShutdownReport, WorkerId, WorkerInfo, WorkerRef, WorkerState};
pub use listen::Policy;
pub use message::Message;
pub use primary::Cluster;
pub use program::{Program, scrub};
pub use role::{Role, role};
pub use status::{ExitStatus, Signal};
pub use worker::Worker;
pub use worker::listener::SharedListener;
