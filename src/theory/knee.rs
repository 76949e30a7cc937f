//! Where a curve stops paying: its knee.

/// The fewest points that can show a bend.
const FEWEST: usize = 5;

/// The knee of a curve through `points`, x growing, as an index into them; `None` where there is none
/// to see. `half_widths` are those of the 95 % intervals of the values, one for each point, or empty
/// when the values are exact.
///
/// Kneedle with sensitivity 1: both axes are scaled to 0..1, and the knee is the point farthest above
/// or below the straight line between the ends, if it is farther from it than the mean distance of
/// two neighbours. That serves curves that rise or fall, and bend either way, without being told
/// which. Scaling takes x where it stands, so points may be spaced unevenly. The spline of the paper
/// is left out: what it smooths away is here known as half widths.
///
/// There is none with fewer than five points; when the curve goes back by more than the intervals of
/// two points allow; when its ends do not differ by more than theirs; and when the bend may be noise,
/// that is, when the deviation from the line is not beyond the half widths that go into it. Points
/// that are not finite are left out; points whose x does not grow have no knee.
///
/// # Source
///
/// V. Satopaa, J. Albrecht, D. Irwin, B. Raghavan, "Finding a 'Kneedle' in a Haystack: Detecting Knee
/// Points in System Behavior", ICDCS Workshops, 2011.
///
/// ```
/// use highwater::theory::knee;
///
/// let bends = [(0.0, 0.0), (1.0, 7.0), (2.0, 8.0), (3.0, 8.5), (4.0, 9.0)];
/// assert_eq!(knee(&bends, &[]), Some(1));
/// let straight = [(0.0, 0.0), (1.0, 2.0), (2.0, 4.0), (3.0, 6.0), (4.0, 8.0)];
/// assert_eq!(knee(&straight, &[]), None);
/// ```
pub fn knee(points: &[(f64, f64)], half_widths: &[f64]) -> Option<usize> {
    let width = |i: usize| half_widths.get(i).map_or(0.0, |width| width.abs());
    let usable = points.iter().enumerate().map(|(i, &(x, y))| (i, x, y, width(i)));
    let usable: Vec<(usize, f64, f64, f64)> = usable
        .filter(|(_, x, y, width)| x.is_finite() && y.is_finite() && width.is_finite())
        .collect();
    if usable.len() < FEWEST || !usable.windows(2).all(|pair| pair[0].1 < pair[1].1) {
        return None;
    }
    let (&(_, first_x, first_y, first_width), &(_, last_x, last_y, last_width)) =
        (usable.first()?, usable.last()?);
    let height = last_y - first_y;
    let sizes = usable.iter().map(|(_, _, y, _)| y.abs());
    // A few roundings of the largest value, over the height that everything is divided by.
    let rounding = 16.0 * f64::EPSILON * sizes.fold(0.0, f64::max);
    if height.abs() <= first_width + last_width + rounding || goes_back(&usable, height.signum()) {
        return None;
    }
    let deviation = |&(i, x, y, width): &(usize, f64, f64, f64)| {
        let along = (x - first_x) / (last_x - first_x);
        let off = (y - first_y) - along * height;
        let noise = width + (1.0 - along) * first_width + along * last_width + rounding;
        (i, off.abs(), noise)
    };
    let all = usable.iter().map(deviation);
    let (at, off, noise) = all.reduce(|best, other| if other.1 > best.1 { other } else { best })?;
    let spacing = 1.0 / (usable.len() - 1) as f64;
    (off > noise && off / height.abs() > spacing).then_some(at)
}

/// Whether some value lies before an earlier one, on the way from the first to the last, by more than
/// both intervals.
fn goes_back(points: &[(usize, f64, f64, f64)], way: f64) -> bool {
    let mut reached = f64::NEG_INFINITY;
    points.iter().any(|(_, _, y, width)| {
        let back = way * y + width < reached;
        reached = reached.max(way * y - width);
        back
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Figure 2 of the paper: y = -1/(x + 0.1) + 5 at ten even points from 0 to 1. By hand: scaled, y
    /// at 1/9, 2/9, 3/9 is 0.5789, 0.7586, 0.8462; less x 0.4678, 0.5364, 0.5128. The knee is 0.22.
    #[test]
    fn the_example_of_the_paper() {
        let ninths = (0..10).map(|i| f64::from(i) / 9.0);
        let points: Vec<(f64, f64)> = ninths.map(|x| (x, 5.0 - 1.0 / (x + 0.1))).collect();
        assert_eq!(knee(&points, &[]), Some(2));
        // The other three shapes are mirror images: knees at the mirrored places.
        let mirrored = |flip_x: bool, flip_y: bool| -> Vec<(f64, f64)> {
            let mut points: Vec<(f64, f64)> = points
                .iter()
                .map(|&(x, y)| (if flip_x { 1.0 - x } else { x }, if flip_y { -y } else { y }))
                .collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        assert_eq!(knee(&mirrored(false, true), &[]), Some(2));
        assert_eq!(knee(&mirrored(true, false), &[]), Some(7));
        assert_eq!(knee(&mirrored(true, true), &[]), Some(7));
    }

    /// Twelve points near the knee or far from it: uneven spacing moves no knee that is a point of
    /// both. The largest distance of 1 - exp(-x) to its chord over 0..8 is where exp(-x) = 1/8, nearly:
    /// x = ln(8 / (1 - e^-8)) = 2.0798.
    #[test]
    fn x_counts_where_it_stands() {
        let curve = |xs: &[f64]| -> Vec<(f64, f64)> {
            xs.iter().map(|&x| (x, 1.0 - libm::exp(-x))).collect()
        };
        let even = curve(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        let uneven = curve(&[0.0, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.5, 5.0, 8.0]);
        assert_eq!(knee(&even, &[]).map(|at| even[at].0), Some(2.0));
        assert_eq!(knee(&uneven, &[]).map(|at| uneven[at].0), Some(2.0));
    }

    #[test]
    fn what_is_straight_or_short_has_none() {
        let line = |n: usize| -> Vec<(f64, f64)> {
            (0..n).map(|i| (i as f64 * 0.1, 1e6 + 0.3 * i as f64)).collect()
        };
        assert_eq!(knee(&line(50), &[]), None);
        let bent = [(0.0, 0.0), (1.0, 9.0), (2.0, 9.5), (3.0, 10.0)];
        assert_eq!(knee(&bent, &[]), None, "four points");
        assert_eq!(knee(&[], &[]), None);
        assert_eq!(knee(&[(1.0, 3.0); 9], &[]), None);
        let flat: Vec<(f64, f64)> = (0..9).map(|i| (f64::from(i), 2.0)).collect();
        assert_eq!(knee(&flat, &[]), None);
    }

    #[test]
    fn what_may_be_noise_is_none() {
        let bent = [(0.0, 0.0), (1.0, 7.0), (2.0, 8.0), (3.0, 8.5), (4.0, 9.0)];
        // The bend is 7 - 9/4 = 4.75; half widths of h add up to 2 h there.
        assert_eq!(knee(&bent, &[2.37; 5]), Some(1));
        assert_eq!(knee(&bent, &[2.38; 5]), None);
        let mut back = bent;
        back[3].1 = 6.9;
        assert_eq!(knee(&back, &[]), None, "it goes back");
        assert_eq!(knee(&back, &[0.56; 5]), Some(1), "the intervals of 8 and 6.9 overlap");
        let mut never = bent.to_vec();
        never.insert(0, (-1.0, f64::INFINITY));
        assert_eq!(knee(&never, &[]), Some(2), "an index into all points");
        never.swap(1, 2);
        assert_eq!(knee(&never, &[]), None, "x does not grow");
    }
}
