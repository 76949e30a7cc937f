//! Bytes to a positioned tree: JSON with comments and nothing else loose.

use std::collections::BTreeSet;

use jsonc_parser::ast;
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::complaint::{Complaint, explain};
use super::problems::{Findings, Place};
use super::tree::{Member, Node, Path, Value, quoted};

/// Bytes of one file at most.
const LARGEST: usize = 16 << 20;
/// Objects and lists inside each other at most.
const DEEPEST: usize = 128;

/// Reads `bytes`, reporting under the name `name`; `None` when there is no tree to speak of.
pub(crate) fn parse(name: &str, bytes: &[u8], findings: &mut Findings) -> Option<Node> {
    if bytes.len() > LARGEST {
        let source = findings.add_source(name, "");
        let size = bytes.len().div_ceil(1 << 20);
        Complaint::new((0, 0), format!("the file has {size} MiB; expected 16 MiB at most"))
            .hint("leave out what is not part of the scenario")
            .report(source, findings);
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            not_utf8(name, bytes, error.valid_up_to(), findings);
            return None;
        }
    };
    let source = findings.add_source(name, text);
    if let Err(complaint) = scan(text) {
        complaint.report(source, findings);
        return None;
    }
    parse_text(text, source, findings)
}

/// Parses a text that is already a source.
pub(crate) fn parse_text(text: &str, source: u32, findings: &mut Findings) -> Option<Node> {
    let parsed = match parse_to_ast(text, &CollectOptions::default(), &strict()) {
        Ok(parsed) => parsed,
        Err(error) => {
            explain(&error, text).report(source, findings);
            return None;
        }
    };
    let Some(value) = parsed.value else {
        let complaint = Complaint::new(
            (0, 0),
            "the file is empty; expected a scenario: an object with \"format\": 1",
        );
        complaint.hint("highwater new NAME writes one to start from").report(source, findings);
        return None;
    };
    Some(convert(&value, source, &Path::Top, findings))
}

/// JSON with comments, and every other looseness switched off.
fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: true,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

fn not_utf8(name: &str, bytes: &[u8], valid: usize, findings: &mut Findings) {
    let text = String::from_utf8_lossy(&bytes[..valid]);
    let source = findings.add_source(name, &text);
    let hint = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "this looks like UTF-16: save it as UTF-8",
        _ => "save the file as UTF-8",
    };
    let byte = bytes[valid];
    Complaint::new((valid, valid), format!("the byte {byte:#04x} is not UTF-8"))
        .hint(hint)
        .report(source, findings);
}

/// What the parser does not look at: the byte order mark, nesting (so that no recursion can
/// overflow), control characters in texts, and white space that JSON does not know.
fn scan(text: &str) -> Result<(), Complaint> {
    if text.starts_with('\u{feff}') {
        let complaint = Complaint::new((0, 3), "the file begins with a byte order mark");
        return Err(complaint.hint("save it as UTF-8 without one"));
    }
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => at = scan_text(bytes, at)?,
            b'/' => at = skip_comment(bytes, at),
            b'{' | b'[' => {
                depth += 1;
                if depth > DEEPEST {
                    let message = format!("nested more than {DEEPEST} deep");
                    return Err(Complaint::new((at, at + 1), message));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b' ' | b'\t' | b'\n' | b'\r' => {}
            byte if !(0x20..0x80).contains(&byte) => {
                let odd = text[at..].chars().next().unwrap_or(' ');
                let message = format!("the character {odd:?} cannot stand outside of a text");
                return Err(Complaint::new((at, at + odd.len_utf8()), message));
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// From an opening quote to the closing one, or to the end.
fn scan_text(bytes: &[u8], start: usize) -> Result<usize, Complaint> {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => return Ok(at),
            b'\\' => at += 1,
            b'\n' | b'\r' => {
                let complaint = Complaint::new((start, at), "a text goes on beyond its line");
                return Err(complaint.hint("close the quote, or write \\n for a new line"));
            }
            byte if byte < 0x20 => {
                let message = format!("a text holds the control character {byte:#04x}");
                let complaint = Complaint::new((at, at + 1), message);
                return Err(complaint.hint("write it as an escape, such as \\t"));
            }
            _ => {}
        }
        at += 1;
    }
    let complaint = Complaint::new((bytes.len(), bytes.len()), "the file ends inside a text");
    Err(complaint.hint("is the file complete?"))
}

/// From the slash of a comment to its last byte; a lone slash is left to the parser.
fn skip_comment(bytes: &[u8], start: usize) -> usize {
    let rest = &bytes[start..];
    let length = match rest.get(1) {
        Some(b'/') => rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')),
        Some(b'*') => {
            rest[2..].windows(2).position(|pair| pair == b"*/").map(|position| position + 3)
        }
        _ => Some(0),
    };
    length.map_or(bytes.len(), |length| start + length)
}

/// From the parser's tree to ours.
fn convert(value: &ast::Value, source: u32, path: &Path, findings: &mut Findings) -> Node {
    let range = value.range();
    let place = Place::new(source, range.start, range.end);
    let value = match value {
        ast::Value::StringLit(text) => Value::Text(text.value.to_string()),
        ast::Value::BooleanLit(flag) => Value::Flag(flag.value),
        ast::Value::NumberLit(number) => match finite(number.value) {
            Ok(number) => Value::Number(number),
            Err(message) => {
                findings.report(place, path, message);
                Value::Unreadable
            }
        },
        ast::Value::NullKeyword(_) => {
            let hint = "leave the key out to get its default".to_string();
            findings.report_with(place, path, "null means nothing here", Some(hint));
            Value::Unreadable
        }
        ast::Value::Array(array) => {
            let items = array.elements.iter().enumerate();
            let items = items
                .map(|(index, item)| convert(item, source, &Path::Item(path, index), findings));
            Value::List(items.collect())
        }
        ast::Value::Object(object) => Value::Object(members(object, source, path, findings)),
    };
    Node { place, value }
}

fn members(object: &ast::Object, source: u32, path: &Path, findings: &mut Findings) -> Vec<Member> {
    let mut seen = BTreeSet::new();
    let mut members = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let key = property.name.as_str();
        let range = property.name.range();
        let place = Place::new(source, range.start, range.end);
        let path = Path::Key(path, key);
        if !seen.insert(key) {
            let hint = Some("keep one of the two".to_string());
            findings.report_with(place, &path, "this key stands here twice", hint);
            continue;
        }
        let node = convert(&property.value, source, &path, findings);
        members.push(Member { key: key.to_string(), place, node });
    }
    members
}

/// A number that a computer can hold: neither infinite nor lost below the smallest normal one.
fn finite(written: &str) -> Result<f64, String> {
    let mantissa = written.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    match written.parse::<f64>().unwrap_or(f64::INFINITY) {
        _ if is_zero => Ok(0.0),
        number if number.is_normal() => Ok(number),
        number => {
            let size = if number.is_infinite() { "large" } else { "small" };
            Err(format!("{} is too {size} for a number", quoted(written)))
        }
    }
}
