//! The scenario that `highwater new` writes.

/// A small scenario to start from, with comments, titled `name`.
///
/// ```
/// let text = highwater::scenario::starter("checkout");
/// let load = |_: &str| Ok(text.clone().into_bytes());
/// assert!(highwater::scenario::read("checkout.json", &load, &[]).is_ok());
/// ```
pub fn starter(name: &str) -> String {
    // The title has a longest length, and a name may hold anything.
    let title: String = name.chars().take(100).collect();
    let title = serde_json::Value::String(format!("{title}: a leak and a limit"));
    include_str!("starter.jsonc").replace("\"TITLE\"", &title.to_string())
}
