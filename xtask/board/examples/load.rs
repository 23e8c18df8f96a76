//! A room full of participants who check every second, as fast as a board has to take it: how long each waits
//! for the answer, and whether all of it is acknowledged.
//!
//! Start a board with `cargo xtask board --new`, then, with the address and the code that it prints:
//! `cargo run --release -p board --example load -- 127.0.0.1:8100 K7Q-M2F 300 60`

use anyhow::{Context, Result, ensure};
use room::message::{Acknowledged, JOIN, Joined, SAY, SCHEMA};
use room::post::{address, post};
use serde_json::json;
use std::{
    thread,
    time::{Duration, Instant},
};

/// As many tasks as the largest exercises have.
const TASKS: usize = 16;
const PATIENCE: Duration = Duration::from_secs(10);
const SECOND: Duration = Duration::from_secs(1);

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [there, code, participants, seconds] = &arguments[..] else {
        anyhow::bail!("name the address, the code, how many participants, and how many seconds");
    };
    let (host, port) = address(there).map_err(anyhow::Error::msg)?;
    let participants: u32 = participants.parse().context("how many participants")?;
    let seconds: u32 = seconds.parse().context("how many seconds")?;
    let host = &host;
    let results = thread::scope(|scope| {
        let threads: Vec<_> = (0..participants)
            .map(|who| {
                // They begin spread over the first second.
                let wait = SECOND * who / participants;
                scope.spawn(move || {
                    thread::sleep(wait);
                    take_part((host, port), code, who, seconds)
                })
            })
            .collect();
        let results = threads.into_iter().map(|thread| thread.join());
        results
            .map(|result| {
                result.unwrap_or_else(|_| Err(anyhow::anyhow!("a participant's thread panicked")))
            })
            .collect::<Vec<_>>()
    });
    let mut times = Vec::new();
    let mut late = 0;
    for result in results {
        let (took, missed) = result?;
        times.extend(took);
        late += missed;
    }
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{} checks of {participants} participants, all acknowledged; {late} began late because the last one had \
         taken more than a second",
        times.len()
    );
    println!(
        "answers: median {:.1?}, 99 % {:.1?}, longest {:.1?}",
        at(50),
        at(99),
        at(100)
    );
    Ok(())
}

fn take_part(
    there: (&str, u16),
    code: &str,
    who: u32,
    seconds: u32,
) -> Result<(Vec<Duration>, u32)> {
    let joining = json!({"schema": SCHEMA, "code": code, "name": format!("Participant {who}")});
    let deadline = Instant::now() + PATIENCE;
    let answer = post(there, JOIN, None, joining.to_string().as_bytes(), deadline)?;
    ensure!(
        answer.status == 200,
        "joining: {}",
        String::from_utf8_lossy(&answer.body)
    );
    let token = serde_json::from_slice::<Joined>(&answer.body)?.token;
    let start = Instant::now();
    let mut times = Vec::new();
    let mut late = 0;
    for number in 1..=seconds {
        // Exercise 05's tasks, one after the other.
        let names = [
            "barrier",
            "broadcast-array",
            "broadcast-object",
            "scatter",
            "gather",
            "all-gather",
            "reduce",
            "all-reduce",
            "scan",
            "uneven",
            "all-to-all",
            "by-hand",
            "own-operation",
            "broken-branch",
            "broken-root",
            "broken-count",
        ];
        let done = (number / 4) as usize;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| match task.cmp(&done) {
                std::cmp::Ordering::Less => {
                    json!({"name": names[task], "status": "passed", "times": number})
                }
                std::cmp::Ordering::Equal => {
                    json!({"name": names[task], "status": "failed", "kind": "deadlock",
                    "reason": "rendezvous", "ranks": 2, "times": number % 4 + 1})
                }
                std::cmp::Ordering::Greater => {
                    json!({"name": names[task], "status": "not-started", "times": number})
                }
            })
            .collect();
        let event = json!({"number": number, "ago": 0, "what": "check", "exercise": "05-collectives",
            "seed": u64::from(who) * 1000 + u64::from(number), "tasks": tasks});
        let body = json!({"schema": SCHEMA, "events": [event]}).to_string();
        let due = start + SECOND * (number - 1);
        let now = Instant::now();
        late += u32::from(now > due + SECOND);
        thread::sleep(due.saturating_duration_since(now));
        let began = Instant::now();
        let answer = post(
            there,
            SAY,
            Some(token.as_str()),
            body.as_bytes(),
            began + PATIENCE,
        )?;
        ensure!(
            answer.status == 200,
            "{}: {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        let acknowledged: Acknowledged = serde_json::from_slice(&answer.body)?;
        ensure!(acknowledged.number == u64::from(number), "another number");
        times.push(began.elapsed());
    }
    Ok((times, late))
}
