//! Memory and output: who takes too much is told, and the grader itself does not suffer.

use crate::Test;
use crate::trace::*;
use launch::{Event, Limits};
use std::time::{Duration, Instant};

pub(crate) const TESTS: &[Test] = &[
    (
        "too_much_memory_is_told_by_rank",
        too_much_memory_is_told_by_rank,
    ),
    ("enough_memory_is_enough", enough_memory_is_enough),
    ("endless_printing_is_stopped", endless_printing_is_stopped),
    (
        "output_up_to_the_limit_is_whole",
        output_up_to_the_limit_is_whole,
    ),
];

const MIB: u64 = 1 << 20;

fn too_much_memory_is_told_by_rank() {
    let tag = tag();
    let limits = Limits {
        memory: Some(200 * MIB),
        output: None,
    };
    let mut job = limited(&tag, &["as-launcher", "3", "take", "50"], limits);
    let events = until(&mut job, |event| matches!(event, Event::MemoryLimit(_)));
    let Some(Event::MemoryLimit(usage)) = events.last() else {
        unreachable!()
    };
    assert!(
        usage.total > 200 * MIB && usage.total < 400 * MIB,
        "{usage:?}"
    );
    // The first ranks may still be filling what they have.
    assert!(usage.ranks[&Some(2)] > 50 * MIB, "{usage:?}");
    end_and_count(&mut job, &tag);
}

fn enough_memory_is_enough() {
    let limits = Limits {
        memory: Some(200 * MIB),
        output: None,
    };
    let mut job = limited(&tag(), &["as-launcher", "2", "take", "20"], limits);
    let mut events = said(&mut job, 2);
    // A look is due after this.
    std::thread::sleep(Duration::from_millis(70));
    job.send_all("end");
    events.extend(until(&mut job, ended));
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::MemoryLimit(_))),
        "{events:?}"
    );
}

fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("RssAnon:"))
        .unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

fn endless_printing_is_stopped() {
    for place in ["connection", "stream"] {
        let tag = tag();
        let limits = Limits {
            memory: None,
            output: Some(3 * MIB),
        };
        let mut job = limited(&tag, &["as-launcher", "2", "shout", place], limits);
        let events = until(&mut job, |event| matches!(event, Event::OutputLimit { .. }));
        let lengths = events.iter().map(|event| match event {
            Event::Printed { bytes, .. } => bytes.len() as u64,
            _ => 0,
        });
        assert_eq!(lengths.sum::<u64>(), 3 * MIB);
        let Some(Event::OutputLimit { printed }) = events.last() else {
            unreachable!()
        };
        assert!(printed.values().sum::<u64>() > 3 * MIB, "{printed:?}");
        assert_eq!(
            printed.contains_key(&None),
            place == "stream",
            "{printed:?}"
        );
        // The ranks go on, and nobody listens.
        let before = resident();
        let wait = Some(Instant::now() + Duration::from_millis(100));
        let meanwhile = std::iter::repeat_with(|| job.next(wait));
        for event in meanwhile.take_while(|event| *event != Event::Deadline) {
            assert!(!matches!(event, Event::Printed { .. }));
        }
        assert!(resident() < before + MIB);
        end_and_count(&mut job, &tag);
        while job.next(None) != Event::Over {}
    }
}

fn output_up_to_the_limit_is_whole() {
    let limits = Limits {
        memory: None,
        output: Some(7 + 20),
    };
    let mut job = limited(&tag(), &["as-launcher", "1", "finish"], limits);
    let events = until(&mut job, ended);
    assert_eq!(
        printed(&events, Some(0)) + &printed(&events, None),
        "printedpast the connection\n"
    );
    assert!(
        !events
            .iter()
            .any(|event| matches!(event, Event::OutputLimit { .. }))
    );
}
