//! A picture, and the files it can become.

use super::PictureError;
use super::page::WIDTH;
use super::pen::{Drawn, Pen, points};

/// A picture that is laid out: the same one gives the same bytes.
pub struct Picture<'a> {
    /// What it is of.
    title: String,
    /// What it shows, in a sentence with its figures.
    subtitle: String,
    /// In units of the page.
    height: f64,
    draw: Box<dyn Fn(&Pen) -> Drawn + 'a>,
}

impl<'a> Picture<'a> {
    /// A picture with these words for those who listen to it, drawn by `draw`.
    pub(super) fn new(
        (title, subtitle): (&str, &str),
        height: f64,
        draw: impl Fn(&Pen) -> Drawn + 'a,
    ) -> Picture<'a> {
        let (title, subtitle) = (title.to_string(), subtitle.to_string());
        Picture { title, subtitle, height, draw: Box::new(draw) }
    }

    /// As an SVG document.
    ///
    /// # Errors
    ///
    /// When the drawing library fails.
    pub fn svg(&self) -> Result<String, PictureError> {
        let mut svg = String::new();
        let pen = Pen::for_svg(&mut svg, self.height)?;
        (self.draw)(&pen)?;
        pen.finish()?;
        Ok(self.with_header(svg))
    }

    /// Replaces the library's header, whose size is that of the fine points, by one with the size of
    /// the page and a title and a description for those who listen to pictures.
    fn with_header(&self, svg: String) -> String {
        let Some((_, body)) = svg.split_once('\n') else { return svg };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{}\" \
             viewBox=\"0 0 {} {}\" role=\"img\">\n<title>{}</title>\n<desc>{}</desc>\n{body}",
            libm::ceil(self.height),
            points(WIDTH),
            points(self.height),
            escape(&self.title),
            escape(&self.subtitle),
        )
    }

    /// As a PNG file of two pixels for each unit of the page, with its own letters.
    ///
    /// # Errors
    ///
    /// When the drawing library or the encoder fails.
    #[cfg(feature = "png")]
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let (width, height) = super::pen::size(self.height);
        let mut points = vec![0; width as usize * height as usize * 3];
        let pen = Pen::for_bitmap(&mut points, self.height)?;
        (self.draw)(&pen)?;
        pen.finish()?;
        super::bitmap::png((width, height), &points)
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
