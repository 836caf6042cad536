//! Node's cluster module: scripts that are contenders, see `node/`.

use crate::Server;
use anyhow::{Context, Result};
use barometer::external::External;
use barometer::{Absent, Contender, Outcome};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

/// A script, and what it said of itself.
struct Script {
    external: External,
    /// Of Node.
    version: String,
    /// What it said after that.
    numbers: Vec<u32>,
}

impl Script {
    fn start(name: &str) -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("node").join(name);
        let external =
            External::start(Command::new("node").arg(path)).map_err(|error| match error.downcast::<Absent>() {
                Ok(_) => Absent("node is not installed; the package nodejs of Debian has it".to_owned()).into(),
                Err(error) => error,
            })?;
        let said = external.version().context("a program says its version first")?;
        let mut words = said.split(' ');
        let version = words.next().unwrap_or_default().to_owned();
        let numbers = words.map(str::parse).collect::<Result<_, _>>().context("a script begins with its numbers")?;
        Ok(Self { external, version, numbers })
    }
}

/// Two workers with an HTTP server each.
pub(crate) struct Http {
    address: SocketAddr,
    processes: Vec<u32>,
    /// Ends with its input, which it has as long as this is here.
    script: Script,
}

impl Http {
    pub(crate) fn start() -> Result<Self> {
        let script = Script::start("http.js")?;
        let (port, processes) = script.numbers.split_first().context("a script begins with its port")?;
        let address = SocketAddr::from(([127, 0, 0, 1], u16::try_from(*port)?));
        Ok(Self { address, processes: processes.to_vec(), script })
    }
}

impl Server for Http {
    fn address(&self) -> SocketAddr {
        self.address
    }

    fn processes(&self) -> Vec<u32> {
        self.processes.clone()
    }

    fn version(&self) -> Option<String> {
        Some(self.script.version.clone())
    }
}

/// A worker that returns messages; the primary counts them itself.
pub(crate) struct Messages(Script);

impl Messages {
    pub(crate) fn start() -> Result<Self> {
        Script::start("messages.js").map(Self)
    }
}

impl Contender for Messages {
    fn run(&mut self, operations: u64) -> Result<Outcome> {
        self.0.external.run(operations)
    }

    fn processes(&self) -> Vec<u32> {
        self.0.numbers.clone()
    }

    fn version(&self) -> Option<String> {
        Some(self.0.version.clone())
    }
}
