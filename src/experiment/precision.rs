//! stub until merged
use crate::claims::Known;
pub(super) fn more_runs(_: &Known, _: &[Option<f64>], _: f64) -> Option<u32> {
    None
}
