//! How the state changes: one function per input, each of which appends what has to be done.

use super::reload::{Abort, AbortReason, Rolling, Stage};
use super::restart::Verdict;
use super::state::{
    Action, BURIAL, Departure, Fact, GRACE, Input, Leave, Life, Link, Member, Mode, Moment, Readiness, ReloadRefused,
    Seat, State,
};
use crate::event::WorkerId;
use crate::status::ExitStatus;
use std::time::Duration;

impl State {
    /// Takes in what happened at `now` and says what to do.
    pub(crate) fn step(&mut self, input: Input, now: Moment) -> Vec<Action> {
        let mut step = Step { state: self, now, actions: Vec::new() };
        match input {
            Input::Start => step.start(),
            Input::Spawned(worker) => step.report(Fact::Fork(worker)),
            Input::SpawnFailed(worker) => step.end(worker, AbortReason::NotStarted),
            Input::Online(worker, readiness) => step.online(worker, readiness),
            Input::Listening(worker) => step.listening(worker),
            Input::Ready(worker) => step.ready(worker),
            Input::Goodbye(worker) => step.goodbye(worker),
            Input::Hangup(worker) => step.hang_up(worker),
            Input::Exited(worker, status) => step.exited(worker, status),
            Input::Tick => step.tick(),
            Input::Reload => step.reload(),
            Input::Shutdown(within) => step.shutdown(within),
        }
        step.settle();
        step.actions
    }
}

struct Step<'a> {
    state: &'a mut State,
    now: Moment,
    actions: Vec<Action>,
}

impl Step<'_> {
    fn report(&mut self, fact: Fact) {
        self.actions.push(Action::Report(fact));
    }

    fn start(&mut self) {
        for slot in 0..self.state.slots.len() {
            let worker = self.spawn(slot);
            self.state.slots[slot].seat = Seat::Held(worker);
        }
    }

    fn spawn(&mut self, slot: usize) -> WorkerId {
        let worker = WorkerId::new(self.state.next);
        self.state.next += 1;
        let member = Member { slot, life: Life::Starting, link: Link::Open, departure: Departure::Unplanned };
        self.state.members.insert(worker, member);
        self.actions.push(Action::Spawn { worker, slot });
        worker
    }

    fn online(&mut self, worker: WorkerId, readiness: Readiness) {
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        if member.life == Life::Starting {
            member.life = Life::Online(readiness);
            self.report(Fact::Online(worker));
        }
    }

    fn listening(&mut self, worker: WorkerId) {
        let Some(member) = self.state.members.get(&worker) else { return };
        if member.life == Life::Online(Readiness::ByListening) {
            self.ready(worker);
        }
    }

    fn ready(&mut self, worker: WorkerId) {
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        if !matches!(member.life, Life::Online(_)) {
            return;
        }
        member.life = Life::Ready;
        self.report(Fact::Ready(worker));
        if self.state.reload.as_ref().and_then(Rolling::incoming) == Some(worker) {
            self.take_over(worker);
        }
    }

    /// The incoming worker is ready: it gets the seat, and only now the old one is asked to leave.
    fn take_over(&mut self, worker: WorkerId) {
        let Some(rolling) = &mut self.state.reload else { return };
        let Stage::Replacing { slot, .. } = rolling.stage else { return };
        rolling.report.replaced += 1;
        rolling.stage = Stage::Settling;
        let old = std::mem::replace(&mut self.state.slots[slot].seat, Seat::Held(worker));
        if let Seat::Held(old) = old {
            rolling.leaving.insert(old);
            let drain = self.state.settings.reload.drain;
            self.ask_to_leave(old, drain, drain.saturating_add(GRACE));
        }
        self.next_slot();
    }

    fn goodbye(&mut self, worker: WorkerId) {
        let drain = self.state.settings.reload.drain;
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        member.departure = Departure::Planned;
        if !matches!(member.life, Life::Leaving { .. }) {
            self.leave(worker, drain, drain.saturating_add(GRACE));
        }
    }

    fn hang_up(&mut self, worker: WorkerId) {
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        if member.link == Link::Ended {
            return;
        }
        member.link = Link::Ended;
        let leaving = matches!(member.life, Life::Leaving { .. });
        self.report(Fact::Disconnect(worker));
        if !leaving {
            self.leave(worker, GRACE, GRACE + GRACE);
        }
    }

    fn exited(&mut self, worker: WorkerId, status: ExitStatus) {
        self.hang_up(worker);
        let Some(member) = self.state.members.get(&worker) else { return };
        let planned = member.departure == Departure::Planned;
        self.report(Fact::Exit { worker, status, planned });
        self.end(worker, AbortReason::Exited);
    }

    /// The worker is no more; its slot may want another one.
    fn end(&mut self, worker: WorkerId, reason: AbortReason) {
        let Some(member) = self.state.members.remove(&worker) else { return };
        if let Some(rolling) = &mut self.state.reload {
            rolling.leaving.remove(&worker);
            if rolling.incoming() == Some(worker) {
                self.abort(reason);
            }
        }
        if self.state.slots[member.slot].seat == Seat::Held(worker) {
            self.state.slots[member.slot].seat = Seat::Vacant;
            self.refill(member.slot, reason);
        }
    }

    /// Decides about an empty seat, whose last process came to `end`.
    ///
    /// After a spawn that failed the next is for a tick, however soon: the supervisor has to hear others in between.
    fn refill(&mut self, slot: usize, end: AbortReason) {
        let arriving = self.state.reload.as_ref().is_some_and(
            |rolling| matches!(rolling.stage, Stage::Replacing { slot: replaced, .. } if replaced == slot),
        );
        if self.state.mode != Mode::Running || arriving {
            return;
        }
        let restart = &self.state.settings.restart;
        let verdict = self.state.slots[slot].history.judge(restart, self.now);
        self.state.slots[slot].seat = match verdict {
            Verdict::After(Duration::ZERO) if end != AbortReason::NotStarted => Seat::Held(self.spawn(slot)),
            Verdict::After(delay) => Seat::Waiting { until: self.now.saturating_add(delay) },
            Verdict::Never => Seat::Vacant,
            Verdict::GiveUp => Seat::Failed,
        };
        if matches!(verdict, Verdict::Never | Verdict::GiveUp) {
            self.actions.push(Action::CloseQueues { slot });
        }
        if verdict == Verdict::GiveUp {
            let restarts = self.state.slots[slot].history.restarts();
            self.report(Fact::SlotFailed { slot, restarts });
        }
    }

    /// Tells a worker to go; deadlines that are earlier already stay.
    fn ask_to_leave(&mut self, worker: WorkerId, terminate_in: Duration, kill_in: Duration) {
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        member.departure = Departure::Planned;
        // A worker whose channel has ended is leaving already, so whoever is asked can hear it.
        if !matches!(member.life, Life::Leaving { .. }) {
            self.actions.push(Action::AskToLeave(worker));
        }
        self.leave(worker, terminate_in, kill_in);
    }

    /// Sets the clock on a worker's end.
    fn leave(&mut self, worker: WorkerId, terminate_in: Duration, kill_in: Duration) {
        let Some(member) = self.state.members.get_mut(&worker) else { return };
        let terminate_at = self.now.saturating_add(terminate_in);
        let kill_at = self.now.saturating_add(kill_in);
        let before = member.life;
        member.life = match before {
            Life::Leaving { stage: Leave::Asked, until, kill_at: earlier } => {
                Life::Leaving { stage: Leave::Asked, until: until.min(terminate_at), kill_at: earlier.min(kill_at) }
            }
            Life::Leaving { stage: Leave::Terminated, until, .. } => {
                let until = until.min(kill_at);
                Life::Leaving { stage: Leave::Terminated, until, kill_at: until }
            }
            Life::Leaving { stage: Leave::Killed, .. } => before,
            _ => Life::Leaving { stage: Leave::Asked, until: terminate_at, kill_at },
        };
        if !matches!(before, Life::Leaving { .. }) {
            self.report(Fact::Leaving(worker));
        }
    }

    fn tick(&mut self) {
        self.hasten();
        for slot in 0..self.state.slots.len() {
            if matches!(self.state.slots[slot].seat, Seat::Waiting { until } if until <= self.now) {
                let worker = self.spawn(slot);
                self.state.slots[slot].seat = Seat::Held(worker);
            }
        }
        if let Some(Stage::Replacing { until, .. }) = self.state.reload.as_ref().map(|rolling| rolling.stage)
            && until <= self.now
        {
            self.abort(AbortReason::NotReady);
        }
    }

    /// Takes everybody whose patience has run out one stage further.
    fn hasten(&mut self) {
        for (&worker, member) in &mut self.state.members {
            let Life::Leaving { stage, until, kill_at } = member.life else { continue };
            if until > self.now {
                continue;
            }
            let terminate = stage == Leave::Asked && kill_at > self.now;
            member.life = if terminate {
                self.actions.push(Action::Terminate(worker));
                Life::Leaving { stage: Leave::Terminated, until: kill_at, kill_at }
            } else {
                self.actions.push(Action::Kill(worker));
                Life::Leaving { stage: Leave::Killed, until: self.now.saturating_add(BURIAL), kill_at }
            };
        }
    }

    fn reload(&mut self) {
        let refusal = match self.state.mode {
            Mode::Running if self.state.reload.is_none() => None,
            Mode::Running => Some(ReloadRefused::Busy),
            Mode::Stopping { .. } | Mode::Stopped => Some(ReloadRefused::Stopping),
        };
        if let Some(refusal) = refusal {
            self.actions.push(Action::RefuseReload(refusal));
            return;
        }
        self.state.reload = Some(Rolling::new(self.state.slots.len()));
        self.next_slot();
    }

    fn next_slot(&mut self) {
        let Some(slot) = self.state.reload.as_mut().and_then(|rolling| rolling.remaining.pop_front()) else { return };
        let incoming = self.spawn(slot);
        let until = self.now.saturating_add(self.state.settings.reload.ready_within);
        let held = &mut self.state.slots[slot];
        held.history.clear();
        if !matches!(held.seat, Seat::Held(_)) {
            held.seat = Seat::Vacant;
        }
        if let Some(rolling) = &mut self.state.reload {
            rolling.stage = Stage::Replacing { slot, incoming, until };
        }
    }

    /// Ends the replacing: the incoming worker goes, the old one stays, and a seat that emptied meanwhile is refilled.
    fn abort(&mut self, reason: AbortReason) {
        let Some(rolling) = &mut self.state.reload else { return };
        let Stage::Replacing { slot, incoming, .. } = rolling.stage else { return };
        rolling.stage = Stage::Settling;
        rolling.remaining.clear();
        rolling.report.aborted = Some(Abort { slot, reason });
        if self.state.members.contains_key(&incoming) {
            rolling.leaving.insert(incoming);
            self.ask_to_leave(incoming, Duration::ZERO, GRACE);
        }
        if self.state.slots[slot].seat == Seat::Vacant {
            self.refill(slot, reason);
        }
    }

    fn shutdown(&mut self, within: Duration) {
        let kill_at = self.now.saturating_add(within);
        let mut give_up = kill_at.saturating_add(BURIAL);
        match self.state.mode {
            Mode::Stopped => return,
            Mode::Stopping { give_up: earlier } => give_up = give_up.min(earlier),
            Mode::Running => {}
        }
        self.state.mode = Mode::Stopping { give_up };
        self.abort(AbortReason::ShuttingDown);
        for slot in &mut self.state.slots {
            if !matches!(slot.seat, Seat::Held(_)) {
                slot.seat = Seat::Vacant;
            }
        }
        let members: Vec<WorkerId> = self.state.members.keys().copied().collect();
        for worker in members {
            self.ask_to_leave(worker, within / 4 * 3, within);
        }
    }

    /// What follows from the state whatever the input was.
    fn settle(&mut self) {
        if self.state.reload.as_ref().is_some_and(Rolling::is_settled)
            && let Some(rolling) = self.state.reload.take()
        {
            self.actions.push(Action::Reloaded(rolling.report));
        }
        if let Mode::Stopping { give_up } = self.state.mode
            && (self.state.members.is_empty() || give_up <= self.now)
        {
            self.state.mode = Mode::Stopped;
            if let Some(rolling) = self.state.reload.take() {
                self.actions.push(Action::Reloaded(rolling.report));
            }
            self.actions.push(Action::Stopped { abandoned: self.state.members.len() });
        }
    }
}
