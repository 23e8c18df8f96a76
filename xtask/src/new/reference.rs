//! Exercise NUMBER: the reference.
