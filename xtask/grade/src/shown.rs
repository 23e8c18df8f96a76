//! One run of a task, for somebody who looks at it: an input, what each rank returned and printed for it,
//! and the recording of the calls that the answer made meanwhile.

use crate::{
    merge::{Input, Verdict},
    printed::{self, Printed},
};
use anyhow::{Context, Result};
use launch::{Job, Scratch};
use std::{collections::BTreeMap, fs, path::Path};
use verdict::{Part, Prints, part};

/// A task that passes is shown on so many ranks at most, if it runs on so few.
const FEW: u32 = 4;

/// A run of a task on one number of ranks.
pub struct Shown {
    /// How many ranks; none without MPI.
    pub ranks: Option<u32>,
    /// Whether it fails.
    pub fails: bool,
    /// The input: the one that fails, or else the smallest that says something.
    pub input: Option<String>,
    /// What each rank has for it, such as `returned Some(5)`, as far as the check has looked at it: a
    /// line for each value.
    pub values: Vec<Prints>,
    /// What each rank printed for it.
    pub prints: Vec<Prints>,
    /// The calls of MPI meanwhile; none where there are no ranks.
    pub recording: Option<Recording>,
}

/// What the ranks of a job have recorded, and which part of it is meant. It goes when this is dropped.
pub struct Recording {
    /// The part; what is said of it, and where the answers lie, is still to be filled in.
    pub part: Part,
    scratch: Scratch,
    /// The supervisor of the job removes the folder when this process is killed.
    _job: Job,
}

impl Recording {
    /// Writes the part down, and hands out the folder for the witness to draw.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn folder(&self) -> Result<&Path> {
        let folder = self.scratch.path();
        let path = folder.join(part::FILE);
        let text = serde_json::to_vec(&self.part).context("writing the part as JSON")?;
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(folder)
    }
}

/// What the ranks told of one item.
pub(crate) struct Told {
    /// The item's index.
    at: usize,
    ranks: Option<u32>,
    /// Each rank's inputs, with the number of calls before each, in the order in which they came.
    pub inputs: Vec<(u32, u64, Input)>,
    /// Each rank's values, with the numbers of their inputs.
    pub values: Vec<(u32, u32, String)>,
    pub printed: BTreeMap<Option<u32>, Printed>,
    /// The input that fails, where it is known.
    pub failing: Option<u32>,
    /// The calls that something was found about.
    pub wrong: Vec<(u32, u64)>,
    /// The processes that had come to their end.
    pub returned: Vec<u32>,
    /// When the job was ended, if this item has ended it.
    pub ended: Option<u64>,
}

impl Told {
    pub fn new(at: usize, ranks: Option<u32>) -> Self {
        Self {
            at,
            ranks,
            inputs: Vec::new(),
            values: Vec::new(),
            printed: BTreeMap::new(),
            failing: None,
            wrong: Vec::new(),
            returned: Vec::new(),
            ended: None,
        }
    }

    /// The number of the input that is shown.
    fn input(&self, fails: bool) -> Option<u32> {
        if !fails {
            return self.smallest();
        }
        let at = |(rank, number): &(u32, u64)| {
            let own = self.inputs.iter().filter(|(of, ..)| of == rank);
            let before = own.filter(|(_, calls, _)| calls <= number);
            before.map(|(.., input)| input.number).max()
        };
        self.failing.or_else(|| self.wrong.iter().find_map(at))
    }

    /// The input whose values are shortest and whole, and not all of them nothing.
    fn smallest(&self) -> Option<u32> {
        let size = |input: &Input| {
            let own = self.values.iter().filter(|(_, at, _)| *at == input.number);
            let values: Vec<&str> = own.map(|(.., text)| &**text).collect();
            let is_cut = values.iter().any(|text| text.contains('…'));
            let is_nothing = values.iter().all(|text| is_nothing(text));
            let length = values.iter().map(|text| text.len()).sum::<usize>();
            (is_nothing, is_cut, input.text.len() + length, input.number)
        };
        let inputs = self.inputs.iter().map(|(.., input)| input);
        Some(inputs.min_by_key(|input| size(input))?.number)
    }

    /// The calls of each rank for an input: from where it was named, to where the next one was.
    fn calls(
        &self,
        input: Option<u32>,
        begun: &[u64],
        next: Option<&Vec<u64>>,
    ) -> Vec<(u64, Option<u64>)> {
        let of_rank = |rank: u32| {
            let index = rank as usize;
            let end = next.and_then(|next| next.get(index)).copied();
            let begin = begun.get(index).copied().unwrap_or_default();
            let Some(input) = input else {
                return (begin, end);
            };
            let own = || self.inputs.iter().filter(move |(of, ..)| *of == rank);
            // A rank may be at the input before, and not come to this one any more.
            let from = own().rfind(|(.., own)| own.number <= input);
            // What ranks do that are ahead may be why others wait.
            let after = own().find(|(.., own)| own.number > input);
            let after = after.filter(|_| self.ended.is_none());
            let until = after.map(|(_, calls, _)| *calls);
            (from.map_or(begin, |(_, calls, _)| *calls), until.or(end))
        };
        (0..self.ranks.unwrap_or(0)).map(of_rank).collect()
    }
}

/// Whether a value says nothing: it is none, empty, or zero.
fn is_nothing(text: &str) -> bool {
    let value = text.rsplit_once('`').map_or(text, |(_, value)| value);
    let value = value.trim_start_matches("returned");
    let rest = ["None", "Some", "Ok"].map(|word| (word, ""));
    let rest = rest
        .into_iter()
        .fold(value.to_owned(), |rest, (word, with)| {
            rest.replace(word, with)
        });
    !rest
        .chars()
        .any(|sign| sign.is_alphanumeric() && sign != '0')
}

/// What is left of a job that is over.
pub(crate) struct Remains {
    pub told: Vec<Told>,
    /// How many calls each process had made before each item.
    pub begun: Vec<Vec<u64>>,
    pub job: Job,
    pub scratch: Option<Scratch>,
}

impl Remains {
    /// What is better to look at: an item of this job, or what another one has left. The first failure
    /// is best; of what passes, the largest number of few ranks.
    pub fn better_than(self, other: Option<Shown>, verdicts: &[Option<Verdict>]) -> Option<Shown> {
        let fails = |told: &Told| matches!(verdicts.get(told.at), Some(Some(Verdict::Failed(_))));
        let passes = |told: &Told| matches!(verdicts.get(told.at), Some(Some(Verdict::Passed)));
        let is_better = |ranks: Option<u32>, than: Option<u32>| match (ranks, than) {
            (Some(ranks), Some(than)) => than > FEW && ranks < than || ranks > than && ranks <= FEW,
            _ => false,
        };
        if other.as_ref().is_some_and(|other| other.fails) {
            return other;
        }
        let place = self.told.iter().position(fails).or_else(|| {
            let mut best: Option<usize> = None;
            for (place, told) in self
                .told
                .iter()
                .enumerate()
                .filter(|(_, told)| passes(told))
            {
                let than = best.map(|best| self.told[best].ranks);
                if than.is_none_or(|than| is_better(told.ranks, than)) {
                    best = Some(place);
                }
            }
            let ranks = self.told[best?].ranks;
            let than = other.as_ref().map(|other| other.ranks);
            best.filter(|_| than.is_none_or(|than| is_better(ranks, than)))
        });
        match place {
            Some(place) => {
                let fails = fails(&self.told[place]);
                Some(self.shown(place, fails))
            }
            None => other,
        }
    }

    fn shown(mut self, place: usize, fails: bool) -> Shown {
        let next = self.begun.get(place + 1);
        let told = self.told.swap_remove(place);
        let input = told.input(fails);
        let part = |begun: &Vec<u64>| Part {
            ranks: told.ranks.unwrap_or(0),
            calls: told.calls(input, begun, next),
            wrong: told.wrong.clone(),
            returned: told.returned.clone(),
            ended: told.ended,
            ..Part::default()
        };
        let part = self.begun.get(place).map(part);
        let text = told.inputs.iter().map(|(.., input)| input);
        let text = text
            .filter(|named| Some(named.number) == input)
            .map(|named| named.text.clone())
            .next();
        let mut values: BTreeMap<u32, Vec<String>> = BTreeMap::new();
        for (rank, number, text) in told.values {
            if input.is_none_or(|input| input == number) {
                values.entry(rank).or_default().push(text);
            }
        }
        let is_alone = told.ranks.is_none();
        let of_rank = |(rank, lines): (u32, Vec<String>)| Prints {
            rank: (!is_alone).then_some(rank),
            text: lines.join("\n"),
        };
        let recording = part.zip(self.scratch).map(|(part, scratch)| Recording {
            part,
            scratch,
            _job: self.job,
        });
        Shown {
            ranks: told.ranks,
            fails,
            input: text,
            values: values.into_iter().map(of_rank).collect(),
            prints: printed::prints(&told.printed, is_alone, input),
            recording,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(inputs: &[(u32, u64, u32, &str)], values: &[(u32, u32, &str)]) -> Told {
        let input = |&(rank, calls, number, text): &(u32, u64, u32, &str)| {
            let text = text.to_owned();
            (rank, calls, Input { text, number })
        };
        let value = |&(rank, number, text): &(u32, u32, &str)| (rank, number, text.to_owned());
        Told {
            inputs: inputs.iter().map(input).collect(),
            values: values.iter().map(value).collect(),
            ..Told::new(0, Some(2))
        }
    }

    #[test]
    fn of_what_passes_the_smallest_input_is_shown_that_says_something() {
        let told = told(
            &[
                (0, 1, 1, "100 numbers"),
                (0, 2, 2, "2 numbers"),
                (0, 3, 3, "no number"),
                (0, 4, 4, "30 numbers"),
            ],
            &[
                (0, 1, "returned Some([1, 2, 3, 4, … 96 more])"),
                (0, 2, "returned Some([1, 2])"),
                (0, 3, "returned Some([])"),
                (0, 4, "has in `numbers` [1, 2, 3, 4, … 26 more]"),
                (1, 2, "returned None"),
            ],
        );
        assert_eq!(told.input(false), Some(2));
        assert!(is_nothing("has in `numbers` [0, 0]"));
        assert!(!is_nothing("has in `numbers` [0, 1]"));
    }

    #[test]
    fn the_calls_of_an_input_end_where_the_next_one_begins() {
        let mut told = told(
            &[
                (0, 10, 1, "a"),
                (0, 20, 2, "b"),
                (0, 30, 3, "c"),
                (1, 12, 1, "a"),
            ],
            &[],
        );
        let calls = |told: &Told, input| told.calls(input, &[9, 11], Some(&vec![40, 15]));
        assert_eq!(calls(&told, None), [(9, Some(40)), (11, Some(15))]);
        assert_eq!(calls(&told, Some(2)), [(20, Some(30)), (12, Some(15))]);
        // Where the job was ended, what a rank did that was ahead may be why.
        told.ended = Some(1);
        assert_eq!(
            told.calls(Some(2), &[9, 11], None),
            [(20, None), (12, None)]
        );
    }

    #[test]
    fn the_input_of_a_call_that_is_wrong_is_the_last_that_was_named_before_it() {
        let mut told = told(&[(0, 10, 1, "a"), (0, 20, 2, "b"), (0, 30, 3, "c")], &[]);
        assert_eq!(told.input(true), None);
        told.wrong = vec![(1, 5), (0, 25)];
        assert_eq!(told.input(true), Some(2));
        told.failing = Some(1);
        assert_eq!(told.input(true), Some(1));
    }
}
