//! Colour, or none.

/// Wraps texts in the codes of a terminal, or leaves them as they are. Colour never carries a
/// meaning that the words do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Plain text.
    Plain,
    /// ANSI codes.
    Colour,
}

impl Paint {
    /// Strong.
    pub fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    /// Held back.
    pub fn dim(self, text: &str) -> String {
        self.wrap("2", text)
    }

    /// As it should be.
    pub fn green(self, text: &str) -> String {
        self.wrap("32", text)
    }

    /// Not as it should be.
    pub fn red(self, text: &str) -> String {
        self.wrap("1;31", text)
    }

    /// Worth a look.
    pub fn yellow(self, text: &str) -> String {
        self.wrap("33", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        match self {
            Paint::Colour if !text.is_empty() => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_string(),
        }
    }
}
