//! The answers as tables: for a terminal, and for a README.

use crate::estimate::Ratio;
use crate::measure::{Answer, Report};
use std::fmt::Write;

/// What can be said of a ratio and its bound.
fn verdict(report: &Report, at: usize) -> &'static str {
    match (report.bound, report.answers[at].ratio) {
        _ if !report.is_resolvable() => "not resolvable",
        (Some(bound), ratio) if at == 1 && ratio.high <= bound => "holds",
        (Some(bound), ratio) if at == 1 && ratio.low > bound => "broken",
        (Some(_), _) if at == 1 => "open",
        _ => "",
    }
}

/// A report as lines of text.
pub fn text(report: &Report) -> String {
    let mut text = match report.bound {
        Some(bound) => format!("{} (bound {bound})\n", report.name),
        None => format!("{}\n", report.name),
    };
    for (at, answer) in report.answers.iter().enumerate() {
        let Answer { name, nanoseconds, ratio, allocations } = answer;
        let what = if at == 0 { "again/first" } else { "ours/it" };
        let line = format!(
            "  {name:<22} {:>10} {what:>12} {:<22} {allocations:>5.2} allocations  {}",
            time(*nanoseconds),
            interval(*ratio),
            verdict(report, at)
        );
        writeln!(text, "{}", line.trim_end()).expect("a string takes any text");
    }
    text
}

/// Reports as one Markdown table, one line a contender.
pub fn markdown(reports: &[Report]) -> String {
    let mut text =
        "| question | contender | median | ours/it, 95 % | allocations | bound |\n|---|---|---|---|---|---|\n"
            .to_owned();
    for report in reports {
        for (at, answer) in report.answers.iter().enumerate() {
            let question = if at == 0 { report.name } else { "" };
            let again = if at == 0 { "again: " } else { "" };
            let bound = report.bound.filter(|_| at == 1).map_or(String::new(), |bound| format!("{bound}: "));
            let Answer { name, nanoseconds, ratio, allocations } = answer;
            writeln!(
                text,
                "| {question} | {name} | {} | {again}{} | {allocations:.2} | {bound}{} |",
                time(*nanoseconds),
                interval(*ratio),
                verdict(report, at)
            )
            .expect("a string takes any text");
        }
    }
    text
}

fn time(nanoseconds: f64) -> String {
    match nanoseconds {
        ..1_000.0 => format!("{nanoseconds:.1} ns"),
        _ => format!("{:.2} us", nanoseconds / 1e3),
    }
}

fn interval(ratio: Ratio) -> String {
    format!("{:.2} [{:.2}, {:.2}]", ratio.value, ratio.low, ratio.high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(again: (f64, f64), peer: (f64, f64)) -> Report {
        let answer = |name, (low, high)| {
            let ratio = Ratio { value: (low + high) / 2.0, low, high };
            Answer { name, nanoseconds: 12.34, ratio, allocations: 1.0 }
        };
        Report { name: "test", bound: Some(1.0), answers: vec![answer("ours", again), answer("theirs", peer)] }
    }

    #[test]
    fn a_bound_holds_if_the_whole_interval_is_below() {
        assert_eq!(verdict(&report((0.9, 1.1), (0.7, 0.8)), 1), "holds");
        assert_eq!(verdict(&report((0.9, 1.1), (0.9, 1.1)), 1), "open");
        assert_eq!(verdict(&report((0.9, 1.1), (1.2, 1.3)), 1), "broken");
    }

    #[test]
    fn nothing_is_said_when_ours_differs_from_itself() {
        assert_eq!(verdict(&report((1.1, 1.2), (0.7, 0.8)), 1), "not resolvable");
        assert!(markdown(&[report((1.1, 1.2), (0.7, 0.8))]).ends_with("1: not resolvable |\n"));
    }
}
