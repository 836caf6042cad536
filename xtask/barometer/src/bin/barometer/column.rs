//! What a table says, column by column: the same in a terminal, in the document and on the page.

use crate::number::{digits, kib, ratio, time};
use crate::remark::remark;
use barometer::summary::{Part, Row, Tail};

/// Above the columns of a [`row`], the first one left out.
pub(crate) const ROW: [&str; 7] = ["time", "times ours", "CPU time", "switches", "memory", "floor %", ""];

/// Above the columns of a [`tail`], the first one left out.
pub(crate) const TAIL: [&str; 8] = ["load", "rate/s", "p50", "p90", "p99", "p99.9", "p99.99", "max"];

/// Below a table of [`tail`]s.
pub(crate) const TAIL_NOTE: &str = "Medians of the processes; of the 99th percentile also the least and the most. Loads \
                                    are in percent of what each can do.";

pub(crate) fn row(row: &Row) -> [String; 8] {
    [
        row.contender.clone(),
        time(row.each),
        if row.part == Part::Ours { "1".to_owned() } else { ratio(row.ratio) },
        time(row.cpu),
        digits(row.switches),
        kib(row.peak),
        row.floor_percent.map(digits).unwrap_or_default(),
        remark(row),
    ]
}

pub(crate) fn tail(tail: &Tail) -> [String; 9] {
    let [p50, p90, p99, p999, p9999, _, max] = tail.latencies.map(|latency| time(latency as f64));
    let [least, most] = tail.p99.map(|latency| time(latency as f64));
    let (load, p99) = (format!("{} %", tail.load), format!("{p99} [{least}, {most}]"));
    [turn(tail), load, tail.rate.to_string(), p50, p90, p99, p999, p9999, max]
}

/// Who it was, and whether for the second time.
pub(crate) fn turn(tail: &Tail) -> String {
    format!("{}{}", tail.contender, if tail.again { " again" } else { "" })
}
