//! worker-pool beside its peers; `--help` says how to ask.

use barometer::runner;
use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(worker_pool_peers::peers())
}
