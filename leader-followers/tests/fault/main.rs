//! Failures of the system under a running server.
#![cfg(not(any(loom, shuttle)))]
#![cfg(feature = "http")]

mod descriptor;
