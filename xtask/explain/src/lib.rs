//! Turns a report into what a person or a program reads: text, JSON, JUnit.
//!
//! - [`human()`]: one check, as a good compiler would say it;
//! - [`look()`]: one run of a task: its input, and what each rank returned and printed;
//! - [`findings()`]: what the witness found in a program that is no exercise;
//! - [`json()`], [`json_all`]: one check, or many, for programs; the shape is a contract;
//! - [`junit()`]: many checks, for Jenkins and GitLab;
//! - [`csv()`], [`classroom()`]: many checks in points, for tables and for Classroom 50;
//! - [`table`]: many checks, a line for each exercise;
//! - [`list`]: the exercises, and how far the student is;
//! - [`rule()`]: the rule behind each kind of failure, in one sentence.
//!
//! Nothing here runs, reads or prints anything: every output is a function of the report and of the
//! sources' text, which the caller hands in. Every line keeps to the width that is asked for, except
//! what the compiler printed.

mod compiler;
mod findings;
mod human;
mod json;
mod junit;
mod lesson;
mod look;
mod overview;
mod page;
mod places;
mod rule;
mod scores;
mod snippet;
mod words;

pub use findings::findings;
pub use human::{Context, Next, TaskFunction, human, in_one_line};
pub use json::{json, json_all};
pub use junit::junit;
pub use look::{Look, look};
pub use overview::{ListRow, list, table};
pub use page::Style;
pub use rule::{Failed, rule};
pub use scores::{Classroom, Score, classroom, csv, scores};
pub use snippet::Sources;
