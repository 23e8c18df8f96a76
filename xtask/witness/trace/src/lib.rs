//! Pictures of a recorded run: who was in which MPI call when, and which message went where.
//!
//! - [`Timeline`]: what is drawn; the caller fills it;
//! - [`svg()`]: one picture, for a slide or a lesson;
//! - [`html()`]: one page to look around in, which needs nothing but itself;
//! - [`perfetto()`]: the file that the Perfetto viewer opens;
//! - [`terminal()`]: a drawing in text, for small runs; [`heading()`]: only what stands around it;
//! - [`reduce()`], [`merge()`]: a large run becomes a small one, and says what it left out;
//! - [`rank_colour()`]: the colour that a rank has in every figure of the course.
//!
//! Nothing here runs, reads or prints anything: every output is a function of the timeline.

mod colour;
mod html;
mod perfetto;
mod reduce;
mod rows;
mod scale;
mod svg;
mod terminal;
mod timeline;
mod words;

pub use colour::{class_colour, rank_colour};
pub use html::html;
pub use perfetto::perfetto;
pub use reduce::{merge, reduce};
pub use scale::Scale;
pub use svg::{Options, Theme, svg};
pub use terminal::{heading, terminal};
pub use timeline::{Call, Class, Edge, End, Meeting, Message, Names, Peer, Place, Tag, Timeline};
