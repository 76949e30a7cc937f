//! The closed forms against figures that were published, or computed by another program.

mod cases;
mod knees;
mod leaks;
mod queues;
mod selection;
mod sensitivity;
