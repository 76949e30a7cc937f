//! Where things stand on the page, in its own units; and how wide texts are.

use super::figure::{Figure, Mark};
use super::marks::EXPLAINED;
use crate::units::{Start, Unit, quantity, wall_clock};

/// The width of every picture.
pub(super) const WIDTH: f64 = 1000.0;
/// The left and the right edge of the plot.
pub(super) const LEFT: f64 = 92.0;
pub(super) const RIGHT: f64 = WIDTH - 28.0;
/// Heights of rows of text.
pub(super) const LEGEND_ROW: f64 = 22.0;
pub(super) const BADGE_ROW: f64 = 20.0;
pub(super) const KEY_ROW: f64 = 20.0;
/// Sizes of text.
pub(super) const TITLE: f64 = 19.0;
pub(super) const TEXT: f64 = 13.5;
pub(super) const SMALL: f64 = 12.5;

const PLOT_HEIGHT: f64 = 360.0;
/// The sample of a line in the legend, and the gap behind an entry.
pub(super) const SWATCH: f64 = 30.0;
const LEGEND_GAP: f64 = 24.0;

/// A page: the places of everything that depends on the figure.
pub(super) struct Page {
    /// Left edge and centre line of each entry of the legend.
    pub legend: Vec<(f64, f64)>,
    /// The centre line of the title of the vertical axis.
    pub measure: f64,
    /// Centre of the badge of each mark.
    pub badges: Vec<(f64, f64)>,
    /// The top of the plot.
    pub top: f64,
    /// The bottom of the plot.
    pub bottom: f64,
    /// The centre line of the title of the time axis.
    pub time_title: f64,
    /// The centre line of the first explanation of a mark.
    pub key: f64,
    /// The height of the page.
    pub height: f64,
}

impl Page {
    pub(super) fn of(figure: &Figure) -> Page {
        let (legend, legend_end) =
            legend_places(figure.layers.iter().map(|layer| layer.label.as_str()), (LEFT, 82.0));
        let measure = legend_end + 20.0;
        let (rows, row_count) =
            badge_rows(figure.marks.iter().map(|mark| time_to_x(mark.at_s, figure.end_s)));
        let badge_top = measure + 16.0;
        let place = |(mark, row): (&Mark, &usize)| {
            (time_to_x(mark.at_s, figure.end_s), badge_top + (*row as f64 + 0.5) * BADGE_ROW)
        };
        let badges = figure.marks.iter().zip(&rows).map(place).collect();
        let top = badge_top + row_count as f64 * BADGE_ROW + 2.0;
        let bottom = top + PLOT_HEIGHT;
        let time_title = bottom + if figure.start.is_some() { 58.0 } else { 40.0 };
        let key = time_title + 28.0;
        let lines = figure.marks.len().min(EXPLAINED + 1);
        let height = if lines == 0 { time_title + 22.0 } else { key + lines as f64 * KEY_ROW };
        Page { legend, measure, badges, top, bottom, time_title, key, height }
    }

    /// The line on the page of a share of the height of the plot.
    pub(super) fn y(&self, share: f64) -> f64 {
        self.bottom - share * (self.bottom - self.top)
    }
}

/// The place on the page of an instant.
pub(super) fn time_to_x(at_s: f64, end_s: f64) -> f64 {
    LEFT + (at_s / end_s).clamp(0.0, 1.0) * (RIGHT - LEFT)
}

/// Entries with these texts from left to right, in as many rows as they need; and the line below the
/// last row.
pub(super) fn legend_places<'a>(
    texts: impl Iterator<Item = &'a str>,
    (left, first): (f64, f64),
) -> (Vec<(f64, f64)>, f64) {
    let (mut x, mut y) = (left, first);
    let mut places = Vec::new();
    for text in texts {
        let width = SWATCH + 6.0 + text_width(text, SMALL);
        if x > left && x + width > RIGHT {
            (x, y) = (left, y + LEGEND_ROW);
        }
        places.push((x, y));
        x += width + LEGEND_GAP;
    }
    (places, y + LEGEND_ROW / 2.0)
}

/// The row of each badge at `xs`, from left to right, so that badges of one row do not touch; and how
/// many rows there are. Beyond four rows they may.
pub(super) fn badge_rows(xs: impl Iterator<Item = f64>) -> (Vec<usize>, usize) {
    let mut ends: Vec<f64> = Vec::new();
    let mut rows = Vec::new();
    for x in xs {
        let free = ends.iter().position(|end| *end + 20.0 <= x);
        let row = free.unwrap_or(ends.len().min(3));
        if row == ends.len() {
            ends.push(x);
        }
        ends[row] = x;
        rows.push(row);
    }
    // From the plot upwards, the usual single row is the nearest.
    let count = ends.len();
    (rows.iter().map(|row| count - 1 - row).collect(), count)
}

/// The width that a text takes at most, as wide fonts have it.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let wide = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | ' ' | '(' | ')' | 'f' | 't' => 0.4,
        'm' | 'w' | 'M' | 'W' | '%' => 0.95,
        'A'..='Z' => 0.7,
        _ => 0.63,
    };
    text.chars().map(wide).sum::<f64>() * size
}

/// The text, cut with an ellipsis where it would be wider than `width`.
pub(super) fn fit(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_string();
    }
    let mut kept = String::new();
    let mut used = size;
    for c in text.chars() {
        used += text_width(c.encode_utf8(&mut [0; 4]), size);
        if used > width {
            break;
        }
        kept.push(c);
    }
    format!("{}…", kept.trim_end())
}

/// The size at which a title fits into `width`, from [`TITLE`] down to one that is still a title's.
pub(super) fn title_size(title: &str, width: f64) -> f64 {
    let sizes = [TITLE, 17.0, 15.0];
    sizes.into_iter().find(|size| text_width(title, *size) <= width).unwrap_or(15.0)
}

/// The text, cut at its beginning where it would be wider than `width`: of a path the end tells more.
pub(super) fn fit_end(text: &str, size: f64, width: f64) -> String {
    if text_width(text, size) <= width {
        return text.to_string();
    }
    let backwards: String = text.chars().rev().collect();
    let kept = fit(&backwards, size, width);
    kept.chars().rev().collect()
}

/// An instant in words, with the wall clock when it is known: `37.88 min (10:19:52Z)`, `6 h 4 min`.
pub(super) fn instant(at_s: f64, start: Option<Start>) -> String {
    let simulated = if at_s < 10_800.0 {
        quantity(at_s, Unit::Seconds).replace(".00 min", " min")
    } else {
        let minutes = (at_s / 60.0 + 0.5) as u64;
        format!("{} h {} min", minutes / 60, minutes % 60)
    };
    match start {
        Some(start) => format!("{simulated} ({})", wall_clock(start, at_s)),
        None => simulated,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn badges_that_would_touch_stand_in_two_rows() {
        assert_eq!(badge_rows([92.0, 100.8, 532.0].into_iter()), (vec![1, 0, 1], 2));
        assert_eq!(badge_rows([].into_iter()), (vec![], 0));
    }

    #[test]
    fn instants_read_as_people_say_them() {
        let start = Some(Start { unix_s: 1_731_577_320 });
        let seen = [instant(5.1, None), instant(2400.0, start), instant(20_160.0, None)];
        assert_eq!(seen, ["5.1 s", "40 min (10:22:00Z)", "5 h 36 min"]);
    }

    #[test]
    fn a_text_that_is_too_wide_ends_in_an_ellipsis() {
        assert_eq!(fit("short", 10.0, 100.0), "short");
        let cut = fit("servers.redis.timeout = 5min", 10.0, 100.0);
        assert!(cut.ends_with('…') && text_width(&cut, 10.0) <= 100.0, "{cut}");
        let cut = fit_end("fleets.chat.connections.main.pool.size", 10.0, 100.0);
        assert!(cut.starts_with('…') && cut.ends_with(".pool.size"), "{cut}");
    }
}
