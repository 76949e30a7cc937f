//! The pictures of invented runs and studies: what they say, and that they are well-formed and repeatable.

#[cfg(feature = "png")]
mod bitmaps;
mod fixture;
mod studies;
mod swept;

use highwater::observe::Record;
use highwater::report::pictures::{Picture, PictureError, connections, latency, memory, outcomes};
use highwater::scenario::{Entry, Scenario};

/// Draws a picture of a run.
type Draw = fn(&Scenario, &Record, usize) -> Result<Picture<'static>, PictureError>;
const ALL: [Draw; 4] = [connections, outcomes, latency, memory];

/// A picture as SVG.
fn svg(picture: Result<Picture, PictureError>) -> Result<String, PictureError> {
    picture?.svg()
}

/// The texts of a picture, line by line.
fn words(svg: &str) -> String {
    let texts = svg.split("<text").skip(1);
    let inner = texts.filter_map(|text| text.split_once(">\n")?.1.split_once("\n</text"));
    inner.map(|(words, _)| words).collect::<Vec<_>>().join("\n")
}

#[test]
fn connections_say_when_the_limit_was_reached() {
    let (scenario, record) = fixture::chat();
    insta::assert_snapshot!(words(&svg(connections(&scenario, &record, 0)).unwrap()), @r#"
    Chat service, 14 November 2024
    At most 10,000 connections, limit 10,000; first refused at 37.88 min (10:19:52Z)
    connected
    leaked, holding a slot
    leaked sockets at the clients
    CLOSE_WAIT at the clients
    connections of redis
    0
    2,500
    5,000
    7,500
    10,000
    12,500
    15,000
    0
    09:42
    5
    09:47
    10
    09:52
    15
    09:57
    20
    10:02
    25
    10:07
    30
    10:12
    35
    10:17
    40
    10:22
    45
    10:27
    simulated time (min); below: wall clock (UTC)
    A
    A
    37.88 min (10:19:52Z) – servers.redis: the limit of 10,000 is reached: first refusal
    1
    1
    40 min (10:22:00Z) – servers.redis.timeout = 5min
    limit 10,000
    "#);
}

#[test]
fn outcomes_say_what_share_failed_and_why() {
    let (scenario, record) = fixture::chat();
    let words = words(&svg(outcomes(&scenario, &record, 0)).unwrap());
    assert!(
        words.contains("80.3 % succeeded; failed: 19.4 % rejected, 0.3 % read timeout"),
        "{words}"
    );
}

#[test]
fn latency_names_the_timeouts_it_runs_into() {
    let (scenario, record) = fixture::chat();
    let words = words(&svg(latency(&scenario, &record, 0)).unwrap());
    assert!(
        words.contains("\nread timeout 2 s\n") || words.ends_with("\nread timeout 2 s"),
        "{words}"
    );
    assert!(words.contains("99 % within 3.4 ms"), "{words}");
}

#[test]
fn memory_says_when_an_instance_was_killed() {
    let (scenario, record) = fixture::storefront();
    insta::assert_snapshot!(words(&svg(memory(&scenario, &record, 0)).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    At most 2.047 GB, limit 2.048 GB; 3 out-of-memory kills, the first at 5 h 36 min
    largest instance
    memory of the largest instance of storefront
    0 B
    500 MB
    1 GB
    1.5 GB
    2 GB
    2.5 GB
    0
    1
    2
    3
    4
    5
    6
    simulated time (h)
    A
    A
    5 h 36 min – fleets.storefront: instance 2 is killed at 2.048 GB with 2,926 leaked sockets
    1
    1
    6 h 4 min – fleets.storefront.instances = 6
    2
    2
    6 h 5 min – servers.redis.timeout = 300s
    limit 2.048 GB
    "#);
}

#[test]
fn a_limit_far_away_does_not_flatten_the_picture() {
    let (scenario, record) = fixture::chat();
    let words = words(&svg(memory(&scenario, &record, 0)).unwrap());
    assert!(words.contains("limit 32 GB (far above this picture)"), "{words}");
    assert!(words.contains("\n150 MB\n") && !words.contains("\n32 GB\n"), "{words}");
}

#[test]
fn the_same_run_gives_the_same_bytes() {
    for (scenario, record) in [fixture::chat(), fixture::storefront()] {
        for draw in ALL {
            assert_eq!(svg(draw(&scenario, &record, 0)), svg(draw(&scenario, &record, 0)));
        }
    }
}

/// Titles come from files: what would be markup is text, and nothing is left open.
#[test]
fn pictures_are_well_formed() {
    let (scenario, record) = fixture::storefront();
    for draw in ALL {
        let svg = svg(draw(&scenario, &record, 0)).unwrap();
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"));
        assert!(svg.contains(" role=\"img\">\n<title>") && svg.contains("</title>\n<desc>"));
        assert!(svg.matches("<text").count() == svg.matches("font-family=\"sans-serif\"").count());
        assert!(
            svg.contains("Storefront &amp; checkout &lt;six hours&gt;") && !svg.contains("<six")
        );
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
        assert!(!svg.contains("NaN") && !svg.contains("inf\""), "a coordinate is not a number");
    }
}

#[test]
fn a_part_or_a_series_that_is_missing_is_an_error() {
    let (scenario, mut record) = fixture::chat();
    for draw in ALL {
        assert_eq!(svg(draw(&scenario, &record, 7)), Err(PictureError::NoPart { index: 7 }));
    }
    record.series.retain(|series| !series.name.contains("latency"));
    let name = "fleets.chat.latency_s_p50".to_string();
    assert_eq!(svg(latency(&scenario, &record, 0)), Err(PictureError::NoSeries { name }));
    record.times.clear();
    for draw in ALL {
        assert_eq!(svg(draw(&scenario, &record, 0)), Err(PictureError::NoRows));
    }
}

/// What the scenario says nothing of is not drawn as nothing.
#[test]
fn memory_that_is_not_modelled_has_no_picture() {
    let (scenario, mut record) = fixture::chat();
    let used = record.series.iter_mut().find(|series| series.name.ends_with("memory_max"));
    used.unwrap().values.fill(0.0);
    let message = svg(memory(&scenario, &record, 0)).unwrap_err().to_string();
    assert_eq!(message, "the scenario says nothing of the memory of chat");
}

/// Nothing in a record, however odd, makes a picture fail.
#[test]
fn odd_records_still_give_pictures() {
    let (mut scenario, record) = fixture::chat();
    let entry = scenario.timeline[0].clone();
    scenario.timeline =
        (0..40).map(|_| Entry { label: "x".repeat(500), ..entry.clone() }).collect();
    for odd in [f64::NAN, f64::INFINITY, 0.0, -1.0, 1e18, 1e-18] {
        let mut record = record.clone();
        for series in &mut record.series {
            series.values.iter_mut().for_each(|value| *value = odd);
        }
        for draw in ALL {
            let svg = match svg(draw(&scenario, &record, 0)) {
                // What is never above nothing has no picture.
                Err(PictureError::Unfit { .. }) if !(odd.is_finite() && odd > 0.0) => continue,
                svg => svg.unwrap(),
            };
            assert!(svg.contains("and 28 more") || svg.contains("and 29 more"), "{odd}");
        }
    }
    let mut short = record.clone();
    short.series.iter_mut().for_each(|series| series.values.truncate(3));
    ALL.iter().for_each(|draw| assert!(svg(draw(&scenario, &short, 0)).is_ok()));
}
