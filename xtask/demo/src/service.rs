//! The routes: uploads in, thumbnails and the live page out.

use crate::folder::Folder;
use crate::input::MAX_FILE;
use crate::message::{Overview, Upload};
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::{Arc, Mutex};
use leader_followers::http::{Request, Response};
use percent_encoding::percent_decode_str;
use producer_consumer::jobs::{JobOptions, Queue, State};
use serde::Serialize;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// How long a worker shows the same figures before it asks the database again.
const FRESH: Duration = Duration::from_millis(150);

/// Jobs that may wait before uploads are turned away.
const MAX_WAITING: u64 = 100_000;

/// Bytes that one process accepts for the originals, over its whole life.
const MAX_ORIGINALS: u64 = 4 << 30;

/// Thumbnails and failures on the page.
const SHOWN: usize = 60;

/// What a worker needs to answer requests.
pub(crate) struct Service {
    pub(crate) folder: Folder,
    pub(crate) queue: Queue<Upload>,
    pub(crate) worker: u64,
    pub(crate) overview: Arc<Mutex<Overview>>,
    figures: Mutex<Option<(Instant, String)>>,
    originals: AtomicU64,
}

#[derive(Serialize)]
struct Live {
    accepted: u64,
    waiting: u64,
    active: u64,
    completed: u64,
    failed: u64,
    overview: Overview,
    thumbnails: Vec<Shown>,
    failures: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    id: String,
    text: String,
}

impl Service {
    pub(crate) fn new(folder: Folder, queue: Queue<Upload>, worker: u64, overview: Arc<Mutex<Overview>>) -> Self {
        Self { folder, queue, worker, overview, figures: Mutex::new(None), originals: AtomicU64::new(0) }
    }

    /// Answers one request.
    pub(crate) fn answer(&self, request: &Request<'_>) -> Response {
        let response = match (request.method(), request.path()) {
            ("GET" | "HEAD", "/") => Response::html(PAGE),
            ("GET" | "HEAD", "/style.css") => Response::bytes("text/css; charset=utf-8", STYLE),
            ("GET" | "HEAD", "/script.js") => Response::bytes("text/javascript; charset=utf-8", SCRIPT),
            ("GET" | "HEAD", "/live") => self.live(),
            ("GET" | "HEAD", path) => match path.split_at_checked(path.rfind('/').map_or(0, |at| at + 1)) {
                Some(("/thumbnails/", id)) if is_id(id) => file(&self.folder.thumbnail(id)),
                Some(("/originals/", id)) if is_id(id) => file(&self.folder.original(id)),
                _ => Response::new(404),
            },
            ("PUT", path) => match path.strip_prefix("/pictures/") {
                Some(id) if is_id(id) => self.accept(id, request),
                Some(_) => refused(400, "an id has 1 to 64 letters, digits and hyphens"),
                None => Response::new(404),
            },
            _ => Response::new(405).header("allow", "GET, HEAD, PUT"),
        };
        response.header("x-worker", &self.worker.to_string())
    }

    /// Stores an upload and queues its job; answers 202 once both are on disk.
    fn accept(&self, id: &str, request: &Request<'_>) -> Response {
        let upload = Upload {
            name: parameter(request, "name").unwrap_or_else(|| id.to_owned()),
            problem: parameter(request, "problem"),
        };
        let size = request.body().len() as u64;
        // ORDERING: Relaxed: a figure; the limit may be passed by the uploads under way.
        if self.originals.fetch_add(size, Ordering::Relaxed) + size > MAX_ORIGINALS {
            return refused(507, "this process has taken all the originals it may");
        }
        let added = self.queue.counts().map_err(|error| format!("{error:#}")).and_then(|counts| {
            if counts.waiting > MAX_WAITING {
                return Ok(None);
            }
            let writer = self.worker.to_string();
            self.folder
                .store(&self.folder.original(id), &writer, request.body())
                .map_err(|error| format!("cannot store the original: {error}"))?;
            let options = JobOptions::new().id(id).attempts(3);
            self.queue.add_with(&upload, &options).map(Some).map_err(|error| format!("{error:#}"))
        });
        match added {
            Ok(Some(added)) => {
                Response::json(format!("{{\"id\":\"{id}\",\"duplicate\":{}}}", added.duplicate)).with_status(202)
            }
            Ok(None) => refused(503, "too many pictures are waiting").header("retry-after", "1"),
            Err(error) => refused(500, &error),
        }
    }

    /// The page's figures, asked of the database at most every [`FRESH`].
    fn live(&self) -> Response {
        let mut figures = self.figures.lock();
        if let Some((at, json)) = &*figures
            && at.elapsed() < FRESH
        {
            return Response::json(json.clone());
        }
        match self.figures() {
            Ok(json) => {
                *figures = Some((Instant::now(), json.clone()));
                Response::json(json)
            }
            Err(error) => refused(500, &format!("{error:#}")),
        }
    }

    fn figures(&self) -> anyhow::Result<String> {
        let counts = self.queue.counts()?;
        let thumbnails = self.queue.with_connection(|connection| {
            let mut latest = connection.prepare_cached("SELECT job, name FROM stored ORDER BY rowid DESC LIMIT ?1")?;
            let shown = |row: &rusqlite::Row<'_>| Ok(Shown { id: row.get(0)?, text: row.get(1)? });
            latest.query_map([SHOWN as i64], shown)?.collect::<Result<Vec<_>, _>>()
        })?;
        let failures = self.queue.jobs(State::Failed, SHOWN)?;
        let failure = |job: producer_consumer::jobs::JobRecord| Shown {
            id: job.id.to_string(),
            text: job.failed_reason.unwrap_or_default(),
        };
        let live = Live {
            accepted: counts.total(),
            waiting: counts.waiting + counts.delayed,
            active: counts.active,
            completed: counts.completed,
            failed: counts.failed,
            overview: self.overview.lock().clone(),
            thumbnails,
            failures: failures.into_iter().map(failure).collect(),
        };
        Ok(serde_json::to_string(&live)?)
    }
}

/// The largest request body: a whole file.
pub(crate) fn max_body() -> usize {
    usize::try_from(MAX_FILE).expect("a file fits into memory on a 64-bit machine")
}

/// Ids become file names, so they hold nothing that means something to a path.
fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn parameter(request: &Request<'_>, name: &str) -> Option<String> {
    let value = request.query()?.split('&').find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))?.1;
    let decoded = percent_decode_str(value).decode_utf8_lossy();
    Some(decoded.chars().filter(|character| !character.is_control()).take(200).collect())
}

fn refused(status: u16, why: &str) -> Response {
    Response::text(format!("{why}\n")).with_status(status)
}

/// A picture for the browser; whatever else was uploaded is only to be saved.
fn file(path: &Path) -> Response {
    match fs::read(path) {
        Ok(bytes) => {
            let media_type = match image::guess_format(&bytes) {
                Ok(image::ImageFormat::Jpeg) => "image/jpeg",
                Ok(image::ImageFormat::Png) => "image/png",
                _ => "application/octet-stream",
            };
            Response::bytes(media_type, bytes).header("x-content-type-options", "nosniff")
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Response::new(404),
        Err(error) => refused(500, &error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_cannot_leave_its_folder() {
        for bad in ["", "..", "a/b", "a%2fb", "a.png", "ä", &"x".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_id("000017") && is_id("A-b-3"));
    }
}
