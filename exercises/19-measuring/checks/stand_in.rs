//! A clock in place of the machine's: it advances with the calls of an answer, by amounts that the check has drawn.

use harness_mpi::Check;
use std::cell::Cell;

const SENDS: [&str; 9] = [
    "MPI_Send",
    "MPI_Ssend",
    "MPI_Bsend",
    "MPI_Rsend",
    "MPI_Isend",
    "MPI_Issend",
    "MPI_Ibsend",
    "MPI_Sendrecv",
    "MPI_Sendrecv_replace",
];
const RECEIVES: [&str; 4] = [
    "MPI_Recv",
    "MPI_Mrecv",
    "MPI_Sendrecv",
    "MPI_Sendrecv_replace",
];
const IMMEDIATE_RECEIVES: [&str; 2] = ["MPI_Irecv", "MPI_Imrecv"];
const WAITS: [&str; 8] = [
    "MPI_Wait",
    "MPI_Waitall",
    "MPI_Waitany",
    "MPI_Waitsome",
    "MPI_Test",
    "MPI_Testall",
    "MPI_Testany",
    "MPI_Testsome",
];

/// How many barriers this rank has completed since the answer began.
pub fn barriers(check: &Check) -> u64 {
    let immediate = check.calls_so_far(&["MPI_Ibarrier"]);
    check.calls_so_far(&["MPI_Barrier"]) + immediate.min(check.calls_so_far(&WAITS))
}

/// How many collectives and messages this rank has started, and how often it has waited, since the answer began.
pub fn calls(check: &Check) -> u64 {
    const COLLECTIVES: [&str; 12] = [
        "MPI_Barrier",
        "MPI_Ibarrier",
        "MPI_Allreduce",
        "MPI_Iallreduce",
        "MPI_Reduce",
        "MPI_Bcast",
        "MPI_Allgather",
        "MPI_Allgatherv",
        "MPI_Gather",
        "MPI_Scatter",
        "MPI_Scan",
        "MPI_Alltoall",
    ];
    [
        &COLLECTIVES[..],
        &SENDS,
        &RECEIVES,
        &IMMEDIATE_RECEIVES,
        &WAITS,
    ]
    .iter()
    .map(|functions| check.calls_so_far(functions))
    .sum()
}

/// How many messages this rank has sent and received since the answer began.
pub fn messages(check: &Check) -> [usize; 2] {
    let immediate = check.calls_so_far(&IMMEDIATE_RECEIVES);
    let received = check.calls_so_far(&RECEIVES) + immediate.min(check.calls_so_far(&WAITS));
    [check.calls_so_far(&SENDS), received].map(|count| count as usize)
}

/// Time that passes with messages, a drawn amount for each, and with calls of [`Messages::pass`].
pub struct Messages {
    sent: Vec<f64>,
    received: Vec<f64>,
    other: Cell<f64>,
}

impl Messages {
    /// The times of the messages that are sent, and of those that are received, in their order.
    pub fn new(sent: Vec<f64>, received: Vec<f64>) -> Self {
        Self {
            sent,
            received,
            other: Cell::new(0.0),
        }
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: f64) {
        self.other.set(self.other.get() + seconds);
    }

    /// The time that the clock shows.
    pub fn read(&self, check: &Check) -> f64 {
        // The clock does not start at 0.
        const START: f64 = 4096.0;
        let [sent, received] = messages(check);
        let sum = |times: &[f64], count: usize| times.iter().take(count).sum::<f64>();
        START + sum(&self.sent, sent) + sum(&self.received, received) + self.other.get()
    }
}
