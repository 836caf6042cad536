//! A test body in a process of its own, so that a hang or a stack overflow ends the process and not the test run.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const MARK: &str = "WORKER_POOL_TEST_CHILD";

/// Runs `body` in a child process, which has `limit` to succeed. `test` is the path of the test that calls.
pub(crate) fn in_child(test: &str, limit: Duration, body: impl FnOnce()) {
    // Miri starts no processes, and reports a hang by itself.
    if cfg!(miri) || std::env::var_os(MARK).is_some() {
        return body();
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(MARK, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if Instant::now() >= end {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{test} did not end within {limit:?}");
        }
        // SLEEP: the pace at which a child process is asked whether it has ended; std has no wait with a limit.
        std::thread::sleep(Duration::from_millis(2));
    };
    let output = std::io::read_to_string(child.stdout.take().unwrap()).unwrap();
    assert!(status.success(), "{test}: {status}\n{output}");
    assert!(output.contains("1 passed"), "{test} is not the name of a test:\n{output}");
}

#[test]
#[should_panic(expected = "did not end within")]
fn a_child_that_hangs_fails_its_test() {
    in_child("child::a_child_that_hangs_fails_its_test", Duration::from_millis(300), || {
        loop {
            std::thread::park();
        }
    });
}
