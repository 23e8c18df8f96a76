//! The checks of `dynamic` and `chunks`: whether a worker that is free gets the next rows.

use super::{Answers, Row, painting::Painter, part, tried};
use harness_mpi::{
    Aside, Bounds, Check, Kind, Patience, SimpleCommunicator, Traffic, plural,
    shift::{Shift, Tasks},
};
use std::panic::resume_unwind;

/// An answer for a width, a height, and rows in a chunk.
pub type Farm<'a> = &'a dyn Fn(&SimpleCommunicator, [usize; 3], Row<'_>) -> Option<Vec<u16>>;

/// More rows than 8 bits number; on many ranks only some, because each takes its time there.
fn many(check: &Check) -> usize {
    if check.size() <= 3 {
        300
    } else {
        3 * check.size()
    }
}

pub fn dynamic(check: &mut Check, answers: &Answers) {
    let aside = check.aside();
    let farm: Farm<'_> =
        &|world, [width, height, _], row| (answers.dynamic)(world, width, height, row);
    let workers = check.size().saturating_sub(1).max(1);
    let sizes = [
        (500, 1),
        (3, 0),
        (20, workers - 1),
        (5, workers),
        // Another picture of the same size.
        (5, workers),
        (500, 3 * workers + 2),
        (1, many(check)),
    ];
    for (width, height) in tried(check, sizes) {
        if !farmed(check, &aside, farm, [width, height, 1]) {
            return;
        }
    }
    if rearranged(check, &aside, farm, [4, 4 * workers + 1, 1]) {
        busy_workers(check, &aside, farm, 1);
    }
}

pub fn chunks(check: &mut Check, answers: &Answers) {
    let aside = check.aside();
    let farm: Farm<'_> =
        &|world, [width, height, chunk], row| (answers.chunks)(world, width, height, chunk, row);
    let workers = check.size().saturating_sub(1).max(1);
    let drawn = check.draw(4..9);
    // The first chunk is long; once, more than 15 bits number its rows.
    let two = match workers {
        1 => (1, 33_000, 32_900),
        _ => (4, 301, 300),
    };
    let sizes = [
        (300, 1, 1),
        (3, 0, 5),
        (20, 8, 8),
        // Two chunks, which are not of equal length: on each number of ranks, this or the next is tried.
        (20, 9, 8),
        two,
        // A number with many bits, of which the lowest are 0.
        (20, 9, 1 << 32),
        (2, 7, usize::MAX),
        (5, 6 * workers, 6),
        (300, drawn * (2 * workers + 1) + 1, drawn),
        (3, drawn * workers - 1, drawn),
        (1, many(check), 7),
        (30, 2 * workers + 1, 1),
    ];
    for (width, height, chunk) in tried(check, sizes) {
        if !farmed(check, &aside, farm, [width, height, chunk]) {
            return;
        }
    }
    if rearranged(check, &aside, farm, [4, 4 * drawn * workers + 1, drawn]) {
        busy_workers(check, &aside, farm, drawn);
    }
}

fn input(check: &Check, [width, height, chunk]: [usize; 3]) -> String {
    let workers = plural(check.size() as u64 - 1, "worker");
    let (rows, pixels) = (plural(height as u64, "row"), plural(width as u64, "pixel"));
    match chunk {
        1 => format!("{rows} of {pixels} for {workers}"),
        _ => format!("{rows} of {pixels} for {workers}, in chunks of {chunk}"),
    }
}

/// All workers are equally fast.
fn farmed(check: &mut Check, aside: &Aside, farm: Farm<'_>, sizes: [usize; 3]) -> bool {
    let input = input(check, sizes);
    part(check, &input, |check| {
        let painter = Painter::new(check, sizes[0], sizes[1]);
        let row = |number| painter.row(number);
        let (returned, traffic) = check.observe(|world| farm(world, sizes, &row));
        if judge(check, aside, &painter, sizes[2], returned, None) {
            cheap(check, aside, &painter, &traffic, sizes[2]);
        }
    })
}

/// The manager receives waiting rows in another order than that of sending, which MPI may choose as well. An
/// answer that takes the source of a probe for that of the next message from any source has the wrong one.
fn rearranged(check: &mut Check, aside: &Aside, farm: Farm<'_>, sizes: [usize; 3]) -> bool {
    let input = format!(
        "{}; messages from different ranks are received in a different order than they were sent, as MPI may do",
        input(check, sizes)
    );
    part(check, &input, |check| {
        check.standard(|check| {
            let painter = Painter::new(check, sizes[0], sizes[1]);
            let row = |number| painter.row(number);
            let answer = |world: &SimpleCommunicator| farm(world, sizes, &row);
            // A worker that has nothing to do waits for the manager.
            let (returned, _, _) = check.observe_rearranged(Patience::Limited, answer);
            judge(check, aside, &painter, sizes[2], returned, None);
        });
    })
}

/// Some workers are kept busy, one after the other.
fn busy_workers(check: &mut Check, aside: &Aside, farm: Farm<'_>, chunk: usize) {
    for busy in some_workers(check) {
        if !one_is_busy(check, aside, farm, chunk, busy) {
            return;
        }
    }
}

/// The first worker, the last, and a drawn one; on more than four ranks only the drawn one, and none if there
/// are no other workers.
pub fn some_workers(check: &mut Check) -> Vec<usize> {
    let workers = check.size() - 1;
    if workers < 2 {
        return Vec::new();
    }
    let drawn = check.draw(1..workers + 1);
    if check.size() > 4 {
        return vec![drawn];
    }
    let mut some = vec![1, workers, drawn];
    some.sort_unstable();
    some.dedup();
    some
}

/// One worker is kept in its first row until the others have done nearly all the rest.
fn one_is_busy(
    check: &mut Check,
    aside: &Aside,
    farm: Farm<'_>,
    chunk: usize,
    busy: usize,
) -> bool {
    one_is_late(check, aside, farm, chunk, busy, false)
}

/// The same; its row may then panic.
pub fn one_is_late(
    check: &mut Check,
    aside: &Aside,
    farm: Farm<'_>,
    chunk: usize,
    busy: usize,
    panics: bool,
) -> bool {
    let workers = check.size() - 1;
    let height = chunk * (4 * workers + check.draw(0..workers));
    let sizes = [3, height, chunk];
    let input = format!(
        "{}; the check keeps worker {busy} busy with its first row until the others have done nearly all the \
         rest{}: if the manager waits for it meanwhile, nothing can continue",
        input(check, sizes),
        if panics {
            ", and lets this row panic"
        } else {
            ""
        }
    );
    part(check, &input, |check| {
        let tasks = Tasks {
            noun: "row",
            many: height,
            held: 2 * chunk,
            advance: if chunk == 1 { "1" } else { "one chunk" },
        };
        let shift = Shift::new(check, aside, busy, tasks);
        let painter = Painter::new(check, sizes[0], height);
        let is_bad = panics && check.rank() == busy;
        let row = |number| {
            shift.work();
            let pixels = painter.row(number);
            match is_bad {
                true => resume_unwind(Box::new("this row is broken")),
                false => pixels,
            }
        };
        let (returned, _) = check.observe(|world| {
            let returned = farm(world, sizes, &row);
            shift.tell_of_the_return();
            returned
        });
        shift.hear_the_rest();
        shift.judge(check);
        if check.everywhere(check.is_clean()) {
            judge(
                check,
                aside,
                &painter,
                chunk,
                returned,
                panics.then_some(busy),
            );
        }
    })
}

/// Requires that every row was computed once, those of a chunk by one worker, and that rank 0 has what they
/// have returned, but for a worker that was lost in its first row. Returns whether it is so on all ranks.
fn judge(
    check: &mut Check,
    aside: &Aside,
    painter: &Painter,
    chunk: usize,
    returned: Option<Vec<u16>>,
    lost: Option<usize>,
) -> bool {
    let all = painter.all_asked(aside);
    let Some(owners) = painter.all_owners(check, &all) else {
        return check.everywhere(false);
    };
    if check.rank() == 0 {
        let torn = owners
            .chunks(chunk)
            .position(|owners| owners.iter().any(|owner| *owner != owners[0]));
        check.require(torn.is_none(), Kind::WrongOperation, || {
            let start = torn.unwrap_or_default() * chunk;
            let end = (start + chunk).min(owners.len()) - 1;
            format!(
                "handed out rows {start} to {end} to several workers, but they are one chunk: the first chunk \
                 begins at row 0"
            )
        });
    }
    let expected = (check.rank() == 0)
        .then(|| painter.by(|number| owners[number].filter(|owner| Some(*owner) != lost)));
    let why = "rank 0 has the picture, row after row, and the other ranks return `None`";
    check.returned(returned, expected, why);
    check.everywhere(check.is_clean())
}

/// Requires that rows travel once, and in few messages.
fn cheap(check: &mut Check, aside: &Aside, painter: &Painter, traffic: &Traffic, chunk: usize) {
    let (rank, size) = (check.rank(), check.size());
    let all = painter.all_asked(aside);
    let count = |rows: usize| rows.div_ceil(chunk) as u64;
    // An order may list the number of each row.
    let orders = |rows: usize| 64 * (count(rows) + size as u64) + 256 + 8 * rows as u64;
    let (chunks, bounds) = match rank {
        0 => {
            let chunks = count(painter.height);
            let given = orders(painter.height);
            (
                chunks,
                Bounds {
                    given,
                    ..Bounds::NONE
                },
            )
        }
        _ => {
            let chunks = count(all[rank].len());
            let bounds = Bounds {
                given: painter.bytes(all[rank].len()) + 64 * size as u64,
                got: orders(all[rank].len()),
                ..Bounds::NONE
            };
            (chunks, bounds)
        }
    };
    let why = "the manager sends which rows to compute, and each row travels once, from its worker to rank 0";
    if !check.moves(traffic, bounds, why) || size == 1 {
        return;
    }
    let extra = match rank {
        0 => 2 * (size as u64 - 1),
        _ => 2,
    };
    let (sent, unit) = (
        traffic.sent_by(rank).times,
        if chunk == 1 { "row" } else { "chunk" },
    );
    check.require(sent >= chunks, Kind::WrongOperation, || {
        format!(
            "sent {} for {}: each {unit} is handed out in a message of its own, and comes back in one",
            plural(sent, "message"),
            plural(chunks, unit)
        )
    });
    let why = format!("send one or two for each {unit}, and at most two more for each worker");
    check.at_most("messages sent", sent, 2 * chunks + extra, &why);
}
