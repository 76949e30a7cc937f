//! Connections that all requests of an instance share.

mod clients;
mod redial;
mod sharing;

pub use clients::{Link, SharedConn, SharedConns};
