//! Why: chains, autopsies and lives that are known to the nanosecond, the classes of the shipped
//! scenarios, and that to explain a run is to play it again, not to change it.

#![allow(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

#[path = "support/draw.rs"]
mod draw;
#[path = "support/files.rs"]
mod files;
#[path = "support/generated.rs"]
mod generated;
#[path = "support/mod.rs"]
mod support;

mod explain {
    mod classes;
    mod exact;
    mod replay;
    mod texts;
}
