//! A figure of a real server beside the simulated one, and the table of all of them.

use std::fmt::Write;

use crate::figures::Recorded;

/// One line of the table.
#[derive(Clone, Debug)]
pub enum Line {
    /// A figure of both.
    Both(Row),
    /// A recording that no scenario can say.
    NotSimulated {
        /// Its name.
        experiment: &'static str,
        /// What was measured.
        what: &'static str,
        /// What came out.
        recorded: &'static str,
        /// What the simulation would need.
        reason: &'static str,
    },
}

/// A recorded figure, the simulated one, and how far they may be apart.
#[derive(Clone, Debug)]
pub struct Row {
    experiment: &'static str,
    what: String,
    unit: &'static str,
    recorded: Recorded,
    simulated: f64,
    band: Band,
    /// Where it is known to be outside, and why.
    outside: Option<(Side, &'static str)>,
}

/// How far the simulated figure may be from the mean of the recorded ones.
#[derive(Clone, Copy, Debug)]
pub enum Band {
    /// Not at all.
    Same,
    /// So much, in the unit of the figure.
    By(f64),
    /// Such a share of it.
    Share(f64),
    /// Anything between the least and the most of the recorded runs.
    Runs,
    /// From here to here.
    Between(f64, f64),
    /// Not below the least recorded value.
    NotBelow,
}

/// On which side of its band a figure is known to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Side {
    /// Too low.
    Below,
    /// Too high.
    Above,
}

impl Row {
    /// A row; its band is not yet wider than nothing.
    pub fn new(
        experiment: &'static str,
        what: impl Into<String>,
        recorded: Recorded,
        simulated: f64,
    ) -> Row {
        let (what, unit, band) = (what.into(), "", Band::Same);
        Row { experiment, what, unit, recorded, simulated, band, outside: None }
    }

    /// The unit of both figures.
    pub fn unit(self, unit: &'static str) -> Row {
        Row { unit, ..self }
    }

    /// The band, which ends the row.
    pub fn within(self, band: Band) -> Line {
        Line::Both(Row { band, ..self })
    }

    /// A band that the simulated figure is known to miss, on this side and for this reason; it ends the
    /// row.
    pub fn outside(self, band: Band, side: Side, reason: &'static str) -> Line {
        Line::Both(Row { band, outside: Some((side, reason)), ..self })
    }

    /// Whether the simulated figure is where the row says: inside its band, or outside on the side on
    /// which it is known to be.
    fn is_as_said(&self) -> bool {
        match self.outside {
            None => self.is_inside(),
            Some((Side::Below, _)) => !self.is_inside() && self.simulated < self.recorded.mean,
            Some((Side::Above, _)) => !self.is_inside() && self.simulated > self.recorded.mean,
        }
    }

    /// Simulated less recorded.
    fn difference(&self) -> f64 {
        let from = match self.band {
            Band::NotBelow => self.recorded.least,
            _ => self.recorded.mean,
        };
        self.simulated - from
    }

    /// Whether the simulated figure is inside the band.
    fn is_inside(&self) -> bool {
        let Recorded { least, most, mean, .. } = self.recorded;
        match self.band {
            Band::Same => self.simulated == mean,
            Band::By(by) => self.difference().abs() <= by,
            Band::Share(share) => self.difference().abs() <= share * mean.abs(),
            Band::Runs => (least..=most).contains(&self.simulated),
            Band::Between(low, high) => (low..=high).contains(&self.simulated),
            Band::NotBelow => self.simulated >= least,
        }
    }

    fn cells(&self) -> [String; 7] {
        let Recorded { least, mean, most, .. } = self.recorded;
        let recorded = if least == most {
            figure(mean)
        } else {
            format!("{} ({} to {})", figure(mean), figure(least), figure(most))
        };
        let with_unit = |text: String| match self.unit {
            "" => text,
            unit => format!("{text} {unit}"),
        };
        let share = self.difference() / mean;
        let difference = match self.band {
            _ if self.difference() == 0.0 => "none".to_string(),
            Band::Share(_) if mean != 0.0 => format!("{:+.1} %", 100.0 * share),
            _ => format!(
                "{}{}",
                if self.difference() < 0.0 { "" } else { "+" },
                figure(self.difference())
            ),
        };
        let band = match self.band {
            Band::Same => "the same".to_string(),
            Band::By(by) => format!("±{}", with_unit(figure(by))),
            Band::Share(share) => format!("±{} %", figure(100.0 * share)),
            Band::Runs => "between the runs".to_string(),
            Band::Between(low, high) => format!("{} to {}", figure(low), figure(high)),
            Band::NotBelow => "not below".to_string(),
        };
        let inside = match (self.is_inside(), self.outside) {
            (true, _) => "yes".to_string(),
            (false, Some((Side::Below, reason))) => format!("no, below: {reason}"),
            (false, Some((Side::Above, reason))) => format!("no, above: {reason}"),
            (false, None) => "**no**".to_string(),
        };
        [
            self.experiment.to_string(),
            self.what.clone(),
            with_unit(recorded),
            with_unit(figure(self.simulated)),
            difference,
            band,
            inside,
        ]
    }
}

/// A number with the digits that matter: four, but never fewer than stand before the point.
fn figure(value: f64) -> String {
    let digits = match value.abs() {
        size if size >= 1000.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 10.0 => 2,
        size if size >= 1.0 => 3,
        _ => 4,
    };
    let text = format!("{value:.digits$}");
    let text =
        if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// Asserts that every figure is inside its band or, where the row says so, still outside on the side
/// it names; and names those that are not.
#[track_caller]
pub fn all_inside(lines: &[Line]) {
    let outside: Vec<String> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Both(row) if !row.is_as_said() => Some(row.cells().join(" | ")),
            _ => None,
        })
        .collect();
    assert!(!lines.is_empty(), "there are figures to compare");
    assert!(outside.is_empty(), "not as the table says:\n{}", outside.join("\n"));
}

/// The lines as a table of Markdown.
pub fn markdown(lines: &[Line]) -> String {
    let mut out = String::from(
        "| experiment | what | recorded | simulated | difference | band | inside |\n\
         |---|---|---|---|---|---|---|\n",
    );
    for line in lines {
        let cells = match line {
            Line::Both(row) => row.cells(),
            Line::NotSimulated { experiment, what, recorded, reason } => [
                experiment.to_string(),
                what.to_string(),
                recorded.to_string(),
                format!("not simulated: {reason}"),
                String::new(),
                String::new(),
                String::new(),
            ],
        };
        writeln!(out, "| {} |", cells.join(" | ")).unwrap();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(simulated: f64, band: Band) -> Row {
        let recorded = Recorded::of(&[9.0, 10.0, 11.0]);
        let Line::Both(row) = Row::new("E0", "a figure", recorded, simulated).within(band) else {
            panic!("a row was made");
        };
        row
    }

    #[test]
    fn a_band_ends_where_it_says() {
        for (simulated, band, inside) in [
            (10.0, Band::Same, true),
            (10.001, Band::Same, false),
            (10.5, Band::By(0.5), true),
            (10.6, Band::By(0.5), false),
            (9.0, Band::Share(0.1), true),
            (8.9, Band::Share(0.1), false),
            (11.0, Band::Runs, true),
            (11.1, Band::Runs, false),
            (9.0, Band::NotBelow, true),
            (8.9, Band::NotBelow, false),
            (12.0, Band::Between(9.0, 12.0), true),
            (12.1, Band::Between(9.0, 12.0), false),
        ] {
            assert_eq!(row(simulated, band).is_inside(), inside, "{simulated} in {band:?}");
        }
        assert!(
            !row(f64::NAN, Band::Share(0.1)).is_inside(),
            "what was not measured is not inside"
        );
    }

    #[test]
    fn a_figure_that_is_known_to_be_outside_must_be_so_on_that_side() {
        for (simulated, side, as_said) in [
            (8.0, Side::Below, true),
            (12.0, Side::Below, false),
            (12.0, Side::Above, true),
            (8.0, Side::Above, false),
            (10.0, Side::Above, false),
            (f64::NAN, Side::Above, false),
        ] {
            let Line::Both(row) = row(simulated, Band::Runs).outside(Band::Runs, side, "so") else {
                panic!("a row was made");
            };
            assert_eq!(row.is_as_said(), as_said, "{simulated} {side:?}");
        }
    }

    #[test]
    #[should_panic(expected = "not as the table says")]
    fn a_figure_outside_its_band_fails() {
        all_inside(&[Line::Both(row(12.0, Band::Share(0.1)))]);
    }
}
