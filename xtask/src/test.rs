//! `test`: every unit, integration, fault and doc test of the crates and the demo.
//!
//! One build makes all test programs; then each runs by itself under a time limit, so that one which crashes or hangs
//! is known by name and takes no other with it. Only what fails is shown at length.
//!
//! # Limits
//!
//! Five minutes a test program, ten for all doc tests together; past that they are killed and count as failed.

mod outcome;

use self::outcome::{Outcome, doc_section, doc_sections, without_result};
use crate::cargo::{self, Artifact, cargo, only};
use crate::command::{self, Arguments, Command, Usage};
use crate::excerpt::excerpt;
use crate::harness::is_overdue;
use crate::process::{Capture, End, run};
use crate::table::Table;
use crate::tally::Tally;
use crate::workspace::{Package, Workspace};
use anyhow::Result;
use std::mem;
use std::process::{self, ExitCode};
use std::time::{Duration, Instant};

pub(crate) const COMMAND: Command = Command {
    name: "test",
    summary: "run all tests of the crates and the demo: unit, it, fault, doc",
    about: "Runs all tests with all features in debug mode and ends with a table and a line `N passed, N failed`.\n\
            Shows the output of what fails, and exits with 1 then.",
    operands: command::TESTS,
    flags: &[],
    forwards: false,
    run: test,
};

const PROGRAM_LIMIT: Duration = Duration::from_secs(5 * 60);
const DOC_LIMIT: Duration = Duration::from_secs(10 * 60);
const LIST_LIMIT: Duration = Duration::from_secs(20);
const SHOWN_NAMES: usize = 10;

fn test(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let packages = workspace.select(arguments.operand(0))?;
    let filter = arguments.operand(1);
    let tally = check(workspace, &packages, filter)?;
    if let Some(filter) = filter
        && tally.is_empty()
    {
        return Err(Usage::none_matches("test", filter).into());
    }
    println!("{tally}");
    Ok(tally.exit_code())
}

/// Runs the tests of `packages` and prints the table.
pub(crate) fn check(workspace: &Workspace, packages: &[&Package], filter: Option<&str>) -> Result<Tally> {
    let mut report = Report { rows: packages.iter().map(|package| Row::new(&package.name)).collect() };
    // `cargo test --no-run` makes the same programs, but none once a package does not compile.
    let mut command = cargo(workspace, &["build", "--tests", "--keep-going", "--all-features"]);
    only(&mut command, packages.iter().copied());
    let build = cargo::build(command)?;
    for (package, row) in packages.iter().zip(&mut report.rows) {
        let mut programs: Vec<&Artifact> = build.of(package).filter(|it| it.is_test && it.kind != "bench").collect();
        programs.sort_by_key(|program| (program.kind == "test", &program.name));
        for program in programs {
            let command = || {
                let mut command = build.command(workspace, package, program);
                command.args(filter);
                command
            };
            let (outcome, elapsed) = run_program(command, filter)?;
            row.add(&kind(program), &outcome, elapsed);
        }
    }
    let (mut built, mut broken) = (Vec::new(), Vec::new());
    for package in packages.iter().copied().filter(|package| package.has("src/lib.rs")) {
        match build.of(package).find(|it| it.is_test && it.kind == "lib") {
            Some(library) => built.push((package, library.name.replace('-', "_"))),
            None => broken.push(package),
        }
    }
    test_docs(workspace, &built, filter, &mut report)?;
    report.add_broken(broken);
    print!("\n{}", report.table());
    let mut tally: Tally = report.rows.iter().map(|row| row.tally).sum();
    if !build.complete {
        println!("the build failed: cargo {}; what could be built was tested", build.end);
        // A test program that was not built has no line above, and must not be missed.
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

/// Runs a program's tests; of one that crashes or hangs the tests without a result are named.
fn run_program(command: impl Fn() -> process::Command, filter: Option<&str>) -> Result<(Outcome, Duration)> {
    let finished = run(&mut command(), Capture::Merged, PROGRAM_LIMIT, |line| {
        if is_overdue(line) {
            println!("  {line}");
        }
    })?;
    let mut outcome = Outcome::of_program(&finished, filter);
    if outcome.crashed {
        let listed = run(command().args(["--list", "--format", "terse"]), Capture::Stdout, LIST_LIMIT, |_| {})?;
        let names = without_result(&listed.stdout, &finished.stdout);
        let shown = names[..names.len().min(SHOWN_NAMES)].join(", ");
        let note = format!("no result came from {} of its tests: {shown}\n", names.len());
        outcome.complaint.get_or_insert_default().push_str(&note);
    }
    if finished.left_some {
        let note = "it left processes behind, which held its output open and were ended\n";
        outcome.complaint.get_or_insert_default().push_str(note);
    }
    Ok((outcome, finished.elapsed))
}

/// `unit`, the name of a test folder, or the example whose tests they are.
fn kind(program: &Artifact) -> String {
    match program.kind.as_str() {
        "test" => program.name.clone(),
        "example" => format!("example {}", program.name),
        _ => "unit".to_owned(),
    }
}

/// One cargo call for all libraries, given with their names in code; its `Doc-tests` lines say whose tests follow.
fn test_docs(
    workspace: &Workspace,
    libraries: &[(&Package, String)],
    filter: Option<&str>,
    report: &mut Report,
) -> Result<()> {
    if libraries.is_empty() {
        return Ok(());
    }
    let mut command = cargo(workspace, &["test", "--doc", "--no-fail-fast", "--all-features"]);
    only(&mut command, libraries.iter().map(|(package, _)| *package));
    command.arg("--").args(filter);
    let mut starts = Vec::new();
    let finished = run(&mut command, Capture::Merged, DOC_LIMIT, |line| {
        if doc_section(line).is_some() {
            starts.push(Instant::now());
        }
    })?;
    let ends = starts.iter().skip(1).copied().chain([Instant::now()]);
    let times = starts.iter().zip(ends).map(|(start, end)| end - *start);
    let sections: Vec<_> = doc_sections(&finished.stdout).into_iter().zip(times).collect();
    // What cargo says instead of testing a library is about all of them, and is shown once.
    let mut excuse = finished.stdout.as_str();
    for (package, library) in libraries {
        let section = sections.iter().find(|((name, _), _)| name == library);
        let (outcome, elapsed) = match section {
            Some(((_, output), elapsed)) => (Outcome::of_docs(output), *elapsed),
            None => (Outcome::crash(&finished.end, mem::take(&mut excuse)), Duration::ZERO),
        };
        report.row(package).add("doc", &outcome, elapsed);
    }
    if !matches!(finished.end, End::Exited(_)) {
        println!("the doc tests' cargo {}", finished.end);
    }
    Ok(())
}

struct Report {
    rows: Vec<Row>,
}

struct Row {
    name: String,
    tally: Tally,
    elapsed: Duration,
}

impl Row {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), tally: Tally::default(), elapsed: Duration::ZERO }
    }

    /// Counts an outcome and prints its line, and what it has to complain about.
    fn add(&mut self, kind: &str, outcome: &Outcome, elapsed: Duration) {
        self.elapsed += elapsed;
        self.tally += outcome.tally;
        if outcome.tally.is_empty() {
            return;
        }
        println!("{:<18} {kind:<12} {}, {:.1} s", self.name, outcome.tally, elapsed.as_secs_f64());
        if let Some(complaint) = &outcome.complaint {
            print!("{}", excerpt(complaint));
        }
    }
}

impl Report {
    fn row(&mut self, package: &Package) -> &mut Row {
        self.rows.iter_mut().find(|row| row.name == package.name).expect("each package has a row")
    }

    /// A library that was not built is one failure, whatever tests it has.
    fn add_broken(&mut self, libraries: Vec<&Package>) {
        for library in libraries {
            self.row(library).add("build", &Outcome::of_broken_build(), Duration::ZERO);
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["crate", "passed", "failed", "ignored", "seconds"]);
        for Row { name, tally, elapsed } in &self.rows {
            let [passed, failed, ignored] = [tally.passed, tally.failed, tally.ignored].map(|count| count.to_string());
            table.row([name.clone(), passed, failed, ignored, format!("{:.1}", elapsed.as_secs_f64())]);
        }
        table
    }
}
