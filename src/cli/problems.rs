//! Problems of a scenario: one plain line each, the line of the file with a mark, or JSON.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use highwater::report::text::Paint;
use highwater::scenario::{Problem, Problems};
use serde_json::{Value, json};

use super::exit::Exit;

/// Lines longer than this are not shown; they are no lines that a person wrote.
const LONGEST: usize = 2000;

/// Every problem as text: `file:line:column: path: message`, then the line in question.
pub fn text(problems: &Problems, paint: Paint) -> String {
    let mut out = String::new();
    for problem in problems {
        out.push_str(&headline(problem, paint));
        if let Some(snippet) = snippet(problem, problems.source(problem), paint) {
            out.push_str(&snippet);
        }
    }
    let count = problems.iter().count() + problems.left_out();
    if problems.left_out() > 0 {
        out.push_str(&format!("... and {} more problems\n", problems.left_out()));
    } else if count > 1 {
        out.push_str(&format!("{count} problems\n"));
    }
    out
}

/// Every problem as an array of objects.
pub fn json(problems: &Problems) -> Value {
    let one = |problem: &Problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "path": problem.path,
            "message": problem.message,
            "hint": problem.hint,
        })
    };
    problems.iter().map(one).collect()
}

/// A file that could not be read may be there next time; a bad one needs an editor.
pub fn exit(problems: &Problems) -> Exit {
    if problems.unreadable() { Exit::Io } else { Exit::Bad }
}

/// The plain line that editors and people understand.
fn headline(problem: &Problem, paint: Paint) -> String {
    let line: String =
        problem.to_string().chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let place = format!("{}:{}:{}:", problem.file, problem.line, problem.column);
    match line.strip_prefix(&place) {
        Some(rest) => format!("{}{rest}\n", paint.bold(&place)),
        None => format!("{line}\n"),
    }
}

/// The line of the file with a mark under what the problem is about.
fn snippet(problem: &Problem, source: Option<&str>, paint: Paint) -> Option<String> {
    let source = source?;
    let before = source.get(..problem.range.start)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let rest = &source[problem.range.start..];
    let end = problem.range.start + rest.find('\n').unwrap_or(rest.len());
    let line = source[start..end].trim_end_matches('\r');
    if line.trim().is_empty() || line.len() > LONGEST || line.contains('\u{1b}') {
        return None;
    }
    let from = (problem.range.start - start).min(line.len());
    // What goes on over several lines is marked where it begins.
    let one_line = problem.range.end <= end;
    let to = if one_line { problem.range.end - start } else { from + 1 };
    let to = to.clamp(from, line.len()).max(from);
    let span = from..to;
    let shown = Snippet::source(line)
        .line_start(problem.line)
        .fold(false)
        .annotation(AnnotationKind::Primary.span(span));
    let group = [Group::with_level(Level::ERROR).element(shown)];
    let renderer = if paint.is_coloured() { Renderer::styled() } else { Renderer::plain() };
    let text = renderer.decor_style(DecorStyle::Ascii).term_width(paint.width()).render(&group);
    Some(format!("{}\n", text.trim_end()))
}
