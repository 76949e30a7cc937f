//! Values with weights, picked in constant time.

use crate::units::Span;

/// The alias table of a discrete distribution.
///
/// Each value owns one cell of equal width; the part of the cell above `share` belongs to another
/// value, `alias`. One draw names the cell by its high bits and the place in the cell by its low.
///
/// # Source
///
/// M. D. Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", IEEE
/// Transactions on Software Engineering 17(9), 1991.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Table {
    cells: Vec<Cell>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Cell {
    /// Places below this, of 2^63, are the cell's own.
    threshold: u64,
    own: Span,
    other: Span,
}

const WHOLE: f64 = (1u64 << 63) as f64;

impl Table {
    /// A table over `entries`, of which none has a weight that is negative or not finite, and at
    /// least one has a weight above zero.
    pub(super) fn new(entries: &[(Span, f64)]) -> Table {
        let total: f64 = entries.iter().map(|entry| entry.1).sum();
        let count = entries.len() as f64;
        // Shares of a cell: on average 1.
        let mut shares: Vec<f64> = entries.iter().map(|entry| entry.1 / total * count).collect();
        let mut cells: Vec<Cell> =
            entries.iter().map(|&(own, _)| Cell { threshold: 1 << 63, own, other: own }).collect();
        let (mut small, mut large): (Vec<usize>, Vec<usize>) =
            (0..entries.len()).partition(|&i| shares[i] < 1.0);
        while let (Some(&poor), Some(&rich)) = (small.last(), large.last()) {
            small.pop();
            cells[poor].threshold = (shares[poor] * WHOLE) as u64;
            cells[poor].other = entries[rich].0;
            shares[rich] -= 1.0 - shares[poor];
            if shares[rich] < 1.0 {
                large.pop();
                small.push(rich);
            }
        }
        // What rounding left over in `small` or `large` is 1 but for the last bit, and stays whole.
        Table { cells }
    }

    /// The value that the random bits `draw` stand for.
    #[inline]
    pub(super) fn pick(&self, draw: u64) -> Span {
        let scaled = u128::from(draw) * self.cells.len() as u128;
        let cell = self.cells[(scaled >> 64) as usize];
        if (scaled as u64) >> 1 < cell.threshold { cell.own } else { cell.other }
    }
}
