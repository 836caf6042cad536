//! The thread that does what the [core](crate::core) decides.
//!
//! [`reactor`] waits in epoll for channels, processes and the wake-up of the mailbox; [`traffic`] reads and writes
//! channels, [`dispatch`] turns lines into inputs, [`perform`] actions into deeds; [`spawn`] and [`pidfd`] start
//! processes and see them end; [`peer`] is a process with its channel, [`outgoing`] what waits to be written to it;
//! [`outbox`] carries events out and [`roster`] answers questions without asking the thread.

pub(crate) mod command;
mod dispatch;
pub(crate) mod outbox;
mod outgoing;
mod peer;
mod perform;
pub(crate) mod pidfd;
pub(crate) mod reactor;
pub(crate) mod roster;
mod spawn;
mod traffic;
