//! Messages: what a `peers` program says on its output while it measures, a line each.

use crate::record::{LatencyRecord, Record};
use anyhow::{Context, Result};
use std::fmt;
use std::str::FromStr;

/// A line of what is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// What a sample measured.
    Record(Record),
    /// What the open loop measured.
    Latency(LatencyRecord),
    /// A contender that is not here, and why.
    Absent(String, String),
    /// A contender that is no package, and its version.
    Version(String, String),
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Record(record) => write!(f, "record,{record}"),
            Self::Latency(record) => write!(f, "latency,{record}"),
            Self::Absent(name, why) => write!(f, "absent,{name},{why}"),
            Self::Version(name, version) => write!(f, "version,{name},{version}"),
        }
    }
}

impl FromStr for Message {
    type Err = anyhow::Error;

    fn from_str(line: &str) -> Result<Self> {
        let (kind, rest) = line.split_once(',').with_context(|| format!("`{line}` says nothing"))?;
        let pair = || {
            let (name, text) = rest.split_once(',').with_context(|| format!("`{line}` has no name in it"))?;
            anyhow::Ok((name.to_owned(), text.to_owned()))
        };
        Ok(match kind {
            "record" => Self::Record(rest.parse()?),
            "latency" => Self::Latency(rest.parse()?),
            "absent" => pair().map(|(name, why)| Self::Absent(name, why))?,
            "version" => pair().map(|(name, version)| Self::Version(name, version))?,
            _ => anyhow::bail!("`{line}` says nothing"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_understood_as_it_was_meant() {
        for line in [
            "record,apart,4,29,tokio: mpsc,1,1000,123456,123000,7,12",
            "latency,0,std,90,5000,10000,1,2,3,4,5,6,7",
            "absent,node,not here, sorry",
            "version,node,20",
        ] {
            assert_eq!(line.parse::<Message>().unwrap().to_string(), *line);
        }
        assert!("warning: something".parse::<Message>().is_err());
        assert!("absent,node".parse::<Message>().is_err());
    }
}
