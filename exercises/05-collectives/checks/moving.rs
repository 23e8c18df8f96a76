//! The checks of the tasks in which data is moved between ranks unchanged.

use super::{
    Answers, IN_A_ROW, LONG, NOT_MIXED, NOTHING, Way, bounds, floats, found, in_a_row, integers,
    twice,
};
use crate::subject::Settings;
use harness_mpi::{
    Bounds, Check, Kind, Patience, SimpleCommunicator, Traffic,
    exact::{Exact, exact},
    part, plural,
};

const BROADCAST: &[&str] = &["MPI_Bcast", "MPI_Ibcast"];

pub fn broadcast_array(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let last = size - 1;
    for (length, root) in [
        (5, 0),
        (5, 0),
        (7, last),
        (1, size / 2),
        (0, 0),
        (if size == 2 { 70_000 } else { 20_000 }, last),
    ] {
        let (mut all, mut numbers) = (floats(check, length), floats(check, length));
        // These two are equal, and not the same.
        if let (Some(sent), Some(kept)) = (all.get_mut(length / 2), numbers.get_mut(length / 2)) {
            (*sent, *kept) = (-0.0, 0.0);
        }
        if rank == root {
            numbers.clone_from(&all);
        }
        check.input(format!("{} on rank {root}", plural(length, "number")));
        let ((), traffic) =
            check.observe(|world| (answers.broadcast_array)(world, root as i32, &mut numbers));
        let why = "every rank gets the root's numbers";
        let right = check.holds("numbers", exact(&numbers), exact(&all), why);
        let bytes = 8 * length;
        let given = if rank == root { bytes } else { 0 };
        let why = "this task asks for one broadcast of the whole array";
        let way = Way::one_call(BROADCAST, given, bytes, why);
        if !found(check, right, &traffic, &way, length > 0) {
            return;
        }
    }
}

/// The fields of settings. They are compared one by one: what the type itself calls equal is up to the
/// crate under test.
#[derive(Debug, PartialEq)]
struct Fields<'a> {
    title: &'a str,
    steps: u32,
    widths: Vec<Exact>,
}

impl<'a> Fields<'a> {
    fn of(settings: &'a Settings) -> Self {
        Self {
            title: &settings.title,
            steps: settings.steps,
            widths: exact(&settings.widths),
        }
    }
}

pub fn broadcast_object(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let last = size - 1;
    // Each is more than 65,536 at least once: the letters, and the widths.
    for (names, widths, root, steps) in [
        (9, 20, 0, u32::MAX),
        (9, 20, 0, 0),
        (3, 1, last, 1 << 31),
        (0, 0, 0, 1_000),
        (1, 70_000, size / 2, 70_000),
        (8_000, 3, last, 3),
        // As long as the settings before, whatever the encoding.
        (0, 5, 0, 100),
        (0, 5, 0, 100),
    ] {
        let settings = Settings {
            title: title(check, names),
            steps: steps - check.draw(0..steps.clamp(1, 1000)),
            widths: floats(check, widths),
        };
        let given = (rank == root).then_some(&settings);
        let own = settings.title.len() + 8 * widths;
        check.input(format!(
            "rank {root} has a title of {}, {} and {}",
            plural(settings.title.len(), "byte"),
            plural(settings.steps as usize, "step"),
            plural(widths, "width")
        ));
        let (all, traffic) =
            check.observe(|world| (answers.broadcast_object)(world, root as i32, given));
        let why = "every rank gets the root's settings";
        let right = check.returned(Fields::of(&all), Fields::of(&settings), why);
        // Leaves room for any encoding of numbers and lengths, and for a first part of fixed length.
        let enough = 4 * own + 65_536;
        let way = Way {
            functions: BROADCAST,
            bounds: bounds(if rank == root { enough } else { 0 }, enough, 2),
            beside: NOTHING,
            why: "this task asks for two broadcasts: first the number of bytes, then the bytes",
        };
        if !found(check, right, &traffic, &way, true) {
            return;
        }
    }
}

/// This many names, one after another, and a number that makes titles differ.
fn title(check: &mut Check, names: usize) -> String {
    if names == 0 {
        return String::new();
    }
    let some = check.names(names.min(9)).concat();
    // Each of these names has nine bytes.
    let rest = "größer ".repeat(names);
    // Line breaks and zeros end no title.
    format!("{some}\n{rest}\0\n{:04}\n", check.draw(0..10_000))
}

pub fn scatter(check: &mut Check, answers: &Answers) {
    const SCATTER: &[&str] = &[
        "MPI_Scatter",
        "MPI_Scatterv",
        "MPI_Iscatter",
        "MPI_Iscatterv",
    ];
    let (rank, size) = (check.rank(), check.size());
    for block in [5, 5, 1, 64, 0, LONG] {
        let all = integers(check, block * size);
        check.input(format!(
            "{}, {block} for each of {}",
            plural(all.len(), "number"),
            plural(size, "rank")
        ));
        let (mine, traffic) =
            check.observe(|world| (answers.scatter)(world, (rank == 0).then_some(&all), block));
        let own = &all[rank * block..][..block];
        let right = check.returned(mine.as_slice(), own, "rank r gets block r, counted from 0");
        let given = if rank == 0 { 4 * block * size } else { 0 };
        let why = "this task asks for one scatter: each rank gets its own block and no more";
        let way = Way::one_call(SCATTER, given, 4 * block, why);
        if !found(check, right, &traffic, &way, block > 0) {
            return;
        }
    }
}

pub fn gather(check: &mut Check, answers: &Answers) {
    const GATHER: &[&str] = &["MPI_Gather", "MPI_Gatherv", "MPI_Igather", "MPI_Igatherv"];
    let (rank, size) = (check.rank(), check.size());
    for length in [5, 1, 64, 0, LONG] {
        let draw = |check: &mut Check| (0..size).map(|_| integers(check, length)).collect();
        for parts in twice(check, 0, draw) {
            let each = plural(length, "number");
            check.input(format!("{each} on each of {}", plural(size, "rank")));
            let mine: &Vec<i32> = &parts[rank];
            let (all, traffic) = check.observe(|world| (answers.gather)(world, mine));
            let expected = (rank == 0).then(|| parts.concat());
            let right = check.returned(
                all,
                expected,
                "rank 0 gets all blocks, in the order of the ranks",
            );
            let got = if rank == 0 { 4 * length * size } else { 0 };
            let why =
                "this task asks for one gather: every block goes to rank 0, and to no other rank";
            let way = Way::one_call(GATHER, 4 * length, got, why);
            if !found(check, right, &traffic, &way, length > 0) {
                return;
            }
        }
    }
}

pub fn all_gather(check: &mut Check, answers: &Answers) {
    const ALL_GATHER: &[&str] = &[
        "MPI_Allgather",
        "MPI_Allgatherv",
        "MPI_Iallgather",
        "MPI_Iallgatherv",
    ];
    let (rank, size) = (check.rank(), check.size());
    for width in [10, 1, 3, 0, LONG] {
        // As large as possible without overflow in the last column.
        let largest = i32::MAX / (width as i32).max(1);
        let draw = |check: &mut Check| {
            let mut factors = integers(check, size);
            factors.iter_mut().for_each(|factor| *factor %= largest);
            factors
        };
        for factors in twice(check, size - 1, draw) {
            let row = |factor: i32| (1..).take(width).map(move |column| factor * column);
            let table: Vec<i32> = factors.iter().flat_map(|factor| row(*factor)).collect();
            check.input(format!("factors {factors:?}, width {width}"));
            let own = factors[rank];
            let (all, traffic) = check.observe(|world| (answers.all_gather)(world, own, width));
            // What is given in place is not counted: a rank gets the rows of the others in either way.
            let got = traffic.moves(rank).got;
            let others = 4 * width * (size - 1);
            let right = check.returned(all, table, "row r is rank r's factor times 1, 2, 3, …")
                && check.require(got >= others as u64, Kind::WrongOperation, || {
                    format!(
                        "got {} from MPI, but the rows of the others have {}: each rank computes its own \
                         row, and the all-gather brings the rows of the others",
                        plural(got, "byte"),
                        plural(others, "byte")
                    )
                });
            let why = "this task asks for one all-gather, in which no data passes through a root";
            let way = Way::one_call(ALL_GATHER, 4 * width, 4 * width * size, why);
            if !found(check, right, &traffic, &way, width > 0) {
                return;
            }
        }
    }
}

pub fn uneven(check: &mut Check, answers: &Answers) {
    // If one of the two functions is not written yet, the other is still checked.
    if part(|| uneven_out(check, answers)) != Some(false) {
        part(|| uneven_back(check, answers));
    }
}

/// Enough for these bytes, and for exchanging lengths in any way: a count and a displacement for each rank, by a
/// few collectives or by a message to each rank.
fn with_lengths(given: usize, got: usize, size: usize) -> Bounds {
    let lengths = 16 * size;
    bounds(given + lengths, got + lengths, size + 3)
}

/// Returns whether it was right everywhere.
fn uneven_out(check: &mut Check, answers: &Answers) -> bool {
    const SCATTERV: &[&str] = &["MPI_Scatterv", "MPI_Iscatterv"];
    let (rank, size) = (check.rank(), check.size());
    // In the last input, more than 65,536 even for each rank of a few.
    let long = if size < 4 { 70_001 * size - 1 } else { 70_001 };
    let some = 2 * size + 1;
    let lengths = [vec![some], check.lengths(size), vec![some, long]];
    for length in lengths.concat() {
        let all = floats(check, length);
        let all_numbers = plural(length, "number");
        check.input(format!(
            "scatterv: {all_numbers} for {}",
            plural(size, "rank")
        ));
        let (mine, traffic) =
            check.observe(|world| (answers.scatterv)(world, (rank == 0).then_some(&all)));
        let (block, longer) = (length / size, length % size);
        let start = rank * block + rank.min(longer);
        let own = &all[start..][..block + usize::from(rank < longer)];
        let why = "the parts are in the order of the ranks; if they cannot all be equal, the first ranks \
                   have one number more";
        let right = check.returned(mine.as_slice(), own, why);
        let given = if rank == 0 { 8 * length } else { 0 };
        let way = Way {
            functions: SCATTERV,
            bounds: with_lengths(given, 8 * own.len(), size),
            beside: with_lengths(0, 0, size),
            why: "this task asks for one scatterv, besides which only lengths may travel: each rank gets \
                  its own part and no more",
        };
        let got = if rank == 0 { 0 } else { 8 * own.len() as u64 };
        // Lengths travel by other calls.
        let taken = SCATTERV.iter().map(|call| traffic.got(rank, call)).sum();
        let no_more = |check: &mut Check| {
            let most = 8 * own.len() as u64;
            let why = "no rank gets the numbers of other ranks";
            let right = check.at_most("bytes received by the scatterv", taken, most, why);
            check.everywhere(right)
        };
        if !found(check, right, &traffic, &way, length > 0)
            || !in_one_call(check, &traffic, SCATTERV, 0, got)
            || !no_more(check)
            || !no_barrier(check, &traffic)
        {
            return false;
        }
    }
    true
}

fn uneven_back(check: &mut Check, answers: &Answers) {
    const GATHERV: &[&str] = &["MPI_Gatherv", "MPI_Igatherv"];
    let (rank, size) = (check.rank(), check.size());
    let rising: Vec<usize> = (0..size).map(|rank| 2 * rank + 1).collect();
    let drawn = check.draw_vec(size, 0..9);
    let one: Vec<usize> = (1..=size).map(|rank| rank / size).collect();
    let mut long = check.draw_vec(size, 0..9);
    long[check.draw(0..size)] = 70_000;
    for lengths in [rising, drawn, one, vec![0; size], long] {
        let draw = |check: &mut Check| {
            lengths
                .iter()
                .map(|length| floats(check, *length))
                .collect()
        };
        for parts in twice(check, 0, draw) {
            check.input(format!("gatherv: parts of lengths {lengths:?}"));
            let mine: &Vec<f64> = &parts[rank];
            // Lengths that come from any rank come in another order than that of the ranks.
            let answer = |world: &SimpleCommunicator| (answers.gatherv)(world, mine);
            let (all, traffic, _) = check.observe_rearranged(Patience::Limited, answer);
            let expected = (rank == 0).then(|| parts.concat());
            let why = "rank 0 gets all parts in the order of the ranks, each with its own length";
            let [all, expected] = [&all, &expected].map(|numbers| numbers.as_deref().map(exact));
            let right = check.returned(all, expected, why);
            let total: usize = lengths.iter().sum();
            let got = if rank == 0 { 8 * total } else { 0 };
            let way = Way {
                functions: GATHERV,
                bounds: with_lengths(8 * mine.len(), got, size),
                beside: with_lengths(0, 0, size),
                why: "this task asks for one gatherv, besides which only lengths may travel: every part \
                      goes to rank 0, and to no other rank",
            };
            let given = if rank == 0 { 0 } else { 8 * mine.len() as u64 };
            if !found(check, right, &traffic, &way, total > 0)
                || !in_one_call(check, &traffic, GATHERV, given, 0)
                || !no_barrier(check, &traffic)
            {
                return;
            }
        }
    }
    if size == 3 {
        check.input(format!("gatherv: {IN_A_ROW}"));
        // No rank has as many numbers as another, or as in the other call.
        let parts =
            [[2, 5, 3], [4, 7, 6]].map(|lengths| lengths.map(|length| floats(check, length)));
        let call =
            |world: &SimpleCommunicator, at: usize| (answers.gatherv)(world, &parts[at][rank]);
        let all = in_a_row(check, (0, 1), call);
        let expected = parts.map(|parts| (rank == 0).then(|| parts.concat()));
        let [all, expected] = [&all, &expected].map(|calls| {
            calls
                .each_ref()
                .map(|numbers| numbers.as_deref().map(exact))
        });
        check.returned(all, expected, NOT_MIXED);
    }
}

/// Requires that all numbers went by one call of these functions: at least so many bytes on this rank. Its own part
/// may stay where it is. Returns the same on all ranks.
fn in_one_call(
    check: &mut Check,
    traffic: &Traffic,
    functions: &[&str],
    given: u64,
    got: u64,
) -> bool {
    let (rank, name) = (check.rank(), functions[0]);
    let sum = |part: fn(&Traffic, usize, &str) -> u64| {
        let parts = functions
            .iter()
            .map(|function| part(traffic, rank, function));
        parts.sum::<u64>()
    };
    let why = "all numbers travel by the same call";
    let once = check.size() == 1
        || check.at_most(&format!("calls of {name}"), sum(Traffic::calls), 1, why)
            && check.require(
                sum(Traffic::given) >= given && sum(Traffic::got) >= got,
                Kind::WrongOperation,
                || format!("did not move all of its numbers by {name}: {why}"),
            );
    check.everywhere(once)
}

/// Requires that no rank called a barrier. Returns the same on all ranks.
fn no_barrier(check: &mut Check, traffic: &Traffic) -> bool {
    let why = "the calls that move the data already wait for what they need";
    let none = check.avoids(traffic, &["MPI_Barrier", "MPI_Ibarrier"], why);
    check.everywhere(none)
}

pub fn all_to_all(check: &mut Check, answers: &Answers) {
    const ALL_TO_ALL: &[&str] = &[
        "MPI_Alltoall",
        "MPI_Alltoallv",
        "MPI_Alltoallw",
        "MPI_Ialltoall",
        "MPI_Ialltoallv",
        "MPI_Ialltoallw",
    ];
    let (rank, size) = (check.rank(), check.size());
    for height in [2, 1, 3, 50] {
        let width = height * size;
        let draw = |check: &mut Check| {
            let rows = |_| integers(check, height * width);
            let mut matrix: Vec<_> = (0..size).map(rows).collect();
            if height == 1 {
                // The numbers of a rank do not tell whether it has anything to exchange.
                matrix[0].fill(7);
            }
            matrix
        };
        for matrix in twice(check, size - 1, draw) {
            let rows: &Vec<i32> = &matrix[rank];
            check.input(format!(
                "a matrix of {width} by {width}, {} on each of {}",
                plural(height, "row"),
                plural(size, "rank")
            ));
            let (turned, traffic) =
                check.observe(|world| (answers.all_to_all)(world, rows, height));
            let matrix = matrix.concat();
            let expected: Vec<i32> = (rank * height..(rank + 1) * height)
                .flat_map(|column| matrix.iter().skip(column).step_by(width).copied())
                .collect();
            let why = "the rows of the transposed matrix are the columns of the whole matrix";
            let right = check.returned(turned, expected, why);
            let bytes = 4 * rows.len();
            let why = "this task asks for one all-to-all: every rank has a block for every rank";
            let way = Way::one_call(ALL_TO_ALL, bytes, bytes, why);
            if !found(check, right, &traffic, &way, true) {
                return;
            }
        }
    }
}
