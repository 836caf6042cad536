//! What primary and workers tell each other, and what a job carries.

use serde::{Deserialize, Serialize};

/// The queue's name in the database.
pub(crate) const QUEUE: &str = "thumbnails";

/// How the ids of uploads from the page begin: a visitor was promised those, and the demo's clients were not.
pub(crate) const VISITOR: &str = "visitor-";

/// What one job is about; its bytes lie among the originals, under the job's id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) name: String,
    /// Why there are no bytes, if there are none.
    pub(crate) problem: Option<String>,
}

/// A worker's figures, sent to the primary a few times a second.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Report {
    pub(crate) requests: u64,
    pub(crate) jobs: u64,
    pub(crate) p50_us: u64,
    pub(crate) p99_us: u64,
    pub(crate) memory_kib: u64,
}

/// One row of the page's table of workers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) worker: u64,
    pub(crate) slot: usize,
    pub(crate) pid: u32,
    pub(crate) state: String,
    pub(crate) report: Report,
}

/// What the primary knows, sent to every worker so that each can show the page.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Overview {
    pub(crate) workers: Vec<Row>,
    /// What happened last, in words.
    pub(crate) news: Vec<String>,
    /// Requests that workers no longer alive have answered.
    pub(crate) requests_before: u64,
}
