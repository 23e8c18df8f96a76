//! The real command on a copy of the course, as a student meets it: each verdict, each limit, each
//! misuse, and nothing left running. What a part does alone is tested where that part is.
//!
//! All tests share one copy, which later runs of the tests find again with all that it has built and
//! installed, so each test has it for itself: see [`course::course`].

mod answer;
mod cluster;
mod command;
mod course;
mod processes;

mod both_mpis;
mod contents;
mod day;
mod files;
mod forging;
mod grade;
mod interrupts;
mod left;
mod look;
mod misuse;
mod nodes;
mod peers;
mod plain;
mod predict;
mod prints;
mod room;
mod setting_up;
mod suite;
mod traces;
mod verdicts;
mod verify;
mod watch;
