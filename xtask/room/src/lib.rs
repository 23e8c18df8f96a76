//! A room: participants who check exercises, and a board that shows an instructor how far they are.
//!
//! - [`message`]: what travels, in which form, and within which limits; the board reads the same types;
//! - [`seat`]: the participant's side: the room that a workbook has joined, and what is still to be sent;
//! - [`post`]: one request to a board, within a deadline;
//! - [`folder`]: the same by files in a shared folder.
//!
//! Only summaries travel: which task, which verdict. Nothing here has a place for source, prints, inputs,
//! or paths.

pub mod folder;
pub mod message;
pub mod post;
pub mod seat;

pub use message::{Check, Code, Event, Name, Task, Token, What, Word};
pub use seat::{Seat, Sent};
