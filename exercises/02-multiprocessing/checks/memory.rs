//! The check of `shared`: counting in one process, then in several at the same time.

use super::{
    Answers, draw_signal, draw_status, is_an_error,
    staff::{self, Board, Worker, ok},
    well,
    worker::Order,
};
use harness::{Check, Kind, folder::Folder, patience::BRIEF, plural};
use mapped_file::{Access, Counters, witnessed_by};
use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Barrier,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread,
};

pub fn shared(check: &mut Check, answers: &Answers) {
    let folder = Folder::new();
    let file = folder.path("counters");
    if one_counts(check, answers, &file) && check.is_clean() {
        threads_count(check, answers, &file);
    }
    nothing_to_open(check, answers, &folder.path("missing"));
    // Mistakes in `tally` are reported even if `shared` is not written yet.
    if !check.is_clean() {
        return;
    }
    let file = odd(folder.path("more-counters"));
    let drawn = (check.draw(2..6), check.draw(2..40));
    for (sizes, last, old) in [
        ((1, 1), 0, None),
        (drawn, 0, Some(1)),
        ((4, 1000), 3, Some(0)),
        ((2, 0), 0, Some(1)),
    ] {
        processes_count(check, answers, &file, sizes, last, old);
        if !check.is_clean() {
            return;
        }
    }
    let (status, signal) = (draw_status(check), draw_signal(check));
    let failing = check.draw(0..3);
    for (worker, ending) in [
        (failing, Order::Exit(status)),
        // The lower seven bits are 0.
        (failing, Order::Exit(128)),
        (2 - failing, Order::Die(signal)),
    ] {
        if check.is_clean() {
            one_fails(check, answers, &file, worker, &ending);
        }
    }
    for missing in [failing, 2 - failing] {
        if check.is_clean() {
            one_is_missing(check, answers, &file, missing);
        }
    }
    if check.is_clean() {
        no_room_for_the_file(check, answers, &folder.path("missing").join("counters"));
    }
}

/// The same path with a name that is not text, where the system has such names.
fn odd(path: PathBuf) -> PathBuf {
    if cfg!(target_os = "linux") {
        let mut name = path.into_os_string();
        name.push(OsStr::from_bytes(b"-\xff"));
        return name.into();
    }
    path
}

/// The counters of a file.
fn values(counters: &Counters) -> Vec<u64> {
    (0..counters.len())
        .map(|index| counters.get(index))
        .collect()
}

/// How often each number below `length` is among the numbers.
fn counted(numbers: &[usize], length: usize) -> Vec<u64> {
    let mut counts = vec![0; length];
    for number in numbers {
        counts[*number] += 1;
    }
    counts
}

/// What others add to the counters of [`one_counts`], each time just after `tally` has read one.
static ADDED: [AtomicU64; 7] = [const { AtomicU64::new(0) }; 7];
/// How often `tally` has overwritten a counter.
static WRITTEN: AtomicU64 = AtomicU64::new(0);
/// How often `tally` has read a counter.
static READ: AtomicU64 = AtomicU64::new(0);

/// Simulates another process that adds at the worst moment, but does not do so for ever: an answer that looks
/// whether somebody else has added comes to its end.
fn interfere(counters: &Counters, access: Access) {
    const OFTEN: u64 = 1000;
    match access {
        Access::Get(index) => {
            if READ.fetch_add(1, Relaxed) >= OFTEN {
                return;
            }
            counters.add(index, 1);
            if let Some(added) = ADDED.get(index) {
                added.fetch_add(1, Relaxed);
            }
        }
        Access::Set(_) => {
            WRITTEN.fetch_add(1, Relaxed);
        }
    }
}

/// One call of `tally`, on counters that others have used and still use. Returns whether to continue.
fn one_counts(check: &mut Check, answers: &Answers, file: &Path) -> bool {
    // The first is prime, so that blocks of any size leave a rest.
    for length in [41, 1, 0] {
        check.input(format!(
            "tally: {} into 7 counters to which others have added before, and add at the same time",
            plural(length, "number")
        ));
        let numbers = check.draw_vec(length, 0..ADDED.len());
        let before = check.draw_vec(ADDED.len(), 1..1 << 40);
        let counters = ok(Counters::create(file, ADDED.len()));
        for (index, value) in before.iter().enumerate() {
            counters.add(index, *value);
        }
        for added in &ADDED {
            added.store(0, Relaxed);
        }
        WRITTEN.store(0, Relaxed);
        READ.store(0, Relaxed);
        witnessed_by(Some(interfere));
        let (returned, written) = writing::watched(file, || (answers.tally)(file, &numbers));
        witnessed_by(None);
        if well(check, returned).is_none() || !only_added(check, written) {
            return false;
        }
        let counts = counted(&numbers, ADDED.len());
        let expected: Vec<u64> = (0..ADDED.len())
            .map(|index| before[index] + counts[index] + ADDED[index].load(Relaxed))
            .collect();
        let why = "each number adds 1 to its counter, on top of what others add at the same time";
        check.holds("counters", values(&counters), expected, why);
    }
    true
}

/// Many calls at once. That they do not lose anything follows from what was seen before; this would
/// show a way around it.
fn threads_count(check: &mut Check, answers: &Answers, file: &Path) {
    const TOGETHER: usize = 4;
    // More of each number than a `u16` can count, and a prime number of them.
    check.input("tally: 200003 numbers into 2 counters, in four threads at once");
    let numbers = check.draw_vec(200_003, 0..2);
    let counters = ok(Counters::create(file, 2));
    let begin = Barrier::new(TOGETHER);
    thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                begin.wait();
                // Errors have been checked before.
                drop((answers.tally)(file, &numbers));
            });
        }
    });
    let expected = counted(&numbers.repeat(TOGETHER), 2);
    let why = "nothing is lost, even when several threads count at the same time";
    check.holds("counters", values(&counters), expected, why);
}

/// Requires that nothing was overwritten, neither by `set` nor in the file.
fn only_added(check: &mut Check, in_the_file: bool) -> bool {
    let sets = WRITTEN.load(Relaxed);
    check.require(sets == 0, Kind::WrongOperation, || {
        format!(
            "overwrote counters with `set`, {}: whatever another process adds between your `get` and your \
             `set` is lost. `add` does both in one step",
            plural(sets, "time")
        )
    }) && check.require(!in_the_file, Kind::WrongOperation, || {
        String::from(
            "wrote to the file itself: whatever another process adds between your read and your write is \
             lost. Use `Counters::open` and `add`, which count in the memory that all processes share",
        )
    })
}

fn nothing_to_open(check: &mut Check, answers: &Answers, file: &Path) {
    check.input("tally: a file that does not exist");
    let failed = (answers.tally)(file, &[]).is_err() && !file.exists();
    check.require(failed, Kind::WrongResult, || {
        String::from(
            "returned no error, or made the file: a worker only opens the file, which was made for all \
             workers, and returns an error if it cannot",
        )
    });
}

/// Several processes count at once, after all have been started. So many workers, and counters; the
/// one that counts after all others; and how many counters more such a file has that is there already.
fn processes_count(
    check: &mut Check,
    answers: &Answers,
    file: &Path,
    (many, length): (usize, usize),
    last: usize,
    old: Option<usize>,
) {
    check.input(format!(
        "shared: {} for {}, none of which counts before all are started; there is {} file",
        plural(length, "counter"),
        plural(many, "worker"),
        if old.is_some() { "an old" } else { "no" }
    ));
    if let Some(more) = old {
        let old = ok(Counters::create(file, length + more));
        (0..old.len()).for_each(|index| old.add(index, 99));
    }
    let some = if length == 0 { 0 } else { 200 };
    let numbers: Vec<Vec<usize>> = (0..many).map(|_| check.draw_vec(some, 0..length)).collect();
    let board = Board::<usize>::default();
    let script = |index: usize, worker: &mut Worker| {
        board.note(|started| *started += 1);
        worker.until(&board, |started| *started >= many)?;
        if index == last {
            // This reveals an answer that reads the counters before this worker has ended.
            worker.dawdle(BRIEF)?;
        }
        worker.order(&Order::Tally(numbers[index].clone()))
    };
    let seen = staff::with(many, &script, |workers| {
        (answers.shared)(workers, file, length)
    });
    let idle = seen.starts.iter().position(|times| *times == 0);
    let returned = seen.in_order(check, 1);
    if let Some(returned) = well(check, returned) {
        let expected = counted(&numbers.concat(), length);
        let why = "all workers count into the same file, which starts with zeros, and is read when they \
                   have ended";
        let right = check.returned(returned, expected.clone(), why);
        let there = Counters::open(file).map_or_else(|_| Vec::new(), |there| values(&there));
        let made = there.len();
        let _ = check.require(made == length, Kind::WrongResult, || {
            format!("left a file with {made} counters: make the file anew, with {length}")
        }) && right
            && check.holds(
                "the counters in the file",
                there,
                expected,
                "the workers count into this file, which stays as it is then",
            )
            && check.require(idle.is_none(), Kind::WrongResult, || {
                format!(
                    "never started worker {}: every worker is started, whatever it has to count",
                    idle.unwrap_or_default()
                )
            });
    }
}

fn one_fails(check: &mut Check, answers: &Answers, file: &Path, failing: usize, ending: &Order) {
    let how = match ending {
        Order::Exit(status) => format!("exits with status {status}"),
        Order::Die(signal) => format!("is terminated by signal {signal}"),
        _ => unreachable!("these are the ways to end"),
    };
    check.input(format!("shared: 3 workers; worker {failing} {how}"));
    let script = |index: usize, worker: &mut Worker| {
        if index == failing {
            return worker.order(ending);
        }
        // This reveals an answer that returns at the first failure and leaves a worker behind.
        worker.dawdle(BRIEF)?;
        worker.order(&Order::Tally(vec![index]))
    };
    let seen = staff::with(3, &script, |workers| (answers.shared)(workers, file, 3));
    let returned = seen.in_order(check, 1);
    check.require(returned.is_err(), Kind::WrongResult, || {
        String::from(
            "returned counters instead of an error: a worker that does not exit with status 0 may not \
             have counted everything",
        )
    });
    stays(check, file);
}

/// Requires that the file is there.
fn stays(check: &mut Check, file: &Path) {
    check.require(file.exists(), Kind::WrongOperation, || {
        String::from("removed the file: it stays where it is, also if a worker has failed")
    });
}

/// One worker cannot be started, and those before it are already running.
fn one_is_missing(check: &mut Check, answers: &Answers, file: &Path, missing: usize) {
    check.input(format!(
        "shared: 3 workers; the program of worker {missing} does not exist"
    ));
    let script = |index: usize, worker: &mut Worker| {
        worker.dawdle(BRIEF)?;
        worker.order(&Order::Tally(vec![index]))
    };
    let seen = staff::with(3, &script, |workers| {
        workers[missing] = Command::new(Folder::new().path("missing"));
        (answers.shared)(workers, file, 3)
    });
    let returned = seen.in_order(check, 1);
    is_an_error(check, &returned);
    stays(check, file);
}

fn no_room_for_the_file(check: &mut Check, answers: &Answers, file: &Path) {
    check.input("shared: a file in a folder that does not exist");
    let script = |_: usize, worker: &mut Worker| worker.order(&Order::Exit(0));
    let seen = staff::with(1, &script, |workers| (answers.shared)(workers, file, 1));
    let started = seen.starts[0];
    let returned = seen.in_order(check, 1);
    check.require(returned.is_err(), Kind::WrongResult, || {
        String::from("returned no error, although the file could not be made")
    });
    check.require(started == 0, Kind::WrongOperation, || {
        String::from(
            "started a worker although the file could not be made: make the file before you start the \
             first worker, which may be quick to open it",
        )
    });
}

/// Whether a file is written to, other than through memory into which it is mapped.
mod writing {
    use std::path::Path;

    /// Runs something, and returns whether it has written to the file meanwhile. If the system cannot
    /// tell, the answer is no.
    #[cfg(target_os = "linux")]
    pub fn watched<R>(file: &Path, run: impl FnOnce() -> R) -> (R, bool) {
        use super::super::staff::ok;
        use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
        use std::mem::MaybeUninit;

        let watch = ok(inotify::init(CreateFlags::NONBLOCK).map_err(Into::into));
        // It does not see writes through mapped memory.
        let flags = WatchFlags::MODIFY;
        ok(inotify::add_watch(&watch, file, flags).map_err(Into::into));
        let returned = run();
        let mut room = [MaybeUninit::uninit(); 512];
        let written = inotify::Reader::new(&watch, &mut room).next().is_ok();
        (returned, written)
    }

    #[cfg(not(target_os = "linux"))]
    pub fn watched<R>(_: &Path, run: impl FnOnce() -> R) -> (R, bool) {
        (run(), false)
    }
}
