//! A figure against a parameter.

mod sheet;

use super::signs::{Mark, Sign};
use super::{Parameter, Point, Standing, unfit};
use crate::report::pictures::figure::{
    BLACK, BLUE, Colour, Dash, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILLION,
};
use crate::report::pictures::pen::FAINT_COLOUR;
use crate::report::pictures::{Picture, PictureError};
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
pub fn curves(picture: &Curves) -> Result<Picture<'_>, PictureError> {
    picture.check()?;
    Ok(sheet::draw(picture))
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

    fn points(&self) -> impl Iterator<Item = &Point> {
        self.lines.iter().flat_map(|line| &line.points)
    }

    /// Values with the ends of their intervals.
    fn values(&self) -> Vec<(f64, f64, f64)> {
        self.points().filter_map(|point| point.shown.value()).collect()
    }

    /// What the legend explains: the lines, and of the rest what there is.
    fn legend(&self) -> Vec<(Sign, String)> {
        let lines = self.lines.iter().zip(LOOKS).filter(|(line, _)| !line.label.is_empty());
        let mut entries: Vec<(Sign, String)> = lines
            .map(|(line, (colour, dash))| (Sign::Line(colour, dash), line.label.clone()))
            .collect();
        let colour = if self.lines.len() == 1 { LOOKS[0].0 } else { FAINT_COLOUR };
        for (standing, words) in [
            (Standing::Meets, "meets the goal"),
            (Standing::Misses, "misses it"),
            (Standing::Undecided, "not decided"),
        ] {
            let shown = |point: &&Point| !point.shown.is_nothing();
            if self.points().filter(shown).any(|point| point.standing == standing) {
                entries.push((Sign::Mark(mark_of(standing), colour), words.to_string()));
            }
        }
        if self.values().iter().any(|(_, low, high)| low < high) {
            entries.push((Sign::Whisker, "95 % interval".to_string()));
        }
        entries
    }

    /// The knees by their settings, each with the lines that have it.
    fn knees(&self) -> Vec<(usize, Vec<usize>)> {
        let at = |setting: usize| {
            let lines = self.lines.iter().enumerate();
            let lines = lines.filter(|(_, line)| line.knee == Some(setting)).map(|(i, _)| i);
            (setting, lines.collect::<Vec<usize>>())
        };
        (0..self.across.settings.len()).map(at).filter(|(_, lines)| !lines.is_empty()).collect()
    }
}

/// Each line keeps its colour and its dashes: the palette without yellow, which is faint on white.
const LOOKS: [(Colour, Dash); LINES_MAX] = [
    (BLUE, Dash::Solid),
    (VERMILLION, Dash::Solid),
    (GREEN, Dash::Long),
    (PURPLE, Dash::Long),
    (BLACK, Dash::Short),
    (ORANGE, Dash::Short),
    (SKY, Dash::Dotted),
    (GREY, Dash::Dotted),
];

fn mark_of(standing: Standing) -> Mark {
    match standing {
        Standing::Unasked => Mark::Dot,
        Standing::Meets => Mark::Disc,
        Standing::Misses => Mark::Cross,
        Standing::Undecided => Mark::Ring,
    }
}
