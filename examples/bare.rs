use highwater::chance::*;
use highwater::units::*;
#[allow(clippy::disallowed_methods)]
fn main() {
    let mut a = Stream::new("1", 0, "f", Purpose::Arrival);
    let mut l = Stream::new("1", 0, "f", Purpose::Leak);
    let odds = Odds::new(Ratio::new(0.0002).unwrap());
    let mut h = hdrhistogram::Histogram::<u64>::new_with_bounds(1, 3_600_000_000_000, 3).unwrap();
    let t0 = std::time::Instant::now();
    let mut t = 0.0f64;
    let mut free = 0u64;
    let mut leaked = 0u32;
    let mut rej = 0u64;
    let mut n = 0u64;
    let mut fin = std::collections::VecDeque::<u64>::new();
    while t < std::env::args().nth(1).map_or(300e9, |x| x.parse().unwrap()) {
        t += a.exponential() * (1e9 / 22000.0);
        let now = t as u64;
        n += 1;
        while fin.front().is_some_and(|x| *x <= now) {
            fin.pop_front();
        }
        if leaked as usize + fin.len() >= 10000 {
            rej += 1;
            continue;
        }
        let start = free.max(now + 300_000);
        free = start + 34_000;
        let done = free + 1_100_000;
        h.saturating_record(done - now);
        if l.happens(odds) {
            leaked += 1
        } else {
            fin.push_back(done + 100_000);
        }
    }
    let w = t0.elapsed().as_secs_f64();
    println!(
        "{n} {rej} {leaked} {:.1} ns/request {}",
        w * 1e9 / n as f64,
        h.value_at_quantile(0.5)
    );
}
