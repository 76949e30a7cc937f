//! The starter.
/// A starter.
pub fn starter(_name: &str) -> String {
    String::new()
}
