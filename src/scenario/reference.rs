//! The reference page.
/// The reference page.
pub fn reference() -> String {
    String::new()
}
