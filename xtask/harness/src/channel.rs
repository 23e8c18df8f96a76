//! The line to the grader: a socket of its own, so that nothing the student prints can disturb or
//! forge a verdict. A second connection takes over standard output and standard error.

use crate::{held, locate, prints, staying::LISTENER};
use std::{
    io::{self, BufRead, BufReader, Write},
    os::unix::net::UnixStream,
    sync::{Mutex, MutexGuard, OnceLock, mpsc},
    time::Duration,
};
use verdict::wire::{CHANNEL, HOST, Hello, Order, Record, TOKEN};

/// After so long an input is sent, whatever comes of it.
const HELD: Duration = Duration::from_millis(50);

static RECORDS: OnceLock<Mutex<UnixStream>> = OnceLock::new();

/// The orders of the grader, in the order in which they came.
pub struct Orders(mpsc::Receiver<Order>);

impl Orders {
    /// Waits for the next order.
    pub fn next(&self) -> Order {
        // The listener ends the process when the grader is gone, so the sender outlives this.
        self.0.recv().unwrap_or(Order::End)
    }
}

/// Opens both connections and announces this rank.
///
/// Ends the process with status 2 and a sentence on standard error when the grader did not start it:
/// without a grader nobody would hear the verdicts.
pub fn open(rank: u32, size: u32) -> Orders {
    connect(rank, size).unwrap_or_else(|why| {
        // In one piece, as other ranks may say the same. Nobody is left to tell that this failed.
        let _ = io::stderr().write_all(format!("{why}\n").as_bytes());
        std::process::exit(2)
    })
}

fn connect(rank: u32, size: u32) -> Result<Orders, String> {
    let path = std::env::var_os(CHANNEL).ok_or_else(|| by_hand(CHANNEL))?;
    let token = std::env::var(TOKEN).map_err(|_| by_hand(TOKEN))?;
    let greet = |output: bool| -> io::Result<UnixStream> {
        let mut stream = closed_first(UnixStream::connect(&path)?);
        let pid = std::process::id();
        let hello = Hello {
            token: token.clone(),
            rank,
            size,
            pid,
            output,
        };
        let mut line = serde_json::to_vec(&hello)?;
        line.push(b'\n');
        stream.write_all(&line)?;
        Ok(stream)
    };
    let failed = |error: io::Error| silence(&error, std::env::var(HOST).ok(), host());

    die_with_the_launcher();
    let records = greet(false).map_err(failed)?;
    let listener = closed_first(records.try_clone().map_err(failed)?);
    // Nobody else sets it: this is the only call.
    let _ = RECORDS.set(Mutex::new(records));

    let (sender, orders) = mpsc::channel();
    std::thread::Builder::new()
        .name(LISTENER.into())
        .spawn(move || listen(listener, &sender))
        .map_err(failed)?;

    greet(true).and_then(prints::take_over).map_err(failed)?;
    Ok(Orders(orders))
}

/// Somebody has started the program who is no grader.
fn by_hand(missing: &str) -> String {
    format!("This is a check program; `cargo xtask check` starts it. ({missing} is not set.)")
}

/// The name of this machine, where the system tells it.
fn host() -> Option<String> {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").ok()?;
    Some(name.trim().to_owned())
}

/// Why the grader is not to be reached, from the machines that it and this rank run on.
fn silence(error: &io::Error, grader: Option<String>, rank: Option<String>) -> String {
    match (grader, rank) {
        (Some(grader), Some(rank)) if grader != rank => format!(
            "The ranks run on {rank}, and the check was started on {grader}: it must be started where the ranks run.\n\
             In a job of Slurm, type `srun --pty bash` first, which opens a shell on the job's node, and check from there."
        ),
        _ => format!("The grader's channel does not answer: {error}"),
    }
}

/// The same connection under a number above all that a launcher has given to this rank: Linux closes the
/// files of a process that ends from the highest number down, so the grader hears of that end before
/// the launcher does and ends others because of it.
fn closed_first(stream: UnixStream) -> UnixStream {
    const HIGH: i32 = 512;
    match rustix::io::fcntl_dupfd_cloexec(&stream, HIGH) {
        Ok(high) => high.into(),
        Err(_) => stream,
    }
}

fn listen(stream: UnixStream, orders: &mpsc::Sender<Order>) {
    // What a rank has in hand for so long it may not survive: then the grader should know.
    let _ = stream.set_read_timeout(Some(HELD));
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    loop {
        match stream.read_until(b'\n', &mut line) {
            Ok(_) if line.ends_with(b"\n") => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                send(&[], true);
                continue;
            }
            Ok(_) | Err(_) => break,
        }
        let Ok(order) = serde_json::from_slice(&line) else {
            break;
        };
        line.clear();
        if order == Order::Locate {
            // Whoever runs the task cannot answer now; that is why it is asked.
            say(&Record::Seen(locate::answer()));
        } else if orders.send(order).is_err() {
            break;
        }
    }
    // The grader is gone, or we do not understand it: a rank without a grader must not stay, and
    // an orderly exit could wait for ranks that are gone too.
    let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
}

/// Asks the kernel to end this rank when the process that started it ends.
fn die_with_the_launcher() {
    #[cfg(target_os = "linux")]
    // Where the kernel refuses, the listener still ends the rank with the grader.
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
}

/// The records' stream, for whoever must write outside [`say`].
pub(crate) fn records() -> Option<MutexGuard<'static, UnixStream>> {
    let lock = RECORDS.get()?;
    Some(
        lock.lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner),
    )
}

/// The descriptor of the records' stream, for a signal handler, which may take no lock.
pub(crate) fn raw_descriptor() -> Option<i32> {
    use std::os::fd::AsRawFd;
    records().map(|stream| stream.as_raw_fd())
}

/// Sends a record, or holds it back (`held`) when it names an input, until there is more to say.
pub fn say(record: &Record) {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    match record {
        Record::Input { .. } if hold(&line) => {}
        // These need no input to be understood.
        Record::Done
        | Record::Inspected
        | Record::Finished
        | Record::Ended
        | Record::Printed { .. } => send(&line, false),
        _ => send(&line, true),
    }
}

/// Holds a line back. Under the lock: the listener may be about to send the one before.
fn hold(line: &[u8]) -> bool {
    let _stream = records();
    held::hold(line)
}

/// Writes a line, after the one that is held back, if that is asked for.
fn send(line: &[u8], with_input: bool) {
    let Some(mut stream) = records() else { return };
    let mut text = [0; held::ROOM];
    // Under the lock: the listener and the main thread may both want to send it, in this order.
    let length = if with_input { held::take(&mut text) } else { 0 };
    // A grader that no longer listens has nobody left to tell; the listener ends the process.
    let _ = stream
        .write_all(&text[..length])
        .and_then(|()| stream.write_all(line));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_on_another_machine_are_told_from_a_grader_that_is_gone() {
        let error = || io::Error::from(io::ErrorKind::NotFound);
        let name = |name: &str| Some(name.to_owned());
        let far = silence(&error(), name("login"), name("n1"));
        assert!(far.contains("run on n1") && far.contains("started on login"));
        assert!(far.contains("`srun --pty bash`"), "{far}");
        for grader in [name("n1"), None] {
            let near = silence(&error(), grader, name("n1"));
            assert!(near.contains("does not answer") && !near.contains("srun"));
        }
    }
}
