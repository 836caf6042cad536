//! The clients: they upload, look at the page meanwhile, and keep the ledger of what was promised to them.

use crate::client::{Connection, Reply};
use crate::input::Entry;
use common::sync::Mutex;
use common::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// Requests on one connection before the client opens another, so that connections come and go all the time.
const REQUESTS_PER_CONNECTION: usize = 16;

/// How often one upload is tried before the client gives up.
const ATTEMPTS: usize = 20;

/// The clients' shared ledger.
#[derive(Debug)]
pub(crate) struct Ledger {
    address: SocketAddr,
    next: AtomicUsize,
    accepted: Mutex<BTreeMap<String, String>>,
    refused: AtomicUsize,
    requests: AtomicU64,
    failures: Mutex<Failures>,
    stop: AtomicBool,
    backlog: Backlog,
}

/// Failed requests, by whose fault.
#[derive(Clone, Debug, Default)]
pub(crate) struct Failures {
    /// Failed on a graceful path: each is a broken promise.
    pub(crate) graceful: Vec<String>,
    /// Failed because the process that had them was killed; they were repeated.
    pub(crate) killed: u64,
    /// The kill: which worker, and when.
    kill: Option<(u64, Instant)>,
}

/// How far clients may run ahead of the thumbnails.
#[derive(Debug)]
struct Backlog {
    limit: usize,
    finished: AtomicUsize,
}

impl Ledger {
    pub(crate) fn new(address: SocketAddr, backlog: usize) -> Self {
        Self {
            address,
            next: AtomicUsize::new(0),
            accepted: Mutex::default(),
            refused: AtomicUsize::new(0),
            requests: AtomicU64::new(0),
            failures: Mutex::default(),
            stop: AtomicBool::new(false),
            backlog: Backlog { limit: backlog, finished: AtomicUsize::new(0) },
        }
    }

    /// Uploads entries until none is left; several clients share the list.
    pub(crate) fn upload(&self, entries: &[Entry]) {
        let mut client = Client::new(self);
        while !self.is_stopped() {
            // ORDERING: Relaxed: a ticket; the entries were there before the threads.
            let Some(entry) = entries.get(self.next.fetch_add(1, Ordering::Relaxed)) else { return };
            self.wait_for_room();
            match self.upload_one(&mut client, entry) {
                Ok(()) => _ = self.accepted.lock().insert(entry.id.clone(), entry.name.clone()),
                Err(why) => {
                    // ORDERING: Relaxed: a figure that is polled.
                    self.refused.fetch_add(1, Ordering::Relaxed);
                    self.fail(format!("{} was refused: {why}", entry.name), None, Instant::now());
                }
            }
        }
    }

    /// Repeats an upload until it is answered; repeating it is safe, since the service knows it by its id.
    fn upload_one(&self, client: &mut Client<'_>, entry: &Entry) -> Result<(), String> {
        let (target, body) = request_for(entry);
        for _ in 0..ATTEMPTS {
            match client.request("PUT", &target, &body) {
                Some(Reply { status: 202, .. }) => return Ok(()),
                Some(Reply { status, body }) => {
                    return Err(format!("status {status}: {}", String::from_utf8_lossy(&body).trim()));
                }
                None if self.is_stopped() => return Err("interrupted".to_owned()),
                None => {}
            }
        }
        Err(format!("no answer in {ATTEMPTS} attempts"))
    }

    /// Looks at the page and at thumbnails, over and over, as a person's browser would.
    pub(crate) fn watch(&self) {
        let mut client = Client::new(self);
        let mut turn = 0_usize;
        while !self.is_stopped() {
            let latest = self.accepted.lock().keys().nth(turn / 2).cloned().filter(|_| turn % 2 == 1);
            let target = latest.as_ref().map_or("/live".to_owned(), |id| format!("/thumbnails/{id}"));
            if let Some(reply) = client.request("GET", &target, b"")
                && let Err(why) = expected(&reply, latest.is_some())
            {
                self.fail(format!("GET {target}: {why}"), None, Instant::now());
            }
            turn += 1;
            // SLEEP: the pace of a viewer, not a wait for anything.
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends the clients after their current request.
    pub(crate) fn stop(&self) {
        // ORDERING: Relaxed: a flag that is polled.
        self.stop.store(true, Ordering::Relaxed);
    }

    fn is_stopped(&self) -> bool {
        // ORDERING: Relaxed: a flag that is polled.
        self.stop.load(Ordering::Relaxed)
    }

    /// Tells the clients how many jobs have ended, so that they may go on.
    pub(crate) fn finished(&self, count: usize) {
        // ORDERING: Relaxed: a figure that is polled.
        self.backlog.finished.store(count, Ordering::Relaxed);
    }

    /// Records which worker is about to be killed, so that its clients' losses are not held against the rest.
    pub(crate) fn announce_kill(&self, worker: u64) {
        self.failures.lock().kill = Some((worker, Instant::now()));
    }

    /// Ids and names of what the service said it has accepted.
    pub(crate) fn accepted(&self) -> BTreeMap<String, String> {
        self.accepted.lock().clone()
    }

    pub(crate) fn accepted_count(&self) -> usize {
        self.accepted.lock().len()
    }

    /// Uploads that have been answered for good, one way or the other.
    pub(crate) fn answered_count(&self) -> usize {
        // ORDERING: Relaxed: a figure that is polled.
        self.accepted_count() + self.refused.load(Ordering::Relaxed)
    }

    pub(crate) fn requests(&self) -> u64 {
        // ORDERING: Relaxed: a figure.
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn failures(&self) -> Failures {
        self.failures.lock().clone()
    }

    fn wait_for_room(&self) {
        // ORDERING: Relaxed: a figure that is polled.
        while !self.is_stopped()
            && self.accepted_count() >= self.backlog.finished.load(Ordering::Relaxed) + self.backlog.limit
        {
            // SLEEP: the poll of a client that has run ahead.
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// A request is the kill's victim if the killed worker had it, or if nobody had answered on its connection yet and
    /// it was under way when the kill came.
    fn fail(&self, what: String, worker: Option<u64>, started: Instant) {
        let mut failures = self.failures.lock();
        let victim = failures.kill.is_some_and(|(killed, at)| match worker {
            Some(worker) => worker == killed,
            None => started <= at,
        });
        if victim {
            failures.killed += 1;
        } else {
            failures.graceful.push(what);
        }
    }
}

/// One client with its connection.
struct Client<'a> {
    ledger: &'a Ledger,
    connection: Option<(Connection, usize)>,
}

impl<'a> Client<'a> {
    fn new(ledger: &'a Ledger) -> Self {
        Self { ledger, connection: None }
    }

    /// One attempt at a request; a failure is recorded, and its connection is gone.
    fn request(&mut self, method: &str, target: &str, body: &[u8]) -> Option<Reply> {
        // ORDERING: Relaxed: a figure.
        self.ledger.requests.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        let (mut connection, uses) = match self.connection.take().filter(|(idle, _)| !idle.is_stale()) {
            Some(open) => open,
            None => match Connection::open(self.ledger.address) {
                Ok(connection) => (connection, 0),
                Err(error) => {
                    self.ledger.fail(format!("{method} {target}: {error:#}"), None, started);
                    return None;
                }
            },
        };
        match connection.request(method, target, body) {
            Ok(reply) => {
                if connection.reusable && uses + 1 < REQUESTS_PER_CONNECTION {
                    self.connection = Some((connection, uses + 1));
                }
                Some(reply)
            }
            Err(error) => {
                self.ledger.fail(format!("{method} {target}: {error:#}"), connection.worker, started);
                None
            }
        }
    }
}

/// Whether a viewer got what was asked for: the live figures, or a thumbnail that may not be there yet.
fn expected(reply: &Reply, is_thumbnail: bool) -> Result<(), String> {
    match (reply.status, is_thumbnail) {
        (404, true) => Ok(()),
        (200, _) if is_thumbnail && reply.body.starts_with(&[0xff, 0xd8]) => Ok(()),
        (200, false) if serde_json::from_slice::<serde_json::Value>(&reply.body).is_ok() => Ok(()),
        (200, _) => Err("the body is not what it should be".to_owned()),
        (status, _) => Err(format!("status {status}")),
    }
}

fn request_for(entry: &Entry) -> (String, Vec<u8>) {
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let target = format!("/pictures/{}?name={}", entry.id, encoded(&entry.name));
    match entry.read() {
        Ok(body) => (target, body),
        Err(problem) => (format!("{target}&problem={}", encoded(&problem)), Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_the_kills_only_if_the_killed_worker_had_it() {
        let ledger = Ledger::new(([127, 0, 0, 1], 1).into(), 1);
        let before = Instant::now();
        ledger.fail("early".to_owned(), Some(1), before);
        ledger.announce_kill(1);
        ledger.fail("its client".to_owned(), Some(1), before);
        ledger.fail("connecting at the time".to_owned(), None, before);
        ledger.fail("another's client".to_owned(), Some(2), before);
        ledger.fail("connecting later".to_owned(), None, Instant::now() + Duration::from_secs(1));
        let failures = ledger.failures();
        assert_eq!(failures.killed, 2);
        assert_eq!(failures.graceful, ["early", "another's client", "connecting later"]);
    }
}
