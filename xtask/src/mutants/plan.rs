//! Which mutants there are, which of them are asked for, and which need no trial.

use super::equivalent::justifications;
use super::mutant::{Mutant, Operator, mutants};
use super::scratch::git;
use super::store::key;
use super::touch::{Models, Selection};
use crate::command::{Arguments, Usage};
use crate::source::Source;
use crate::tidy::tree::{Part, Tree, crate_of, is_the_door, part_of};
use crate::workspace::{Package, Workspace};
use anyhow::{Context, Result};
use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// A file with mutants that are asked for.
pub(super) struct File {
    /// Relative to the workspace's root.
    pub(super) path: PathBuf,
    pub(super) text: String,
    /// The models that touch it, in the order in which they run.
    pub(super) models: Vec<Selection>,
    pub(super) mutants: Vec<Planned>,
}

/// A mutant, the key of its result, and the reason if it is called equivalent.
pub(super) struct Planned {
    pub(super) mutant: Mutant,
    pub(super) key: String,
    pub(super) reason: Option<String>,
}

/// The files of a package.
pub(super) struct Target {
    pub(super) package: Package,
    pub(super) files: Vec<File>,
}

/// What was asked for.
struct Wish {
    package: Option<String>,
    file: Option<String>,
    operator: Option<Operator>,
    changed: Option<BTreeSet<PathBuf>>,
}

impl File {
    /// `path:line: what`, as compilers write it.
    pub(super) fn place(&self, mutant: &Mutant) -> String {
        format!("{}:{}: {}, {}", self.path.display(), mutant.line + 1, mutant.operator, mutant.what)
    }
}

/// Whether a file of a `src` folder is mutated. What is mutated is the shipped code: not the driver, and not what puts
/// the code under a checker.
pub(crate) fn is_mutated(path: &Path) -> bool {
    crate_of(path) != "xtask" && !is_the_door(path)
}

/// The mutants that the arguments ask for, by package and file.
pub(super) fn plan(workspace: &Workspace, arguments: &Arguments) -> Result<Vec<Target>> {
    let wish = wish(workspace, arguments)?;
    let tree = Tree::read(workspace)?;
    let (mut targets, mut is_there) = (Vec::new(), false);
    for package in workspace.crates.iter().filter(|package| package.has("src/lib.rs")) {
        if wish.package.as_ref().is_some_and(|name| *name != package.name) {
            continue;
        }
        let sources = sources(&tree, package, &wish);
        is_there |= !sources.is_empty();
        let files = files(&tree, package, &sources, wish.operator)?;
        if !files.is_empty() {
            targets.push(Target { package: package.clone(), files });
        }
    }
    match &wish.file {
        Some(file) if targets.is_empty() && wish.changed.is_none() => {
            Err(nothing_in(file, is_there, wish.operator).into())
        }
        _ => Ok(targets),
    }
}

/// Why a file that was asked for gives no mutants.
fn nothing_in(file: &str, is_there: bool, operator: Option<Operator>) -> Usage {
    match operator {
        _ if !is_there => Usage::none_matches("mutated file", file),
        None => Usage::has_none(file, "mutant", "no operator finds anything to change in it"),
        Some(operator) => {
            let wanted = format!("mutant of the operator `{operator}`");
            Usage::has_none(file, wanted, "`--list` without `--operator` prints those it has")
        }
    }
}

fn wish(workspace: &Workspace, arguments: &Arguments) -> Result<Wish> {
    if let Some(name) = arguments.value("crate") {
        workspace.select(Some(name))?;
    }
    let operator = arguments.value("operator").map(|name| {
        let names = Operator::ALL.map(Operator::name);
        Operator::named(name)
            .ok_or_else(|| Usage::unknown("operator", name, names, format!("the operators are {}", names.join(", "))))
    });
    let changed = match arguments.value("base") {
        Some(base) => Some(changed(workspace, base)?),
        None if arguments.has("changed") => Some(changed(workspace, "HEAD")?),
        None => None,
    };
    Ok(Wish {
        package: arguments.value("crate").map(ToOwned::to_owned),
        file: arguments.value("file").map(ToOwned::to_owned),
        operator: operator.transpose()?,
        changed,
    })
}

/// The files that are not as they were in `base`, new ones among them.
fn changed(workspace: &Workspace, base: &str) -> Result<BTreeSet<PathBuf>> {
    let differing = git(workspace, &["diff", "--name-only", "--relative", base, "--"])?;
    let new = git(workspace, &["ls-files", "-o", "--exclude-standard"])?;
    Ok(differing.into_iter().chain(new).collect())
}

/// The mutated sources of a package that are asked for, whether or not there are mutants in them.
fn sources<'a>(tree: &'a Tree<'_>, package: &Package, wish: &Wish) -> Vec<&'a Source> {
    let src = tree.workspace.relative(&package.dir).join("src");
    let is_wanted = |source: &&Source| {
        source.path.starts_with(&src)
            && is_mutated(&source.path)
            && wish.file.as_ref().is_none_or(|file| source.path.ends_with(file))
            && wish.changed.as_ref().is_none_or(|changed| changed.contains(&source.path))
    };
    tree.part(Part::Src).filter(is_wanted).collect()
}

/// Those of the sources that have mutants, with them.
fn files(tree: &Tree<'_>, package: &Package, sources: &[&Source], operator: Option<Operator>) -> Result<Vec<File>> {
    let (tests, models) = (tests_hash(tree, package), Models::of(tree, package));
    let mut files = Vec::new();
    for source in sources {
        let path = tree.workspace.root.join(&source.path);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let justified = justifications(source);
        let mut planned = Vec::new();
        for mutant in mutants(source, &text) {
            if operator.is_some_and(|operator| operator != mutant.operator) {
                continue;
            }
            let key = key(&source.path, &mutant.apply(&text), tests);
            let reason = justified.iter().flatten().find(|it| it.covers(&mutant)).map(|it| it.reason.clone());
            planned.push(Planned { mutant, key, reason });
        }
        if !planned.is_empty() {
            files.push(File {
                path: source.path.clone(),
                text,
                models: models.selections(&source.path),
                mutants: planned,
            });
        }
    }
    Ok(files)
}

/// A hash of all files in the test folders of a package.
fn tests_hash(tree: &Tree<'_>, package: &Package) -> u64 {
    let folder = tree.workspace.relative(&package.dir);
    let mut hasher = DefaultHasher::new();
    let texts = tree.texts.iter().filter(|(path, _)| path.starts_with(folder) && part_of(path) == Part::Tests);
    texts.for_each(|text| text.hash(&mut hasher));
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_mutants_is_told_from_one_that_is_not_there() {
        let nothing = |is_there, operator| nothing_in("latch.rs", is_there, operator).to_string();
        assert!(nothing(false, Some(Operator::Bound)).starts_with("no mutated file has `latch.rs` in its name;"));
        assert!(nothing(true, Some(Operator::Bound)).starts_with("`latch.rs` has no mutant of the operator `bound`;"));
        assert!(nothing(true, None).starts_with("`latch.rs` has no mutant;"));
    }

    #[test]
    fn what_puts_code_under_a_checker_is_not_mutated() {
        for path in ["common/src/sync/model/locks.rs", "common/src/model.rs", "xtask/src/main.rs"] {
            assert!(!is_mutated(Path::new(path)), "{path}");
        }
        assert!(is_mutated(Path::new("common/src/slot.rs")) && is_mutated(Path::new("cluster/src/sync.rs")));
    }
}
