//! Which channel a name means, with one end on each side or with many.

use crate::channel::Shape;
use crate::flow::Flow;
use anyhow::{Result, bail};
use barometer::Contender;

/// A channel with one sender, one receiver and a bound.
///
/// # Errors
///
/// When no such channel has that name.
pub fn pair(name: &str, capacity: usize, shape: impl Shape) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => shape.over(move || producer_consumer::spsc::bounded(capacity)),
        "ours: mpmc" => shape.over(move || producer_consumer::bounded(capacity)),
        "crossbeam-channel" => shape.over(move || crossbeam_channel::bounded(capacity)),
        "crossfire" => shape.over(move || crossfire::spsc::bounded_blocking(capacity)),
        "flume" => shape.over(move || flume::bounded(capacity)),
        "kanal" => shape.over(move || kanal::bounded(capacity)),
        "async-channel" => shape.over(move || async_channel::bounded(capacity)),
        "thingbuf" => shape.over(move || thingbuf::mpsc::blocking::channel(capacity)),
        "std" => shape.over(move || std::sync::mpsc::sync_channel(capacity)),
        "tokio" => shape.over(move || tokio::sync::mpsc::channel(capacity)),
        "rtrb" => shape.over(move || rtrb::RingBuffer::new(capacity)),
        _ => bail!("no bounded channel is called {name}"),
    })
}

/// A channel with one sender, one receiver and no bound.
///
/// # Errors
///
/// When no such channel has that name.
pub fn unbounded(name: &str, shape: impl Shape) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => shape.over(producer_consumer::unbounded),
        "crossbeam-channel" => shape.over(crossbeam_channel::unbounded),
        "crossfire" => shape.over(crossfire::spsc::unbounded_blocking),
        "flume" => shape.over(flume::unbounded),
        "kanal" => shape.over(kanal::unbounded),
        "async-channel" => shape.over(async_channel::unbounded),
        "std" => shape.over(std::sync::mpsc::channel),
        "tokio" => shape.over(tokio::sync::mpsc::unbounded_channel),
        _ => bail!("no unbounded channel is called {name}"),
    })
}

/// A channel with one sender, one receiver and no room.
///
/// # Errors
///
/// When no such channel has that name.
pub fn rendezvous(name: &str, shape: impl Shape) -> Result<Box<dyn Contender>> {
    Ok(match name {
        "ours" => shape.over(producer_consumer::rendezvous),
        "crossbeam-channel" => shape.over(|| crossbeam_channel::bounded(0)),
        "flume" => shape.over(|| flume::bounded(0)),
        "kanal" => shape.over(|| kanal::bounded(0)),
        "std" => shape.over(|| std::sync::mpsc::sync_channel(0)),
        _ => bail!("no channel without room is called {name}"),
    })
}

/// A channel with a bound, and as many ends as the flow has threads.
///
/// # Errors
///
/// When no such channel has that name.
pub fn crowd(name: &str, capacity: usize, flow: Flow) -> Result<Box<dyn Contender>> {
    Ok(match (name, flow.consumers) {
        ("ours", _) => flow.over_many(move || flow.copy(producer_consumer::bounded(capacity))),
        ("crossbeam-channel", _) => flow.over_many(move || flow.copy(crossbeam_channel::bounded(capacity))),
        ("crossfire", 1) => flow.over_many(move || flow.copy_senders(crossfire::mpsc::bounded_blocking(capacity))),
        ("crossfire", _) => flow.over_many(move || flow.copy(crossfire::mpmc::bounded_blocking(capacity))),
        ("flume", _) => flow.over_many(move || flow.copy(flume::bounded(capacity))),
        ("kanal", _) => flow.over_many(move || flow.copy(kanal::bounded(capacity))),
        ("async-channel", _) => flow.over_many(move || flow.copy(async_channel::bounded(capacity))),
        ("thingbuf", 1) => flow.over_many(move || flow.copy_senders(thingbuf::mpsc::blocking::channel(capacity))),
        ("std", 1) => flow.over_many(move || flow.copy_senders(std::sync::mpsc::sync_channel(capacity))),
        ("tokio", 1) => flow.over_many(move || flow.copy_senders(tokio::sync::mpsc::channel(capacity))),
        (_, consumers) => bail!("no channel with {consumers} consumers is called {name}"),
    })
}
