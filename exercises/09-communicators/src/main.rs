//! Shows which ranks are in which communicator: a grid with its rows and columns, and nodes with their leaders.
//! `cargo xtask run 09 -n 6 -- 2 3 2`: a grid of 2 rows and 3 columns, its ranks on 2 nodes.

mod lesson;

use communicators::*;
use demo::agree;
use mpi::{
    collective::SystemOperation,
    topology::{Color, Rank, SimpleCommunicator},
    traits::*,
};
use std::{env, fmt::Write, process::ExitCode};

/// Only the beginning of a larger grid or of a longer list of ranks is shown, so that it fits into a line.
const SHOWN: usize = 8;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    lesson::examples(&world);
    let arguments: Vec<String> = env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    match Plan::agree(&world, &arguments) {
        Ok(plan) => {
            show(&world, plan);
            ExitCode::SUCCESS
        }
        // MPI is finalized on the way out, on every rank.
        Err(status) => status,
    }
}

/// What is shown.
#[derive(Clone, Copy)]
struct Plan {
    rows: Rank,
    columns: Rank,
    /// The number of simulated nodes, to which the ranks are assigned in turn.
    nodes: Rank,
}

impl Plan {
    /// Lets rank 0 read the arguments, and broadcasts them to all ranks.
    fn agree(world: &SimpleCommunicator, arguments: &[String]) -> Result<Self, ExitCode> {
        let [rows, columns, nodes] = agree(world, || {
            let plan = Self::read(arguments, world.size())?;
            Ok([plan.rows, plan.columns, plan.nodes].map(|number| number as u64))
        })?
        .map(|number| number as Rank);
        Ok(Self {
            rows,
            columns,
            nodes,
        })
    }

    fn read(arguments: &[String], ranks: Rank) -> Result<Self, String> {
        if arguments.len() > 3 {
            return Err("Give at most three numbers: rows, columns and nodes.".into());
        }
        let numbers = arguments
            .iter()
            .map(|argument| match argument.parse::<Rank>() {
                Ok(number @ 1..) => Ok(number),
                _ => Err(format!(
                    "`{argument}` is not a number of rows, columns or nodes: give a whole number, 1 or more."
                )),
            })
            .collect::<Result<Vec<Rank>, String>>()?;
        // As square as possible.
        let widest = (1..=ranks).filter(|rows| ranks % rows == 0 && rows * rows <= ranks);
        let rows = numbers.first().copied().or(widest.max()).unwrap_or(1);
        let columns = numbers.get(1).copied().unwrap_or((ranks / rows).max(1));
        if i64::from(rows) * i64::from(columns) != i64::from(ranks) {
            return Err(format!(
                "A grid of {rows} × {columns} does not fit {ranks} ranks: rows times columns must be the \
                 number of ranks, which `-n` sets."
            ));
        }
        let nodes = numbers.get(2).copied().unwrap_or(2.min(ranks));
        if nodes > ranks {
            return Err(format!(
                "{ranks} ranks cannot be on {nodes} nodes: each node has at least one rank."
            ));
        }
        Ok(Self {
            rows,
            columns,
            nodes,
        })
    }
}

fn show(world: &SimpleCommunicator, plan: Plan) {
    let mut text = grid(world, plan);
    text += &beside(world, plan);
    text += &nodes(world, plan);
    text += &levels(world, plan);
    if world.rank() == 0 {
        print!("{text}");
    }
}

/// One number from each rank, on rank 0.
fn gathered(world: &SimpleCommunicator, number: i64) -> Vec<i64> {
    let mut all = vec![0; world.size() as usize];
    world.all_gather_into(&number, &mut all[..]);
    all
}

fn grid(world: &SimpleCommunicator, plan: Plan) -> String {
    let (rows, columns) = (plan.rows as usize, plan.columns as usize);
    let (of_row, of_column) = rows_and_columns(world, columns, world.rank().into());
    let (of_rows, of_columns) = (gathered(world, of_row), gathered(world, of_column));
    let shown = columns.min(SHOWN);
    let more = if shown < columns { "  …" } else { "" };
    let mut text = format!(
        "\nA grid of {rows} × {columns}: each rank is in a row and in a column\n\n        "
    );
    for column in 0..shown {
        let _ = write!(text, "{:>6}", format!("col {column}"));
    }
    let _ = writeln!(text, "{more}   row sum");
    for row in 0..rows.min(SHOWN) {
        let _ = write!(text, "  row {row:<2}");
        for column in 0..shown {
            let _ = write!(text, "{:6}", row * columns + column);
        }
        let _ = writeln!(text, "{more}{:12}", of_rows[row * columns]);
    }
    if rows > SHOWN {
        text += "  …\n";
    }
    text += "  sum   ";
    for sum in &of_columns[..shown] {
        let _ = write!(text, "{sum:6}");
    }
    text + more + "\n"
}

fn beside(world: &SimpleCommunicator, plan: Plan) -> String {
    let place = cartesian(world, &[plan.rows, plan.columns], &[false, true]);
    let around = place.map_or(Vec::new(), |place| place.neighbours);
    let named = |rank: Option<Rank>| rank.map_or(String::from("none"), |rank| rank.to_string());
    let pairs: Vec<String> = around
        .iter()
        .flat_map(|(below, above)| [named(*below), named(*above)])
        .collect();
    format!(
        "\nNeighbors of rank 0, if the rows are periodic: up {}, down {}, left {}, right {}\n",
        pairs[0], pairs[1], pairs[2], pairs[3]
    )
}

/// The simulated node of a rank.
fn node_of(rank: Rank, plan: Plan) -> Rank {
    rank % plan.nodes
}

fn nodes(world: &SimpleCommunicator, plan: Plan) -> String {
    let (_, real) = node(world);
    let mut text = format!(
        "\nThe ranks run on {real} real node{}. Now pretend that they are on {}, round-robin (* is the leader)\n\n",
        if real == 1 { "" } else { "s" },
        plan.nodes
    );
    for node in (0..plan.nodes).take(SHOWN) {
        let _ = write!(text, "  node {node:<3}");
        let ranks = (0..world.size()).filter(|rank| node_of(*rank, plan) == node);
        let ranks: Vec<Rank> = ranks.collect();
        for (at, rank) in ranks.iter().take(SHOWN).enumerate() {
            let star = if at == 0 { "*" } else { "" };
            let _ = write!(text, "{:>6}", format!("{star}{rank}"));
        }
        text += if ranks.len() > SHOWN { "  …\n" } else { "\n" };
    }
    if plan.nodes as usize > SHOWN {
        text += "  …\n";
    }
    text
}

/// Adds up one number from each rank by messages in a tree, up to rank 0 and down again. Returns the sum, and
/// how many messages this rank has sent, in all and to ranks on other nodes.
fn by_tree(
    comm: &SimpleCommunicator,
    number: i64,
    is_elsewhere: impl Fn(Rank) -> bool,
) -> (i64, [i64; 2]) {
    let (rank, size) = (comm.rank(), comm.size());
    let children: Vec<Rank> = (2 * rank + 1..=2 * rank + 2)
        .filter(|child| *child < size)
        .collect();
    let mut sent = [0; 2];
    let mut send = |to: Rank, sum: i64| {
        comm.process_at_rank(to).send(&sum);
        sent[0] += 1;
        sent[1] += i64::from(is_elsewhere(to));
    };
    let mut sum = number;
    for child in &children {
        sum += comm.process_at_rank(*child).receive::<i64>().0;
    }
    if rank > 0 {
        let parent = (rank - 1) / 2;
        send(parent, sum);
        sum = comm.process_at_rank(parent).receive::<i64>().0;
    }
    for child in children {
        send(child, sum);
    }
    (sum, sent)
}

fn levels(world: &SimpleCommunicator, plan: Plan) -> String {
    let own = node_of(world.rank(), plan);
    let number = i64::from(world.rank());
    let node = split(world, Some(own), world.rank()).expect("every rank is on a node");
    let leads = node.rank() == 0;

    let (sum, one_level) = by_tree(world, number, |rank| node_of(rank, plan) != own);
    // Up within the node, among the leaders, down within the node.
    let (of_node, within) = by_tree(&node, number, |_| false);
    let color = if leads {
        Color::with_value(0)
    } else {
        Color::undefined()
    };
    let among = world
        .split_by_color(color)
        .map_or([0; 2], |leaders| by_tree(&leaders, of_node, |_| true).1);
    // Your `leaders` gives the same result.
    let sums = leaders(world, &node, &[number]);
    assert_eq!(sums, [sum], "the sum over all ranks");

    let counts = [one_level[0], one_level[1], within[0] + among[0], among[1]];
    let mut all = [0_i64; 4];
    world.all_reduce_into(&counts[..], &mut all[..], SystemOperation::sum());
    let [one, one_between, two, two_between] = all;
    format!(
        "\nThe sum of all ranks is {sum}. Number of messages, up a tree and back down:\n\n\
         \x20                  total   between nodes\n\
         \x20 in one level  {one:9}  {one_between:14}\n\
         \x20 in two levels {two:9}  {two_between:14}\n"
    )
}
