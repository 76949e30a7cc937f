//! The nearest known name.

/// The name among `known` that a reader of `wrong` most likely meant, if one is near enough: at
/// most one change in three characters.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    // A name longer than any key is not a slip of the finger; it would only cost time.
    if wrong.chars().count() > 80 {
        return None;
    }
    let allowed = (wrong.chars().count() / 3).max(1);
    let (distance, name) =
        known.into_iter().map(|name| (distance(wrong, name), name)).min_by_key(|near| near.0)?;
    (distance <= allowed).then(|| format!("did you mean {name:?}?"))
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from `a` to `b`
/// (optimal string alignment). Source: Damerau, "A technique for computer detection and
/// correction of spelling errors", CACM 7(3), 1964.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().map(|c| c.to_ascii_lowercase()).collect();
    let b: Vec<char> = b.chars().map(|c| c.to_ascii_lowercase()).collect();
    let mut before: Vec<usize> = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + changed);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

/// The names joined for a message: `a, b or c`.
pub(crate) fn either<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
    match names.as_slice() {
        [] => "nothing".to_string(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// The names joined for a message: `a, b, c`, or `none`.
pub(crate) fn all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    if names.is_empty() { "none".to_string() } else { names.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_there_is_no_name_that_is_said() {
        assert_eq!((all(["a", "b"]), all([])), ("a, b".to_string(), "none".to_string()));
    }

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        let known = ["maxclients", "timeout", "backlog"];
        assert_eq!(nearest("maxclient", known), Some("did you mean \"maxclients\"?".to_string()));
        assert_eq!(nearest("tiemout", known), Some("did you mean \"timeout\"?".to_string()));
        assert_eq!(nearest("connections", known), None);
        assert_eq!(nearest("x", []), None);
    }

    #[test]
    fn a_swap_of_neighbours_is_one_change() {
        assert_eq!(distance("leak", "laek"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
