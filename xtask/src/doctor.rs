//! `doctor`: which tools are here, and what goes without each that is not.

use crate::cargo::tool;
use crate::command::{Arguments, Command};
use crate::nightly;
use crate::process::{Capture, run};
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;
use std::{env, fs};

pub(crate) const COMMAND: Command = Command {
    name: "doctor",
    summary: "list the tools that are here, and what is missing without the others",
    about: "Looks for the tools that the commands use. Only cargo, rustc and a C compiler are required; without one of\n\
            them it exits with 1 and says how to get it.",
    operands: &[],
    flags: &[],
    forwards: false,
    run: doctor,
};

const LIMIT: Duration = Duration::from_secs(10);
/// The oldest Rust that the manifest allows.
const RUST: &str = env!("CARGO_PKG_RUST_VERSION");

struct Tool {
    name: &'static str,
    /// Command lines that tell its version, of which one is enough.
    asks: &'static [&'static [&'static str]],
    need: Need,
}

enum Need {
    /// Nothing goes without it; how to get it.
    Required(&'static str),
    /// What goes without it.
    Optional(&'static str),
}

use Need::{Optional, Required};

const TOOLS: &[Tool] = &[
    Tool { name: "cargo", asks: &[&["cargo", "--version"]], need: Required("install Rust from https://rustup.rs") },
    Tool {
        name: "rustc",
        asks: &[&["rustc", "--version"]],
        need: Required("it is older than the manifest allows: run `rustup update stable`"),
    },
    Tool {
        name: "cc",
        asks: &[&["cc", "--version"]],
        need: Required("install a C compiler (`apt-get install gcc libc6-dev`): SQLite is built from source"),
    },
    Tool {
        name: "git",
        asks: &[&["git", "--version"]],
        need: Optional("no `cargo xtask mutants`, which copies what git knows"),
    },
    Tool {
        name: "node",
        asks: &[&["node", "--version"]],
        need: Optional("no tests against Node's own cluster, and no bench beside it"),
    },
    Tool {
        name: "redis-server",
        asks: &[&["redis-server", "--version"], &["valkey-server", "--version"]],
        need: Optional("no BullMQ in `cargo xtask bench`"),
    },
    Tool {
        name: "chromium",
        asks: &[&["chromium", "--version"], &["google-chrome", "--version"]],
        need: Optional("no look at the demo's page"),
    },
    Tool { name: "strace", asks: &[&["strace", "--version"]], need: Optional("no counts of system calls") },
    Tool { name: "perf", asks: &[&["perf", "--version"]], need: Optional("no counts of cycles and switches") },
    Tool {
        name: "valgrind",
        asks: &[&["valgrind", "--version"]],
        need: Optional("no counts of instructions in `cargo xtask bench`"),
    },
    Tool {
        name: "cargo-nextest",
        asks: &[&["cargo-nextest", "--version"]],
        need: Optional("nothing missing: `cargo xtask test` does not need it"),
    },
    Tool {
        name: "nightly",
        asks: &[nightly::TOOLCHAIN],
        need: Optional("`cargo xtask asan`, `tsan` and `miri` are skipped"),
    },
    Tool { name: "miri", asks: &[nightly::MIRI], need: Optional("`cargo xtask miri` is skipped") },
    Tool { name: "rust-src", asks: &[nightly::RUST_SRC], need: Optional("`cargo xtask tsan` is skipped") },
];

fn doctor(workspace: &Workspace, _: &Arguments) -> Result<ExitCode> {
    println!("{}\n", machine());
    let mut missing = false;
    for tool in TOOLS {
        let version = version(workspace, tool);
        let required = matches!(tool.need, Required(_));
        let fits = version.as_deref().is_some_and(|version| tool.name != "rustc" || is_recent(version));
        missing |= required && !fits;
        println!("{}", line(tool, version.as_deref(), fits));
    }
    Ok(ExitCode::from(u8::from(missing)))
}

fn line(tool: &Tool, version: Option<&str>, fits: bool) -> String {
    let found = version.unwrap_or("not here");
    match (&tool.need, fits) {
        (_, true) => format!("ok       {:<14} {found}", tool.name),
        (Required(fix), false) => format!("MISSING  {:<14} {found}; {fix}", tool.name),
        (Optional(without), false) => format!("-        {:<14} {found}; {without}", tool.name),
    }
}

/// The first line that the tool answers, on standard output if it uses that, and with whichever exit code.
fn version(workspace: &Workspace, wanted: &Tool) -> Option<String> {
    wanted.asks.iter().find_map(|ask| {
        let (program, words) = ask.split_first().expect("a question has a program");
        let finished = run(tool(workspace, program).args(words), Capture::Both, LIMIT, |_| {}).ok()?;
        // rustup answers for a toolchain that is not installed, and fails.
        let answered = finished.success() || *program != "rustup";
        let mut lines = finished.stdout.lines().chain(finished.stderr.lines());
        lines.find(|line| !line.trim().is_empty()).filter(|_| answered).map(str::to_owned)
    })
}

/// Whether `rustc 1.95.0 (..)` is new enough.
fn is_recent(version: &str) -> bool {
    let number = |text: &str| -> Vec<u32> { text.split('.').map_while(|part| part.parse().ok()).collect() };
    version.split_whitespace().nth(1).is_some_and(|found| number(found) >= number(RUST))
}

fn machine() -> String {
    let cores = available_parallelism().map_or_else(|_| "unknown".to_owned(), |cores| cores.to_string());
    let memory = fs::read_to_string("/proc/meminfo").ok().and_then(|text| memory(&text));
    let memory = memory.map_or_else(|| "unknown".to_owned(), |kib| format!("{:.1} GiB", f64::from(kib) / 1_048_576.0));
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_else(|_| "unknown".to_owned());
    format!("{cores} cores, {memory} memory, {} {} on {}", env::consts::OS, kernel.trim(), env::consts::ARCH)
}

/// `MemTotal` in KiB.
fn memory(meminfo: &str) -> Option<u32> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_rust_are_compared_as_numbers() {
        assert!(is_recent("rustc 1.95.0 (59807616e 2026-04-14)") && is_recent("rustc 1.100.0-nightly"));
        assert!(!is_recent("rustc 1.94.1 (abc)") && !is_recent("rustc 1.9.0") && !is_recent("nonsense"));
    }

    #[test]
    fn a_missing_tool_names_the_mend_or_the_loss() {
        let named = |name: &str| TOOLS.iter().find(|tool| tool.name == name).unwrap();
        assert!(line(named("cc"), None, false).contains("apt-get install gcc"));
        assert!(line(named("node"), None, false).starts_with("-        node"));
        assert!(line(named("rustc"), Some("rustc 1.80.0"), false).starts_with("MISSING"));
    }

    #[test]
    fn a_tool_that_is_not_installed_has_no_version() {
        let tool = Tool { name: "none", asks: &[&["no-such-tool", "--version"]], need: Optional("nothing") };
        assert_eq!(version(&Workspace::open().unwrap(), &tool), None);
    }

    #[test]
    fn memory_is_read_from_the_kernels_table() {
        assert_eq!(memory("MemTotal:       24689996 kB\nMemFree: 1 kB\n"), Some(24_689_996));
        assert_eq!(memory(""), None);
    }
}
