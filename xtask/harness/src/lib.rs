//! What a check program is written with. This crate knows nothing of MPI: exercises 01 and 02 use it
//! as it is, the others through `harness-mpi`.
//!
//! - [`suite`]: the tasks of an exercise, the answers that they grade, and the known mistakes;
//! - [`check`]: inputs from a shared seed, and comparisons that explain;
//! - [`inputs`]: inputs that are nasty by default;
//! - [`clock`]: a clock that shows what the check says;
//! - [`compare`]: two values, cut to the part that differs;
//! - [`exact`](mod@exact): numbers that are compared to the last bit;
//! - [`channel`]: the line to the grader, apart from everything that the program prints;
//! - [`listener`]: the thread that hears the grader's orders;
//! - `prints`: what the program prints, and for which input;
//! - [`run`]: the loop that obeys the grader;
//! - [`shown`]: inputs and values, for somebody who looks at a run;
//! - `held`: the input named last, which is sent when it is needed;
//! - [`death`]: the last words of a rank that panics, exits or crashes;
//! - [`locate`]: where a process is that takes too long;
//! - [`memory`]: how much memory an answer holds at once;
//! - [`folder`]: a folder for files, which goes with the check;
//! - [`space`]: a disk that is full;
//! - [`patience`]: waiting for what other threads should do;
//! - `signals`: what of that only the C library sees;
//! - `staying`: threads and processes that outlive an answer, and an end that does not come;
//! - `threads`: what the threads of this process do;
//! - [`identity`]: who this process is;
//! - [`stack`]: from return addresses to lines.

pub mod channel;
pub mod check;
pub mod clock;
pub mod compare;
pub mod death;
pub mod exact;
pub mod folder;
mod held;
pub mod identity;
pub mod inputs;
pub mod listener;
pub mod locate;
pub mod memory;
pub mod patience;
mod prints;
pub mod run;
pub mod shown;
mod signals;
pub mod space;
pub mod stack;
mod staying;
pub mod suite;
mod threads;

pub use check::Check;
pub use exact::exact;
pub use run::part;
pub use suite::{Mistake, Suite, Task};
pub use threads::gives_way;
pub use verdict::{Kind, Reason, plural};

/// Grades an exercise that needs no MPI: the `main` of its check program.
pub fn main<A: Clone + 'static>(suite: Suite<Check, A>) {
    run::answer_if_asked(&suite);
    let orders = listener::open(0, 1);
    death::report_last_words();
    run::serve(&suite, orders, |seed, _, _| Some(Check::new(seed)), drop);
    run::finished();
}
