//! To explain is to play again: the same run, whatever is asked.

use highwater::experiment::{Question, explain, simulate};
use highwater::scenario::Scenario;
use highwater::units::SimTime;
use rayon::prelude::*;

use crate::draw::Draw;
use crate::files::incident;

const FIRST: Question = Question::Failure { cause: None, fleet: None, after: SimTime::ZERO };

#[track_caller]
fn same(scenario: &Scenario, question: Question) {
    let plain = simulate(scenario, 0, &mut |_| {});
    let found = explain(scenario, 0, question, &mut |_| {});
    assert_eq!(found.record.digest, plain.digest, "{question:?}");
    assert_eq!(found.record.handled, plain.handled);
    assert_eq!(found.record.times, plain.times);
    for (ours, theirs) in found.record.series.iter().zip(&plain.series) {
        let same = ours.values.iter().zip(&theirs.values).all(|(a, b)| a.total_cmp(b).is_eq());
        assert!(same, "{}", ours.name);
    }
}

#[test]
fn the_digest_is_that_of_the_plain_run() {
    let short = [
        ("duration", "20s"),
        ("servers.redis.maxclients", "100"),
        ("claims", "[]"),
        ("sample_every", "1s"),
    ];
    let scenario = incident("chat-38min", &short);
    same(&scenario, FIRST);
    same(&scenario, Question::Request { fleet: None, number: 1_000 });
    same(&scenario, Question::Connection { number: 77 });
}

/// Scenarios drawn by chance, of every kind of setting: nothing that is asked changes the run, and
/// nothing that happens is beyond words.
#[test]
fn any_scenario_can_be_explained() {
    (0..60).into_par_iter().for_each(|number| {
        let scenario = Draw::new("explain", number).scenario();
        same(&scenario, FIRST);
        let plain = simulate(&scenario, 0, &mut |_| {});
        let question = Question::Request { fleet: None, number: plain.requests.max(2) / 2 };
        let found = explain(&scenario, 0, question, &mut |_| {});
        assert_eq!(found.request.is_some(), plain.requests > 0, "scenario {number}");
        let question = Question::Connection { number: 3 };
        let life = explain(&scenario, 0, question, &mut |_| {}).connection;
        if let Some(life) = life {
            assert_eq!(life.number, Some(3), "scenario {number}");
        }
    });
}
