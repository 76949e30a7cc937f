//! The normal quantile.

#![expect(clippy::excessive_precision, reason = "the figures stand as the paper prints them")]

/// The central region: |p - 1/2| up to 0.425.
const CENTRE: [[f64; 8]; 2] = [
    [
        3.387_132_872_796_366_608,
        133.141_667_891_784_377_45,
        1_971.590_950_306_551_442_7,
        13_731.693_765_509_461_125,
        45_921.953_931_549_871_457,
        67_265.770_927_008_700_853,
        33_430.575_583_588_128_105,
        2_509.080_928_730_122_672_7,
    ],
    [
        1.0,
        42.313_330_701_600_911_252,
        687.187_007_492_057_908_3,
        5_394.196_021_424_751_107_7,
        21_213.794_301_586_595_867,
        39_307.895_800_092_710_61,
        28_729.085_735_721_942_674,
        5_226.495_278_852_854_561,
    ],
];

/// The shoulders: r = sqrt(-ln p) up to 5.
const SHOULDER: [[f64; 8]; 2] = [
    [
        1.423_437_110_749_683_577_34,
        4.630_337_846_156_545_295_9,
        5.769_497_221_460_691_405_5,
        3.647_848_324_763_204_605_04,
        1.270_458_252_452_368_382_58,
        0.241_780_725_177_450_611_77,
        0.022_723_844_989_269_184_583_3,
        0.000_774_545_014_278_341_407_64,
    ],
    [
        1.0,
        2.053_191_626_637_758_821_87,
        1.676_384_830_183_803_849_4,
        0.689_767_334_985_100_004_55,
        0.148_103_976_427_480_074_59,
        0.015_198_666_563_616_457_196_6,
        0.000_547_593_808_499_534_494_6,
        1.050_750_071_644_416_843_24e-9,
    ],
];

/// The far tails: r above 5.
const TAIL: [[f64; 8]; 2] = [
    [
        6.657_904_643_501_103_777_2,
        5.463_784_911_164_114_369_9,
        1.784_826_539_917_291_335_8,
        0.296_560_571_828_504_891_23,
        0.026_532_189_526_576_123_093,
        0.001_242_660_947_388_078_438_6,
        2.711_555_568_743_487_578_15e-5,
        2.010_334_399_292_288_132_65e-7,
    ],
    [
        1.0,
        0.599_832_206_555_887_937_69,
        0.136_929_880_922_735_805_31,
        0.014_875_361_290_850_614_852_5,
        0.000_786_869_131_145_613_259_1,
        1.846_318_317_510_054_681_8e-5,
        1.421_511_758_316_445_888_7e-7,
        2.044_263_103_389_939_785_64e-15,
    ],
];

/// The value below which a standard normal number lies with probability `p`, 0 < p < 1, to about
/// 16 figures.
///
/// # Source
///
/// M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
/// Statistics 37(3), 1988 (the version PPND16).
#[inline]
pub(super) fn quantile(p: f64) -> f64 {
    let q = p - 0.5;
    if q.abs() <= 0.425 { q * rational(&CENTRE, 0.180625 - q * q) } else { outer(p, q) }
}

fn outer(p: f64, q: f64) -> f64 {
    let tail = if q < 0.0 { p } else { 1.0 - p };
    let r = libm::sqrt(-libm::log(tail));
    let size = if r <= 5.0 { rational(&SHOULDER, r - 1.6) } else { rational(&TAIL, r - 5.0) };
    if q < 0.0 { -size } else { size }
}

/// The quotient of two polynomials, the coefficients from the lowest power up.
#[inline]
fn rational([above, below]: &[[f64; 8]; 2], x: f64) -> f64 {
    let value = |of: &[f64; 8]| of.iter().rev().fold(0.0, |sum, &c| sum * x + c);
    value(above) / value(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The quantile undoes the distribution function, which `libm` computes by another way. The
    /// error of the round trip is a few roundings of z, weighed by the slope of log P: |z| + 1.
    #[test]
    fn the_quantile_undoes_the_distribution_function() {
        for p in [1e-300, 1e-30, 1e-16, 1e-9, 0.001, 0.0749, 0.0751, 0.3, 0.5, 0.8, 0.925, 0.999] {
            let z = quantile(p);
            let back = 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
            let bound = 16.0 * f64::EPSILON * (1.0 + z.abs() * (1.0 + z.abs()));
            assert!((back / p - 1.0).abs() < bound, "p = {p}: z = {z} comes back as {back}");
        }
    }
}
