//! A message of one number: taken over as text, then decoded.

use anyhow::{Context, Result};
use barometer::contender::Loop;
use barometer::{Contender, Outcome};
use cluster::Message;
use serde::Deserialize;
use std::fmt::Write;

#[derive(Deserialize)]
struct Number {
    number: u64,
}

pub(crate) fn contender(name: &str) -> Result<Box<dyn Contender>> {
    match name {
        "ours" => Ok(through(|text| Some(Message::parse(text.to_owned()).ok()?.decode::<Number>().ok()?.number))),
        "serde_json: Value" => Ok(through(|text| {
            let value: serde_json::Value = serde_json::from_str(text).ok()?;
            Some(serde_json::from_value::<Number>(value).ok()?.number)
        })),
        "serde_json" => Ok(through(|text| Some(serde_json::from_str::<Number>(text).ok()?.number))),
        _ => None.with_context(|| format!("no contender `{name}`")),
    }
}

/// What does it cost to read so many texts; writing them costs all of them the same.
fn through(read: impl Fn(&str) -> Option<u64> + 'static) -> Box<dyn Contender> {
    let mut text = String::new();
    Box::new(Loop(move |operations| {
        let mut read_one = |number: u64| {
            text.clear();
            write!(text, "{{\"number\":{number}}}").expect("a string takes any text");
            read(&text).expect("it is the JSON that was written")
        };
        (0..operations).map(&mut read_one).collect::<Outcome>().checksum
    }))
}
