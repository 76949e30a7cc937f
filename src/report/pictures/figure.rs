//! What is to be seen in a picture, before any thought of where on the page.

use crate::observe::{Record, Series};
use crate::scenario::Scenario;
use crate::units::{Start, Unit};

use super::PictureError;

/// A colour: red, green, blue.
pub(super) type Colour = (u8, u8, u8);

// The palette of Okabe and Ito, "Color Universal Design", 2008.
pub(super) const BLACK: Colour = (0, 0, 0);
pub(super) const ORANGE: Colour = (230, 159, 0);
pub(super) const SKY: Colour = (86, 180, 233);
/// A tint of the sky, for areas that lines must stand out from.
pub(super) const PALE: Colour = (178, 220, 245);
pub(super) const GREEN: Colour = (0, 158, 115);
pub(super) const YELLOW: Colour = (240, 228, 66);
pub(super) const BLUE: Colour = (0, 114, 178);
pub(super) const VERMILLION: Colour = (213, 94, 0);
pub(super) const PURPLE: Colour = (204, 121, 167);
pub(super) const GREY: Colour = (110, 110, 110);

/// A picture over simulated time.
pub(super) struct Figure {
    /// The scenario.
    pub title: String,
    /// What the picture shows, in a sentence with its figures.
    pub subtitle: String,
    /// What the vertical axis measures, in words.
    pub measure: String,
    /// Its unit.
    pub unit: Unit,
    /// How it is divided.
    pub scale: Scale,
    /// An even axis reaches so far at least: of things that are whole it has no halves then.
    pub least: f64,
    /// The end of the run, in seconds.
    pub end_s: f64,
    /// The wall clock at zero.
    pub start: Option<Start>,
    /// From the back to the front.
    pub layers: Vec<Layer>,
    /// Bounds, drawn across the picture.
    pub thresholds: Vec<Threshold>,
    /// Instants, numbered or lettered, explained below the picture.
    pub marks: Vec<Mark>,
}

/// How the vertical axis is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scale {
    /// From zero, evenly.
    Linear,
    /// By powers of ten.
    Log,
}

/// A line or an area with its place in the legend.
pub(super) struct Layer {
    pub label: String,
    pub colour: Colour,
    pub dash: Dash,
    pub shape: Shape,
}

/// How a line is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dash {
    Solid,
    Long,
    Short,
    Dotted,
}

/// Points are (seconds, value); values that are not finite leave a gap.
pub(super) enum Shape {
    Line(Vec<(f64, f64)>),
    /// Between a lower and an upper edge over the same instants: (seconds, lower, upper).
    Band(Vec<(f64, f64, f64)>),
}

/// A bound that may change in steps.
pub(super) struct Threshold {
    pub label: String,
    /// The bound from each instant on, the first at zero.
    pub steps: Vec<(f64, f64)>,
}

/// An instant worth a look.
pub(super) struct Mark {
    pub at_s: f64,
    pub kind: MarkKind,
    pub text: String,
}

/// Who made a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkKind {
    /// The timeline of the scenario: numbered.
    Timeline,
    /// The run itself: lettered.
    Event,
}

impl Figure {
    /// An empty picture of a run.
    pub(super) fn new(scenario: &Scenario, record: &Record) -> Result<Figure, PictureError> {
        let end_s = record.times.last().map_or(0.0, |at| at.as_secs_f64());
        if record.times.len() < 2 || end_s <= 0.0 {
            return Err(PictureError::NoRows);
        }
        let title = match scenario.about.title.as_str() {
            "" => scenario.name.clone(),
            title => title.to_string(),
        };
        Ok(Figure {
            title,
            subtitle: String::new(),
            measure: String::new(),
            unit: Unit::Count,
            scale: Scale::Linear,
            least: 0.0,
            end_s,
            start: scenario.about.start,
            layers: Vec::new(),
            thresholds: Vec::new(),
            marks: Vec::new(),
        })
    }

    /// Adds an area from zero up to the points.
    pub(super) fn area(&mut self, label: &str, colour: Colour, points: &[(f64, f64)]) {
        let shape = Shape::Band(points.iter().map(|&(at, value)| (at, 0.0, value)).collect());
        self.layers.push(Layer { label: label.to_string(), colour, dash: Dash::Solid, shape });
    }

    /// Adds a line.
    pub(super) fn line(&mut self, label: &str, look: (Colour, Dash), points: Vec<(f64, f64)>) {
        let (colour, dash) = look;
        let shape = Shape::Line(points);
        self.layers.push(Layer { label: label.to_string(), colour, dash, shape });
    }

    /// The largest finite value of all layers, zero if there is none.
    pub(super) fn largest(&self) -> f64 {
        self.values().fold(0.0, f64::max)
    }

    /// All finite values of all layers.
    pub(super) fn values(&self) -> impl Iterator<Item = f64> + '_ {
        let of_layer = |layer: &Layer| -> Vec<f64> {
            match &layer.shape {
                Shape::Line(points) => points.iter().map(|point| point.1).collect(),
                Shape::Band(points) => points.iter().map(|point| point.2).collect(),
            }
        };
        self.layers.iter().flat_map(of_layer).filter(|value| value.is_finite())
    }
}

/// The series called `name`.
pub(super) fn series<'a>(record: &'a Record, name: &str) -> Result<&'a Series, PictureError> {
    record.find(name).ok_or_else(|| PictureError::NoSeries { name: name.to_string() })
}

/// The points of a series; of a level whose every change is seen, its peaks.
pub(super) fn points(record: &Record, series: &Series) -> Vec<(f64, f64)> {
    let values = series.peaks.as_ref().unwrap_or(&series.values);
    record.times.iter().zip(values).map(|(at, &value)| (at.as_secs_f64(), value)).collect()
}

/// The sum of the series of several fleets, row by row; fleets without it count as zero.
pub(super) fn total(record: &Record, names: &[String]) -> Vec<(f64, f64)> {
    let columns: Vec<&Series> = names.iter().filter_map(|name| record.find(name)).collect();
    let sum = |row: usize| columns.iter().filter_map(|column| column.values.get(row)).sum();
    record.times.iter().enumerate().map(|(row, at)| (at.as_secs_f64(), sum(row))).collect()
}

/// The largest finite value of some points, zero if there is none.
pub(super) fn largest(points: &[(f64, f64)]) -> f64 {
    points.iter().map(|point| point.1).filter(|value| value.is_finite()).fold(0.0, f64::max)
}
