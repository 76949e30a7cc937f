//! Letters for bitmaps, from the font in the binary: no font of the system is looked for.

use ab_glyph::{Font, FontRef, Glyph, GlyphId, PxScale, ScaleFont, point};

use super::PictureError;
use super::pen::{Look, failed};

/// Set upright and bold.
pub(super) struct Letters {
    plain: FontRef<'static>,
    bold: FontRef<'static>,
}

/// How far below the middle line of a text its letters stand, as a share of their size: half of the
/// height of an x, as in the SVG pictures.
const MIDDLE: f32 = 0.2735;

impl Letters {
    /// Reads the fonts.
    pub(super) fn new() -> Result<Letters, PictureError> {
        let plain = FontRef::try_from_slice(include_bytes!("fonts/DejaVuSans.ttf"));
        let bold = FontRef::try_from_slice(include_bytes!("fonts/DejaVuSans-Bold.ttf"));
        Ok(Letters { plain: plain.map_err(failed)?, bold: bold.map_err(failed)? })
    }

    /// Calls `put` with each point that a text covers, and how much of it. The text begins, ends or has
    /// its middle at `x`, and its middle line at `y`.
    pub(super) fn write<E>(
        &self,
        text: &str,
        (x, y): (i32, i32),
        (look, fine): (Look, f64),
        mut put: impl FnMut((i32, i32), f32) -> Result<(), E>,
    ) -> Result<(), E> {
        let font = if look.bold { &self.bold } else { &self.plain };
        let size = (look.size * fine) as f32;
        // The library means the height of a line, we mean the em.
        let em = font.height_unscaled() / font.units_per_em().unwrap_or(1.0);
        let scale = PxScale::from(size * em);
        let (glyphs, width) = set(font, scale, text);
        let left = match (look.right, look.centred) {
            (true, _) => -width,
            (_, true) => -width / 2.0,
            _ => 0.0,
        };
        for mut glyph in glyphs {
            glyph.position.x += x as f32 + left;
            glyph.position.y = y as f32 + MIDDLE * size;
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let corner = outline.px_bounds().min;
            let mut failed = Ok(());
            outline.draw(|across, down, cover| {
                if failed.is_ok() && cover > 0.0 {
                    let at = (corner.x as i32 + across as i32, corner.y as i32 + down as i32);
                    failed = put(at, cover.min(1.0));
                }
            });
            failed?;
        }
        Ok(())
    }
}

/// The letters one after the other from zero on, and where they end.
fn set(font: &FontRef, scale: PxScale, text: &str) -> (Vec<Glyph>, f32) {
    let scaled = font.as_scaled(scale);
    let (mut glyphs, mut x, mut before) = (Vec::new(), 0.0, None::<GlyphId>);
    for c in text.chars() {
        let id = font.glyph_id(c);
        x += before.map_or(0.0, |before| scaled.kern(before, id));
        glyphs.push(id.with_scale_and_position(scale, point(x, 0.0)));
        x += scaled.h_advance(id);
        before = Some(id);
    }
    (glyphs, x)
}
