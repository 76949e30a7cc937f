//! Latencies: one live window, flushed at every row into the totals that cover it.

use hdrhistogram::Histogram;

use crate::observe::{Quantiles, Range, Summary};
use crate::units::{SimTime, Span};

/// Longer latencies are counted as this: an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;
/// Three significant figures: a quantile is right to one part in a thousand.
const FIGURES: u8 = 3;
/// So many latencies of a window are kept one by one, which costs by their number; a histogram of them
/// costs by its 33,792 counts, whether there is something in them or not.
const FEW: usize = 4096;

/// The latencies of one series.
#[derive(Debug)]
pub struct Timed {
    series: String,
    /// The latencies of the window in nanoseconds, while they are few.
    few: Vec<u64>,
    /// Those before them, once there were more than few.
    many: Option<Histogram<u64>>,
    /// Latencies of zero in the window: most waits at a pool with a connection to spare.
    zeros: u64,
    totals: Vec<Total>,
}

/// A range of time that somebody asks for.
#[derive(Debug)]
struct Total {
    from: SimTime,
    to: SimTime,
    qs: Vec<f64>,
    histogram: Histogram<u64>,
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, FIGURES).expect("an hour in nanoseconds is a range")
}

impl Timed {
    /// The latencies of `series`, with a total from `from` to `to`.
    pub fn new(series: String, from: SimTime, to: SimTime) -> Timed {
        let mut timed = Timed { series, few: Vec::new(), many: None, zeros: 0, totals: Vec::new() };
        timed.want(from, to, Vec::new());
        timed
    }

    /// The name of the series.
    pub fn series(&self) -> &str {
        &self.series
    }

    /// Keeps a total from `from` to `to`, for these quantiles. Its ends move to rows.
    pub fn want(&mut self, from: SimTime, to: SimTime, qs: Vec<f64>) {
        self.totals.push(Total { from, to, qs, histogram: empty() });
    }

    /// Counts one latency.
    #[inline]
    pub fn record(&mut self, latency: Span) {
        if latency.is_zero() {
            self.zeros += 1;
            return;
        }
        if self.few.len() == FEW {
            self.count();
        }
        self.few.push(latency.as_ns().min(LONGEST_NS));
    }

    /// Moves the few to the many.
    #[cold]
    fn count(&mut self) {
        let many = self.many.get_or_insert_with(empty);
        self.few.drain(..).for_each(|latency| many.saturating_record(latency));
    }

    /// Ends the window between two rows: its quantiles, if it has any.
    pub fn flush(&mut self, from: SimTime, to: SimTime) -> Option<Quantiles> {
        if self.many.as_ref().is_some_and(|many| !many.is_empty()) {
            self.count();
        }
        let zeros = std::mem::take(&mut self.zeros);
        let covers = |total: &&mut Total| from >= total.from && to <= total.to;
        if let Some(many) = self.many.as_mut().filter(|many| !many.is_empty()) {
            many.saturating_record_n(0, zeros);
            for total in self.totals.iter_mut().filter(covers) {
                total.histogram.add(&*many).expect("all histograms have the same bounds");
            }
            let quantiles = quantiles(|q| at_quantile(many, q));
            many.reset();
            return Some(quantiles);
        }
        if zeros == 0 && self.few.is_empty() {
            return None;
        }
        self.few.sort_unstable();
        for total in self.totals.iter_mut().filter(covers) {
            total.histogram.saturating_record_n(0, zeros);
            self.few.iter().for_each(|latency| total.histogram.saturating_record(*latency));
        }
        let quantiles = quantiles(|q| self.at_quantile(zeros, q));
        self.few.clear();
        Some(quantiles)
    }

    /// The same of few latencies in order, after `zeros`, as a histogram of them has it.
    fn at_quantile(&self, zeros: u64, q: f64) -> f64 {
        let count = zeros + self.few.len() as u64;
        let rank = (libm::ceil(q * count as f64) as u64).clamp(1, count);
        let after = rank.checked_sub(zeros + 1).map_or(0, |place| self.few[place as usize]);
        self.totals[0].histogram.highest_equivalent(after) as f64 / 1e9
    }

    /// The totals.
    pub fn ranges(&self) -> Vec<Range> {
        let range = |total: &Total| Range {
            series: self.series.clone(),
            from: total.from,
            to: total.to,
            summary: summary(&total.histogram),
            asked: total.qs.iter().map(|q| (*q, at_quantile(&total.histogram, *q))).collect(),
        };
        self.totals.iter().map(range).collect()
    }
}

fn summary(histogram: &Histogram<u64>) -> Summary {
    if histogram.is_empty() {
        return Summary::default();
    }
    Summary {
        count: histogram.len(),
        zeros: histogram.count_at(0),
        mean: histogram.mean() / 1e9,
        quantiles: quantiles(|q| at_quantile(histogram, q)),
    }
}

fn quantiles(at: impl Fn(f64) -> f64) -> Quantiles {
    Quantiles { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999), max: at(1.0) }
}

/// Seconds below which the share `q` lies.
fn at_quantile(histogram: &Histogram<u64>, q: f64) -> f64 {
    histogram.value_at_quantile(q) as f64 / 1e9
}

#[cfg(test)]
mod tests {
    use prop::collection::vec;
    use proptest::prelude::*;

    use super::*;

    /// Windows of few and of many latencies, up to beyond an hour, some of them zero.
    fn windows() -> impl Strategy<Value = Vec<Vec<u64>>> {
        let latency = prop_oneof![
            1 => Just(0),
            4 => 1..10_000_u64,
            4 => 1_000_000..900_000_000_u64,
            1 => 0..2 * LONGEST_NS,
        ];
        let size = prop_oneof![0..20_usize, Just(FEW), Just(FEW + 1), 0..3 * FEW];
        vec(size.prop_flat_map(move |n| vec(latency.clone(), n)), 1..5)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(64) })]

        /// Windows and totals are what histograms of all their latencies are, to the bit.
        #[test]
        fn few_and_many_are_counted_alike(windows in windows()) {
            let row = |seconds| SimTime::ZERO + Span::from_secs(seconds);
            let mut timed = Timed::new("latency".into(), row(0), row(10));
            timed.want(row(1), row(3), vec![0.25]);
            let (mut all, mut part) = (empty(), empty());
            for (at, window) in (0..).zip(&windows) {
                let mut plain = empty();
                for latency in window {
                    timed.record(Span::from_ns(*latency));
                    plain.record((*latency).min(LONGEST_NS)).unwrap();
                }
                let wanted = (!plain.is_empty()).then(|| quantiles(|q| at_quantile(&plain, q)));
                prop_assert_eq!(timed.flush(row(at), row(at + 1)), wanted);
                all.add(&plain).unwrap();
                if (1..3).contains(&at) {
                    part.add(&plain).unwrap();
                }
            }
            let ranges = timed.ranges();
            prop_assert_eq!(&ranges[0].summary, &summary(&all));
            prop_assert_eq!(&ranges[1].summary, &summary(&part));
            prop_assert_eq!(&ranges[1].asked, &[(0.25, at_quantile(&part, 0.25))]);
        }
    }
}
