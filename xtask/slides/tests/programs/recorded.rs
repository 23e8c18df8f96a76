//! The runs that figures are drawn from are recorded anew, and must be what is committed: who called
//! what, which message met which receive, who waits for whom forever.
//!
//! A run is the same every time only if nothing in it is a race. So standard sends are made synchronous
//! (the recorder can do that): whether MPI buffers a message, and so which call returns first, is its
//! own business otherwise. Where a figure is about just that, the receiver of the only message is held
//! back until the recorder has seen what the sender does; so the order is proved and not timed. Nothing
//! else about moments is kept.

use crate::{built, end, root};
use observer::{Core, Heard, INTERVAL, Observer, Pair};
use recording::event::{Completed, Event, Receive, RequestId, Send, Source, TypeId, What};
use slides::figures::recorded::{ALL, At, Call, FOLDER, Message, Order, Peer, Run, Step, Wait};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    rc::Rc,
    thread,
    time::{Duration, Instant},
};

/// With this variable in the environment, the test writes the files in place of comparing them.
const WRITE: &str = "WRITE_RECORDED";

/// How a program is run.
#[derive(Clone, Copy, Debug, PartialEq)]
enum How {
    /// With standard sends made synchronous.
    Synchronous,
    /// As it is. It waits forever, and is ended then.
    ForEver,
    /// As it is, with the receiver held back until the sender has returned.
    AfterReturn,
    /// As it is, with the receiver held back until the sender is in its send.
    AfterEntry,
}

use How::{AfterEntry, AfterReturn, ForEver, Synchronous};

/// The figure's name, ranks, how to run it, and what.
const RUNS: [(&str, u32, How, &str); 12] = [
    ("send-receive", 2, Synchronous, "send_receive"),
    ("eager", 2, AfterReturn, "late_receive 1"),
    ("rendezvous", 2, AfterEntry, "late_receive 1000000"),
    ("both-receive", 2, ForEver, "both_receive"),
    ("both-send", 2, ForEver, "both_send 1000000"),
    ("odd-even", 6, Synchronous, "odd_even"),
    ("ring", 5, Synchronous, "ring"),
    ("sendrecv-chain", 5, Synchronous, "chain"),
    ("parallel-sum", 4, Synchronous, "parallel_sum"),
    ("overlap-not", 2, Synchronous, "overlap"),
    ("overlap", 2, Synchronous, "overlap immediate"),
    ("broadcast-tree", 8, Synchronous, "tree"),
];

/// What the observer told of a run.
#[derive(Default)]
struct Heap {
    calls: BTreeMap<(u32, u64), Event>,
    pairs: Vec<Pair>,
    sizes: HashMap<(u32, TypeId), u64>,
}

impl Heap {
    fn hear(&mut self, heard: Heard<'_>) {
        match heard {
            Heard::Definition(rank, recording::event::Definition::Datatype(id, datatype)) => {
                self.sizes.insert((rank, *id), datatype.size);
            }
            Heard::Definition(..) => {}
            Heard::Call(rank, event) => {
                if communicates(&event.what) {
                    self.calls.insert((rank, event.number), event.clone());
                }
            }
            Heard::Pair(pair) => self.pairs.push(*pair),
        }
    }

    /// Whether the sender of the only message is where the receiver may go on.
    fn lets_go(&self, how: How) -> bool {
        let mut sends = self.calls.values();
        sends.any(|event| {
            matches!(event.what, What::Send(..)) && (how == AfterEntry || event.left.is_some())
        })
    }
}

fn communicates(what: &What) -> bool {
    matches!(
        what,
        What::Send(..) | What::Receive(..) | What::SendReceive(..) | What::Complete { .. }
    )
}

/// The recorder's library for programs of this MPI.
fn recorder(target: &Path) -> PathBuf {
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "recorder"])
        .current_dir(root())
        .env("CARGO_TARGET_DIR", target)
        .status()
        .expect("cargo starts");
    assert!(status.success());
    let ending = env::consts::DLL_SUFFIX;
    target.join("debug").join(format!("librecorder{ending}"))
}

#[test]
fn figures_show_what_programs_do() {
    let (environment, folder) = built();
    let recorder = recorder(&environment.target_dir());
    let mut faults = Vec::new();
    for (name, ranks, how, program) in RUNS {
        let scratch = tempfile::tempdir().expect("there is room");
        let go = scratch.path().join("go");
        let recording = scratch.path().join("recording");
        fs::create_dir(&recording).expect("there is room");

        let mut words = program.split(' ');
        let mut command = environment.launcher(ranks);
        command.push(folder.join(words.next().unwrap_or_default()).into());
        command.extend(words.map(Into::into));
        if matches!(how, AfterReturn | AfterEntry) {
            command.push(go.clone().into());
        }
        let mut run = Command::new(&command[0]);
        run.args(&command[1..])
            .envs(environment.run_env())
            .env("LD_PRELOAD", &recorder)
            .env(recording::FOLDER, &recording)
            .env(recording::ENDINGS, "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if how == Synchronous {
            run.env(recording::STRICT, "1");
        }
        let found = watch(run, &recording, &go, how)
            .map(|(heap, waits, printed)| told(program, ranks, how, &heap, waits, &printed));
        let text = match found {
            Ok(run) => run.text(),
            Err(why) => {
                faults.push(format!("{name}: {why}"));
                continue;
            }
        };
        let path = root().join(FOLDER).join(format!("{name}.json"));
        if env::var_os(WRITE).is_some() {
            fs::write(&path, &text).expect("it can be written");
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            faults.push(format!(
                "{} is not what was recorded:\n{text}",
                path.display()
            ));
        }
    }
    assert!(
        faults.is_empty(),
        "{}\n`{WRITE}=1 cargo test -p slides --test programs` writes the files anew, and \
         `cargo xtask slides --figures` then draws from them",
        faults.join("\n")
    );
}

#[test]
fn every_recorded_file_is_one_of_a_run() {
    let mut names: Vec<&str> = RUNS.iter().map(|(name, ..)| *name).collect();
    let mut drawn: Vec<&str> = ALL.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    drawn.sort_unstable();
    assert_eq!(names, drawn);
    for file in fs::read_dir(root().join(FOLDER)).expect("it is there") {
        let file = file.expect("it can be read").path();
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        assert!(
            names.contains(&&*name),
            "no figure is drawn from {}",
            file.display()
        );
    }
}

/// Runs a program to its end, or until its ranks wait forever, for a minute at most.
fn watch(
    mut command: Command,
    recording: &Path,
    go: &Path,
    how: How,
) -> Result<(Heap, Vec<Wait>, String), String> {
    let mut observer = Observer::open(recording).map_err(|error| format!("{error:#}"))?;
    let heap = Rc::new(RefCell::new(Heap::default()));
    let pen = Rc::clone(&heap);
    observer.follow(Box::new(move |heard| pen.borrow_mut().hear(heard)));
    let mut child = command.spawn().map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let status = loop {
        let ended = child.try_wait().map_err(|error| error.to_string())?;
        if ended.is_some() {
            break ended;
        }
        let said = observer.look(&[]).map_err(|error| format!("{error:#}"))?;
        let late = begin.elapsed() > Duration::from_secs(60);
        if said.is_some() || late {
            end(&mut child);
            match said {
                Some(told) if how != ForEver => return Err(told.text()),
                Some(_) => break None,
                None => return Err(String::from("it takes more than a minute")),
            }
        }
        if !go.exists() && heap.borrow().lets_go(how) {
            fs::write(go, "").map_err(|error| error.to_string())?;
        }
        thread::sleep(INTERVAL);
    };
    let output = child
        .wait_with_output()
        .map_err(|error| error.to_string())?;
    let mut waits = Vec::new();
    if let Some(status) = status {
        if how == ForEver || !status.success() {
            return Err(format!("it ended with {status}"));
        }
        observer.catch_up().map_err(|error| format!("{error:#}"))?;
    } else if let Some(Core::Cycle(cycle)) = observer.deadlock().map(|deadlock| &deadlock.core) {
        waits = cycle
            .iter()
            .map(|(from, wait)| Wait {
                from: *from,
                on: wait.on,
            })
            .collect();
        waits.sort();
    }
    drop(observer);
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((heap.take(), waits, printed))
}

/// The run as it is kept.
fn told(program: &str, size: u32, how: How, heap: &Heap, waits: Vec<Wait>, printed: &str) -> Run {
    let mut places: HashMap<(u32, u64), At> = HashMap::new();
    let mut ranks = Vec::new();
    for rank in 0..size {
        let said: Vec<(usize, &str)> = printed
            .lines()
            .filter_map(|line| {
                let (rest, text) = line.split_once(": ")?;
                let (who, after) = rest.split_once(" after ")?;
                (who.parse() == Ok(rank)).then_some((after.parse().ok()?, text))
            })
            .collect();
        let after = |calls: usize| {
            let said = said.iter().filter(move |(after, _)| *after == calls);
            said.map(|(_, text)| Step::Between((*text).to_owned()))
        };
        let mut steps: Vec<Step> = after(0).collect();
        let calls = heap.calls.range((rank, 0)..=(rank, u64::MAX));
        for (index, (&(_, number), event)) in calls.enumerate() {
            places.insert((rank, number), (rank, steps.len()));
            steps.push(Step::Call(call(heap, rank, event)));
            steps.extend(after(index + 1));
        }
        ranks.push(steps);
    }
    let mut messages: Vec<Message> = heap
        .pairs
        .iter()
        .map(|pair| {
            let [sent, posted] = [pair.send, pair.receive].map(|call| (call.rank, call.number));
            Message {
                posted: places[&posted],
                received: places[&completer(heap, posted)],
                sent: places[&sent],
                tag: pair.tag,
                bytes: pair.bytes.unwrap_or_default(),
                order: order(how, &heap.calls[&sent], &heap.calls[&posted]),
            }
        })
        .collect();
    messages.sort();
    Run {
        program: program.to_owned(),
        ranks,
        messages,
        waits,
    }
}

fn call(heap: &Heap, rank: u32, event: &Event) -> Call {
    let to = |send: &Send| Some(send.to.map_or(Peer::Nobody, Peer::Rank));
    let from = |receive: &Receive| {
        Some(match receive.source {
            Source::Rank(rank) => Peer::Rank(rank),
            Source::Any => Peer::Any,
            Source::Nobody => Peer::Nobody,
        })
    };
    let bytes = |send: &Send| {
        let size = heap.sizes.get(&(rank, send.data.datatype?))?;
        Some(size * send.data.count.unsigned_abs())
    };
    let (to, from, bytes) = match &event.what {
        What::Send(send, _) => (to(send), None, bytes(send)),
        What::Receive(receive, _) => (None, from(receive), None),
        What::SendReceive(send, receive, _) => (to(send), from(receive), bytes(send)),
        _ => (None, None, None),
    };
    Call {
        function: event.function.to_owned(),
        to,
        from,
        bytes,
        returned: event.left.is_some(),
    }
}

/// The call that returned with what another has posted: the same one, if that was no immediate one.
fn completer(heap: &Heap, posted: (u32, u64)) -> (u32, u64) {
    let request = match &heap.calls[&posted].what {
        What::Receive(_, request) | What::SendReceive(_, _, request) => *request,
        _ => None,
    };
    let Some(request): Option<RequestId> = request else {
        return posted;
    };
    let is_it = |done: &Completed| done.request == Some(request);
    let later = heap.calls.range(posted..=(posted.0, u64::MAX));
    let mut later = later.filter(|(_, event)| {
        let left = event.left.as_ref();
        left.is_some_and(|left| left.completed.iter().any(is_it))
    });
    later.next().map_or(posted, |(place, _)| *place)
}

/// What is known of the order of a send and its receive. All clocks are that of one machine.
fn order(how: How, send: &Event, receive: &Event) -> Order {
    if how == Synchronous {
        let (What::Send(sent, _) | What::SendReceive(sent, ..)) = &send.what else {
            panic!("{send:?} sends nothing");
        };
        // MPI has no synchronous send and receive in one, and it needs none: it waits for both.
        let is_one = matches!(send.what, What::SendReceive(..));
        assert!(
            sent.made_synchronous || is_one,
            "{send:?} was not made synchronous"
        );
        return Order::Synchronous;
    }
    let returned = send.left.as_ref().map_or(u64::MAX, |left| left.at);
    if returned <= receive.entered {
        Order::Buffered
    } else {
        assert!(
            send.entered < receive.entered,
            "the receiver was not held back"
        );
        Order::Waited
    }
}
