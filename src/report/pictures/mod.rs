//! Pictures of a run, as SVG and, with the feature `png`, as bitmaps: connections against the limit, outcomes by cause, latency, memory,
//! and series beside recordings of them; and of many: a figure against one parameter or two, and which
//! parameters matter.
//!
//! A picture is made in three steps. One function per picture looks at the scenario and the record and
//! says what is to be seen, as a plain `Figure`; `draw` places it on the page; a [`Picture`] becomes a
//! file. The same run gives the same bytes. Colours are told apart by colour-blind readers (Okabe and Ito's
//! palette), and lines also by their dashes.

mod axis;
#[cfg(feature = "png")]
mod bitmap;
mod connections;
mod draw;
mod figure;
mod latency;
#[cfg(feature = "png")]
mod letters;
mod marks;
mod memory;
mod outcomes;
mod page;
mod pen;
mod picture;
mod recorded;
mod swept;

pub(super) use axis::time_axis;
pub use connections::connections;
pub use latency::latency;
pub use memory::memory;
pub use outcomes::outcomes;
pub use picture::Picture;
pub use recorded::recorded;
pub use swept::{
    BARS_MAX, Bars, Bound, CELLS_MAX, Curve, Curves, HeatMap, Influence, LINES_MAX, Parameter,
    Point, Shown, Spacing, Standing, Swing, Tornado, curves, heat_map, tornado,
};

/// Why there is no picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PictureError {
    /// The record has no such series.
    NoSeries {
        /// The name that was looked for.
        name: String,
    },
    /// The scenario has no server or fleet of this index.
    NoPart {
        /// The index.
        index: usize,
    },
    /// The record has fewer than two rows.
    NoRows,
    /// There is nothing to draw, or more than fits, or tables do not fit each other.
    Unfit {
        /// What does not fit.
        message: String,
    },
    /// The drawing library failed.
    Drawing {
        /// Its message.
        message: String,
    },
}

impl std::fmt::Display for PictureError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PictureError::NoSeries { name } => write!(f, "the record has no series {name}"),
            PictureError::NoPart { index } => {
                write!(f, "the scenario has no server or fleet number {index}")
            }
            PictureError::NoRows => write!(f, "a picture needs a record of two rows or more"),
            PictureError::Unfit { message } => write!(f, "{message}"),
            PictureError::Drawing { message } => write!(f, "the picture failed: {message}"),
        }
    }
}

impl std::error::Error for PictureError {}
