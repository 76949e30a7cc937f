//! Optimistic transactions: read, change, conflict.

use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

/// Transactions that arrive at these milliseconds, 10 ms one way, each on a connection of its own that
/// is open already. A trip there and back is 20 ms.
fn transactions(at_ms: &[u64], keys: u32) -> Scenario {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    let open = Strategy::Pooled(Pooled { min: 10, ..pool(10) });
    let arrivals = Arrivals::Instants { at, each: 1 };
    let mut fleet = fleet(arrivals, open, Dist::Constant(Span::ZERO));
    fleet.steps = vec![Step::Call(Call { transaction: Some(keys), ..call() })];
    let mut scenario = scenario(free_server("redis", 1000), fleet, "60s");
    scenario.settings.network.delay = Dist::Constant(ms(10));
    scenario
}

const CONFLICT: Option<Cause> = Some(Cause::Conflict);

/// The first reads at 110 ms and changes at 130 ms. Who reads in between has lost; who reads at that
/// instant or later has not.
#[test]
fn who_reads_before_a_change_and_writes_after_it_conflicts() {
    let ends = Diary::of(&transactions(&[100, 119, 120, 200], 1)).ends();
    // 119 reads at 129, before the change, and comes to write at 149. 120 reads at 130: its read came
    // to the loop after the write that was sent before it.
    assert_eq!(ends, [(140.0, None), (159.0, CONFLICT), (160.0, None), (240.0, None)]);
}

/// A transaction in conflict changes nothing: the one that read after the first change succeeds.
#[test]
fn a_conflict_changes_nothing() {
    let ends = Diary::of(&transactions(&[100, 110, 135], 1)).ends();
    assert_eq!(ends, [(140.0, None), (150.0, CONFLICT), (175.0, None)]);
}

/// The connection is as good as before, and the next attempt succeeds.
#[test]
fn a_conflict_is_tried_again_and_keeps_its_connection() {
    let mut again = transactions(&[100, 110], 1);
    again.settings.fleets[0].retry = Retry::again(Some(2), Backoff::Constant(ms(5)), Jitter::None);
    // In conflict at 150 ms, again from 155 ms: two trips.
    assert_eq!(Diary::of(&again).ends(), [(140.0, None), (195.0, None)]);
    let record = play(&again, 0);
    assert_eq!(last(&record, "fleets.f.attempts"), 3.0);
    assert_eq!(last(&record, "servers.redis.total_connections_received"), 10.0);
}

/// With many keys hardly two meet: of pairs that overlap, one in `keys` conflicts.
#[test]
fn only_transactions_about_the_same_key_conflict() {
    let pairs = 2000_u32;
    let at_ms: Vec<u64> =
        (0..u64::from(pairs)).flat_map(|pair| [1000 + pair * 25, 1001 + pair * 25]).collect();
    // The next pair reads after this one has written: 25 ms against 20 ms and 1 ms.
    for keys in [1, 4] {
        let record = play(&transactions(&at_ms, keys), 0);
        let conflicts = last(&record, "fleets.f.failed_by.conflict");
        let share = 1.0 / f64::from(keys);
        let error = (f64::from(pairs) * share * (1.0 - share)).sqrt();
        let expected = f64::from(pairs) * share;
        assert!((conflicts - expected).abs() <= 4.0 * error, "{keys} keys: {conflicts}");
    }
}

/// The last trip of a client that has given up changes the key all the same: it lay in the buffers.
#[test]
fn a_change_that_nobody_waits_for_any_more_is_made() {
    let mut late = transactions(&[100, 125], 1);
    if let Step::Call(call) = &mut late.settings.fleets[0].steps[0] {
        call.timeout = Some(ms(60));
    }
    // The server stands still from 125 ms to 200 ms: the first has read, its change waits at 130 ms.
    // The second sends its reading to 135 ms, behind it.
    let action = Action::Pause { server: 0, length: ms(75) };
    late.timeline.push(Entry { at: at("125ms"), label: String::new(), action });
    let timeout = Some(Cause::ReadTimeout);
    // The first gives up at 180 ms, 60 ms after it sent its change, the second at 185 ms.
    assert_eq!(Diary::of(&late).ends(), [(180.0, timeout), (185.0, timeout)]);
    // A third one that has read before, and whose change comes behind the first one's, conflicts.
    let mut behind = transactions(&[100, 105], 1);
    behind.timeline = late.timeline.clone();
    let mut hasty = behind.settings.fleets[0].clone();
    hasty.name = "hasty".to_string();
    hasty.arrivals = Arrivals::Instants { at: vec![at("100ms")], each: 1 };
    if let Step::Call(call) = &mut hasty.steps[0] {
        call.timeout = Some(ms(60));
    }
    behind.settings.fleets[0].arrivals = Arrivals::Instants { at: vec![at("105ms")], each: 1 };
    behind.settings.fleets.push(hasty);
    assert_eq!(Diary::of(&behind).ends(), [(180.0, timeout), (210.0, CONFLICT)]);
}

/// Two commands, then three: WATCH and GET, MULTI, the change and EXEC.
#[test]
fn a_transaction_costs_five_commands() {
    let mut dear = transactions(&[1000], 1);
    dear.settings.servers[0].cost.command = ms(7);
    assert_eq!(Diary::of(&dear).ends(), [(1000.0 + 40.0 + 35.0, None)]);
}
