//! The closed forms against figures that were published, or computed by another program.

mod cases;
mod leaks;
mod queues;
