//! One run.

use super::player::Player;
use crate::claims::{needs, watched};
use crate::observe::Record;
use crate::scenario::Scenario;

/// Simulates run number `run` of a scenario; `follow` is called after each row of the series.
///
/// # Panics
///
/// When a law of conservation is broken, with the law and both figures. That is a mistake of this
/// program; no scenario can cause it otherwise.
pub fn simulate(scenario: &Scenario, run: u32, follow: &mut dyn FnMut(&Record)) -> Record {
    let mut wanted = needs(&scenario.claims);
    watched(scenario, &mut wanted);
    let mut player = Player::new(scenario, run, &wanted);
    follow(player.record());
    while !player.is_over() {
        player.play_row();
        follow(player.record());
    }
    player.finish()
}
