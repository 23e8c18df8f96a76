//! The check of `worker_lost`: rows that panic, and what the others make of the rest.

use super::{Answers, farming, painting::Painter, part, tried};
use crate::subject::{Lost, Rescued};
use harness_mpi::{Check, Kind, Patience, SimpleCommunicator, plural};
use std::panic::resume_unwind;

pub fn worker_lost(check: &mut Check, answers: &Answers) {
    let workers = check.size().saturating_sub(1).max(1);
    let some = 4 * workers + 3;
    // By draw no text is empty or long: the cases below decide that.
    let drawn = check.draw(0..some) & !2;
    let inputs = [
        (1, some, vec![]),
        (7, 0, vec![]),
        (5, workers - 1, vec![]),
        (1, some, vec![drawn]),
        (300, some, vec![0]),
        (3, some, vec![some - 1]),
        (3, 1, vec![0]),
        // All but one worker are lost, at once or one by one.
        (9, some, (0..workers - 1).collect()),
        (9, some, (0..workers - 1).map(|bad| 3 * bad + 1).collect()),
        // All are lost.
        (9, some, (0..workers).collect()),
        (9, some, (0..some).collect()),
        (4, some, (some - workers..some).collect()),
        (2, if workers < 3 { 300 } else { 4 * workers }, vec![4]),
    ];
    for (width, height, bad) in tried(check, inputs) {
        if !survived(check, answers, [width, height], &bad, false) {
            return;
        }
    }
    if workers > 1 {
        // Twice, because one order may be that of the rows.
        for bad in [(0..workers).collect::<Vec<_>>(), (1..=workers).collect()] {
            if !survived(check, answers, [5, some], &bad, true) {
                return;
            }
        }
        let aside = check.aside();
        let farm: farming::Farm<'_> = &|world, [width, height, _], row| {
            let rescued = (answers.worker_lost)(world, width, height, row)?;
            Some(rescued.picture)
        };
        // A manager that hands out one row after another begins with this worker. What it has in advance when it is
        // lost is left for workers that had nothing more to do.
        let _ = farming::one_is_late(check, &aside, farm, 1, 1, false)
            && farming::one_is_late(check, &aside, farm, 1, 1, true);
    }
}

/// What a row panics with, by turns a text that is written down, one that is made when it runs, an empty one, and a
/// long one.
fn message(row: usize) -> String {
    let made = format!("row {row} — dürr — is broken,\nand its text has two lines");
    match row % 4 {
        0 => String::from(WRITTEN),
        1 => made,
        2 => String::new(),
        _ => made.repeat(100),
    }
}

const WRITTEN: &str = "this row is broken";

fn survived(
    check: &mut Check,
    answers: &Answers,
    [width, height]: [usize; 2],
    bad: &[usize],
    is_rearranged: bool,
) -> bool {
    let workers = check.size().saturating_sub(1).max(1);
    let which = match bad.len() {
        0 => String::from("none of which panics"),
        1 => format!("of which row {} panics", bad[0]),
        many if many == height => String::from("all of which panic"),
        many => format!("{many} of which panic: {bad:?}"),
    };
    let order = match is_rearranged {
        true => {
            "; messages from different ranks are received in a different order than they were sent"
        }
        false => "",
    };
    let input = format!(
        "{} of {} for {}, {which}{order}",
        plural(height as u64, "row"),
        plural(width as u64, "pixel"),
        plural(check.size() as u64 - 1, "worker"),
    );
    let aside = check.aside();
    part(check, &input, |check| {
        let painter = Painter::new(check, width, height);
        let row = |number: usize| {
            let pixels = painter.row(number);
            // Thrown like a panic, and without the harness taking it for the end of the rank.
            match bad.contains(&number) {
                false => pixels,
                true if number.is_multiple_of(4) => resume_unwind(Box::new(WRITTEN)),
                true => resume_unwind(Box::new(message(number))),
            }
        };
        let answer = |world: &SimpleCommunicator| (answers.worker_lost)(world, width, height, &row);
        let returned = match is_rearranged {
            // A worker that has nothing to do waits for the manager.
            true => check.standard(|check| check.observe_rearranged(Patience::Limited, answer).0),
            false => check.observe(answer).0,
        };
        let rank = check.rank();
        let all = painter.all_asked(&aside);
        let after = all[rank].iter().position(|row| bad.contains(row));
        let after = after.and_then(|at| Some((all[rank][at], *all[rank].get(at + 1)?)));
        check.require(after.is_none(), Kind::WrongOperation, || {
            let (row, next) = after.unwrap_or_default();
            format!("computed row {next} after its row {row} had panicked: a lost worker computes no further row")
        });
        let Some(owners) = painter.owners(check, &all) else {
            return;
        };
        let lost: Vec<Lost> = bad
            .iter()
            .filter_map(|row| {
                Some(Lost {
                    row: *row,
                    rank: i32::try_from(owners[*row]?).unwrap_or(i32::MAX),
                    message: message(*row),
                })
            })
            .collect();
        let untried: Vec<usize> = (0..height).filter(|row| owners[*row].is_none()).collect();
        if rank == 0 {
            let alive = workers - lost.len();
            check.require(untried.is_empty() || alive == 0, Kind::WrongOperation, || {
                format!(
                    "had row {} computed by no rank, although {} of {} were left: the others continue",
                    untried[0],
                    alive,
                    plural(workers as u64, "worker")
                )
            });
        }
        if !check.everywhere(check.is_clean()) {
            return;
        }
        let computed = |row: usize| owners[row].filter(|_| !bad.contains(&row));
        let expected = (rank == 0).then(|| Rescued {
            picture: painter.by(computed),
            lost,
            untried,
        });
        let (Some(returned), Some(expected)) = (&returned, &expected) else {
            let why =
                "rank 0 returns the outcome of the picture, and every other rank returns `None`";
            check.returned(returned.is_some(), expected.is_some(), why);
            return;
        };
        let why =
            "each row that panicked, with its rank and the text of its panic, in ascending order";
        check.holds("lost", &returned.lost, &expected.lost, why);
        let why = "the rows that were never tried, because all workers were lost";
        check.holds("untried", &returned.untried, &expected.untried, why);
        let why = "what the workers have computed, and 0 in all other rows";
        check.holds("picture", &returned.picture, &expected.picture, why);
    })
}
