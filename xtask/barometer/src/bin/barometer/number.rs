//! Numbers as people read them: three digits and a unit.

use barometer::estimate::Ratio;

/// Nanoseconds.
pub(crate) fn time(nanoseconds: f64) -> String {
    let units = [(1e9, "s"), (1e6, "ms"), (1e3, "us")];
    let (unit, name) = units.into_iter().find(|(unit, _)| nanoseconds >= *unit).unwrap_or((1.0, "ns"));
    format!("{} {name}", digits(nanoseconds / unit))
}

pub(crate) fn kib(kib: u64) -> String {
    match kib {
        0..10_240 => format!("{kib} KiB"),
        _ => format!("{} MiB", kib / 1024),
    }
}

/// Three of them, and at most two behind the point.
pub(crate) fn digits(value: f64) -> String {
    match value {
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

pub(crate) fn ratio(ratio: Ratio) -> String {
    let [value, low, high] = [ratio.value, ratio.low, ratio.high].map(times);
    format!("{value} [{low}, {high}]")
}

/// As often as that: two digits of a small fraction, since a hundredth is not a thousandth.
pub(crate) fn times(value: f64) -> String {
    match value {
        0.1.. => digits(value),
        0.01.. => format!("{value:.3}"),
        _ => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_three_digits_and_a_unit() {
        assert_eq!(
            [0.4, 12.34, 999.4, 1_234.0, 35e6, 2.5e9].map(time),
            ["0.40 ns", "12.3 ns", "999 ns", "1.23 us", "35.0 ms", "2.50 s"]
        );
        assert_eq!([12, 20_480].map(kib), ["12 KiB", "20 MiB"]);
        assert_eq!([0.123, 0.0123, 0.00275].map(times), ["0.12", "0.012", "0.0027"]);
        assert_eq!(ratio(Ratio { value: 2.0, low: 1.985, high: 12.04 }), "2.00 [1.99, 12.0]");
    }
}
