//! `examples`: runs every example and compares what it prints with the file beside it.
//!
//! The file `<name>.out` is what the example's reader expects to see, so it is compared to the letter. An example
//! without one is a failure: it may have stopped working years ago.
//!
//! # Limits
//!
//! 60 s an example; then it and all processes it started are killed.

use crate::cargo::{self, Build, cargo, only};
use crate::command::{Arguments, Command};
use crate::diff::diff;
use crate::excerpt::excerpt;
use crate::process::{Capture, Finished, run};
use crate::tally::Tally;
use crate::workspace::{Package, Workspace};
use anyhow::{Context, Result, ensure};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

pub(crate) const COMMAND: Command = Command {
    name: "examples",
    summary: "run every example and compare its output with the file beside it",
    about: "Runs <crate>/examples/*.rs with all features and compares standard output with <name>.out, to the letter.",
    operands: &[("crate", "only this one")],
    flags: &[("bless", "write what the examples print to their .out files; read the diff before you commit it")],
    forwards: false,
    run: examples,
};

const LIMIT: Duration = Duration::from_secs(60);

/// An example, or what is left of one.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Example {
    name: String,
    /// Where its expected output is, or has to be.
    out: PathBuf,
    has_source: bool,
    has_out: bool,
}

fn examples(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let packages = workspace.select(arguments.operand(0))?;
    let tally = check(workspace, &packages, arguments.has("bless"))?;
    ensure!(!tally.is_empty(), "{} has no examples", arguments.operand(0).unwrap_or("the workspace"));
    println!("{tally}");
    Ok(tally.exit_code())
}

/// Runs the examples of `packages`; with `bless` their output becomes what is expected.
pub(crate) fn check(workspace: &Workspace, packages: &[&Package], bless: bool) -> Result<Tally> {
    let packages: Vec<&Package> = packages.iter().copied().filter(|package| package.has("examples")).collect();
    if packages.is_empty() {
        return Ok(Tally::default());
    }
    let mut command = cargo(workspace, &["build", "--examples", "--keep-going", "--all-features"]);
    only(&mut command, packages.iter().copied());
    let build = cargo::build(command)?;
    let mut tally = Tally::default();
    for package in packages {
        for example in list(&package.dir.join("examples"))? {
            let verdict = judge(workspace, package, &build, &example, bless)?;
            println!("{:<18} {:<32} {}", package.name, example.name, verdict.as_ref().map_or("failed", String::as_str));
            if let Err(complaint) = &verdict {
                print!("{}", excerpt(complaint));
            }
            tally += Tally::of(verdict.is_ok());
        }
    }
    Ok(tally)
}

/// The examples in a folder: files and folders of sources, and outputs that lost theirs.
fn list(dir: &Path) -> Result<Vec<Example>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let path = entry?.path();
        let counts = path.join("main.rs").exists()
            || path
                .extension()
                .is_some_and(|extension| extension == OsStr::new("rs") || extension == OsStr::new("out"));
        if counts && let Some(name) = path.file_stem().and_then(OsStr::to_str) {
            names.push(name.to_owned());
        }
    }
    names.sort();
    names.dedup();
    let example = |name: String| {
        let out = dir.join(format!("{name}.out"));
        let has_source = dir.join(format!("{name}.rs")).exists() || dir.join(&name).join("main.rs").exists();
        Example { has_out: out.exists(), out, has_source, name }
    };
    Ok(names.into_iter().map(example).collect())
}

/// What to print of an example that passed, or what it has to be blamed for.
fn judge(
    workspace: &Workspace,
    package: &Package,
    build: &Build,
    example: &Example,
    bless: bool,
) -> Result<Result<String, String>> {
    let out = workspace.relative(&example.out).display();
    if !example.has_source {
        return Ok(Err(format!("{out} has no example; remove it")));
    }
    if !example.has_out && !bless {
        return Ok(Err(format!("{out} is missing; write it with `cargo xtask examples {} --bless`", package.name)));
    }
    let Some(program) = build.of(package).find(|program| program.kind == "example" && program.name == example.name)
    else {
        return Ok(Err("it was not built; the compiler's message stands above".to_owned()));
    };
    let mut command = build.command(workspace, package, program);
    // As under `cargo run` from the root, where its run line is meant to be pasted.
    command.current_dir(&workspace.root);
    let finished = run(&mut command, Capture::Both, LIMIT, |_| {})?;
    let seconds = format!("{:.1} s", finished.elapsed.as_secs_f64());
    if bless && finished.success() && !finished.left_some {
        fs::write(&example.out, &finished.stdout).with_context(|| format!("cannot write {out}"))?;
        return Ok(Ok(format!("blessed, {seconds}")));
    }
    let expected = match example.has_out {
        true => fs::read_to_string(&example.out).with_context(|| format!("cannot read {out}"))?,
        false => String::new(),
    };
    Ok(compare(&finished, &expected).map(|()| format!("ok, {seconds}")))
}

fn compare(finished: &Finished, expected: &str) -> Result<(), String> {
    let mut complaint = String::new();
    if !finished.success() {
        complaint.push_str(&format!("it {}\n{}", finished.end, finished.stderr));
    }
    if finished.left_some {
        complaint.push_str("it left processes behind; end what it starts\n");
    }
    if finished.stdout != expected {
        complaint.push_str(&format!("expected (-) and printed (+):\n{}", diff(expected, &finished.stdout)));
    }
    if complaint.is_empty() { Ok(()) } else { Err(complaint) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::End;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{ExitStatus, id};

    fn finished(code: i32, stdout: &str) -> Finished {
        let end = End::Exited(ExitStatus::from_raw(code << 8));
        Finished {
            end,
            stdout: stdout.to_owned(),
            stderr: "went wrong\n".to_owned(),
            elapsed: Duration::ZERO,
            left_some: false,
        }
    }

    #[test]
    fn output_is_compared_to_the_letter() {
        assert_eq!(compare(&finished(0, "a\n"), "a\n"), Ok(()));
        let complaint = compare(&finished(0, "a\n"), "a \n").unwrap_err();
        assert!(complaint.contains("- a \n+ a\n"), "{complaint}");
    }

    #[test]
    fn the_right_output_does_not_excuse_a_failure() {
        let complaint = compare(&finished(3, "a\n"), "a\n").unwrap_err();
        assert_eq!(complaint, "it exited with 3\nwent wrong\n");
    }

    #[test]
    fn an_example_ends_what_it_starts() {
        let complaint = compare(&Finished { left_some: true, ..finished(0, "a\n") }, "a\n").unwrap_err();
        assert!(complaint.contains("left processes behind"), "{complaint}");
    }

    #[test]
    fn sources_and_outputs_are_paired() {
        let dir = std::env::temp_dir().join(format!("xtask-examples-{}", id()));
        fs::create_dir_all(dir.join("folder")).unwrap();
        for file in ["both.rs", "both.out", "bare.rs", "stale.out", "folder/main.rs", "notes.txt"] {
            fs::write(dir.join(file), "").unwrap();
        }
        let found = list(&dir).unwrap();
        fs::remove_dir_all(&dir).unwrap();
        let found: Vec<_> = found.iter().map(|it| (it.name.as_str(), it.has_source, it.has_out)).collect();
        let expected = [("bare", true, false), ("both", true, true), ("folder", true, false), ("stale", false, true)];
        assert_eq!(found, expected);
    }
}
