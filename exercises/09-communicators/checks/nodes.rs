//! The checks of the tasks about nodes. All ranks run on one machine: on which node each is, is pretended.

use super::{ALL_REDUCE, Answers, given::Given};
use harness_mpi::{Among, Bounds, Check, Kind, Reason, SimpleCommunicator, Traffic, plural};
use mpi::{collective::SystemOperation, topology::Color, traits::*};

/// On which node each rank of the given communicator is, in several inputs: side by side, in turn, each alone,
/// all together, in nodes of different sizes, in any way.
fn placements(check: &mut Check) -> Vec<Vec<u16>> {
    let size = check.size();
    let drawn = check.draw_vec(size, 0..3);
    let odd_one = check.draw(0..size);
    let by = |node: &dyn Fn(usize) -> usize| (0..size).map(|rank| node(rank) as u16).collect();
    vec![
        by(&|rank| rank / 2),
        by(&|rank| rank % 2),
        by(&|rank| rank),
        by(&|_| 3),
        by(&|rank| usize::from(rank == odd_one)),
        by(&|rank| drawn[rank]),
        // Three in the first node, one in the second, three in the third, backwards.
        by(&|rank| 9 - [0, 0, 0, 1][rank % 4] - 2 * (rank / 4)),
    ]
}

/// The ranks on the node of a rank.
fn mates(nodes: &[u16], rank: usize) -> Vec<usize> {
    (0..nodes.len())
        .filter(|other| nodes[*other] == nodes[rank])
        .collect()
}

fn count(nodes: &[u16]) -> usize {
    let mut nodes = nodes.to_vec();
    nodes.sort_unstable();
    nodes.dedup();
    nodes.len()
}

pub fn node(check: &mut Check, answers: &Answers) {
    for given in Given::both(check) {
        given.input(check, "the real nodes");
        let real = check.aside_call(|_| {
            let node = given.world.split_shared(given.world.rank());
            let (first, mut nodes) = (usize::from(node.rank() == 0), 0_usize);
            given
                .world
                .all_reduce_into(&first, &mut nodes, SystemOperation::sum());
            (node, nodes)
        });
        let expected = (given.ranks_of(check, &real.0), real.1);
        check.aside_call(|_| drop(real));
        if !found(check, answers, &given, expected) {
            return;
        }
        for nodes in given.inputs(placements(check)) {
            given.input(
                check,
                &format!("the ranks of `world` are on the simulated nodes {nodes:?}"),
            );
            let own = mates(&nodes, given.rank).into_iter();
            let expected = (own.map(|rank| rank as i32).collect(), count(&nodes));
            let right = check.on_node(nodes[given.rank], |check| {
                found(check, answers, &given, expected)
            });
            if !right {
                return;
            }
        }
        given.free(check);
    }
}

/// Whether each rank has found its node and how many there are; the same on all ranks, which must call it.
fn found(check: &mut Check, answers: &Answers, given: &Given, expected: (Vec<i32>, usize)) -> bool {
    let ((node, nodes), traffic) = check.observe(|_| (answers.node)(&given.world));
    let found = (given.ranks_of(check, &node), nodes);
    let why = "the ranks on its node as ranks of `world`, and the number of nodes";
    let right = check.returned(found, expected, why);
    if !check.everywhere(right) {
        std::mem::forget(node);
        return false;
    }
    check.aside_call(|_| drop(node));
    let why = "this task asks for one split by shared memory";
    let little = Bounds {
        given: 16,
        got: 16,
        calls: 2,
    };
    const SPLIT: &str = "MPI_Comm_split_type";
    let splits = traffic.calls(check.rank(), SPLIT);
    let by_it = check.uses(&traffic, &[SPLIT], why)
        && check.at_most("calls of MPI_Comm_split_type", splits, 1, why)
        && (check.size() == 1
            || check.moves(
                &traffic,
                little,
                "to count the nodes, one number from each rank is enough",
            ));
    check.everywhere(by_it)
}

pub fn leaders(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        let placements = given.inputs(placements(check)).into_iter();
        for (nodes, length) in placements.zip([3, 1, 0, 5, 2, 600, 40]) {
            // On its node a rank may have any number; at first the last is number 0.
            let keys = match length {
                3 => (0..size as i32).rev().collect(),
                _ => check.draw_vec(size, 0..1_000),
            };
            let color = Color::with_value(nodes[given.rank].into());
            let make = |_: &SimpleCommunicator| {
                let node = given.world.split_by_color_with_key(color, keys[given.rank]);
                node.expect("every rank has a node")
            };
            let node = check.aside_call(make);
            let mut mates = mates(&nodes, given.rank);
            mates.sort_by_key(|rank| keys[*rank]);
            let what = plural(length, "number");
            given.input(
                check,
                &format!("{what} on each rank, the ranks of `world` on the nodes {nodes:?}"),
            );
            if !two_levels(check, answers, &given, &node, &nodes, length) {
                std::mem::forget(node);
                return;
            }
            check.aside_call(|_| drop(node));
        }
        let node = check.aside_call(|_| given.world.split_shared(given.world.rank()));
        let is_one = node.size() == given.world.size();
        if check.everywhere(is_one) {
            given.input(check, "2 numbers on each rank, all ranks on the real node");
            if !two_levels(check, answers, &given, &node, &vec![0; size], 2) {
                std::mem::forget(node);
                return;
            }
        }
        check.aside_call(|_| drop(node));
        given.free(check);
    }
}

/// Whether each rank gets the sums, and only the leaders hear of other nodes; the same on all ranks, which
/// must call it.
fn two_levels(
    check: &mut Check,
    answers: &Answers,
    given: &Given,
    node: &SimpleCommunicator,
    nodes: &[u16],
    length: usize,
) -> bool {
    let size = check.size();
    let columns: Vec<Vec<i64>> = (0..length).map(|_| check.summands(size)).collect();
    let mine: Vec<i64> = columns.iter().map(|column| column[given.rank]).collect();
    let (sums, traffic, among) =
        check.observe_among(|_| (answers.leaders)(&given.world, node, &mine));
    let expected: Vec<i64> = columns.iter().map(|column| column.iter().sum()).collect();
    let right = check.returned(sums, expected, "one sum over all ranks for each element");
    if !check.everywhere(right) {
        return false;
    }
    let leads = node.rank() == 0;
    // Each knows its own node's, so that they have to tell each other.
    let aside = check.aside_call(|own| {
        let mut all = vec![false; size];
        own.all_gather_into(&leads, &mut all[..]);
        all
    });
    let leaders: Vec<usize> = (0..size).filter(|place| aside[*place]).collect();
    let mut node_of = vec![0; size];
    for (place, node) in given.places(0..size).into_iter().zip(nodes) {
        node_of[place] = *node;
    }
    let between = Between {
        node_of,
        leaders,
        bytes: 8 * length as u64,
    };
    let good = between.judge(check, &traffic, &among);
    check.everywhere(good)
}

/// How much may be moved between nodes.
struct Between {
    /// By the rank of the task.
    node_of: Vec<u16>,
    /// The leaders, as ranks of the task.
    leaders: Vec<usize>,
    /// All that a leader tells the others.
    bytes: u64,
}

impl Between {
    /// Whether this rank has taken part in nothing between nodes but in the all-reduce of the leaders. All ranks
    /// must call it.
    fn judge(&self, check: &mut Check, traffic: &Traffic, among: &[Among]) -> bool {
        const WHY: &str =
            "between nodes there is one all-reduce among the leaders, and nothing else";
        let rank = check.rank();
        let own = self.node_of[rank];
        let leads = self.leaders.contains(&rank);
        let is_across = |call: &&Among| {
            let other = |member: &u32| self.node_of.get(*member as usize) != Some(&own);
            !call.is_message() && call.members.iter().any(other)
        };
        let across: Vec<&Among> = among.iter().filter(is_across).collect();
        let times = across.iter().map(|call| call.times).sum();
        let bytes = across.iter().map(|call| call.given).sum();
        let messages: u64 = (0..check.size())
            .filter(|other| self.node_of[*other] != own)
            .map(|other| traffic.between(rank, other).times)
            .sum();
        let why = match leads {
            true => WHY,
            false => {
                "a rank that is not rank 0 of `node` gets data of other nodes from its leader only"
            }
        };
        let few = check.at_most("messages to other nodes", messages, 0, why)
            && check.at_most(
                "collectives with ranks of other nodes",
                times,
                u64::from(leads),
                why,
            )
            && check.at_most(
                "bytes given to collectives with ranks of other nodes",
                bytes,
                self.bytes,
                WHY,
            );
        let needed = leads && self.leaders.len() > 1 && self.bytes > 0;
        let is_theirs = |call: &&Among| {
            let is_leader = |member: &u32| self.leaders.contains(&(*member as usize));
            ALL_REDUCE.contains(&call.function)
                && call.members.len() == self.leaders.len()
                && call.members.iter().all(is_leader)
        };
        // If a rank other than the leader has called it, the message says that, and not that the leader has not.
        let few = check.everywhere(few);
        let by_leaders = !needed || across.iter().any(is_theirs);
        few && check.require_rule(by_leaders, Kind::WrongOperation, Reason::OtherCall, || {
            format!(
                "never called MPI_Allreduce on a communicator of the leaders of all nodes: {WHY}"
            )
        })
    }
}
