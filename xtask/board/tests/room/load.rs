//! Many participants at once: each event is taken once. How long it takes is measured by
//! `cargo run -p board --example load`.

use crate::running::{Board, check, failed, workbook};
use room::Sent;
use std::{collections::HashSet, thread};

const PARTICIPANTS: usize = 40;
const CHECKS: usize = 6;

#[test]
fn each_event_of_many_participants_is_taken_once() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    thread::scope(|scope| {
        for _ in 0..PARTICIPANTS {
            scope.spawn(|| {
                let mine = workbook();
                let (seat, _) = board.join(mine.path(), Some("Ada"));
                for _ in 0..CHECKS {
                    check(&seat, &failed("baseline")).unwrap();
                    assert_eq!(seat.send_now(), Sent::All);
                }
            });
        }
    });
    let told: HashSet<String> = board
        .events()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .filter(|record| record["record"] == "told")
        .map(|record| format!("{} {}", record["who"], record["event"]["number"]))
        .collect();
    assert_eq!(told.len(), PARTICIPANTS * CHECKS);
    assert_eq!(board.told().len(), PARTICIPANTS * CHECKS);
    let page = board.get(&format!("/{}/", board.key));
    for words in [
        "40 participants",
        "Stuck: 40",
        "wrong-result: 40 of 40",
        "Ada (40)",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }
}
