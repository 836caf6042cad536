//! Tables for a terminal.

use crate::number::{digits, kib, ratio, time};
use crate::remark::{noise, remark};
use crate::run::{Answer, Run};
use barometer::summary::{Part, Row, Table, Tail};
use std::fmt::Write;

/// A table for each scenario and placement.
pub(crate) fn tables(run: &Run) -> String {
    run.answers.iter().map(answer).collect()
}

fn answer(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let mut text = format!("\n{}, {}: {}\n", answer.crate_name, scenario.name, scenario.asks);
    for table in answer.tables() {
        let cells = table.rows.iter().map(cells).collect::<Vec<_>>();
        let head = format!("{}, one {}", table.placement, scenario.unit);
        let head = [head.as_str(), "time", "times ours", "CPU time", "switches", "memory", "% of floor", ""];
        text += &lines(&head, &cells);
        writeln!(text, "  ours beside itself: {}", noise(&table)).expect("a string takes any text");
        text += &no_floor(answer, Some(&table));
    }
    if !answer.latencies.is_empty() {
        let cells: Vec<_> = answer.tails().iter().map(latency_cells).collect();
        let head = [scenario.unit.as_str(), "load", "rate/s", "p50", "p99", "p99.9", "p99.99", "max"];
        text += &lines(&head, &cells);
        text += &no_floor(answer, None);
    }
    text
}

fn no_floor(answer: &Answer, table: Option<&Table>) -> String {
    answer.no_floor(table).map(|why| format!("  no floor: {why}\n")).unwrap_or_default()
}

fn cells(row: &Row) -> [String; 8] {
    let ratio = if row.part == Part::Ours { "1".to_owned() } else { ratio(row.ratio) };
    [
        row.contender.clone(),
        time(row.each),
        ratio,
        time(row.cpu),
        digits(row.switches),
        kib(row.peak),
        row.of_floor.map(digits).unwrap_or_default(),
        remark(row),
    ]
}

fn latency_cells(tail: &Tail) -> [String; 8] {
    let [p50, _, p99, p999, p9999, _, max] = tail.latencies.map(|latency| time(latency as f64));
    let load = format!("{} %", tail.load);
    [tail.contender.clone(), load, tail.rate.to_string(), p50, p99, p999, p9999, max]
}

/// Columns; the first and the last stand left, the others right.
fn lines<const N: usize>(head: &[&str; N], rows: &[[String; N]]) -> String {
    let head = head.map(ToOwned::to_owned);
    let mut text = String::new();
    for row in [&head].into_iter().chain(rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = [&head].into_iter().chain(rows).map(|row| row[at].chars().count()).max().unwrap_or(0);
            let padding = " ".repeat(width - cell.chars().count());
            let (before, after) = if at == 0 || at == N - 1 { ("", &*padding) } else { (&*padding, "") };
            write!(line, "  {before}{cell}{after}").expect("a string takes any text");
        }
        writeln!(text, "{}", line.trim_end()).expect("a string takes any text");
    }
    text
}

/// Where a ratio to a peer is another one than it was. Times of two runs are not compared: the machine was another one
/// each time.
pub(crate) fn changes(before: &Run, now: &Run) -> String {
    let (mut text, mut compared) = (String::new(), 0);
    for answer in &now.answers {
        let same = |it: &&Answer| it.crate_name == answer.crate_name && it.scenario.name == answer.scenario.name;
        let Some(earlier) = before.answers.iter().find(same) else { continue };
        let earlier = earlier.tables();
        for table in answer.tables() {
            let Some(earlier) = earlier.iter().find(|it| it.placement == table.placement) else { continue };
            for row in table.rows.iter().filter(|row| row.part != Part::Ours) {
                let same = |it: &&Row| it.contender == row.contender;
                let Some(then) = earlier.rows.iter().find(same) else { continue };
                compared += 1;
                if row.ratio.low > then.ratio.high || row.ratio.high < then.ratio.low {
                    let (name, contender) = (&answer.scenario.name, &row.contender);
                    let (then, now) = (ratio(then.ratio), ratio(row.ratio));
                    writeln!(text, "  {name}, {}, {contender}: times ours {then}, now {now}", table.placement)
                        .expect("a string takes any text");
                }
            }
        }
    }
    let none = if text.is_empty() { "  none: all their intervals overlap\n" } else { "" };
    format!("\nchanges against the kept run, of {compared} rows that are in both:\n{text}{none}")
}

/// What a run came to as a whole.
pub(crate) fn last_line(run: &Run, failed: usize) -> String {
    let [slower, faster, like] = run.count([Part::Slower, Part::Faster, Part::NotResolvable]);
    let mut text = String::from("\n");
    let absent: Vec<_> = run.machines.values().flat_map(|machine| &machine.absent).collect();
    for (name, why) in &absent {
        writeln!(text, "left out: {name}: {why}").expect("a string takes any text");
    }
    let (scenarios, absent) = (run.answers.len(), absent.len());
    write!(
        text,
        "{scenarios} scenarios measured, {failed} failed; of the peers' rows {slower} are slower than ours, {faster} \
         faster, {like} not resolvable; {absent} contenders left out"
    )
    .expect("a string takes any text");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let rows =
            [["ab".to_owned(), "1".to_owned(), String::new()], ["c".to_owned(), "100".to_owned(), "x".to_owned()]];
        assert_eq!(lines(&["who", "n", "why"], &rows), "  who    n  why\n  ab     1\n  c    100  x\n");
    }
}
