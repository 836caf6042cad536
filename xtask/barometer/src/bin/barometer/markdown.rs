//! BENCHMARKS.md: every scenario of a kept run, those that ours loses included.

use crate::answer::Answer;
use crate::column::{self, TAIL_NOTE};
use crate::machine::Machine;
use crate::remark::noise;
use crate::run::Run;
use barometer::summary::{Part, Row, Table};

const HEAD: &str = "\
# Benchmarks

Made by `cargo xtask report` of the records in `xtask/barometer/results/published`; nothing here is typed by hand.

Contenders took turns in random order, ours twice each round, in several processes, and each sample's outcome was checked. We wrote our
side and the peers' alike; where ours loses, the row says so, and below the table why.

- *apart*, *together*, *free*: each thread on a core of its own, as long as there are any; all on one; wherever the kernel puts them.
- *time*, *CPU time*, *switches*: medians of one operation, context switches the last. *memory*: the most that came into use in a sample.
- *times ours*: what a contender costs as a multiple of ours, so above 1 ours is faster; with its 95 % interval over rounds and processes.
  What differs from process to process five of them show only in part: simulated, such an interval holds the ratio 91 times in a hundred.
- *not resolvable*: the interval reaches into what the two turns of ours differ by, which stands below the table.
- *ours, too*: another part of ours, and no peer.
- *bound*: the least multiple that we allow ourselves. *kept* and *MISSED* are said of the whole interval, made wider by what the two turns
  of ours differ by; what is neither is *open*.
- *floor %*: the time of the floor, which no contender of that kind can do without, in percent of this one's: so much nobody could save.
  More than 100 means that somebody gets by without what the floor does, with several messages in one cache line for example.
- *load*: requests come at a fixed rate, whether or not earlier ones have been answered; a latency counts from the intended time.
";

pub(crate) fn document(run: &Run) -> String {
    let mut text = HEAD.to_owned();
    let mut crate_name = "";
    for answer in &run.answers {
        if answer.crate_name != crate_name {
            crate_name = &answer.crate_name;
            text += &format!("\n## {crate_name}\n\n");
            text += &run.machines.get(crate_name).map(machine).unwrap_or_default();
        }
        text += &section(answer);
    }
    text
}

fn machine(machine: &Machine) -> String {
    let mut text = format!(
        "| | |\n|---|---|\n| machine | {}, {} cores, Linux {} |\n| compiler | {} |\n| measured | {}, at {}, by `{}` |\n| versions | {} |\n",
        machine.processor,
        machine.cores,
        machine.kernel,
        machine.compiler,
        machine.date,
        machine.commit,
        machine.command,
        machine.contenders()
    );
    for (name, why) in &machine.absent {
        text += &format!("| left out | {name}: {why} |\n");
    }
    text
}

fn section(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let mut text = format!("\n### {}\n\n{}\n", scenario.name, scenario.asks);
    for table in answer.tables() {
        text += &head(&format!("{}, one {}", table.placement, scenario.unit), &column::ROW);
        table.rows.iter().for_each(|it| text += &row(it));
        text += &format!("\nOurs beside itself: {}.\n", noise(&table));
        text += &no_floor(answer, Some(&table));
    }
    if !answer.latencies.is_empty() {
        text += &head(&scenario.unit, &column::TAIL);
        answer.tails().iter().for_each(|tail| text += &line(&column::tail(tail)));
        text += &format!("\n{TAIL_NOTE}\n");
        text += &no_floor(answer, None);
    }
    text + &reasons(answer)
}

fn no_floor(answer: &Answer, table: Option<&Table>) -> String {
    answer.no_floor(table).map(|why| format!("\nNo floor: {why}.\n")).unwrap_or_default()
}

fn head(first: &str, others: &[&str]) -> String {
    format!("\n{}|{}\n", line(&[&[first], others].concat()), "---|".repeat(1 + others.len()))
}

fn row(row: &Row) -> String {
    let mut cells = column::row(row);
    if row.part == Part::Ours {
        cells[0] = format!("**{}**", cells[0]);
    }
    line(&cells)
}

fn line<S: AsRef<str>>(cells: &[S]) -> String {
    let cells: Vec<&str> = cells.iter().map(AsRef::as_ref).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn reasons(answer: &Answer) -> String {
    let reasons: String = answer.losses().iter().map(|loss| format!("- {loss}\n")).collect();
    if reasons.is_empty() { reasons } else { format!("\n{reasons}") }
}
