//! Estimates: medians, and how sure their ratio is.

/// How often the rounds are drawn anew.
const DRAWS: usize = 2_000;

/// A ratio of two medians, and the interval that holds it 95 times in a hundred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of all rounds.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Ratio {
    /// The median of `upper` over that of `lower`; samples with the same number are of the same round.
    ///
    /// The interval is that of the bootstrap: rounds are drawn anew, whole, since what disturbs one contender in a round
    /// is likely to have disturbed the others.
    ///
    /// # Panics
    ///
    /// Panics if there are no samples, or not as many of the one as of the other.
    pub fn estimate(upper: &[f64], lower: &[f64]) -> Self {
        assert_eq!(upper.len(), lower.len(), "each round has a sample of both");
        let mut random = fastrand::Rng::with_seed(0x5eed);
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let rounds: Vec<usize> = upper.iter().map(|_| random.usize(..upper.len())).collect();
                ratio(rounds.iter().map(|round| upper[*round]), rounds.iter().map(|round| lower[*round]))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let value = ratio(upper.iter().copied(), lower.iter().copied());
        Self { value, low: drawn[DRAWS / 40], high: drawn[DRAWS - 1 - DRAWS / 40] }
    }

    /// Whether `value` is in the interval.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

fn ratio(upper: impl Iterator<Item = f64>, lower: impl Iterator<Item = f64>) -> f64 {
    median(&mut upper.collect::<Vec<_>>()) / median(&mut lower.collect::<Vec<_>>())
}

/// The median, for which the samples are put in another order.
///
/// # Panics
///
/// Panics if there are no samples.
pub fn median(samples: &mut [f64]) -> f64 {
    let middle = samples.len() / 2;
    *samples.select_nth_unstable_by(middle, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outlier_moves_no_median() {
        assert_eq!(median(&mut [3.0, 1.0, 1e9, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn equal_samples_have_a_ratio_of_one() {
        let samples: Vec<f64> = (0..40).map(|at| 10.0 + f64::from(at % 7)).collect();
        let ratio = Ratio::estimate(&samples, &samples);
        assert_eq!((ratio.value, ratio.holds(1.0)), (1.0, true));
    }

    #[test]
    fn samples_that_never_overlap_are_told_apart() {
        let samples: Vec<f64> = (0..40).map(|at| 10.0 + f64::from(at % 7)).collect();
        let doubled: Vec<f64> = samples.iter().map(|sample| sample * 2.0).collect();
        let ratio = Ratio::estimate(&doubled, &samples);
        assert!(ratio.low > 1.0 && ratio.holds(2.0), "{ratio:?}");
    }
}
