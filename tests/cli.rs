//! The command as its users meet it: exit codes, streams, files.

#[path = "support/misfits.rs"]
mod misfits;

mod cli {
    pub mod bench;
    mod compare;
    mod exit_codes;
    mod explain;
    mod files;
    mod json;
    mod output;
    mod reality;
    mod runs;
    mod solve;
    mod sweep;
    mod terminal;
    mod verify;
}
