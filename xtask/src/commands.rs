//! The commands, a file each.

pub(crate) mod bench;
pub(crate) mod board;
pub(crate) mod check;
pub(crate) mod docs;
pub(crate) mod doctor;
pub(crate) mod grade;
pub(crate) mod hand;
pub(crate) mod hint;
pub(crate) mod join;
pub(crate) mod list;
pub(crate) mod look;
pub(crate) mod new;
pub(crate) mod peers;
pub(crate) mod predict;
pub(crate) mod read;
pub(crate) mod report;
pub(crate) mod reset;
pub(crate) mod run;
pub(crate) mod setup;
pub(crate) mod slide;
pub(crate) mod slides;
pub(crate) mod solution;
pub(crate) mod trace;
pub(crate) mod verify;
pub(crate) mod watch;
pub(crate) mod witness;
