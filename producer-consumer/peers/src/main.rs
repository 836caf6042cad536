//! producer-consumer beside its peers; `--help` says how to ask.

use barometer::runner;
use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(producer_consumer_peers::peers())
}
