//! Shows the collectives at work.

fn main() {}
