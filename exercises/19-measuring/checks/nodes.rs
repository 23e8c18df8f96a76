//! The checks of the tasks about the machine: `topology`, with invented files, and `machine`, with simulated nodes.

use super::{Answers, part};
use crate::subject::Node;
use harness_mpi::Check;
use std::collections::{BTreeMap, BTreeSet};

/// A CPU: its number, and its socket and its core if there are files about them.
type Cpu = (usize, Option<i64>, Option<i64>);

pub fn topology(check: &mut Check, answers: &Answers) {
    let (sockets, cores, threads) = (check.draw(2..5), check.draw(2..9), check.draw(2..5));
    let machine = |sockets: usize, cores: usize, threads: usize, gap: i64| -> Vec<Cpu> {
        let all = 0..sockets * cores * threads;
        // Linux numbers one hardware thread of each core first, then the next ones.
        let place = |cpu: usize| (cpu % (sockets * cores) / cores, cpu % cores);
        all.map(|cpu| {
            let (socket, core) = place(cpu);
            (cpu, Some(gap * socket as i64), Some(gap * core as i64))
        })
        .collect()
    };
    let whole = machine(sockets, cores, threads, 1);
    let mut part_of = machine(sockets, cores, threads, 1);
    let kept = check.draw(1..part_of.len());
    check.shuffle(&mut part_of);
    part_of.truncate(kept);
    part_of.sort_unstable();
    // The list of those that are online has ranges, and a number by itself between them.
    let mut ranges = machine(1, 4, 3, 1);
    ranges.retain(|(cpu, ..)| [0, 1, 2, 4, 6, 7].contains(cpu));
    // The numbers of the cores are not in the order of the CPUs, neither as text nor as numbers.
    let backwards: Vec<Cpu> = (0..12)
        .map(|cpu| (cpu, Some(0), Some(11 - cpu as i64 % 6)))
        .collect();
    let minus: Vec<Cpu> = (0..4)
        .map(|cpu| (cpu, Some(-1), Some(cpu as i64 / 2)))
        .collect();
    // A socket and a core with the number that looks like none, and CPUs that have none.
    let minus_and_none: Vec<Cpu> = vec![
        (0, Some(-1), Some(-1)),
        (1, Some(-1), Some(-1)),
        (2, Some(-1), None),
        (3, None, Some(-1)),
        (4, None, None),
        (5, Some(0), Some(0)),
    ];
    // Socket 0 has cores whose numbers are those of another socket times a round number, and the digits of two other
    // pairs of socket and core are the same.
    let mut combined: Vec<Cpu> = (1..4)
        .map(|socket| (socket, Some(socket as i64), Some(0)))
        .collect();
    for (place, factor) in [8, 10, 64, 100, 128, 256, 1_000, 1_024, 4_096, 65_536]
        .into_iter()
        .enumerate()
    {
        combined.push((4 + place, Some(0), Some(factor)));
    }
    combined.extend([(14, Some(1), Some(11)), (15, Some(11), Some(1))]);
    let without =
        |what: fn(Cpu) -> Cpu| -> Vec<Cpu> { machine(2, 3, 2, 1).into_iter().map(what).collect() };
    let some_lack: Vec<Cpu> = machine(2, 2, 2, 1)
        .into_iter()
        .map(|(cpu, socket, core)| match cpu {
            1 => (cpu, None, None),
            4 => (cpu, socket, None),
            6 => (cpu, None, core),
            _ => (cpu, socket, core),
        })
        .collect();
    for (what, cpus) in [
        ("a laptop", machine(1, 2, 2, 1)),
        ("one core", machine(1, 1, 1, 1)),
        (
            "several sockets, each with the same numbers of cores",
            whole,
        ),
        ("numbers with gaps", machine(2, 4, 1, 36)),
        ("numbers with large gaps", machine(3, 4, 2, 300)),
        ("a hundred CPUs", machine(2, 25, 2, 1)),
        ("some CPUs switched off", part_of),
        ("ranges of CPUs, and one by itself", ranges),
        ("cores in another order", backwards),
        ("three hundred CPUs", machine(2, 75, 2, 1)),
        ("cores with large numbers", combined),
        ("a socket with the number -1", minus),
        (
            "a socket and a core with the number -1, and CPUs without files",
            minus_and_none,
        ),
        (
            "no files about sockets",
            without(|(cpu, _, core)| (cpu, None, core)),
        ),
        (
            "no files about cores",
            without(|(cpu, socket, _)| (cpu, socket, None)),
        ),
        (
            "no files about CPUs",
            without(|(cpu, _, _)| (cpu, None, None)),
        ),
        ("no files about some CPUs", some_lack),
        (
            "no file about a core, and another core with the number of the CPU",
            vec![
                (0, Some(0), Some(1)),
                (1, Some(0), None),
                (2, Some(0), Some(2)),
            ],
        ),
    ] {
        let numbers: Vec<usize> = cpus.iter().map(|cpu| cpu.0).collect();
        let online = list(&numbers);
        check.input(format!(
            "{what}: online {online:?}, CPUs (number, socket, core) {cpus:?}"
        ));
        let found = found(check, answers, Some(format!("{online}\n")), &cpus);
        let ids = cpus.iter();
        let sockets: BTreeSet<Option<i64>> = ids.clone().map(|cpu| cpu.1).collect();
        let cores: BTreeSet<(Option<i64>, Option<i64>, usize)> = ids
            .map(|(cpu, socket, core)| match (socket, core) {
                (Some(_), Some(_)) => (*socket, *core, 0),
                _ => (None, None, 1 + cpu),
            })
            .collect();
        let expected = (sockets.len(), cores.len(), cpus.len());
        let why = "(sockets, cores, threads): cores with the same number on different sockets are different cores, and \
                   the CPUs of one core are its threads";
        if !check.returned(found, Some(expected), why) {
            return;
        }
    }
    for (what, online) in [
        ("no file `online`", None),
        ("an empty `online`", Some(String::from("\n"))),
    ] {
        check.input(what);
        let found = found(check, answers, online, &machine(1, 2, 1, 1));
        if !check.returned(found, None, "without `online`, the CPUs are unknown") {
            return;
        }
    }
}

/// What an answer returns for such a machine, as (sockets, cores, threads). There are also files about CPUs that are
/// switched off.
fn found(
    check: &mut Check,
    answers: &Answers,
    online: Option<String>,
    cpus: &[Cpu],
) -> Option<(usize, usize, usize)> {
    let mut files = BTreeMap::new();
    files.extend(online.map(|online| (String::from("online"), online)));
    let last = cpus.iter().map(|cpu| cpu.0).max().unwrap_or(0);
    for other in ["possible", "present"] {
        files.insert(String::from(other), format!("0-{}\n", last + 3));
    }
    let off = (0..last + 4).filter(|number| cpus.iter().all(|cpu| cpu.0 != *number));
    let off = off.map(|number| (number, Some(77), Some(check.draw(0..9))));
    let off: Vec<Cpu> = off.collect();
    for (cpu, socket, core) in cpus.iter().chain(&off) {
        let of = |name: &str| format!("cpu{cpu}/topology/{name}");
        let text = |id: &Option<i64>| id.map(|id| format!("{id}\n"));
        files.extend(text(socket).map(|text| (of("physical_package_id"), text)));
        files.extend(text(core).map(|text| (of("core_id"), text)));
    }
    let node = (answers.topology)(&|name| files.get(name).cloned());
    node.map(|node| (node.sockets, node.cores, node.threads))
}

/// Numbers as Linux writes them: `0-3,8,10-11`.
fn list(numbers: &[usize]) -> String {
    let mut ranges: Vec<(usize, usize)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *number => *last = *number,
            _ => ranges.push((*number, *number)),
        }
    }
    let text = |(first, last): &(usize, usize)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    ranges.iter().map(text).collect::<Vec<_>>().join(",")
}

pub fn machine(check: &mut Check, answers: &Answers) {
    let size = check.size();
    let drawn = check.draw_vec(size, 0..3);
    let odd_one = check.draw(0..size);
    let by = |node: &dyn Fn(usize) -> usize| -> Vec<u16> {
        (0..size).map(|rank| node(rank) as u16).collect()
    };
    let (sockets, cores, threads) = (check.draw(1..4), check.draw(1..65), check.draw(1..3));
    let one = [sockets, sockets * cores, sockets * cores * threads];
    let other = [
        sockets + 1,
        (sockets + 1) * (cores + 1),
        3 * (sockets + 1) * (cores + 1),
    ];
    let alone = by(&|rank| rank);
    // More than 8 bits can count, and then more than 16 bits can.
    for (placement, times) in [
        (by(&|_| 3), 1),
        (by(&|rank| rank / 2), 1),
        (by(&|rank| rank % 2), 300),
        (alone.clone(), 1),
        (by(&|rank| usize::from(rank == odd_one)), 70_000),
        (by(&|rank| drawn[rank]), 1),
        // More than an `f32` can hold.
        (alone.clone(), (1 << 25) + 1),
    ] {
        // Nodes with even and odd numbers differ. If each rank has its own node, all nodes are alike, and each counts.
        let has = |node: &u16| {
            let counts = if placement == alone || node.is_multiple_of(2) {
                one
            } else {
                other
            };
            counts.map(|count| times * count)
        };
        let kinds: BTreeMap<u16, [usize; 3]> =
            placement.iter().map(|node| (*node, has(node))).collect();
        let mut expected = [kinds.len(), 0, 0, 0];
        for has in kinds.values() {
            expected
                .iter_mut()
                .skip(1)
                .zip(has)
                .for_each(|(sum, count)| *sum += count);
        }
        let own = placement[check.rank()];
        let [sockets, cores, threads] = kinds[&own];
        let node = Node {
            sockets,
            cores,
            threads,
        };
        let input = format!(
            "the ranks are on the simulated nodes {placement:?}; [sockets, cores, threads] of each node: {kinds:?}"
        );
        let right = part(check, &input, |check| {
            check.on_node(own, |check| {
                let (found, traffic) = check.observe(|world| (answers.machine)(world, node));
                let found = [found.nodes, found.sockets, found.cores, found.threads];
                let why = "[nodes, sockets, cores, threads] of all nodes together, each node once";
                if check.returned(found, expected, why) {
                    let why = "it tells which ranks share a node";
                    check.uses(&traffic, &["MPI_Comm_split_type"], why);
                }
            });
        });
        if !right {
            return;
        }
    }
}
