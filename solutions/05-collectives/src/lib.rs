//! Exercise 05-collectives: the reference
