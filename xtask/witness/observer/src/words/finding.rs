//! What is said of a finding.

use super::{Told, not_by_all, operation_name, ranks, root_of, windows};
use crate::names::Names;
use reasoning::{
    Call, Finding, Rule,
    finding::{Difference, Match, Operation, Peer},
};
use recording::event::{Basic, Gone, Object, Rank};
use verdict::{Reason, plural};

/// A finding.
pub(crate) fn finding(finding: &Finding, names: Names<'_>) -> Told {
    let calls = &finding.calls;
    let first = calls.first();
    let me = first.map_or(0, |call| call.rank);
    let function = first.map_or("MPI", |call| call.function);
    let other = calls.get(1);
    // Of what each of several ranks did alone.
    let all: Vec<Rank> = calls.iter().map(|call| call.rank).collect();
    let who = ranks(&all);
    let several = who.starts_with("ranks");
    let each = if several { " each" } else { "" };
    // Behind what differs from rank to rank.
    let on_me = if several {
        format!(" (on rank {me})")
    } else {
        String::new()
    };
    // `lets` or `let`.
    let verb = |one: &'static str, many: &'static str| if several { many } else { one };
    // Of a message: its communicator, and the ranks in their numbers there.
    let comm = first.and_then(|call| call.comm);
    let on = names.on_other(comm);
    let this = names.rank(comm, me);
    let that = |rank: Rank| names.other_rank(comm, me, rank);
    let to = |call: Option<&Call>| match call.and_then(|call| call.peer) {
        Some(Peer::Rank(rank)) => that(rank),
        Some(Peer::Any) => String::from("any rank"),
        _ => String::from("nobody"),
    };
    let with_tag = match first.and_then(|call| call.tag) {
        Some(Match::Is(tag)) if tag != 0 => format!(" with tag {tag}"),
        _ => String::new(),
    };
    let mut notes = Vec::new();
    let mut message = match &finding.rule {
        Rule::NeverReceived { bytes } => {
            let length = bytes.map_or(String::new(), |bytes| {
                format!(" of {}", plural(bytes, "byte"))
            });
            let many = finding.times;
            if many > 1 {
                format!(
                    "{many} messages from {this} to {}{with_tag} were sent{on}, and nobody received \
                     them",
                    to(first)
                )
            } else {
                format!(
                    "a message{length} from {this} to {}{with_tag} was sent{on}, and nobody received \
                     it",
                    to(first)
                )
            }
        }
        Rule::ProbedNeverReceived => format!(
            "{this} took a message out of the queue with {function}{on}, and never received it"
        ),
        Rule::ReceiveNeverMatched if !each.is_empty() => {
            format!("{who} began a receive{each} with {function}, and no message arrived for it")
        }
        Rule::ReceiveNeverMatched => format!(
            "{this} began a receive from {}{with_tag} with {function}{on}, and no message arrived for \
             it",
            to(first)
        ),
        Rule::RequestNeverCompleted { of, matched } => {
            if *matched {
                notes.push(String::from(
                    "The other rank has made its call: only the wait is missing.",
                ));
            }
            format!(
                "{who} never completed the request of {} {}: no wait or test has completed it",
                if each.is_empty() { "its" } else { "their" },
                operation(*of, function)
            )
        }
        Rule::FreedUnderWay { of } => {
            let begun = other.map_or("MPI_Irecv", |call| call.function);
            let why = match of {
                Operation::Collective => {
                    "the request of a collective must be waited for, not freed"
                }
                _ => "after that, nothing can tell when its message has arrived",
            };
            format!(
                "{who} freed the request of {} {} while it was under way: {why}",
                if each.is_empty() { "its" } else { "their" },
                operation(*of, begun)
            )
        }
        Rule::PersistentNeverFreed => {
            format!("{who} never freed the persistent request that {function} made")
        }
        Rule::NeverFreed { object, count, .. } => match count {
            1 => format!(
                "{who} never freed the {} that {function} made",
                name(*object)
            ),
            many => format!(
                "{who} never freed {many} {}s{each} that {function} made",
                name(*object)
            ),
        },
        Rule::Truncated { sent, room, .. } => format!(
            "{this} has room for {} in {function}{on}, and the message{} has {}",
            plural(*room, "byte"),
            other.map_or(String::new(), |send| format!(" from {}", that(send.rank))),
            plural(*sent, "byte")
        ),
        Rule::TypesDiffer {
            element,
            sent,
            received,
        } => format!(
            "{this} receives {}{on} where {} sent {} (element {element})",
            basic(*received),
            other.map_or(String::from("the other rank"), |send| that(send.rank)),
            basic(*sent)
        ),
        Rule::CollectivesDiffer { comm, index, by } => {
            let comm = Some(*comm);
            let on = names.on_other(comm);
            let nth = index + 1;
            let there = other.map_or(String::from("another rank"), |call| {
                names.other_rank(comm, me, call.rank)
            });
            let me = names.rank(comm, me);
            let theirs = other.map_or("another", |call| call.function);
            let root = |call: Option<&Call>| match call.and_then(|call| call.peer) {
                Some(Peer::Rank(rank)) => names.rank(comm, rank),
                _ => String::from("none"),
            };
            match by {
                Difference::Function => format!(
                    "{me} calls {function} where {there} calls {theirs}: it is collective number \
                     {nth}{on} for both"
                ),
                Difference::Blocking => format!(
                    "{me} calls {function}{on} and {there} {theirs}: a blocking collective never \
                     meets an immediate one"
                ),
                Difference::Root => format!(
                    "{me} names {} as the {} of {function}{on}, and {there} names {}",
                    root(first),
                    root_of(function),
                    root(other)
                ),
                Difference::Operation {
                    one,
                    other: another,
                } => format!(
                    "{me} names {} in {function}{on}, and {there} {}: all ranks must name the same \
                     operation",
                    operation_name(one),
                    operation_name(another)
                ),
                Difference::Groups { gives, takes } => format!(
                    "{me} and its group reduce {} in {function}{on}, and {there} and its group {}: the \
                     number of elements must be the same for both groups",
                    plural(*gives, "byte"),
                    plural(*takes, "byte")
                ),
                Difference::Edges { to, from } => format!(
                    "{me} names {there} {} as one to which it sends in {function}{on}, and {there} names \
                     {me} {} as one from which it receives: both ends of an edge must name it",
                    often(*to),
                    often(*from)
                ),
                Difference::Count { gives, takes } if moves_same(function) => format!(
                    "{me} moves {} in {function}{on}, and {there} {}",
                    plural(*gives, "byte"),
                    plural(*takes, "byte")
                ),
                Difference::Types {
                    element,
                    gives,
                    takes,
                } if moves_same(function) => format!(
                    "{me} moves {} in {function}{on}, and {there} {} (element {element})",
                    basic(*gives),
                    basic(*takes)
                ),
                Difference::Count { gives, takes } => format!(
                    "{me} sends {} to {there} in {function}{on}, and {there} expects {}",
                    plural(*gives, "byte"),
                    plural(*takes, "byte")
                ),
                Difference::Types {
                    element,
                    gives,
                    takes,
                } => format!(
                    "{me} sends {} to {there} in {function}{on}, and {there} expects {} (element \
                     {element})",
                    basic(*gives),
                    basic(*takes)
                ),
            }
        }
        Rule::NotByAll { comm, missing } => {
            not_by_all(*comm, calls, missing, &names.on_other(Some(*comm)), names)
        }
        Rule::BlocksOverlap { comm, from, bytes } => format!(
            "{who} {} {function} write the blocks of {} and {} to overlapping memory: {} belong to \
             both{on_me}",
            verb("lets", "let"),
            names.rank(Some(*comm), from.0),
            names.rank(Some(*comm), from.1),
            plural(*bytes, "byte")
        ),
        Rule::TypeOverlaps { bytes } => format!(
            "{who} {} in {function} into a datatype whose parts overlap: {} of memory belong to two of \
             them{on_me}",
            verb("receives", "receive"),
            plural(*bytes, "byte")
        ),
        Rule::Misaligned { offset, part } => {
            notes.push(String::from(
                "That is right only for a packed struct: offsetof gives the offset of a member.",
            ));
            format!(
                "{who} {} {function} place {} at byte {offset}, which its size does not divide",
                verb("has", "have"),
                basic(*part)
            )
        }
        Rule::Race { .. } => {
            let met = other.map_or(String::from("one rank"), |call| that(call.rank));
            let rival = calls
                .get(2)
                .map_or(String::from("another"), |call| that(call.rank));
            notes.push(String::from(
                "Which of the two comes first may change from run to run.",
            ));
            format!(
                "{this} receives in {function}{on} whichever message comes first: this time it was the \
                 one from {met}, and it could have been the one from {rival}"
            )
        }
        Rule::SendBufferChanged => format!(
            "{who} changed data that {function} was still sending: until the wait it belongs to MPI"
        ),
        Rule::ReceiveBufferChanged => format!(
            "{who} changed memory that {function} was still filling: until the wait it belongs to MPI"
        ),
        Rule::CountsLost(None) => format!(
            "{who} changed counts or displacements of {function} before {}: until then they belong to MPI",
            other.map_or("the wait", |wait| wait.function)
        ),
        Rule::CountsLost(Some(gone)) => format!(
            "rank {me} gave {function} counts or displacements in {} before {}: until then they belong to MPI",
            memory(*gone),
            other.map_or("the wait", |wait| wait.function)
        ),
        Rule::OriginChanged => {
            notes.push(String::from(windows::UNTIL));
            format!(
                "{who} changed the buffer of {function} before {}: until then it belongs to MPI",
                other.map_or("the epoch ended", |end| end.function)
            )
        }
        Rule::BufferGone(gone) | Rule::OriginGone(gone) => format!(
            "rank {me} gave {function} {} before {}: until then it belongs to MPI",
            memory(*gone),
            other.map_or("the wait", |wait| wait.function)
        ),
        Rule::BuffersOverlap { bytes, .. } if is_aliased(calls) => format!(
            "{who} {} {function} fill {} of memory that it also sends{on_me}",
            verb("has", "have"),
            plural(*bytes, "byte")
        ),
        Rule::BuffersOverlap { bytes, .. } => format!(
            "{who} gave {} of memory to {function} while {} was still {} it{on_me}",
            plural(*bytes, "byte"),
            other.map_or("a receive", |call| call.function),
            other.map_or("filling", |call| does(call.function))
        ),
        Rule::Epoch { window, fault } => {
            let (message, note) = windows::epoch(*fault, *window, calls, names);
            notes.extend(note);
            message
        }
        Rule::WindowRace {
            window,
            target,
            bytes,
            clash,
            ranks,
        } => {
            notes.push(String::from(
                "What ends up there, or what is read, may change from run to run.",
            ));
            windows::race((*window, *target, *bytes), *clash, ranks, calls, names)
        }
        Rule::BeyondWindow {
            window,
            target,
            from,
            bytes,
            size,
            unit,
            displacement,
        } => {
            let target = names.rank(Some(*window), *target);
            notes.push(format!(
                "Displacement {displacement} counts in units of {}, the unit that {target} chose for its \
                 memory when it made the window.",
                plural(*unit, "byte")
            ));
            windows::beyond(*window, &target, (*from, *bytes, *size), calls, names)
        }
        Rule::NotAttached {
            window,
            target,
            bytes,
        } => {
            let target = names.rank(Some(*window), *target);
            let rest = match other {
                Some(detach) => {
                    format!("{target} has detached them before with {}", detach.function)
                }
                None => format!("{target} has not attached them to it (MPI_Win_attach)"),
            };
            format!(
                "{} touches {} of the memory of {target} by {function}{}, and {rest}",
                names.rank(Some(*window), me),
                plural(*bytes, "byte"),
                names.on(Some(*window))
            )
        }
        Rule::OriginRace { bytes } => {
            notes.push(String::from(windows::UNTIL));
            windows::origin(*bytes, calls)
        }
        Rule::ThreadsMeet { comm } => {
            let thread = |call: Option<&Call>| call.map_or(0, |call| call.thread);
            notes.push(String::from(
                "Which of the two calls matches which call of another rank is a matter of luck: give \
                 each thread a communicator of its own, or let one wait for the other.",
            ));
            let both = match other {
                Some(other) if other.function != function => {
                    format!(
                        ", and its thread {} in {}",
                        thread(Some(other)),
                        other.function
                    )
                }
                other => format!(", and its thread {} too", thread(other)),
            };
            format!(
                "rank {me} is in {function}{} in its thread {}{both}, at the same time",
                names.on(Some(*comm)),
                thread(first)
            )
        }
        Rule::NotFinalized => format!("{who} ended without MPI_Finalize"),
        Rule::BeforeInit => format!("rank {me} called {function} before MPI_Init"),
        Rule::AfterFinalize => format!("rank {me} called {function} after MPI_Finalize"),
    };
    if mixes_bytes(&finding.rule) {
        notes.push(String::from(match calls.iter().any(|call| names.is_script(call)) {
            true => {
                "In mpi4py the methods in lower case, such as send, pickle data into bytes, and those \
                 in upper case, such as Recv, move buffers as they are: both sides must use the same \
                 kind."
            }
            false => {
                "MPI_BYTE matches only MPI_BYTE: this MPI accepts other types, but the standard does \
                 not promise it."
            }
        }));
    }
    if finding.times > 1 && !matches!(finding.rule, Rule::NeverReceived { .. }) {
        message += &format!(" ({} times)", finding.times);
    }
    Told {
        kind: finding.kind,
        about: None,
        reason: match finding.rule {
            Rule::NotByAll { .. } => Some(Reason::NotOnAllRanks),
            Rule::BlocksOverlap { .. } | Rule::TypeOverlaps { .. } => Some(Reason::Overlap),
            Rule::BuffersOverlap { .. } if is_aliased(calls) => Some(Reason::Aliased),
            Rule::BeyondWindow { .. } | Rule::NotAttached { .. } => Some(Reason::BeyondWindow),
            _ => None,
        },
        message,
        notes,
        calls: calls.clone(),
        beside: Vec::new(),
    }
}

/// Whether overlapping buffers are those of one call: then each rank has only that one among the calls.
fn is_aliased(calls: &[Call]) -> bool {
    match calls {
        [one, other, ..] => one.rank != other.rank,
        _ => true,
    }
}

/// Whether all ranks name what is moved in a reduction, and no rank's part is another's.
fn moves_same(function: &str) -> bool {
    ["educe", "scan"].iter().any(|part| function.contains(part))
}

/// Memory that is there no more.
fn memory(gone: Gone) -> &'static str {
    match gone {
        Gone::Returned => "an array of a function that has returned",
        Gone::Freed => "memory that was freed",
    }
}

/// How often something is.
fn often(times: usize) -> String {
    match times {
        0 => String::from("nowhere"),
        1 => String::from("once"),
        _ => format!("{times} times"),
    }
}

/// Whether one side names raw bytes and the other a type.
fn mixes_bytes(rule: &Rule) -> bool {
    let one_of = |one: Basic, other: Basic| one == Basic::Byte || other == Basic::Byte;
    match rule {
        Rule::Truncated { has_bytes, .. } => *has_bytes,
        Rule::TypesDiffer { sent, received, .. } => one_of(*sent, *received),
        Rule::CollectivesDiffer {
            by: Difference::Types { gives, takes, .. },
            ..
        } => one_of(*gives, *takes),
        _ => false,
    }
}

/// What a call does with its buffer, as far as its name tells.
fn does(function: &str) -> &'static str {
    let is = |part: &str| function.to_ascii_lowercase().contains(part);
    match (is("send"), is("recv")) {
        (true, false) => "sending",
        (false, true) => "filling",
        _ => "using",
    }
}

fn operation(of: Operation, function: &str) -> String {
    match of {
        Operation::Send => format!("send ({function})"),
        Operation::Receive => format!("receive ({function})"),
        _ => function.to_owned(),
    }
}

fn name(object: Object) -> &'static str {
    match object {
        Object::Communicator => "communicator",
        Object::Datatype => "datatype",
        Object::Group => "group",
        Object::Operation => "operation",
        Object::Window => "window",
        Object::File => "file",
        Object::ErrorHandler => "error handler",
        Object::Info => "info object",
        Object::Keyval => "attribute key",
    }
}

fn basic(basic: Basic) -> String {
    let bits = |bytes: u8| u32::from(bytes) * 8;
    match basic {
        Basic::Signed(bytes) => format!("a signed integer of {} bits", bits(bytes)),
        Basic::Unsigned(bytes) => format!("an unsigned integer of {} bits", bits(bytes)),
        Basic::Float(bytes) => format!("a floating-point number of {} bits", bits(bytes)),
        Basic::Complex(bytes) => format!("a complex number of {} bits", bits(bytes)),
        Basic::Bool(_) => String::from("a truth value"),
        Basic::Character(_) => String::from("a character"),
        Basic::Byte => String::from("raw bytes"),
        Basic::Packed => String::from("packed bytes"),
        Basic::Other(_) => String::from("something else"),
    }
}
