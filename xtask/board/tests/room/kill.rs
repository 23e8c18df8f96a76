//! Kill -9 while events arrive: what was acknowledged is there after the next start.

use crate::running::Board;
use room::message::{Acknowledged, SAY, SCHEMA};
use room::post::post;
use serde_json::json;
use std::{
    collections::HashMap,
    fs::OpenOptions,
    io::Write,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

const PARTICIPANTS: usize = 6;
const ROUNDS: usize = 6;

#[test]
fn no_event_that_was_acknowledged_is_lost() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let tokens: Vec<_> = (0..PARTICIPANTS).map(|_| board.token()).collect();
    let mut acknowledged = vec![0; PARTICIPANTS];
    for round in 0..ROUNDS {
        let port = board.address.port();
        let before = acknowledged.clone();
        let count = AtomicUsize::new(0);
        thread::scope(|scope| {
            for (who, last) in acknowledged.iter_mut().enumerate() {
                let (token, count) = (&tokens[who], &count);
                // Until the board is gone.
                scope.spawn(move || {
                    while let Some(number) = say(port, token.as_str(), *last + 1) {
                        *last = number;
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            // In the midst of it, at another moment each time.
            while count.load(Ordering::Relaxed) < 20 + 37 * round {
                thread::yield_now();
            }
            board.kill();
        });
        let path = board.folder.path().join(".workbook/board/events.jsonl");
        if round % 2 == 0 {
            // A line that a crash of the machine has torn.
            let mut file = OpenOptions::new().append(true).open(&path).unwrap();
            file.write_all(br#"{"at":1,"record":"told","who":0,"event":{"num"#)
                .unwrap();
        }
        board.start_again();
        let mut kept: HashMap<(u64, u64), usize> = HashMap::new();
        for line in board.events().lines() {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            if let (Some(who), Some(number)) =
                (record["who"].as_u64(), record["event"]["number"].as_u64())
            {
                *kept.entry((who, number)).or_default() += 1;
            }
        }
        assert!(
            kept.values().all(|many| *many == 1),
            "something is there twice"
        );
        for (who, last) in acknowledged.iter().enumerate() {
            assert!(*last > 0 && *last >= before[who]);
            let missing = (1..=*last).find(|number| !kept.contains_key(&(who as u64, *number)));
            assert_eq!(missing, None, "of participant {who}, who was told {last}");
        }
    }
}

fn say(port: u16, token: &str, number: u64) -> Option<u64> {
    let event = json!({"number": number, "what": "hand", "up": number.is_multiple_of(2)});
    let body = json!({"schema": SCHEMA, "events": [event]}).to_string();
    let deadline = Instant::now() + Duration::from_secs(60);
    let answer = post(
        ("127.0.0.1", port),
        SAY,
        Some(token),
        body.as_bytes(),
        deadline,
    )
    .ok()?;
    assert_eq!(answer.status, 200);
    Some(
        serde_json::from_slice::<Acknowledged>(&answer.body)
            .unwrap()
            .number,
    )
}
