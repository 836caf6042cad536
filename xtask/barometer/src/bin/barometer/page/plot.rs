//! Plots, as SVG that takes its colours from the page.

use super::escaped;
use crate::column::turn;
use crate::number::time;
use barometer::record::LatencyRecord;
use barometer::summary::{Part, Row, Table, Tail};

/// A logarithmic axis from 0 to 100.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Wide enough for these values, and for a factor of two around 1.
    pub(super) fn around_one(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values.fold((0.5_f64, 2.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        Self { low: low * 0.9, high: high * 1.1 }
    }

    pub(super) fn place(self, value: f64) -> f64 {
        let span = (self.high / self.low).ln();
        (100.0 * (value.clamp(self.low, self.high) / self.low).ln() / span).clamp(0.0, 100.0)
    }

    /// Few round values on it.
    pub(super) fn ticks(self) -> Vec<f64> {
        let powers = (-6..9).map(|power| 10_f64.powi(power)).filter(|value| (self.low..=self.high).contains(value));
        let powers: Vec<f64> = powers.collect();
        if powers.len() > 1 {
            powers
        } else {
            [0.5, 1.0, 2.0, 5.0].into_iter().filter(|value| *value <= self.high).collect()
        }
    }
}

pub(super) fn axis(table: &Table) -> Axis {
    let peers = table.rows.iter().filter(|row| row.part != Part::Ours);
    Axis::around_one(peers.flat_map(|row| [row.ratio.low, row.ratio.high]))
}

/// The bar of one contender: from ours, which is 1, to what it costs, with the interval; the band is what ours differs by
/// from itself.
pub(super) fn bar(row: &Row, table: &Table, axis: Axis) -> String {
    let [one, value, low, high] = [1.0, row.ratio.value, row.ratio.low, row.ratio.high].map(|value| axis.place(value));
    let band = [1.0 - table.noise.reach(), 1.0 + table.noise.reach()].map(|value| axis.place(value));
    let class = match row.part {
        Part::Ours | Part::Sibling => "ours",
        Part::Slower => "slower",
        Part::Faster => "faster",
        Part::NotResolvable => "same",
        Part::Floor => "floor",
    };
    let mut svg = String::from("<svg viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let mut rect = |class: &str, from: f64, to: f64, y: f64, height: f64| {
        let (from, width) = (from.min(to), (from - to).abs().max(0.4));
        svg += &format!("<rect class=\"{class}\" x=\"{from:.2}\" y=\"{y}\" width=\"{width:.2}\" height=\"{height}\"/>");
    };
    rect("band", band[0], band[1], 0.0, 10.0);
    rect(class, one, value, 2.0, 6.0);
    if row.part != Part::Ours {
        rect("interval", low, high, 4.5, 1.0);
    }
    svg + &format!("<line class=\"one\" x1=\"{one:.2}\" x2=\"{one:.2}\" y1=\"0\" y2=\"10\"/></svg>")
}

/// The labels of the axis, to stand above the bars.
pub(super) fn labels(axis: Axis) -> String {
    let label = |value: f64| {
        let text = if value >= 1.0 { format!("{value:.0}") } else { format!("{value}") };
        format!("<span style=\"left:{:.1}%\">{text}×</span>", axis.place(value))
    };
    axis.ticks().into_iter().map(label).collect()
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 46.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;
/// Those of the page's style, from `c0`.
const COLOURS: usize = 8;

/// Latencies by quantile at one load, a line a contender; both axes are logarithmic.
pub(super) fn latencies(tails: &[&Tail], names: &[String]) -> String {
    let all = || tails.iter().flat_map(|tail| tail.latencies).map(|latency| latency as f64);
    let axis = Axis { low: all().fold(f64::MAX, f64::min) * 0.8, high: all().fold(0.0, f64::max) * 1.25 };
    let y = |latency: f64| HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * axis.place(latency) / 100.0;
    let last = LatencyRecord::QUANTILES.len() - 1;
    let x = |at: usize| LEFT + (WIDTH - LEFT - 8.0) * at as f64 / last as f64;
    let mut svg = format!("<svg class=\"curve\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">");
    for value in axis.ticks() {
        let (y, label) = (y(value), time(value).replace(".00", "").replace(".0", ""));
        svg += &format!("<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>");
        svg += &text(LEFT - 5.0, y + 3.5, "end", &label);
    }
    for (at, label) in LatencyRecord::HEAD.split(',').skip(LatencyRecord::BEFORE).enumerate().step_by(2) {
        svg += &text(x(at), HEIGHT - 7.0, if at == last { "end" } else { "middle" }, label);
    }
    for tail in tails {
        let points = tail.latencies.iter().enumerate();
        let points: Vec<String> =
            points.map(|(at, latency)| format!("{:.1},{:.1}", x(at), y(*latency as f64))).collect();
        let (class, name) = (colour(&tail.contender, names), escaped(&turn(tail)));
        let points = points.join(" ");
        svg += &format!("<polyline class=\"{class}\" points=\"{points}\"><title>{name}</title></polyline>");
    }
    svg + "</svg>"
}

fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>")
}

/// The class of the page's style that has the colour of this one of `names`.
pub(super) fn colour(name: &str, names: &[String]) -> String {
    let at = names.iter().position(|it| it == name).unwrap_or(0);
    format!("c{}", at % COLOURS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_one_in_it_and_every_value() {
        let axis = Axis::around_one([0.1, 40.0].into_iter());
        assert!(axis.place(0.1) > 0.0 && axis.place(0.1) < axis.place(1.0));
        assert!(axis.place(1.0) < axis.place(40.0) && axis.place(40.0) < 100.0);
        assert_eq!(axis.ticks(), [0.1, 1.0, 10.0]);
        assert_eq!(Axis::around_one([1.1].into_iter()).ticks(), [0.5, 1.0, 2.0]);
    }
}
