//! The checks of the tasks that return a communicator: it is looked at which ranks it has, in which order.

use super::{
    Answers, NOTHING,
    given::{Given, number_of},
    makes_one,
};
use harness_mpi::{COMMUNICATOR_MAKERS, Check, Kind, Reason, SimpleCommunicator, plural};

/// Whether the communicator that an answer has made has these ranks of the given one, in this order; the
/// same on all ranks, which must call it. What was made is freed.
fn made(
    check: &mut Check,
    given: &Given,
    made: Option<SimpleCommunicator>,
    expected: Option<Vec<usize>>,
    why: &str,
) -> bool {
    let members = made.as_ref().map(|made| given.ranks_of(check, made));
    let ranks = |ranks: Vec<usize>| {
        ranks
            .into_iter()
            .map(|rank| rank as i32)
            .collect::<Vec<i32>>()
    };
    let right = check.returned(members, expected.map(ranks), why);
    let everywhere = check.everywhere(right);
    if everywhere {
        check.aside_call(|_| drop(made));
    } else {
        // It may be another rank's that has not freed it.
        std::mem::forget(made);
    }
    everywhere
}

/// The arguments of one rank: its team and its key.
type Wish = (Option<i32>, i32);

pub fn split(check: &mut Check, answers: &Answers) {
    for given in Given::both(check) {
        for wishes in given.inputs(wishes(check)) {
            let teams: Vec<Option<i32>> = wishes.iter().map(|(team, _)| *team).collect();
            let keys: Vec<i32> = wishes.iter().map(|(_, key)| *key).collect();
            given.input(check, &format!("teams {}, keys {keys:?}", shown(&teams)));
            let (team, key) = wishes[given.rank];
            let (own, traffic) = check.observe(|_| (answers.split)(&given.world, team, key));
            let expected = team.map(|_| {
                let mut mates: Vec<usize> = (0..wishes.len())
                    .filter(|rank| wishes[*rank].0 == team)
                    .collect();
                mates.sort_by_key(|rank| wishes[*rank].1);
                mates
            });
            let why = "the ranks of its team as ranks of `world`, in the order of their keys; `None` without \
                       a team";
            if !made(check, &given, own, expected, why) {
                return;
            }
            let why = "this task asks for one split, which all ranks call, including those without a team";
            // A single rank has no other rank to tell.
            let once = makes_one(check, &traffic, why);
            if !check.everywhere(once) {
                return;
            }
            let by_it_alone = check.size() == 1
                || (check.uses(&traffic, &["MPI_Comm_split"], why)
                    && check.moves(&traffic, NOTHING, "the split tells each rank its team"));
            if !check.everywhere(by_it_alone) {
                return;
            }
        }
        given.free(check);
    }
}

/// Teams as people write them.
fn shown(teams: &[Option<i32>]) -> String {
    let team = |team: &Option<i32>| team.map_or(String::from("none"), |team| team.to_string());
    format!(
        "[{}]",
        teams.iter().map(team).collect::<Vec<_>>().join(", ")
    )
}

/// The arguments of the ranks, in several inputs.
fn wishes(check: &mut Check) -> Vec<Vec<Wish>> {
    let size = check.size();
    let backwards = |rank: usize| -(rank as i32);
    let all = |wish: &dyn Fn(usize) -> Wish| (0..size).map(wish).collect::<Vec<Wish>>();
    // Some have the same key, and are in the order of `world`.
    let few_keys = check.draw_vec(size, -1..2);
    let drawn_teams = check.draw_vec(size, 0..3);
    let any_keys: Vec<i32> = check.integers(size);
    // No team next to numbers that could stand for none.
    let next_to_none = [None, Some(i32::MAX), Some(size as i32)];
    let left_out = check.draw(0..size);
    vec![
        all(&|rank| (Some((rank % 2) as i32), backwards(rank))),
        all(&|_| (Some(3), 5)),
        // Some ranks have no team, and others have team 0.
        all(&|rank| ((rank % 2 == 1).then_some(0), few_keys[rank])),
        all(&|rank| {
            (
                (rank != left_out).then_some(drawn_teams[rank]),
                few_keys[rank],
            )
        }),
        all(&|rank| (Some(number_of(rank)), any_keys[rank])),
        all(&|rank| (next_to_none[rank % 3], any_keys[rank])),
        all(&|rank| (Some(number_of(rank % 2)), any_keys[rank])),
        all(&|_| (None, 0)),
        all(&|rank| (Some(rank as i32), 0)),
    ]
}

pub fn groups(check: &mut Check, answers: &Answers) {
    for given in Given::both(check) {
        for chosen in given.inputs(choices(check)) {
            let others = check.size() - chosen.len();
            let callers = [
                Some(others),
                (others > 0).then_some(0),
                (others > 1).then_some(1),
            ];
            for others in callers.into_iter().flatten() {
                if !grouped(check, answers, &given, &chosen, others) {
                    return;
                }
            }
        }
        given.free(check);
    }
}

/// Lists of ranks.
fn choices(check: &mut Check) -> Vec<Vec<usize>> {
    let size = check.size();
    let mut drawn: Vec<usize> = (0..size).collect();
    check.shuffle(&mut drawn);
    let mut some = drawn.clone();
    some.truncate(size.div_ceil(2));
    let mut ends = vec![size - 1, 0];
    ends.dedup();
    vec![
        (0..size).rev().collect(),
        some,
        ends,
        drawn,
        vec![size / 2],
        Vec::new(),
    ]
}

/// Whether the chosen ranks get their communicator, where this many of the others call the answer too.
fn grouped(
    check: &mut Check,
    answers: &Answers,
    given: &Given,
    chosen: &[usize],
    others: usize,
) -> bool {
    const MAKER: &str = "MPI_Comm_create_group";
    let is_chosen = chosen.contains(&given.rank);
    let not_chosen: Vec<usize> = (0..check.size())
        .filter(|rank| !chosen.contains(rank))
        .collect();
    let (callers, absent) = not_chosen.split_at(others);
    let who = if absent.is_empty() {
        "all ranks call"
    } else if callers.is_empty() {
        "only the chosen ranks call"
    } else {
        "the chosen ranks and one other rank call"
    };
    given.input(
        check,
        &format!("{} chosen, {chosen:?}; {who}", plural(chosen.len(), "rank")),
    );
    let list: Vec<i32> = chosen.iter().map(|rank| *rank as i32).collect();
    let (own, traffic) = check.observe(|_| {
        let is_absent = absent.contains(&given.rank);
        (!is_absent)
            .then(|| (answers.groups)(&given.world, &list))
            .flatten()
    });
    // Before the result: what waits for all ranks is wrong for that reason.
    let why = "only the chosen ranks take part, and they need one call, `MPI_Comm_create_group`: a call of all \
               ranks would also wait for ranks that are busy";
    let others: Vec<&str> = COMMUNICATOR_MAKERS
        .iter()
        .copied()
        .filter(|maker| *maker != MAKER)
        .collect();
    let none = check.avoids(&traffic, &others, why) && makes_one(check, &traffic, why);
    if !check.everywhere(none) {
        std::mem::forget(own);
        return false;
    }
    let why =
        "the chosen ranks in the order of the list, as ranks of `world`; `None` on the other ranks";
    if !made(check, given, own, is_chosen.then(|| chosen.to_vec()), why) {
        return false;
    }
    let by_group = !is_chosen
        || check.require_rule(
            traffic.calls(check.rank(), MAKER) > 0,
            Kind::WrongOperation,
            Reason::OtherCall,
            || {
                String::from(
                    "never called MPI_Comm_create_group: this task asks for a communicator of a group, \
                     which only the ranks in the group make",
                )
            },
        );
    let alone = by_group && check.moves(&traffic, NOTHING, "the list is the same on all ranks");
    check.everywhere(alone)
}
