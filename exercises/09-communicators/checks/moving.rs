//! The checks of the tasks whose answers move something on communicators of their own making.

use super::{ALL_REDUCE, Answers, bounds, given::Given};
use harness_mpi::{Among, Bounds, Check, Kind, Reason, Traffic, plural};
use mpi::{request, traits::*};

/// A line of the grid with this rank: its name, and its ranks.
type Line = (&'static str, Vec<usize>);

pub fn rows_and_columns(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        let widths = (1..=size)
            .rev()
            .filter(|columns| size.is_multiple_of(*columns));
        for columns in given.inputs(widths.collect()) {
            let numbers = check.summands(size);
            let (row, column) = (given.rank / columns, given.rank % columns);
            let rows = size / columns;
            let grid = format!("{} of {}", plural(rows, "row"), plural(columns, "rank"));
            given.input(check, &format!("{grid}, the numbers {numbers:?}"));
            let ((of_row, of_column), traffic, among) = check.observe_among(|_| {
                (answers.rows_and_columns)(&given.world, columns, numbers[given.rank])
            });
            let in_row: Vec<usize> = (row * columns..(row + 1) * columns).collect();
            let in_column: Vec<usize> = (column..size).step_by(columns).collect();
            let sum = |ranks: &[usize]| ranks.iter().map(|rank| numbers[*rank]).sum::<i64>();
            let expected = (sum(&in_row), sum(&in_column));
            let why = "the sum of its row, and the sum of its column";
            let right = check.returned((of_row, of_column), expected, why);
            let lines = [
                ("row", given.places(in_row)),
                ("column", given.places(in_column)),
            ];
            if !check.everywhere(right) || !along_lines(check, &traffic, &among, &lines) {
                return;
            }
        }
        given.free(check);
    }
}

/// Whether each rank has added up along its row and along its column, and told no other rank anything; the
/// same on all ranks, which must call it.
fn along_lines(check: &mut Check, traffic: &Traffic, among: &[Among], lines: &[Line]) -> bool {
    const WHY: &str = "this task asks for one all-reduce among the ranks of the row, and one among those of \
                       the column, each of one number";
    const TWO_NUMBERS: Bounds = Bounds {
        given: 16,
        got: 16,
        calls: 2,
    };
    let none = check.at_most("messages sent", traffic.sent_by(check.rank()).times, 0, WHY);
    let stays = none
        && {
            let stranger = among.iter().find_map(|call| {
                let beyond = |line: &Line| beyond(call, &line.1);
                // In one of them all are at home.
                lines.iter().map(beyond).collect::<Option<Vec<u32>>>()?;
                Some(call.function)
            });
            check.require_rule(stranger.is_none(), Kind::WrongOperation, Reason::OtherCall, || {
            format!(
                "called {} on a communicator of ranks that are neither all in its row nor all in its \
                 column: {WHY}",
                stranger.unwrap_or_default()
            )
        })
        };
    let by_sums = stays
        && lines.iter().all(|(name, line)| {
            let adds_up = |call: &Among| {
                ALL_REDUCE.contains(&call.function)
                    && beyond(call, line).is_none()
                    && call.members.len() == line.len()
            };
            let has = line.len() == 1 || among.iter().any(adds_up);
            check.require_rule(has, Kind::WrongOperation, Reason::OtherCall, || {
                format!(
                    "never called MPI_Allreduce on a communicator of all ranks of its {name}: {WHY}"
                )
            })
        });
    // A single rank moves nothing, whatever it calls: what it calls in their place is told by several.
    let little = by_sums && (check.size() == 1 || check.moves(traffic, TWO_NUMBERS, WHY));
    check.everywhere(little)
}

/// A member of the communicator of a call that is none of these ranks of the task.
fn beyond(call: &Among, ranks: &[usize]) -> Option<u32> {
    let mut members = call.members.iter().copied();
    members.find(|member| !ranks.contains(&(*member as usize)))
}

/// What the caller of the library has in progress meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OnTheWay {
    /// Nothing.
    Nothing,
    /// A message that has not been received yet.
    Message,
    /// A receive, from any rank with any tag.
    Receive,
}

pub fn duplicate(check: &mut Check, answers: &Answers) {
    use OnTheWay::*;
    for given in Given::both(check) {
        // At first nothing, so that what the library does on its caller's communicator is told before it meets
        // anything.
        for (length, meanwhile) in [
            (1, Nothing),
            (3, Nothing),
            (0, Nothing),
            (1, Message),
            (1, Receive),
            (100, Receive),
            (40, Message),
        ] {
            if !handed_on(check, answers, &given, length, meanwhile) {
                return;
            }
        }
        given.free(check);
    }
}

/// Whether the library passes the numbers on, and does not disturb its caller.
fn handed_on(
    check: &mut Check,
    answers: &Answers,
    given: &Given,
    length: usize,
    meanwhile: OnTheWay,
) -> bool {
    let size = check.size();
    let numbers: Vec<Vec<i64>> = (0..size).map(|_| check.integers(length)).collect();
    let markers: Vec<i64> = check.integers(size);
    let tag = check.pick(&[0, 0, 1, 99, 4711]);
    let what = plural(length, "number");
    let on_its_way = match meanwhile {
        OnTheWay::Nothing => String::new(),
        OnTheWay::Message => format!(
            "; meanwhile, the caller's message to the next rank, with tag {tag}, is in transit"
        ),
        OnTheWay::Receive => {
            String::from("; meanwhile, the caller has started a receive from any rank with any tag")
        }
    };
    given.input(check, &format!("{what} on each rank{on_its_way}"));
    let own = &numbers[given.rank];
    let before = (given.rank + size - 1) % size;
    let (next, previous) = (
        given
            .world
            .process_at_rank(((given.rank + 1) % size) as i32),
        given.world.process_at_rank(before as i32),
    );
    let mut received: i64 = 0;
    let marker = &markers[given.rank];
    let answer = |check: &Check| check.observe_among(|_| (answers.duplicate)(&given.world, own));
    let (theirs, traffic, among) = match meanwhile {
        OnTheWay::Nothing => answer(check),
        OnTheWay::Message => request::scope(|scope| {
            let sent = check.aside_call(|_| next.immediate_send_with_tag(scope, marker, tag));
            let found = answer(check);
            check.aside_call(|_| {
                previous.receive_into_with_tag(&mut received, tag);
                sent.wait();
            });
            found
        }),
        OnTheWay::Receive => request::scope(|scope| {
            let any = given.world.any_process();
            let started = check.aside_call(|_| any.immediate_receive_into(scope, &mut received));
            let found = answer(check);
            check.barrier();
            check.aside_call(|_| {
                next.send_with_tag(marker, tag);
                started.wait();
            });
            found
        }),
    };
    let right = check.returned(
        theirs,
        numbers[before].clone(),
        "the numbers of the previous rank",
    );
    let undisturbed = meanwhile == OnTheWay::Nothing
        || check.holds(
            "the message to the caller",
            received,
            markers[before],
            "this message is for the caller, not for the library",
        );
    let apart = keeps_apart(check, given, &among);
    if !check.everywhere(right && undisturbed && apart) {
        return false;
    }
    let why = "one message from each rank is enough: its numbers, to the next rank";
    let little = check.avoids(&traffic, &traffic.collectives(), why)
        && check.moves(&traffic, bounds(8 * length, 1), why);
    check.everywhere(little)
}

/// Requires that nothing was moved on the communicator of the caller.
fn keeps_apart(check: &Check, given: &Given, among: &[Among]) -> bool {
    let callers = Check::number_of(&given.world);
    let there = among.iter().find(|call| call.communicator == callers);
    let kind = Kind::WrongOperation;
    check.require_rule(there.is_none(), kind, Reason::OtherCommunicator, || {
        format!(
            "called {} on the caller's communicator: whatever its tag, a receive of the caller can take such a \
             message, and the library can take one of the caller's. On the library's own communicator, that \
             cannot happen",
            there.map_or("", |call| call.function)
        )
    })
}
