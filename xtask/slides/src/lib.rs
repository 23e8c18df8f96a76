//! The decks of the course: Markdown and figures become pages that need nothing but a browser.
//!
//! - [`source`]: a deck as it is written: front matter, slides, notes;
//! - [`check`]: what a deck refers to, and every way in which that can be wrong;
//! - [`code`]: Rust and console text in colours;
//! - [`render`]: the Markdown of a slide as HTML;
//! - [`plan`]: the timetables of the instructors' guide, computed;
//! - [`page`]: deck, handouts and index, each one file;
//! - [`build`]: from the folder `slides/` to a folder of pages;
//! - [`files`]: files of the workbook, as pages that links of a served deck lead to;
//! - [`lesson`]: lessons as pages, beside the student's file;
//! - [`watch`]: the same at every save, with a server that reloads the page;
//! - [`figures`]: functions that draw the figures.
//!
//! A deck that is wrong in any way makes a page that says so: every [`check::Problem`] is reported, with its
//! line. The other decks are built all the same.

pub mod build;
pub mod check;
pub mod code;
pub mod figures;
pub mod files;
pub mod lesson;
pub mod page;
pub mod plan;
pub mod render;
pub mod source;
pub mod watch;
