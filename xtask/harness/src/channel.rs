//! The line to the grader: a socket of its own, so that nothing the student prints can disturb or
//! forge a verdict. A second connection takes over standard output and standard error.

use crate::held;
use std::{
    io::{self, Write},
    os::unix::net::UnixStream,
    sync::{
        Mutex, MutexGuard, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use verdict::wire::{CHANNEL, HOST, Hello, Record, TOKEN};

static RECORDS: OnceLock<Mutex<UnixStream>> = OnceLock::new();
/// Whether inputs are sent at once.
static EAGER: AtomicBool = AtomicBool::new(false);

/// The two connections to the grader.
pub(crate) struct Connections {
    /// For orders; records go the other way, by [`say`].
    pub(crate) orders: UnixStream,
    /// For what the program prints.
    pub(crate) output: UnixStream,
}

/// Opens both connections and announces this rank. On failure says why, for whoever has started the
/// program.
pub(crate) fn connect(rank: u32, size: u32) -> Result<Connections, String> {
    keep_from_children();
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
    let both = || -> io::Result<Connections> {
        let records = greet(false)?;
        let orders = closed_first(records.try_clone()?);
        // Nobody else sets it: this is called once.
        let _ = RECORDS.set(Mutex::new(records));
        Ok(Connections {
            orders,
            output: greet(true)?,
        })
    };
    both().map_err(|error| silence(&error, std::env::var(HOST).ok(), host()))
}

/// Somebody has started the program who is no grader.
fn by_hand(missing: &str) -> String {
    format!("This is a check program: start it with `cargo xtask check`. ({missing} is not set.)")
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
            "This rank runs on {rank}, but the check was started on {grader} and does not expect ranks on \
             other nodes.\nIn a Slurm job, `export WORKBOOK_LAUNCHER=srun` first. With a host file, name the \
             address at which the other nodes reach {grader}: export WORKBOOK_ADDRESS=<address>"
        ),
        _ => format!("The grader's channel does not answer: {error}"),
    }
}

/// Above all descriptors that a launcher has given to this rank.
const HIGH: i32 = 512;

/// Keeps what the launcher has given to this rank, but for standard input, output and error, from the
/// programs that the rank starts: while one of them holds it too, the launcher hears of the rank's end
/// when that program ends, be it before the grader does.
#[allow(unsafe_code)]
fn keep_from_children() {
    for descriptor in 3..HIGH {
        // SAFETY: it sets a flag of a descriptor and touches no memory; where none is open, it fails.
        unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// The same connection under a number above all that a launcher has given to this rank: Linux closes the
/// files of a process that ends from the highest number down, so the grader hears of that end before
/// the launcher does and ends others because of it.
fn closed_first(stream: UnixStream) -> UnixStream {
    match rustix::io::fcntl_dupfd_cloexec(&stream, HIGH) {
        Ok(high) => high.into(),
        Err(_) => stream,
    }
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

/// Whether inputs are sent at once from now on, and none is held back.
pub(crate) fn send_inputs_at_once(is_eager: bool) {
    EAGER.store(is_eager, Ordering::Release);
}

/// Sends a record, or holds it back (`held`) when it names an input, until there is more to say.
pub fn say(record: &Record) {
    let mut line = serde_json::to_vec(record).unwrap_or_default();
    line.push(b'\n');
    match record {
        Record::Input { .. } if !EAGER.load(Ordering::Acquire) && hold(&line) => {}
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

/// Sends the line that is held back, if there is one.
pub(crate) fn send_held() {
    send(&[], true);
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
        assert!(far.contains("runs on n1") && far.contains("started on login"));
        assert!(far.contains("WORKBOOK_LAUNCHER=srun"), "{far}");
        assert!(
            far.contains("reach login: export WORKBOOK_ADDRESS"),
            "{far}"
        );
        for grader in [name("n1"), None] {
            let near = silence(&error(), grader, name("n1"));
            assert!(near.contains("does not answer") && !near.contains("srun"));
        }
    }
}
