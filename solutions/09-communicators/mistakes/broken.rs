//! Mistakes in the broken programs.

use crate::{subject, tasks::Answers};
use harness_mpi::{Mistake, mistake};
use mpi::{
    collective::SystemOperation,
    topology::{Color, Rank, SimpleCommunicator},
    traits::*,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("broken-world": broken_world = world_as_found => Deadlock,
        "is the program as it was found: only the ocean's ranks call the all-reduce of all"),
    mistake!("broken-world": broken_world = all_added_up => WrongResult,
        "has all ranks call it, with what they have"),
    mistake!("broken-world": broken_world = all_told => WrongResult,
        "returns the sum on the atmosphere's ranks, too"),
    mistake!("broken-world": broken_world = zero_is_nothing => WrongResult,
        "takes a sum of 0 for none"),
    mistake!("broken-world": broken_world = nothing_told => WrongResult,
        "returns its own flux"),
    mistake!("broken-world": broken_world = none_without_flux => WrongResult,
        "returns 0 at once on ranks without flux, as if they were no part of the sum"),
    mistake!("broken-world": broken_world = one_side_of_the_split => Deadlock,
        "splits the ranks in the branch that only the ocean's ranks enter"),
    mistake!("broken-rank": broken_rank = rank_as_found => Panic,
        "is the program as it was found: the captain's rank in `world` is taken for one in the team"),
    mistake!("broken-rank": broken_rank = first_of_the_team => WrongResult,
        "takes the first rank of the team for its captain"),
    mistake!("broken-rank": broken_rank = largest_decision => WrongResult,
        "takes the largest decision of the team"),
    mistake!("broken-rank": broken_rank = teams_of_24_bits => CollectiveMismatch,
        "keeps 24 bits of a team's number"),
    mistake!("broken-rank": broken_rank = place_kept => WrongResult,
        "keeps where a captain was in its team for the next call"),
    mistake!("broken-rank": broken_rank = zero_is_none => WrongResult,
        "takes a decision of 0 for none"),
    mistake!("broken-rank": broken_rank = no_decision_is_0 => WrongResult,
        "finds the captain's decision as the largest one where the others say 0"),
];

fn world_as_found(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    let model = world.split_by_color(Color::with_value(i32::from(is_ocean)));
    let _model = model.expect("every rank has a model");
    if !is_ocean {
        return None;
    }
    let mut total: i64 = 0;
    world.all_reduce_into(&flux, &mut total, SystemOperation::sum());
    Some(total)
}

fn all_added_up(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    let mut total: i64 = 0;
    world.all_reduce_into(&flux, &mut total, SystemOperation::sum());
    is_ocean.then_some(total)
}

fn all_told(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    let mut total: i64 = 0;
    let flux = if is_ocean { flux } else { 0 };
    world.all_reduce_into(&flux, &mut total, SystemOperation::sum());
    Some(total)
}

fn zero_is_nothing(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    subject::broken_world(world, is_ocean, flux).filter(|total| *total != 0)
}

fn none_without_flux(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    let adds = is_ocean && flux != 0;
    let total = subject::broken_world(world, adds, flux);
    total.or(is_ocean.then_some(0))
}

fn nothing_told(_: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    is_ocean.then_some(flux)
}

fn one_side_of_the_split(world: &SimpleCommunicator, is_ocean: bool, flux: i64) -> Option<i64> {
    if !is_ocean {
        return None;
    }
    let model = world.split_by_color(Color::with_value(1))?;
    let mut total: i64 = 0;
    model.all_reduce_into(&flux, &mut total, SystemOperation::sum());
    Some(total)
}

fn team_of(world: &SimpleCommunicator, team: i32) -> SimpleCommunicator {
    world
        .split_by_color(Color::with_value(team))
        .expect("every rank has a team")
}

fn rank_as_found(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    let mut decided = decision;
    team_of(world, team)
        .process_at_rank(captain)
        .broadcast_into(&mut decided);
    decided
}

fn first_of_the_team(world: &SimpleCommunicator, team: i32, _: Rank, decision: i64) -> i64 {
    let mut decided = decision;
    team_of(world, team)
        .process_at_rank(0)
        .broadcast_into(&mut decided);
    decided
}

fn largest_decision(world: &SimpleCommunicator, team: i32, _: Rank, decision: i64) -> i64 {
    let mut decided = decision;
    team_of(world, team).all_reduce_into(&decision, &mut decided, SystemOperation::max());
    decided
}

fn no_decision_is_0(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    let own = if world.rank() == captain { decision } else { 0 };
    largest_decision(world, team, captain, own)
}

fn teams_of_24_bits(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    subject::broken_rank(world, team & 0xff_ffff, captain, decision)
}

fn place_kept(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    use std::{cell::RefCell, collections::BTreeMap};
    thread_local! {
        static KEPT: RefCell<BTreeMap<(i32, Rank, Rank), Rank>> = const { RefCell::new(BTreeMap::new()) };
    }
    let members = team_of(world, team);
    let place = || {
        let root = world.group().translate_rank(captain, &members.group());
        root.expect("the captain is one of the team")
    };
    let key = (team, captain, members.size());
    let root = KEPT.with_borrow_mut(|kept| *kept.entry(key).or_insert_with(place));
    let mut decisions = vec![0_i64; members.size() as usize];
    members.all_gather_into(&decision, &mut decisions[..]);
    decisions[root as usize]
}

fn zero_is_none(world: &SimpleCommunicator, team: i32, captain: Rank, decision: i64) -> i64 {
    match subject::broken_rank(world, team, captain, decision) {
        0 => decision,
        decided => decided,
    }
}
