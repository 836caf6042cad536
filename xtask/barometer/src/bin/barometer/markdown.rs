//! BENCHMARKS.md: every scenario of a kept run, those that ours loses included.

use crate::machine::Machine;
use crate::number::{digits, kib, ratio, time};
use crate::remark::{noise, remark};
use crate::run::{Answer, Run};
use barometer::summary::{Part, Row, Table};
use std::fmt::Write;

const HEAD: &str = "# Benchmarks\n\n\
    Made by `cargo xtask report` of the records in `xtask/barometer/results/published`; nothing here is typed by hand.\n\n\
    Contenders took turns in random order in several processes, ours twice each round. *Times ours* is what a contender costs as a\n\
    multiple of ours, with its 95 % interval over rounds and processes: above 1 ours is faster. A difference that is no larger than that\n\
    of ours to itself is *not resolvable*. *% of floor* is how much of the time nobody could save; more than 100 means that somebody\n\
    gets by without what the floor does, with several messages in one line for example. Each sample's outcome was checked. We wrote our\n\
    side and the peers' alike; where ours loses, the row says so, and below the table why.\n";

pub(crate) fn document(run: &Run) -> String {
    let mut text = HEAD.to_owned();
    let mut crate_name = "";
    for answer in &run.answers {
        if answer.crate_name != crate_name {
            crate_name = &answer.crate_name;
            write!(text, "\n## {crate_name}\n\n").expect("a string takes any text");
            text += &run.machines.get(crate_name).map(machine).unwrap_or_default();
        }
        text += &section(answer);
    }
    text
}

fn machine(machine: &Machine) -> String {
    let versions: Vec<String> = machine.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let mut text = format!(
        "| | |\n|---|---|\n| machine | {}, {} cores, Linux {} |\n| compiler | {} |\n| measured | {}, at {}, by `{}` |\n| versions | {} |\n",
        machine.processor,
        machine.cores,
        machine.kernel,
        machine.compiler,
        machine.date,
        machine.commit,
        machine.command,
        versions.join(", ")
    );
    for (name, why) in &machine.absent {
        writeln!(text, "| left out | {name}: {why} |").expect("a string takes any text");
    }
    text
}

fn section(answer: &Answer) -> String {
    let scenario = &answer.scenario;
    let mut text = format!("\n### {}\n\n{}\n", scenario.name, scenario.asks);
    for table in answer.tables() {
        let (placement, unit) = (table.placement, &scenario.unit);
        write!(text, "\n| {placement}, one {unit} | time | times ours | CPU time | switches | memory | % of floor | |\n|---|---|---|---|---|---|---|---|\n")
            .expect("a string takes any text");
        table.rows.iter().for_each(|row| text += &line(row));
        write!(text, "\nOurs beside itself: {}.\n", noise(&table)).expect("a string takes any text");
        text += &no_floor(answer, Some(&table));
    }
    if !answer.latencies.is_empty() {
        write!(text, "\n| {} | load | rate/s | p50 | p90 | p99 | p99.9 | p99.99 | max |\n|---|---|---|---|---|---|---|---|---|\n", scenario.unit)
            .expect("a string takes any text");
        for tail in answer.tails() {
            let [p50, p90, p99, p999, p9999, _, max] = tail.latencies.map(|latency| time(latency as f64));
            let [least, most] = tail.p99.map(|latency| time(latency as f64));
            let (name, load, rate) = (&tail.contender, tail.load, tail.rate);
            let p99 = format!("{p99} [{least}, {most}]");
            writeln!(text, "| {name} | {load} % | {rate} | {p50} | {p90} | {p99} | {p999} | {p9999} | {max} |")
                .expect("a string takes any text");
        }
        text += "\nMedians of the processes; of the 99th percentile also the least and the most. Loads are in percent of what each can do.\n";
        text += &no_floor(answer, None);
    }
    text + &reasons(answer)
}

fn no_floor(answer: &Answer, table: Option<&Table>) -> String {
    answer.no_floor(table).map(|why| format!("\nNo floor: {why}.\n")).unwrap_or_default()
}

fn line(row: &Row) -> String {
    let name = if row.part == Part::Ours { format!("**{}**", row.contender) } else { row.contender.clone() };
    let times = if row.part == Part::Ours { "1".to_owned() } else { ratio(row.ratio) };
    let (each, cpu, switches, peak) = (time(row.each), time(row.cpu), digits(row.switches), kib(row.peak));
    let floor = row.of_floor.map(digits).unwrap_or_default();
    format!("| {name} | {each} | {times} | {cpu} | {switches} | {peak} | {floor} | {} |\n", remark(row))
}

fn reasons(answer: &Answer) -> String {
    let reasons: String = answer.losses().iter().map(|loss| format!("- {loss}\n")).collect();
    if reasons.is_empty() { reasons } else { format!("\n{reasons}") }
}
