//! leader-followers beside its peers; `--help` says how to ask.

use barometer::runner;
use std::process::ExitCode;

fn main() -> ExitCode {
    runner::main(leader_followers_peers::peers())
}
