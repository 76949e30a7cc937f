//! Text that becomes markup: nothing a scenario says is ever taken for a tag or a script.

use serde_json::Value;

/// A text as it is shown, in an element or in an attribute in quotes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push('\n'),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// At most `most` characters of a text, with an ellipsis where some are missing.
pub(super) fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// An element with data for the script, which no text in it can end.
pub(super) fn island(id: &str, value: &Value) -> String {
    let text = value.to_string().replace('<', "\\u003c").replace('>', "\\u003e");
    format!("<script type=\"application/json\" id=\"{}\">{text}</script>\n", escape(id))
}

/// A number for an island: whole ones as they are, others with six figures; `null` where there is none.
pub(super) fn number(value: f64) -> Value {
    match value {
        value if !value.is_finite() => Value::Null,
        value if value.fract() == 0.0 => crate::report::json::number(value),
        value => crate::report::json::number(format!("{value:.5e}").parse().unwrap_or(value)),
    }
}

/// Base64 with padding, as a Content-Security-Policy writes hashes.
pub(super) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * place)) as usize & 63];
            out.push(if place <= three.len() { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn no_text_becomes_markup() {
        let nasty = "<img src=x onerror=\"a('b')\"> & \u{1b}[31m";
        let safe = "&lt;img src=x onerror=&quot;a(&#39;b&#39;)&quot;&gt; &amp;  [31m";
        assert_eq!(escape(nasty), safe);
    }

    #[test]
    fn data_cannot_end_its_element() {
        let text = island("x", &json!({ "name": "</script><!-- <script>" }));
        assert_eq!(text.matches('<').count(), 2, "{text}");
        let inside = text.split_once('>').unwrap().1.split_once('<').unwrap().0;
        let back: Value = serde_json::from_str(inside).unwrap();
        assert_eq!(back["name"], "</script><!-- <script>");
    }

    #[test]
    fn numbers_have_six_figures_and_whole_ones_all() {
        let seen = [123_456_789.0, 0.123_456_789, f64::NAN, 2.5].map(|n| number(n).to_string());
        assert_eq!(seen, ["123456789", "0.123457", "null", "2.5"]);
    }

    /// The vectors of RFC 4648, section 10.
    #[test]
    fn base64_is_that_of_the_standard() {
        let seen = ["", "f", "fo", "foo", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(seen, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYmFy"]);
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
