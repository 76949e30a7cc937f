//! A figure against two parameters.

mod colours;
mod sheet;

use super::signs::Sign;
use super::{Parameter, Point, Standing, unfit};
use crate::report::pictures::{Picture, PictureError};
use crate::units::{Unit, quantity};
use colours::colour_at;

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
pub fn heat_map(picture: &HeatMap) -> Result<Picture<'_>, PictureError> {
    picture.check()?;
    Ok(sheet::draw(picture))
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

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.cells.iter().flatten()
    }

    fn values(&self) -> Vec<(f64, f64, f64)> {
        let values = self.points().filter_map(|point| point.shown.value());
        values.map(|(value, ..)| (value, value, value)).collect()
    }

    /// What the legend explains, of what there is.
    fn legend(&self) -> Vec<(Sign, String)> {
        let mut entries = Vec::new();
        let any = |what: fn(&Point) -> bool| self.points().any(what);
        if let Some(goal) = &self.goal {
            let standing = |standing: Standing| {
                self.points().any(|point| !point.shown.is_nothing() && point.standing == standing)
            };
            let (meets, open) = (standing(Standing::Meets), standing(Standing::Undecided));
            let words = match (meets, standing(Standing::Misses), open) {
                (false, true, false) => format!("{goal}: no cell meets it"),
                (false, _, true) => format!("{goal}: no cell is shown to meet it"),
                (true, false, false) => format!("{goal}: all cells meet it"),
                _ => goal.clone(),
            };
            let divided = meets && words == *goal;
            entries.push((Sign::Edge, words));
            if divided {
                entries.push((Sign::Check, "meets it".to_string()));
            }
        }
        if any(|point| point.standing == Standing::Undecided) {
            entries.push((Sign::Hatched(colour_at(0.8)), "not decided".to_string()));
        }
        if any(|point| point.shown.is_never()) {
            entries.push((Sign::Dotted, "never".to_string()));
        }
        if any(|point| point.shown.is_nothing()) {
            entries.push((Sign::Dashed, "not measured".to_string()));
        }
        entries
    }

    /// What stands in a cell.
    fn text(&self, point: &Point) -> String {
        match point.shown.value() {
            Some((value, ..)) => quantity(value, self.unit).replace(".00 min", " min"),
            None if point.shown.is_never() => "never".to_string(),
            None => "–".to_string(),
        }
    }
}
