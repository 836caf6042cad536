//! HTTP/1.1 on the reactor: keep-alive, pipelining, limits, time-outs, and no patience with ambiguous requests.
//!
//! | module | what |
//! |---|---|
//! | `limit` | what a request may cost, and the rejections that say so |
//! | `request` | the head: request line and header fields |
//! | `body` | the body: by length or in chunks |
//! | `response` | what goes back |
//! | `connection` | bytes in, requests and responses in order, bytes out: no I/O |
//! | `client` | a connection's socket, its deadlines and its end |
//! | `acceptor` | the listening socket |
//! | `server` | the builder, drain and stop |
//! | `metrics` | counts and the latency histogram |

mod acceptor;
mod body;
mod client;
mod connection;
mod limit;
mod metrics;
mod request;
mod response;
mod server;

pub use limit::defaults;
pub use metrics::{Latency, Metrics};
pub use request::Request;
pub use response::{Body, Response};
pub use server::{Builder, DrainReport, Server};
