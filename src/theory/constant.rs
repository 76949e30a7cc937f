//! Services that all take the same time.

use super::queues::{Overloaded, Queue, Waiting};
use statrs::function::gamma::gamma_lr;

/// Terms summed at most; enough for ten figures up to a load of 1 - 1/sqrt(1,000 x servers).
const TERMS: u32 = 100_000;

/// M/D/c: Poisson arrivals, services that all take the same time, an endless line, first come first
/// served.
///
/// In this queue every c-th arrival is served by the same server, so its waits are those of a random
/// walk with steps i x service - (time of i x c arrivals), and Spitzer's identity gives them: with
/// N(m) Poisson of mean m and a = offered load,
///
/// * P(no wait) = exp(-sum over i of P(N(ia) >= ic)/i),
/// * mean wait / service = sum over i of P(N(ia) >= ic) - P(N(ia) > ic) x c/a.
///
/// # Errors
///
/// [`Overloaded`] when the load is not below 1.
///
/// # Source
///
/// C. D. Crommelin, "Delay Probability Formulae When the Holding Times Are Constant", P.O.E.E.J. 25,
/// 1932; F. Spitzer, "A Combinatorial Lemma and Its Application to Probability Theory", 1956.
pub fn md_c(queue: Queue) -> Result<Waiting, Overloaded> {
    let load = queue.stable_load()?;
    let (offered, servers) = (queue.offered(), f64::from(queue.servers));
    let (mut exponent, mut wait) = (0.0, 0.0);
    if offered > 0.0 {
        for i in 1..=TERMS {
            let (mean, count) = (f64::from(i) * offered, f64::from(i) * servers);
            let at_least = gamma_lr(count, mean);
            let exactly = libm::exp(count * libm::log(mean) - mean - libm::lgamma(count + 1.0));
            let term = at_least - (at_least - exactly) / load;
            exponent += at_least / f64::from(i);
            wait += term;
            if at_least < 1e-17 {
                break;
            }
        }
    }
    Ok(queue.waiting(-libm::expm1(-exponent), wait * queue.mean_service.as_secs_f64()))
}
