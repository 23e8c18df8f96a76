//! Exercise 03-mpi-p2p: the reference
