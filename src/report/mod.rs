//! Reports: what people read of a run. Each is a fold over a record.

pub mod pictures;
