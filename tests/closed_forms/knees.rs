//! The knee of a curve that theory knows.

use highwater::theory::{MmC, Queue, knee};
use highwater::units::{Rate, Span};

/// The mean wait of M/M/c at 8.5 erlangs against c: 11 servers are the knee. The answer comes from
/// the definition: of all points of the scaled curve, the one with the longest perpendicular to the
/// line between the ends.
#[test]
fn the_wait_for_a_server_has_its_knee_where_the_definition_says() {
    let arrivals = Rate::per_second(8.5).unwrap();
    let wait = |servers: u32| {
        let queue = Queue { arrivals, mean_service: Span::from_secs(1), servers };
        MmC::new(queue).unwrap().waiting().mean_wait_s
    };
    let points: Vec<(f64, f64)> = (9..=24).map(|c| (f64::from(c), wait(c))).collect();
    let (first, last) = (points[0], points[15]);
    let distance = |&(x, y): &(f64, f64)| {
        let (x, y) = ((x - first.0) / (last.0 - first.0), (y - last.1) / (first.1 - last.1));
        // The line x + y = 1.
        (x + y - 1.0).abs() / std::f64::consts::SQRT_2
    };
    let farthest = points.iter().max_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap().0;
    assert_eq!(farthest, 11.0);
    assert_eq!(knee(&points, &[]).map(|at| points[at].0), Some(farthest));
    // Beyond the knee the rest bends again; from 13 on a tenth of a second of noise hides it.
    assert_eq!(knee(&points[4..], &[0.1; 12]), None);
}
