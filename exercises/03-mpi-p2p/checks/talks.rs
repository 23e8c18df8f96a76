//! The checks of the tasks in which a message tells by its tag or its source what it is.

use super::{
    Answers, LONG, Mode, Standard, Synchronous, in_both_modes, messages_only, no_collectives, part,
};
use crate::subject::{LARGEST, STOP, SUM};
use harness_mpi::{Bounds, Check, Kind, Moved, Patience, Traffic};
use mpi::{Rank, Tag, request::scope, traits::*};
use std::sync::atomic::{AtomicI64, Ordering};

type Question = (Tag, Vec<i64>);

/// More reports of a rank than 8 bits count.
const MANY: usize = 300;

pub fn tags(check: &mut Check, answers: &Answers) {
    let mixed: Vec<Tag> = (0..6).map(|_| check.draw(SUM..LARGEST + 1)).collect();
    let fixed = [SUM, SUM, LARGEST, LARGEST, SUM];
    for kinds in [
        vec![],
        vec![LARGEST],
        vec![SUM],
        fixed.to_vec(),
        [&fixed[..], &mixed].concat(),
    ] {
        let input = format!("questions with the tags {kinds:?}");
        let longest = if kinds.len() > fixed.len() { LONG } else { 8 };
        let right = in_both_modes(check, longest, &input, |check| {
            let questions = draw_questions(check, &kinds, longest);
            let rank_0 = check.rank() == 0;
            let given = if rank_0 { &questions[..] } else { &[] };
            let (returned, traffic) = check.observe(|world| (answers.tags)(world, given));
            let expected = if rank_0 && check.size() > 1 {
                questions.iter().map(answer).collect()
            } else {
                Vec::new()
            };
            let why = "rank 0 returns the answers, in the order of its questions";
            check.returned(returned, expected, why);
            only_questions_and_answers(check, &traffic, &questions);
        });
        if !right {
            return;
        }
    }
    if check.size() > 1 {
        let _ = in_place_of_rank_0(check, answers)
            && ahead_of_the_answers(check, answers)
            && in_place_of_rank_1(check, answers);
    }
}

fn only_questions_and_answers(check: &mut Check, traffic: &Traffic, questions: &[Question]) {
    let numbers: usize = questions.iter().map(|(_, numbers)| numbers.len()).sum();
    let (asked, answered) = (8 * numbers as u64, 8 * questions.len() as u64);
    let times = questions.len() as u64 + 1;
    let (given, got, calls) = match check.rank() {
        _ if check.size() == 1 => (0, 0, 0),
        // No rank receives an answer to STOP, and that message says more than a count.
        0 => (asked, answered + 8, times),
        1 => (answered + 8, asked, times),
        _ => (0, 0, 0),
    };
    let why = "the tag alone says which kind of question it is, without another message or number";
    let bounds = Bounds { given, got, calls };
    messages_only(check, traffic, bounds, why);
}

/// Rank 1 answers questions that the check asks, as the task says that rank 0 does: what tag an answer
/// has, and that it comes before the next question is received, only the other side sees.
fn in_place_of_rank_0(check: &mut Check, answers: &Answers) -> bool {
    let kinds = [SUM, SUM, LARGEST, LARGEST, SUM];
    let input = "the check plays rank 0: it asks for 2 sums, 2 largest numbers and a sum, then sends \
                 STOP; it waits for each answer before it asks the next question";
    part(check, Standard, input, |check| {
        let questions = kinds.map(|tag| (tag, check.draw_vec(3, 1..1000)));
        let mut received: Vec<(Tag, i64)> = Vec::new();
        let mut expected = Vec::new();
        if check.rank() == 0 {
            let rank_1 = check.world().process_at_rank(1);
            for (tag, numbers) in &questions {
                rank_1.send_with_tag(&numbers[..], *tag);
                let mut number = 0_i64;
                let tag = rank_1.receive_into(&mut number).tag();
                received.push((tag, number));
            }
            rank_1.send_with_tag(&[0_i64; 0], STOP);
            expected = questions
                .iter()
                .map(|asked| (asked.0, answer(asked)))
                .collect();
        } else {
            (answers.tags)(check.world(), &[]);
        }
        let why =
            "rank 1 answers with the tag of the question (shown: tag and number of each answer)";
        check.holds("answers", received, expected, why);
    })
}

/// The questions that rank 1 has received and not begun to answer, and the most that there have been.
static UNANSWERED: AtomicI64 = AtomicI64::new(0);
static MOST_UNANSWERED: AtomicI64 = AtomicI64::new(0);

/// Counts a call of the answer on rank 1. An immediate receive is left out: when its question comes, nobody sees.
fn note(function: &'static str) {
    if ["MPI_Recv", "MPI_Mrecv", "MPI_Imrecv"].contains(&function) {
        let before = UNANSWERED.fetch_add(1, Ordering::Relaxed);
        MOST_UNANSWERED.fetch_max(before + 1, Ordering::Relaxed);
    } else if ["send", "start"]
        .iter()
        .any(|stem| function.to_ascii_lowercase().contains(stem))
    {
        UNANSWERED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The same where all questions, and STOP, are there before the first answer.
fn ahead_of_the_answers(check: &mut Check, answers: &Answers) -> bool {
    let kinds = [LARGEST, SUM, LARGEST, SUM];
    let input = "the check plays rank 0: it asks for a largest number, a sum, a largest number and a sum, and \
                 sends STOP, by immediate sends, and only then receives the answers";
    part(check, Standard, input, |check| {
        let mut asked = kinds.map(|tag| (tag, check.draw_vec(3, 1..1000))).to_vec();
        let expected: Vec<(Tag, i64)> =
            asked.iter().map(|asked| (asked.0, answer(asked))).collect();
        asked.push((STOP, Vec::new()));
        match check.rank() {
            0 => {}
            1 => return answers_one_by_one(check, answers),
            _ => return drop((answers.tags)(check.world(), &[])),
        }
        let rank_1 = check.world().process_at_rank(1);
        let received: Vec<(Tag, i64)> = scope(|scope| {
            let sends: Vec<_> = asked
                .iter()
                .map(|(tag, numbers)| rank_1.immediate_send_with_tag(scope, &numbers[..], *tag))
                .collect();
            let answers = kinds.map(|_| {
                let (number, status) = rank_1.receive::<i64>();
                (status.tag(), number)
            });
            for send in sends {
                send.wait_without_status();
            }
            answers.into()
        });
        let why = "rank 1 answers the questions in the order in which they were sent (shown: tag and number \
                   of each answer)";
        check.holds("answers", received, expected, why);
    })
}

/// Requires that rank 1 receives no question while it owes an answer, although all of them are there.
fn answers_one_by_one(check: &mut Check, answers: &Answers) {
    // What was sent before it is there too.
    check.world().process_at_rank(0).probe_with_tag(STOP);
    UNANSWERED.store(0, Ordering::Relaxed);
    MOST_UNANSWERED.store(0, Ordering::Relaxed);
    check.before_each_call(note, |check| (answers.tags)(check.world(), &[]));
    let most = MOST_UNANSWERED.load(Ordering::Relaxed);
    check.require(most <= 1, Kind::WrongOperation, || {
        format!(
            "received {most} questions before it answered the first of them: answer each question before \
             you receive the next"
        )
    });
}

/// The check answers the questions of rank 0 with numbers that only it knows: rank 0 must return these
/// answers.
fn in_place_of_rank_1(check: &mut Check, answers: &Answers) -> bool {
    let kinds = [LARGEST, SUM, SUM, LARGEST];
    let input = "the check plays rank 1 and answers with numbers of its own; the questions are for a \
                 largest number, 2 sums and a largest number";
    part(check, Standard, input, |check| {
        let mut questions = draw_questions(check, &kinds, 8);
        // One is asked twice, and answered otherwise.
        questions[2] = questions[1].clone();
        let secrets = check.draw_vec(kinds.len(), 1_000_000..2_000_000_i64);
        match check.rank() {
            0 => {
                let returned = (answers.tags)(check.world(), &questions);
                let why = "rank 0 returns rank 1's answers, in the order of its questions";
                check.returned(returned, secrets, why);
            }
            1 => {
                let asker = check.world().process_at_rank(0);
                let mut asked = Vec::new();
                loop {
                    let (numbers, status) = asker.receive_vec::<i64>();
                    let secret = secrets.get(asked.len()).copied();
                    let secret = secret.filter(|_| status.tag() != STOP);
                    asked.push((status.tag(), numbers));
                    match secret {
                        Some(secret) => asker.send_with_tag(&secret, status.tag()),
                        None => break,
                    }
                }
                let mut expected = questions;
                expected.push((STOP, Vec::new()));
                let why = "rank 0 sends the numbers of each question with its tag, then an empty message \
                           with the tag STOP";
                check.holds("questions", asked, expected, why);
            }
            _ => drop((answers.tags)(check.world(), &[])),
        }
    })
}

/// Sums that need all digits, largest numbers next to which narrower types end, or all of them negative,
/// and once as many numbers as said. The first questions have a single number, which is no sign of the end.
fn draw_questions(check: &mut Check, kinds: &[Tag], longest: usize) -> Vec<Question> {
    let mut questions = Vec::new();
    for (index, tag) in kinds.iter().enumerate() {
        let length = match index {
            0 | 1 => 1,
            4 => longest,
            _ => check.draw(3..9),
        };
        let mut numbers = match *tag {
            _ if index < 2 && kinds.len() > 1 => vec![index as i64 - 1],
            SUM => check.summands(length),
            // An answer that begins with another number than the first finds that one.
            _ if length == 1 => vec![i64::MIN],
            _ if index % 2 == 1 => check.draw_vec(length, i64::MIN..0),
            _ => check.integers(length),
        };
        // Sorted numbers are no longer in their order.
        if length > 1 && (numbers.is_sorted() || numbers.iter().rev().is_sorted()) {
            numbers.swap(0, 1);
        }
        questions.push((*tag, numbers));
    }
    questions
}

fn answer((tag, numbers): &Question) -> i64 {
    match *tag {
        SUM => numbers.iter().sum(),
        _ => numbers.iter().copied().max().unwrap_or_default(),
    }
}

pub fn any_source(check: &mut Check, answers: &Answers) {
    let size = check.size();
    // Each rank has nothing to report in one input, and in another input no rank has anything.
    let drawn = check.draw(1..size.max(2));
    let silent = (0..size).map(|rank| (Standard, vec![rank]));
    let rest = [(Standard, (0..size).collect()), (Synchronous, vec![drawn])];
    for (mode, silent) in silent.chain(rest) {
        if !reports(check, answers, mode, &silent) {
            return;
        }
    }
    rearranged(check, answers);
}

/// The reports of every rank, all different or not, with values of all sizes. Where all ranks but 0 report, the last
/// has many.
fn draw_reports(check: &mut Check, silent: &[usize]) -> Vec<Vec<i64>> {
    (0..check.size())
        .map(|rank| {
            let length = match check.draw(2..6) {
                _ if silent == [0] && rank + 1 == check.size() => MANY,
                few => few,
            };
            let reports = check.integers(length);
            if rank == 0 || silent.contains(&rank) {
                Vec::new()
            } else {
                reports
            }
        })
        .collect()
}

fn counts(all: &[Vec<i64>]) -> String {
    let counts: Vec<usize> = all.iter().map(Vec::len).collect();
    match counts[..] {
        [_] => String::from("one rank, without reports"),
        _ => format!("{counts:?} reports on ranks 0 to {}", counts.len() - 1),
    }
}

/// What rank 0 has when it is sorted by source: reports of different ranks may arrive in any order,
/// those of one rank may not.
fn by_source(rank: usize, all: &[Vec<i64>]) -> Vec<(Rank, i64)> {
    let sources = (0..).zip(all).filter(|_| rank == 0);
    sources
        .flat_map(|(source, reports)| reports.iter().map(move |report| (source, *report)))
        .collect()
}

const SORTED: &str = "rank 0 returns every report with its source (shown sorted by source), and the \
                      reports of one rank in the order in which it sent them";

fn reports(check: &mut Check, answers: &Answers, mode: Mode, silent: &[usize]) -> bool {
    let all = draw_reports(check, silent);
    part(check, mode, &counts(&all), |check| {
        let rank = check.rank();
        let total = all.iter().map(Vec::len).sum();
        let (mut returned, traffic) =
            check.observe(|world| (answers.any_source)(world, &all[rank], total));
        returned.sort_by_key(|(source, _)| *source);
        check.returned(returned, by_source(rank, &all), SORTED);
        each_report_once(check, &traffic, all[rank].len(), total);
    })
}

fn each_report_once(check: &mut Check, traffic: &Traffic, own: usize, total: usize) {
    let why = "each report is one message to rank 0";
    let got = if check.rank() == 0 { total } else { 0 };
    // Some encodings need a few bytes more for a large number, and fewer for a small one.
    let bounds = Bounds {
        given: 12 * own as u64,
        got: 12 * got as u64,
        calls: own as u64,
    };
    let sent = traffic.sent_by(check.rank()).times;
    let _ = no_collectives(check, traffic)
        && check.at_most("messages sent", sent, bounds.calls, why)
        && check.moves(traffic, bounds, why)
        && check.sends(
            traffic,
            0,
            Moved {
                times: own as u64,
                bytes: own as u64,
            },
            why,
        );
}

/// An answer that takes the source of a probe for that of the next message from any source has the wrong one here.
fn rearranged(check: &mut Check, answers: &Answers) {
    let all = draw_reports(check, &[]);
    let input = format!(
        "{}; reports that wait are received in a different order from the one in which they were sent, as \
         MPI may do",
        counts(&all)
    );
    part(check, Standard, &input, |check| {
        let rank = check.rank();
        let total: usize = all.iter().map(Vec::len).sum();
        let (returned, _, arrivals) = check.observe_rearranged(Patience::Endless, |world| {
            (answers.any_source)(world, &all[rank], total)
        });
        let mut sorted = returned.clone();
        sorted.sort_by_key(|(source, _)| *source);
        let right = check.returned(sorted, by_source(rank, &all), SORTED);
        // The order in which immediate receives are completed is not known.
        if right && rank == 0 && arrivals.len() == total {
            let sources: Vec<usize> = returned.iter().map(|report| report.0 as usize).collect();
            let why = "the reports are in the order in which rank 0 received them (shown: the source of \
                       each)";
            check.holds("sources", sources, arrivals, why);
        }
    });
}
