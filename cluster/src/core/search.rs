//! Tries every order of events on a small cluster, breadth first, and checks the invariants after each.
//!
//! The world around the state is a set of processes that may say their next word, hang up or die at any time. Two
//! worlds that are equal are searched once. What the search has to come across is listed at its end, so that it cannot
//! pass by trying nothing.

use super::reload::{AbortReason, Reload, Stage};
use super::restart::Restart;
use super::state::{Action, Fact, Input, Moment, Readiness, ReloadRefused, Seat, Settings, State};
use crate::event::WorkerId;
use crate::status::ExitStatus;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

const SLOTS: usize = 2;

#[derive(Clone, PartialEq, Eq, Hash)]
struct World {
    state: State,
    now: Moment,
    processes: BTreeMap<WorkerId, Process>,
    reloads: u32,
    /// A reload was accepted and not reported.
    reloading: bool,
    shutdowns: u32,
    stopped: bool,
    disconnected: BTreeSet<WorkerId>,
    /// Restarts are on.
    restarts: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Process {
    slot: usize,
    word: Word,
    linked: bool,
    asked: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Word {
    Spawning,
    Silent,
    Online,
    Ready,
    Goodbye,
}

impl World {
    fn new(restart: Restart) -> Self {
        let reload = Reload::rolling().ready_within(Duration::from_secs(4)).drain(Duration::from_secs(3));
        let restarts = restart != Restart::never();
        let state = State::new(Settings { slots: SLOTS, restart, reload });
        let processes = BTreeMap::new();
        let (now, disconnected) = (Moment::ZERO, BTreeSet::new());
        let (reloading, stopped) = (false, false);
        Self { state, now, processes, reloads: 0, reloading, shutdowns: 0, stopped, disconnected, restarts }
    }

    /// What can happen next. A spawn has its result before anything else happens, as in the driver.
    fn inputs(&self) -> Vec<Input> {
        let spawning = self.processes.iter().find(|(_, process)| process.word == Word::Spawning);
        if let Some((&worker, _)) = spawning {
            return vec![Input::Spawned(worker), Input::SpawnFailed(worker)];
        }
        let mut inputs = Vec::new();
        for (&worker, process) in &self.processes {
            inputs.push(Input::Exited(worker, ExitStatus::Code(1)));
            if !process.linked {
                continue;
            }
            inputs.push(Input::Hangup(worker));
            inputs.extend(match process.word {
                Word::Silent if is_explicit(worker) => Some(Input::Online(worker, Readiness::Explicit)),
                Word::Silent => Some(Input::Online(worker, Readiness::ByListening)),
                Word::Online if is_explicit(worker) => Some(Input::Ready(worker)),
                Word::Online => Some(Input::Listening(worker)),
                Word::Ready => Some(Input::Goodbye(worker)),
                Word::Goodbye | Word::Spawning => None,
            });
        }
        if self.state.deadline().is_some() {
            inputs.push(Input::Tick);
        }
        if self.reloads < 2 {
            inputs.push(Input::Reload);
        }
        if self.shutdowns < 2 {
            inputs.push(Input::Shutdown(Duration::from_secs(u64::from(2 - self.shutdowns))));
        }
        inputs
    }

    fn apply(&mut self, input: Input, met: &mut BTreeSet<&'static str>) {
        match input {
            Input::Spawned(worker) => self.say(worker, Word::Silent),
            Input::Online(worker, _) => self.say(worker, Word::Online),
            Input::Listening(worker) | Input::Ready(worker) => self.say(worker, Word::Ready),
            Input::Goodbye(worker) => self.say(worker, Word::Goodbye),
            Input::Hangup(worker) => self.process(worker).linked = false,
            Input::SpawnFailed(worker) | Input::Exited(worker, _) => {
                self.processes.remove(&worker).expect("only a living process ends");
            }
            Input::Tick => self.now = self.now.max(self.state.deadline().expect("a tick has a deadline")),
            Input::Reload => self.reloads += 1,
            Input::Shutdown(_) => self.shutdowns += 1,
            Input::Start => {}
        }
        let ready_before = self.ready_workers();
        for action in self.state.step(input, self.now) {
            self.act(&action, input, &ready_before, met);
        }
        self.check();
    }

    fn act(&mut self, action: &Action, input: Input, ready: &BTreeSet<WorkerId>, met: &mut BTreeSet<&'static str>) {
        match action {
            Action::Spawn { worker, slot } => {
                assert!(!matches!(input, Input::SpawnFailed(_)), "others are heard before the next try");
                assert!(self.shutdowns == 0 && !self.stopped, "nothing is spawned once the cluster stops");
                if let Some(Stage::Replacing { slot: replaced, incoming, .. }) = self.stage() {
                    assert!(replaced != *slot || incoming == *worker, "who is incoming gets the seat");
                }
                let process = Process { slot: *slot, word: Word::Spawning, linked: true, asked: false };
                assert!(self.processes.insert(*worker, process).is_none(), "a number is used once");
            }
            Action::AskToLeave(worker) => {
                let process = self.process(*worker);
                assert!(process.linked && !process.asked, "a worker is asked once, while it can hear");
                process.asked = true;
                if ready.contains(worker) && self.shutdowns == 0 {
                    assert!(
                        matches!(input, Input::Listening(_) | Input::Ready(_)),
                        "an old worker leaves when its successor is ready"
                    );
                }
            }
            Action::Terminate(worker) | Action::Kill(worker) => {
                assert!(self.processes.contains_key(worker), "only living processes are signalled");
                met.insert(if matches!(action, Action::Kill(_)) { "kill" } else { "terminate" });
            }
            Action::Report(Fact::Exit { worker, .. }) => {
                assert!(
                    matches!(input, Input::Exited(dead, _) if dead == *worker),
                    "an exit is reported when it happens"
                );
            }
            Action::Report(Fact::Disconnect(worker)) => {
                assert!(self.disconnected.insert(*worker), "a channel ends once");
            }
            Action::Report(Fact::SlotFailed { .. }) => {
                met.insert("slot failed");
            }
            Action::Report(_) | Action::CloseQueues { .. } => {}
            Action::Reloaded(report) => {
                assert!(std::mem::take(&mut self.reloading), "a reload is reported once");
                met.insert(match report.aborted.as_ref().map(|abort| abort.reason) {
                    None => "reload complete",
                    Some(AbortReason::NotReady) => "reload timed out",
                    Some(AbortReason::Exited) => "reload met a crash",
                    Some(AbortReason::NotStarted) => "reload could not start",
                    Some(AbortReason::ShuttingDown) => "reload met a shutdown",
                });
            }
            Action::RefuseReload(ReloadRefused::Busy) => assert!(self.state.reload.is_some()),
            Action::RefuseReload(ReloadRefused::Stopping) => assert!(self.shutdowns > 0),
            Action::Stopped { abandoned } => {
                assert!(!std::mem::replace(&mut self.stopped, true), "the end is said once");
                assert_eq!(*abandoned, self.processes.len());
                met.insert(if *abandoned == 0 { "stopped" } else { "abandoned" });
            }
        }
    }

    fn check(&mut self) {
        let living: BTreeSet<_> = self.processes.keys().collect();
        let members: BTreeSet<_> = self.state.members.keys().collect();
        assert_eq!(members, living, "the members are the living processes");
        for slot in 0..SLOTS {
            let crowd = self.processes.values().filter(|process| process.slot == slot).count();
            assert!(crowd <= 2, "slot {slot} has {crowd} processes");
        }
        self.reloading = self.state.reload.is_some();
        let mut arriving = None;
        if let Some(Stage::Replacing { slot, incoming, .. }) = self.stage() {
            assert!(self.processes.contains_key(&incoming), "somebody is incoming while a slot is being replaced");
            arriving = Some(slot);
        }
        for (number, slot) in self.state.slots.iter().enumerate() {
            let forgotten = slot.seat == Seat::Vacant && arriving != Some(number);
            assert!(!forgotten || self.shutdowns > 0 || !self.restarts, "nobody comes for slot {number}");
        }
        if self.shutdowns > 0 && !self.stopped {
            assert!(self.state.deadline().is_some(), "a shutdown ends by itself");
            assert!(!self.processes.is_empty(), "a shutdown with nobody left is over");
        }
    }

    fn stage(&self) -> Option<Stage> {
        self.state.reload.as_ref().map(|rolling| rolling.stage)
    }

    fn ready_workers(&self) -> BTreeSet<WorkerId> {
        let ready = |(&worker, process): (&WorkerId, &Process)| (process.word == Word::Ready).then_some(worker);
        self.processes.iter().filter_map(ready).collect()
    }

    fn say(&mut self, worker: WorkerId, word: Word) {
        self.process(worker).word = word;
    }

    fn process(&mut self, worker: WorkerId) -> &mut Process {
        self.processes.get_mut(&worker).expect("only living processes act")
    }
}

/// Half of the workers say by themselves when they are ready.
fn is_explicit(worker: WorkerId) -> bool {
    worker.get().is_multiple_of(2)
}

fn search(begin: World, depth: usize, budget: usize) -> (usize, BTreeSet<&'static str>) {
    let mut met = BTreeSet::new();
    let mut seen = HashSet::new();
    let mut level = vec![begin];
    for _ in 0..depth {
        let mut next = Vec::new();
        for world in level {
            for input in world.inputs() {
                let mut after = world.clone();
                after.apply(input, &mut met);
                if !after.stopped && seen.insert(after.clone()) {
                    next.push(after);
                }
            }
        }
        level = next;
        assert!(seen.len() <= budget, "{} worlds are more than the test has time for", seen.len());
    }
    println!("{} worlds within {depth} events, met {met:?}", seen.len());
    (seen.len(), met)
}

fn started(restart: Restart) -> World {
    let mut world = World::new(restart);
    let mut met = BTreeSet::new();
    world.apply(Input::Start, &mut met);
    world
}

#[test]
fn every_order_of_events_from_a_fresh_start_keeps_the_invariants() {
    let restart =
        Restart::intensity(1, Duration::from_secs(60)).backoff(Duration::from_secs(1)..Duration::from_secs(1));
    let (worlds, met) = search(started(restart), 8, 400_000);
    assert!(worlds > 1_000, "{worlds} worlds are no search");
    for event in ["slot failed", "kill", "reload met a shutdown", "stopped"] {
        assert!(met.contains(event), "{event} was not met in {worlds} worlds");
    }
}

#[test]
fn every_order_of_events_around_a_reload_keeps_the_invariants() {
    let restart =
        Restart::intensity(2, Duration::from_secs(60)).backoff(Duration::from_secs(1)..Duration::from_secs(1));
    let mut world = started(restart);
    let mut met = BTreeSet::new();
    for number in 1..=2 {
        let worker = WorkerId::new(number);
        world.apply(Input::Spawned(worker), &mut met);
    }
    for number in 1..=2 {
        let worker = WorkerId::new(number);
        world.apply(Input::Online(worker, Readiness::ByListening), &mut met);
        world.apply(Input::Listening(worker), &mut met);
    }
    world.apply(Input::Reload, &mut met);
    let (worlds, met) = search(world, 7, 400_000);
    assert!(worlds > 1_000, "{worlds} worlds are no search");
    let events = ["reload timed out", "reload met a crash", "reload could not start", "terminate", "kill", "stopped"];
    for event in events {
        assert!(met.contains(event), "{event} was not met in {worlds} worlds");
    }
}

/// The straight way through a whole reload is longer than the searches go.
#[test]
fn a_reload_replaces_every_slot_and_reports_when_the_old_workers_are_gone() {
    let mut world = started(Restart::never());
    let mut met = BTreeSet::new();
    let serve = |world: &mut World, number: u64, met: &mut BTreeSet<&'static str>| {
        let worker = WorkerId::new(number);
        world.apply(Input::Spawned(worker), met);
        world.apply(Input::Online(worker, Readiness::ByListening), met);
        world.apply(Input::Listening(worker), met);
    };
    world.apply(Input::Spawned(WorkerId::new(1)), &mut met);
    serve(&mut world, 2, &mut met);
    world.apply(Input::Reload, &mut met);
    serve(&mut world, 3, &mut met);
    serve(&mut world, 4, &mut met);
    world.apply(Input::Exited(WorkerId::new(1), ExitStatus::Code(0)), &mut met);
    assert!(!met.contains("reload complete"), "an old worker is still there");
    world.apply(Input::Exited(WorkerId::new(2), ExitStatus::Code(0)), &mut met);
    assert!(met.contains("reload complete"));
}

#[test]
fn a_process_that_outlives_its_sigkill_does_not_hold_up_the_shutdown() {
    let mut world = started(Restart::never());
    let mut met = BTreeSet::new();
    for number in 1..=2 {
        world.apply(Input::Spawned(WorkerId::new(number)), &mut met);
    }
    world.apply(Input::Shutdown(Duration::from_secs(4)), &mut met);
    for _ in 0..8 {
        if !world.stopped {
            world.apply(Input::Tick, &mut met);
        }
    }
    assert!(met.contains("abandoned") && met.contains("terminate") && met.contains("kill"), "{met:?}");
    assert_eq!(world.now, Duration::from_secs(4) + super::state::BURIAL);
}
