//! How many steps messages take that are sent and received by calls that wait. Ranks that take turns
//! need few, however many they are; ranks that wait one for the other need as many as there are ranks.

use mpi::{datatype::PartitionMut, topology::SimpleCommunicator, traits::*};
use recorder::Turn;

/// Collects every rank's turns on every rank.
pub(crate) fn gather(world: &SimpleCommunicator, own: &[Turn]) -> Vec<Vec<Turn>> {
    let own: Vec<i32> = own.iter().map(encode).collect();
    let mut counts = vec![0; world.size().unsigned_abs() as usize];
    world.all_gather_into(&(own.len() as i32), &mut counts[..]);
    let starts: Vec<i32> = counts
        .iter()
        .scan(0, |next, count| {
            Some(std::mem::replace(next, *next + count))
        })
        .collect();
    let mut all = vec![0; counts.iter().sum::<i32>().unsigned_abs() as usize];
    let mut parts = PartitionMut::new(&mut all[..], &counts[..], &starts[..]);
    world.all_gather_varcount_into(&own[..], &mut parts);
    let mut rest = &all[..];
    counts
        .iter()
        .map(|count| {
            let (turns, others) = rest.split_at(count.unsigned_abs() as usize);
            rest = others;
            turns.iter().copied().map(decode).collect()
        })
        .collect()
}

/// A rank to send to as it is; one to receive from as a number below -1; any as -1.
fn encode(turn: &Turn) -> i32 {
    match turn {
        Turn::Send(rank) => *rank,
        Turn::Receive(None) => -1,
        Turn::Receive(Some(rank)) => -2 - rank,
    }
}

fn decode(code: i32) -> Turn {
    match code {
        0.. => Turn::Send(code),
        -1 => Turn::Receive(None),
        _ => Turn::Receive(Some(-2 - code)),
    }
}

/// Counts the steps of these turns of each rank, when every send waits for its receive, and each rank
/// sends or receives one message in a step. None when not all of them come to an end: then ranks wait
/// for each other in a circle, or for a message that nobody sends.
pub(crate) fn count(ranks: &[Vec<Turn>]) -> Option<u64> {
    let mut left: Vec<&[Turn]> = ranks.iter().map(|turns| &turns[..]).collect();
    let mut steps = 0;
    while left.iter().any(|turns| !turns.is_empty()) {
        let pairs = meetings(&left);
        if pairs.is_empty() {
            return None;
        }
        for rank in pairs.into_iter().flat_map(|(from, to)| [from, to]) {
            left[rank] = &left[rank][1..];
        }
        steps += 1;
    }
    Some(steps)
}

/// Who sends to whom now: the next turn of one is a send to the other, whose next turn is to receive
/// it. Who receives from any rank takes the lowest that is waiting.
fn meetings(left: &[&[Turn]]) -> Vec<(usize, usize)> {
    let sends = |from: usize, to: usize| left[from].first() == Some(&Turn::Send(to as i32));
    let meets = |to: usize| {
        let Some(Turn::Receive(wanted)) = left[to].first() else {
            return None;
        };
        let from = (0..left.len())
            .find(|from| wanted.is_none_or(|rank| rank == *from as i32) && sends(*from, to))?;
        Some((from, to))
    };
    (0..left.len()).filter_map(meets).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_survive_the_way_to_the_other_ranks() {
        for turn in [
            Turn::Send(0),
            Turn::Send(7),
            Turn::Receive(Some(0)),
            Turn::Receive(Some(7)),
            Turn::Receive(None),
        ] {
            assert_eq!(decode(encode(&turn)), turn);
        }
    }

    #[test]
    fn taking_turns_is_told_from_a_queue_and_from_a_circle() {
        const SIZE: i32 = 6;
        let steps = |sends_first: fn(i32) -> bool| {
            let turns = |rank: i32| {
                let send = Turn::Send((rank + 1) % SIZE);
                let receive = Turn::Receive(Some((rank + SIZE - 1) % SIZE));
                if sends_first(rank) {
                    vec![send, receive]
                } else {
                    vec![receive, send]
                }
            };
            count(&(0..SIZE).map(turns).collect::<Vec<_>>())
        };
        assert_eq!(steps(|rank| rank % 2 == 0), Some(2));
        assert_eq!(steps(|rank| rank == 0), Some(6));
        assert_eq!(steps(|_| true), None);
        assert_eq!(steps(|_| false), None);
    }

    #[test]
    fn whoever_takes_from_any_rank_takes_one_in_a_step() {
        let any = Turn::Receive(None);
        let send = vec![Turn::Send(0)];
        assert_eq!(count(&[vec![any, any], send.clone(), send]), Some(2));
        assert_eq!(count(&[vec![any]]), None);
        assert_eq!(count(&[vec![]]), Some(0));
    }
}
