//! A thread of a worker: claim, run, record; sleep while there is nothing.

use super::Shared;
use crate::jobs::error::{EngineError, EngineErrorKind};
use crate::jobs::job::{Done, Failure, Job, State};
use crate::jobs::panic::contain;
use crate::jobs::sqlite::{Claimed, EffectsError, Finished, Lease, Verdict};
use common::lifecycle::Phase;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::{Duration, Instant};

/// A sleeper looks at least this often, whatever the keeper says.
const SLEEP: Duration = Duration::from_secs(1);
/// How often the end of a job is tried to be recorded, with pauses that double up to a second: about 16 s in all, or
/// longer while each try waits for other writers. A lease loss has the longest pause before each try.
const TRIES: u32 = 20;
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The thread's life: until the worker accepts nothing more.
pub(super) fn work<T, R, H>(shared: &Shared, handler: &H)
where
    T: DeserializeOwned,
    R: Serialize,
    H: Fn(&Job<T>) -> Result<Done<R>, Failure>,
{
    let mut failures = 0;
    while let Some(in_flight) = shared.enter() {
        match shared.engine.claim(&shared.settings.name, shared.settings.lease_ms()) {
            Ok(Some(claimed)) => {
                failures = 0;
                // There may be more than one job behind the ring that woke this thread.
                shared.bell.ring();
                // What gets this far is a value of the user's that panics when it is dropped.
                if let Err(message) = contain(|| run(shared, handler, &claimed)) {
                    shared.note(&message);
                }
            }
            Ok(None) => {
                drop(in_flight);
                shared.bell.wait_deadline(Instant::now() + SLEEP);
            }
            Err(error) => {
                shared.note(&error);
                drop(in_flight);
                failures += 1;
                // Not at the bell, which the keeper rings for as long as there is a job that cannot be claimed.
                shared.life.token().wait_deadline(Phase::Draining, Instant::now() + pause(failures));
            }
        }
    }
}

fn run<T, R, H>(shared: &Shared, handler: &H, claimed: &Claimed)
where
    T: DeserializeOwned,
    R: Serialize,
    H: Fn(&Job<T>) -> Result<Done<R>, Failure>,
{
    let (_registered, cancel) = shared.begin(claimed.lease);
    // Looked at after it is registered, so that a drain or a stop that comes later counts this job as running.
    if shared.life.phase() > Phase::Running {
        return record(shared, claimed.lease, Verdict::HandBack);
    }
    let verdict = contain(|| {
        let limit = shared.engine.options().max_payload;
        let payload = match read_payload(&claimed.payload, limit) {
            Ok(payload) => payload,
            Err(reason) => return Verdict::Fail { reason },
        };
        let attempt = claimed.attempts_made.saturating_add(1);
        let job = Job { payload, id: claimed.id.clone(), attempt, cancel, stop: shared.life.token() };
        judge(shared, handler(&job), limit)
    });
    record(shared, claimed.lease, verdict.unwrap_or_else(|reason| Verdict::Retry { reason }));
}

fn read_payload<T: DeserializeOwned>(bytes: &[u8], limit: usize) -> Result<T, String> {
    if bytes.len() > limit {
        return Err(format!("the payload has {} bytes, and {limit} are allowed", bytes.len()));
    }
    serde_json::from_slice(bytes).map_err(|error| format!("the payload cannot be read: {error}"))
}

fn judge<R: Serialize>(shared: &Shared, returned: Result<Done<R>, Failure>, limit: usize) -> Verdict {
    match returned {
        Ok(Done { result, effects }) => match serde_json::to_string(&result) {
            Ok(result) if result.len() <= limit => Verdict::Complete { result, effects },
            Ok(result) => {
                let reason = format!("the result has {} bytes, and {limit} are allowed", result.len());
                Verdict::Fail { reason }
            }
            Err(error) => Verdict::Fail { reason: format!("the result cannot be written as JSON: {error}") },
        },
        Err(Failure { reason, fatal: true }) => Verdict::Fail { reason },
        Err(Failure { .. }) if shared.life.phase() == Phase::Stopped => Verdict::HandBack,
        Err(Failure { reason, fatal: false }) => Verdict::Retry { reason },
    }
}

/// Records the verdict, trying again while the database is in trouble; the keeper renews the lease meanwhile.
///
/// Effects can run once only, so a completion that could not commit them becomes a lost lease, or is postponed if there
/// was no room: a full disk must not use up a job's losses. Nor must a file that is busy for a moment, so the loss is
/// recorded after a pause, with the lease kept. A verdict that cannot be recorded at all is dropped: the lease is not
/// renewed any more, and another worker takes the job back.
fn record(shared: &Shared, lease: Lease, mut verdict: Verdict) {
    for tries in 1..=TRIES {
        let had_effects = has_effects(&verdict);
        let wait = match shared.engine.finish(lease, &mut verdict) {
            Ok(Finished::Moved(state)) => return count(shared, &verdict, state),
            Ok(Finished::Refused) => break,
            Ok(Finished::Effects(error)) => {
                verdict = blame(shared, error);
                Duration::ZERO
            }
            Err(error) => {
                let error = EngineError::from(error);
                shared.note(&error);
                let used_up = had_effects && !has_effects(&verdict);
                if error.kind() == EngineErrorKind::Full && (used_up || tries + 1 == TRIES) {
                    verdict = Verdict::Postpone;
                } else if used_up {
                    verdict = lose(shared, format!("the completion could not be committed: {error:#}"));
                }
                pause(tries)
            }
        };
        let wait = if matches!(verdict, Verdict::Lose { .. }) { LONGEST_PAUSE } else { wait };
        shared.life.token().wait_deadline(Phase::Stopped, Instant::now() + wait);
    }
    shared.tally.lock().lost += 1;
}

fn has_effects(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Complete { effects: Some(_), .. })
}

/// Effects that failed are the handler's fault unless the database was in trouble.
fn blame(shared: &Shared, error: EffectsError) -> Verdict {
    match error {
        EffectsError::Panicked(reason) => Verdict::Retry { reason },
        EffectsError::Sql(error) => {
            let error = EngineError::from(error);
            let reason = format!("the transaction failed: {error:#}");
            match error.kind() {
                EngineErrorKind::Full => {
                    shared.note(&reason);
                    Verdict::Postpone
                }
                EngineErrorKind::Busy | EngineErrorKind::Io => lose(shared, reason),
                EngineErrorKind::ReadOnly | EngineErrorKind::Corrupt | EngineErrorKind::Other => {
                    Verdict::Retry { reason }
                }
            }
        }
    }
}

fn lose(shared: &Shared, reason: String) -> Verdict {
    Verdict::Lose { reason, max_losses: shared.settings.max_losses }
}

fn count(shared: &Shared, verdict: &Verdict, state: State) {
    let mut tally = shared.tally.lock();
    match (verdict, state) {
        (_, State::Completed) => tally.completed += 1,
        (_, State::Failed) => tally.failed += 1,
        (Verdict::HandBack | Verdict::Postpone, _) => tally.handed_back += 1,
        (Verdict::Lose { .. }, _) => tally.lost += 1,
        _ => tally.retried += 1,
    }
}

/// 10 ms, doubling up to a second.
fn pause(tries: u32) -> Duration {
    LONGEST_PAUSE.min(Duration::from_millis(10) * (1 << tries.saturating_sub(1).min(10)))
}
