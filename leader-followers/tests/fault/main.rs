//! Failures of the system under a running server.
#![cfg(not(loom))]
#![cfg(feature = "http")]

mod descriptor;
