//! What became of a plan on a machine: its time, and where it was spent.

use crate::{Plan, Times};
use recording::event::{PlaceId, Rank};
use std::collections::{BTreeMap, HashMap};
use trace::{Call, Place, Timeline};

/// What one number of ranks came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome {
    /// How many ranks there were.
    pub ranks: u32,
    /// For how long the run that was recorded took on this machine, in nanoseconds, if that is known: with as
    /// many ranks on its cores as there were.
    pub here: Option<u64>,
    /// From `MPI_Init` to the last rank's `MPI_Finalize`, in simulated nanoseconds.
    pub time: u64,
    /// For how long all ranks together computed, in nanoseconds of the recording's machine.
    pub work: u64,
    /// For how long a rank computes on that machine, in the mean of the ranks, in simulated nanoseconds.
    pub computing: u64,
    /// What part of the ranks' time is spent in MPI, or after a rank's last call: from 0 to 1.
    pub waiting: f64,
    /// The lines with their time, the largest first.
    pub costs: Vec<Cost>,
}

/// What the calls at one line take.
#[derive(Clone, Debug, PartialEq)]
pub struct Cost {
    /// The function.
    pub function: &'static str,
    /// The line; none where the program has no debug information.
    pub place: Option<Place>,
    /// For how long a rank is in it, in the mean of all ranks, in simulated nanoseconds.
    pub nanos: u64,
    /// How often it is called, by all ranks together.
    pub calls: u64,
}

/// A file and a line of it.
type Line = (String, u32);

/// Tells the line behind a number of a rank.
pub type Lines<'a> = &'a mut dyn FnMut(Rank, PlaceId) -> Option<Place>;

impl Outcome {
    /// From the times that [`crate::Simgrid::replay`] has returned.
    #[must_use]
    pub fn of(plan: &Plan, times: &[Vec<Times>], lines: Lines<'_>) -> Self {
        let ranks = plan.ranks().max(1) as u64;
        let time = times.iter().flatten().map(|(_, to)| *to).max().unwrap_or(0);
        let mut costs: BTreeMap<(Option<Line>, &'static str), (u64, u64)> = BTreeMap::new();
        let mut known: HashMap<(Rank, PlaceId), Option<Line>> = HashMap::new();
        let mut computing = 0;
        for (rank, times) in times.iter().enumerate() {
            let end = times.last().map_or(0, |last| last.0);
            let mut inside = 0;
            for (call, from, to) in calls(plan, rank, times) {
                inside += to - from;
                let it = &plan.calls[rank][call];
                let key = (rank as Rank, it.place);
                let line = known.entry(key).or_insert_with(|| {
                    let place = lines(key.0, key.1)?;
                    Some((place.file.to_string(), place.line))
                });
                let cost = costs.entry((line.clone(), it.function)).or_default();
                cost.0 += to - from;
                cost.1 += 1;
            }
            computing += end.saturating_sub(inside);
        }
        let mut costs: Vec<Cost> = costs
            .into_iter()
            .map(|((line, function), (nanos, calls))| Cost {
                function,
                place: line.map(|(file, line)| Place {
                    file: file.into(),
                    line,
                }),
                nanos: nanos / ranks,
                calls,
            })
            .collect();
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.nanos));
        let all = time * ranks;
        Self {
            ranks: ranks as u32,
            here: None,
            time,
            work: plan.work(),
            computing: computing / ranks,
            waiting: if all == 0 {
                0.0
            } else {
                1.0 - computing as f64 / all as f64
            },
            costs,
        }
    }
}

/// The calls of a rank that were replayed, by their places in the plan, with the time of each: from its first
/// step to its last.
fn calls<'a>(
    plan: &'a Plan,
    rank: usize,
    times: &'a [Times],
) -> impl Iterator<Item = (usize, u64, u64)> + 'a {
    let steps = plan.steps[rank].iter().filter_map(|step| step.call);
    let steps: Vec<(usize, Times)> = steps
        .map(|call| call as usize)
        .zip(times.iter().copied())
        .collect();
    let mut list: Vec<(usize, u64, u64)> = Vec::new();
    for (call, (from, to)) in steps {
        match list.last_mut() {
            Some(last) if last.0 == call => last.2 = to,
            _ => list.push((call, from, to)),
        }
    }
    list.into_iter()
}

/// The run as it would have been, to be drawn.
#[must_use]
pub fn timeline(plan: &Plan, times: &[Vec<Times>], lines: Lines<'_>) -> Timeline {
    let mut timeline = Timeline {
        ranks: plan.ranks() as u32,
        ..Timeline::default()
    };
    for (rank, times) in times.iter().enumerate() {
        for (call, from, to) in calls(plan, rank, times) {
            let it = &plan.calls[rank][call];
            let rank = rank as Rank;
            timeline.calls.push(Call {
                place: lines(rank, it.place),
                peer: it.peer.map(trace::Peer::Rank),
                bytes: it.bytes,
                ..Call::new(rank, it.function, it.class, from, Some(to))
            });
        }
    }
    timeline
}
