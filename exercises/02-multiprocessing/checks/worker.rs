//! The worker of the checks: the check program itself, started once more.
//!
//! It does nothing of its own accord. It is connected to the check, and obeys: it reads when it is
//! told to, prints what it is told to, and ends, or does not, as it is told to. So a check decides who
//! does what when, and never the speed of the machine.

use crate::subject;
use harness::patience::{PATIENT, patiently};
use rustix::{
    io::ioctl_fionread,
    process::{Signal, getpid, kill_process},
};
use serde::{Deserialize, Serialize};
use std::{
    env,
    ffi::{OsStr, OsString},
    fs::File,
    io::{self, BufRead, BufReader, Read, Write},
    os::unix::{net::UnixStream, process::CommandExt},
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

/// The orders for a worker.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Read a line from the standard input, and report it.
    Read,
    /// Report whether there is more in the standard input.
    Peek,
    /// Print these bytes.
    Print(Vec<u8>),
    /// Print this byte this many times.
    Fill(u8, usize),
    /// Print these pieces, each when the one before it has been read, or is not read for a long time.
    Pieces(Vec<Vec<u8>>),
    /// Write this many lines to the standard error, each with a number, which is no answer there.
    Complain(usize),
    /// Close the standard input.
    Deafen,
    /// Close the standard output.
    Mute,
    /// Answer each number with [`answer`] until the input ends, or until there were that many; tell meanwhile
    /// how far that has come, and in the end how many there were.
    Work {
        /// The number that [`answer`] adds.
        salt: u64,
        most: usize,
    },
    /// Count these numbers into the file that is named by the last argument.
    Tally(Vec<usize>),
    /// End with this status.
    Exit(i32),
    /// End by this signal.
    Die(i32),
}

/// The reports of a worker.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Word {
    /// It is running, and has this index.
    Here(usize),
    /// This line was in its input, and whether it ended with a newline.
    Line(String, bool),
    /// Whether there is more in its input.
    More(bool),
    /// A part of its text is written: it goes on, however slowly.
    Part,
    /// The text that it was to write is written.
    Written,
    /// How many numbers it has answered, and whether it is now writing, not reading.
    Answered(usize, bool),
    /// Its input has ended, or it has answered as many numbers as it was to answer. Since the order to work, there
    /// were this many lines.
    End(usize),
}

/// What a well worker answers: another number for each, of any size. The salt is drawn for each run, so
/// that only workers know the answer.
pub fn answer(number: u64, salt: u64) -> u64 {
    // Times an odd number: so it can be undone, and no two answers are the same.
    (number ^ salt).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// The command that starts a worker.
pub fn command(socket: &Path, index: usize) -> io::Result<Command> {
    let own = env::current_exe()?;
    // By this name, it is found even if it has just been rebuilt and its file replaced.
    let link = Path::new("/proc/self/exe");
    let program = if link.exists() { link } else { &own };
    let mut command = Command::new(program);
    command.arg0(&own);
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
    // If anything goes wrong, the check sees an end with a status that it has not ordered.
    let status = obey(Path::new(socket), index, rest).map_or_else(
        |error| {
            eprintln!("worker: {error}");
            2
        },
        |()| 0,
    );
    exit(status)
}

fn obey(socket: &Path, index: &OsStr, rest: &[OsString]) -> io::Result<()> {
    let index = index.to_string_lossy().parse().map_err(io::Error::other)?;
    let mut check = UnixStream::connect(socket)?;
    send(&mut check, &Word::Here(index))?;
    let mut input = BufReader::new(io::stdin());
    for order in orders(check.try_clone()?) {
        match order {
            Order::Read => send(&mut check, &read(&mut input)?)?,
            Order::Peek => send(&mut check, &Word::More(has_more(&input)))?,
            Order::Print(bytes) => written(&mut check, print(&bytes))?,
            Order::Fill(byte, many) => {
                let filled = fill(byte, many, &mut check);
                written(&mut check, filled)?;
            }
            Order::Pieces(pieces) => {
                let printed = print_in_pieces(&pieces, &mut check);
                written(&mut check, printed)?;
            }
            Order::Complain(lines) => {
                // If nothing reads it, it counts as written.
                let _ = io::stderr().write_all("1234567890\n".repeat(lines).as_bytes());
                written(&mut check, Ok(()))?;
            }
            Order::Deafen => rustix::stdio::dup2_stdin(nowhere()?)?,
            Order::Mute => rustix::stdio::dup2_stdout(nowhere()?)?,
            Order::Work { salt, most } => {
                let lines = work(&mut input, salt, most, check.try_clone()?)?;
                send(&mut check, &Word::End(lines))?;
            }
            Order::Tally(numbers) => {
                let [file] = rest else {
                    return Err(io::Error::other("it takes one argument more: the file"));
                };
                subject::tally(Path::new(file), &numbers)?;
            }
            Order::Exit(status) => exit(status),
            Order::Die(signal) => {
                let signal = Signal::from_named_raw(signal)
                    .ok_or_else(|| io::Error::other("which signal?"))?;
                kill_process(getpid(), signal)?;
            }
        }
    }
    Ok(())
}

/// Receives the orders in a separate thread, so that a worker that reads or prints also notices that
/// the check is gone, and ends.
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

/// Sends an order or a report.
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
        let text = String::from_utf8_lossy(&line).trim().to_owned();
        Word::Line(text, line.ends_with(b"\n"))
    })
}

/// Stands for a pipe that is closed.
fn nowhere() -> io::Result<File> {
    File::options().read(true).write(true).open("/dev/null")
}

/// Reports writes, so that the check knows about a worker that is blocked at a full pipe.
fn written(check: &mut UnixStream, result: io::Result<()>) -> io::Result<()> {
    result?;
    send(check, &Word::Written)
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut output = io::stdout().lock();
    output.write_all(bytes)?;
    output.flush()
}

fn fill(byte: u8, many: usize, check: &mut UnixStream) -> io::Result<()> {
    const PART: usize = 1024;
    for part in vec![byte; many].chunks(PART) {
        print(part)?;
        send(check, &Word::Part)?;
    }
    Ok(())
}

fn print_in_pieces(pieces: &[Vec<u8>], check: &mut UnixStream) -> io::Result<()> {
    for piece in pieces {
        // If the system does not tell, nothing reads from the pipe.
        let left = || ioctl_fionread(io::stdout()).unwrap_or_default() as usize;
        patiently(PATIENT, 1, || usize::from(left() == 0));
        print(piece)?;
        // Several such waits in a row are no standstill.
        send(check, &Word::Part)?;
    }
    Ok(())
}

/// Whether something has arrived that was not read.
fn has_more(input: &BufReader<io::Stdin>) -> bool {
    !input.buffer().is_empty() || ioctl_fionread(io::stdin()).is_ok_and(|bytes| bytes > 0)
}

fn work(
    input: &mut BufReader<impl Read>,
    salt: u64,
    most: usize,
    check: UnixStream,
) -> io::Result<usize> {
    let progress = Progress::default();
    thread::scope(|scope| {
        let (working, over) = mpsc::channel();
        scope.spawn(|| progress.tell(check, over));
        let lines = progress.answer_all(input, salt, most);
        drop(working);
        lines
    })
}

/// The progress of a worker that answers by itself. If it does not move, it is blocked at a pipe.
#[derive(Default)]
struct Progress {
    answered: AtomicUsize,
    is_writing: AtomicBool,
}

impl Progress {
    fn answer_all(
        &self,
        input: &mut BufReader<impl Read>,
        salt: u64,
        most: usize,
    ) -> io::Result<usize> {
        let mut output = io::BufWriter::new(io::stdout().lock());
        let (mut line, mut lines) = (String::new(), 0);
        while lines < most && input.read_line(&mut line)? > 0 {
            let number = line.trim().parse().map_err(io::Error::other)?;
            self.is_writing.store(true, Relaxed);
            writeln!(output, "{}", answer(number, salt))?;
            // Answered at once, because a waiting reader must get an answer that is already there.
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

    /// Reports the place of the worker now and then, if it has changed, until it is done.
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
