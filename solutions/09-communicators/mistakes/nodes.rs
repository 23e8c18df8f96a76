//! Mistakes in the tasks `node` and `leaders`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    topology::{Color, Rank, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("node": node = one_node => WrongOperation,
        "takes all ranks for one node"),
    mistake!("node": node = by_name => WrongOperation,
        "takes ranks with the same processor name for a node"),
    mistake!("node": node = always_one => WrongResult,
        "says that there is one node, because there is one here"),
    mistake!("node": node = equal_nodes => WrongResult,
        "divides the number of ranks by that of its node's"),
    mistake!("node": node = ranks_for_nodes => WrongResult,
        "counts the ranks of its node in place of the nodes"),
    mistake!("node": node = last_first => WrongResult,
        "puts the last rank of a node first"),
    mistake!("node": node = order_of_the_world => WrongResult,
        "puts the ranks of a node into the order of MPI_COMM_WORLD"),
    mistake!("node": node = counted_by_lists => TooMuchCommunication,
        "gathers on each rank who is the first on its node"),
    mistake!("node": node = counted_by_messages => TooMuchCommunication,
        "has rank 0 count by messages, which then tells all others"),
    mistake!("node": node = splits_twice => TooMuchCommunication,
        "splits once to count the nodes, and once more for the communicator"),
    mistake!("leaders": leaders = in_one_level => TooMuchCommunication,
        "makes one all-reduce over all ranks"),
    mistake!("leaders": leaders = all_lead => TooMuchCommunication,
        "adds up in each node, and then over all ranks, of which only one in each node gives something"),
    mistake!("leaders": leaders = highest_leads => TooMuchCommunication,
        "makes the last rank of a node its leader"),
    mistake!("leaders": leaders = first_of_world_leads => TooMuchCommunication,
        "makes the lowest rank in `world` the leader"),
    mistake!("leaders": leaders = for_show => TooMuchCommunication,
        "adds up zeros in two levels for show, and the numbers in one"),
    mistake!("leaders": leaders = gathered_by_one => TooMuchCommunication,
        "gathers the sums of the nodes on one leader, which adds up and broadcasts"),
    mistake!("leaders": leaders = one_by_one => TooMuchCommunication,
        "makes an all-reduce among the leaders for each element"),
    mistake!("leaders": leaders = by_messages => TooMuchCommunication,
        "has the leaders exchange their sums by messages"),
    mistake!("leaders": leaders = to_rank_0 => TooMuchCommunication,
        "reduces to rank 0 of `world`, and broadcasts"),
    mistake!("leaders": leaders = reduced_among_leaders => TooMuchCommunication,
        "reduces to one of the leaders, which broadcasts to the others"),
    mistake!("leaders": leaders = never_told => WrongResult,
        "does not tell the other ranks of the node"),
    mistake!("leaders": leaders = node_alone => WrongResult,
        "adds up within the node alone"),
    mistake!("leaders": leaders = counted_again => WrongResult,
        "adds up the node's sum once for each of its ranks"),
    mistake!("leaders": leaders = gathered_not_reduced => WrongOperation,
        "gathers the sums among the leaders, and adds up there"),
];

fn one_node(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    (world.duplicate(), 1)
}

fn by_name(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let name = mpi::environment::processor_name().unwrap_or_default();
    let number = name.bytes().fold(7_u32, |hash, byte| {
        hash.wrapping_mul(31).wrapping_add(byte.into())
    });
    let node = world.split_by_color(Color::with_value((number >> 1) as i32));
    let node = node.expect("it has a color");
    let nodes = count(world, &node);
    (node, nodes)
}

/// How many nodes there are.
fn count(world: &SimpleCommunicator, node: &SimpleCommunicator) -> usize {
    let mut nodes: usize = 0;
    let own = usize::from(node.rank() == 0);
    world.all_reduce_into(&own, &mut nodes, SystemOperation::sum());
    nodes
}

fn always_one(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    (world.split_shared(world.rank()), 1)
}

fn equal_nodes(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(world.rank());
    let nodes = world.size() / node.size();
    (node, nodes as usize)
}

fn ranks_for_nodes(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(world.rank());
    let ranks = node.size() as usize;
    (node, ranks)
}

fn last_first(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(-world.rank());
    let nodes = count(world, &node);
    (node, nodes)
}

fn order_of_the_world(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(SimpleCommunicator::world().rank());
    let nodes = count(world, &node);
    (node, nodes)
}

fn splits_twice(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let (_, nodes) = subject::node(world);
    (world.split_shared(world.rank()), nodes)
}

fn counted_by_lists(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(world.rank());
    let mut first = vec![0_i64; world.size() as usize];
    world.all_gather_into(&i64::from(node.rank() == 0), &mut first[..]);
    (node, first.iter().sum::<i64>() as usize)
}

fn counted_by_messages(world: &SimpleCommunicator) -> (SimpleCommunicator, usize) {
    let node = world.split_shared(world.rank());
    let mut nodes = u64::from(node.rank() == 0);
    if world.rank() == 0 {
        for rank in 1..world.size() {
            nodes += world.process_at_rank(rank).receive::<u64>().0;
        }
        for rank in 1..world.size() {
            world.process_at_rank(rank).send(&nodes);
        }
    } else {
        world.process_at_rank(0).send(&nodes);
        nodes = world.process_at_rank(0).receive::<u64>().0;
    }
    (node, nodes as usize)
}

fn sum_over(comm: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    let mut sums = vec![0_i64; mine.len()];
    comm.all_reduce_into(mine, &mut sums[..], SystemOperation::sum());
    sums
}

/// The two levels, with any rank of a node as its leader and anything among the leaders.
fn levels(
    world: &SimpleCommunicator,
    node: &SimpleCommunicator,
    leader: Rank,
    mine: &[i64],
    among: impl FnOnce(&SimpleCommunicator, &[i64]) -> Vec<i64>,
) -> Vec<i64> {
    let color = if node.rank() == leader {
        Color::with_value(0)
    } else {
        Color::undefined()
    };
    let leaders = world.split_by_color(color);
    let mut sums = sum_over(node, mine);
    if let Some(leaders) = leaders {
        sums = among(&leaders, &sums);
    }
    node.process_at_rank(leader).broadcast_into(&mut sums[..]);
    sums
}

fn in_one_level(world: &SimpleCommunicator, _: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    sum_over(world, mine)
}

fn all_lead(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    let mut sums = sum_over(node, mine);
    if node.rank() != 0 {
        sums.fill(0);
    }
    sum_over(world, &sums)
}

fn highest_leads(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    levels(world, node, node.size() - 1, mine, sum_over)
}

fn first_of_world_leads(
    world: &SimpleCommunicator,
    node: &SimpleCommunicator,
    mine: &[i64],
) -> Vec<i64> {
    let mut first: Rank = 0;
    node.all_reduce_into(&world.rank(), &mut first, SystemOperation::min());
    let leader = world.group().translate_rank(first, &node.group());
    levels(
        world,
        node,
        leader.expect("it is on the node"),
        mine,
        sum_over,
    )
}

fn for_show(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    subject::leaders(world, node, &vec![0; mine.len()]);
    sum_over(world, mine)
}

fn gathered_by_one(
    world: &SimpleCommunicator,
    node: &SimpleCommunicator,
    mine: &[i64],
) -> Vec<i64> {
    levels(world, node, 0, mine, |leaders, own| {
        let root = leaders.process_at_rank(0);
        let mut sums = own.to_vec();
        if leaders.rank() == 0 {
            let mut all = vec![0_i64; own.len() * leaders.size() as usize];
            root.gather_into_root(own, &mut all[..]);
            for (at, sum) in sums.iter_mut().enumerate() {
                *sum = all[at..].iter().step_by(own.len()).sum();
            }
        } else {
            root.gather_into(own);
        }
        root.broadcast_into(&mut sums[..]);
        sums
    })
}

fn one_by_one(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    levels(world, node, 0, mine, |leaders, own| {
        let sum = |number: &i64| sum_over(leaders, &[*number]);
        own.iter().flat_map(sum).collect()
    })
}

fn by_messages(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    levels(world, node, 0, mine, |leaders, own| {
        let mut sums = own.to_vec();
        for rank in (0..leaders.size()).filter(|rank| *rank != leaders.rank()) {
            let other = leaders.process_at_rank(rank);
            let mut theirs = vec![0_i64; own.len()];
            mpi::point_to_point::send_receive_into(own, &other, &mut theirs[..], &other);
            sums.iter_mut()
                .zip(theirs)
                .for_each(|(sum, number)| *sum += number);
        }
        sums
    })
}

fn to_rank_0(world: &SimpleCommunicator, _: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    reduced_and_told(world, mine)
}

fn reduced_and_told(comm: &SimpleCommunicator, own: &[i64]) -> Vec<i64> {
    let root = comm.process_at_rank(0);
    let mut sums = vec![0_i64; own.len()];
    if comm.rank() == 0 {
        root.reduce_into_root(own, &mut sums[..], SystemOperation::sum());
    } else {
        root.reduce_into(own, SystemOperation::sum());
    }
    root.broadcast_into(&mut sums[..]);
    sums
}

fn reduced_among_leaders(
    world: &SimpleCommunicator,
    node: &SimpleCommunicator,
    mine: &[i64],
) -> Vec<i64> {
    levels(world, node, 0, mine, reduced_and_told)
}

fn never_told(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    let sums = subject::leaders(world, node, mine);
    if node.rank() == 0 {
        return sums;
    }
    mine.to_vec()
}

fn node_alone(_: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    sum_over(node, mine)
}

fn counted_again(world: &SimpleCommunicator, node: &SimpleCommunicator, mine: &[i64]) -> Vec<i64> {
    sum_over(world, &sum_over(node, mine))
}

fn gathered_not_reduced(
    world: &SimpleCommunicator,
    node: &SimpleCommunicator,
    mine: &[i64],
) -> Vec<i64> {
    levels(world, node, 0, mine, |leaders, own| {
        let mut all = vec![0_i64; own.len() * leaders.size() as usize];
        leaders.all_gather_into(own, &mut all[..]);
        (0..own.len())
            .map(|at| all[at..].iter().step_by(own.len()).sum())
            .collect()
    })
}
