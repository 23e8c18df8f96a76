//! What is said of a call that is wrong in itself, or differs from that of another rank.

use super::{Told, operation_name, root_of};
use crate::names::Names;
use reasoning::{Call, Side};
use recording::event::{Argument, CommId, Complaint, Difference, Rank};
use verdict::{Kind, Reason, plural};

/// What a rank found wrong with its own call before it went in; `sides` are its part in a collective and
/// that of another rank that it differs from, `comm` is the communicator.
pub(crate) fn complaint(
    call: &Call,
    complaint: &Complaint,
    sides: &[Option<Side>; 2],
    comm: Option<CommId>,
    names: Names<'_>,
) -> Told {
    let me = call.rank;
    let function = call.function;
    let mut notes = Vec::new();
    let (kind, message) = match *complaint {
        Complaint::Argument {
            argument: Argument::Attached,
            value,
            ..
        } => (
            Kind::BufferReuse,
            format!(
                "rank {me} calls {function}, and the buffer that it attached for buffered sends {}: until it \
                 is detached, it belongs to MPI",
                match value {
                    1 => "was freed",
                    _ => "lay in a function that has returned",
                }
            ),
        ),
        Complaint::Argument {
            argument,
            value,
            limit,
        } => (
            Kind::InvalidArgument,
            format!(
                "{} gives {function} {}",
                match argument {
                    // A rank is one in a communicator.
                    Argument::Destination | Argument::Source | Argument::Root => {
                        names.rank(call.comm, me)
                    }
                    _ => format!("rank {me}"),
                },
                argument_words(argument, value, limit, call.comm, names)
            ),
        ),
        Complaint::BeforeInit => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} before MPI_Init"),
        ),
        Complaint::AfterFinalize => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} after MPI_Finalize"),
        ),
        Complaint::InitTwice => (
            Kind::MissingFinalize,
            format!("rank {me} called {function} a second time"),
        ),
        Complaint::Threads { level: 2, other } => {
            notes.push(String::from(
                "Calls from several threads at once require MPI_THREAD_MULTIPLE.",
            ));
            (
                Kind::ThreadLevel,
                format!(
                    "rank {me} called {function} in thread {} while its thread {other} was in MPI too: \
                     at MPI_THREAD_SERIALIZED one thread calls MPI at a time",
                    call.thread
                ),
            )
        }
        Complaint::Threads { level, .. } => {
            let (level, note) = match level {
                0 => (
                    "MPI_THREAD_SINGLE",
                    "MPI_Init requests MPI_THREAD_SINGLE; that this MPI allows more does not hold for \
                     others: MPI_Init_thread requests a level and returns the one that is provided.",
                ),
                _ => (
                    "MPI_THREAD_FUNNELED",
                    "Calls from other threads require MPI_THREAD_SERIALIZED, one at a time, or \
                     MPI_THREAD_MULTIPLE.",
                ),
            };
            notes.push(String::from(note));
            (
                Kind::ThreadLevel,
                format!(
                    "rank {me} called {function} in thread {}: at {level} only the thread that has \
                     initialized MPI may call it",
                    call.thread
                ),
            )
        }
        Complaint::Differs {
            first,
            function: theirs,
            what,
            here,
            there,
        } => (
            Kind::CollectiveMismatch,
            differs(
                (call, what, here, there),
                (first, theirs),
                sides,
                comm,
                names,
            ),
        ),
    };
    if let Complaint::Differs {
        what: Difference::Root,
        ..
    } = complaint
        && names.has_groups(comm)
    {
        notes.push(String::from(
            "Between two groups the root passes MPI_ROOT, the other ranks of its group pass MPI_PROC_NULL, \
             and the ranks of the other group pass the rank of the root.",
        ));
    }
    Told {
        kind,
        about: None,
        reason: match *complaint {
            Complaint::Argument { argument, .. } => reason(argument),
            _ => None,
        },
        message,
        notes,
        calls: [*call]
            .into_iter()
            .chain(sides[1].as_ref().map(|side| side.call))
            .collect(),
        beside: Vec::new(),
    }
}

/// In what a rank's part in a collective differs from that of another, which came before.
fn differs(
    (call, what, here, there): (&Call, Difference, i64, i64),
    (first, theirs): (Rank, &str),
    sides: &[Option<Side>; 2],
    comm: Option<CommId>,
    names: Names<'_>,
) -> String {
    let function = call.function;
    let on = names.on_other(comm);
    let between = names.has_groups(comm);
    // The root itself names none between two groups.
    let root = |who: Rank, root: i64| match Rank::try_from(root) {
        Ok(rank) if between && rank == who => String::from("MPI_ROOT"),
        Ok(rank) => names.rank(comm, rank),
        Err(_) => String::new(),
    };
    let (mine, theirs_root) = (call.rank, first);
    let (me, first) = (names.rank(comm, mine), names.other_rank(comm, mine, first));
    let both = |name: &dyn Fn(&Side) -> Option<String>| match sides {
        [Some(mine), Some(theirs)] => Some((name(mine)?, name(theirs)?)),
        _ => None,
    };
    let op = |side: &Side| side.op.as_deref().map(operation_name);
    let moves = |side: &Side| {
        let (count, name) = side.moves.as_ref()?;
        Some(format!(
            "{} of {}",
            plural(*count, "element"),
            type_name(name)
        ))
    };
    match what {
        Difference::Function => format!(
            "{me} calls {function} where {first} calls {theirs}{on}: all ranks of a communicator must \
             call the same collectives in the same order"
        ),
        Difference::Root => format!(
            "{me} names {} as the {} of {function}{on}, and {first} names {}",
            root(mine, here),
            root_of(function),
            root(theirs_root, there)
        ),
        Difference::Operation => match both(&op) {
            Some((mine, theirs)) => {
                format!(
                    "{me} names {mine} as the operation of {function}{on}, and {first} {theirs}"
                )
            }
            None => format!("{me} names another operation in {function}{on} than {first}"),
        },
        Difference::Amount => {
            let (mine, theirs) = both(&moves).map_or_else(Default::default, |(mine, theirs)| {
                (format!(" ({mine})"), format!(" ({theirs})"))
            });
            format!(
                "{me} moves {}{mine} in {function}{on}, and {first} {}{theirs}",
                plural(here.unsigned_abs(), "byte"),
                plural(there.unsigned_abs(), "byte")
            )
        }
        Difference::Datatype => match both(&moves) {
            Some((mine, theirs)) => {
                format!("{me} moves {mine} in {function}{on}, and {first} {theirs}")
            }
            None => format!("{me} names another datatype in {function}{on} than {first}"),
        },
    }
}

/// A datatype by its name; a derived one by the function that made it.
fn type_name(name: &str) -> String {
    if name.starts_with("MPI_Type_") {
        format!("a type that {name} made")
    } else {
        name.to_owned()
    }
}

fn argument_words(
    argument: Argument,
    value: i64,
    limit: Option<i64>,
    comm: Option<CommId>,
    names: Names<'_>,
) -> String {
    let on = names.on_other(comm);
    // The standard's names for what is no rank have other values in each MPI.
    let rank = match argument {
        Argument::Tag => names.any_tag(value).map(str::to_owned),
        _ => names.no_rank(value).map(str::to_owned),
    };
    let rank = rank.unwrap_or_else(|| value.to_string());
    let ranks = limit.map_or(String::new(), |size| match size {
        1 => String::from("the only rank is 0"),
        size => format!("the ranks are 0 to {}", size - 1),
    });
    match argument {
        Argument::Destination => format!("{rank} as the destination{on}, and {ranks}"),
        Argument::Source => format!("{rank} as the source{on}, and {ranks}"),
        Argument::Root if rank == "MPI_ROOT" => format!(
            "{rank} as the root, which is for communicators between two groups; here {ranks}"
        ),
        Argument::Root => format!("{rank} as the root{on}, and {ranks}"),
        Argument::Tag => match limit {
            Some(limit) if value >= limit => {
                format!("the tag {value}, and the largest is {}", limit - 1)
            }
            _ => format!("the tag {rank}: the tag of a message is 0 or larger"),
        },
        Argument::Count => format!("the count {value}: a count is 0 or larger"),
        Argument::Communicator => handle("communicator", "MPI_COMM_NULL", value),
        Argument::Datatype => handle("datatype", "MPI_DATATYPE_NULL", value),
        Argument::Window => handle("window", "MPI_WIN_NULL", value),
        Argument::File => handle("file", "MPI_FILE_NULL", value),
        Argument::Group => handle("group", "MPI_GROUP_NULL", value),
        Argument::Uncommitted => {
            String::from("a datatype that was not committed (MPI_Type_commit)")
        }
        Argument::Operation => handle("operation", "MPI_OP_NULL", value),
        Argument::Request => match value {
            0 => String::from("no request (MPI_REQUEST_NULL)"),
            _ => String::from("an invalid request: it was never created, or is already complete"),
        },
        Argument::Buffer => format!(
            "no buffer (a null address) for {}",
            plural(value.unsigned_abs(), "element")
        ),
        Argument::InPlace => String::from(
            "MPI_IN_PLACE where it has no meaning: only some collectives allow it, only for one \
             buffer, and \
             those with a root only there",
        ),
        Argument::Colour => {
            format!("the color {value}: a color is 0 or larger, or MPI_UNDEFINED")
        }
        Argument::Dimension => {
            format!("a grid of length {value} in a dimension: a length is 1 or larger")
        }
        Argument::Room => {
            let bytes = |count: i64| plural(count.unsigned_abs(), "byte");
            format!(
                "a message that needs {} of the attached buffer, MPI_BSEND_OVERHEAD included, and the buffer \
                 has {}",
                bytes(value),
                bytes(limit.unwrap_or(0))
            )
        }
        Argument::Partition => format!(
            "the partition {value}, and {}",
            match limit {
                Some(1) => String::from("the only one is 0"),
                limit => format!("they are 0 to {}", limit.unwrap_or(0) - 1),
            }
        ),
        Argument::Ready => format!("the partition {value}, which it has marked as ready before"),
        Argument::NotStarted => String::from("a request that is not started (MPI_Start)"),
        Argument::Attached => String::from("a buffer that is there no more"),
        Argument::Grid => format!(
            "a grid of {}, and the communicator has {}",
            plural(value.unsigned_abs(), "place"),
            plural(limit.unwrap_or(0).unsigned_abs(), "rank")
        ),
    }
}

/// The rule behind a wrong argument, where it is not that of its kind.
fn reason(argument: Argument) -> Option<Reason> {
    match argument {
        Argument::Communicator
        | Argument::Datatype
        | Argument::Window
        | Argument::File
        | Argument::Group
        | Argument::Operation
        | Argument::Request => Some(Reason::Handle),
        Argument::Partition | Argument::Ready | Argument::NotStarted => Some(Reason::Partition),
        Argument::Room | Argument::Attached => Some(Reason::AttachedBuffer),
        _ => None,
    }
}

/// A handle that is none.
fn handle(sort: &str, null: &str, value: i64) -> String {
    let a = if sort.starts_with('o') { "an" } else { "a" };
    match value {
        0 => format!("no {sort} ({null})"),
        1 => format!("{a} {sort} that it has freed"),
        3 => format!("{a} {sort} without a grid (MPI_Cart_create)"),
        _ => format!("an invalid {sort}: it was never created"),
    }
}
