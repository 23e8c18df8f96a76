//! Exercise 05-collectives: the student's crate
