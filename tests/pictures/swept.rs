//! The pictures of many scenarios: what they say, that no words touch or leave the page, and that odd
//! tables are drawn or refused.

use super::studies::{examples, flat, grid, recovery, screening, shares, single, swings, value};
use super::{svg, words};
use highwater::report::pictures::*;

/// A text with the box around it, as narrow fonts have it: left, upper, right, lower.
struct Text {
    words: String,
    from: (f64, f64),
    to: (f64, f64),
}

fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    let rest = tag.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name}: {tag}")).1;
    rest.split('"').next().unwrap_or_default()
}

fn texts(svg: &str) -> Vec<Text> {
    let of = |text: &str| {
        let (tag, rest) = text.split_once(">\n").unwrap_or_else(|| panic!("{text}"));
        let words = rest.split("\n</text").next().unwrap_or_default();
        let words = words.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
        let number = |name: &str| attribute(tag, name).parse().unwrap_or(f64::NAN);
        let (x, y, size) = (number("x"), number("y"), number("font-size"));
        let narrow = |c: char| if "ijlft.,:;'| ()".contains(c) { 0.28 } else { 0.52 };
        let width = words.chars().map(narrow).sum::<f64>() * size;
        let left = match attribute(tag, "text-anchor") {
            "start" => x,
            "middle" => x - width / 2.0,
            _ => x - width,
        };
        Text { words, from: (left, y - 0.4 * size), to: (left + width, y + 0.4 * size) }
    };
    svg.split("<text").skip(1).map(of).collect()
}

#[test]
fn no_words_leave_the_page_or_touch() {
    for (name, svg) in examples() {
        let svg = svg.unwrap();
        let page = attribute(svg.lines().next().unwrap(), "viewBox").to_string();
        let page: Vec<f64> = page.split(' ').map(|number| number.parse().unwrap()).collect();
        let texts = texts(&svg);
        for (i, text) in texts.iter().enumerate() {
            let (from, to) = (text.from, text.to);
            let inside = from.0 >= 0.0 && from.1 >= 0.0 && to.0 <= page[2] && to.1 <= page[3];
            assert!(inside, "{name}: {:?} leaves the page", text.words);
            for other in &texts[..i] {
                let apart = from.0 >= other.to.0
                    || other.from.0 >= to.0
                    || from.1 >= other.to.1
                    || other.from.1 >= to.1;
                assert!(apart, "{name}: {:?} and {:?} touch", text.words, other.words);
            }
        }
    }
}

/// Titles come from files: what would be markup is text, and nothing is left open. The same figure is
/// the same bytes.
#[test]
fn pictures_are_well_formed_and_repeatable() {
    for ((name, svg), (_, again)) in examples().into_iter().zip(examples()) {
        let svg = svg.unwrap();
        assert_eq!(Ok(&svg), again.as_ref(), "{name}");
        assert!(svg.starts_with("<svg xmlns=") && svg.ends_with("</svg>\n"), "{name}");
        let title = "\n<title>Storefront &amp; checkout &lt;six hours&gt;</title>\n<desc>";
        assert!(svg.contains(title) && !svg.contains("<six"), "{name}");
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count(), "{name}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}: no number");
        assert!(svg.len() < 800_000, "{name}: {}", svg.len());
    }
}

#[test]
fn curves_say_what_is_shown() {
    insta::assert_snapshot!(words(&svg(curves(&recovery())).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    A pool of 12 is the smallest that recovers in time
    backoff = exponential
    backoff = none
    meets the goal
    misses it
    not decided
    95 % interval
    time to recover, mean of 20 runs
    0 s
    5 s
    10 s
    15 s
    20 s
    never
    4
    5
    6
    8
    10
    12
    16
    20
    24
    32
    fleets.chat.connections.main.pool.size
    A
    A
    knee at 10: backoff = exponential, 3 s; backoff = none, 4.8 s
    goal: at most 3 s
    "#);
}

#[test]
fn a_goal_far_away_is_named_and_no_goal_is_not_explained() {
    let mut picture = recovery();
    picture.bound = Some(Bound { value: 999.0, label: "goal: at most 999 s".to_string() });
    let words_of = |picture: &Curves| words(&svg(curves(picture)).unwrap());
    assert!(words_of(&picture).contains("goal: at most 999 s (far above this picture)"));
    let one = words_of(&single(value(7.0, 2.0)));
    assert!(!one.contains("goal") && !one.contains("never") && one.contains("95 % interval"));
    assert!(words_of(&single(Shown::Never)).contains("never"));
    assert!(words_of(&single(Shown::Nothing)).contains("nothing was measured"));
}

#[test]
fn a_heat_map_says_its_values() {
    insta::assert_snapshot!(words(&svg(heat_map(&grid(4, 3, 1.0))).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    A pool of 20 recovers from every outage of less than 15 s
    time to recover, mean of 20 runs
    0 s
    60 s
    2 min
    goal: at most 25 s
    meets it
    rows: timeline.outage.lasts
    500 ms
    500 ms
    500 ms
    500 ms
    500 ms
    4.67 s
    17.2 s
    38 s
    500 ms
    17.2 s
    67.2 s
    2.51 min
    0s
    5s
    10s
    0
    5
    10
    15
    columns: fleets.chat.connections.main.pool.size
    "#);
}

#[test]
fn cells_without_room_have_no_words_but_their_goal() {
    let words = words(&svg(heat_map(&grid(60, 60, 1.0))).unwrap());
    assert!(
        words.contains("goal: at most 25 s\nmeets it\nnot decided\nnever\nnot measured"),
        "{words}"
    );
    assert!(!words.contains(" ms"), "{words}");
}

#[test]
fn a_goal_that_all_cells_meet_has_no_boundary() {
    let words_of = |picture: &HeatMap| words(&svg(heat_map(picture)).unwrap());
    assert!(words_of(&flat(value(7.0, 0.0))).contains("goal: at most 25 s: all cells meet it"));
    let mut none = flat(value(7.0, 0.0));
    none.cells.iter_mut().flatten().for_each(|cell| cell.standing = Standing::Misses);
    assert!(words_of(&none).contains("goal: at most 25 s: no cell meets it"));
    none.cells[0][0].standing = Standing::Undecided;
    assert!(words_of(&none).contains("goal: at most 25 s: no cell is shown to meet it"));
    none.goal = None;
    assert!(!words_of(&none).contains("goal"));
}

/// Two columns, the left one meets the goal: one upright line between them, at the edge of the cells.
#[test]
fn the_goal_has_its_line_between_what_meets_it_and_what_does_not() {
    let mut picture = grid(2, 3, 1.0);
    for cells in &mut picture.cells {
        for (cell, standing) in cells.iter_mut().zip([Standing::Meets, Standing::Misses]) {
            *cell = Point { shown: value(1.0, 0.0), standing };
        }
    }
    // The strokes of a width in fine points: four to a unit of the page.
    let strokes = |picture: &HeatMap, width: u32| -> Vec<String> {
        let svg = svg(heat_map(picture)).unwrap();
        let width = format!("stroke-width=\"{width}\"");
        let lines =
            svg.lines().filter(|line| line.starts_with("<polyline") && line.contains(&width));
        lines.map(|line| attribute(line, "points").trim().to_string()).collect()
    };
    let [dark, light] = [13, 24].map(|width| strokes(&picture, width));
    // The sample of the legend is the one other; cells are 120 by 36 from 92 to 332.
    assert_eq!((dark.len(), light.len()), (2, 2));
    let ends: Vec<(i32, i32)> = dark[1]
        .split(' ')
        .map(|at| {
            at.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap()
        })
        .collect();
    assert_eq!((ends[0].0, ends[1].0), (848, 848), "212 is 92 + 120");
    assert_eq!((ends[0].1 - ends[1].1).abs(), 4 * 3 * 36, "all three rows");
    for cells in &mut picture.cells {
        cells[0].standing = Standing::Undecided;
    }
    assert_eq!(strokes(&picture, 13).len(), 1, "undecided is not met");
}

/// How a point stands to the goal is seen without colours: a disc, a cross, a ring.
#[test]
fn each_standing_has_its_shape() {
    let shapes = |standing: Standing| {
        let mut picture = single(value(7.0, 0.0));
        picture.lines[0].points[0].standing = standing;
        let svg = svg(curves(&picture)).unwrap();
        let (circles, lines) = (svg.matches("<circle").count(), svg.matches("<polyline").count());
        let hollow =
            svg.lines().filter(|l| l.starts_with("<circle") && l.contains("fill=\"none\""));
        (circles, hollow.count(), lines)
    };
    // Everything twice: in the plot and in the legend.
    let (circles, hollow, lines) = shapes(Standing::Unasked);
    assert_eq!((circles, hollow), (1, 0));
    assert_eq!(shapes(Standing::Meets), (2, 0, lines));
    assert_eq!(shapes(Standing::Misses), (2, 0, lines + 4));
    assert_eq!(shapes(Standing::Undecided), (4, 2, lines));
}

#[test]
fn tornadoes_are_sorted_and_say_both_ends() {
    insta::assert_snapshot!(words(&svg(tornado(&swings())).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    The time to recover depends most on the idle timeout of the server
    at the low end
    at the high end
    pale: may be chance
    as in the file: 20 s
    95 % interval
    time to recover, mean of 20 runs
    0 s
    10 s
    20 s
    30 s
    40 s
    50 s
    servers.redis.timeout
    10s to 10min
    5 s
    44 s
    fleets.chat.retry.attempts
    10s to 10min
    18 s
    31 s
    …ut.connections.main.pool.wait_timeout
    10s to 10min
    29 s
    25 s
    fleets.chat.connections.main.pool.size
    10s to 10min
    21 s
    20.5 s
    "#);
}

#[test]
fn screening_says_which_way_and_how_evenly() {
    insta::assert_snapshot!(words(&svg(tornado(&screening())).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    The time to recover depends most on the idle timeout of the server
    mean size of the effect (mu*)
    its deviation (sigma): bends, or others take part
    95 % interval
    time to recover, mean of 20 runs
    0 s
    2 s
    4 s
    6 s
    8 s
    10 s
    servers.redis.timeout
    10 to 400
    8 s, lowers it
    fleets.chat.retry.attempts
    10 to 400
    5 s, both ways
    …ut.connections.main.pool.wait_timeout
    10 to 400
    100 ms, raises it
    "#);
}

#[test]
fn shares_are_alone_and_with_others() {
    insta::assert_snapshot!(words(&svg(tornado(&shares())).unwrap()), @r#"
    Storefront &amp; checkout &lt;six hours&gt;
    The time to recover depends most on the idle timeout of the server
    by itself (first order)
    with others (total)
    95 % interval
    time to recover, mean of 20 runs
    0 %
    20 %
    40 %
    60 %
    80 %
    fleets.chat.retry.attempts
    10 to 400
    31 % alone
    55 % with others
    servers.redis.timeout
    10 to 400
    44 % alone
    44 % with others
    …ut.connections.main.pool.wait_timeout
    10 to 400
    -2 % alone
    24 % with others
    "#);
}

#[test]
fn what_does_not_fit_is_refused_in_words() {
    let message = |drawn: Result<String, PictureError>| drawn.unwrap_err().to_string();
    let mut picture = recovery();
    picture.lines[1].points.pop();
    let seen = message(svg(curves(&picture)));
    assert_eq!(seen, "the line \"backoff = none\" has 9 points for 10 settings");
    picture.lines = vec![picture.lines[0].clone(); 9];
    assert_eq!(message(svg(curves(&picture))), "a picture has at most 8 lines, not 9");
    picture.lines.clear();
    assert_eq!(message(svg(curves(&picture))), "a picture needs a setting and a line");
    let seen = message(svg(heat_map(&grid(61, 2, 1.0))));
    assert_eq!(seen, "a picture has at most 60 by 60 cells, not 61 by 2");
    let mut picture = grid(3, 2, 1.0);
    picture.cells[1].pop();
    assert_eq!(message(svg(heat_map(&picture))), "there are not 2 rows of 3 cells");
    let seen = message(svg(heat_map(&grid(0, 2, 1.0))));
    assert_eq!(seen, "a picture needs a setting of each parameter");
    let none = Tornado { bars: Bars::Morris(vec![]), ..swings() };
    assert_eq!(message(svg(tornado(&none))), "a picture needs a parameter");
}

/// No number, spacing or text makes a picture fail.
#[test]
fn odd_studies_still_give_pictures() {
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300, -1e300, 1e-300] {
        for other in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 3.0] {
            let shown = Shown::Value { value: odd, low: other, high: other };
            for log in [false, true] {
                let mut picture = recovery();
                picture.log = log;
                picture.lines[0].points.iter_mut().for_each(|point| point.shown = shown);
                picture.lines[0].knee = Some(77);
                picture.across.spacing = Spacing::Log(vec![odd, other]);
                picture.across.settings.iter_mut().for_each(|text| *text = "x".repeat(500));
                picture.bound = Some(Bound { value: odd, label: "y".repeat(500) });
                assert!(svg(curves(&picture)).is_ok(), "{odd} {other}");
                let mut picture = grid(5, 4, 1.0);
                picture.log = log;
                picture.cells[1].iter_mut().for_each(|point| point.shown = shown);
                assert!(svg(heat_map(&picture)).is_ok(), "{odd} {other}");
            }
            let mut picture = swings();
            if let Bars::Swings { base, bars } = &mut picture.bars {
                *base = Some(other);
                bars[0].low = shown;
            }
            assert!(svg(tornado(&picture)).is_ok(), "{odd} {other}");
        }
    }
}
