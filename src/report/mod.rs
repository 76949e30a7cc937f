//! An outcome for people and for other programs: text, JSON, Markdown, CSV, JSON lines, pictures, pages.
//!
//! Everything here is a fold over a record or an outcome into a text; nothing here opens a file.

mod audit;
mod drawings;
mod events;
pub mod explain;
pub mod html;
pub mod json;
mod markdown;
pub mod parts;
pub mod pictures;
mod points;
mod requests;
mod series;
mod shell;
mod swept_drawings;
#[cfg(test)]
mod tests;
pub mod text;

pub use drawings::{Drawing, drawings, is_drawing};
pub use events::event_line;
pub use markdown::verdicts_table;
pub use points::{points_csv, points_lines};
pub use requests::RequestsWriter;
pub use series::{SeriesWriter, columns};
pub use shell::quoted;
pub use swept_drawings::{is_swept_drawing, swept_drawings};
