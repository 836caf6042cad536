//! Foreign programs and their return values.

use cluster::{Child, ChildError};
use std::time::{Duration, Instant};

fn shell(script: &str) -> Child {
    Child::run("/bin/sh").args(["-c", script]).timeout(Duration::from_secs(20))
}

#[test]
fn a_program_returns_its_code_and_its_outputs() {
    let output = shell("echo out; echo err >&2; exit 42").output().unwrap();
    assert_eq!(output.status.code(), Some(42));
    assert_eq!((output.stdout.as_slice(), output.stderr.as_slice()), (&b"out\n"[..], &b"err\n"[..]));
    assert!(shell("exit 0").output().unwrap().status.success());
}

#[test]
fn a_program_that_a_signal_killed_says_which() {
    let status = shell("kill -SEGV $$").output().unwrap().status;
    assert_eq!((status.code(), status.signal()), (None, Some(11)));
}

#[test]
fn the_earlier_of_deadline_and_timeout_ends_a_program() {
    let begun = Instant::now();
    let sleep = || shell("sleep 60").timeout(Duration::from_secs(60));
    let error = sleep().deadline(begun + Duration::from_millis(50)).output().unwrap_err();
    assert!(matches!(error, ChildError::TimedOut(_)), "{error:?}");
    let error = sleep().timeout(Duration::ZERO).deadline(begun + Duration::from_secs(60)).output().unwrap_err();
    assert!(matches!(error, ChildError::TimedOut(_)), "{error:?}");
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_program_that_takes_too_long_is_killed_with_all_it_started() {
    let begun = Instant::now();
    let script = "echo $$; sleep 60 & echo $!; wait";
    let error = Child::run("/bin/sh").args(["-c", script]).timeout(Duration::from_millis(500)).output().unwrap_err();
    let ChildError::TimedOut(output) = error else { panic!("{error:?}") };
    assert_eq!(output.status.signal(), Some(9));
    assert!(begun.elapsed() < Duration::from_secs(10));
    let pids = String::from_utf8(output.stdout).unwrap();
    assert_eq!(pids.lines().count(), 2);
    let deadline = Instant::now() + Duration::from_secs(10);
    for pid in pids.lines() {
        // The orphaned sleep is reaped by the system's first process, in its own time; a zombie has no command line.
        let path = format!("/proc/{pid}/cmdline");
        while std::fs::read(&path).is_ok_and(|line| !line.is_empty()) {
            assert!(Instant::now() < deadline, "{pid} is still there");
            std::thread::yield_now();
        }
    }
}

#[test]
fn a_program_that_writes_too_much_is_killed() {
    let error = shell("while :; do echo xxxxxxxxxxxxxxxx; done").max_output(1000).output().unwrap_err();
    let ChildError::TooLong(output) = error else { panic!("{error:?}") };
    assert_eq!((output.stdout.len(), output.status.signal()), (1000, Some(9)));
}

#[test]
fn a_grandchild_that_keeps_the_pipe_is_not_waited_for() {
    let begun = Instant::now();
    let output = shell("sleep 30 & echo $!").output().unwrap();
    assert!(begun.elapsed() < Duration::from_secs(15));
    let sleeper = String::from_utf8(output.stdout).unwrap();
    assert!(Child::run("/bin/sh").args(["-c", &format!("kill {sleeper}")]).output().unwrap().status.success());
}

#[test]
fn a_missing_program_is_named() {
    let error = Child::run("/nowhere/program").output().unwrap_err();
    let said = format!("{:#}", anyhow::Error::from(error));
    assert_eq!(said, "cannot start /nowhere/program: No such file or directory (os error 2)");
}

#[test]
fn a_program_of_a_worker_is_no_worker() {
    let script = "test -z \"$NODE_CHANNEL_FD$NODE_UNIQUE_ID$NODE_APP_INSTANCE\"";
    let status = shell(script).output().unwrap().status;
    assert!(status.success(), "{status}");
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", script]).env("NODE_CHANNEL_FD", "0").env("NODE_UNIQUE_ID", "1");
    assert!(cluster::scrub(&mut command).status().unwrap().success());
}
