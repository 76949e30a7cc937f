//! Latencies: one live window, flushed at every row into the totals that cover it.

use hdrhistogram::Histogram;

use crate::observe::{Quantiles, Range, Summary};
use crate::units::{SimTime, Span};

/// Longer latencies are counted as this: an hour.
const LONGEST_NS: u64 = 3_600_000_000_000;
/// Three significant figures: a quantile is right to one part in a thousand.
const FIGURES: u8 = 3;

/// The latencies of one series.
#[derive(Debug)]
pub struct Timed {
    series: String,
    window: Histogram<u64>,
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
        let mut timed = Timed { series, window: empty(), zeros: 0, totals: Vec::new() };
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
        } else {
            self.window.saturating_record(latency.as_ns());
        }
    }

    /// Ends the window between two rows: its quantiles, if it has any.
    pub fn flush(&mut self, from: SimTime, to: SimTime) -> Option<Quantiles> {
        self.window.saturating_record_n(0, std::mem::take(&mut self.zeros));
        if self.window.is_empty() {
            return None;
        }
        for total in &mut self.totals {
            if from >= total.from && to <= total.to {
                total.histogram.add(&self.window).expect("all histograms have the same bounds");
            }
        }
        let quantiles = quantiles(&self.window);
        self.window.reset();
        Some(quantiles)
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
        quantiles: quantiles(histogram),
    }
}

fn quantiles(histogram: &Histogram<u64>) -> Quantiles {
    Quantiles {
        p50: at_quantile(histogram, 0.5),
        p90: at_quantile(histogram, 0.9),
        p99: at_quantile(histogram, 0.99),
        p999: at_quantile(histogram, 0.999),
        max: at_quantile(histogram, 1.0),
    }
}

/// Seconds below which the share `q` lies.
fn at_quantile(histogram: &Histogram<u64>, q: f64) -> f64 {
    histogram.value_at_quantile(q) as f64 / 1e9
}
