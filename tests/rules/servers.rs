//! The side of the servers: turns, queues, rejections, reapers.

use highwater::model::Observation;
use highwater::scenario::*;
use highwater::units::{SimTime, Span};

use crate::probe::Diary;
use crate::support::*;

fn ms(ms: u64) -> Span {
    Span::from_ns(ms * 1_000_000)
}

fn instants(at_ms: &[u64], each: u32) -> Arrivals {
    let at = at_ms.iter().map(|ms| SimTime::from_ns(ms * 1_000_000)).collect();
    Arrivals::Instants { at, each }
}

/// Two round trips of 20 ms each under a read timeout of 25 ms.
#[test]
fn the_read_timeout_counts_from_the_sending_of_each_command() {
    let fleet = fleet(instants(&[0, 1000], 1), Strategy::Pooled(pool(1)), Dist::Constant(ms(0)));
    let mut two = scenario(free_server("redis", 10), fleet, "10s");
    two.settings.network.delay = Dist::Constant(ms(10));
    two.settings.fleets[0].steps = vec![Step::Call(Call {
        server: 0,
        through: 0,
        commands: 2,
        pipelined: false,
        hold: Dist::Constant(ms(0)),
        timeout: Some(ms(25)),
    })];
    // Dial and first trip take four ways, the second trip two; with the connection open, two each.
    assert_eq!(Diary::of(&two).ends(), [(60.0, None), (1040.0, None)]);
}

/// A connection is due while the loop works for another one, whose last byte was heard before.
#[test]
fn the_exact_reaper_is_not_put_off_by_a_connection_in_use() {
    // The first of the two in the server's list is the one in use.
    let pool = Pooled { min: 2, idle_pick: IdlePick::Fifo, ..pool(2) };
    let fleet = fleet(instants(&[4_900], 1), Strategy::Pooled(pool), Dist::Constant(ms(0)));
    let mut server = free_server("redis", 10);
    server.timeout = ms(5_000);
    server.cost.command = ms(200);
    let reaped = Diary::of(&scenario(server, fleet, "60s"))
        .ms(|what| matches!(what, Observation::Reaped { .. }));
    assert_eq!(reaped, [5000.0, 10_100.0]);
}
