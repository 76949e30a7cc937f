//! What a claim measures and how it is judged, on records made by hand.

mod checks;
mod conflicts;
mod measures;
mod recovery;
mod verdicts;
