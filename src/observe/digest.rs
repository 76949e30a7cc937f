//! The digest of everything simulated.

use crate::units::SimTime;

/// Two 64-bit words into which every observation is folded with one wide multiplication: cheap
/// enough to be always on, and any difference in what happened, when, or in which order changes
/// all of it. It is a checksum against accidents, not against forgers.
#[derive(Clone, Copy, Debug)]
pub struct Digest {
    low: u64,
    high: u64,
}

/// An odd multiplier with well-mixed bits: the fraction of the golden ratio.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Digest {
    /// Of nothing yet.
    pub fn new() -> Digest {
        Digest { low: 0x243f_6a88_85a3_08d3, high: 0x1319_8a2e_0370_7344 }
    }

    /// Folds in that `what` happened at `at`.
    #[inline]
    pub fn fold(&mut self, at: SimTime, what: u64) {
        // Rotated so that instants (low bits) and codes (low bits) do not cancel.
        let word = at.as_ns() ^ what.rotate_right(16);
        let product = u128::from(self.low ^ word) * u128::from(MULTIPLIER ^ (self.high << 1));
        self.low = product as u64 ^ self.high;
        self.high = (product >> 64) as u64 ^ word.rotate_left(32);
    }

    /// 32 hexadecimal digits.
    pub fn finish(&self) -> String {
        let low = avalanche(self.low ^ self.high.rotate_left(17));
        let high = avalanche(self.high ^ low);
        format!("{high:016x}{low:016x}")
    }
}

/// The finalizer of MurmurHash3: every bit of the input moves half of the output.
fn avalanche(mut word: u64) -> u64 {
    word ^= word >> 33;
    word = word.wrapping_mul(0xff51_afd7_ed55_8ccd);
    word ^= word >> 33;
    word = word.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    word ^ word >> 33
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(happenings: &[(u64, u64)]) -> String {
        let mut digest = Digest::new();
        for (at, what) in happenings {
            digest.fold(SimTime::from_ns(*at), *what);
        }
        digest.finish()
    }

    #[test]
    fn order_time_and_kind_all_count() {
        let all = [
            of(&[]),
            of(&[(0, 0)]),
            of(&[(1, 2), (3, 4)]),
            of(&[(3, 4), (1, 2)]),
            of(&[(1, 2), (3, 5)]),
            of(&[(1, 2), (4, 4)]),
            of(&[(1, 2), (3, 4), (0, 0)]),
        ];
        for (i, one) in all.iter().enumerate() {
            assert_eq!(one.len(), 32);
            assert!(all[..i].iter().all(|other| other != one), "{all:?}");
        }
    }
}
