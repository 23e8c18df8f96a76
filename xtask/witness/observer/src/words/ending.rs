//! What is said of a rank that ends too early, or whose call MPI refused.

use super::{NOTES, Told, and, capital, not_by_all, ranks};
use crate::names::Names;
use reasoning::{Call, Finding, Life, Stuck};
use recording::event::{Abort, CommId, Rank, Refusal};
use verdict::{Kind, Reason};

pub(super) fn ended(life: Life) -> String {
    match life {
        Life::Running => String::from("still runs"),
        Life::Panicked => String::from("has panicked"),
        Life::Exited(0) => String::from("has ended with status 0"),
        Life::Exited(status) => format!("has ended with status {status}"),
        Life::Quit(status) => format!("has called exit({status})"),
        Life::Killed(signal) => match signal_name(signal) {
            Some(name) => format!("was ended by signal {signal} ({name})"),
            None => format!("was ended by signal {signal}"),
        },
        Life::Left(status) => {
            format!("has ended with status {status} without a message, as `_exit` does")
        }
        Life::Gone => String::from(
            "has vanished without a message: it was killed, memory ran out, or it called _exit",
        ),
        Life::Returned => String::from("has returned from the task"),
    }
}

/// What the signals mean that end most programs; their numbers are the same on every Linux that MPI
/// runs on.
fn signal_name(signal: i32) -> Option<&'static str> {
    Some(match signal {
        4 => "an instruction that the processor does not know",
        6 => "abort",
        7 => "bus error, an address that does not exist",
        8 => "arithmetic, such as a division by zero",
        9 => "killed from outside, or out of memory",
        11 => "segmentation fault",
        14 => "an alarm timer",
        15 => "a request to terminate",
        _ => return None,
    })
}

/// A rank that has ended too early, and who waited meanwhile. Its own calls come first; `last` is the one
/// from which it came back last, where none of them tells where it was.
pub(crate) fn early_end(
    rank: Rank,
    life: Life,
    own: Vec<Call>,
    last: Option<Call>,
    stuck: &[Stuck],
) -> Told {
    let kind = match life {
        Life::Exited(_) => Kind::MissingFinalize,
        Life::Panicked => Kind::Panic,
        _ => Kind::Crash,
    };
    let how = match life {
        Life::Exited(status) => {
            format!("has returned {status} from its main function without MPI_Finalize")
        }
        Life::Quit(status) => format!("has called exit({status}) without MPI_Finalize"),
        life => ended(life),
    };
    let mut told = told_of_end(rank, kind, format!("rank {rank} {how}"), own, stuck);
    if let Some(last) = last {
        // Those that only ask, such as MPI_Comm_rank, are not recorded.
        let note = format!(
            "The last recorded call of rank {rank} was {}.",
            last.function
        );
        told.notes.push(note);
        let label = format!("the last recorded call of rank {rank}");
        told.beside.push((last, label));
    }
    if life == Life::Panicked {
        told.notes.push(format!(
            "On its way out rank {rank} dropped its values, and one of them called MPI_Finalize, which \
             waits for all ranks. Its panic message is in the output."
        ));
    }
    told
}

/// A launcher that has failed before these ranks had finalized, though none of them has said why.
pub fn launcher_failed(status: &str, unfinished: &[Rank]) -> Told {
    Told {
        kind: Kind::Crash,
        about: None,
        reason: None,
        message: format!(
            "the launcher ended ({status}) before {} had finalized MPI",
            ranks(unfinished)
        ),
        notes: Vec::new(),
        calls: Vec::new(),
        beside: Vec::new(),
    }
}

/// A rank that MPI has ended, because of an error in its call.
pub(crate) fn given_up(rank: Rank, status: i32, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let function = own.first().map_or("a call", |call| call.function);
    let message = format!(
        "MPI has ended rank {rank} in {function} with status {status}; the output shows the reason \
         that MPI gives"
    );
    told_of_end(rank, Kind::Crash, message, own, stuck)
}

/// A rank that was ended by a signal inside MPI.
pub(crate) fn fault(rank: Rank, signal: i32, own: Vec<Call>, stuck: &[Stuck]) -> Told {
    let function = own.first().map_or("MPI", |call| call.function);
    let message = format!(
        "rank {rank} {}, inside {function}",
        ended(Life::Killed(signal))
    );
    let mut told = told_of_end(rank, Kind::Crash, message, own, stuck);
    told.notes.push(format!(
        "It happened in the MPI library, while it worked on the arguments of {function}: an invalid \
         buffer or handle, or memory that was overwritten earlier."
    ));
    told
}

/// Whether a class of errors says that an argument of the call is wrong: then it is not the consequence of
/// something else.
pub(crate) fn is_of_an_argument(class: &str) -> bool {
    const OTHERS: [&str; 29] = [
        "",
        "MPI_ERR_ACCESS",
        "MPI_ERR_FILE_EXISTS",
        "MPI_ERR_FILE_IN_USE",
        "MPI_ERR_INTERN",
        "MPI_ERR_IN_STATUS",
        "MPI_ERR_IO",
        "MPI_ERR_NAME",
        "MPI_ERR_NO_MEM",
        "MPI_ERR_NO_SPACE",
        "MPI_ERR_NO_SUCH_FILE",
        "MPI_ERR_OTHER",
        "MPI_ERR_PENDING",
        "MPI_ERR_PORT",
        "MPI_ERR_PROC_ABORTED",
        "MPI_ERR_PROC_FAILED",
        "MPI_ERR_PROC_FAILED_PENDING",
        "MPI_ERR_QUOTA",
        "MPI_ERR_READ_ONLY",
        "MPI_ERR_REVOKED",
        "MPI_ERR_RMA_CONFLICT",
        "MPI_ERR_RMA_SYNC",
        "MPI_ERR_SERVICE",
        "MPI_ERR_SPAWN",
        "MPI_ERR_TRUNCATE",
        "MPI_ERR_UNKNOWN",
        "MPI_ERR_UNSUPPORTED_DATAREP",
        "MPI_ERR_UNSUPPORTED_OPERATION",
        "MPI_ERR_VALUE_TOO_LARGE",
    ];
    !OTHERS.contains(&class)
}

/// What MPI says of an error, without what programs are not concerned with; none if that is nothing.
fn reason(refusal: &Refusal) -> Option<String> {
    if *refusal.class == *"MPI_ERR_TRUNCATE" {
        // MPICH confuses the two lengths that it names.
        return Some(String::from("More data arrived than fits into the buffer."));
    }
    let class = format!("{}: ", refusal.class);
    let text = refusal.text.trim();
    let text = text.strip_prefix(class.as_str()).unwrap_or(text);
    let first = text.lines().next()?;
    let first = first.strip_suffix(", error stack:").unwrap_or(first);
    // MPICH's own functions, the innermost last.
    let last = text.lines().skip(1).last();
    let last = last.and_then(|line| line.split_once(": "));
    let said = last.map_or(first, |(_, said)| said).trim();
    (!said.is_empty()).then(|| format!("MPI says: {}.", said.trim_end_matches('.')))
}

/// A call that MPI has refused, and ended the job for. `unfreed` are the communicators of the rank that
/// are not freed, by where they were made.
pub(crate) fn refused(
    call: Call,
    refusal: &Refusal,
    unfreed: &[(Call, u64)],
    stuck: &[Stuck],
) -> Told {
    /// So many are no leak that MPI could run out by.
    const MANY: u64 = 256;
    let (rank, function, class) = (call.rank, name_of(&call), &refusal.class);
    let all: u64 = unfreed.iter().map(|(_, count)| count).sum();
    if let (Some((most, count)), true) = (unfreed.first(), all >= MANY)
        && !is_of_an_argument(class)
    {
        let of_them = match unfreed {
            [_] => format!("all by {} in one place", most.function),
            _ => format!("{count} of them by {} in one place", most.function),
        };
        let message = format!(
            "rank {rank} has run out of communicators in {function}: it has made {all} and never freed \
             them, {of_them}"
        );
        let calls = match most.place == call.place {
            true => vec![call],
            false => vec![call, *most],
        };
        let mut told = told_of_end(rank, Kind::ResourceLeak, message, calls, &[]);
        told.notes.extend(reason(refusal));
        return told;
    }
    let kind = kind_of(class).unwrap_or(Kind::Crash);
    let message = match function.ends_with("_call_errhandler") {
        true => format!("rank {rank} has raised the error {class} with {function}"),
        false => format!(
            "rank {rank} called {function}, and MPI refused it{}",
            with(class)
        ),
    };
    let mut told = told_of_end(rank, kind, message, vec![call], stuck);
    told.notes.extend(reason(refusal));
    if **class == *"MPI_ERR_BUFFER" && function.contains("bsend") | function.contains("Bsend") {
        told.notes.push(String::from(
            "Until it has left, each message needs room in the attached buffer for its data and for \
             MPI_BSEND_OVERHEAD bytes more.",
        ));
        told.reason = Some(Reason::AttachedBuffer);
    } else if is_of_a_handle(class) {
        told.reason = Some(Reason::Handle);
    }
    told
}

/// The kind of trouble that a class of errors tells; none if it may be the consequence of something else.
fn kind_of(class: &str) -> Option<Kind> {
    match class {
        "MPI_ERR_TRUNCATE" => Some(Kind::Truncation),
        "MPI_ERR_RMA_SYNC" => Some(Kind::Epoch),
        "MPI_ERR_RMA_CONFLICT" => Some(Kind::MemoryRace),
        class => is_of_an_argument(class).then_some(Kind::InvalidArgument),
    }
}

/// A rank that has ended the job in a function that ran within a call of its own, which is the second of
/// the calls; the first is that of `MPI_Abort`.
pub(crate) fn aborted_within(own: Vec<Call>, abort: Abort, stuck: &[Stuck]) -> Told {
    let rank = own.first().map_or(0, |call| call.rank);
    let Abort { code, within } = abort;
    let within = match within {
        "" => "a call of MPI",
        within => within,
    };
    let message = format!(
        "rank {rank} has ended the job with MPI_Abort, code {code}, in a function that ran within \
         {within}, such as an error handler or a signal handler"
    );
    told_of_end(rank, Kind::Crash, message, own, stuck)
}

/// The same of `MPI_Comm_disconnect`, which not all have called.
pub(crate) fn parted_without(
    told: Told,
    comm: CommId,
    arrived: &[Call],
    missing: &[Rank],
    names: Names<'_>,
) -> Told {
    if missing.is_empty() {
        return told;
    }
    let on = names.on(Some(comm));
    Told {
        kind: Kind::CollectiveMismatch,
        about: None,
        reason: Some(Reason::NotOnAllRanks),
        message: not_by_all(comm, arrived, missing, &on, names),
        notes: vec![capital(&told.message) + "."],
        ..told
    }
}

/// Whether a class of errors says that a handle is none.
fn is_of_a_handle(class: &str) -> bool {
    const HANDLES: [&str; 9] = [
        "MPI_ERR_COMM",
        "MPI_ERR_FILE",
        "MPI_ERR_GROUP",
        "MPI_ERR_INFO",
        "MPI_ERR_KEYVAL",
        "MPI_ERR_OP",
        "MPI_ERR_REQUEST",
        "MPI_ERR_TYPE",
        "MPI_ERR_WIN",
    ];
    HANDLES.contains(&class)
}

fn name_of(call: &Call) -> &'static str {
    match call.function {
        "" => "a function of MPI",
        function => function,
    }
}

fn with(class: &str) -> String {
    match class {
        "" => String::new(),
        class => format!(" with {class}"),
    }
}

/// A call that MPI has refused, with an error that the program had asked for.
pub(crate) fn returned(call: Call, refusal: &Refusal) -> Told {
    Told {
        kind: kind_of(&refusal.class).unwrap_or(Kind::InvalidArgument),
        about: None,
        reason: None,
        message: format!(
            "rank {} called {}, and MPI refused it{}: the error was returned to the program, as it had \
             requested",
            call.rank,
            name_of(&call),
            with(&refusal.class)
        ),
        notes: reason(refusal).into_iter().collect(),
        calls: vec![call],
        beside: Vec::new(),
    }
}

/// What was found, with the errors that a rank of it, or the one that has ended, got before and may not
/// have looked at.
pub(crate) fn after_errors(
    mut told: Told,
    ended: Option<Rank>,
    returned: &[(Call, &Refusal)],
) -> Told {
    let ranks = told.calls.iter().map(|call| call.rank).chain(ended);
    let ranks: Vec<Rank> = ranks.collect();
    let before = returned
        .iter()
        .filter(|(call, _)| ranks.contains(&call.rank));
    for (call, refusal) in before.take(NOTES) {
        let said = reason(refusal).map_or(String::new(), |said| format!(" {said}"));
        told.notes.push(format!(
            "Earlier, MPI had refused {} of rank {}{}, and the program continued.{said}",
            name_of(call),
            call.rank,
            with(&refusal.class)
        ));
        told.calls.push(*call);
    }
    told
}

/// What was found is why ranks wait forever.
pub(crate) fn because(mut found: Told, stuck: Told) -> Told {
    found.notes.push(format!("{}.", capital(&stuck.message)));
    let new = stuck
        .calls
        .iter()
        .filter(|call| !found.calls.contains(call));
    let new: Vec<Call> = new.copied().collect();
    found.calls.extend(new);
    found
}

/// An early end, with the exception that nobody has caught: it has ended the rank, or is why the rank has
/// ended the job.
pub(crate) fn by_exception(told: &mut Told, end: Call, exception: &Refusal) {
    let said = exception.text.lines().next().unwrap_or_default().trim();
    let said = match said {
        "" => exception.class.to_string(),
        said => format!("{}: {said}", exception.class),
    };
    let rank = end.rank;
    if told.kind == Kind::Panic {
        told.kind = Kind::Crash;
        let left = "has left by an exception that nobody caught";
        told.message = told.message.replacen(&ended(Life::Panicked), left, 1);
        told.message.push_str(&format!(" ({said})"));
        told.notes = vec![String::from(
            "On its way out the interpreter finalizes MPI if it can, and that waits for all ranks.",
        )];
        told.calls.insert(0, end);
    } else {
        told.notes.push(format!(
            "Before that, an exception that nobody caught had ended its program ({said})."
        ));
        told.beside
            .push((end, format!("rank {rank} raises {} here", exception.class)));
    }
}

/// An early end, with a message race of the rank before.
pub(crate) fn after_race(told: &mut Told, race: &Finding) {
    let [receive, met, rival, ..] = race.calls[..] else {
        return;
    };
    told.notes.push(format!(
        "Earlier, rank {} received in {} whichever message came first: the one from rank {}; it could \
         have been the one from rank {}, and may be in the next run.",
        receive.rank, receive.function, met.rank, rival.rank
    ));
    let of = |call: Call, text: &str| (call, format!("rank {} {text}", call.rank));
    told.beside
        .push(of(receive, "receives here whichever comes first"));
    told.beside
        .push(of(met, "sends the message that was received"));
    told.beside
        .push(of(rival, "sends the message that could have been received"));
}

/// A rank that has ended the job.
pub(crate) fn aborted(call: Call, code: i32, stuck: &[Stuck]) -> Told {
    let message = format!(
        "rank {} has ended the job with MPI_Abort, code {code}",
        call.rank
    );
    told_of_end(call.rank, Kind::Crash, message, vec![call], stuck)
}

fn told_of_end(
    rank: Rank,
    kind: Kind,
    mut message: String,
    own: Vec<Call>,
    stuck: &[Stuck],
) -> Told {
    let mut functions: Vec<&str> = stuck.iter().map(|stuck| stuck.call.function).collect();
    functions.sort_unstable();
    functions.dedup();
    let functions: Vec<String> = functions.into_iter().map(str::to_owned).collect();
    let who: Vec<Rank> = stuck.iter().map(|stuck| stuck.rank).collect();
    match &who[..] {
        [] => {}
        [one] => message += &format!(", while rank {one} waited in {}", and(&functions)),
        many => message += &format!(", while {} waited in {}", ranks(many), and(&functions)),
    }
    let mut calls = own;
    calls.extend(stuck.iter().map(|stuck| stuck.call));
    Told {
        kind,
        about: Some(rank),
        reason: None,
        message,
        notes: Vec::new(),
        calls,
        beside: Vec::new(),
    }
}
