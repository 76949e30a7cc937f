//! A figure against a parameter.

use super::sheet::Heading;
use super::{Parameter, Point, unfit};
use crate::report::pictures::PictureError;
use crate::units::Unit;

/// Lines of a picture at most.
pub const LINES_MAX: usize = 8;

/// One or more lines of a figure against a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Curves {
    /// What is swept.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the vertical axis measures, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// Whether the vertical axis is divided by powers of ten; evenly where a value is not positive.
    pub log: bool,
    /// The parameter of the horizontal axis.
    pub across: Parameter,
    /// The lines, [`LINES_MAX`] at most.
    pub lines: Vec<Curve>,
    /// The bound of a goal.
    pub bound: Option<Bound>,
}

/// A line.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What tells it from the others; may be empty when it is the only one.
    pub label: String,
    /// A point for each setting of the parameter.
    pub points: Vec<Point>,
    /// The setting at its knee.
    pub knee: Option<usize>,
}

/// The bound of a goal.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The bound.
    pub value: f64,
    /// The goal in words: `goal: at most 10 s`.
    pub label: String,
}

/// Draws lines of a figure against a parameter: points with their intervals, a gap where nothing was
/// measured, a row of its own above the axis for what never came. The shape of a point says how it
/// stands to the goal.
///
/// # Errors
///
/// When there is no setting or no line, when there are too many lines, and when a line has not one
/// point for each setting.
pub fn curves(picture: &Curves) -> Result<String, PictureError> {
    picture.check()?;
    let heading = Heading::new(&picture.title, &picture.subtitle);
    heading.page(heading.below(), |_| Ok(()))
}

impl Curves {
    fn check(&self) -> Result<(), PictureError> {
        let settings = self.across.settings.len();
        if settings == 0 || self.lines.is_empty() {
            return Err(unfit("a picture needs a setting and a line".to_string()));
        }
        if self.lines.len() > LINES_MAX {
            let found = self.lines.len();
            return Err(unfit(format!("a picture has at most {LINES_MAX} lines, not {found}")));
        }
        let odd = self.lines.iter().find(|line| line.points.len() != settings);
        odd.map_or(Ok(()), |line| {
            let (label, found) = (&line.label, line.points.len());
            Err(unfit(format!("the line {label:?} has {found} points for {settings} settings")))
        })
    }
}
