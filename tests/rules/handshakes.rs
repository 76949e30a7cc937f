//! TLS handshakes: who waits for them, who pays for them.

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

/// A server whose handshakes take 100 ms.
fn secure(batch: u32) -> Server {
    let mut server = Server { tls: true, accepts_per_turn_tls: batch, ..free_server("redis", 100) };
    server.cost.tls_handshake = ms(100);
    server
}

fn dialling(connect_timeout: Option<Span>) -> Strategy {
    Strategy::PerRequest { leak: NO_LEAK, connect_timeout }
}

/// SYN, its answer, the client's first message; the handshake; the server's; the command; its reply.
#[test]
fn a_handshake_takes_two_more_ways_and_its_cpu_time() {
    let callers = fleet(instants(&[0], 1), dialling(None), Dist::Constant(ms(0)));
    let mut one = scenario(secure(1), callers, "1s");
    one.settings.network.delay = Dist::Constant(ms(10));
    assert_eq!(Diary::of(&one).ends(), [(160.0, None)]);
}

/// The connect timeout runs until the handshake is done. Of five that dial at once the first is
/// served; the others give up at 250 ms, yet the loop pays for all five handshakes, reads the closes
/// behind them, and the first one's command is answered after that.
#[test]
fn whoever_gives_up_in_the_handshake_is_paid_for_all_the_same() {
    let callers = fleet(instants(&[0], 5), dialling(Some(ms(250))), Dist::Constant(ms(0)));
    let mut storm = scenario(secure(1000), callers, "2s");
    storm.sample_every = ms(100);
    let diary = Diary::of(&storm);
    let late = Some(Cause::ConnectTimeout);
    let mut expected = vec![(250.0, late); 4];
    expected.push((500.0, None));
    assert_eq!(diary.ends(), expected);
    let freed = diary.ms(|what| matches!(what, Observation::Freed { .. }));
    assert_eq!(freed, [500.0; 5], "a slot is free when the loop has read the close");
    let record = play(&storm, 0);
    let busy: f64 = record.find("servers.redis.loop_busy").unwrap().values.iter().sum();
    assert!((busy - 5.0).abs() < 1e-9, "500 ms of handshakes, in rows of 100 ms: {busy}");
}

/// With one accept a turn a client that has given up in the kernel's queue is accepted in its turn,
/// its handshake is done, and only then its close is read: three are paid for that nobody waits for.
#[test]
fn handshakes_are_first_come_first_served_and_never_cancelled() {
    let callers = fleet(instants(&[0], 4), dialling(Some(ms(150))), Dist::Constant(ms(0)));
    let storm = scenario(secure(1), callers, "2s");
    let diary = Diary::of(&storm);
    let received = diary.ms(|what| matches!(what, Observation::Received { .. }));
    assert_eq!(received, [100.0], "a handshake that nobody ends is not a connection received");
    let late = Some(Cause::ConnectTimeout);
    assert_eq!(diary.ends(), [(150.0, late), (150.0, late), (150.0, late), (300.0, None)]);
    let busy: f64 = play(&storm, 0).find("servers.redis.loop_busy").unwrap().values.iter().sum();
    assert!((busy - 0.4).abs() < 1e-9, "400 ms of handshakes: {busy}");
}

/// Closed before its handshake a connection is a failed dial, for the pool and for its caller.
#[test]
fn a_close_before_the_handshake_is_a_failed_dial() {
    let callers = fleet(instants(&[0], 1), Strategy::Pooled(pool(1)), Dist::Constant(ms(0)));
    let mut server = secure(1);
    server.internal.admin = 100;
    let record = play(&scenario(server, callers, "20s"), 0);
    assert_eq!(value_at(&record, "fleets.f.failed_by.rejected_silently", at("19s")), 1.0);
    assert_eq!(value_at(&record, "fleets.f.pools.main.size", at("19s")), 0.0);
    assert_eq!(value_at(&record, "fleets.f.pools.main.dialling", at("19s")), 0.0);
}
