//! The cores of the channels: who may touch which message, and all unsafe code of the channels.

pub(crate) mod pending;
pub(crate) mod ring;
