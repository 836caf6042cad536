//! A crew: threads that run the protocol on one source and call one handler.
//!
//! [`ThreadSet`] leaves it to each thread when to promote; a crew does it by a [`Promotion`] policy, contains the
//! panics of the handler, and ends in two ways. `drain` lets the source hand out what it accepted first; `stop` ends
//! after the events that are being handled and gives the others back. Both keep their deadline, but for a tenth of a
//! second in which idle threads notice: a thread that is still in the handler then is left alone and counted.
//!
//! # Limits
//!
//! The number of threads is fixed: [`Builder::threads`], one per core and at least two unless set. Dropping a crew
//! stops it and waits for its handlers for at most [`PATIENCE`].

use crate::contain::contain;
use crate::promotion::{Handovers, Promotion, ThreadSet};
use crate::source::{EventSource, Waker};
use common::sync::atomic::{AtomicU64, Ordering};
use common::sync::thread::{self, JoinHandle};
use common::sync::{Arc, Condvar, Mutex};
use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// How long dropping a crew, a reactor or a server waits for handlers that still run.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// What idle threads get, also after a deadline, to notice that they should end. A model has no clock: there, a stop
/// whose deadline has passed may give up at any moment.
const GRACE: Duration = if cfg!(any(loom, shuttle)) { Duration::ZERO } else { Duration::from_millis(100) };

/// Running threads on one event source.
///
/// ```
/// use leader_followers::{crew, source::task};
/// use std::sync::mpsc;
/// use std::time::{Duration, Instant};
///
/// let (sender, source) = task::queue(8);
/// let (results, squares) = mpsc::channel();
/// let crew = crew::builder().threads(2).start(source, move |n: u32| results.send(n * n).unwrap())?;
/// for n in 1..=3 {
///     sender.send(n).unwrap();
/// }
/// let report = crew.drain(Instant::now() + Duration::from_secs(5));
/// assert!(report.rest.is_empty());
/// assert_eq!(squares.iter().sum::<u32>(), 14);
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Crew<S: EventSource> {
    set: ThreadSet<S>,
    tally: Arc<Tally>,
    threads: Vec<JoinHandle<()>>,
}

/// Settings of a [`Crew`] to be; [`start`](Self::start) starts it.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until it starts"]
pub struct Builder {
    threads: usize,
    promotion: Promotion,
    name: String,
}

/// Settings of a crew to be. Unless set: a thread per core and at least two, [`Promotion::Early`].
pub fn builder() -> Builder {
    Builder::default()
}

/// How a crew ended.
#[must_use = "it holds the events that were not handled: dropping it drops them"]
#[non_exhaustive]
pub struct Report<S: EventSource> {
    /// Events that the source handed over and no thread took, oldest first.
    pub rest: VecDeque<S::Event>,
    /// The source, with what it did not hand over; `None` if a thread that is still busy holds it.
    ///
    /// That can happen with [`Promotion::Late`], and then that thread holds the rest of its batch too. A clone of the
    /// crew's [`set`](Crew::set) gives back both once the thread has ended, through [`ThreadSet::take_rest`].
    pub source: Option<S>,
    /// Threads that were still in the handler at the deadline. They end when it returns.
    pub busy: usize,
    /// How often the handler panicked.
    pub panicked: u64,
    /// Why the source could not go on, if that is what ended the crew.
    pub failure: Option<io::Error>,
}

impl<S: EventSource> Report<S> {
    /// Whether every thread ended, the source did not fail, and every event that it handed over was handled.
    ///
    /// What is still in the source does not count: after a stop, look into [`source`](Self::source) for it. An event
    /// whose handler panicked was handled.
    pub fn is_clean(&self) -> bool {
        self.busy == 0 && self.rest.is_empty() && self.failure.is_none()
    }
}

/// What the threads of a crew have in common besides the set.
struct Tally {
    live: Mutex<Live>,
    exited: Condvar,
    panicked: AtomicU64,
    failure: Mutex<Option<io::Error>>,
}

/// The threads that have not signed off.
struct Live {
    threads: usize,
    /// Nobody waits for them any more, nor for what the leader among them holds.
    forsaken: bool,
}

impl<S: EventSource> Crew<S> {
    /// The thread set.
    pub fn set(&self) -> &ThreadSet<S> {
        &self.set
    }

    /// How often leadership changed hands so far.
    pub fn handovers(&self) -> Handovers {
        self.set.handovers()
    }

    /// How often the handler panicked so far.
    pub fn panicked(&self) -> u64 {
        self.tally.panicked()
    }

    /// How many threads have not ended.
    pub fn threads(&self) -> usize {
        self.tally.live.lock().threads
    }

    /// Closes the source, lets the threads handle what it accepted until `deadline`, and then [stops](Self::stop).
    ///
    /// Called from the crew's own handler, it waits for itself until `deadline`.
    pub fn drain(self, deadline: Instant) -> Report<S> {
        self.set.waker().close();
        self.tally.wait_exits_deadline(deadline);
        self.stop(deadline)
    }

    /// Ends the threads after the events that they are handling, and gives back what was not started.
    ///
    /// Waits until `deadline`, and at least a tenth of a second, for the threads to end; those that are busy then are
    /// left alone.
    pub fn stop(mut self, deadline: Instant) -> Report<S> {
        let busy = self.end(deadline);
        let mut rest = self.set.take_rest();
        if rest.is_none() {
            self.tally.live.lock().forsaken = true;
            // A leader that signed off just before this left it to us.
            rest = self.set.take_rest();
        }
        let (source, rest) = rest.map_or((None, VecDeque::new()), |(source, rest)| (Some(source), rest));
        Report { rest, source, busy, panicked: self.tally.panicked(), failure: self.tally.failure.lock().take() }
    }

    fn end(&mut self, deadline: Instant) -> usize {
        self.set.close();
        let busy = self.tally.wait_exits_deadline(deadline.max(Instant::now() + GRACE));
        let threads = std::mem::take(&mut self.threads);
        if busy == 0 {
            for thread in threads {
                // A thread that panicked outside the handler has left its failure in the tally.
                drop(thread.join());
            }
        }
        busy
    }
}

impl<S: EventSource> Drop for Crew<S> {
    fn drop(&mut self) {
        if !self.threads.is_empty() {
            self.end(Instant::now() + PATIENCE);
        }
    }
}

impl Default for Builder {
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self { threads: cores.max(2), promotion: Promotion::default(), name: "crew".to_owned() }
    }
}

impl Builder {
    /// How many threads; unless set, one per core and at least two, so that there is a follower.
    ///
    /// # Panics
    ///
    /// Panics if `count` is zero: nobody would lead.
    pub fn threads(self, count: usize) -> Self {
        assert!(count > 0, "a crew has at least one thread");
        Self { threads: count, ..self }
    }

    /// When a thread hands leadership on; [`Promotion::Early`] unless set.
    pub fn promotion(self, promotion: Promotion) -> Self {
        Self { promotion, ..self }
    }

    /// What the threads are called: `name-0`, `name-1` and so on; `crew` unless set.
    pub fn name(self, name: impl Into<String>) -> Self {
        Self { name: name.into(), ..self }
    }

    /// Starts the threads. Each event of `source` is handled by one call of `handler`.
    ///
    /// A handler that panics loses its own event only: the thread lives on and leadership is not affected.
    ///
    /// # Errors
    ///
    /// The system's error when a thread can't be started. Those that were started are ended first.
    pub fn start<S, H>(self, source: S, handler: H) -> io::Result<Crew<S>>
    where
        S: EventSource,
        H: Fn(S::Event) + Send + Sync + 'static,
    {
        self.start_with(source, handler, |_| {})
    }

    /// [`start`](Self::start), and `forsaken` is called by a thread that ends after a stop gave up on the thread that
    /// led.
    pub(crate) fn start_with<S, H, F>(self, source: S, handler: H, forsaken: F) -> io::Result<Crew<S>>
    where
        S: EventSource,
        H: Fn(S::Event) + Send + Sync + 'static,
        F: Fn(&ThreadSet<S>) + Send + Sync + 'static,
    {
        let shared = Arc::new((handler, forsaken));
        let mut crew = Crew { set: ThreadSet::new(source), tally: Arc::new(Tally::new()), threads: Vec::new() };
        for number in 0..self.threads {
            let (set, shared) = (crew.set.clone(), shared.clone());
            let shift = Shift::begin(&crew.set, &crew.tally);
            let promotion = self.promotion;
            let body = move || {
                let tally = shift.tally.clone();
                shift.work(&set, promotion, &shared.0);
                if tally.live.lock().forsaken {
                    (shared.1)(&set);
                }
            };
            crew.threads.push(thread::Builder::new().name(format!("{}-{number}", self.name)).spawn(body)?);
        }
        Ok(crew)
    }
}

/// One thread's time in the crew. Dropping it signs the thread off, however it ended.
struct Shift<S: EventSource> {
    set: ThreadSet<S>,
    tally: Arc<Tally>,
    ended_well: bool,
}

impl<S: EventSource> Shift<S> {
    fn begin(set: &ThreadSet<S>, tally: &Arc<Tally>) -> Self {
        tally.live.lock().threads += 1;
        Self { set: set.clone(), tally: tally.clone(), ended_well: false }
    }

    fn work(mut self, set: &ThreadSet<S>, promotion: Promotion, handler: &impl Fn(S::Event)) {
        if let Err(error) = self.take_turns(set, promotion, handler) {
            self.tally.fail(error);
        }
        self.ended_well = true;
    }

    fn take_turns(&self, set: &ThreadSet<S>, promotion: Promotion, handler: &impl Fn(S::Event)) -> io::Result<()> {
        let mut member = set.member();
        while let Some(mut leader) = member.follow() {
            while let Some(event) = leader.next()? {
                match promotion {
                    Promotion::Late => self.handle(event, handler),
                    Promotion::Early => {
                        leader.promote();
                        self.handle(event, handler);
                        break;
                    }
                }
            }
        }
        Ok(())
    }

    fn handle(&self, event: S::Event, handler: &impl Fn(S::Event)) {
        if contain(|| handler(event)).is_err() {
            // ORDERING: Relaxed: a count that publishes nothing.
            self.tally.panicked.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<S: EventSource> Drop for Shift<S> {
    fn drop(&mut self) {
        if !self.ended_well {
            // The source panicked. It can't be trusted to wait again, so the other threads end too.
            self.tally.fail(io::Error::other("the event source panicked"));
            self.set.close();
        }
        self.tally.live.lock().threads -= 1;
        self.tally.exited.notify_all();
    }
}

impl Tally {
    fn new() -> Self {
        let live = Mutex::new(Live { threads: 0, forsaken: false });
        Self { live, exited: Condvar::new(), panicked: AtomicU64::new(0), failure: Mutex::new(None) }
    }

    fn panicked(&self) -> u64 {
        // ORDERING: Relaxed: a count; whoever needs it exact has seen the threads exit under the lock.
        self.panicked.load(Ordering::Relaxed)
    }

    /// Keeps the first failure.
    fn fail(&self, error: io::Error) {
        self.failure.lock().get_or_insert(error);
    }

    /// Waits until all threads have signed off or `deadline` has passed; returns how many have not.
    fn wait_exits_deadline(&self, deadline: Instant) -> usize {
        let mut live = self.live.lock();
        while live.threads > 0 {
            if self.exited.wait_until(&mut live, deadline).timed_out() {
                break;
            }
        }
        live.threads
    }
}

impl<S: EventSource> fmt::Debug for Crew<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Crew").field("set", &self.set).field("threads", &self.threads()).finish_non_exhaustive()
    }
}

impl<S: EventSource> fmt::Debug for Report<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("rest", &self.rest.len())
            .field("busy", &self.busy)
            .field("panicked", &self.panicked)
            .field("failure", &self.failure)
            .finish_non_exhaustive()
    }
}
