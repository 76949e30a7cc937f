//! Tables.

use super::detail::Detail;
use super::text::escape;

/// A cell of a table.
pub(super) enum Cell {
    /// Words.
    Text(String),
    /// A figure in words, and the number that it is sorted by.
    Number(String, f64),
    /// What names its row.
    Head(String),
    /// Markup made here; what is in it is escaped already.
    Markup(String),
}

impl Cell {
    /// Words.
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }

    fn write(&self, detail: Detail, out: &mut String) {
        let one = match self {
            Cell::Text(text) if text.is_empty() => "<td>–</td>".to_string(),
            Cell::Text(text) => format!("<td>{}</td>", detail.text(text)),
            Cell::Number(text, value) if value.is_finite() => {
                format!("<td class=\"n\" data-v=\"{value}\">{}</td>", detail.text(text))
            }
            Cell::Number(text, _) => format!("<td class=\"n\">{}</td>", detail.text(text)),
            Cell::Head(text) => format!("<th scope=\"row\">{}</th>", detail.text(text)),
            Cell::Markup(markup) => format!("<td>{markup}</td>"),
        };
        out.push_str(&one);
    }
}

/// A table with its name, which is read aloud, and its head.
pub(super) struct Table<'a> {
    /// What it shows.
    pub name: &'a str,
    /// Names of the columns.
    pub head: &'a [&'a str],
    /// Whether the script lets readers sort it.
    pub sortable: bool,
    /// Where rows that do not fit can be found.
    pub rest: &'a str,
}

impl Table<'_> {
    /// The table as markup, in a frame that scrolls sideways where it is too wide; nothing without rows.
    pub fn of(&self, detail: Detail, rows: Vec<Vec<Cell>>) -> String {
        if rows.is_empty() {
            return String::new();
        }
        let name = detail.text(self.name);
        let sortable = if self.sortable { " class=\"sortable\"" } else { "" };
        let mut out = format!(
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{name}\">\
             <table{sortable}><caption class=\"aside\">{name}</caption>\n<thead><tr>"
        );
        for title in self.head {
            out.push_str(&format!("<th scope=\"col\">{}</th>", escape(title)));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        let more = rows.len().saturating_sub(detail.rows);
        for row in rows.iter().take(detail.rows) {
            out.push_str("<tr>");
            row.iter().for_each(|cell| cell.write(detail, &mut out));
            out.push_str("</tr>\n");
        }
        out.push_str("</tbody></table></div>\n");
        if more > 0 {
            out.push_str(&format!(
                "<p class=\"note\">{more} more rows are left out: {}.</p>\n",
                escape(self.rest)
            ));
        }
        out
    }
}
