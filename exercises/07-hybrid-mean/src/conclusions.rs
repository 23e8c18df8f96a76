//! Conclusions from measured times, in sentences. Each follows from the numbers that it names: nothing is
//! measured or printed here.

use crate::measure::{Measured, ROW, TRIES};

/// The speed-up: the typical one, and the smallest and the largest that tries from the best to the median
/// may mean.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Gain {
    typical: f64,
    least: f64,
    most: f64,
}

impl Gain {
    fn of(run: &Measured, alone: &Measured) -> Self {
        let work = run.run.rows as f64 / alone.run.rows as f64;
        let (run, alone) = (run.seconds, alone.seconds);
        Self {
            typical: work * alone.median / run.median,
            least: work * alone.best / run.median,
            most: work * alone.median / run.best,
        }
    }

    /// Whether all tries agree that it is faster, or slower.
    fn is_faster(self) -> bool {
        self.least > 1.0
    }

    fn is_slower(self) -> bool {
        self.most < 1.0
    }

    /// "1.50 times as fast as one (1.42 to 1.58)".
    fn text(self) -> String {
        let Self {
            typical,
            least,
            most,
        } = self;
        format!("{typical:.2} times as fast as one ({least:.2} to {most:.2})")
    }
}

/// The conclusions from runs on a machine with `cores` cores, sentence by sentence.
pub fn conclusions(measured: &[Measured], cores: usize) -> Vec<String> {
    let usable: Vec<&Measured> = measured.iter().filter(|run| is_usable(run)).collect();
    let Some(alone) = usable.iter().copied().find(|run| run.workers() == 1) else {
        return vec!["There is no run on one rank with one thread to compare with.".into()];
    };
    let same = |run: &&Measured| run.run.rows == alone.run.rows && run.workers() > 1;
    let strong: Vec<&Measured> = usable.iter().copied().filter(same).collect();
    let mut sentences = Vec::new();
    sentences.extend(disturbed(&usable));
    sentences.push(of_threads(&strong, alone, cores));
    sentences.extend(of_ranks(&strong, alone, cores));
    let most = usable.iter().map(|run| run.workers()).max();
    if let Some(most) = most.filter(|most| *most > cores) {
        sentences.push(format!(
            "This machine has {}, and {most} workers share {}: the ideal speed-up is at most {cores}.",
            plural(cores, "core"),
            if cores == 1 { "it" } else { "them" }
        ));
    }
    sentences
}

/// Whether its times can be compared at all.
fn is_usable(run: &Measured) -> bool {
    let seconds = run.seconds;
    let ordered = seconds.best <= seconds.median && seconds.median <= seconds.worst;
    seconds.best > 0.0 && ordered && seconds.worst.is_finite() && run.moving >= 0.0
}

/// Warns that the machine is busy with something else, if the tries of some run differ much.
fn disturbed(runs: &[&Measured]) -> Option<String> {
    let differ = |run: &&Measured| run.seconds.median / run.seconds.best;
    let most = runs.iter().map(differ).fold(1.0, f64::max);
    (most > 1.3).then(|| {
        format!(
            "The median of {TRIES} tries is up to {most:.1} times as long as the best: other programs may \
             be using this machine, or there are more workers than cores. Measure again before you trust \
             a small difference."
        )
    })
}

/// The run with the shortest median.
fn fastest<'a>(runs: impl Iterator<Item = &'a Measured>) -> Option<&'a Measured> {
    runs.min_by(|one, other| one.seconds.median.total_cmp(&other.seconds.median))
}

fn of_threads(strong: &[&Measured], alone: &Measured, cores: usize) -> String {
    let runs = strong.iter().copied().filter(|run| run.run.ranks == 1);
    let Some(run) = fastest(runs) else {
        return format!(
            "Runs with more than one thread were not measured: this machine has {}.",
            plural(cores, "core")
        );
    };
    let (threads, gain) = (run.run.threads, Gain::of(run, alone));
    let shows = if gain.is_faster() {
        "threads pay off here, and no row is copied for them"
    } else if gain.is_slower() {
        "threads are slower here, although no row is copied for them"
    } else {
        "these tries show no difference"
    };
    format!(
        "{threads} threads in one rank are {}: {shows}.",
        gain.text()
    )
}

fn of_ranks(strong: &[&Measured], alone: &Measured, cores: usize) -> Vec<String> {
    let ranks = || {
        let runs = strong.iter().copied();
        runs.filter(|run| run.run.threads == 1 && run.run.ranks > 1)
    };
    let fits = |run: &&Measured| run.workers() <= cores;
    let Some(run) = fastest(ranks().filter(fits)).or_else(|| fastest(ranks())) else {
        return vec!["With one rank, no row is moved. Try more: cargo xtask run 07 -n 4".into()];
    };
    let (ranks, gain) = (run.run.ranks, Gain::of(run, alone));
    let moving = run.moving.min(run.seconds.median);
    let share = 100.0 * moving / run.seconds.median;
    let of_moving = format!("they spend {share:.0} % of their time moving rows");
    let shows = if gain.is_faster() {
        "ranks pay off here, and"
    } else if gain.is_slower() {
        "ranks are slower here, and"
    } else {
        "these tries show no difference, and"
    };
    let mut sentences = vec![format!(
        "{ranks} ranks with one thread each are {}: {shows} {of_moving}.",
        gain.text()
    )];
    let computing = run.seconds.median - moving;
    if computing > 0.0 && share >= 0.5 {
        let without = alone.seconds.median / computing;
        sentences.push(format!(
            "If each rank already had its rows, they would be {without:.2} times as fast as one."
        ));
    }
    if moving > 0.0 {
        let gigabytes = (run.run.rows * ROW) as f64 / 1e9;
        let (adding, moved) = (gigabytes / alone.seconds.median, gigabytes / moving);
        sentences.push(format!(
            "One worker adds up {adding:.1} GB/s, and {ranks} ranks together receive their rows at \
             {moved:.1} GB/s."
        ));
    }
    sentences
}

fn plural(count: usize, what: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {what}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Spread;
    use hybrid_mean::Run;

    /// A run of 10,000 rows: the best, median, and worst try, and the time for moving rows, in milliseconds.
    fn run(ranks: usize, threads: usize, milliseconds: [f64; 3], moving: f64) -> Measured {
        let [best, median, worst] = milliseconds.map(|milliseconds| milliseconds / 1e3);
        Measured {
            run: Run {
                ranks,
                threads,
                rows: 10_000,
                seconds: median,
            },
            seconds: Spread {
                best,
                median,
                worst,
            },
            moving: moving / 1e3,
        }
    }

    fn text(measured: &[Measured], cores: usize) -> String {
        conclusions(measured, cores).join("\n")
    }

    #[track_caller]
    fn says(measured: &[Measured], cores: usize, words: &[&str]) {
        let text = text(measured, cores);
        for words in words {
            assert!(text.contains(words), "no \"{words}\" in:\n{text}");
        }
    }

    #[test]
    fn a_gain_is_called_one_however_much_is_moved() {
        // Times of a machine with two cores, where the demo once said that ranks gain nothing.
        let measured = [
            run(1, 1, [13.9, 14.1, 15.2], 0.0),
            run(2, 1, [9.2, 9.4, 9.9], 4.5),
            run(1, 2, [7.3, 7.4, 8.0], 0.0),
        ];
        let words = [
            "2 ranks with one thread each are 1.50 times as fast as one (1.48 to 1.53): ranks pay off \
             here, and they spend 48 % of their time moving rows.",
            "they would be 2.88 times as fast",
            "2 threads in one rank are 1.91 times as fast as one (1.88 to 1.93): threads pay off",
        ];
        says(&measured, 2, &words);
        assert!(!text(&measured, 2).contains("slower here"));
    }

    #[test]
    fn a_loss_is_called_one() {
        let measured = [
            run(1, 1, [14.0, 14.2, 15.0], 0.0),
            run(4, 1, [20.0, 22.0, 31.0], 17.0),
            run(1, 2, [16.0, 16.5, 17.0], 0.0),
        ];
        let words = [
            "ranks are slower here, and they spend 77 %",
            "threads are slower here",
            "This machine has 2 cores, and 4 workers share them: the ideal speed-up is at most 2.",
        ];
        says(&measured, 2, &words);
        assert!(!text(&measured, 2).contains("pay off here"));
    }

    #[test]
    fn what_overlaps_is_no_difference() {
        let measured = [
            run(1, 1, [10.0, 12.0, 15.0], 0.0),
            run(2, 1, [9.0, 11.0, 31.0], 6.0),
            run(1, 2, [11.0, 12.0, 31.0], 0.0),
        ];
        let text = text(&measured, 2);
        assert_eq!(text.matches("no difference").count(), 2, "{text}");
        assert!(
            !text.contains("pay off here") && !text.contains("slower here"),
            "{text}"
        );
    }

    #[test]
    fn no_sentence_is_about_what_was_not_measured() {
        let alone = run(1, 1, [10.0, 10.0, 10.0], 0.0);
        says(
            &[alone],
            1,
            &[
                "not measured: this machine has 1 core.",
                "With one rank, no row",
            ],
        );
        assert!(!text(&[alone], 1).contains("GB/s"));
        says(&[], 4, &["no run on one rank"]);
        says(
            &[run(2, 1, [1.0, 1.0, 1.0], 0.5)],
            4,
            &["no run on one rank"],
        );
        // Only more ranks than cores.
        let words = [
            "2 workers share it: the ideal speed-up is at most 1.",
            "2 ranks with one thread",
        ];
        says(&[alone, run(2, 1, [11.0, 12.0, 13.0], 3.0)], 1, &words);
    }

    #[test]
    fn a_disturbed_machine_is_named() {
        let measured = [
            run(1, 1, [10.0, 10.1, 10.2], 0.0),
            run(2, 1, [8.0, 16.0, 40.0], 3.0),
        ];
        says(&measured, 2, &["up to 2.0 times as long as the best"]);
    }

    #[test]
    fn times_that_cannot_be_are_left_out() {
        let alone = run(1, 1, [10.0, 10.0, 10.0], 0.0);
        for nasty in [
            run(2, 1, [0.0, 0.0, 0.0], 0.0),
            run(2, 1, [f64::NAN; 3], 1.0),
            run(2, 1, [1.0, 2.0, f64::INFINITY], 1.0),
            run(2, 1, [1.0, 2.0, 3.0], f64::NAN),
            run(2, 1, [3.0, 2.0, 1.0], 1.0),
        ] {
            let text = text(&[nasty, alone], 2);
            assert!(!text.contains("2 ranks"), "{text}");
        }
        // Clocks of different ranks may differ, but moving rows takes no more than the whole time.
        let all = text(&[alone, run(2, 1, [5.0, 5.0, 5.0], 9.0)], 2);
        assert!(
            all.contains("100 %") && !all.contains("they would be"),
            "{all}"
        );
    }

    #[test]
    fn no_sentence_contradicts_its_number() {
        for median in 1..400 {
            for best in [0.5, 0.9, 1.0] {
                let median = f64::from(median) / 10.0;
                let other = run(2, 1, [best * median, median, 2.0 * median], median / 2.0);
                let text = text(&[run(1, 1, [18.0, 20.0, 22.0], 0.0), other], 2);
                let speed_up = 20.0 / median;
                assert!(text.contains(&format!("are {speed_up:.2} times")), "{text}");
                assert!(speed_up > 1.0 || !text.contains("pay off here"), "{text}");
                assert!(speed_up < 1.0 || !text.contains("slower here"), "{text}");
            }
        }
    }
}
