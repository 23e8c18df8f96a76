//! The checks of the broken programs: any fix is right, so only the results are checked.

use super::{
    Answers,
    given::{Given, number_of},
};
use harness_mpi::{Check, plural};

pub fn broken_world(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        let drawn = check.draw_vec(size, 0..2);
        let one = check.draw(0..size);
        let models: [&dyn Fn(usize) -> bool; 6] = [
            &|rank| rank % 2 == 0,
            &|rank| rank % 2 == 1,
            &|rank| drawn[rank] == 1,
            &|rank| rank == one,
            &|_| true,
            &|_| false,
        ];
        for (index, is_ocean) in given.inputs(models.into()).into_iter().enumerate() {
            let mut fluxes = check.summands(size);
            let ocean: Vec<usize> = (0..size).filter(|rank| is_ocean(*rank)).collect();
            if let (1, Some((last, others))) = (index, ocean.split_last()) {
                // A sum of 0.
                fluxes[*last] = -others.iter().map(|rank| fluxes[*rank]).sum::<i64>();
            }
            if let (0, Some(first)) = (index, ocean.first()) {
                // Nothing to add, and yet a rank of the model.
                fluxes[*first] = 0;
            }
            let ranks = plural(ocean.len(), "ocean rank");
            given.input(
                check,
                &format!("{ranks}, {ocean:?}, with the fluxes {fluxes:?}"),
            );
            let (is_mine, flux) = (is_ocean(given.rank), fluxes[given.rank]);
            let (total, _) = check.observe(|_| (answers.broken_world)(&given.world, is_mine, flux));
            let all: i64 = ocean.iter().map(|rank| fluxes[*rank]).sum();
            let why =
                "each ocean rank returns the sum of the ocean ranks; the other ranks return `None`";
            let right = check.returned(total, is_mine.then_some(all), why);
            if !check.everywhere(right) {
                return;
            }
        }
        given.free(check);
    }
}

pub fn broken_rank(check: &mut Check, answers: &Answers) {
    let size = check.size();
    for given in Given::both(check) {
        for (index, (teams, captains)) in given.inputs(companies(check)).into_iter().enumerate() {
            // The captain of all has the smallest decision, below 0, and rank 0 the largest.
            let mut decisions: Vec<i64> = check.integers(size);
            decisions[0] = i64::MAX;
            decisions[size - 1] = i64::MIN + 1;
            let of_rank = |rank: usize| captains[teams[rank]];
            if index == 1 {
                decisions[of_rank(size - 1)] = 0;
            }
            let all: Vec<usize> = (0..size).map(of_rank).collect();
            let numbers: Vec<i32> = teams.iter().map(|team| number_of(*team)).collect();
            given.input(
                check,
                &format!("teams {numbers:?}, their captains {all:?}, decisions {decisions:?}"),
            );
            let (captain, own) = (of_rank(given.rank), decisions[given.rank]);
            let team = numbers[given.rank];
            let (decided, _) =
                check.observe(|_| (answers.broken_rank)(&given.world, team, captain as i32, own));
            let why = "what the captain of its team has decided";
            let right = check.returned(decided, decisions[captain], why);
            if !check.everywhere(right) {
                return;
            }
        }
        given.free(check);
    }
}

/// In several inputs, the team of each rank, and the captain of each team: each rank alone; all together with
/// the last rank as captain; two teams with their last ranks as captains; two times the same captain, who has
/// another place in its team; and random ones.
fn companies(check: &mut Check) -> Vec<(Vec<usize>, Vec<usize>)> {
    let size = check.size();
    let last = |teams: &[usize]| -> Vec<usize> {
        (0..size)
            .map(|team| teams.iter().rposition(|other| *other == team).unwrap_or(0))
            .collect()
    };
    let mut companies: Vec<(Vec<usize>, Vec<usize>)> = [size, 1, 2]
        .into_iter()
        .map(|number| {
            let teams: Vec<usize> = (0..size).map(|rank| rank % number).collect();
            let captains = last(&teams);
            (teams, captains)
        })
        .collect();
    if size > 2 {
        for mate in [0, 2] {
            let is_other = |rank| usize::from(rank != 1 && rank != mate);
            let teams: Vec<usize> = (0..size).map(is_other).collect();
            let mut captains = last(&teams);
            captains[0] = 1;
            companies.push((teams, captains));
        }
    }
    let teams = check.draw_vec(size, 0..3);
    let captains = (0..size.max(3))
        .map(|team| {
            // Every rank draws for every team, even for a team without ranks.
            let drawn = check.draw(0..size);
            let mates: Vec<usize> = (0..size).filter(|rank| teams[*rank] == team).collect();
            mates.get(drawn % mates.len().max(1)).copied().unwrap_or(0)
        })
        .collect();
    companies.push((teams, captains));
    companies
}
