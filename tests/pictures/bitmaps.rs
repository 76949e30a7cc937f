//! Bitmaps: the same layout as the SVG pictures, twice as fine, with letters of their own.

use super::studies::{grid, swings};
use super::{ALL, fixture, svg};
use highwater::report::pictures::{heat_map, tornado};

/// A decoded picture.
struct Bitmap {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Bitmap {
    fn of(file: &[u8]) -> Bitmap {
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("pixels");
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        Bitmap { width: info.width as usize, height: info.height as usize, pixels }
    }

    /// The share of the pixels between two corners, in units of the page, that are dark.
    fn dark(&self, from: (f64, f64), to: (f64, f64)) -> f64 {
        let pixel = |units: f64| (2.0 * units).round() as usize;
        let (mut dark, mut all) = (0, 0);
        for y in pixel(from.1)..pixel(to.1) {
            for x in pixel(from.0)..pixel(to.0) {
                let at = (y * self.width + x) * 3;
                dark += usize::from(self.pixels[at..at + 3].iter().all(|part| *part < 128));
                all += 1;
            }
        }
        dark as f64 / all as f64
    }
}

#[test]
fn a_bitmap_is_twice_as_fine_as_the_page_and_always_the_same() {
    let (scenario, record) = fixture::storefront();
    for draw in ALL {
        let picture = draw(&scenario, &record, 0).unwrap();
        let file = picture.png().unwrap();
        assert!(file == picture.png().unwrap(), "two drawings differ");
        let bitmap = Bitmap::of(&file);
        assert_eq!(bitmap.width, 2000);
        let svg = picture.svg().unwrap();
        let height =
            svg.split(" height=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let height: usize = height.parse().unwrap();
        assert!(2 * height - bitmap.height <= 2, "{height} {}", bitmap.height);
    }
}

/// Where the SVG has words, the bitmap has ink, as much as letters have; beside them it has none.
#[test]
fn words_are_where_the_svg_has_them() {
    let (scenario, record) = fixture::chat();
    let picture = ALL[0](&scenario, &record, 0).unwrap();
    let bitmap = Bitmap::of(&picture.png().unwrap());
    let title = bitmap.dark((92.0, 18.0), (380.0, 36.0));
    assert!((0.15..0.5).contains(&title), "the title covers {title}");
    let subtitle = bitmap.dark((92.0, 46.0), (600.0, 61.0));
    assert!((0.1..0.4).contains(&subtitle), "the sentence covers {subtitle}");
    // "10,000" ends left of the plot, in the middle of its tick.
    assert_eq!(bitmap.dark((0.0, 0.0), (90.0, 60.0)), 0.0, "the margin is white");
    assert_eq!(bitmap.dark((500.0, 18.0), (980.0, 40.0)), 0.0, "nothing is right of the title");
}

#[test]
fn no_font_of_the_system_is_looked_for() {
    let (heat, bars) = (grid(8, 6, 1.0), swings());
    assert!(heat_map(&heat).unwrap().png().is_ok() && tornado(&bars).unwrap().png().is_ok());
    assert!(svg(tornado(&bars)).is_ok());
    let Ok(maps) = std::fs::read_to_string("/proc/self/maps") else { return };
    let fonts = ["fontconfig", "freetype", ".ttf", ".otf", "/fonts/"];
    let found: Vec<&str> =
        maps.lines().filter(|line| fonts.iter().any(|font| line.contains(font))).collect();
    assert!(found.is_empty(), "{found:?}");
}
