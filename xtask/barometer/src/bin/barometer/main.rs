//! The barometer's driver: asks the `peers` programs, keeps what they say, and makes tables and pages of it.
//!
//! `cargo xtask bench` and `cargo xtask report` build it and become it.

mod answer;
mod args;
mod bench;
mod column;
mod gate;
mod instructions;
mod interrupt;
mod machine;
mod markdown;
mod number;
mod page;
mod plan;
mod program;
mod progress;
mod remark;
mod report;
mod run;
mod terminal;
mod workspace;

use std::process::ExitCode;

fn main() -> ExitCode {
    let done = args::parse(std::env::args_os().skip(1)).and_then(|words| match words {
        args::Words::Help(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        args::Words::Bench(bench) => interrupt::listen().and_then(|()| bench::bench(&bench)),
        args::Words::Report(report) => report::report(&report),
    });
    done.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
