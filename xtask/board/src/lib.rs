//! The board of a room: participants join it and send a summary of each check; the instructor's page shows
//! how far the room is, and who is stuck.
//!
//! - [`class`]: what is known of the participants, and what follows from it; no clock, no files;
//! - [`record`]: what is kept of that, an append-only file which is read again at the next start;
//! - [`door`]: the room itself: who is let in, and at which rate they may speak;
//! - [`guide`]: what to say about a kind of failure: the rule that students see, and the guide's question;
//! - [`page`]: the page, from what is known;
//! - [`server`]: HTTP: joining, events, the page, and its changes as server-sent events;
//! - [`folder`]: the same participants by files in a shared folder.

pub mod class;
pub mod door;
pub mod folder;
pub mod guide;
pub mod page;
pub mod record;
pub mod server;
