//! Waiting elsewhere than in the channel's set: as an offer, or in a lane's line.

use crate::channel::Shared;
use crate::core::Core;
use crate::core::lanes::{Lane, Place};
use crate::core::rendezvous::Offer;
use crate::many::Standing;
use crate::patience::Patience;
use std::task::{Context, Poll};

/// Where a future waits that does not sit in the channel's set.
pub(crate) enum Apart<'a, T> {
    /// With its value, for a receiver.
    Offer(Offer<'a, T>),
    /// For its turn.
    Place(Place<'a>),
}

/// One poll of a wait for room in a lane, in line from the first attempt in vain.
pub(super) fn poll_in_line<'a, T, R>(
    apart: &mut Option<Apart<'a, T>>,
    channel: &'a Shared<Lane<T>>,
    cx: &Context<'_>,
    mut attempt: impl FnMut(Standing) -> Option<R>,
) -> Poll<R> {
    let lane = channel.core();
    if apart.is_none()
        && let Some(given) = attempt(Standing::New)
    {
        return Poll::Ready(given);
    }
    let place = apart.get_or_insert_with(|| {
        lane.send_waits().begin(Patience::Endless);
        Apart::Place(Place::new(lane))
    });
    let Apart::Place(place) = place else { unreachable!("a lane takes no offers") };
    let polled = place.poll(lane, cx, || attempt(Standing::Waiting));
    if polled.is_ready() {
        *apart = None;
    }
    polled
}
