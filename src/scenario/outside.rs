//! Texts of the command line that are cut outside their quotes and brackets.

/// The pieces of a text between the characters at which `cut` says so, asked only outside quotes and
/// brackets; each with the byte at which it begins. Blanks around them stay.
///
/// ```
/// use highwater::scenario::cut_outside;
///
/// let pieces = cut_outside("a,[1,2],\"b,c\"", |c, _| c == ',');
/// assert_eq!(pieces, [(0, "a"), (2, "[1,2]"), (8, "\"b,c\"")]);
/// ```
pub fn cut_outside(text: &str, cut: impl Fn(char, &str) -> bool) -> Vec<(usize, &str)> {
    let (mut pieces, mut begin, mut depth, mut quoted, mut escaped) =
        (Vec::new(), 0, 0i32, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            _ if !quoted && depth <= 0 && cut(c, &text[at + c.len_utf8()..]) => {
                pieces.push((begin, &text[begin..at]));
                begin = at + c.len_utf8();
            }
            _ => {}
        }
    }
    pieces.push((begin, &text[begin..]));
    pieces
}
