//! Strokes, areas and texts, in units of the page.

use plotters::coord::Shift;
use plotters::element::DashedPathElement;
use plotters::prelude::{
    Circle, DrawingArea, IntoDrawingArea, IntoFont, PathElement, Polygon, RGBColor, Rectangle,
    SVGBackend, ShapeStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontStyle, TextStyle};

use super::PictureError;
use super::figure::{Colour, Dash};
#[cfg(feature = "png")]
use super::letters::Letters;
use super::page::{SMALL, WIDTH};

pub(super) const TEXT_COLOUR: Colour = (40, 40, 40);
pub(super) const FAINT_COLOUR: Colour = (90, 90, 90);

/// Points of the drawing per unit of the page: the library rounds to whole points.
const FINE: f64 = 4.0;

/// The length of something in points.
pub(super) fn points(units: f64) -> i32 {
    libm::floor(units * FINE + 0.5) as i32
}

/// The width and the height in points of a page of this height.
pub(super) fn size(height: f64) -> (u32, u32) {
    (points(WIDTH) as u32, points(height) as u32)
}

pub(super) fn failed(error: impl std::fmt::Display) -> PictureError {
    PictureError::Drawing { message: error.to_string() }
}

/// Whether something could be drawn.
pub(super) type Drawn = Result<(), PictureError>;

/// Draws on one page, whatever it is made of.
pub(super) struct Pen<'a> {
    area: Area<'a>,
}

/// What a page is made of.
enum Area<'a> {
    Svg(DrawingArea<SVGBackend<'a>, Shift>),
    #[cfg(feature = "png")]
    Bitmap(DrawingArea<plotters::prelude::BitMapBackend<'a>, Shift>, Box<Letters>),
}

/// Does the same to a page of any kind.
macro_rules! on {
    ($pen:expr, $area:ident => $draw:expr) => {
        match &$pen.area {
            Area::Svg($area) => $draw.map_err(failed),
            #[cfg(feature = "png")]
            Area::Bitmap($area, _) => $draw.map_err(failed),
        }
    };
}

impl<'a> Pen<'a> {
    /// A white page of this height that is written to `svg`.
    pub(super) fn for_svg(svg: &'a mut String, height: f64) -> Result<Pen<'a>, PictureError> {
        let area = SVGBackend::with_string(svg, size(height)).into_drawing_area();
        Pen { area: Area::Svg(area) }.whitened()
    }

    /// A white page of this height whose points are written to `bytes`, three for each.
    #[cfg(feature = "png")]
    pub(super) fn for_bitmap(bytes: &'a mut [u8], height: f64) -> Result<Pen<'a>, PictureError> {
        let page = plotters::prelude::BitMapBackend::with_buffer(bytes, size(height));
        Pen { area: Area::Bitmap(page.into_drawing_area(), Box::new(Letters::new()?)) }.whitened()
    }

    fn whitened(self) -> Result<Pen<'a>, PictureError> {
        on!(self, area => area.fill(&plotters::style::WHITE))?;
        Ok(self)
    }

    /// Ends the page.
    pub(super) fn finish(self) -> Drawn {
        on!(self, area => area.present())
    }

    /// A filled circle.
    pub(super) fn dot(&self, (x, y): (f64, f64), radius: f64, colour: Colour) -> Drawn {
        let circle = Circle::new((points(x), points(y)), points(radius), rgb(colour).filled());
        on!(self, area => area.draw(&circle))
    }

    /// A circle that is not filled.
    pub(super) fn ring(
        &self,
        (x, y): (f64, f64),
        radius: f64,
        colour: Colour,
        width: f64,
    ) -> Drawn {
        let style = rgb(colour).stroke_width(points(width) as u32);
        let circle = Circle::new((points(x), points(y)), points(radius), style);
        on!(self, area => area.draw(&circle))
    }

    /// A rectangle between two corners that is not filled.
    pub(super) fn outline(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: Colour,
        width: f64,
    ) -> Drawn {
        let around = [from, (to.0, from.1), to, (from.0, to.1), from];
        self.stroke(&around, colour, width, Dash::Solid)
    }

    /// A filled circle with a short name in it.
    pub(super) fn badge(&self, name: &str, x: f64, y: f64, colour: Colour) -> Drawn {
        self.dot((x, y), 8.5, colour)?;
        let look = Look { colour: (255, 255, 255), bold: true, centred: true, ..Look::LEFT };
        self.text(name, x, y, Look { size: 11.0, ..look })
    }

    /// A line through points, broken as `dash` says.
    pub(super) fn stroke(
        &self,
        path: &[(f64, f64)],
        colour: Colour,
        width: f64,
        dash: Dash,
    ) -> Drawn {
        let path: Vec<(i32, i32)> = path.iter().map(|&(x, y)| (points(x), points(y))).collect();
        let style = ShapeStyle {
            color: rgb(colour).to_rgba(),
            filled: false,
            stroke_width: points(width) as u32,
        };
        let (on, off) = match dash {
            Dash::Solid => {
                let line = PathElement::new(path, style);
                return on!(self, area => area.draw(&line));
            }
            Dash::Long => (12.0, 5.0),
            Dash::Short => (6.0, 4.0),
            Dash::Dotted => (2.0, 3.0),
        };
        let dashed = DashedPathElement::new(path, points(on), points(off), style);
        on!(self, area => area.draw(&dashed))
    }

    /// A line of the grid: faint over white and over colours.
    pub(super) fn hairline(&self, from: (f64, f64), to: (f64, f64)) -> Drawn {
        let ends = [from, to].map(|(x, y)| (points(x), points(y)));
        let style = plotters::style::BLACK.mix(0.13).stroke_width(points(1.0) as u32);
        let line = PathElement::new(ends, style);
        on!(self, area => area.draw(&line))
    }

    /// A filled polygon.
    pub(super) fn fill(&self, around: &[(f64, f64)], colour: Colour) -> Drawn {
        let around: Vec<(i32, i32)> = around.iter().map(|&(x, y)| (points(x), points(y))).collect();
        let polygon = Polygon::new(around, rgb(colour).filled());
        on!(self, area => area.draw(&polygon))
    }

    /// A filled rectangle between two corners.
    pub(super) fn block(
        &self,
        from: (f64, f64),
        to: (f64, f64),
        colour: Colour,
        opacity: f64,
    ) -> Drawn {
        let corners = [(points(from.0), points(from.1)), (points(to.0), points(to.1))];
        let style = rgb(colour).mix(opacity).filled();
        let rectangle = Rectangle::new(corners, style);
        on!(self, area => area.draw(&rectangle))
    }

    /// A text, with `y` its middle line.
    pub(super) fn text(&self, text: &str, x: f64, y: f64, look: Look) -> Drawn {
        let place = (points(x), points(y));
        match &self.area {
            Area::Svg(area) => write_svg(area, text, place, look),
            #[cfg(feature = "png")]
            Area::Bitmap(area, letters) => {
                let colour = rgb(look.colour);
                let put = |at, cover: f32| area.draw_pixel(at, &colour.mix(f64::from(cover)));
                letters.write(text, place, (look, FINE), put).map_err(failed)
            }
        }
    }
}

/// A text as text, for whoever shows the picture to set.
fn write_svg(
    area: &DrawingArea<SVGBackend, Shift>,
    text: &str,
    place: (i32, i32),
    look: Look,
) -> Drawn {
    // The library writes sizes divided by 1.24, the ratio of line to letter height it assumes.
    let font = ("sans-serif", look.size * FINE * 1.24).into_font();
    let font = if look.bold { font.style(FontStyle::Bold) } else { font };
    let across = match (look.right, look.centred) {
        (true, _) => HPos::Right,
        (_, true) => HPos::Center,
        _ => HPos::Left,
    };
    let colour = rgb(look.colour);
    let style = TextStyle::from(font).color(&colour).pos(Pos::new(across, VPos::Center));
    area.draw_text(text, &style, place).map_err(failed)
}

/// How a text looks: it starts at its place unless it is centred there, or ends there.
#[derive(Clone, Copy)]
pub(super) struct Look {
    pub size: f64,
    pub colour: Colour,
    pub bold: bool,
    pub centred: bool,
    pub right: bool,
}

impl Look {
    pub(super) const LEFT: Look =
        Look { size: SMALL, colour: TEXT_COLOUR, bold: false, centred: false, right: false };
    pub(super) const FAINT: Look = Look { colour: FAINT_COLOUR, ..Look::LEFT };
}

fn rgb((red, green, blue): Colour) -> RGBColor {
    RGBColor(red, green, blue)
}
