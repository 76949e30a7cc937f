//! The skeleton that all pages share: one file with everything in it, which asks the network for nothing.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::detail::Detail;
use super::text::{base64, escape, island};

const STYLE: &str = concat!(include_str!("uplot/uPlot.min.css"), "\n", include_str!("page.css"));
const UPLOT: &str = include_str!("uplot/uPlot.iife.min.js");
const SCRIPT: &str = include_str!("page.js");
const LICENCE: &str = include_str!("uplot/LICENSE");

/// A page.
pub(super) struct Page {
    /// How much it shows.
    pub detail: Detail,
    /// What kind of report it is: `run`, `sweep`, `comparison`.
    pub kind: &'static str,
    /// What it is about.
    pub title: String,
    /// Facts below the title.
    pub facts: String,
    /// The verdict, which comes first.
    pub verdict: Banner,
    /// The sections after it.
    pub sections: Vec<Section>,
    /// What all charts share.
    pub shared: Value,
}

/// A section with its heading.
pub(super) struct Section {
    /// Its name in links.
    pub id: &'static str,
    /// Its name in the table of contents.
    pub short: &'static str,
    /// Its heading.
    pub title: String,
    /// Its markup; a section without any is left out.
    pub body: String,
    /// Parts that the table of contents names: link and title.
    pub parts: Vec<(String, String)>,
}

impl Section {
    /// A section without parts.
    pub fn new(id: &'static str, short: &'static str, title: &str, body: String) -> Section {
        Section { id, short, title: title.to_string(), body, parts: Vec::new() }
    }
}

/// How it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Not known.
    Open,
    /// Nothing to judge.
    Plain,
}

impl Mood {
    /// Its class, and the sign that says the same without colour.
    pub fn look(self) -> (&'static str, &'static str) {
        match self {
            Mood::Good => ("good", "✓"),
            Mood::Bad => ("bad", "✗"),
            Mood::Open => ("open", "?"),
            Mood::Plain => ("plain", "•"),
        }
    }
}

/// What is said first.
pub(super) struct Banner {
    /// How it stands; the words say it too.
    pub mood: Mood,
    /// In a few words.
    pub word: String,
    /// In sentences, each a paragraph; markup.
    pub says: Vec<String>,
    /// The figures that matter: name, value, remark.
    pub tiles: Vec<[String; 3]>,
}

impl Banner {
    fn markup(&self, detail: Detail) -> String {
        let (class, sign) = self.mood.look();
        let says: String = self.says.iter().map(|text| format!("<p>{text}</p>\n")).collect();
        let tile = |[name, value, remark]: &[String; 3]| {
            format!(
                "<div><dt>{}</dt><dd><strong>{}</strong> <span>{}</span></dd></div>\n",
                detail.text(name),
                detail.text(value),
                detail.text(remark)
            )
        };
        let tiles: String = self.tiles.iter().map(tile).collect();
        let tiles = match tiles.is_empty() {
            true => tiles,
            false => format!("<dl class=\"tiles\">\n{tiles}</dl>\n"),
        };
        format!(
            "<section id=\"verdict\" class=\"verdict {class}\" aria-labelledby=\"verdict-title\">\n\
             <h2 id=\"verdict-title\"><span class=\"sign\" aria-hidden=\"true\">{sign}</span> {}</h2>\n\
             {says}{tiles}</section>\n",
            detail.text(&self.word)
        )
    }
}

impl Page {
    /// The whole file.
    pub fn text(&self) -> String {
        let title = self.detail.text(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta name=\"generator\" content=\"Highwater {}\">\n\
             <title>{title} – Highwater {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n",
            policy(),
            env!("CARGO_PKG_VERSION"),
            self.kind,
        );
        out.push_str("<a class=\"skip\" href=\"#verdict\">To the verdict</a>\n");
        out.push_str(&format!(
            "<header class=\"top\">\n<p class=\"kind\">Highwater {} report</p>\n<h1>{title}</h1>\n{}\
             </header>\n",
            self.kind, self.facts
        ));
        out.push_str(&self.contents());
        out.push_str("<main>\n");
        out.push_str(&self.verdict.markup(self.detail));
        for section in self.shown() {
            out.push_str(&format!(
                "<section id=\"{0}\" aria-labelledby=\"{0}-title\">\n<h2 id=\"{0}-title\">{1}</h2>\n{2}\
                 </section>\n",
                section.id,
                escape(&section.title),
                section.body
            ));
        }
        out.push_str("</main>\n");
        out.push_str(&format!(
            "<footer>\n<p>Made by Highwater {}. Everything is in this file; it asks the network for \
             nothing.</p>\n<details><summary>Licence of the chart library, uPlot 1.6.32</summary>\n\
             <pre>{}</pre></details>\n</footer>\n",
            env!("CARGO_PKG_VERSION"),
            escape(LICENCE)
        ));
        out.push_str("<p id=\"live\" class=\"aside\" role=\"status\" aria-live=\"polite\"></p>\n");
        out.push_str(&island("shared", &self.shared));
        out.push_str(&format!("<script>{UPLOT}</script>\n<script>{SCRIPT}</script>\n"));
        out.push_str("</body>\n</html>\n");
        out
    }

    fn shown(&self) -> impl Iterator<Item = &Section> {
        self.sections.iter().filter(|section| !section.body.is_empty())
    }

    /// The table of contents. The script adds its buttons here.
    fn contents(&self) -> String {
        let mut out = String::from(
            "<nav id=\"contents\" aria-label=\"Contents\">\n<ul>\n<li><a href=\"#verdict\">Verdict</a></li>\n",
        );
        for section in self.shown() {
            let link = |id: &str, title: &str| {
                format!("<a href=\"#{}\">{}</a>", escape(id), self.detail.text(title))
            };
            out.push_str(&format!("<li>{}", link(section.id, section.short)));
            if section.parts.len() > 1 {
                out.push_str("<ul aria-label=\"Parts\">");
                for (id, title) in section.parts.iter().take(self.detail.rows) {
                    out.push_str(&format!("<li>{}</li>", link(id, title)));
                }
                out.push_str("</ul>");
            }
            out.push_str("</li>\n");
        }
        out.push_str("</ul>\n</nav>\n");
        out
    }
}

/// Nothing from anywhere, and of scripts and styles those of this file alone.
fn policy() -> String {
    let hash = |text: &str| format!("'sha256-{}'", base64(&Sha256::digest(text.as_bytes())));
    format!(
        "default-src 'none'; script-src {} {}; style-src {}; base-uri 'none'; form-action 'none'",
        hash(UPLOT),
        hash(SCRIPT),
        hash(STYLE)
    )
}
