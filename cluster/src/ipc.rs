//! The channel between the primary and a worker: lines of JSON, and descriptors that travel with some of them.
//!
//! [`frame`] finds the lines in a stream of bytes, [`handle`] moves bytes and descriptors through a socket, and
//! [`node`] knows what the lines mean. Nothing in here knows which side it serves.

pub(crate) mod frame;
pub(crate) mod handle;
pub(crate) mod node;
