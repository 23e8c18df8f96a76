//! Mistakes in the tasks `topology` and `machine`.

use crate::{
    subject::{self, Machine, Node},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{collective::SystemOperation, topology::SimpleCommunicator, traits::*};
use std::{cell::Cell, collections::BTreeSet};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("topology": topology = core_number_is_enough => WrongResult,
        "counts cores of different sockets once if they have the same number"),
    mistake!("topology": topology = largest_numbers => WrongResult,
        "uses the largest number plus 1 as the count"),
    mistake!("topology": topology = threads_are_cores => WrongResult,
        "counts each CPU as a core"),
    mistake!("topology": topology = up_to_the_last => WrongResult,
        "assumes that all CPUs from 0 to the last one are switched on"),
    mistake!("topology": topology = counts_present => WrongResult,
        "reads `present` instead of `online`"),
    mistake!("topology": topology = single_numbers => WrongResult,
        "forgets single CPUs between two commas"),
    mistake!("topology": topology = ranges_without_end => WrongResult,
        "leaves the last CPU out of each range"),
    mistake!("topology": topology = keeps_line_break => Panic,
        "reads the numbers with the line break after them"),
    mistake!("topology": topology = no_negative_number => WrongResult,
        "parses numbers into a type without -1"),
    mistake!("topology": topology = none_is_minus => WrongResult,
        "takes a missing number for -1"),
    mistake!("topology": topology = unwraps_files => Panic,
        "unwraps the files of each CPU"),
    mistake!("topology": topology = skips_cpus_without_files => WrongResult,
        "leaves out CPUs without files"),
    mistake!("topology": topology = one_cpu_at_least => WrongResult,
        "returns one CPU if there is no `online`"),
    mistake!("topology": topology = one_number_for_both => WrongResult,
        "combines socket and core into 1000 * socket + core"),
    mistake!("topology": topology = numbers_in_a_byte => WrongResult,
        "takes numbers above 255 for missing"),
    mistake!("topology": topology = without_core_nowhere => WrongResult,
        "puts CPUs that lack the number of their core on the additional socket"),
    mistake!("topology": topology = cpu_for_a_core => WrongResult,
        "takes the number of the CPU where there is no number of a core"),
    mistake!("topology": topology = few_cpus => WrongResult,
        "takes numbers of CPUs above 255 for missing"),
    mistake!("topology": topology = digits_together => WrongResult,
        "concatenates the digits of socket and core, so that 1 and 11 are like 11 and 1"),
    mistake!("machine": machine = in_single => WrongResult,
        "adds up in f32"),
    mistake!("machine": machine = all_ranks_add => WrongResult,
        "adds up the nodes of all ranks"),
    mistake!("machine": machine = first_node_times => WrongOperation,
        "assumes that all nodes are like its own"),
    mistake!("machine": machine = own_node => WrongResult,
        "returns the counts of its own node"),
    mistake!("machine": machine = alike => WrongResult,
        "multiplies its own node by the number of nodes"),
    mistake!("machine": machine = different_nodes => WrongResult,
        "counts equal nodes once"),
    mistake!("machine": machine = in_one_byte => WrongResult,
        "adds up the counts in numbers of 8 bits"),
    mistake!("machine": machine = in_two_bytes => WrongResult,
        "adds up the counts in numbers of 16 bits"),
    mistake!("machine": machine = only_leaders_know => WrongResult,
        "returns the sums on rank 0 only"),
    mistake!("machine": machine = leaders_alone => Deadlock,
        "calls the all-reduce only on the first rank of each node"),
];

/// The CPUs that a list names, where a part that has this many numbers counts so.
fn numbers(list: &str, part: impl Fn(&[usize]) -> Vec<usize>) -> Vec<usize> {
    let parts = list.trim().split(',').filter(|part| !part.is_empty());
    let ends =
        |part: &str| -> Vec<usize> { part.split('-').filter_map(|end| end.parse().ok()).collect() };
    parts.flat_map(|text| part(&ends(text))).collect()
}

fn range(ends: &[usize]) -> Vec<usize> {
    (ends[0]..=ends[ends.len() - 1]).collect()
}

fn text(cpus: &[usize]) -> String {
    let cpus: Vec<String> = cpus.iter().map(usize::to_string).collect();
    cpus.join(",")
}

/// What the reference finds with another text of `online`.
fn with_online(
    read: &dyn Fn(&str) -> Option<String>,
    change: impl Fn(String) -> Option<String>,
) -> Option<Node> {
    subject::topology(&|name| match name {
        "online" => read(name).and_then(&change),
        _ => read(name),
    })
}

fn core_number_is_enough(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let node = subject::topology(read)?;
    let cpus = numbers(&read("online")?, range);
    let cores: BTreeSet<String> = cpus
        .iter()
        .map(|cpu| read(&format!("cpu{cpu}/topology/core_id")).unwrap_or(format!("own {cpu}")))
        .collect();
    Some(Node {
        cores: cores.len(),
        ..node
    })
}

fn largest_numbers(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let node = subject::topology(read)?;
    let cpus = numbers(&read("online")?, range);
    let socket = |cpu: &usize| {
        let text = read(&format!("cpu{cpu}/topology/physical_package_id"))?;
        text.trim().parse::<usize>().ok()
    };
    let last = cpus.iter().filter_map(socket).max();
    Some(Node {
        sockets: last.map_or(1, |last| last + 1),
        ..node
    })
}

fn threads_are_cores(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let node = subject::topology(read)?;
    Some(Node {
        cores: node.threads,
        ..node
    })
}

fn up_to_the_last(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    with_online(read, |list| {
        let last = numbers(&list, range).into_iter().max();
        Some(last.map_or(String::new(), |last| format!("0-{last}\n")))
    })
}

fn counts_present(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    with_online(read, |_| read("present"))
}

fn single_numbers(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    with_online(read, |list| {
        let cpus = numbers(&list, |ends| match ends {
            [_] if list.contains(',') => Vec::new(),
            ends => range(ends),
        });
        Some(text(&cpus))
    })
}

fn ranges_without_end(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    with_online(read, |list| {
        let cpus = numbers(&list, |ends| match ends {
            [first, last] => (*first..*last).collect(),
            ends => range(ends),
        });
        Some(text(&cpus))
    })
}

fn keeps_line_break(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let list = read("online")?;
    let last = list.split(['-', ',']).next_back()?;
    let last: usize = last.parse().unwrap();
    subject::topology(read).filter(|_| last < usize::MAX)
}

fn no_negative_number(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    subject::topology(&|name| read(name).filter(|text| !text.starts_with('-')))
}

fn none_is_minus(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    subject::topology(&|name| {
        read(name).or_else(|| (name != "online").then(|| String::from("-1\n")))
    })
}

fn unwraps_files(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    for cpu in numbers(&read("online")?, range) {
        read(&format!("cpu{cpu}/topology/core_id")).unwrap();
    }
    subject::topology(read)
}

fn skips_cpus_without_files(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    with_online(read, |list| {
        let mut cpus = numbers(&list, range);
        cpus.retain(|cpu| read(&format!("cpu{cpu}/topology/core_id")).is_some());
        Some(text(&cpus))
    })
}

fn one_cpu_at_least(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    subject::topology(read).or(Some(Node {
        sockets: 1,
        cores: 1,
        threads: 1,
    }))
}

/// The sums of four numbers of each rank, as a machine.
fn sums(world: &SimpleCommunicator, own: [usize; 4]) -> Machine {
    let mut sums = [0; 4];
    world.all_reduce_into(&own[..], &mut sums[..], SystemOperation::sum());
    let [nodes, sockets, cores, threads] = sums;
    Machine {
        nodes,
        sockets,
        cores,
        threads,
    }
}

fn of(node: Node) -> [usize; 4] {
    [1, node.sockets, node.cores, node.threads]
}

fn all_ranks_add(world: &SimpleCommunicator, node: Node) -> Machine {
    let Machine { nodes, .. } = subject::machine(world, node);
    Machine {
        nodes,
        ..sums(world, of(node))
    }
}

fn first_node_times(_world: &SimpleCommunicator, node: Node) -> Machine {
    let [nodes, sockets, cores, threads] = of(node);
    Machine {
        nodes,
        sockets,
        cores,
        threads,
    }
}

fn own_node(world: &SimpleCommunicator, node: Node) -> Machine {
    let Machine { nodes, .. } = subject::machine(world, node);
    Machine {
        nodes,
        ..first_node_times(world, node)
    }
}

fn alike(world: &SimpleCommunicator, node: Node) -> Machine {
    let Machine { nodes, .. } = subject::machine(world, node);
    Machine {
        nodes,
        sockets: nodes * node.sockets,
        cores: nodes * node.cores,
        threads: nodes * node.threads,
    }
}

fn different_nodes(world: &SimpleCommunicator, node: Node) -> Machine {
    let is_first = world.split_shared(world.rank()).rank() == 0;
    let mut all = vec![0; 4 * world.size() as usize];
    let own = of(node).map(|count| usize::from(is_first) * count);
    world.all_gather_into(&own[..], &mut all[..]);
    let kinds: BTreeSet<&[usize]> = all.chunks(4).filter(|kind| kind[0] > 0).collect();
    let sum = |place: usize| kinds.iter().map(|kind| kind[place]).sum();
    Machine {
        nodes: sum(0),
        sockets: sum(1),
        cores: sum(2),
        threads: sum(3),
    }
}

fn with_counts(machine: Machine, count: impl Fn(usize) -> usize) -> Machine {
    Machine {
        nodes: count(machine.nodes),
        sockets: count(machine.sockets),
        cores: count(machine.cores),
        threads: count(machine.threads),
    }
}

fn in_one_byte(world: &SimpleCommunicator, node: Node) -> Machine {
    let machine = subject::machine(world, node);
    with_counts(machine, |count| usize::from(count as u8))
}

fn in_two_bytes(world: &SimpleCommunicator, node: Node) -> Machine {
    let machine = subject::machine(world, node);
    with_counts(machine, |count| usize::from(count as u16))
}

fn only_leaders_know(world: &SimpleCommunicator, node: Node) -> Machine {
    let machine = subject::machine(world, node);
    if world.rank() == 0 {
        machine
    } else {
        first_node_times(world, node)
    }
}

fn leaders_alone(world: &SimpleCommunicator, node: Node) -> Machine {
    let machine = Cell::new(first_node_times(world, node));
    if world.split_shared(world.rank()).rank() == 0 {
        machine.set(sums(world, of(node)));
    }
    machine.get()
}

/// Counts the cores by one text, which a socket and a core are combined into.
fn combined(
    read: &dyn Fn(&str) -> Option<String>,
    text: impl Fn(i64, i64) -> String,
) -> Option<Node> {
    let cpus = numbers(&read("online")?, range);
    let cores: BTreeSet<String> = cpus
        .into_iter()
        .map(|cpu| {
            let number = |name: &str| {
                let text = read(&format!("cpu{cpu}/topology/{name}"))?;
                text.trim().parse().ok()
            };
            match (number("physical_package_id"), number("core_id")) {
                (Some(socket), Some(core)) => text(socket, core),
                _ => format!("own {cpu}"),
            }
        })
        .collect();
    let cores = cores.len();
    subject::topology(read).map(|node| Node { cores, ..node })
}

fn one_number_for_both(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    combined(read, |socket, core| (1000 * socket + core).to_string())
}

fn digits_together(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    combined(read, |socket, core| format!("{socket}{core}"))
}

fn numbers_in_a_byte(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let is_small = |text: &String| text.trim().parse().is_ok_and(|number: i64| number < 256);
    subject::topology(&|name| read(name).filter(|text| name == "online" || is_small(text)))
}

fn without_core_nowhere(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    subject::topology(&|name| {
        let core_file = name.replace("physical_package_id", "core_id");
        read(&core_file).and_then(|_| read(name))
    })
}

fn cpu_for_a_core(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    subject::topology(&|name| {
        let cpu = || name.strip_prefix("cpu")?.strip_suffix("/topology/core_id");
        read(name).or_else(|| Some(format!("{}\n", cpu()?)))
    })
}

fn few_cpus(read: &dyn Fn(&str) -> Option<String>) -> Option<Node> {
    let online = read("online")?;
    let mut cpus = BTreeSet::new();
    for part in online.trim().split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(first), Ok(last)) = (first.parse::<u8>(), last.parse::<u8>()) {
            cpus.extend((first..=last).map(usize::from));
        }
    }
    let id = |cpu: usize, name: &str| {
        read(&format!("cpu{cpu}/topology/{name}"))?
            .trim()
            .parse::<i64>()
            .ok()
    };
    let (mut sockets, mut cores) = (BTreeSet::new(), BTreeSet::new());
    for &cpu in &cpus {
        let (socket, core) = (id(cpu, "physical_package_id"), id(cpu, "core_id"));
        sockets.insert(socket);
        let own = (socket.is_none() || core.is_none()).then_some(cpu);
        cores.insert((socket, core, own));
    }
    (!cpus.is_empty()).then_some(Node {
        sockets: sockets.len(),
        cores: cores.len(),
        threads: cpus.len(),
    })
}

fn in_single(world: &SimpleCommunicator, node: Node) -> Machine {
    let machine = subject::machine(world, node);
    with_counts(machine, |count| count as f32 as usize)
}
