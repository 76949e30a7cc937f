//! Colour, or none; and the columns that lines are broken at.

/// Columns that a text is laid out for where nobody says how many there are.
const WIDTH: usize = 100;
/// No line is broken earlier: tables need so much.
const LEAST: usize = 72;

/// Wraps texts in the codes of a terminal, or leaves them as they are, and breaks them at its width.
/// Colour never carries a meaning that the words do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paint {
    colour: bool,
    width: usize,
}

impl Paint {
    /// Plain text, of 100 columns.
    pub const PLAIN: Paint = Paint { colour: false, width: WIDTH };
    /// ANSI codes, of 100 columns.
    pub const COLOUR: Paint = Paint { colour: true, width: WIDTH };

    /// The same for a terminal of so many columns: no wider than 100, where lines are long to read.
    pub fn within(self, columns: usize) -> Paint {
        Paint { width: columns.clamp(LEAST, WIDTH), ..self }
    }

    /// Whether there is colour.
    pub fn is_coloured(self) -> bool {
        self.colour
    }

    /// Columns that lines are broken at.
    pub fn width(self) -> usize {
        self.width
    }

    /// Breaks a text between words; further lines begin `indent` columns in.
    pub fn wrapped(self, text: &str, indent: usize) -> String {
        let room = self.width.saturating_sub(indent).max(20);
        let (mut out, mut used) = (String::new(), 0);
        for word in text.split(' ') {
            let length = word.chars().count();
            if used > 0 && used + 1 + length > room {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', indent));
                used = 0;
            } else if used > 0 {
                out.push(' ');
                used += 1;
            }
            out.push_str(word);
            used += length;
        }
        out
    }

    /// Strong.
    pub fn bold(self, text: &str) -> String {
        self.coded("1", text)
    }

    /// Held back.
    pub fn dim(self, text: &str) -> String {
        self.coded("2", text)
    }

    /// As it should be.
    pub fn green(self, text: &str) -> String {
        self.coded("32", text)
    }

    /// Not as it should be.
    pub fn red(self, text: &str) -> String {
        self.coded("1;31", text)
    }

    /// Worth a look.
    pub fn yellow(self, text: &str) -> String {
        self.coded("33", text)
    }

    fn coded(self, code: &str, text: &str) -> String {
        match self.colour {
            true if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_sentences_break_between_words_and_keep_their_indent() {
        for (columns, width) in [(1, LEAST), (80, 80), (100, 100), (500, WIDTH)] {
            let text = Paint::PLAIN.within(columns).wrapped(&"word ".repeat(40), 4);
            assert!(text.lines().count() > 1);
            assert!(text.lines().all(|line| line.chars().count() <= width));
            assert!(text.lines().skip(1).all(|line| line.starts_with("    w")));
        }
    }
}
