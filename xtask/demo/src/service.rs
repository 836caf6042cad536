//! The routes: uploads in, thumbnails and the live page out.

use crate::folder::Folder;
use crate::input::MAX_FILE;
use crate::message::{Overview, Upload};
use anyhow::Context;
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
    /// Drafts begun, so that two threads with the same id do not write the same one.
    drafts: AtomicU64,
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
        Self {
            folder,
            queue,
            worker,
            overview,
            figures: Mutex::new(None),
            originals: AtomicU64::new(0),
            drafts: AtomicU64::new(0),
        }
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

    /// Stores an upload and queues its job; answers 202 once both are on disk. A repeated id changes nothing.
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
        match self.keep(id, &upload, request.body()) {
            Ok(Some(duplicate)) => {
                Response::json(format!("{{\"id\":\"{id}\",\"duplicate\":{duplicate}}}")).with_status(202)
            }
            Ok(None) => refused(503, "too many pictures are waiting").header("retry-after", "1"),
            Err(error) => refused(500, &format!("{error:#}")),
        }
    }

    /// Whether the id was known already; `None` if too many jobs wait.
    fn keep(&self, id: &str, upload: &Upload, bytes: &[u8]) -> anyhow::Result<Option<bool>> {
        // What was accepted first stays: its thumbnail may be in the making.
        if self.queue.job(&id.into())?.is_some() {
            return Ok(Some(true));
        }
        if self.queue.counts()?.waiting > MAX_WAITING {
            return Ok(None);
        }
        // ORDERING: Relaxed: each draft gets a number of its own, and nothing else follows from it.
        let writer = format!("{}-{}", self.worker, self.drafts.fetch_add(1, Ordering::Relaxed));
        self.folder.store(&self.folder.original(id), &writer, bytes).context("cannot store the original")?;
        let added = self.queue.add_with(upload, &JobOptions::new().id(id).attempts(3))?;
        Ok(Some(added.duplicate))
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
    use crate::message::{QUEUE, VISITOR};

    #[test]
    fn an_id_cannot_leave_its_folder() {
        for bad in ["", "..", "a/b", "a%2fb", "a.png", "ä", &"x".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
        assert!(is_id("000017") && is_id("A-b-3"));
    }

    #[test]
    fn the_pages_ids_are_visitors() {
        assert!(SCRIPT.contains(&format!("`{VISITOR}${{crypto.randomUUID()}}`")));
        assert!(is_id(&format!("{VISITOR}01234567-89ab-cdef-0123-456789abcdef")));
    }

    fn service(base: &Path) -> Service {
        let folder = Folder::create(base).unwrap();
        let queue = Queue::open(folder.database(), QUEUE).unwrap();
        Service::new(folder, queue, 1, Arc::default())
    }

    #[test]
    fn a_repeated_id_keeps_the_first_original() {
        let base = tempfile::tempdir().unwrap();
        let service = service(base.path());
        let upload = Upload { name: "a".to_owned(), problem: None };
        assert_eq!(service.keep("a", &upload, b"first").unwrap(), Some(false));
        assert_eq!(service.keep("a", &upload, b"second").unwrap(), Some(true));
        assert_eq!(fs::read(service.folder.original("a")).unwrap(), b"first");
    }

    #[test]
    fn uploads_of_one_id_at_a_time_are_all_answered_and_kept_whole() {
        let base = tempfile::tempdir().unwrap();
        let service = service(base.path());
        let upload = Upload { name: "a".to_owned(), problem: None };
        for round in 0..8 {
            let id = format!("a-{round}");
            std::thread::scope(|scope| {
                for byte in 0..4_u8 {
                    let (service, upload, id) = (&service, &upload, &id);
                    scope.spawn(move || service.keep(id, upload, &[byte; 1 << 16]).unwrap().unwrap());
                }
            });
            let kept = fs::read(service.folder.original(&id)).unwrap();
            assert!(kept.len() == 1 << 16 && kept.iter().all(|byte| *byte == kept[0]));
        }
        assert_eq!(fs::read_dir(service.folder.originals()).unwrap().count(), 8, "a draft was left");
    }
}
