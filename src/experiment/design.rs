//! Which settings a study plays: points of the unit cube, the same on every platform.

use crate::chance::{Purpose, Stream};

/// `samples` points of the cube of `dims` dimensions. Cut any dimension into `samples` slices of equal
/// width, and each slice holds one point, somewhere inside it.
///
/// Each dimension has a stream of its own, so one more leaves the others where they were.
///
/// # Source
///
/// M. D. McKay, R. J. Beckman, W. J. Conover, "A Comparison of Three Methods for Selecting Values of
/// Input Variables in the Analysis of Output from a Computer Code", Technometrics 21(2), 1979.
///
/// ```
/// use highwater::experiment::latin_hypercube;
///
/// let points = latin_hypercube("7", 4, 2);
/// let mut slices: Vec<u32> = points.iter().map(|point| (point[0] * 4.0) as u32).collect();
/// slices.sort();
/// assert_eq!(slices, [0, 1, 2, 3]);
/// ```
pub fn latin_hypercube(seed: &str, samples: usize, dims: usize) -> Vec<Vec<f64>> {
    rows(samples, (0..dims).map(|dim| column(seed, &format!("latin_hypercube.{dim}"), samples)))
}

/// The rows of a table of columns.
fn rows(count: usize, columns: impl Iterator<Item = Vec<f64>>) -> Vec<Vec<f64>> {
    let columns: Vec<Vec<f64>> = columns.collect();
    (0..count).map(|row| columns.iter().map(|column| column[row]).collect()).collect()
}

/// One number in each of `samples` slices of 0..1, in random order.
fn column(seed: &str, part: &str, samples: usize) -> Vec<f64> {
    let mut stream = Stream::new(seed, 0, part, Purpose::Design);
    let slices = shuffled(samples, &mut stream);
    let mut place = |slice: usize| {
        // The middle of one of 2^20 cells of the slice: far enough from its ends that no rounding
        // leaves it, whatever the number of slices.
        const CELL: f64 = 1.0 / (1u32 << 20) as f64;
        let inside = ((stream.next_u64() >> 44) as f64 + 0.5) * CELL;
        (slice as f64 + inside) / samples as f64
    };
    slices.into_iter().map(&mut place).collect()
}

/// The numbers below `count` in random order, each order equally likely: R. A. Fisher and F. Yates, in
/// the form of R. Durstenfeld, 1964.
fn shuffled(count: usize, stream: &mut Stream) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        let choices = u32::try_from(last + 1).unwrap_or(u32::MAX);
        order.swap(last, stream.below(choices) as usize);
    }
    order
}

/// A walk through the cube that moves each factor once.
#[derive(Clone, Debug, PartialEq)]
pub struct Trajectory {
    /// Where it starts.
    pub start: Vec<f64>,
    /// The factors in the order in which they move.
    pub order: Vec<usize>,
    /// Where each factor stands after its move.
    pub moved: Vec<f64>,
}

impl Trajectory {
    /// The points of the walk: the start, then one for each move.
    pub fn points(&self) -> Vec<Vec<f64>> {
        let mut at = self.start.clone();
        let mut points = vec![at.clone()];
        for &factor in &self.order {
            at[factor] = self.moved[factor];
            points.push(at.clone());
        }
        points
    }

    /// The elementary effect of each factor, from the results at the [`points`](Self::points) in their
    /// order: what its move changed, over the move. NaN where a result is missing.
    pub fn effects(&self, results: &[f64]) -> Vec<f64> {
        let mut effects = vec![f64::NAN; self.start.len()];
        for (&factor, ends) in self.order.iter().zip(results.windows(2)) {
            effects[factor] = (ends[1] - ends[0]) / (self.moved[factor] - self.start[factor]);
        }
        effects
    }
}

/// Walks for the screening of Morris on a grid of `levels` levels (4 is usual; an odd number counts as
/// the next even one): from a random start every factor moves once, in random order, by
/// levels / (2 (levels - 1)) up or down. So each level is as likely as any other.
///
/// Each walk has a stream of its own, so asking for more leaves the first ones as they were.
///
/// # Source
///
/// M. D. Morris, "Factorial Sampling Plans for Preliminary Computational Experiments", Technometrics
/// 33(2), 1991.
pub fn morris(seed: &str, trajectories: usize, dims: usize, levels: u32) -> Vec<Trajectory> {
    let half = levels.div_ceil(2).max(1);
    let at = |level: u32| f64::from(level) / f64::from(2 * half - 1);
    let walk = |number: usize| {
        let part = format!("morris.{number}");
        let mut stream = Stream::new(seed, 0, &part, Purpose::Design);
        let order = shuffled(dims, &mut stream);
        let mut ends = || {
            let low = stream.below(half);
            let (low, high) = (at(low), at(low + half));
            if stream.below(2) == 0 { (low, high) } else { (high, low) }
        };
        let (start, moved) = (0..dims).map(|_| ends()).unzip();
        Trajectory { start, order, moved }
    };
    (0..trajectories).map(walk).collect()
}

/// Two independent samples of the cube, and those between them, for the indices of Sobol'.
#[derive(Clone, Debug, PartialEq)]
pub struct Saltelli {
    /// The first sample, point by point.
    pub a: Vec<Vec<f64>>,
    /// The second sample.
    pub b: Vec<Vec<f64>>,
}

impl Saltelli {
    /// The points of the first sample with `factor` taken from the second.
    pub fn ab(&self, factor: usize) -> Vec<Vec<f64>> {
        let mixed = |(a, b): (&Vec<f64>, &Vec<f64>)| {
            let value = |(dim, (a, b))| if dim == factor { b } else { a };
            a.iter().copied().zip(b.iter().copied()).enumerate().map(value).collect()
        };
        self.a.iter().zip(&self.b).map(mixed).collect()
    }
}

/// Two samples of `samples` points in `dims` dimensions: the halves of a Latin hypercube in twice as
/// many. With the samples between them they take samples x (dims + 2) results.
///
/// # Source
///
/// A. Saltelli and others, "Variance based sensitivity analysis of model output", Computer Physics
/// Communications 181, 2010; there with Sobol's sequence, here with a hypercube, which needs no table
/// of directions and serves any number of points.
pub fn saltelli(seed: &str, samples: usize, dims: usize) -> Saltelli {
    let half = |name: &str| {
        rows(samples, (0..dims).map(|dim| column(seed, &format!("saltelli.{name}.{dim}"), samples)))
    };
    Saltelli { a: half("a"), b: half("b") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_slice_of_each_dimension_holds_one_point() {
        for (samples, dims) in [(0, 3), (1, 2), (2, 1), (7, 5), (64, 3), (1000, 2)] {
            for seed in ["1", "2", "tails"] {
                let points = latin_hypercube(seed, samples, dims);
                assert_eq!(points.len(), samples);
                for dim in 0..dims {
                    let slice = |point: &Vec<f64>| (point[dim] * samples as f64) as usize;
                    let mut slices: Vec<usize> = points.iter().map(slice).collect();
                    slices.sort_unstable();
                    assert!(slices.into_iter().eq(0..samples), "{samples} {dims} {seed}");
                }
            }
        }
    }

    #[test]
    fn one_more_dimension_or_walk_moves_no_other() {
        let (few, more) = (latin_hypercube("1", 9, 2), latin_hypercube("1", 9, 3));
        assert!(few.iter().zip(&more).all(|(few, more)| few[..] == more[..2]));
        assert_eq!(morris("1", 3, 4, 4)[..], morris("1", 8, 4, 4)[..3]);
        assert_ne!(latin_hypercube("1", 9, 2), latin_hypercube("2", 9, 2));
    }

    #[test]
    fn a_walk_moves_each_factor_once_by_the_same_length() {
        for (levels, even) in [(2, 2), (3, 4), (4, 4), (6, 6), (8, 8)] {
            let delta = f64::from(even) / (2.0 * f64::from(even - 1));
            for walk in morris("walks", 50, 6, levels) {
                let points = walk.points();
                assert_eq!(points.len(), 7);
                let mut moved = Vec::new();
                for ends in points.windows(2) {
                    let factors: Vec<usize> =
                        (0..6).filter(|&dim| ends[0][dim] != ends[1][dim]).collect();
                    assert_eq!(factors.len(), 1, "one at a time");
                    let (before, after) = (ends[0][factors[0]], ends[1][factors[0]]);
                    assert!(((after - before).abs() - delta).abs() < 1e-15, "{before} {after}");
                    moved.extend(factors);
                }
                assert_eq!(moved, walk.order);
                moved.sort_unstable();
                assert_eq!(moved, [0, 1, 2, 3, 4, 5]);
                let on_grid = |x: &f64| {
                    let level = x * f64::from(even - 1);
                    (level - (level + 0.5).floor()).abs() < 1e-12 && (0.0..=1.0).contains(x)
                };
                assert!(points.iter().flatten().all(on_grid));
            }
        }
    }

    /// 4000 moves: each of the four pairs of start and direction has 1000 on average, with a deviation
    /// of 27.4; five deviations are exceeded once in two million.
    #[test]
    fn every_start_and_direction_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for walk in morris("even", 1000, 4, 4) {
            for (start, moved) in walk.start.iter().zip(&walk.moved) {
                *counts.entry(((start * 3.0 + 0.5) as u32, moved > start)).or_insert(0) += 1;
            }
        }
        // Up from the lower two levels, down from the upper two.
        assert_eq!(counts.len(), 4);
        let off = 5.0 * libm::sqrt(4000.0 * 0.25 * 0.75);
        assert!(
            counts.values().all(|&count| (f64::from(count) - 1000.0).abs() < off),
            "{counts:?}"
        );
    }

    #[test]
    fn effects_are_slopes() {
        let weigh = |point: &Vec<f64>| 3.0 * point[0] - 2.0 * point[1] + 0.5 * point[2];
        for walk in morris("slopes", 20, 3, 4) {
            let results: Vec<f64> = walk.points().iter().map(weigh).collect();
            let effects = walk.effects(&results);
            let near = |(seen, slope): (&f64, f64)| (seen - slope).abs() < 1e-14;
            assert!(effects.iter().zip([3.0, -2.0, 0.5]).all(near), "{effects:?}");
            assert!(walk.effects(&results[..2]).iter().filter(|x| x.is_nan()).count() == 2);
        }
    }

    #[test]
    fn the_samples_between_differ_in_one_factor() {
        let design = saltelli("1", 16, 3);
        for factor in 0..3 {
            for (row, point) in design.ab(factor).iter().enumerate() {
                for dim in 0..3 {
                    let from = if dim == factor { &design.b } else { &design.a };
                    assert_eq!(point[dim], from[row][dim]);
                }
            }
        }
        assert_ne!(design.a, design.b);
    }

    /// Any change of these moves every study. They were computed by a separate program, as those of
    /// `src/chance/tests.rs`.
    #[test]
    fn designs_are_what_they_always_were() {
        let points = latin_hypercube("1", 3, 1);
        let bits: Vec<u64> = points.iter().flatten().map(|x| x.to_bits()).collect();
        assert_eq!(bits, [4595836117363021141, 4607179866157787819, 4603874499413147648]);
        let walk = &morris("1", 1, 3, 4)[0];
        let thirds = |values: &[f64]| -> Vec<u32> {
            values.iter().map(|x| (x * 3.0 + 0.5) as u32).collect()
        };
        assert_eq!(walk.order, [0, 2, 1]);
        assert_eq!((thirds(&walk.start), thirds(&walk.moved)), (vec![2, 2, 3], vec![0, 0, 1]));
    }
}
