//! The files that rules look at, read once.

use crate::source::Source;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Folders whose content is made or fetched, not written.
const MADE: [&str; 3] = ["target", "node_modules", ".git"];
/// Files past this size are data.
const TEXT_LIMIT: u64 = 1 << 20;

pub(crate) struct Tree<'a> {
    pub(crate) workspace: &'a Workspace,
    pub(crate) sources: Vec<Source>,
    /// All text files, Rust among them: path from the root and content.
    pub(crate) texts: Vec<(PathBuf, String)>,
}

/// Where in its package a source stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Part {
    Src,
    Tests,
    /// Examples, benches, build scripts.
    Other,
}

impl<'a> Tree<'a> {
    pub(crate) fn read(workspace: &'a Workspace) -> Result<Self> {
        let mut texts = Vec::new();
        collect(&workspace.root, workspace, &mut texts)?;
        texts.sort();
        Ok(Self::new(workspace, texts))
    }

    pub(crate) fn new(workspace: &'a Workspace, texts: Vec<(PathBuf, String)>) -> Self {
        let rust = texts.iter().filter(|(path, _)| path.extension().is_some_and(|extension| extension == "rs"));
        let mut sources: Vec<Source> = rust.map(|(path, text)| Source::new(path, text)).collect();
        let tests: Vec<PathBuf> = sources.iter().flat_map(test_folders).collect();
        let in_tests =
            |source: &&mut Source| tests.iter().any(|folder| source.path.with_extension("").starts_with(folder));
        sources.iter_mut().filter(in_tests).for_each(Source::mark_as_test);
        Self { workspace, sources, texts }
    }

    /// The sources in one part of all packages.
    pub(crate) fn part(&self, part: Part) -> impl Iterator<Item = &Source> {
        self.sources.iter().filter(move |source| part_of(&source.path) == part)
    }

    /// The sources in the folder of a crate.
    pub(crate) fn sources_in<'b>(&'b self, folder: &'b Path) -> impl Iterator<Item = &'b Source> {
        self.sources.iter().filter(move |source| source.path.starts_with(folder))
    }
}

/// The paths, without extension, of the modules that a source declares for tests only.
fn test_folders(source: &Source) -> Vec<PathBuf> {
    let is_root = ["lib.rs", "main.rs"].iter().any(|root| source.path.ends_with(root));
    let folder = if is_root { source.path.with_file_name("") } else { source.path.with_extension("") };
    source.test_modules().iter().map(|module| folder.join(module)).collect()
}

/// The first of the folders that cargo knows decides.
pub(crate) fn part_of(path: &Path) -> Part {
    let folders = path.components().filter_map(|component| match component {
        Component::Normal(name) => name.to_str(),
        _ => None,
    });
    for folder in folders {
        match folder {
            "src" => return Part::Src,
            "tests" => return Part::Tests,
            "examples" | "benches" => return Part::Other,
            _ => {}
        }
    }
    Part::Other
}

/// The folder at the top that a path stands in.
pub(crate) fn crate_of(path: &Path) -> &str {
    path.components().next().and_then(|component| component.as_os_str().to_str()).unwrap_or_default()
}

/// Whether a file is of the facade, whose sides are made of the primitives, or of the model harness, which is made of
/// the model checkers.
pub(crate) fn is_the_door(path: &Path) -> bool {
    ["common/src/sync", "common/src/model"].iter().any(|module| path.with_extension("").starts_with(module))
}

fn collect(dir: &Path, workspace: &Workspace, texts: &mut Vec<(PathBuf, String)>) -> Result<()> {
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {}", dir.display()))? {
        let entry = entry?;
        let (path, name, kind) = (entry.path(), entry.file_name(), entry.file_type()?);
        // In a second tree of the same repository, git's part is a file.
        if MADE.iter().any(|made| name == *made) {
            continue;
        }
        if kind.is_dir() {
            collect(&path, workspace, texts)?;
        } else if kind.is_file() && entry.metadata()?.len() <= TEXT_LIMIT {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            // What is not text is a picture or a fixture, and no rule is about it.
            if let Ok(text) = String::from_utf8(bytes) {
                texts.push((workspace.relative(&path).to_owned(), text));
            }
        }
    }
    Ok(())
}

/// Rules are tested on trees of one or a few files.
#[cfg(test)]
pub(super) mod fixture {
    use super::*;
    use crate::tidy::Finding;
    use crate::workspace::Package;

    /// Applies a rule to a tree of `files` in which `common`, `cluster` and `xtask` are the crates.
    pub(in crate::tidy) fn findings(files: &[(&str, &str)], rule: impl Fn(&Tree) -> Vec<Finding>) -> Vec<String> {
        let package = |name: &str| Package { name: name.to_owned(), dir: PathBuf::from("/w").join(name) };
        let crates = ["cluster", "common", "xtask"].map(package).to_vec();
        let workspace = Workspace { root: "/w".into(), crates, extras: Vec::new() };
        let texts = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
        rule(&Tree::new(&workspace, texts)).iter().map(ToString::to_string).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_of_test_modules_are_tests() {
        let workspace = Workspace { root: "/w".into(), crates: Vec::new(), extras: Vec::new() };
        let declares = "#[cfg(test)]\nmod search;\n";
        let files = [("a/src/lib.rs", declares), ("a/src/search.rs", "x"), ("a/src/core.rs", declares)];
        let more = [("a/src/core/search/deep.rs", "x"), ("a/src/core/state.rs", "x")];
        let texts = files.into_iter().chain(more).map(|(path, text)| (PathBuf::from(path), text.to_owned()));
        let tree = Tree::new(&workspace, texts.collect());
        let tests: Vec<_> = tree.sources.iter().filter(|source| source.lines[0].in_tests).map(|it| &it.path).collect();
        assert_eq!(tests, [Path::new("a/src/search.rs"), Path::new("a/src/core/search/deep.rs")]);
    }

    #[test]
    fn the_first_known_folder_says_which_part_it_is() {
        let part = |path: &str| part_of(Path::new(path));
        assert_eq!(part("common/src/sync/tests.rs"), Part::Src);
        assert_eq!(part("cluster/tests/it/src.rs"), Part::Tests);
        assert_eq!(part("cluster/examples/tests.rs"), Part::Other);
        assert_eq!(part("xtask/demo/src/main.rs"), Part::Src);
        assert_eq!(crate_of(Path::new("xtask/demo/src/main.rs")), "xtask");
    }

    #[test]
    fn the_door_is_the_facade_and_the_model_harness() {
        for path in ["sync.rs", "sync/real.rs", "sync/model/locks.rs", "model.rs", "model/control.rs"] {
            assert!(is_the_door(&Path::new("common/src").join(path)), "{path}");
        }
        for path in ["common/src/slot.rs", "common/src/slot/model.rs", "cluster/src/sync.rs"] {
            assert!(!is_the_door(Path::new(path)), "{path}");
        }
    }
}
