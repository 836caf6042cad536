//! Estimates: medians, and how sure their ratio is.

/// How often the samples are drawn anew.
const DRAWS: usize = 2_000;
/// So many draws are beyond each end of the interval.
const BEYOND: usize = DRAWS / 40;

/// What one turn measured, by launch and in it by round.
pub type Samples = Vec<Vec<f64>>;

/// A ratio of two medians, and the interval that holds it 95 times in a hundred.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// Of all samples.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

impl Ratio {
    /// The median of `upper` over that of `lower`; samples with the same numbers are of the same launch and round.
    ///
    /// The interval is that of the bootstrap. Launches are drawn anew first, then the rounds of each: where the memory of
    /// a process happens to lie disturbs all of its rounds, and what disturbs one contender in a round is likely to have
    /// disturbed the others.
    ///
    /// Where launches differ, few of them say less than 95 promises: simulated with rounds that deviate by 3 % and launches
    /// that deviate by 2 %, five launches hold the ratio 91 times in a hundred, three 84 times and one 57 times.
    ///
    /// # Panics
    ///
    /// Panics if there are no samples, or not as many of the one as of the other.
    pub fn estimate(upper: &Samples, lower: &Samples) -> Self {
        let rounds = |samples: &Samples| samples.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(rounds(upper), rounds(lower), "each round has a sample of both");
        let mut random = fastrand::Rng::with_seed(0x5eed);
        let mut drawn: Vec<f64> = (0..DRAWS)
            .map(|_| {
                let (mut above, mut below) = (Vec::new(), Vec::new());
                for _ in upper {
                    let launch = random.usize(..upper.len());
                    for _ in &upper[launch] {
                        let round = random.usize(..upper[launch].len());
                        above.push(upper[launch][round]);
                        below.push(lower[launch][round]);
                    }
                }
                median(&mut above) / median(&mut below)
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let value = median(&mut upper.concat()) / median(&mut lower.concat());
        Self { value, low: drawn[BEYOND], high: drawn[DRAWS - 1 - BEYOND] }
    }

    /// Whether `value` is in the interval.
    pub fn holds(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// How far from 1 the interval reaches.
    pub fn reach(&self) -> f64 {
        (self.high - 1.0).max(1.0 - self.low).max(0.0)
    }
}

/// The median, of an even number of samples the upper of the two in the middle; puts them in another order.
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

    fn samples(factor: f64) -> Samples {
        (0..3).map(|_| (0..40).map(|at| (10.0 + f64::from(at % 7)) * factor).collect()).collect()
    }

    #[test]
    fn an_outlier_moves_no_median() {
        assert_eq!(median(&mut [3.0, 1.0, 1e9, 2.0, 4.0]), 3.0);
    }

    #[test]
    fn equal_samples_have_a_ratio_of_one() {
        let ratio = Ratio::estimate(&samples(1.0), &samples(1.0));
        assert_eq!((ratio.value, ratio.holds(1.0), ratio.reach()), (1.0, true, 0.0));
    }

    #[test]
    fn samples_that_never_overlap_are_told_apart() {
        let ratio = Ratio::estimate(&samples(2.0), &samples(1.0));
        assert!(ratio.low > 1.0 && ratio.holds(2.0) && ratio.reach() >= 1.0, "{ratio:?}");
    }

    #[test]
    fn a_launch_of_its_own_kind_makes_the_interval_wide() {
        let mut odd = samples(1.0);
        odd[2].iter_mut().for_each(|sample| *sample *= 3.0);
        let ratio = Ratio::estimate(&odd, &samples(1.0));
        assert!(ratio.holds(1.0) && ratio.high > 2.0, "{ratio:?}");
    }
}
