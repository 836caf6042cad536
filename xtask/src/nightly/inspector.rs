//! An inspector: a checker on nightly that watches the tests while they run.
//!
//! What differs from one to the next is in its declaration: the parts it needs, the cargo command it is, what it leaves
//! out and why. What is the same is here: one program after the other under a time limit, its reports, the counts.
//!
//! # Limits
//!
//! Ten minutes a program of tests; past that it is killed and has failed.

use super::scope::{DRIVERS, Exclusion, Suite};
use super::score::Score;
use super::{Component, Nightly, folder};
use crate::cargo::{check, only};
use crate::command::{Arguments, Usage};
use crate::excerpt::excerpt;
use crate::harness::is_overdue;
use crate::process::{Capture, Finished, run};
use crate::table::Table;
use crate::tally::Tally;
use crate::workspace::{Package, Workspace};
use anyhow::{Context, Result};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(10 * 60);
/// Eight times what a thread has by default.
const STACK: usize = 16 << 20;

#[derive(Debug)]
pub(crate) struct Inspector {
    pub(crate) name: &'static str,
    pub(crate) needs: &'static [Component],
    /// The kinds of tests it runs at all.
    pub(crate) suites: &'static [Suite],
    /// The features it builds a package with; all, if a package is not named.
    pub(crate) features: &'static [(&'static str, &'static [&'static str])],
    pub(crate) exclusions: &'static [Exclusion],
    /// Cargo's `test` under this inspector.
    pub(crate) command: fn(&Nightly, &Workspace) -> Command,
    /// How often the tests are run, and how each time differs.
    pub(crate) turns: fn(&Workspace, &Package) -> Result<Vec<Turn>>,
}

/// One run of a package's tests.
#[derive(Debug, PartialEq)]
pub(crate) struct Turn {
    /// What tells it from the others, for whoever wants to run it again.
    pub(crate) name: String,
    pub(crate) variables: Vec<(&'static str, String)>,
}

impl Inspector {
    /// The whole command, from the operands `crate` and `filter` to the closing line.
    pub(crate) fn run(&self, workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
        let packages = workspace.select(arguments.operand(0))?;
        let filter = arguments.operand(1);
        let mut score = Score::default();
        match Nightly::find(workspace, self.needs) {
            Err(missing) => println!("{}", score.skip(self.name, missing)),
            Ok(nightly) => {
                self.check(&Job { inspector: self, workspace, nightly, filter }, &packages, &mut score)?;
                if let Some(filter) = filter
                    && score.tally.is_empty()
                {
                    return Err(Usage::none_matches("test that is run", filter).into());
                }
            }
        }
        println!("{score}");
        Ok(score.tally.exit_code())
    }

    fn check(&self, job: &Job<'_>, packages: &[&Package], score: &mut Score) -> Result<()> {
        let mut table = Table::new(&["crate", "passed", "failed", "skipped", "seconds"]);
        for package in packages {
            let (started, before) = (Instant::now(), *score);
            if !Suite::ALL.iter().any(|suite| suite.is_in(package)) {
                let what = format!("{}: {}", self.name, package.name);
                println!("{}", score.skip(what, "it is a program without a library"));
            }
            for exclusion in self.exclusions().filter(|exclusion| exclusion.package == package.name) {
                println!("{}", score.skip(format!("{}: {exclusion}", self.name), exclusion.why));
            }
            score.tally += job.package(package)?;
            let (passed, failed) = (score.tally.passed - before.tally.passed, score.tally.failed - before.tally.failed);
            let counts = [passed, failed, score.skipped() - before.skipped()].map(|count| count.to_string());
            let [passed, failed, skipped] = counts;
            let seconds = format!("{:.1}", started.elapsed().as_secs_f64());
            table.row([package.name.clone(), passed, failed, skipped, seconds]);
        }
        print!("\n{table}");
        Ok(())
    }

    /// The kinds of tests that are run of a package.
    fn suites<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = Suite> + 'a {
        let is_whole = |suite| self.exclusions_of(package, suite).any(Exclusion::is_whole);
        self.suites.iter().copied().filter(move |suite| suite.is_in(package) && !is_whole(*suite))
    }

    fn exclusions_of<'a>(&'a self, package: &'a Package, suite: Suite) -> impl Iterator<Item = &'a Exclusion> + 'a {
        self.exclusions().filter(move |exclusion| exclusion.concerns(&package.name, suite))
    }

    fn exclusions(&self) -> impl Iterator<Item = &Exclusion> {
        self.exclusions.iter().chain(DRIVERS)
    }

    /// What the test program is told: which tests to leave out.
    fn skip_words(&self, package: &Package, suite: Suite) -> Vec<&'static str> {
        let tests = self.exclusions_of(package, suite).flat_map(|exclusion| exclusion.tests);
        tests.flat_map(|test| ["--skip", test]).collect()
    }

    fn feature_words(&self, package: &Package) -> Vec<String> {
        match self.features.iter().find(|(name, _)| *name == package.name) {
            None => vec!["--all-features".to_owned()],
            Some((_, features)) => {
                vec!["--no-default-features".to_owned(), format!("--features={}", features.join(","))]
            }
        }
    }
}

/// An inspector at work.
struct Job<'a> {
    inspector: &'a Inspector,
    workspace: &'a Workspace,
    nightly: Nightly,
    filter: Option<&'a str>,
}

impl Job<'_> {
    /// Builds the tests of a package and runs them, each kind in every turn.
    fn package(&self, package: &Package) -> Result<Tally> {
        let suites: Vec<Suite> = self.inspector.suites(package).collect();
        if suites.is_empty() {
            return Ok(Tally::default());
        }
        let mut build = self.command(package);
        build.arg("--no-run").args(suites.iter().filter(|suite| **suite != Suite::Doc).flat_map(|suite| suite.words()));
        let built = check(build)?;
        if !built.success() {
            println!("{}: the build failed: cargo {}", package.name, built.end);
            return Ok(Tally::FAILED);
        }
        let turns = (self.inspector.turns)(self.workspace, package)?;
        let mut tally = Tally::default();
        for suite in suites {
            for turn in &turns {
                tally += self.turn(package, suite, turn)?;
            }
        }
        Ok(tally)
    }

    fn turn(&self, package: &Package, suite: Suite, turn: &Turn) -> Result<Tally> {
        let reports = reports(self.workspace, self.inspector.name);
        clear(&reports)?;
        let mut command = self.command(package);
        command.args(suite.words()).envs(turn.variables.iter().map(|(name, value)| (name, value)));
        command.arg("--").args(self.filter).args(self.inspector.skip_words(package, suite));
        let finished = run(&mut command, Capture::Merged, LIMIT, |line| {
            if is_overdue(line) {
                println!("  {line}");
            }
        })?;
        let found = read(&reports)?;
        let tally = verdict(&finished, suite, !found.is_empty());
        if tally.is_empty() {
            return Ok(tally);
        }
        let label = format!("{} {suite}", package.name);
        println!("{label:<24} {:<24} {tally}, {:.1} s", turn.name, finished.elapsed.as_secs_f64());
        if tally.failed > 0 {
            let output = excerpt(&finished.stdout);
            println!("{output}{}  it {}, with {} reports", found.concat(), finished.end, found.len());
        }
        Ok(tally)
    }

    fn command(&self, package: &Package) -> Command {
        let mut command = (self.inspector.command)(&self.nightly, self.workspace);
        only(&mut command, [package]);
        command.args(self.inspector.feature_words(package));
        command
    }
}

/// What became of a program's tests. A report counts even if every test has passed, and so does an end without a result.
fn verdict(finished: &Finished, suite: Suite, has_reports: bool) -> Tally {
    let mut results = finished.stdout.lines().filter_map(Tally::of_result);
    // Merged and separate doc tests have a result line each; before the last line of a program is one of its child.
    let mut tally: Tally = if suite == Suite::Doc { results.sum() } else { results.next_back().unwrap_or_default() };
    if has_reports || !finished.success() {
        tally.failed = tally.failed.max(1);
    }
    tally
}

/// Where a sanitizer writes its reports, one file a process: a child's standard error may be read by the test, or nobody.
fn reports(workspace: &Workspace, inspector: &str) -> PathBuf {
    folder(workspace, inspector).join("reports")
}

/// The one turn of a sanitizer, which reads `options` from `variable`.
///
/// Its frames are larger than others: what is deep on purpose, as a chain of a thousand joins, gets a larger stack.
pub(crate) fn sanitizer_turn(workspace: &Workspace, inspector: &str, variable: &'static str, options: &str) -> Turn {
    let reports = reports(workspace, inspector).join("of");
    let options = format!("{options}:log_path={}", reports.display());
    let stack = STACK.to_string();
    Turn { name: String::new(), variables: vec![(variable, options), ("RUST_MIN_STACK", stack)] }
}

fn clear(reports: &Path) -> Result<()> {
    match fs::remove_dir_all(reports) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(reports),
    }
    .with_context(|| format!("cannot clear {}", reports.display()))
}

/// The reports, ready to be shown.
fn read(reports: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(reports).with_context(|| format!("cannot list {}", reports.display()))? {
        let text = String::from_utf8_lossy(&fs::read(entry?.path())?).into_owned();
        if !text.trim().is_empty() {
            found.push(excerpt(&text));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::End;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    const SOME: Inspector = Inspector {
        name: "some",
        needs: &[],
        suites: Suite::PROGRAMS,
        features: &[("pool", &["a", "b"])],
        exclusions: &[
            Exclusion { package: "common", suites: &[Suite::Unit], tests: &[], why: "all of them" },
            Exclusion { package: "common", suites: &[Suite::It], tests: &["slow", "deaf::"], why: "two of them" },
        ],
        command: |nightly, workspace| nightly.cargo(workspace, "some", &["test"]),
        turns: |_, _| Ok(Vec::new()),
    };

    fn common() -> Package {
        let workspace = Workspace::open().unwrap();
        (*workspace.select(Some("common")).unwrap().first().unwrap()).clone()
    }

    fn finished(stdout: &str, code: i32) -> Finished {
        let end = End::Exited(ExitStatus::from_raw(code << 8));
        Finished { end, stdout: stdout.to_owned(), stderr: String::new(), elapsed: Duration::ZERO, left_some: false }
    }

    #[test]
    fn what_is_excluded_is_not_run() {
        let common = common();
        assert_eq!(SOME.suites(&common).collect::<Vec<_>>(), [Suite::It]);
        assert_eq!(SOME.skip_words(&common, Suite::It), ["--skip", "slow", "--skip", "deaf::"]);
    }

    #[test]
    fn a_package_has_all_features_unless_the_table_names_them() {
        assert_eq!(SOME.feature_words(&common()), ["--all-features"]);
        let pool = Package { name: "pool".to_owned(), dir: PathBuf::new() };
        assert_eq!(SOME.feature_words(&pool), ["--no-default-features", "--features=a,b"]);
    }

    #[test]
    fn a_report_and_an_end_without_a_result_are_failures() {
        const OK: &str = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured\n";
        let failed = |stdout, code, has_reports| verdict(&finished(stdout, code), Suite::It, has_reports).failed;
        assert_eq!(failed(OK, 0, false), 0);
        assert_eq!(failed(OK, 0, true), 1);
        assert_eq!(failed(OK, 66, false), 1);
        assert_eq!(failed("error: Undefined Behavior\n", 1, false), 1);
    }

    #[test]
    fn doc_tests_add_up_and_a_childs_result_does_not_count() {
        let twice = "test result: ok. 2 passed; 0 failed; 0 ignored\n".repeat(2);
        assert_eq!(verdict(&finished(&twice, 0), Suite::Doc, false).passed, 4);
        assert_eq!(verdict(&finished(&twice, 0), Suite::It, false).passed, 2);
    }

    #[test]
    fn reports_of_all_processes_are_read_and_old_ones_cleared() {
        let folder = std::env::temp_dir().join(format!("xtask-reports-{}", std::process::id()));
        clear(&folder).unwrap();
        fs::write(folder.join("of.1"), "a race\n").unwrap();
        fs::write(folder.join("of.2"), "\n").unwrap();
        assert_eq!(read(&folder).unwrap(), ["  | a race\n"]);
        clear(&folder).unwrap();
        assert!(read(&folder).unwrap().is_empty());
        fs::remove_dir(&folder).unwrap();
    }
}
