//! Every known mistake, and the verdict that it got.

use crate::{
    Event,
    build::Program,
    check::{counts_of, draw_seed},
    job::{Ahead, Item, Runner},
    merge::Verdict,
};
use anyhow::{Result, bail};
use course::{Exercise, Limits};
use setup::Environment;
use std::{collections::BTreeSet, path::Path};
use verdict::{Failure, Kind, wire::MistakeListing};

/// A known mistake and what the checks said of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The mistake as the check program lists it.
    pub mistake: MistakeListing,
    /// The failure that came first; none when the mistake passed at every rank count.
    pub found: Option<Failure>,
}

impl Tried {
    /// Whether it got the verdict that it declares.
    pub fn is_right(&self) -> bool {
        self.kind() == Some(self.mistake.kind)
    }

    /// The kind of failure that it got.
    pub fn kind(&self) -> Option<Kind> {
        self.found.as_ref().map(|failure| failure.kind)
    }
}

/// Runs mistakes of a solution's check program, each at the rank counts of its task, from the
/// smallest, until it fails.
pub fn try_all(
    root: &Path,
    exercise: &Exercise,
    program: &Program,
    mistakes: Vec<MistakeListing>,
    environment: Option<&Environment>,
    limits: Limits,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<Tried>> {
    let seed = draw_seed();
    let runner = Runner {
        witness: true,
        root,
        folder: &exercise.folder,
        program,
        environment,
        limits,
        seed,
        shows: false,
    };
    let counts = |mistake: &MistakeListing| -> BTreeSet<Option<u32>> {
        let task = exercise.task(&mistake.task);
        task.map_or_else(|| BTreeSet::from([None]), |task| counts_of(task, seed))
    };
    let mut tried: Vec<Tried> = mistakes
        .into_iter()
        .map(|mistake| Tried {
            mistake,
            found: None,
        })
        .collect();
    let all: BTreeSet<Option<u32>> = tried
        .iter()
        .flat_map(|tried| counts(&tried.mistake))
        .collect();
    // Nearly all mistakes fail at once: there is no job to be started ahead.
    let mut ahead = Ahead::default();
    for ranks in all {
        let open: Vec<usize> = (0..tried.len())
            .filter(|&index| {
                tried[index].found.is_none() && counts(&tried[index].mistake).contains(&ranks)
            })
            .collect();
        let items: Vec<Item> = open
            .iter()
            .map(|&index| Item {
                ranks,
                task: tried[index].mistake.task.clone(),
                mistake: Some(tried[index].mistake.name.clone()),
                unfinished: false,
            })
            .collect();
        for (index, verdict) in open
            .into_iter()
            .zip(runner.run(&items, &mut ahead, on_event)?.verdicts)
        {
            tried[index].found = match verdict {
                None | Some(Verdict::Passed) => None,
                Some(Verdict::Failed(failures)) => failures.into_iter().next(),
                Some(Verdict::NotStarted(_)) => {
                    let mistake = &tried[index].mistake;
                    bail!(
                        "the mistake `{}` of the task `{}` reaches todo!()",
                        mistake.name,
                        mistake.task
                    )
                }
            };
        }
    }
    Ok(tried)
}
