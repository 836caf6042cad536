//! cluster beside its peers; `--help` says how to ask.

use barometer::runner;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The workers of ours are this program, too.
    cluster_peers::work_if_worker();
    runner::main(cluster_peers::peers())
}
