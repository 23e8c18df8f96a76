//! Mistakes in the tasks `split` and `groups`.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    topology::{Color, Rank, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("split": split = without_key => WrongResult,
        "leaves the ranks of a team in the order of the given communicator"),
    mistake!("split": split = rank_as_key => WrongResult,
        "takes the rank for the key"),
    mistake!("split": split = largest_key_first => WrongResult,
        "puts the largest key first"),
    mistake!("split": split = no_team_is_team_0 => WrongResult,
        "puts the ranks without a team into team 0, and only returns nothing for them"),
    mistake!("split": split = the_rest_is_a_team => WrongResult,
        "makes a team of those who have none"),
    mistake!("split": split = returns_before_the_split => Deadlock,
        "returns without a call if it has no team"),
    mistake!("split": split = teams_of_16_bits => WrongResult,
        "keeps 16 bits of a team's number"),
    mistake!("split": split = teams_of_24_bits => WrongResult,
        "keeps 24 bits of a team's number"),
    mistake!("split": split = no_team_is_the_largest => WrongResult,
        "takes the largest number for the ranks without a team"),
    mistake!("split": split = teams_moved_up => WrongResult,
        "adds 1 to each team's number, as far as it goes"),
    mistake!("split": split = odd_and_even => WrongResult,
        "takes teams for 0 and 1"),
    mistake!("split": split = everybody => WrongResult,
        "returns a communicator of all ranks"),
    mistake!("split": split = by_lists => WrongOperation,
        "gathers all teams and keys, sorts them, and makes a group"),
    mistake!("split": split = in_two_steps => TooMuchCommunication,
        "sorts all ranks by their keys with a split, and splits again by teams"),
    mistake!("split": split = of_a_duplicate => TooMuchCommunication,
        "duplicates the communicator before it splits"),
    mistake!("groups": groups = sorted => WrongResult,
        "sorts the list"),
    mistake!("groups": groups = backwards => WrongResult,
        "turns the list round"),
    mistake!("groups": groups = excluded => WrongResult,
        "makes a group by excluding those that are not chosen, so that it is in order"),
    mistake!("groups": groups = the_rest_too => WrongResult,
        "makes a communicator of those that are not chosen as well"),
    mistake!("groups": groups = the_rest_in_vain => Deadlock,
        "makes a communicator of those that are not chosen, and frees it"),
    mistake!("groups": groups = itself => WrongOperation,
        "returns MPI_COMM_SELF for a single rank"),
    mistake!("groups": groups = by_split => WrongOperation,
        "splits, which takes all ranks"),
    mistake!("groups": groups = by_create => WrongOperation,
        "makes the communicator by the call that takes all ranks"),
    mistake!("groups": groups = duplicates_if_all => WrongOperation,
        "returns a duplicate if all ranks are chosen"),
    mistake!("groups": groups = asks_first => TooMuchCommunication,
        "has the chosen ranks tell each other on their communicator that they are there"),
    mistake!("groups": groups = makes_two => TooMuchCommunication,
        "makes the communicator twice, and frees the first"),
];

fn without_key(
    world: &SimpleCommunicator,
    team: Option<i32>,
    _: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team, 0)
}

fn rank_as_key(
    world: &SimpleCommunicator,
    team: Option<i32>,
    _: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team, SimpleCommunicator::world().rank())
}

fn largest_key_first(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team, !key)
}

fn no_team_is_team_0(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    let own = world.split_by_color_with_key(Color::with_value(team.unwrap_or(0)), key);
    team.and(own)
}

fn the_rest_is_a_team(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    // A number that no team has.
    world.split_by_color_with_key(Color::with_value(team.unwrap_or(1_234_567)), key)
}

fn returns_before_the_split(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    world.split_by_color_with_key(Color::with_value(team?), key)
}

fn teams_of_16_bits(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team.map(|team| team & 0xffff), key)
}

fn teams_of_24_bits(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team.map(|team| team & 0xff_ffff), key)
}

fn no_team_is_the_largest(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    let own = world.split_by_color_with_key(Color::with_value(team.unwrap_or(i32::MAX)), key);
    team.and(own)
}

fn teams_moved_up(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team.map(|team| team.saturating_add(1)), key)
}

fn odd_and_even(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team.map(|team| team % 2), key)
}

fn everybody(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(world, team.map(|_| 0), key)
}

fn by_lists(world: &SimpleCommunicator, team: Option<i32>, key: i32) -> Option<SimpleCommunicator> {
    let mut all = vec![[0_i32; 2]; world.size() as usize];
    world.all_gather_into(&[team.unwrap_or(-1), key], all.as_flattened_mut());
    let mut mates: Vec<Rank> = (0..world.size())
        .filter(|rank| Some(all[*rank as usize][0]) == team)
        .collect();
    mates.sort_by_key(|rank| all[*rank as usize][1]);
    subject::groups(world, &mates)
}

fn in_two_steps(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    let sorted = world.split_by_color_with_key(Color::with_value(0), key)?;
    sorted.split_by_color(team.map_or(Color::undefined(), Color::with_value))
}

fn of_a_duplicate(
    world: &SimpleCommunicator,
    team: Option<i32>,
    key: i32,
) -> Option<SimpleCommunicator> {
    subject::split(&world.duplicate(), team, key)
}

fn makes_two(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    drop(subject::groups(world, chosen)?);
    subject::groups(world, chosen)
}

fn sorted(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    let mut chosen = chosen.to_vec();
    chosen.sort_unstable();
    subject::groups(world, &chosen)
}

fn backwards(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    let chosen: Vec<Rank> = chosen.iter().rev().copied().collect();
    subject::groups(world, &chosen)
}

fn excluded(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    if !chosen.contains(&world.rank()) {
        return None;
    }
    let others: Vec<Rank> = (0..world.size())
        .filter(|rank| !chosen.contains(rank))
        .collect();
    world.split_by_subgroup(&world.group().exclude(&others))
}

fn the_rest_too(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    if chosen.contains(&world.rank()) {
        return subject::groups(world, chosen);
    }
    world.split_by_subgroup(&world.group().exclude(chosen))
}

fn the_rest_in_vain(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    let own = the_rest_too(world, chosen);
    own.filter(|_| chosen.contains(&world.rank()))
}

fn itself(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    if chosen == [world.rank()] {
        return Some(SimpleCommunicator::self_comm());
    }
    subject::groups(world, chosen)
}

fn by_split(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    let place = chosen.iter().position(|rank| *rank == world.rank());
    let color = place.map_or(Color::undefined(), |_| Color::with_value(0));
    world.split_by_color_with_key(color, place.unwrap_or(0) as i32)
}

fn by_create(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    world.split_by_subgroup_collective(&world.group().include(chosen))
}

fn duplicates_if_all(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    if chosen.len() == world.size() as usize {
        return Some(world.duplicate());
    }
    subject::groups(world, chosen)
}

fn asks_first(world: &SimpleCommunicator, chosen: &[Rank]) -> Option<SimpleCommunicator> {
    let own = subject::groups(world, chosen)?;
    own.barrier();
    Some(own)
}
