//! How much of everything a page shows, so that it stays small whatever it is about.

use super::text::{cut, escape};

/// A page is smaller than this many bytes: it is attached to mails and tickets.
pub(super) const BYTES_MAX: usize = 1_900_000;

/// How much of everything a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Detail {
    /// Points of a chart.
    pub points: usize,
    /// Charts.
    pub charts: usize,
    /// Rows of a table.
    pub rows: usize,
    /// Characters of a text.
    pub text: usize,
    /// Characters of the settings.
    pub settings: usize,
}

/// From the most to the least: what is left at the end is small in any case.
const STEPS: [Detail; 5] = [
    Detail { points: 1000, charts: 120, rows: 400, text: 4000, settings: 200_000 },
    Detail { points: 500, charts: 100, rows: 200, text: 2000, settings: 100_000 },
    Detail { points: 250, charts: 80, rows: 100, text: 800, settings: 50_000 },
    Detail { points: 120, charts: 50, rows: 40, text: 300, settings: 20_000 },
    Detail { points: 50, charts: 24, rows: 16, text: 120, settings: 10_000 },
];

impl Detail {
    /// The page with as much as fits.
    pub fn fit(page: impl Fn(Detail) -> String) -> String {
        let mut made = String::new();
        for detail in STEPS {
            made = page(detail);
            if made.len() <= BYTES_MAX {
                break;
            }
        }
        made
    }

    /// A text as it is shown, cut where it is too long.
    pub fn text(self, text: &str) -> String {
        escape(&cut(text, self.text))
    }
}
