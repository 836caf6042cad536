//! Primary and workers are two programs; a worker's crash is an event with a code or a signal, and the rest goes on.
//!
//! The other program is a shell script here, so that the example needs nothing else. It knows nothing of this library: it
//! writes a line of JSON to descriptor 3 and ends in its own way the first time, chosen by the number of its slot.
//!
//! Run: `cargo run -p cluster --example exec_split`

use cluster::{Cluster, Event, Program, Workers};
use std::collections::BTreeMap;
use std::time::Duration;

const OTHER_PROGRAM: &str = r#"
case $NODE_UNIQUE_ID in
    1) exit 7 ;;
    2) kill -SEGV $$ ;;
    *) echo "\"worker of slot $NODE_APP_INSTANCE at work\"" >&3; read line <&3 ;;
esac
"#;

fn main() -> anyhow::Result<()> {
    let program = Program::exec("/bin/sh").args(["-c", OTHER_PROGRAM]);
    let cluster = Cluster::builder().workers(Workers::Fixed(3)).program(program).start()?;
    println!("primary: 3 workers of another program");
    let mut at_work = BTreeMap::new();
    let mut crashes = BTreeMap::new();
    while at_work.len() < 3 || crashes.len() < 2 {
        match cluster.events().recv_timeout(Duration::from_secs(20))? {
            Event::Message { worker, message } => {
                at_work.insert(worker.slot(), message.decode::<String>()?);
            }
            Event::Exit { worker, status, planned } => {
                anyhow::ensure!(!planned && !status.success());
                crashes.insert(worker.id(), status);
            }
            _ => {}
        }
    }
    for (worker, status) in crashes {
        println!("primary: worker {worker} crashed with {status}, and was replaced");
    }
    for message in at_work.values() {
        println!("primary: {message}");
    }
    let report = cluster.shutdown(Duration::from_secs(10));
    println!("primary: {} workers have left, {} had to be killed", report.workers, report.killed);
    Ok(())
}
