//! `ci`: all that has to hold before a change goes in, in the order in which a failure is cheapest to learn.

use crate::cargo::{cargo, check as check_with, only};
use crate::command::{Arguments, Command};
use crate::model::{self, Checker};
use crate::process::{self, Capture};
use crate::table::Table;
use crate::tally::Tally;
use crate::workspace::Workspace;
use crate::{bench, demo, doc, examples, test, tidy};
use anyhow::Result;
use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

pub(crate) const COMMAND: Command = Command {
    name: "ci",
    summary: "everything that has to hold before a change goes in",
    about: "Runs fmt, tidy, clippy (also of the model sides), doc, test, examples, loom, shuttle, the peers' tests\n\
            and the demo, and stops at the first that fails. Ends with a table of the steps and a line `N passed,\n\
            N failed`, which counts tests, model tests, examples and tidy rules one by one and each other step as one.",
    operands: &[],
    flags: &[("keep-going", "run all steps even if one fails")],
    forwards: false,
    run: ci,
};

const DEMO_LIMIT: Duration = Duration::from_secs(5 * 60);

struct Step {
    name: &'static str,
    counts: &'static str,
    run: fn(&Workspace) -> Result<Tally>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", counts: "step", run: fmt },
    Step { name: "tidy", counts: "rules", run: tidy::check },
    Step { name: "clippy", counts: "step", run: clippy },
    Step { name: "clippy loom", counts: "step", run: |workspace| clippy_model(workspace, Checker::Loom) },
    Step { name: "clippy shuttle", counts: "step", run: |workspace| clippy_model(workspace, Checker::Shuttle) },
    Step { name: "doc", counts: "step", run: doc::check },
    Step { name: "test", counts: "tests", run: |workspace| test::check(workspace, &workspace.tested(), None) },
    Step {
        name: "examples",
        counts: "examples",
        run: |workspace| examples::check(workspace, &workspace.tested(), false),
    },
    Step { name: "loom", counts: "model tests", run: |workspace| models(workspace, Checker::Loom) },
    Step { name: "shuttle", counts: "model tests", run: |workspace| models(workspace, Checker::Shuttle) },
    Step { name: "peers", counts: "tests", run: bench::check_peers },
    Step { name: "demo", counts: "step", run: run_demo },
];

fn ci(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
    let results = run(STEPS, workspace, arguments.has("keep-going"));
    let total: Tally = results.iter().map(|(tally, _)| *tally).sum();
    print!("\n{}", report(STEPS, &results));
    println!("{total}");
    Ok(total.exit_code())
}

/// Runs the steps up to the first that fails, or all; a step that cannot be run has failed.
fn run(steps: &[Step], workspace: &Workspace, keep_going: bool) -> Vec<(Tally, Duration)> {
    let mut results = Vec::new();
    for step in steps {
        println!("\n== {} ==", step.name);
        let started = Instant::now();
        let tally = (step.run)(workspace).unwrap_or_else(|error| {
            eprintln!("error: {error:#}");
            Tally::FAILED
        });
        results.push((tally, started.elapsed()));
        if tally.failed > 0 && !keep_going {
            break;
        }
    }
    results
}

fn report(steps: &[Step], results: &[(Tally, Duration)]) -> String {
    let mut table = Table::new(&["step", "passed", "failed", "what", "seconds"]);
    for (step, (tally, elapsed)) in steps.iter().zip(results) {
        let [passed, failed] = [tally.passed, tally.failed].map(|count| count.to_string());
        table.row([step.name.into(), passed, failed, step.counts.into(), format!("{:.1}", elapsed.as_secs_f64())]);
    }
    let mut text = table.to_string();
    let skipped: Vec<&str> = steps[results.len()..].iter().map(|step| step.name).collect();
    if !skipped.is_empty() {
        let skipped = skipped.join(", ");
        writeln!(text, "not run: {skipped}; `--keep-going` runs all").expect("a string takes any text");
    }
    let seconds: f64 = results.iter().map(|(_, elapsed)| elapsed.as_secs_f64()).sum();
    writeln!(text, "counted: tests, model tests, examples, rules and steps; {seconds:.0} s in all")
        .expect("a string takes any text");
    text
}

fn fmt(workspace: &Workspace) -> Result<Tally> {
    Ok(Tally::of(check_with(cargo(workspace, &["fmt", "--all", "--check"]))?.success()))
}

fn clippy(workspace: &Workspace) -> Result<Tally> {
    let words = ["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"];
    Ok(Tally::of(check_with(cargo(workspace, &words))?.success()))
}

fn models(workspace: &Workspace, checker: Checker) -> Result<Tally> {
    model::check(workspace, &model::modelled(&workspace.tested()), checker, None, false)
}

/// The model side of the code, which the other clippy never sees.
fn clippy_model(workspace: &Workspace, checker: Checker) -> Result<Tally> {
    let modelled = model::modelled(&workspace.tested());
    if modelled.is_empty() {
        return Ok(Tally::default());
    }
    let mut command = cargo(workspace, &["clippy", "--lib", "--test", "loom"]);
    only(&mut command, modelled);
    let mut command = model::in_model(command, &workspace.target(), checker);
    command.args(["--", "-D", "warnings"]);
    Ok(Tally::of(check_with(command)?.success()))
}

fn run_demo(workspace: &Workspace) -> Result<Tally> {
    if !check_with(demo::build_command(workspace))?.success() {
        return Ok(Tally::FAILED);
    }
    let finished = process::run(demo::program(workspace).arg("--quick"), Capture::Nothing, DEMO_LIMIT, |_| {})?;
    if !finished.success() {
        println!("the demo {}", finished.end);
    }
    Ok(Tally::of(finished.success()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;

    const STEPS: &[Step] = &[
        Step { name: "one", counts: "step", run: |_| Ok(Tally::PASSED) },
        Step { name: "two", counts: "step", run: |_| bail!("no such tool") },
        Step { name: "three", counts: "step", run: |_| Ok(Tally::PASSED) },
    ];

    fn total(keep_going: bool) -> (String, String) {
        let results = run(STEPS, &Workspace::open().unwrap(), keep_going);
        let total: Tally = results.iter().map(|(tally, _)| *tally).sum();
        (total.to_string(), report(STEPS, &results))
    }

    #[test]
    fn the_first_failure_ends_it() {
        let (total, report) = total(false);
        assert_eq!(total, "1 passed, 1 failed");
        assert!(report.contains("not run: three;"), "{report}");
    }

    #[test]
    fn keep_going_runs_the_rest() {
        let (total, report) = total(true);
        assert_eq!(total, "2 passed, 1 failed");
        assert!(!report.contains("not run"), "{report}");
    }
}
