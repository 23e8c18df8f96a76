//! What outlives an answer: threads that still compute after it has returned, processes that still run,
//! and an end of the process itself that does not come.
//!
//! A thread that sleeps is no trouble: pools keep their threads, and so does MPI. One that computes takes
//! the time of whatever comes next. Nothing here depends on how long something takes by a clock: a thread
//! is asleep if the system says so at several looks in a row, and it computes if it has used up its own
//! share of the processor, however long it had to wait for that on a busy machine. One that gives way all the
//! time uses little of it there, and shows by the number of its turns.

use crate::{
    death, identity, locate,
    patience::{BRIEF, patiently},
    signals,
    threads::{self, name, numbers, runs, state, text},
};
use std::{
    collections::HashSet,
    fs,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::Duration,
};
use verdict::{Kind, wire::RankFailure};

/// So many looks in a row find a thread asleep that sleeps.
const ASLEEP: usize = 3;
/// What a thread may still compute after the answer has returned: those that are about to end need a
/// thousandth of it.
const SHARE: Duration = Duration::from_millis(250);
/// So many turns are as good as that share: those that are about to end need a few.
const TURNS: u64 = 2000;
/// The time between looks, for others to do something.
const PAUSE: Duration = Duration::from_millis(1);
/// So many looks in a row at which nothing moves are a standstill: at least half a second.
const STANDSTILL: usize = 500;
/// What the end of a process may compute: destructors of what the answer has kept.
const END: Duration = Duration::from_secs(2);
/// So many processes are named; of the others it is said how many they are.
const NAMED: usize = 3;
/// Of a command line so many characters are shown.
const SHOWN: usize = 60;
/// The name of the thread that listens to the grader, as the system keeps it.
pub(crate) const LISTENER: &str = "grader";

/// What the answer of the current task has found here.
static BEFORE: Mutex<Option<Before>> = Mutex::new(None);

/// The threads that were there before any answer: they are the harness's and MPI's.
static FIRST: OnceLock<HashSet<i32>> = OnceLock::new();

/// An answer begins: what is here now is none of its own. Only a thread that sleeps, as in a pool, may be
/// put to work by it, and then is its own.
pub(crate) fn begin() {
    *before() = Some(Before::now());
}

/// What the answer has left by now, as a failure.
pub(crate) fn left() -> Option<RankFailure> {
    before().as_ref()?.left()
}

/// Ends the task if a thread of the answer still computes: a check calls the answer again and again, and
/// with each call there would be one more of them.
pub(crate) fn between_calls() {
    let mut before = before();
    let Some(found) = before.as_mut() else {
        return;
    };
    let new = found.threads_to_watch();
    if new.is_empty() {
        // Mostly no thread has come: this is asked after each call, on each rank.
        return;
    }
    if let Some(busy) = still_computing(new) {
        death::last_words(busy.failure());
    }
    let later = threads::all().into_iter();
    let later = later.filter(|tid| !found.threads.contains(tid));
    found.slept.extend(later.filter(|tid| !runs(*tid)));
}

fn before() -> MutexGuard<'static, Option<Before>> {
    BEFORE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The threads and processes that were there.
struct Before {
    threads: HashSet<i32>,
    /// Those that have come since and were found asleep, as those of a pool: unless one of them is at work
    /// again, it need not be watched until it sleeps.
    slept: HashSet<i32>,
    processes: HashSet<i32>,
}

impl Before {
    /// Those that are there now.
    fn now() -> Self {
        let processes = children().into_iter().map(|child| child.pid);
        let first = FIRST.get_or_init(|| threads::all().into_iter().collect());
        let (own, slept) = threads::all()
            .into_iter()
            .partition(|tid| first.contains(tid) || runs(*tid));
        Self {
            threads: own,
            slept,
            processes: processes.collect(),
        }
    }

    /// What has come since and stays, as a failure of the answer.
    fn left(&self) -> Option<RankFailure> {
        self.processes().or_else(|| self.thread())
    }

    fn processes(&self) -> Option<RankFailure> {
        let new = || -> Vec<Child> {
            let mut found = children();
            found.retain(|child| child.runs && !self.processes.contains(&child.pid));
            found
        };
        let many = new().len();
        // Those that are just ending may do so.
        patiently(BRIEF, many, || many.saturating_sub(new().len()));
        let left = new();
        let commands: Vec<String> = left.iter().map(Child::command).collect();
        (!left.is_empty()).then(|| death::failure(Kind::Leftover, left_behind(&commands)))
    }

    fn thread(&self) -> Option<RankFailure> {
        Some(still_computing(self.threads_to_watch())?.failure())
    }

    /// Those that have come since and are not known to sleep.
    fn threads_to_watch(&self) -> Vec<Watched> {
        watched(|tid| !self.threads.contains(&tid) && (!self.slept.contains(&tid) || runs(tid)))
    }
}

/// Waits until each of these threads has ended or sleeps; or one that does neither.
fn still_computing(mut threads: Vec<Watched>) -> Option<Watched> {
    while !threads.is_empty() {
        threads.retain_mut(|thread| thread.look().is_some_and(|look| look.asleep < ASLEEP));
        let is_busy = |thread: &Watched| thread.used >= SHARE || thread.turns() >= TURNS;
        if let Some(busy) = threads.iter().position(is_busy) {
            return Some(threads.swap_remove(busy));
        }
        thread::sleep(PAUSE);
    }
    None
}

/// The sentence about processes with these command lines.
fn left_behind(commands: &[String]) -> String {
    let who = identity::who();
    let mut named: Vec<&str> = commands.iter().map(String::as_str).collect();
    named.sort_unstable();
    named.dedup();
    let end = if named.len() > NAMED { ", …" } else { "." };
    named.truncate(NAMED);
    let many = match commands.len() {
        1 => String::from("a process"),
        many => format!("{many} processes"),
    };
    format!(
        "{who} returned and left {many} running: {}{end} Your function must end each process that it \
         starts, and wait for it, before it returns",
        named.join(", "),
    )
}

/// Makes this process the parent of all that the processes below it leave behind, so that they are found.
pub(crate) fn adopt() {
    #[cfg(target_os = "linux")]
    // Where the kernel refuses, daemons are still ended with the job.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// Watches the end of this process, in a thread that goes with it: the grader is told if it does not come.
pub(crate) fn watch_the_end() {
    // Where no thread can be started any more, the grader waits for the end as long as it likes.
    let _ = thread::Builder::new().spawn(|| {
        let Some(watcher) = threads::current() else {
            // Nothing can be seen on this system.
            return;
        };
        let mut all = watched(|tid| tid != watcher && name(tid) != LISTENER);
        let (mut idle, mut used) = (0, Duration::ZERO);
        while idle < STANDSTILL && used < END {
            thread::sleep(PAUSE);
            all.retain_mut(|thread| thread.look().is_some());
            let now = all.iter().map(|thread| thread.used).sum();
            let asleep = all.iter().all(|thread| thread.asleep > 0);
            idle = if asleep && now == used { idle + 1 } else { 0 };
            used = now;
        }
        let what = if used < END {
            "waits for something that never happens"
        } else {
            "never stops computing"
        };
        death::last_words(RankFailure {
            stack: locate::stack_of_main(),
            ..death::failure(
                Kind::Leftover,
                format!(
                    "{} does not end: the destructor of a value that your function kept {what}",
                    identity::who()
                ),
            )
        });
    });
}

/// A thread of this process, and what was seen of it.
struct Watched {
    tid: i32,
    /// What it had computed when it was seen first.
    before: Duration,
    /// What it has computed since.
    used: Duration,
    /// How many turns it had had by then.
    turns_before: u64,
    /// How often it had given way at the last look.
    ways: u32,
    /// How many looks in a row have found it asleep.
    asleep: usize,
}

impl Watched {
    /// How many turns it has had since it was seen first.
    fn turns(&self) -> u64 {
        threads::turns(self.tid).saturating_sub(self.turns_before)
    }

    /// Looks again; none if it has ended.
    fn look(&mut self) -> Option<&Self> {
        let (state, computed) = state(self.tid)?;
        self.used = computed.saturating_sub(self.before);
        let ways = threads::ways(self.tid);
        let is_at_work = state == 'R' || ways != self.ways;
        self.ways = ways;
        self.asleep = if is_at_work { 0 } else { self.asleep + 1 };
        (!matches!(state, 'Z' | 'X')).then_some(self)
    }

    fn failure(&self) -> RankFailure {
        let name = name(self.tid);
        // A thread without a name of its own has that of the program.
        let which = if name == threads::name(std::process::id().cast_signed()) {
            String::from("a thread")
        } else {
            format!("the thread `{name}`")
        };
        let message = format!(
            "{} returned, but {which} that it started is still computing. Your function must let its \
             threads end, and join them, before it returns",
            identity::who()
        );
        RankFailure {
            stack: signals::stack_of(self.tid),
            ..death::failure(Kind::Leftover, message)
        }
    }
}

fn watched(wanted: impl Fn(i32) -> bool) -> Vec<Watched> {
    let threads = threads::all().into_iter().filter(|tid| wanted(*tid));
    threads
        .filter_map(|tid| {
            let (_, before) = state(tid)?;
            Some(Watched {
                tid,
                before,
                used: Duration::ZERO,
                turns_before: threads::turns(tid),
                ways: threads::ways(tid),
                asleep: 0,
            })
        })
        .collect()
}

/// A child of this process.
struct Child {
    pid: i32,
    /// Whether it runs: one that has ended may still wait for its parent to take notice.
    runs: bool,
}

impl Child {
    /// Its command line, or its name where it has none.
    fn command(&self) -> String {
        let read = |file| fs::read(format!("/proc/{}/{file}", self.pid)).unwrap_or_default();
        let words = read("cmdline");
        let words = if words.is_empty() {
            read("comm")
        } else {
            words
        };
        let text = String::from_utf8_lossy(&words);
        let text = text
            .trim_end_matches(['\0', '\n'])
            .replace(['\0', '\n'], " ");
        let shown: String = text.chars().take(SHOWN).collect();
        let dots = if shown.len() < text.len() { " …" } else { "" };
        format!("`{shown}{dots}`")
    }
}

/// The children of this process, adopted ones too; none where the system does not list them.
fn children() -> Vec<Child> {
    use rustix::process::{WaitId, WaitIdOptions, getpid, waitid};
    let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    // Mostly there are none, and the system says that at once.
    if matches!(waitid(WaitId::All, look), Err(rustix::io::Errno::CHILD)) {
        return Vec::new();
    }
    let own = getpid().as_raw_pid();
    let child = |pid: i32| {
        let stat = text(&format!("/proc/{pid}/stat"))?;
        let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
        let state = fields.next()?;
        let parent: i32 = fields.next()?.parse().ok()?;
        (parent == own).then_some(Child {
            pid,
            runs: !matches!(state, "Z" | "X"),
        })
    };
    numbers("/proc").into_iter().filter_map(child).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    };

    /// A thread that does so until it is told to stop.
    fn busy(name: &str, pass: fn()) -> (thread::JoinHandle<()>, Arc<AtomicBool>) {
        let stop = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&stop);
        let builder = thread::Builder::new().name(name.to_owned());
        let work = move || {
            while !told.load(Ordering::Relaxed) {
                pass();
            }
        };
        (builder.spawn(work).unwrap(), stop)
    }

    /// The thread of this name: other tests have threads too. It gives itself the name when it starts.
    fn named(wanted: &str) -> Vec<Watched> {
        loop {
            let found = watched(|tid| name(tid) == wanted);
            if !found.is_empty() {
                return found;
            }
            thread::yield_now();
        }
    }

    #[test]
    fn what_sleeps_or_ends_is_no_trouble() {
        let (polls, stop) = busy("polls", || thread::sleep(Duration::from_millis(2)));
        assert!(still_computing(named("polls")).is_none());
        stop.store(true, Ordering::Relaxed);
        polls.join().unwrap();

        // As after a channel was closed.
        let (ends, stop) = busy("ends", thread::yield_now);
        let ending = named("ends");
        stop.store(true, Ordering::Relaxed);
        assert!(still_computing(ending).is_none());
        ends.join().unwrap();
    }

    #[test]
    fn a_thread_that_computes_is_named() {
        // As `sched_yield` does it where MPI is.
        fn naps() {
            thread::sleep(Duration::from_nanos(1));
            threads::gives_way(threads::current().unwrap());
        }
        for pass in [thread::yield_now, std::hint::spin_loop, naps] {
            let (spins, stop) = busy("reader", pass);
            let found = still_computing(named("reader")).unwrap().failure();
            stop.store(true, Ordering::Relaxed);
            spins.join().unwrap();
            assert_eq!(found.kind, Kind::Leftover);
            assert!(found.message.contains("the thread `reader`"), "{found:?}");
        }
    }

    #[test]
    fn processes_are_named_and_those_that_have_ended_are_not() {
        let shell = |script: &str| {
            std::process::Command::new("sh")
                .args(["-c", script])
                .spawn()
                .unwrap()
        };
        let mut old = shell("exec sleep 301");
        let before = Before::now();
        let mut ended = shell("exit 3");
        assert!(before.processes().is_none());
        let mut new = shell("exec sleep 302");
        let found = before.processes().unwrap();
        for child in [&mut old, &mut new, &mut ended] {
            let _ = child.kill();
            child.wait().unwrap();
        }
        assert_eq!(found.kind, Kind::Leftover);
        assert!(found.message.contains("`sleep 302`"), "{found:?}");
    }

    #[test]
    fn many_processes_are_counted() {
        let commands = ["`a`", "`b`", "`a`", "`c`", "`d`"].map(String::from);
        assert!(left_behind(&commands).contains("left 5 processes running: `a`, `b`, `c`, … Your"));
        assert!(left_behind(&commands[..3]).contains("left 3 processes running: `a`, `b`. Your"));
        assert!(left_behind(&commands[..1]).contains("left a process running: `a`. Your"));
    }
}
