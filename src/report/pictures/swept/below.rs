//! Texts below an axis, none of which touches another.

use crate::report::pictures::page::{LEFT, RIGHT, SMALL, WIDTH, fit, text_width};

/// A text below an axis: whose it is, its centre, its row, and what is left of it.
#[derive(Debug, PartialEq)]
pub(super) struct Below {
    pub at: usize,
    pub x: f64,
    pub row: usize,
    pub text: String,
}

/// Rows of texts below an axis at most.
const ROWS: usize = 3;
/// The least room of a text that is cut.
const ROOM: f64 = 64.0;
/// Texts end this far from the edge of the page.
const EDGE: f64 = 6.0;

/// The air between two texts of a row.
const AIR: f64 = 8.0;

/// Which of the texts at `xs` can be said below an axis without touching each other: all of them in
/// one row, or in up to three rows in turn; else cut to the room there is, and where that is too little
/// only some, the first among them. Texts that would leave the page stand a little inside.
pub(super) fn below(texts: &[String], xs: &[f64]) -> Vec<Below> {
    let apart = |step: usize| {
        let kept: Vec<f64> = xs.iter().copied().step_by(step).collect();
        kept.windows(2).map(|pair| pair[1] - pair[0]).fold(RIGHT - LEFT, f64::min)
    };
    // How far inside the outermost texts stand, for a width.
    let inside = |width: f64| {
        let edge = xs.iter().map(|x| (x - EDGE).min(WIDTH - EDGE - x)).fold(WIDTH, f64::min);
        (width / 2.0 - edge).max(0.0)
    };
    let widest = |step: usize| {
        let kept = texts.iter().step_by(step);
        let width = kept.map(|text| text_width(text, SMALL)).fold(0.0, f64::max) + AIR;
        width + inside(width)
    };
    let say = |step: usize, rows: usize, room: f64| {
        let kept = texts.iter().enumerate().step_by(step).enumerate();
        let one = |(i, (at, text)): (usize, (usize, &String))| {
            let text = fit(text, SMALL, room);
            let half = text_width(&text, SMALL) / 2.0;
            let x = xs[at].min(WIDTH - EDGE - half).max(EDGE + half);
            Below { at, x, row: i % rows, text }
        };
        kept.map(one).collect()
    };
    // Short texts are rather left out than put into rows, beyond a dozen.
    let rows = if texts.len() <= 12 { ROWS } else { 1 };
    for rows in 1..=rows {
        if widest(1) <= rows as f64 * apart(1) {
            return say(1, rows, f64::INFINITY);
        }
    }
    for step in 1..texts.len().max(2) {
        if widest(step) <= apart(step) {
            return say(step, 1, f64::INFINITY);
        }
        let room = ROWS as f64 * apart(step);
        let room = room - AIR - inside(room);
        if widest(step) > ROOM && room >= ROOM {
            return say(step, ROWS, room);
        }
    }
    say(texts.len().max(1), 1, RIGHT - LEFT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(count: usize) -> Vec<f64> {
        (0..count).map(|i| 100.0 + 800.0 * i as f64 / (count - 1) as f64).collect()
    }

    fn said(texts: &[String]) -> Vec<Below> {
        below(texts, &places(texts.len()))
    }

    #[test]
    fn texts_below_an_axis_never_touch() {
        for count in 2..=60 {
            for length in [1, 4, 9, 30, 200] {
                let texts = vec!["x".repeat(length); count];
                let said = said(&texts);
                assert!(said.iter().any(|below| below.at == 0));
                for (i, one) in said.iter().enumerate() {
                    assert!(one.x > 0.0 && one.x < WIDTH);
                    for other in said[..i].iter().filter(|other| other.row == one.row) {
                        let half = |below: &Below| text_width(&below.text, SMALL) / 2.0;
                        let gap = one.x - half(one) - other.x - half(other);
                        assert!(gap > 0.0, "{count} {length}: {one:?} {other:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn as_much_is_said_as_there_is_room_for() {
        let numbers = |count: usize| (0..count).map(|i| (i * 10).to_string()).collect::<Vec<_>>();
        assert_eq!(said(&numbers(20)).len(), 20);
        assert!((10..60).contains(&said(&numbers(60)).len()));
        let names = vec!["exponential with jitter".to_string(); 8];
        let said = said(&names);
        assert!(said.len() == 8 && said.iter().all(|below| !below.text.contains('…')), "{said:?}");
    }
}
