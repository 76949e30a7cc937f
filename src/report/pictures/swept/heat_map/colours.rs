//! The colours of a scale, and the ink that is read on them.

use crate::report::pictures::figure::{BLACK, Colour};
use crate::report::pictures::swept::signs::WHITE;

/// Ten colours at equal distances, from low to high: cividis, which grows evenly in lightness and looks
/// much the same to readers who see no red or no green. J. R. Nuñez, C. R. Anderton, R. S. Renslow,
/// "Optimizing colormaps with consideration for color vision deficiency", PLOS ONE 13(7), 2018.
const SCALE: [Colour; 10] = [
    (0, 32, 77),
    (0, 51, 111),
    (57, 72, 107),
    (87, 92, 109),
    (112, 113, 115),
    (138, 135, 121),
    (166, 157, 117),
    (196, 181, 108),
    (228, 207, 91),
    (255, 234, 70),
];

/// The colour of a share of the scale, between two stops a mixture of both.
pub(super) fn colour_at(share: f64) -> Colour {
    let share = if share.is_nan() { 0.0 } else { share.clamp(0.0, 1.0) };
    let place = share * (SCALE.len() - 1) as f64;
    let below = (place as usize).min(SCALE.len() - 2);
    let part = place - below as f64;
    let (from, to) = (SCALE[below], SCALE[below + 1]);
    let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part + 0.5) as u8;
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The light that a colour sends out, from 0 to 1: relative luminance as the Web Content Accessibility
/// Guidelines 2.1 define it.
fn luminance((red, green, blue): Colour) -> f64 {
    let linear = |part: u8| match f64::from(part) / 255.0 {
        dark if dark <= 0.03928 => dark / 12.92,
        light => libm::pow((light + 0.055) / 1.055, 2.4),
    };
    0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
}

/// The contrast of two luminances by the same guidelines: 1 to 21.
fn contrast(a: f64, b: f64) -> f64 {
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Black or white, whichever stands out more.
pub(super) fn ink_on(colour: Colour) -> Colour {
    let light = luminance(colour);
    if contrast(light, 1.0) >= contrast(light, 0.0) { WHITE } else { BLACK }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CIELAB lightness of a luminance.
    fn lightness(light: f64) -> f64 {
        if light > 0.008_856 { 116.0 * libm::cbrt(light) - 16.0 } else { 903.3 * light }
    }

    /// Equal steps of the figure are equal steps of lightness: L* of the 21 places between grows
    /// everywhere, and lies on the straight line between the ends to within a tenth of its length.
    #[test]
    fn the_scale_is_even() {
        let at = |i: u32| lightness(luminance(colour_at(f64::from(i) / 20.0)));
        let (first, last) = (at(0), at(20));
        for i in 1..=20 {
            assert!(at(i) > at(i - 1), "{i}");
            let line = first + (last - first) * f64::from(i) / 20.0;
            assert!((at(i) - line).abs() < 0.1 * (last - first), "{i}: {} {line}", at(i));
        }
        assert!(last - first > 70.0, "it uses most of what there is");
        assert_eq!((colour_at(0.0), colour_at(1.0)), (SCALE[0], SCALE[9]));
        assert_eq!(colour_at(f64::NAN), SCALE[0]);
    }

    /// The guidelines ask for 4.5; the better of black and white always has it.
    #[test]
    fn words_stand_out_from_every_colour() {
        for i in 0..=1000 {
            let colour = colour_at(f64::from(i) / 1000.0);
            let seen = contrast(luminance(colour), luminance(ink_on(colour)));
            assert!(seen >= 4.5, "{colour:?}: {seen}");
        }
        assert_eq!((ink_on(BLACK), ink_on(WHITE)), (WHITE, BLACK));
        assert!((contrast(0.0, 1.0) - 21.0).abs() < 1e-12);
    }
}
