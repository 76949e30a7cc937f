//! Indices and effects of functions whose answers are known.

use highwater::chance::{Purpose, Stream};
use highwater::experiment;
use highwater::theory::{Effects, SobolIndex, mean_interval, morris, sobol};
use std::f64::consts::PI;

/// A function of the unit cube.
type Function = fn(&[f64]) -> f64;

/// T. Ishigami and T. Homma, 1990: sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1 over -pi..pi.
fn ishigami(u: &[f64]) -> f64 {
    let x = |i: usize| PI * (2.0 * u[i] - 1.0);
    let (first, second) = (libm::sin(x(0)), libm::sin(x(1)));
    let fourth = x(2) * x(2) * x(2) * x(2);
    first + 7.0 * second * second + 0.1 * fourth * first
}

/// First-order and total indices of [`ishigami`], from its variances.
fn of_ishigami() -> [(f64, f64); 3] {
    let (a, b) = (7.0, 0.1);
    let (fourth, eighth) = (libm::pow(PI, 4.0), libm::pow(PI, 8.0));
    let first = 0.5 * libm::pow(1.0 + b * fourth / 5.0, 2.0);
    let second = a * a / 8.0;
    let both = 8.0 * b * b * eighth / 225.0;
    let all = first + second + both;
    let published = [(0.3139, 0.5576), (0.4424, 0.4424), (0.0, 0.2437)];
    let exact =
        [(first / all, (first + both) / all), (second / all, second / all), (0.0, both / all)];
    for ((first, total), (first_printed, total_printed)) in exact.into_iter().zip(published) {
        assert!((first - first_printed).abs() < 5.1e-5 && (total - total_printed).abs() < 5.1e-5);
    }
    exact
}

/// The constants of the g-function: the smaller, the more a factor matters.
const G: [f64; 6] = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0];

/// I. M. Sobol', 1993: the product of (|4 x - 2| + a) / (1 + a).
fn g(u: &[f64]) -> f64 {
    let factor = |(x, a): (&f64, f64)| ((4.0 * x - 2.0).abs() + a) / (1.0 + a);
    u.iter().zip(G).map(factor).product()
}

fn of_g() -> [(f64, f64); 6] {
    let own = G.map(|a| 1.0 / (3.0 * (1.0 + a) * (1.0 + a)));
    let product: f64 = own.iter().map(|v| 1.0 + v).product();
    own.map(|v| (v / (product - 1.0), v * product / (1.0 + v) / (product - 1.0)))
}

fn results(function: Function, points: &[Vec<f64>]) -> Vec<f64> {
    points.iter().map(|point| function(point)).collect()
}

/// The indices from a design of `samples` points.
fn indices(function: Function, seed: &str, samples: usize, dims: usize) -> Vec<SobolIndex> {
    let design = experiment::saltelli(seed, samples, dims);
    let ab: Vec<Vec<f64>> = (0..dims).map(|dim| results(function, &design.ab(dim))).collect();
    sobol(&results(function, &design.a), &results(function, &design.b), &ab)
}

/// Within four errors of the jackknife, which one index in 16,000 leaves by chance. Half a 95 %
/// interval is 1.96 errors.
fn check(found: &[SobolIndex], exact: &[(f64, f64)]) {
    assert_eq!(found.len(), exact.len());
    for (found, (first, total)) in found.iter().zip(exact) {
        let error = |(low, high): (f64, f64)| (high - low) / 2.0 / 1.96;
        assert!(
            (found.first - first).abs() <= 4.0 * error(found.first_interval),
            "{found:?} {first}"
        );
        assert!(
            (found.total - total).abs() <= 4.0 * error(found.total_interval),
            "{found:?} {total}"
        );
    }
}

#[test]
fn indices_of_ishigamis_function() {
    check(&indices(ishigami, "1", 4096, 3), &of_ishigami());
}

#[test]
fn indices_of_the_g_function() {
    check(&indices(g, "1", 4096, 6), &of_g());
}

/// The error that the jackknife gives is the scatter of the index itself, over 200 samples without
/// a plan: a deviation of 200 values is right to 1/sqrt(2 x 199), 5 %; four of these are allowed, and
/// as much again as the jackknife's own scatter.
#[test]
fn the_jackknife_tells_the_scatter() {
    const STUDIES: u32 = 200;
    const ROWS: usize = 300;
    let mut found: Vec<SobolIndex> = Vec::new();
    for number in 0..STUDIES {
        let mut stream = Stream::new("jackknife", number, "points", Purpose::Service);
        let mut sample = || -> Vec<Vec<f64>> {
            (0..ROWS).map(|_| (0..3).map(|_| stream.uniform()).collect()).collect()
        };
        let design = experiment::Saltelli { a: sample(), b: sample() };
        let ab = results(ishigami, &design.ab(0));
        found.extend(sobol(&results(ishigami, &design.a), &results(ishigami, &design.b), &[ab]));
    }
    let exact = of_ishigami()[0];
    type Of = fn(&SobolIndex) -> (f64, (f64, f64));
    let both: [(f64, Of); 2] = [
        (exact.0, |index| (index.first, index.first_interval)),
        (exact.1, |index| (index.total, index.total_interval)),
    ];
    for (truth, of) in both {
        let estimates: Vec<f64> = found.iter().map(|index| of(index).0).collect();
        let width = |(low, high): (f64, f64)| (high - low) / 2.0 / 1.968;
        let errors: Vec<f64> = found.iter().map(|index| width(of(index).1)).collect();
        let ratio = mean_interval(&errors).mean / mean_interval(&estimates).sd;
        assert!((ratio - 1.0).abs() < 0.2 + 0.2, "{ratio}");
        let held = found.iter().filter(|index| {
            let (low, high) = of(index).1;
            low <= truth && truth <= high
        });
        // 95 % of 200 within four deviations, 3.1 each.
        let held = held.count();
        assert!(held as f64 >= 190.0 - 4.0 * 3.1, "{held}");
    }
}

fn effects(function: Function, seed: &str, walks: usize, dims: usize) -> Vec<Effects> {
    let mut effects: Vec<Vec<f64>> = vec![Vec::new(); dims];
    for walk in experiment::morris(seed, walks, dims, 4) {
        let of_walk = walk.effects(&results(function, &walk.points()));
        effects.iter_mut().zip(of_walk).for_each(|(of, effect)| of.push(effect));
    }
    morris(&effects)
}

/// A sum has the same effect everywhere: mu is the slope, sigma nothing but rounding.
#[test]
fn effects_of_a_sum_are_its_slopes() {
    let seen = effects(|x| 4.0 * x[0] - 2.5 * x[1] + 1000.0, "1", 10, 3);
    for (effects, slope) in seen.iter().zip([4.0_f64, -2.5, 0.0]) {
        assert!(
            (effects.mu - slope).abs() < 1e-11 && (effects.mu_star - slope.abs()).abs() < 1e-11
        );
        assert!(effects.sigma < 1e-11);
    }
}

/// The function of Morris's paper, 20 factors: the first ten matter, seven of them by bends or with
/// others, three by themselves and evenly; ten hardly matter. Coefficients that the paper draws are
/// taken as 1 and -1 in turn.
fn of_the_paper(x: &[f64]) -> f64 {
    let w: Vec<f64> = (0..20)
        .map(|i| if [2, 4, 6].contains(&i) { 1.1 * x[i] / (x[i] + 0.1) } else { x[i] })
        .map(|x| 2.0 * (x - 0.5))
        .collect();
    let turn = |i: usize| if i.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut y = 0.0;
    for i in 0..20 {
        let own = if i < 10 { 20.0 } else { turn(i + 1) };
        y += own * w[i];
        for j in i + 1..20 {
            let both = if j < 6 { -15.0 } else { turn(i + j) };
            y += both * w[i] * w[j];
            for k in j + 1..5 {
                y -= 10.0 * w[i] * w[j] * w[k];
                for l in k + 1..4 {
                    y += 5.0 * w[i] * w[j] * w[k] * w[l];
                }
            }
        }
    }
    y
}

#[test]
fn effects_of_the_function_of_the_paper() {
    let seen = effects(of_the_paper, "1", 40, 20);
    let least = |of: &[Effects]| of.iter().map(|x| x.mu_star).fold(f64::INFINITY, f64::min);
    let most = |of: &[Effects]| of.iter().map(|x| x.mu_star).fold(0.0, f64::max);
    // Twice the slope of 20, as w goes from -1 to 1; others add at most twice their 1s at random.
    assert!(least(&seen[..10]) > 2.0 * most(&seen[10..]), "{seen:?}");
    let even = seen[7..10].iter().map(|x| x.sigma).fold(0.0, f64::max);
    let bent = seen[..7].iter().map(|x| x.sigma).fold(f64::INFINITY, f64::min);
    assert!(bent > even, "{bent} {even}");
    assert!(seen[7..10].iter().all(|x| x.interval.0 <= 40.0 && 40.0 <= x.interval.1), "{seen:?}");
}
