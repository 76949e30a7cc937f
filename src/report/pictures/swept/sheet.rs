//! What the pictures of this room share: the page with its words, and a legend.

use crate::report::pictures::PictureError;
use crate::report::pictures::page::{LEFT, RIGHT, TEXT, TITLE, fit, text_width};
use crate::report::pictures::pen::{Drawn, Look, Pen, with_header};

/// Lines of a subtitle at most.
const SUBTITLE_LINES: usize = 3;
const SUBTITLE_ROW: f64 = 19.0;

/// The words above a picture, and where they end.
pub(super) struct Heading<'a> {
    title: &'a str,
    subtitle: &'a str,
    lines: Vec<String>,
}

impl<'a> Heading<'a> {
    pub(super) fn new(title: &'a str, subtitle: &'a str) -> Heading<'a> {
        Heading { title, subtitle, lines: wrapped(subtitle, TEXT, RIGHT - LEFT, SUBTITLE_LINES) }
    }

    /// The centre line of what stands below.
    pub(super) fn below(&self) -> f64 {
        63.0 + self.lines.len().max(1) as f64 * SUBTITLE_ROW
    }

    /// A page with this heading; `draw` makes the rest of it.
    pub(super) fn page(
        &self,
        height: f64,
        draw: impl FnOnce(&Pen) -> Drawn,
    ) -> Result<String, PictureError> {
        let mut svg = String::new();
        {
            let pen = Pen::new(&mut svg, height)?;
            let title = fit(self.title, TITLE, RIGHT - LEFT);
            pen.text(&title, LEFT, 28.0, Look { size: TITLE, bold: true, ..Look::LEFT })?;
            for (i, line) in self.lines.iter().enumerate() {
                let y = 54.0 + i as f64 * SUBTITLE_ROW;
                pen.text(line, LEFT, y, Look { size: TEXT, ..Look::LEFT })?;
            }
            draw(&pen)?;
            pen.finish()?;
        }
        Ok(with_header(svg, (self.title, self.subtitle), height))
    }
}

/// A text in lines of at most `width`, the last one cut when there would be more than `most`.
pub(super) fn wrapped(text: &str, size: f64, width: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() == most;
        match lines.last_mut() {
            Some(line) if full || text_width(&format!("{line} {word}"), size) <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines.iter().map(|line| fit(line, size, width)).collect()
}
