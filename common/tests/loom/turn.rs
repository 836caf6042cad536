//! Turn: who rings the front is told whether somebody stood there.

use crate::Bell;
use common::model::model;
use common::wait::{Turn, WaitSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};

#[test]
fn a_ring_that_meets_the_last_one_who_leaves_says_whether_he_was_there() {
    model("turn/ring_races_leave").preemptions(3).outcomes(&["nobody", "rang"]).check(|seen| {
        let (set, bell) = (WaitSet::new(), Arc::<Bell>::default());
        let waker = Waker::from(bell.clone());
        let come_and_go = || {
            let mut turn = pin!(Turn::new(&set));
            let mut attempts = 0;
            let attempt = |_| {
                attempts += 1;
                None::<()>
            };
            assert!(turn.as_mut().poll(&Context::from_waker(&waker), attempt).is_pending());
            attempts
        };
        let (was_there, attempts) = seen.race((|| set.ring_front(), come_and_go));
        let was_rung = bell.rung() > 0 || attempts > 1;
        assert_eq!(was_rung, was_there, "one who is said to have been there was rung, or tried again, and nobody else");
        seen.outcome(if was_there { "rang" } else { "nobody" });
    });
}
