//! The checks of the tasks `device` and `all`. All ranks run on one machine: the nodes, and the numbers of their devices,
//! are simulated.

use super::{
    Answers,
    lab::{self, MOST_GROUPS, Work, is_well_used},
};
use device::Machine;
use harness_mpi::{Bounds, Check, Kind, Reason, Traffic};

const SPLIT: &[&str] = &["MPI_Comm_split_type"];

/// The node of each rank, and the number of devices on the node of each rank.
struct Layout {
    nodes: Vec<u16>,
    devices: Vec<usize>,
}

impl Layout {
    /// The device that a rank must use.
    fn device_of(&self, rank: usize) -> usize {
        let before = self.nodes[..rank].iter();
        let place = before.filter(|node| **node == self.nodes[rank]).count();
        place % self.devices[rank]
    }

    fn describe(&self) -> String {
        format!(
            "the ranks are on the simulated nodes {:?}, where they find these numbers of devices: {:?}",
            self.nodes, self.devices
        )
    }
}

/// Placements of ranks: one node for all, neighbors on a node, nodes in turn, a node for each rank, and drawn ones.
fn layouts(check: &mut Check) -> Vec<Layout> {
    let size = check.size();
    let drawn = check.draw_vec(size, 0..3);
    let by = |node: &dyn Fn(usize) -> usize| -> Vec<u16> {
        (0..size).map(|rank| node(rank) as u16).collect()
    };
    let placements = [
        by(&|_| 3),
        by(&|rank| rank / 2),
        by(&|rank| rank % 2),
        by(&|rank| rank),
        by(&|rank| drawn[rank]),
        by(&|_| 0),
        by(&|_| 1),
        by(&|_| 2),
    ];
    let mut layouts = Vec::new();
    for (number, nodes) in placements.into_iter().enumerate() {
        let of_node = match number {
            0 | 2 | 3 => vec![2; 16],
            1 => vec![3; 16],
            // More than there are ranks.
            5 => vec![size + 2; 16],
            6 => vec![1; 16],
            7 => vec![3; 16],
            _ => check.draw_vec(16, 1..4),
        };
        let devices = nodes
            .iter()
            .map(|node| of_node[usize::from(*node)])
            .collect();
        layouts.push(Layout { nodes, devices });
    }
    layouts
}

pub fn device(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let mut layouts = layouts(check);
    // Only the number of devices is given: nothing opens them.
    layouts.push(Layout {
        nodes: vec![3; size],
        devices: vec![usize::MAX; size],
    });
    for layout in layouts {
        check.input(layout.describe());
        let right = check.on_node(layout.nodes[rank], |check| {
            let (number, traffic) =
                check.observe(|world| (answers.device)(world, layout.devices[rank]));
            let expected = layout.device_of(rank);
            let why = "the ranks of a node take its devices in turn: its first rank takes device 0";
            let right = check.returned(number, expected, why);
            check.everywhere(right)
                && asks_once(
                    check,
                    &traffic,
                    Bounds {
                        given: 0,
                        got: 0,
                        calls: 0,
                    },
                )
        });
        if !right {
            return;
        }
    }
}

/// Whether a rank has asked once for the ranks of its node, and moved no more than `bounds`; the same on all ranks.
fn asks_once(check: &mut Check, traffic: &Traffic, bounds: Bounds) -> bool {
    let times = traffic.calls(check.rank(), SPLIT[0]);
    let right = check.require_rule(times == 1, Kind::WrongOperation, Reason::OtherCall, || {
        let called = match times {
            0 => format!("never called {}", SPLIT[0]),
            many => format!("called {} {many} times", SPLIT[0]),
        };
        format!("{called}: one call tells which ranks are on this node")
    }) && check.moves(
        traffic,
        bounds,
        "a rank needs no other information about the other ranks",
    );
    check.everywhere(right)
}

pub fn all(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    // Its kernels belong to other tasks, whose checks rehearse them.
    let machine = lab::machine(check, MOST_GROUPS, 0);
    if !check.everywhere(machine.is_some()) {
        return;
    }
    let Some(machine) = machine else {
        return;
    };
    let drawn = check.draw(1..2000);
    let mut samples = [
        size - 1,
        1,
        64 * size + 1,
        2000,
        5003,
        drawn,
        drawn + 1,
        // With shares that are rounded up, the last of several ranks have none.
        size + 1,
    ];
    // More hits of one rank than 16 bits can count.
    if size == 1 {
        samples[4] = 100_003;
    }
    for (layout, samples) in layouts(check).into_iter().zip(samples) {
        let samples = samples as u64;
        let seed = check.draw(0..u64::MAX);
        check.input(format!(
            "{samples} points of seed {seed}, {}",
            layout.describe()
        ));
        let machine = machine.clone().as_if_with(layout.devices[rank]);
        machine.log().take();
        let right = check.on_node(layout.nodes[rank], |check| {
            let (hits, traffic) =
                check.observe(|world| (answers.all)(world, &machine, seed, samples));
            let work = Work::of(&machine.log().take());
            let expected = super::points::hits(seed, 0..samples);
            let why = "the result is the number of hits of all ranks together";
            let right = check.returned(hits, expected, why)
                && is_its_own(check, &work, layout.device_of(rank))
                && is_its_share(check, &work, samples);
            let bounds = Bounds {
                given: 16,
                got: 16,
                calls: 1,
            };
            check.everywhere(right) && asks_once(check, &traffic, bounds)
        });
        if !right {
            return;
        }
    }
    let samples = 1000 * size as u64;
    check.input(format!("{samples} points of seed 7"));
    let hits = machine.falsified(|| (answers.all)(check.world(), &machine, 7, samples));
    let depends = lab::depends_on_device(check, hits != super::points::hits(7, 0..samples));
    if !check.everywhere(depends) {
        return;
    }
    // Shares of which the last would take what is left, and shares that are rounded up.
    for samples in [3 * size - 1, 2 * size + 1] {
        if !are_shared(check, answers, &machine, samples as u64) {
            return;
        }
    }
}

/// Whether each rank counts its share. All points are hits, so that what is missing when nothing is counted on a rank's
/// device is that rank's number of points.
fn are_shared(check: &mut Check, answers: &Answers, machine: &Machine, samples: u64) -> bool {
    let (rank, size) = (check.rank(), check.size());
    let mut seed = check.draw(0..1 << 40);
    while super::points::hits(seed, 0..samples) < samples {
        seed += 1;
    }
    check.input(format!(
        "{samples} points of seed {seed}, all of which are hits; the check lets the device of one rank after another \
         find no hits"
    ));
    let missing_without = |is_blank: &dyn Fn(usize) -> bool| {
        let run = || (answers.all)(check.world(), machine, seed, samples);
        let hits = match is_blank(rank) {
            true => machine.zeroed(run),
            false => run(),
        };
        i128::from(samples) - i128::from(hits)
    };
    let all = missing_without(&|_| true);
    let parts: Vec<i128> = (0..size)
        .map(|blank| missing_without(&|rank| rank == blank))
        .collect();
    let adds_up = parts.iter().sum::<i128>() == all;
    // An answer that counts the other points finds all of them then.
    let is_known = all == i128::from(samples);
    let apart = parts.iter().max().zip(parts.iter().min());
    let is_even = apart.is_none_or(|(most, least)| most - least <= 1);
    let right = check.require(adds_up, Kind::WrongOperation, || {
        format!(
            "with no hits on one rank after another, {parts:?} hits were missing, but {all} with no hits at all: each \
             rank counts its own share, and the counts are added up"
        )
    }) && check.require(!is_known || is_even, Kind::WrongOperation, || {
        format!(
            "the ranks counted {parts:?} points: the numbers of points of two ranks differ by at most one"
        )
    });
    check.everywhere(right)
}

/// Whether a rank has opened its own device once, and no other one.
fn is_its_own(check: &Check, work: &Work, device: usize) -> bool {
    let only = |opened: &[usize]| matches!(opened, [only] if *only == device);
    check.require_rule(
        only(&work.opened),
        Kind::WrongOperation,
        Reason::OtherCall,
        || match &work.opened[..] {
            [] => format!("opened no device, but should open device {device}"),
            opened => {
                format!("opened the devices {opened:?}, but should open device {device} once")
            }
        },
    )
}

/// Whether the device was used for this rank's share.
fn is_its_share(check: &mut Check, work: &Work, samples: u64) -> bool {
    let share = samples / check.size() as u64;
    is_well_used(check, work, MOST_GROUPS, share as usize, 1024, 1024)
}
