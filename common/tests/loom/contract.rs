//! Contracts, asked of what stands in for the real thing in a model: by each checker, in every schedule.

#[path = "../contract/channel.rs"]
mod channel;
#[path = "../contract/rendezvous.rs"]
mod rendezvous;

use common::model::{Seen, model};
use common::sync::atomic::{AtomicUsize, Ordering};

/// A part of the contract for one thread; a second one is there so that there are schedules at all.
fn alone(name: &'static str, body: impl Fn() + Send + Sync + 'static) {
    model(name).outcomes(&["kept"]).one_shape("the bystander does nothing").check(move |seen| {
        let bystander = AtomicUsize::new(0);
        // ORDERING: Relaxed, both: nothing depends on them.
        let pass = || bystander.fetch_add(1, Ordering::Relaxed);
        seen.race((
            || {
                pass();
                body();
            },
            pass,
        ));
        seen.outcome("kept");
    });
}

/// A part of the contract for several threads, with what they must be able to reach.
fn contract(name: &'static str, outcomes: &'static [&'static str], body: impl Fn(&Seen) + Send + Sync + 'static) {
    model(name).outcomes(outcomes).check(body);
}
