//! stub
use crate::{Options, Timeline};
/// stub
pub fn html(_: &Timeline, _: &Options) -> String { String::new() }
