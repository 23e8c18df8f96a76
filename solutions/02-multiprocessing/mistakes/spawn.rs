//! Mistakes in the task `spawn`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::Trouble;
use std::{
    io::Read,
    os::unix::process::ExitStatusExt,
    process::{Command, ExitStatus, Stdio},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("spawn": spawn = believes_what_is_printed => WrongResult,
        "takes the number, and does not look how the worker ended"),
    mistake!("spawn": spawn = a_signal_is_no_failure => WrongResult,
        "takes a missing exit status for 0, and so a killed worker for a well one"),
    mistake!("spawn": spawn = a_signal_is_minus_one => WrongResult,
        "knows exit statuses only, and calls a signal -1"),
    mistake!("spawn": spawn = with_the_end_of_line => WrongResult,
        "parses the line with its end"),
    mistake!("spawn": spawn = first_line_only => WrongResult,
        "looks at the first line only, whatever follows"),
    mistake!("spawn": spawn = on_the_terminal => WrongResult,
        "lets the worker print to the terminal, and reads nothing"),
    mistake!("spawn": spawn = expects_a_program => Panic,
        "expects that the program is there"),
    mistake!("spawn": spawn = expects_text => Panic,
        "expects that what a worker prints is text"),
    mistake!("spawn": spawn = waits_before_it_reads => Deadlock,
        "waits for the end of the worker, and reads only then what it has printed"),
];

type Answer = Result<u64, Trouble>;

fn trouble(status: ExitStatus) -> Option<Trouble> {
    match (status.code(), status.signal()) {
        (Some(0), _) => None,
        (Some(code), _) => Some(Trouble::Status(code)),
        (None, signal) => Some(Trouble::Signal(signal.unwrap_or(0))),
    }
}

fn believes_what_is_printed(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

fn a_signal_is_no_failure(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    let status = output.status.code().unwrap_or(0);
    if status != 0 {
        return Err(Trouble::Status(status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

fn a_signal_is_minus_one(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    let status = output.status.code().unwrap_or(-1);
    if status != 0 {
        return Err(Trouble::Status(status));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

fn with_the_end_of_line(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.parse().map_err(|_| Trouble::Garbage)
}

fn first_line_only(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().next().unwrap_or_default();
    line.parse().map_err(|_| Trouble::Garbage)
}

fn on_the_terminal(worker: &mut Command) -> Answer {
    let status = worker.status().map_err(|_| Trouble::NotStarted)?;
    Err(trouble(status).unwrap_or(Trouble::Garbage))
}

fn expects_a_program(worker: &mut Command) -> Answer {
    let output = worker.output().expect("the worker can be started");
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

fn expects_text(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let text = String::from_utf8(output.stdout).expect("what a worker prints is text");
    text.trim().parse().map_err(|_| Trouble::Garbage)
}

fn waits_before_it_reads(worker: &mut Command) -> Answer {
    let worker = worker.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = worker.spawn().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(child.wait().expect("it was started")) {
        return Err(trouble);
    }
    let mut text = Vec::new();
    let mut output = child.stdout.take().expect("it is piped");
    output.read_to_end(&mut text).expect("it can be read");
    let text = String::from_utf8_lossy(&text);
    text.trim().parse().map_err(|_| Trouble::Garbage)
}
