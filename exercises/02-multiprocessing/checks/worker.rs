//! The worker of the checks: the check program itself, started once more.
//!
//! It does nothing of its own accord. It is connected to the check, and obeys: it reads when it is
//! told to, prints what it is told to, and ends, or does not, as it is told to. So a check decides who
//! does what when, and never the speed of the machine.

use crate::subject;
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::{OsStr, OsString},
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::net::UnixStream,
    path::Path,
    process::{Command, exit},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    thread,
    time::Duration,
};

/// The first argument of a check program that is to be a worker. The socket of the check and the
/// worker's index follow.
const ARGUMENT: &str = "worker";

/// What a worker is told to do.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Read a line from the standard input, and tell what it was.
    Read,
    /// Print these bytes.
    Print(Vec<u8>),
    /// Write so many lines to the standard error.
    Complain(usize),
    /// Close the standard input.
    Deafen,
    /// Answer each number with [`answer`] until the input ends; tell meanwhile how far that has come,
    /// and in the end how many there were.
    Work {
        /// What [`answer`] adds.
        salt: u64,
    },
    /// Count these numbers into the file that is named by the last argument.
    Tally(Vec<usize>),
    /// End with this status.
    Exit(i32),
    /// End by SIGKILL.
    Die,
}

/// What a worker tells.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// It is there, and has this index.
    Here(usize),
    /// This line stood in its input.
    Line(String),
    /// How many numbers it has answered, and whether it is writing just now, rather than reading.
    Answered(usize, bool),
    /// Its input has ended, and held so many lines since the order to work.
    End(usize),
}

/// What a well worker answers. What it adds is drawn for each run, so that only workers know it.
pub fn answer(number: u64, salt: u64) -> u64 {
    number * number + salt
}

/// The command that starts a worker.
pub fn command(socket: &Path, index: usize) -> io::Result<Command> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(ARGUMENT).arg(socket).arg(index.to_string());
    Ok(command)
}

/// Becomes a worker, and never returns, if the first argument asks for it.
pub fn obey_if_asked() {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    let [first, socket, index, rest @ ..] = &arguments[..] else {
        return;
    };
    if first != ARGUMENT {
        return;
    }
    // Whatever goes wrong, the check sees an end with a status that it has not ordered.
    let status = obey(Path::new(socket), index, rest.last()).map_or_else(
        |error| {
            eprintln!("worker: {error}");
            2
        },
        |()| 0,
    );
    exit(status)
}

fn obey(socket: &Path, index: &OsStr, file: Option<&OsString>) -> io::Result<()> {
    let index = index.to_string_lossy().parse().map_err(io::Error::other)?;
    let mut check = UnixStream::connect(socket)?;
    send(&mut check, &Word::Here(index))?;
    let mut input = BufReader::new(io::stdin());
    for order in orders(check.try_clone()?) {
        match order {
            Order::Read => send(&mut check, &read(&mut input)?)?,
            Order::Print(bytes) => print(&bytes)?,
            Order::Complain(lines) => eprint!("{}", "worker: hm\n".repeat(lines)),
            Order::Deafen => rustix::stdio::dup2_stdin(std::fs::File::open("/dev/null")?)?,
            Order::Work { salt } => {
                let lines = work(&mut input, salt, check.try_clone()?)?;
                send(&mut check, &Word::End(lines))?;
            }
            Order::Tally(numbers) => {
                let file = file.ok_or_else(|| io::Error::other("which file?"))?;
                subject::tally(Path::new(file), &numbers)?;
            }
            Order::Exit(status) => exit(status),
            Order::Die => {
                let own = rustix::process::getpid();
                rustix::process::kill_process(own, rustix::process::Signal::KILL)?;
            }
        }
    }
    Ok(())
}

/// Hears the orders in a thread of its own, so that a worker that reads or prints also notices that
/// the check has gone, and ends.
fn orders(check: UnixStream) -> Receiver<Order> {
    let (sender, orders) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(check).lines() {
            let order = line.ok().and_then(|line| serde_json::from_str(&line).ok());
            let Some(order) = order else { break };
            if sender.send(order).is_err() {
                break;
            }
        }
        exit(1)
    });
    orders
}

/// Sends an order or a word.
pub fn send(stream: &mut UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

fn read(input: &mut impl BufRead) -> io::Result<Word> {
    let mut line = Vec::new();
    let bytes = input.read_until(b'\n', &mut line)?;
    Ok(if bytes == 0 {
        Word::End(0)
    } else {
        Word::Line(String::from_utf8_lossy(&line).trim().to_owned())
    })
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}

fn work(input: &mut BufReader<impl Read>, salt: u64, check: UnixStream) -> io::Result<usize> {
    let progress = Progress::default();
    thread::scope(|scope| {
        let (working, over) = mpsc::channel();
        scope.spawn(|| progress.tell(check, over));
        let lines = progress.answer_all(input, salt);
        drop(working);
        lines
    })
}

/// How far a worker has come that answers by itself: where it stands, it stands before a pipe.
#[derive(Default)]
struct Progress {
    answered: AtomicUsize,
    is_writing: AtomicBool,
}

impl Progress {
    fn answer_all(&self, input: &mut BufReader<impl Read>, salt: u64) -> io::Result<usize> {
        let mut output = io::BufWriter::new(io::stdout().lock());
        let (mut line, mut lines) = (String::new(), 0);
        while input.read_line(&mut line)? > 0 {
            let number = line.trim().parse().map_err(io::Error::other)?;
            self.is_writing.store(true, Relaxed);
            writeln!(output, "{}", answer(number, salt))?;
            // Answered at once: nobody is let wait for an answer that is there.
            if input.buffer().is_empty() {
                output.flush()?;
            }
            self.is_writing.store(false, Relaxed);
            line.clear();
            lines += 1;
            self.answered.store(lines, Relaxed);
        }
        output.flush()?;
        Ok(lines)
    }

    /// Tells now and then where the worker is, when it is somewhere else, until it is done.
    fn tell(&self, mut check: UnixStream, over: Receiver<()>) {
        let mut told = None;
        while over.recv_timeout(Duration::from_millis(20)) == Err(RecvTimeoutError::Timeout) {
            let now = (self.answered.load(Relaxed), self.is_writing.load(Relaxed));
            if told.replace(now) == Some(now) {
                continue;
            }
            if send(&mut check, &Word::Answered(now.0, now.1)).is_err() {
                return;
            }
        }
    }
}
