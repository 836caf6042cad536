//! The primitives beside their peers; `--help` says how to ask.

use barometer::runner;
use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(common_peers::peers())
}
