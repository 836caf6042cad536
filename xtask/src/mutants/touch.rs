//! Which models touch a file: those of the module named like it first, then those whose code can reach it.
//!
//! What a module reaches is read from the paths it names, `crate::slot`, and so on from file to file. A name that the
//! crate's root has from elsewhere says nothing of its module, so whoever uses one is taken to reach everything.

use crate::source::{Source, is_word, words};
use crate::tidy::tree::Tree;
use crate::workspace::Package;
use std::collections::BTreeSet;
use std::path::Path;

/// Which tests of a program run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Selection {
    All,
    Of(BTreeSet<String>),
    Except(String),
}

impl Selection {
    /// The words by which a test program selects.
    pub(super) fn words(&self) -> Vec<String> {
        match self {
            Self::All => Vec::new(),
            Self::Of(modules) => modules.iter().map(|module| format!("{module}::")).collect(),
            Self::Except(module) => vec!["--skip".to_owned(), format!("{module}::")],
        }
    }

    /// Smaller selections that together run the same tests.
    pub(super) fn parts(&self) -> Vec<Self> {
        match self {
            Self::Of(modules) => modules.iter().map(|module| Self::Of(BTreeSet::from([module.clone()]))).collect(),
            Self::All | Self::Except(_) => vec![self.clone()],
        }
    }
}

/// The models of a package, and which part of it each can reach.
pub(super) struct Models {
    /// By module of `tests/loom`; no set for one that reaches everything.
    modules: Vec<(String, Option<BTreeSet<String>>)>,
    /// Whether tests stand in the program's root, in no module.
    has_loose_tests: bool,
}

impl Models {
    pub(super) fn of(tree: &Tree<'_>, package: &Package) -> Self {
        let folder = tree.workspace.relative(&package.dir);
        let (src, tests) = (folder.join("src"), folder.join("tests/loom"));
        let code = Code { name: package.name.replace('-', "_"), tree, src: &src };
        let mut modules = Vec::new();
        let main: Vec<&Source> =
            tree.sources_in(&tests).filter(|source| source.path == tests.join("main.rs")).collect();
        let names: BTreeSet<String> = tree.sources_in(&tests).filter_map(|source| top(&source.path, &tests)).collect();
        for name in names.iter().filter(|name| *name != "main") {
            let sources = tree.sources_in(&tests).filter(|source| top(&source.path, &tests).as_ref() == Some(name));
            let sources: Vec<&Source> = sources.chain(main.iter().copied()).collect();
            // Modules of the program that use one another are too rare to follow.
            let uses_others = sources.iter().any(|source| {
                names.iter().any(|other| other != name && paths(source, &["crate", "super"]).contains(other))
            });
            modules.push((name.clone(), if uses_others { None } else { code.reached(&sources) }));
        }
        let has_loose_tests = main.iter().any(|source| source.lines.iter().any(|line| line.code.contains("#[test]")));
        Self { modules, has_loose_tests }
    }

    /// What to run for a file, in that order.
    pub(super) fn selections(&self, path: &Path) -> Vec<Selection> {
        let parts = path.iter().rev().take_while(|part| *part != "src");
        let mut names = parts.filter_map(|part| Path::new(part).file_stem()?.to_str());
        let own = names.find(|name| self.modules.iter().any(|(module, _)| module == name)).map(ToOwned::to_owned);
        let top = path.iter().skip_while(|part| *part != "src").nth(1);
        let top = top.and_then(|part| Path::new(part).file_stem()?.to_str()).unwrap_or_default();
        let touches = |reached: &Option<BTreeSet<String>>| reached.as_ref().is_none_or(|reached| reached.contains(top));
        let others = self.modules.iter().filter(|(module, _)| Some(module) != own.as_ref());
        let touching: BTreeSet<String> =
            others.filter(|(_, reached)| touches(reached)).map(|(module, _)| module.clone()).collect();
        let rest = match &own {
            _ if !self.has_loose_tests => Some(touching).filter(|modules| !modules.is_empty()).map(Selection::Of),
            Some(own) => Some(Selection::Except(own.clone())),
            None => Some(Selection::All),
        };
        let own = own.map(|own| Selection::Of(BTreeSet::from([own])));
        own.into_iter().chain(rest).collect()
    }
}

/// The sources of a crate, to be followed from path to path.
struct Code<'a> {
    name: String,
    tree: &'a Tree<'a>,
    src: &'a Path,
}

impl Code<'_> {
    /// The modules at the top of the crate that test sources can reach; `None` for all of them.
    fn reached(&self, tests: &[&Source]) -> Option<BTreeSet<String>> {
        let mut reached = BTreeSet::new();
        let mut next: Vec<String> = tests.iter().flat_map(|source| paths(source, &[self.name.as_str()])).collect();
        while let Some(name) = next.pop() {
            if !reached.insert(name.clone()) {
                continue;
            }
            let is_inside = |source: &&Source| top(&source.path, self.src).as_ref() == Some(&name);
            let sources: Vec<&Source> = self.tree.sources_in(self.src).filter(is_inside).collect();
            if sources.is_empty() {
                return None;
            }
            for source in sources {
                next.extend(paths(source, &["crate"]));
                // In a module at the top `super` is the root; further in it is a module of the same top.
                next.extend(paths(source, &["super"]).into_iter().filter(|name| self.is_module(name)));
            }
        }
        Some(reached)
    }

    fn is_module(&self, name: &str) -> bool {
        self.tree.sources_in(self.src).any(|source| top(&source.path, self.src).as_deref() == Some(name))
    }
}

/// The name right inside `folder` of the module that a source is or belongs to.
fn top(path: &Path, folder: &Path) -> Option<String> {
    let first = path.strip_prefix(folder).ok()?.iter().next()?;
    Path::new(first).file_stem()?.to_str().map(ToOwned::to_owned)
}

/// What follows one of the roots in the paths of a source: `a` and `b` for `root::a::c` and `root::{b::d, a}`.
fn paths(source: &Source, roots: &[&str]) -> BTreeSet<String> {
    let code: String = source.lines.iter().flat_map(|line| [line.code.as_str(), "\n"]).collect();
    let mut found = BTreeSet::new();
    for root in roots {
        for at in words(&code, root) {
            let Some(rest) = code[at + root.len()..].strip_prefix("::") else { continue };
            let Some(group) = rest.strip_prefix('{') else {
                found.insert(rest.chars().take_while(|c| is_word(*c)).collect());
                continue;
            };
            let mut depth = 0_usize;
            let parts = group.split_inclusive([',', '{', '}']);
            for part in parts {
                let name: String = part.trim_start().chars().take_while(|c| is_word(*c)).collect();
                if depth == 0 && !name.is_empty() {
                    found.insert(name);
                }
                match part.chars().next_back() {
                    Some('{') => depth += 1,
                    Some('}') if depth == 0 => break,
                    Some('}') => depth -= 1,
                    _ => {}
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;
    use std::path::PathBuf;

    const FILES: [(&str, &str); 9] = [
        ("a-b/src/lib.rs", "pub mod latch;\npub use latch::Latch;\n"),
        ("a-b/src/latch.rs", "use crate::{pad::{Pad, deep}, sync};\n"),
        ("a-b/src/pad.rs", "// crate::slot\n"),
        ("a-b/src/sync.rs", "x\n"),
        ("a-b/src/slot/word.rs", "use super::sync::Arc;\n"),
        ("a-b/tests/loom/main.rs", "mod latch;\nmod root;\nmod slot;\n"),
        ("a-b/tests/loom/latch.rs", "use a_b::latch::Latch;\n"),
        ("a-b/tests/loom/slot.rs", "use a_b::slot::word;\n"),
        ("a-b/tests/loom/root.rs", "use a_b::Latch;\n"),
    ];

    fn selections(files: &[(&str, &str)], path: &str) -> Vec<Vec<String>> {
        let workspace = Workspace { root: "/w".into(), crates: Vec::new(), extras: Vec::new() };
        let texts = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        let package = Package { name: "a-b".to_owned(), dir: "/w/a-b".into() };
        let models = Models::of(&Tree::new(&workspace, texts), &package);
        models.selections(Path::new(path)).iter().map(Selection::words).collect()
    }

    #[test]
    fn the_module_named_like_the_file_runs_first_and_then_what_reaches_it() {
        assert_eq!(selections(&FILES, "a-b/src/latch.rs"), [["latch::"], ["root::"]]);
        assert_eq!(selections(&FILES, "a-b/src/pad.rs"), [["latch::", "root::"]]);
        assert_eq!(selections(&FILES, "a-b/src/slot/word.rs"), [["slot::"], ["root::"]]);
        assert_eq!(selections(&FILES, "a-b/src/sync.rs"), [["latch::", "root::", "slot::"]]);
    }

    #[test]
    fn a_module_that_uses_another_reaches_everything_and_one_that_uses_the_root_does_not() {
        let with = |line: &'static str| {
            let mut files = FILES;
            files[6].1 = line;
            selections(&files, "a-b/src/slot/word.rs")
        };
        assert_eq!(with("use crate::block_on;\n"), [["slot::"], ["root::"]]);
        assert_eq!(with("use crate::{block_on, past};\n"), [["slot::"], ["root::"]]);
        assert_eq!(with("use crate::slot::Word;\n"), [vec!["slot::"], vec!["latch::", "root::"]]);
    }

    #[test]
    fn a_file_that_no_model_reaches_is_left_to_the_tests() {
        let files: Vec<_> = FILES.into_iter().filter(|(path, _)| !path.ends_with("loom/root.rs")).collect();
        assert_eq!(selections(&files, "a-b/src/latch.rs"), [["latch::"]]);
        assert_eq!(selections(&files, "a-b/src/none.rs"), [[""; 0]; 0]);
    }

    #[test]
    fn tests_outside_modules_always_run() {
        let mut files = FILES;
        files[5].1 = "#[test]\nfn all() {}\n";
        assert_eq!(selections(&files, "a-b/src/latch.rs"), [vec!["latch::"], vec!["--skip", "latch::"]]);
    }
}
