//! From the fine points of a page to a PNG file.

use super::PictureError;
use super::pen::failed;

/// Points across and down that make a pixel: their mean smooths every edge.
const SIDE: usize = 2;

/// A page of points of red, green and blue as a file of half its width and height.
pub(super) fn png((width, height): (u32, u32), points: &[u8]) -> Result<Vec<u8>, PictureError> {
    let row = width as usize * 3;
    let (across, down) = (width as usize / SIDE, height as usize / SIDE);
    let mut pixels = Vec::with_capacity(across * down * 3);
    for pair in points.chunks_exact(SIDE * row) {
        for column in 0..across {
            for colour in 0..3 {
                let mut sum = 0;
                for point in 0..SIDE * SIDE {
                    let at = point / SIDE * row + (SIDE * column + point % SIDE) * 3 + colour;
                    sum += u32::from(pair.get(at).copied().unwrap_or(u8::MAX));
                }
                let mean = (sum + (SIDE * SIDE) as u32 / 2) / (SIDE * SIDE) as u32;
                pixels.push(mean as u8);
            }
        }
    }
    encoded((across as u32, down as u32), &pixels).map_err(failed)
}

fn encoded((width, height): (u32, u32), pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(file)
}
