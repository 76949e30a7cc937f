//! A record with fewer rows: nothing that stands out is lost.

use crate::observe::{Record, Series};

/// Which rows of a record are put together.
pub(super) struct Grid {
    seconds: Vec<f64>,
    /// The last row of each group; the first group is row 0 alone.
    ends: Vec<usize>,
    /// Whether every row stands for itself.
    whole: bool,
}

impl Grid {
    /// At most some `points` for each series of the record.
    pub fn new(record: &Record, points: usize) -> Grid {
        let seconds = record.seconds();
        let last = seconds.len().saturating_sub(1);
        let whole = seconds.len() <= points.max(4);
        // A level has two points in a group, its lowest and its highest.
        let every = if whole { 1 } else { last.div_ceil(points.max(4) / 2) };
        let mut ends: Vec<usize> = (0..seconds.len()).step_by(every).collect();
        if ends.last().is_some_and(|end| *end < last) {
            ends.push(last);
        }
        Grid { seconds, ends, whole }
    }

    /// Rows in a group.
    pub fn every(&self) -> usize {
        match self.ends.as_slice() {
            [first, second, ..] => second - first,
            _ => 1,
        }
    }

    /// Groups as (first row, last row).
    fn groups(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let before = std::iter::once(None).chain(self.ends.iter().map(Some));
        self.ends.iter().zip(before).map(|(end, before)| (before.map_or(0, |row| row + 1), *end))
    }

    /// When the values of [`levels`](Grid::levels) were taken, in seconds.
    pub fn level_times(&self) -> Vec<f64> {
        let rows = self.groups().flat_map(|(first, last)| match first == last {
            true => vec![first],
            false => vec![first, last],
        });
        rows.map(|row| self.seconds[row]).collect()
    }

    /// The values of a level: all of them, or of each group the lowest and the highest in the order in
    /// which they came.
    pub fn levels(&self, values: &[f64]) -> Vec<f64> {
        let at = |row: usize| values.get(row).copied().unwrap_or(f64::NAN);
        self.groups()
            .flat_map(|(first, last)| match first == last {
                true => vec![at(first)],
                false => ends(&values[first.min(values.len())..(last + 1).min(values.len())]),
            })
            .collect()
    }

    /// The values of a series; of a level whose every change is seen, its peaks.
    pub fn series(&self, series: &Series) -> Vec<f64> {
        self.levels(series.peaks.as_ref().unwrap_or(&series.values))
    }

    /// The ends of the intervals of [`increases`](Grid::increases), in seconds; the first is the start.
    pub fn rate_times(&self) -> Vec<f64> {
        self.ends.iter().map(|row| self.seconds[*row]).collect()
    }

    /// By how much a counter grows in each interval; nothing at the start.
    pub fn increases(&self, counter: &[f64]) -> Vec<f64> {
        let at = |row: &usize| counter.get(*row).copied().unwrap_or(f64::NAN);
        let grown = self.ends.windows(2).map(|pair| (at(&pair[1]) - at(&pair[0])).max(0.0));
        self.ends.first().map(|_| f64::NAN).into_iter().chain(grown).collect()
    }

    /// The same per second.
    pub fn rates(&self, counter: &[f64]) -> Vec<f64> {
        let lengths =
            self.ends.windows(2).map(|pair| self.seconds[pair[1]] - self.seconds[pair[0]]);
        let lengths = std::iter::once(f64::NAN).chain(lengths);
        self.increases(counter).into_iter().zip(lengths).map(|(grown, s)| grown / s).collect()
    }

    /// Whether every row stands for itself.
    pub fn is_whole(&self) -> bool {
        self.whole
    }
}

/// The lowest and the highest of some values, in the order in which they came.
fn ends(values: &[f64]) -> Vec<f64> {
    let finite = || values.iter().enumerate().filter(|(_, value)| value.is_finite());
    let low = finite().reduce(|a, b| if b.1 < a.1 { b } else { a });
    let high = finite().reduce(|a, b| if b.1 > a.1 { b } else { a });
    match (low, high) {
        (Some(low), Some(high)) if low.0 <= high.0 => vec![*low.1, *high.1],
        (Some(low), Some(high)) => vec![*high.1, *low.1],
        _ => vec![f64::NAN; 2],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::rows;

    #[test]
    fn a_short_record_is_shown_as_it_is() {
        let grid = Grid::new(&rows(5), 1000);
        assert!(grid.is_whole());
        assert_eq!(grid.level_times(), [0.0, 1.0, 2.0, 3.0, 4.0]);
        assert_eq!(grid.levels(&[1.0, 5.0, 2.0, f64::NAN, 4.0])[..3], [1.0, 5.0, 2.0]);
        assert_eq!(grid.rates(&[0.0, 3.0, 3.0, 4.0, 9.0])[1..], [3.0, 0.0, 1.0, 5.0]);
    }

    /// A spike of one row stays, at its group; counters lose nothing.
    #[test]
    fn a_long_record_keeps_its_peaks_and_its_sums() {
        let grid = Grid::new(&rows(100_001), 1000);
        let mut values = vec![7.0; 100_001];
        values[50_123] = 99.0;
        values[50_125] = 1.0;
        let levels = grid.levels(&values);
        let times = grid.level_times();
        assert!(levels.len() <= 1001 && levels.len() == times.len(), "{}", levels.len());
        let peak = levels.iter().position(|value| *value == 99.0).unwrap();
        assert_eq!(levels[peak + 1], 1.0, "first the peak, then the trough");
        assert!((times[peak] - 50_123.0).abs() <= grid.every() as f64);
        assert!(times.windows(2).all(|pair| pair[0] < pair[1]));
        let counter: Vec<f64> = (0..100_001).map(f64::from).collect();
        let grown: f64 = grid.increases(&counter).iter().skip(1).sum();
        assert_eq!(grown, 100_000.0);
        assert_eq!(grid.rate_times().len(), grid.rates(&counter).len());
    }
}
