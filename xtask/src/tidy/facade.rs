//! Primitives come from `common::sync`, so that what ships is what the model checker runs.

use super::Finding;
use super::tree::{Part, Tree, crate_of, is_the_door};
use crate::source::{Source, is_word};

/// Paths under which primitives live; whatever begins with one is meant.
const DOORS: [&str; 10] = [
    "std::sync",
    "core::sync",
    "alloc::sync",
    "std::thread",
    "std::cell::UnsafeCell",
    "core::cell::UnsafeCell",
    "parking_lot",
    "crossbeam_channel",
    "loom",
    "shuttle",
];

pub(super) fn primitives(tree: &Tree) -> Vec<Finding> {
    let held = |source: &&Source| {
        let name = crate_of(&source.path);
        (name == "common" || tree.workspace.is_pattern(name)) && !is_the_door(&source.path) && !is_of_peers(source)
    };
    tree.part(Part::Src).filter(held).flat_map(in_source).collect()
}

/// What a crate is measured against is what others would use instead, and no model runs it.
fn is_of_peers(source: &Source) -> bool {
    source.path.components().any(|folder| folder.as_os_str() == "peers")
}

fn in_source(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut at = 0;
    while at < source.lines.len() {
        let (statement, length) = statement(source, at);
        let line = &source.lines[at];
        if let Some(path) = paths(&statement).iter().find(|path| is_primitive(path))
            && !line.in_tests
            && !source.is_justified(at, "FACADE:")
        {
            let what = format!(
                "`{path}` is not for the model checker to see; take it from common::sync, or justify it with `// FACADE: reason`"
            );
            findings.push(Finding::at(&source.path, at, what));
        }
        at += length;
    }
    findings
}

/// A line, or all lines of the import that begins there, and how many they are.
fn statement(source: &Source, at: usize) -> (String, usize) {
    let first = &source.lines[at].code;
    let words = first.trim_start();
    let imports = words.starts_with("use ") || words.starts_with("pub") && words.contains(" use ");
    if !imports {
        return (first.clone(), 1);
    }
    let mut statement = String::new();
    for (taken, line) in source.lines[at..].iter().enumerate() {
        statement.push_str(&line.code);
        if line.code.contains(';') {
            return (statement, taken + 1);
        }
    }
    (first.clone(), 1)
}

/// The paths in a piece of code, with the braces of an import multiplied out.
fn paths(code: &str) -> Vec<String> {
    let mut paths = Vec::new();
    // What stands before each open brace, and the path that is being read.
    let mut prefixes: Vec<String> = Vec::new();
    let mut path = String::new();
    for character in code.chars().chain([' ']) {
        match character {
            '{' => prefixes.push(std::mem::take(&mut path)),
            c if is_word(c) || c == ':' => path.push(c),
            _ => {
                if !path.is_empty() {
                    paths.push(format!("{}{path}", prefixes.concat()));
                    path.clear();
                }
                if character == '}' {
                    prefixes.pop();
                }
            }
        }
    }
    paths
}

fn is_primitive(path: &str) -> bool {
    let path = path.trim_start_matches(':');
    DOORS.iter().any(|door| {
        path.strip_prefix(door).is_some_and(|rest| rest.starts_with("::") || rest.is_empty() && door.contains("::"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::tree::fixture::findings;

    fn found(text: &str) -> Vec<String> {
        findings(&[("cluster/src/a.rs", text)], primitives)
    }

    #[test]
    fn primitives_from_elsewhere_are_found() {
        for bad in [
            "use std::sync::Mutex;",
            "use std::{fmt, thread};",
            "use std::{\n    fmt,\n    sync::{Arc, atomic::AtomicU8},\n};",
            "let a = std::sync::atomic::AtomicBool::new(true);",
            "pub(crate) use parking_lot::Mutex;",
            "let (s, r) = ::crossbeam_channel::bounded(1);",
            "loom::thread::yield_now();",
            "struct S { cell: std::cell::UnsafeCell<u8> }",
        ] {
            assert_eq!(found(bad).len(), 1, "{bad}");
        }
        assert!(found("fn f() {}\nuse std::thread;")[0].starts_with("cluster/src/a.rs:2: `std::thread`"));
    }

    #[test]
    fn other_paths_words_and_tests_are_not() {
        for good in [
            "use common::sync::{Arc, Mutex, thread};",
            "use crate::sync::loom::x;",
            "//! like `std::sync::Mutex`\n/// see std::thread",
            "let text = \"std::sync::Mutex\";",
            "// FACADE: the model never drops it.\nuse std::sync::OnceLock;",
            "#[cfg(test)]\nmod tests {\n    use std::thread;\n}",
            "#[cfg(loom)]\nmod loom;",
            "use std::{fmt, time::Duration};",
        ] {
            assert_eq!(found(good), [""; 0], "{good}");
        }
    }

    #[test]
    fn the_door_itself_and_xtask_may() {
        let text = "use std::sync::Mutex;";
        let files =
            ["common/peers/src/slot.rs", "common/src/sync/real.rs", "xtask/src/main.rs", "cluster/tests/it/main.rs"];
        assert_eq!(findings(&files.map(|path| (path, text)), primitives), [""; 0]);
        assert_eq!(findings(&[("common/src/latch.rs", text)], primitives).len(), 1);
    }
}
