//! Controls: known-bad bodies that have to fail, in a process of their own.

use super::{Model, Seen, engine};
use std::env;
use std::panic;
use std::process::Command;
use std::sync::Arc;
use std::thread;

/// Names the one control that a test binary, started again, has to run.
const CONTROL: &str = "COMMON_MODEL_CONTROL";
const RUNNING: &str = "control is running:";
const SURVIVED: &str = "control has survived:";
const FAILED: &str = "control has failed by:";

impl Model {
    /// Runs a known-bad `body`, which has to fail in some schedule with `failure` in what it says: a part of an
    /// assertion's text, or `deadlock`, or what the checker says of an access that races.
    ///
    /// It runs in a process of its own, this test binary started again: a deadlock leaves loom's objects on stacks that
    /// cannot be unwound, and that aborts.
    ///
    /// # Panics
    ///
    /// Panics if no schedule fails, if what fails is something else or a limit of the checker, or if the process
    /// cannot be started.
    pub fn must_fail(self, failure: &str, body: impl Fn(&Seen) + Send + Sync + 'static) {
        let Some(output) = self.run_as_child(body) else { return };
        let name = self.name;
        assert!(!output.contains(SURVIVED), "control {name}: no schedule failed");
        // Of all that is printed only what a panic says: names and paths may hold any words.
        let says = |text: &str| output.lines().any(|line| line.starts_with(FAILED) && line.contains(text));
        let limit = engine::TOO_MUCH.iter().find(|limit| says(limit));
        assert!(limit.is_none(), "control {name}: it did not fail, it met a limit of the checker: {limit:?}");
        assert!(says(failure), "control {name}: it did not fail by `{failure}`:\n{output}");
        println!("control {name}: failed as it must: {failure}");
    }

    /// Runs a known-bad `body` whose bug shows only in weak memory: it has to fail under loom, like
    /// [`must_fail`](Self::must_fail), and to pass under shuttle, which has none.
    ///
    /// # Panics
    ///
    /// As [`must_fail`](Self::must_fail) under loom; under shuttle if a schedule fails.
    pub fn must_fail_in_weak_memory(self, failure: &str, body: impl Fn(&Seen) + Send + Sync + 'static) {
        if cfg!(loom) {
            return self.must_fail(failure, body);
        }
        let Some(output) = self.run_as_child(body) else { return };
        let name = self.name;
        assert!(output.contains(SURVIVED), "control {name}: it failed without weak memory:\n{output}");
        println!("control {name}: failed as it must: in weak memory only, which shuttle has not");
    }

    /// What the process printed in which the body ran; `None` in that process itself.
    fn run_as_child(&self, body: impl Fn(&Seen) + Send + Sync + 'static) -> Option<String> {
        if let Some(chosen) = env::var_os(CONTROL) {
            if chosen == self.name {
                println!("{RUNNING} {}", self.name);
                tell_panics();
                let body = Arc::new(body);
                for shape in super::chosen_shapes() {
                    self.explore(&Seen { shape, ..Seen::default() }, &body);
                }
                println!("{SURVIVED} {}", self.name);
            }
            return None;
        }
        let child = Command::new(env::current_exe().expect("a test binary knows its own path"))
            .args(thread::current().name().filter(|name| *name != "main"))
            .args(["--exact", "--nocapture", "--test-threads=1"])
            .env(CONTROL, self.name)
            .output()
            .expect("the test binary starts a second time");
        let output = String::from_utf8_lossy(&child.stdout) + String::from_utf8_lossy(&child.stderr);
        assert!(output.contains(RUNNING), "control {}: it did not run in its own process:\n{output}", self.name);
        Some(output.into_owned())
    }
}

/// Prints what each panic says as a line of its own, before whatever else is printed of it.
fn tell_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        println!("\n{FAILED} {}", info.payload_as_str().unwrap_or_default().replace('\n', " "));
        before(info);
    }));
}
