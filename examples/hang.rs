#![allow(missing_docs, clippy::unwrap_used, unused)]
#[path = "../tests/support/draw.rs"]
mod draw;
#[path = "../tests/support/mod.rs"]
mod support;
use highwater::engine::{Observer, run};
use highwater::model::*;
use highwater::units::*;
struct Tail(Vec<(SimTime, Observation)>, u64);
impl Observer<Observation> for Tail {
    fn observe(&mut self, at: SimTime, what: Observation) {
        self.1 += 1;
        self.0.push((at, what));
        if self.0.len() > 4000 {
            self.0.drain(..3900);
        }
    }
}
fn main() {
    let n: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let s = draw::Draw::new("conservation", n).scenario();
    println!("{:#?}", s.settings);
    for e in &s.timeline {
        println!("{:?} {}", e.at, format!("{:?}", e.action).chars().take(3000).collect::<String>());
    }
    let mut t = Tail(Vec::new(), 0);
    let (mut w, mut a) = World::new(&s, 0, &mut t);
    let end = run(&mut w, &mut a, SimTime::ZERO + s.duration, 20_000_000, &mut t);
    println!("{end:?} {:?} taken {}", a.now(), a.taken());
    for x in t.0.iter().rev().take(30).rev() {
        println!("{x:?}");
    }
    println!("{:#?}", s.settings);
    for e in &s.timeline {
        println!("{:?} {}", e.at, format!("{:?}", e.action).chars().take(3000).collect::<String>());
    }
}
