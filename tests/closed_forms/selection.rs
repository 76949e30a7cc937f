//! What screening promises, over many studies made of chance.

use highwater::chance::{Law, Purpose, Stream};
use highwater::theory::{Better, mean_interval, pareto_of_runs, screen};

const STUDIES: u32 = 2000;
const RUNS: usize = 10;

/// Values of `means.len()` configurations in [`RUNS`] runs: what a run has in common varies five times
/// as much as what is a configuration's own.
fn study(number: u32, part: &str, means: &[f64]) -> Vec<Vec<f64>> {
    let mut stream = Stream::new("selection", number, part, Purpose::Service);
    let mut normal = |sd: f64| Law::Normal { mean: 0.0, sd }.quantile(stream.uniform());
    let common: Vec<f64> = (0..RUNS).map(|_| normal(5.0)).collect();
    let mut runs = |mean: &f64| common.iter().map(|run| run + mean + normal(1.0)).collect();
    means.iter().map(&mut runs).collect()
}

/// The bound that a share of 95 % meets but for one series of studies in 30,000: four deviations.
fn promised() -> f64 {
    0.95 - 4.0 * (0.95 * 0.05 / f64::from(STUDIES)).sqrt()
}

/// The hardest case: nine others that are as good as the best, or next to it.
#[test]
fn the_best_stays() {
    for (part, means) in [("equal", [0.0; 10]), ("near", std::array::from_fn(|i| 0.1 * i as f64))] {
        for better in [Better::Smaller, Better::Larger] {
            let best = if better == Better::Smaller { 0 } else { 9 };
            let kept = (0..STUDIES)
                .filter(|&number| screen(&study(number, part, &means), better).stays(best))
                .count();
            let share = kept as f64 / f64::from(STUDIES);
            assert!(share >= promised(), "{part}: {share}");
        }
    }
}

/// The same where nobody has a mean: a value above 4 counts as never.
#[test]
fn the_best_stays_where_something_never_comes() {
    let never = |value: &f64| if *value > 4.0 { f64::INFINITY } else { *value };
    let kept = (0..STUDIES)
        .filter(|&number| {
            let values = study(number, "never", &[0.0; 10]);
            let values: Vec<Vec<f64>> =
                values.iter().map(|runs| runs.iter().map(never).collect()).collect();
            screen(&values, Better::Smaller).stays(0)
        })
        .count();
    assert!(kept as f64 / f64::from(STUDIES) >= promised(), "{kept}");
}

/// What the pairs are worth: a difference of 3 is five deviations of a mean of paired differences
/// (sqrt(2/10) = 0.45 each), t(1 - 0.05/2, 9) = 2.26 of them are asked for, so it is missed in one
/// study of 300 (noncentral t, 9 degrees: 0.3 %). Without pairs its error would be sqrt(2 x 26/10) = 2.3
/// and it would hardly ever be seen.
#[test]
fn the_worse_goes_where_runs_have_much_in_common() {
    let (mut paired, mut alone) = (0, 0);
    for number in 0..STUDIES {
        let values = study(number, "apart", &[0.0, 3.0, 3.0]);
        paired += u32::from(!screen(&values, Better::Smaller).stays(1));
        let [a, b] = [0, 1].map(|i| mean_interval(&values[i]));
        alone += u32::from(a.high < b.low);
    }
    assert!(f64::from(paired) > 0.98 * f64::from(STUDIES), "{paired}");
    assert!(f64::from(alone) < 0.05 * f64::from(STUDIES), "{alone}");
}

/// With equal truths every domination that is shown would be wrong about somebody: at most one study
/// of twenty shows any.
#[test]
fn no_domination_is_shown_where_there_is_none() {
    let wrong = (0..STUDIES).filter(|&number| {
        let (costs, waits) = (study(number, "costs", &[0.0; 5]), study(number, "waits", &[0.0; 5]));
        let values: Vec<Vec<Vec<f64>>> =
            costs.into_iter().zip(waits).map(|(cost, wait)| vec![cost, wait]).collect();
        let found = pareto_of_runs(&values, &[Better::Smaller, Better::Smaller]);
        found.iter().flatten().any(|dominated| dominated.shown)
    });
    let share = wrong.count() as f64 / f64::from(STUDIES);
    assert!(share <= 1.0 - promised(), "{share}");
}
