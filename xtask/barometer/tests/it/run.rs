//! How a run ends.

use crate::fake::{Fake, ROUND, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::process::Output;

fn ran(script: &str) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = Fake::new(script).bench().output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn a_wrong_count_fails_the_run() {
    let (code, out, errors) = ran("echo 'error: ours: 16 operations came to 15, not 16' >&2; exit 1");
    assert!(errors.contains("failed: common, latch-open: ours: 16 operations came to 15, not 16"), "{errors}");
    assert!(code == Some(1) && out.contains("0 scenarios measured, 1 failed"), "{out}");
}

#[test]
fn a_program_that_says_nothing_fails_the_run() {
    let (code, _, errors) = ran("exit 0");
    assert!(code == Some(1) && errors.contains("there is no sample"), "{errors}");
}

#[test]
fn a_program_that_dies_fails_the_run_and_what_it_said_does_not_count() {
    let (code, out, errors) = ran(&format!("{ROUND}kill -SEGV $$"));
    assert!(code == Some(1) && errors.contains("ended with signal: 11"), "{errors}");
    assert!(!out.contains("std: Once"), "{out}");
}

#[test]
fn an_interruption_keeps_what_was_said_before_and_leaves_nobody_behind() {
    let fake = Fake::new(&format!(
        "if [ \"$6\" = 0 ]; then\n{ROUND}exit\nfi\n\
         sleep 600 &\necho $! >\"$CARGO_TARGET_DIR/server\"\nwait"
    ));
    let run = fake.bench().spawn().unwrap();
    let server = fake.written("server");
    kill_process(Pid::from_child(&run), Signal::INT).unwrap();
    let Output { status, stdout, .. } = run.wait_with_output().unwrap();
    let out = String::from_utf8(stdout).unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(out.contains("std: Once") && out.contains("interrupted: 1 of 3 processes were asked"), "{out}");
    assert!(fs::read_to_string(fake.path("barometer/last/common/latch-open.csv")).unwrap().contains("std: Once"));
    // One that has ended has no words left, even if nobody has reaped it.
    let words = || fs::read(format!("/proc/{server}/cmdline")).unwrap_or_default();
    wait_for(|| words().is_empty().then_some(()));
}
