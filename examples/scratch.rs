#[path = "../tests/support/mod.rs"]
mod support;
use support::*;
#[allow(clippy::disallowed_methods)]
fn main() {
    let d = std::env::args().nth(1).unwrap_or("47min".into());
    let mut s = chat(&d);
    s.claims.clear();
    let t = std::time::Instant::now();
    let r = play(&s, 0);
    let w = t.elapsed().as_secs_f64();
    println!(
        "{} requests {} events {:.2}s {:.1} ns/request {:.2} ev/req digest {}",
        r.requests,
        r.handled,
        w,
        w * 1e9 / r.requests as f64,
        r.handled as f64 / r.requests as f64,
        r.digest
    );
    for e in &r.events {
        println!("{:?}", e);
    }
    for s in &r.series {
        println!("{} {}", s.name, s.values.last().unwrap());
    }
}
