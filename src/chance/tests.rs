//! Streams bit for bit, and samples against their laws.

use super::*;
use crate::units::{Ratio, Span};

const SECOND: Span = Span::from_secs(1);

fn stream(part: &str) -> Stream {
    Stream::new("chance", 0, part, Purpose::Service)
}

fn first<T>(part: &str, mut draw: impl FnMut(&mut Stream) -> T) -> [T; 3] {
    let mut stream = stream(part);
    std::array::from_fn(|_| draw(&mut stream))
}

fn odds(share: f64) -> Odds {
    Odds::new(Ratio::new(share).unwrap())
}

/// Any change of these numbers changes every result of every scenario. They were computed by a
/// separate program from SHA-256, ChaCha's definition and the formulas.
#[test]
fn the_first_draws_are_what_they_always_were() {
    let bits = [10497775894058855092, 9841174497036033694, 1738614581504135027];
    let uniform = [4603301086681047341, 4602980480530157291, 4591455883872165448];
    let exponential = [4605757891961101483, 4605043013188501868, 4591797580962062701];
    assert_eq!(first("bits", |s| s.next_u64()), bits);
    assert_eq!(first("bits", |s| s.uniform().to_bits()), uniform);
    assert_eq!(first("bits", |s| s.exponential().to_bits()), exponential);
    assert_eq!(first("bits", |s| s.below(1000)), [569, 533, 94]);
    assert_eq!(first("bits", |s| s.happens(odds(0.5))), [false, false, true]);
}

#[test]
fn the_first_samples_of_every_law_are_what_they_always_were() {
    let samples = |sampler: Sampler| first("samples", |s| sampler.sample(s).as_ns());
    let table = [(Span::from_ns(1), 0.2), (Span::from_ns(2), 0.3), (Span::from_ns(3), 0.5)];
    assert_eq!(samples(Sampler::constant(SECOND)), [1_000_000_000; 3]);
    assert_eq!(
        samples(Sampler::uniform(SECOND, SECOND.times(2))),
        [1814128513, 1177962255, 1635764568]
    );
    assert_eq!(samples(Sampler::exponential(SECOND)), [1682699774, 195968967, 1009954829]);
    assert_eq!(samples(Sampler::lognormal(SECOND, 4.0)), [1388805141, 138640430, 694683615]);
    assert_eq!(samples(Sampler::normal(SECOND, SECOND)), [1893213268, 76841305, 1347160340]);
    assert_eq!(samples(Sampler::erlang(SECOND, 4)), [810121117, 911629714, 777998219]);
    assert_eq!(samples(Sampler::weibull(SECOND, 0.7)), [2103132446, 97462827, 1014251463]);
    let pareto = Sampler::pareto(SECOND, SECOND.times(1000), 1.1);
    assert_eq!(samples(pareto), [4607721993, 1194891007, 2502639109]);
    assert_eq!(samples(Sampler::table(&table)), [3, 1, 3]);
}

#[test]
fn every_name_of_a_stream_counts() {
    let mut firsts = vec![
        Stream::new("1", 0, "a", Purpose::Leak).next_u64(),
        Stream::new("2", 0, "a", Purpose::Leak).next_u64(),
        Stream::new("1", 1, "a", Purpose::Leak).next_u64(),
        Stream::new("1a", 0, "", Purpose::Leak).next_u64(),
        Stream::new("", 0, "1a", Purpose::Leak).next_u64(),
    ];
    firsts.extend(Purpose::ALL.map(|p| Stream::new("1", 7, "b", p).next_u64()));
    let count = firsts.len();
    firsts.sort_unstable();
    firsts.dedup();
    assert_eq!(firsts.len(), count);
}

#[test]
fn certain_odds_are_certain_and_every_question_takes_one_draw() {
    let mut asked = stream("odds");
    let mut plain = stream("odds");
    for share in [0.0, 1.0, 0.3, 1e-20] {
        let answer = asked.happens(odds(share));
        let draw = plain.next_u64();
        let uniform = (draw >> 11) as f64 / (1u64 << 53) as f64;
        assert_eq!(answer, uniform < share);
    }
    assert_eq!(asked.next_u64(), plain.next_u64());
    assert!(odds(0.0).is_never() && !odds(1e-18).is_never());
}

#[test]
fn a_number_below_n_is_below_n() {
    let mut stream = stream("below");
    assert_eq!(stream.below(0), 0);
    assert_eq!(stream.below(1), 0);
    assert!((0..10_000).all(|_| stream.below(3) < 3));
    let high = (0..1000).map(|_| stream.below(u32::MAX)).max();
    assert!(high > Some(u32::MAX / 2));
}

/// Goal: each law has the mean and the variance of its textbook. Method: n samples; the mean must
/// lie within 4 standard errors, sd/sqrt(n), the variance within 4 of its own, variance x
/// sqrt((kurtosis - 1)/n), both from the law. The chance of a false alarm is 6e-5 per figure, and the
/// seed is fixed.
#[test]
fn means_and_variances_are_those_of_the_laws() {
    let g = |x: f64| libm::tgamma(x);
    // By hand, in seconds: (sampler, mean, variance, kurtosis).
    let weibull = {
        let m = [1.0, 2.0, 3.0, 4.0].map(|k| g(1.0 + k / 2.0));
        moments(m)
    };
    let pareto = {
        // E x^k = a (L^a) (H^(k-a) - L^(k-a)) / ((k-a) (1 - (L/H)^a)) with a = 2.5, L = 1, H = 10.
        let a = 2.5;
        let lost = 1.0 - libm::pow(0.1, a);
        moments([1.0, 2.0, 3.0, 4.0].map(|k| a * (libm::pow(10.0, k - a) - 1.0) / ((k - a) * lost)))
    };
    let lognormal = {
        // E x^k = (1 + cv2)^(k (k-1)/2) for mean 1; here cv2 = 0.25.
        moments([1.0, 2.0, 3.0, 4.0].map(|k| libm::pow(1.25, k * (k - 1.0) / 2.0)))
    };
    // E |x|^k of a standard normal x.
    let root = (2.0 / std::f64::consts::PI).sqrt();
    let half_normal = moments([root, 1.0, 2.0 * root, 3.0]);
    let table = moments([1.0, 2.0, 3.0, 4.0].map(|k| {
        [(1.0, 0.2), (2.0, 0.3), (3.0, 0.5)].map(|(x, w)| w * libm::pow(x, k)).iter().sum()
    }));
    let entries = [(SECOND, 2.0), (SECOND.times(2), 3.0), (SECOND.times(3), 5.0)];
    let laws = [
        ("uniform", Sampler::uniform(Span::ZERO, SECOND), (0.5, 1.0 / 12.0, 1.8)),
        ("exponential", Sampler::exponential(SECOND), (1.0, 1.0, 9.0)),
        ("lognormal", Sampler::lognormal(SECOND, 0.25), lognormal),
        // Half a normal number, and one that is hardly ever below zero.
        ("half normal", Sampler::normal(Span::ZERO, SECOND), half_normal),
        ("normal", Sampler::normal(SECOND.times(10), SECOND), (10.0, 1.0, 3.0)),
        ("erlang", Sampler::erlang(SECOND, 4), (1.0, 0.25, 3.0 + 6.0 / 4.0)),
        ("weibull", Sampler::weibull(SECOND, 2.0), weibull),
        ("pareto", Sampler::pareto(SECOND, SECOND.times(10), 2.5), pareto),
        ("table", Sampler::table(&entries), table),
    ];
    for (name, sampler, (mean, variance, kurtosis)) in laws {
        let n = 200_000;
        let mut stream = stream(name);
        let samples: Vec<f64> = (0..n).map(|_| sampler.sample(&mut stream).as_secs_f64()).collect();
        let n = f64::from(n);
        let seen_mean = samples.iter().sum::<f64>() / n;
        let seen_variance = samples.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n;
        let error = (variance / n).sqrt();
        assert!((seen_mean - mean).abs() < 4.0 * error, "{name}: mean {seen_mean}, not {mean}");
        let error = variance * ((kurtosis - 1.0) / n).sqrt();
        let off = (seen_variance - variance).abs();
        assert!(off < 4.0 * error, "{name}: variance {seen_variance}, not {variance}");
    }
}

/// Mean, variance and kurtosis from the first four raw moments.
fn moments([m1, m2, m3, m4]: [f64; 4]) -> (f64, f64, f64) {
    let variance = m2 - m1 * m1;
    let fourth = m4 - 4.0 * m1 * m3 + 6.0 * m1 * m1 * m2 - 3.0 * m1 * m1 * m1 * m1;
    (m1, variance, fourth / (variance * variance))
}

/// Goal: the whole shape. Method: Kolmogorov and Smirnov's largest distance to the distribution
/// function, at the level 0.001: 1.949/sqrt(n) for large n.
#[test]
fn shapes_are_those_of_the_laws() {
    let normal = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
    type Law<'a> = (&'a str, Sampler, &'a dyn Fn(f64) -> f64);
    let laws: [Law; 7] = [
        ("uniform", Sampler::uniform(Span::ZERO, SECOND), &|x| x),
        ("exponential", Sampler::exponential(SECOND), &|x| -libm::expm1(-x)),
        ("lognormal", Sampler::lognormal(SECOND, 4.0), &|x| {
            let variance = libm::log(5.0);
            normal((libm::log(x) + variance / 2.0) / variance.sqrt())
        }),
        // In units of the standard deviation: mean 1.
        ("normal", Sampler::normal(SECOND, SECOND), &|x| normal(x - 1.0) - normal(-x - 1.0)),
        ("erlang", Sampler::erlang(SECOND, 2), &|x| 1.0 - libm::exp(-2.0 * x) * (1.0 + 2.0 * x)),
        ("weibull", Sampler::weibull(SECOND, 0.7), &|x| -libm::expm1(-libm::pow(x, 0.7))),
        ("pareto", Sampler::pareto(SECOND, SECOND.times(100), 1.1), &|x| {
            (1.0 - libm::pow(x, -1.1)) / (1.0 - libm::pow(100.0, -1.1))
        }),
    ];
    for (name, sampler, below) in laws {
        let n = 100_000;
        let mut stream = Stream::new("shape", 0, name, Purpose::Service);
        let mut samples: Vec<Span> = (0..n).map(|_| sampler.sample(&mut stream)).collect();
        samples.sort_unstable();
        let n = f64::from(n);
        let distance = samples.iter().enumerate().fold(0.0_f64, |worst, (i, x)| {
            let law = below(x.as_secs_f64());
            worst.max((law - i as f64 / n).abs()).max(((i + 1) as f64 / n - law).abs())
        });
        assert!(distance < 1.949 / n.sqrt(), "{name}: the largest distance is {distance}");
    }
}

#[test]
fn samples_keep_their_bounds() {
    let mut stream = stream("bounds");
    let pareto = Sampler::pareto(SECOND, SECOND.times(2), 0.01);
    let uniform = Sampler::uniform(Span::from_ns(5), Span::from_ns(7));
    let mut seen = [0u32; 8];
    for _ in 0..10_000 {
        let x = pareto.sample(&mut stream);
        assert!(SECOND <= x && x <= SECOND.times(2), "{x:?}");
        seen[uniform.sample(&mut stream).as_ns() as usize] += 1;
    }
    assert!(seen[5] > 0 && seen[6] > 0 && seen[7] > 0 && seen.iter().sum::<u32>() == 10_000);
}

#[test]
fn a_constant_takes_no_draw_and_nonsense_is_constant() {
    let mut asked = stream("constant");
    assert_eq!(Sampler::constant(SECOND).sample(&mut asked), SECOND);
    assert_eq!(asked.next_u64(), stream("constant").next_u64());
    let far = Span::from_ns(u64::MAX);
    for (sampler, value) in [
        (Sampler::uniform(SECOND, SECOND), SECOND),
        (Sampler::uniform(far, SECOND), far),
        (Sampler::exponential(Span::ZERO), Span::ZERO),
        (Sampler::lognormal(SECOND, 0.0), SECOND),
        (Sampler::lognormal(SECOND, f64::NAN), SECOND),
        (Sampler::lognormal(Span::ZERO, 1.0), Span::ZERO),
        (Sampler::erlang(SECOND, 0), SECOND),
        (Sampler::weibull(SECOND, -1.0), SECOND),
        (Sampler::pareto(SECOND, Span::ZERO, 1.0), SECOND),
        (Sampler::pareto(Span::ZERO, SECOND, 1.0), Span::ZERO),
        (Sampler::table(&[]), Span::ZERO),
        (Sampler::table(&[(SECOND, 0.0)]), SECOND),
        (Sampler::table(&[(far, -1.0), (SECOND, 1.0)]), SECOND),
    ] {
        assert_eq!(sampler.is_constant(), Some(value));
    }
}

#[test]
fn extreme_parameters_never_panic() {
    let far = Span::from_ns(u64::MAX);
    let near = Span::from_ns(1);
    let mut stream = stream("extremes");
    for sampler in [
        Sampler::uniform(Span::ZERO, far),
        Sampler::exponential(far),
        Sampler::lognormal(far, 1e300),
        Sampler::lognormal(near, 1e-300),
        Sampler::erlang(far, 1000),
        Sampler::weibull(far, 1e-300),
        Sampler::weibull(near, 1e300),
        Sampler::pareto(near, far, 1e-300),
        Sampler::pareto(near, far, 1e300),
        Sampler::table(&[(near, 1e-300), (far, 1e300), (SECOND, 1.0)]),
        Sampler::table(&[(near, f64::MAX), (far, f64::MAX)]),
    ] {
        for _ in 0..100 {
            sampler.sample(&mut stream);
        }
    }
}
