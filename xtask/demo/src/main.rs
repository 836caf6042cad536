//! The demo: a thumbnail service made of the four crates, which kills and reloads its own processes and checks the
//! books.
//!
//! One program plays both roles. The primary drives: it makes or collects pictures, starts the worker processes,
//! uploads, kills one worker, reloads the rest and compares what was promised with what is on disk. A worker serves
//! HTTP, puts each upload into the durable queue, and turns queued pictures into thumbnails.

mod args;
mod board;
mod books;
mod client;
mod driver;
mod folder;
mod input;
mod memory;
mod message;
mod picture;
mod progress;
mod service;
mod show;
mod table;
mod thumbnail;
mod upload;
mod worker;

use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = match cluster::role() {
        Ok(cluster::Role::Worker(worker)) => worker::run(worker).map(|()| ExitCode::SUCCESS),
        Ok(cluster::Role::Primary) => match args::parse() {
            Ok(Some(args)) => driver::run(&args),
            Ok(None) => Ok(ExitCode::SUCCESS),
            Err(error) => {
                eprintln!("demo: {error:#}\nhelp: see `cargo xtask demo --help`");
                return ExitCode::from(2);
            }
        },
        Err(error) => Err(error.into()),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("demo: {error:#}");
        ExitCode::FAILURE
    })
}
