//! The programs that the tests start: a launcher, ranks of good and of bad behaviour, and graders.

use launch::{Event, Job, Outcome, Scratch, Spec};
use rustix::process::{Pid, Signal};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use verdict::wire::{CHANNEL, Hello, TOKEN};

/// No actor lives longer than this, so that a failing test does not litter the machine.
const LIFE: Duration = Duration::from_secs(100);

/// Plays the part that the arguments name; none if they name none.
pub(crate) fn act(args: &[String]) -> Option<u8> {
    let (part, rest) = args.split_first()?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    match part.as_str() {
        "as-launcher" => Some(launcher(&rest)),
        "as-rank" => Some(rank(&rest)),
        "as-grader" => Some(grader(&rest)),
        "as-foreground" => Some(foreground(&rest)),
        "as-owner" => Some(owner()),
        _ => None,
    }
}

fn sleep() -> u8 {
    std::thread::sleep(LIFE);
    0
}

fn this(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(args);
    command
}

/// `as-launcher N behaviour…`: starts so many ranks and waits for all of them.
fn launcher(args: &[&str]) -> u8 {
    let size: u32 = args[0].parse().unwrap();
    let mut children = Vec::new();
    for rank in 0..size {
        let mut command = this(&["as-rank"]);
        command
            .args(&args[1..])
            .env("RANK", rank.to_string())
            .env("SIZE", args[0]);
        children.push(command.spawn().unwrap());
    }
    let mut status = 0;
    for mut child in children {
        if !child.wait().unwrap().success() {
            status = 9;
        }
    }
    status
}

fn number(name: &str, otherwise: u32) -> u32 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

fn connect(output: bool, token: Option<&str>) -> UnixStream {
    let mut stream = UnixStream::connect(std::env::var(CHANNEL).unwrap()).unwrap();
    let hello = Hello {
        token: token.map_or_else(|| std::env::var(TOKEN).unwrap(), str::to_owned),
        rank: number("RANK", 0),
        size: number("SIZE", 1),
        pid: std::process::id(),
        output,
    };
    writeln!(stream, "{}", serde_json::to_string(&hello).unwrap()).unwrap();
    stream
}

#[expect(
    clippy::zombie_processes,
    reason = "leaving processes behind is the point"
)]
/// `as-rank behaviour…`: what it does stands beside each.
fn rank(args: &[&str]) -> u8 {
    match args[0] {
        // Not a rank any more: what ranks leave behind.
        "sleep" => return sleep(),
        "hop" => return hop(args[1]),
        "daemon" => {
            let _ = rustix::process::setsid();
            quiet(this(&["as-rank", "sleep", args[1]]).env_clear())
                .spawn()
                .unwrap();
            return 0;
        }
        "impostor" => return impostor(),
        _ => {}
    }
    let records = connect(false, None);
    let orders = BufReader::new(records.try_clone().unwrap());
    let say = |line: &str| writeln!(&mut &records, "{line}");
    let order = |orders: BufReader<UnixStream>| orders.lines().map_while(Result::ok).next();
    match args[0] {
        // Says a line, prints another, and ends well.
        "finish" => {
            let mut output = connect(true, None);
            write!(output, "printed").unwrap();
            println!("past the connection");
            say("finished").unwrap();
            0
        }
        // Says back each order, in a line and in print, until it is told `end`, or alone.
        "echo" => {
            let mut output = connect(true, None);
            for order in orders.lines().map_while(Result::ok) {
                if order == "end" {
                    break;
                }
                write!(output, "{order}").unwrap();
                say(&order).unwrap();
            }
            0
        }
        // Dies at the first order, in the middle of a line.
        "die" => {
            order(orders);
            let mut output = connect(true, None);
            write!(output, "last print").unwrap();
            write!(&mut &records, "last words\nhalf a li").unwrap();
            let _ = rustix::process::kill_process(rustix::process::getpid(), Signal::KILL);
            sleep()
        }
        // Leaves a child that holds the socket, and ends at the first order.
        "fork" => {
            let flags = rustix::io::FdFlags::empty();
            rustix::io::fcntl_setfd(&records, flags).unwrap();
            quiet(&mut this(&["as-rank", "sleep"])).spawn().unwrap();
            order(orders);
            say("forked").unwrap();
            std::process::exit(0)
        }
        // Leaves a process in a session of its own, without environment, streams and parent.
        "daemonise" => {
            quiet(&mut this(&["as-rank", "daemon", args[1]]))
                .status()
                .unwrap();
            say("daemonised").unwrap();
            if args.get(2) == Some(&"and-stay") {
                sleep()
            } else {
                0
            }
        }
        // Leaves processes that each start the next one and end, in sessions of their own.
        "hops" => {
            for _ in 0..8 {
                quiet(&mut this(&["as-rank", "hop", "0"])).spawn().unwrap();
            }
            say("hopping").unwrap();
            sleep()
        }
        // Does not end by any signal that can be caught.
        "stubborn" => {
            for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
                let flag = Arc::new(AtomicBool::new(false));
                signal_hook::flag::register(signal.as_raw(), flag).unwrap();
            }
            say("deaf to signals").unwrap();
            sleep()
        }
        // Takes so many MiB, each rank as many times more as its number says.
        "take" => {
            let mib: usize = args[1].parse().unwrap();
            let bytes = (mib << 20) * (1 + number("RANK", 0) as usize);
            let memory = std::hint::black_box(vec![1_u8; bytes]);
            say("taken").unwrap();
            order(orders);
            std::hint::black_box(memory)[0] - 1
        }
        // Prints forever, where the second argument says.
        "shout" => {
            let mut output = connect(true, None);
            let chunk = [b'x'; 5000];
            loop {
                let printed = match args[1] {
                    "connection" => output.write_all(&chunk),
                    _ => std::io::stdout().write_all(&chunk),
                };
                if printed.is_err() {
                    return 1;
                }
            }
        }
        // Sends a line without end.
        "ramble" => {
            while (&records).write_all(&[b'x'; 5000]).is_ok() {}
            sleep()
        }
        // Reads no orders.
        "ignore" => sleep(),
        other => panic!("there is no behaviour {other}"),
    }
}

fn quiet(command: &mut Command) -> &mut Command {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
}

fn hop(count: &str) -> u8 {
    let _ = rustix::process::setsid();
    let count: u32 = count.parse().unwrap();
    if count < 100_000 {
        let count = (count + 1).to_string();
        let _ = quiet(&mut this(&["as-rank", "hop", &count])).spawn();
    }
    0
}

/// Tries all that must not be let in, then joins as it should.
fn impostor() -> u8 {
    let mut wrong = connect(false, Some("wrong"));
    let _ = writeln!(wrong, "forged");
    assert_eq!(
        wrong.read(&mut [0]).unwrap_or(0),
        0,
        "the wrong token was let in"
    );
    let mut noise = UnixStream::connect(std::env::var(CHANNEL).unwrap()).unwrap();
    while noise.write_all(&[b'x'; 5000]).is_ok() {}
    let _silent = UnixStream::connect(std::env::var(CHANNEL).unwrap()).unwrap();
    let mut right = connect(false, None);
    // The socket is read in order: from here on, the first is known.
    writeln!(right, "first").unwrap();
    let mut reader = BufReader::new(right.try_clone().unwrap());
    reader.read_line(&mut String::new()).unwrap();
    let mut twice = connect(false, None);
    let _ = writeln!(twice, "forged");
    assert_eq!(
        twice.read(&mut [0]).unwrap_or(0),
        0,
        "a second connection was let in"
    );
    writeln!(right, "second").unwrap();
    0
}

/// `as-grader behaviour program args…`: runs a job and prints every event.
fn grader(args: &[&str]) -> u8 {
    let scratch = (args[0] == "read").then(|| Scratch::create().unwrap());
    let spec = Spec {
        program: args[1].into(),
        args: args[2..].iter().map(Into::into).collect(),
        ..Spec::default()
    };
    let begin = Instant::now();
    let mut job = Job::start(&spec).unwrap();
    let mut deaths = BTreeMap::new();
    let status = loop {
        let event = job.next(None);
        if args[0] == "speak" {
            println!("{event:?}");
        }
        match event {
            Event::Joined { rank, pid, .. } => {
                deaths.insert(rank, pid);
                job.send(rank, "begin");
            }
            Event::Interrupted if args[0] == "dawdle" => {
                println!("Interrupted");
                sleep();
            }
            Event::Interrupted => break 130,
            Event::LauncherEnded { .. } => break 0,
            Event::Broken { .. } => break 2,
            _ => {}
        }
        if args[0] == "dawdle" && deaths.len() == 2 {
            println!("Joined");
        }
        if let Some(rank) = args[0].strip_prefix("kill-rank-")
            && deaths.len() == 2
            && let Some(pid) = deaths.remove(&rank.parse().unwrap())
        {
            kill_and_time(&mut job, pid);
        }
    };
    job.end().unwrap();
    if args[0] == "time" {
        println!("{:?}", begin.elapsed());
    }
    if let Some(scratch) = &scratch {
        println!("{}", scratch.path().display());
        return sleep();
    }
    drop(job);
    if args[0] == "linger" {
        println!("Idle");
        return sleep();
    }
    status
}

/// For measuring by hand: how long a death takes to be told.
fn kill_and_time(job: &mut Job, pid: u32) {
    let pid = Pid::from_raw(pid.cast_signed()).unwrap();
    let killed = Instant::now();
    rustix::process::kill_process(pid, Signal::KILL).unwrap();
    while !matches!(job.next(None), Event::Gone { .. }) {}
    println!("gone after {:?}", killed.elapsed());
}

/// `as-owner`: makes a private folder, and has it forever.
fn owner() -> u8 {
    let scratch = Scratch::create().unwrap();
    std::fs::write(scratch.path().join("something"), "x").unwrap();
    println!("{}", scratch.path().display());
    sleep()
}

/// `as-foreground program args…`.
fn foreground(args: &[&str]) -> u8 {
    let scratch = Scratch::create().unwrap();
    let spec = Spec {
        program: args[0].into(),
        args: args[1..].iter().map(Into::into).collect(),
        ..Spec::default()
    };
    let outcome = launch::foreground(&spec, Default::default());
    assert!(
        scratch.path().is_dir(),
        "what ranks wrote down is gone before it was read"
    );
    match outcome {
        Ok(Outcome::Ended(status)) => status.code().map_or(99, |code| code as u8),
        Ok(Outcome::Interrupted) => 130,
        Ok(Outcome::MemoryLimit(_) | Outcome::Enough) => 98,
        Err(error) => {
            eprintln!("{error:#}");
            97
        }
    }
}
