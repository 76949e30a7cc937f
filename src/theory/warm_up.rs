//! Where a series has forgotten how it began.

/// Values in a batch.
const BATCH: usize = 5;
/// Batches that a series must have: fewer are no series to see a steady state in.
const FEWEST: usize = 10;
/// Batches that are left after the truncation, at least, and the share of all that is: the spread of fewer is
/// small by chance, all the more where neighbours are alike.
const LEFT: usize = 5;
const LEFT_SHARE: usize = 10;

/// The fewest values that [`mser5`] looks at.
pub const MSER5_FEWEST_VALUES: usize = BATCH * FEWEST;

/// What to leave out of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Truncation {
    /// How many values to leave out, a multiple of five.
    pub values: usize,
    /// The mean of the rest, in whole batches.
    pub mean: f64,
    /// The marginal standard error of that mean.
    pub error: f64,
}

/// MSER-5: the truncation of a series that makes the standard error of the rest's mean smallest.
///
/// The values are averaged in batches of five, what is left of the last is not looked at. Of the k
/// batches the first d are left out, where d makes the sum of squares of the rest about its mean, over
/// (k - d)^2, smallest: leaving out more of a start that differs lowers the spread, leaving out more of
/// the steady state wastes values. At least a tenth of the batches stay, and five of them. Of several
/// such d it is
/// the smallest.
///
/// `None` when the best d lies in the second half, which says that the series has not settled, when
/// there are fewer than ten batches, or when a value is not finite.
///
/// # Source
///
/// K. P. White, "An Effective Truncation Heuristic for Bias Reduction in Simulation Output", Simulation
/// 69(6), 1997; K. P. White, M. J. Cobb, S. C. Spratt, "A Comparison of Five Steady-State Truncation
/// Heuristics for Simulation", Winter Simulation Conference 2000. That the last batches are no choice: K. Hoad, S.
/// Robinson, R. Davies, "Automating Warm-Up Length Estimation", Journal of the Operational Research
/// Society 61(9), 2010.
///
/// ```
/// use highwater::theory::mser5;
///
/// // Filling up for 20 rows, then between 19 and 21.
/// let row = |i: usize| if i < 20 { i as f64 } else { 19.0 + (i % 3) as f64 };
/// let level: Vec<f64> = (0..200).map(row).collect();
/// assert_eq!(mser5(&level).map(|found| found.values), Some(20));
/// let leak: Vec<f64> = (0..200).map(f64::from).collect();
/// assert_eq!(mser5(&leak), None);
/// ```
pub fn mser5(values: &[f64]) -> Option<Truncation> {
    let batches = values.chunks_exact(BATCH);
    let means: Vec<f64> = batches.map(|batch| batch.iter().sum::<f64>() / BATCH as f64).collect();
    if means.len() < FEWEST || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let least_left = LEFT.max(means.len() / LEFT_SHARE);
    let (mut mean, mut squares, mut count) = (0.0, 0.0, 0.0);
    let mut best: Option<(f64, usize, f64)> = None;
    // From the end, so that each batch is looked at once; what never changes has squares of exactly zero.
    for (out, value) in means.iter().enumerate().rev() {
        count += 1.0;
        let apart = value - mean;
        mean += apart / count;
        squares += apart * (value - mean);
        let error = squares / (count * count);
        if means.len() - out >= least_left && best.is_none_or(|(least, ..)| error <= least) {
            best = Some((error, out, mean));
        }
    }
    let (error, out, mean) = best?;
    let settled = 2 * out <= means.len();
    settled.then(|| Truncation { values: BATCH * out, mean, error: libm::sqrt(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each of these for five values.
    fn fives(levels: &[f64]) -> Vec<f64> {
        levels.iter().flat_map(|level| [*level; 5]).collect()
    }

    #[test]
    fn cases_done_by_hand() {
        let still = mser5(&[7.0; 50]);
        assert_eq!(still, Some(Truncation { values: 0, mean: 7.0, error: 0.0 }));
        // One batch of start, then constant: exactly that batch goes.
        let step = |start: usize| {
            let levels: Vec<f64> = (0..12).map(|i| if i < start { 0.0 } else { 0.1 }).collect();
            mser5(&fives(&levels)).map(|found| (found.values, found.mean))
        };
        assert_eq!(step(1), Some((5, 0.1)));
        assert_eq!(step(6), Some((30, 0.1)));
        assert_eq!(step(7), None, "the second half");
        // 4, then -1 and 1 in turn, 9 times beginning and ending with 1: mean 1/9, squares 9 - 1/9 about
        // it, over 81. With the 4: mean 1/2, squares 25 - 10/4, over 100: more.
        let levels = [4.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0, -1.0, 1.0];
        let found = mser5(&fives(&levels)).unwrap();
        assert_eq!(found.values, 5);
        assert!((found.mean - 1.0 / 9.0).abs() < 1e-15);
        assert!((found.error - ((9.0 - 1.0 / 9.0) / 81.0f64).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn too_few_values_and_values_that_are_none_have_no_steady_state() {
        assert_eq!(mser5(&[1.0; MSER5_FEWEST_VALUES - 1]), None);
        assert!(mser5(&[1.0; MSER5_FEWEST_VALUES]).is_some());
        for odd in [f64::NAN, f64::INFINITY] {
            let mut values = [1.0; 60];
            values[30] = odd;
            assert_eq!(mser5(&values), None);
        }
        assert_eq!(mser5(&[]), None);
    }

    /// What is left of the last batch is not looked at.
    #[test]
    fn batches_are_whole() {
        let mut values = vec![1.0; 54];
        values[50..].fill(1e9);
        assert_eq!(mser5(&values).map(|found| found.mean), Some(1.0));
    }
}
