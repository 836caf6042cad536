//! What an inspector runs: the kinds of tests, and the table of those that it can't run, each with its reason.

use crate::workspace::Package;
use std::fmt;

/// A kind of tests that a package has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Suite {
    Unit,
    It,
    Fault,
    Doc,
}

/// Tests that an inspector leaves out.
#[derive(Debug)]
pub(crate) struct Exclusion {
    pub(crate) package: &'static str,
    /// The kinds, all of whose tests are left out if `tests` names none.
    pub(crate) suites: &'static [Suite],
    /// Parts of the names of tests.
    pub(crate) tests: &'static [&'static str],
    /// Why the inspector can't run them, or would say nothing.
    pub(crate) why: &'static str,
}

/// What none of the inspectors runs.
pub(crate) const DRIVERS: &[Exclusion] = &[
    Exclusion {
        package: "barometer",
        suites: &[Suite::Unit, Suite::Doc],
        tests: &[],
        why: "it takes times, which are others under a checker",
    },
    Exclusion {
        package: "demo",
        suites: &[Suite::Unit, Suite::Doc],
        tests: &[],
        why: "what it adds to the crates is single-threaded, and takes long to build",
    },
];

/// What fails whoever looks for leaks.
pub(crate) const LEAKS: Exclusion = Exclusion {
    package: "worker-pool",
    suites: &[Suite::Unit],
    tests: &["a_panic_inside_a_panic_inside_a_panic_is_contained"],
    why: "it leaks on purpose: a payload whose drop panics again and again is given up",
};

/// What leaves a sanitizer no room.
pub(crate) const LIMITS_MEMORY: Exclusion = Exclusion {
    package: "worker-pool",
    suites: &[Suite::Fault],
    tests: &[],
    why: "it limits the address space of its child, all of which the sanitizer needs",
};

impl Suite {
    pub(crate) const ALL: &'static [Self] = &[Self::Unit, Self::It, Self::Fault, Self::Doc];
    /// All but the examples in the documentation, which are single programs of a few lines without a race to find.
    pub(crate) const PROGRAMS: &'static [Self] = &[Self::Unit, Self::It, Self::Fault];

    /// How cargo selects it.
    pub(crate) fn words(self) -> &'static [&'static str] {
        match self {
            Self::Unit => &["--lib"],
            Self::It => &["--test", "it"],
            Self::Fault => &["--test", "fault"],
            Self::Doc => &["--doc"],
        }
    }

    pub(crate) fn is_in(self, package: &Package) -> bool {
        package.has(match self {
            Self::Unit | Self::Doc => "src/lib.rs",
            Self::It => "tests/it/main.rs",
            Self::Fault => "tests/fault/main.rs",
        })
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unit => "unit",
            Self::It => "it",
            Self::Fault => "fault",
            Self::Doc => "doc",
        })
    }
}

impl Exclusion {
    /// Whether it is about tests of `package` of this kind.
    pub(crate) fn concerns(&self, package: &str, suite: Suite) -> bool {
        self.package == package && self.suites.contains(&suite)
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.tests.is_empty()
    }
}

/// What is left out, as the list of skips shows it: `cluster it`, or `worker-pool it child`.
impl fmt::Display for Exclusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.package)?;
        for (number, suite) in self.suites.iter().enumerate() {
            write!(f, "{}{suite}", if number == 0 { " " } else { ", " })?;
        }
        for (number, test) in self.tests.iter().enumerate() {
            write!(f, "{}{}", if number == 0 { ": " } else { ", " }, test.trim_end_matches("::"))?;
        }
        Ok(())
    }
}

/// Where the names in a table no longer stand for anything: a name that nothing has leaves nothing out.
#[cfg(test)]
pub(crate) fn stale(table: &[Exclusion]) -> Vec<String> {
    let workspace = crate::workspace::Workspace::open().expect("tests run inside the workspace");
    let mut stale = Vec::new();
    for exclusion in table {
        let package = workspace.tested().into_iter().find(|package| package.name == exclusion.package);
        if !package.is_some_and(|package| exclusion.suites.iter().all(|suite| suite.is_in(package))) {
            stale.push(exclusion.to_string());
            continue;
        }
        let source = source(&package.expect("it was just found").dir);
        let is_gone = |test: &&&str| test.split("::").any(|part| !part.is_empty() && !names(&source, part));
        stale.extend(exclusion.tests.iter().filter(is_gone).map(|test| format!("{exclusion}: {test}")));
    }
    stale
}

/// Whether a module, a function or a type has this name.
#[cfg(test)]
fn names(source: &str, name: &str) -> bool {
    ["mod ", "fn ", "struct "].iter().any(|word| source.contains(&format!("{word}{name}")))
}

/// All Rust text under a folder.
#[cfg(test)]
fn source(dir: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in std::fs::read_dir(dir).expect("a package can be read").flatten() {
        let path = entry.path();
        if path.is_dir() {
            text += &source(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text += &std::fs::read_to_string(path).expect("a source file is text");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{asan, miri, tsan};

    const CHILD: Exclusion =
        Exclusion { package: "worker-pool", suites: &[Suite::It], tests: &["child::"], why: "it starts a process" };

    #[test]
    fn what_is_excluded_exists() {
        for table in [DRIVERS, asan::INSPECTOR.exclusions, miri::INSPECTOR.exclusions, tsan::INSPECTOR.exclusions] {
            assert_eq!(stale(table), [""; 0]);
        }
    }

    #[test]
    fn an_exclusion_is_about_its_own_package_and_kind() {
        assert!(CHILD.concerns("worker-pool", Suite::It) && !CHILD.is_whole());
        assert!(!CHILD.concerns("worker-pool", Suite::Doc) && !CHILD.concerns("common", Suite::It));
        assert_eq!(CHILD.to_string(), "worker-pool it: child");
    }

    #[test]
    fn a_table_that_names_what_is_gone_is_stale() {
        assert!(stale(&[CHILD]).is_empty());
        assert_eq!(stale(&[Exclusion { tests: &["grandchild::"], ..CHILD }]).len(), 1);
        assert_eq!(stale(&[Exclusion { package: "pool", ..CHILD }]).len(), 1);
        assert_eq!(stale(&[Exclusion { package: "common", suites: &[Suite::Fault], tests: &[], ..CHILD }]).len(), 1);
    }
}
