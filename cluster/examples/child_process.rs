//! Runs foreign programs and uses what they return: output, exit code, signal, or no end in time.
//!
//! Run: `cargo run -p cluster --example child_process`

use cluster::{Child, ChildError};
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    let output = Child::run("/bin/sh").args(["-c", "echo 6 times 7 is $((6 * 7)); exit 3"]).output()?;
    print!("the program wrote: {}", String::from_utf8(output.stdout)?);
    println!("the program returned: {}", output.status);

    let crash = Child::run("/bin/sh").args(["-c", "kill -ABRT $$"]).output()?;
    println!("the second program ended with: {}", crash.status);

    match Child::run("/bin/sleep").arg("60").timeout(Duration::from_millis(100)).output() {
        Err(ChildError::TimedOut(output)) => println!("the third program took too long: {}", output.status),
        other => anyhow::bail!("sleeping for a minute was over: {other:?}"),
    }

    match Child::run("/nowhere/program").output() {
        Err(error @ ChildError::Spawn { .. }) => println!("the fourth program: {:#}", anyhow::Error::from(error)),
        other => anyhow::bail!("there is such a program: {other:?}"),
    }
    Ok(())
}
