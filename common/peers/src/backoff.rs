//! Back-off: how long a spin takes to give up, which is what a wait that has to sleep pays for the hope of another.

use crate::repeated;
use barometer::{Contender, Scenario};
use common::backoff::Backoff;

pub(crate) fn contender(scenario: &Scenario, name: &str) -> Option<Box<dyn Contender>> {
    Some(match (name, scenario.name.as_str()) {
        ("ours", "backoff-in-vain") => repeated(|| {
            // One step that was worth it keeps the thread patient.
            Backoff::new().spin();
            outlast();
        }),
        ("ours", _) => repeated(outlast),
        ("crossbeam-utils: Backoff", _) => repeated(|| {
            let backoff = crossbeam_utils::Backoff::new();
            while !backoff.is_completed() {
                backoff.snooze();
            }
        }),
        _ => return None,
    })
}

fn outlast() {
    let mut backoff = Backoff::new();
    while backoff.spin() {}
}
