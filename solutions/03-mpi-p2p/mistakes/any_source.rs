//! Mistakes in the task `any-source`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("any-source": any_source = rank_after_rank => Deadlock,
        "waits for each rank in turn, also for one that has nothing to report"),
    mistake!("any-source": any_source = guesses_the_source => WrongResult,
        "receives from any rank, and takes the ranks for the sources in turn"),
    mistake!("any-source": any_source = one_of_each => WrongResult,
        "expects one report from each rank"),
    mistake!("any-source": any_source = stops_one_early => WrongResult,
        "leaves the last report where it is"),
    mistake!("any-source": any_source = sorted_by_report => WrongResult,
        "sorts the reports, and loses the order in which they came"),
    mistake!("any-source": any_source = announces_how_many => TooMuchCommunication,
        "has every rank announce how many reports will come"),
    mistake!("any-source": any_source = receives_before_it_sends => Panic,
        "looks for its own report on rank 0, which has none"),
    mistake!("any-source": any_source = source_of_the_probe => WrongResult,
        "takes the source of a probe for that of the next message from anywhere"),
    mistake!("any-source": any_source = grouped_by_rank => WrongResult,
        "sorts the reports by rank, and loses the order in which they came"),
    mistake!("any-source": any_source = thirty_two_bits => WrongResult,
        "sends reports in 32 bits"),
    mistake!("any-source": any_source = with_an_index => TooMuchCommunication,
        "sends the number of the report along"),
    mistake!("any-source": any_source = at_most_255 => WrongResult,
        "counts the reports in 8 bits"),
];

type Reports = Vec<(Rank, i64)>;

fn send_all(world: &SimpleCommunicator, mine: &[i64]) {
    for report in mine {
        world.process_at_rank(0).send(report);
    }
}

/// Receives so many reports from any rank.
fn receive(world: &SimpleCommunicator, many: usize) -> Reports {
    let report = |_| {
        let (report, status) = world.any_process().receive();
        (status.source_rank(), report)
    };
    (0..many).map(report).collect()
}

fn rank_after_rank(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    send_all(world, mine);
    let ranks = (1..world.size()).cycle().take(total);
    let report = |rank| (rank, world.process_at_rank(rank).receive().0);
    if world.rank() == 0 {
        ranks.map(report).collect()
    } else {
        Vec::new()
    }
}

fn guesses_the_source(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    let ranks = (1..world.size()).cycle();
    let reports = mpi_p2p_solution::any_source(world, mine, total);
    ranks
        .zip(reports)
        .map(|(rank, (_, report))| (rank, report))
        .collect()
}

fn one_of_each(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    send_all(world, mine);
    let many = total.min(world.size() as usize - 1);
    if world.rank() == 0 {
        receive(world, many)
    } else {
        Vec::new()
    }
}

fn stops_one_early(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    send_all(world, mine);
    if world.rank() == 0 {
        receive(world, total.saturating_sub(1))
    } else {
        Vec::new()
    }
}

fn sorted_by_report(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    let mut reports = mpi_p2p_solution::any_source(world, mine, total);
    reports.sort_by_key(|(_, report)| *report);
    reports
}

fn announces_how_many(world: &SimpleCommunicator, mine: &[i64], _total: usize) -> Reports {
    if world.rank() > 0 {
        world.process_at_rank(0).send(&(mine.len() as i64));
        send_all(world, mine);
        return Vec::new();
    }
    let from = |rank| {
        let rank = world.process_at_rank(rank);
        let (many, _) = rank.receive::<i64>();
        (0..many)
            .map(|_| rank.receive().0)
            .map(|report| (rank.rank(), report))
            .collect::<Vec<_>>()
    };
    (1..world.size()).flat_map(from).collect()
}

fn receives_before_it_sends(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    let mut reports = mpi_p2p_solution::any_source(world, mine, total);
    if world.rank() == 0 {
        reports.push((0, mine[0]));
    }
    reports
}

fn source_of_the_probe(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    send_all(world, mine);
    let report = |_| {
        let source = world.any_process().probe().source_rank();
        (source, world.any_process().receive().0)
    };
    let total = if world.rank() == 0 { total } else { 0 };
    (0..total).map(report).collect()
}

fn grouped_by_rank(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    let mut reports = mpi_p2p_solution::any_source(world, mine, total);
    reports.sort_by_key(|(source, _)| *source);
    reports
}

fn thirty_two_bits(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    let narrow: Vec<i64> = mine.iter().map(|report| (*report as i32).into()).collect();
    mpi_p2p_solution::any_source(world, &narrow, total)
}

fn with_an_index(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    for (index, report) in mine.iter().enumerate() {
        world.process_at_rank(0).send(&[index as i64, *report]);
    }
    let report = |_| {
        let mut received = [0; 2];
        let status = world.any_process().receive_into(&mut received);
        (status.source_rank(), received[1])
    };
    let total = if world.rank() == 0 { total } else { 0 };
    (0..total).map(report).collect()
}

fn at_most_255(world: &SimpleCommunicator, mine: &[i64], total: usize) -> Reports {
    send_all(world, mine);
    if world.rank() > 0 {
        return Vec::new();
    }
    receive(world, usize::from(total as u8))
}
