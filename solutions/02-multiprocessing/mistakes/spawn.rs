//! Mistakes in the task `spawn`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use multiprocessing_solution::Trouble;
use std::{
    io::Read,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::Duration,
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
    mistake!("spawn": spawn = one_read => WrongResult,
        "takes for the whole what one read gives it"),
    mistake!("spawn": spawn = first_4096_bytes => WrongResult,
        "reads no more than 4096 bytes, and closes the pipe"),
    mistake!("spawn": spawn = one_pipe_after_the_other => Deadlock,
        "reads the standard output to its end, and only then the standard error"),
    mistake!("spawn": spawn = a_tenth_of_a_second => WrongResult,
        "kills the worker if it has not ended after a tenth of a second"),
    mistake!("spawn": spawn = as_a_shell_does => WrongResult,
        "calls a signal a status, more by 128"),
    mistake!("spawn": spawn = signed => WrongResult,
        "reads the number as a signed one"),
    mistake!("spawn": spawn = wraps_around => WrongResult,
        "reads the number as a wider one, and cuts it down"),
    mistake!("spawn": spawn = parses_before_it_looks => WrongResult,
        "judges what the worker printed before it looks how the worker ended"),
    mistake!("spawn": spawn = errors_for_want_of_output => WrongResult,
        "reads the number from the standard error if nothing was printed"),
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

fn errors_for_want_of_output(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let printed = match output.stdout.is_empty() {
        true => output.stderr,
        false => output.stdout,
    };
    let text = String::from_utf8_lossy(&printed);
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

/// Starts a worker whose complaints go nowhere.
fn start(worker: &mut Command) -> Result<Child, Trouble> {
    let worker = worker.stdout(Stdio::piped()).stderr(Stdio::null());
    worker.spawn().map_err(|_| Trouble::NotStarted)
}

fn ended(child: &mut Child, text: &[u8]) -> Answer {
    match trouble(child.wait().expect("it was started")) {
        Some(trouble) => Err(trouble),
        None => String::from_utf8_lossy(text)
            .trim()
            .parse()
            .map_err(|_| Trouble::Garbage),
    }
}

fn one_read(worker: &mut Command) -> Answer {
    let mut child = start(worker)?;
    let mut room = [0; 4096];
    let mut output = child.stdout.take().expect("it is piped");
    let length = output.read(&mut room).expect("it can be read");
    ended(&mut child, &room[..length])
}

fn first_4096_bytes(worker: &mut Command) -> Answer {
    let mut child = start(worker)?;
    let mut text = Vec::new();
    let output = child.stdout.take().expect("it is piped");
    let read = output.take(4096).read_to_end(&mut text);
    read.expect("it can be read");
    ended(&mut child, &text)
}

fn one_pipe_after_the_other(worker: &mut Command) -> Answer {
    let worker = worker.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = worker.spawn().map_err(|_| Trouble::NotStarted)?;
    let (mut text, mut complaints) = (Vec::new(), Vec::new());
    let mut output = child.stdout.take().expect("it is piped");
    output.read_to_end(&mut text).expect("it can be read");
    let mut errors = child.stderr.take().expect("it is piped");
    errors.read_to_end(&mut complaints).expect("it can be read");
    ended(&mut child, &text)
}

fn a_tenth_of_a_second(worker: &mut Command) -> Answer {
    let mut child = start(worker)?;
    let mut output = child.stdout.take().expect("it is piped");
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        output.read_to_end(&mut text).map(|_| text)
    });
    for _ in 0..100 {
        if child.try_wait().expect("it was started").is_some() {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    // Does nothing to one that has ended.
    let _ = child.kill();
    let text = reader.join().expect("no panics");
    ended(&mut child, &text.expect("it can be read"))
}

fn as_a_shell_does(worker: &mut Command) -> Answer {
    multiprocessing_solution::spawn(worker).map_err(|trouble| match trouble {
        Trouble::Signal(signal) => Trouble::Status(128 + signal),
        other => other,
    })
}

fn signed(worker: &mut Command) -> Answer {
    let number = multiprocessing_solution::spawn(worker)?;
    i64::try_from(number)
        .map(i64::unsigned_abs)
        .map_err(|_| Trouble::Garbage)
}

fn wraps_around(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    if let Some(trouble) = trouble(output.status) {
        return Err(trouble);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let number: i128 = text.trim().parse().map_err(|_| Trouble::Garbage)?;
    Ok(number as u64)
}

fn parses_before_it_looks(worker: &mut Command) -> Answer {
    let output = worker.output().map_err(|_| Trouble::NotStarted)?;
    let text = String::from_utf8(output.stdout).map_err(|_| Trouble::Garbage)?;
    let number = match text.trim() {
        "" => None,
        text => Some(text.parse().map_err(|_| Trouble::Garbage)?),
    };
    match trouble(output.status) {
        Some(trouble) => Err(trouble),
        None => number.ok_or(Trouble::Garbage),
    }
}
