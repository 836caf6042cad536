//! Tables for a terminal.

use crate::answer::Answer;
use crate::column;
use crate::number::ratio;
use crate::remark::noise;
use crate::run::Run;
use barometer::summary::{Part, Row, Table};

/// A table for each scenario and placement.
pub(crate) fn tables(run: &Run) -> String {
    run.answers.iter().map(answer).collect()
}

fn answer(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let mut text = format!("\n{}, {}: {}\n", answer.crate_name, scenario.name, scenario.asks);
    for table in answer.tables() {
        let first = format!("{}, one {}", table.placement, scenario.unit);
        let rows: Vec<_> = table.rows.iter().map(column::row).collect();
        text += &lines(&[&[first.as_str()], &column::ROW[..]].concat(), &rows);
        text += &format!("  ours beside itself: {}\n", noise(&table));
        text += &no_floor(answer, Some(&table));
    }
    if !answer.latencies.is_empty() {
        let rows: Vec<_> = answer.tails().iter().map(column::tail).collect();
        text += &lines(&[&[scenario.unit.as_str()], &column::TAIL[..]].concat(), &rows);
        text += &no_floor(answer, None);
    }
    text
}

fn no_floor(answer: &Answer, table: Option<&Table>) -> String {
    answer.no_floor(table).map(|why| format!("  no floor: {why}\n")).unwrap_or_default()
}

/// Columns; the first and the last stand left, the others right.
fn lines<const N: usize>(head: &[&str], rows: &[[String; N]]) -> String {
    let rows = rows.iter().map(|row| row.iter().map(String::as_str).collect());
    let rows: Vec<Vec<&str>> = std::iter::once(head.to_vec()).chain(rows).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
            let padding = " ".repeat(width - cell.chars().count());
            let (before, after) = if at == 0 || at == N - 1 { ("", &*padding) } else { (&*padding, "") };
            line += &format!("  {before}{cell}{after}");
        }
        text += &format!("{}\n", line.trim_end());
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
                    text += &format!("  {name}, {}, {contender}: times ours {then}, now {now}\n", table.placement);
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
        text += &format!("left out: {name}: {why}\n");
    }
    let (scenarios, absent) = (run.answers.len(), absent.len());
    text + &format!(
        "{scenarios} scenarios measured, {failed} failed; of the peers' rows {slower} are slower than ours, {faster} \
         faster, {like} not resolvable; {absent} contenders left out"
    )
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
