//! The clock that stands in for the machine's, in a program that has it as a check program does.

use harness::clock::{self, TICK};
use std::{
    panic, thread,
    time::{Duration, Instant, SystemTime},
};

harness::stand_in_for_the_clock!();

#[test]
fn time_passes_when_the_check_says_so() {
    assert!(clock::is_in_place());
    let hour = Duration::from_secs(3600);
    clock::stopped(|| {
        let start = Instant::now();
        clock::advance(hour);
        assert_eq!(start.elapsed(), hour + TICK);
        let start = SystemTime::now();
        thread::sleep(hour);
        assert_eq!(start.elapsed().unwrap(), hour + TICK);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn who_gives_way_loses_time() {
    clock::stopped(|| {
        let start = Instant::now();
        thread::yield_now();
        assert!(start.elapsed() > Duration::from_micros(500));
    });
}

#[test]
fn who_waits_for_the_clock_sees_its_end() {
    clock::stopped(|| {
        let start = Instant::now();
        while start.elapsed() < Duration::from_millis(1) {}
        assert!(start.elapsed() < Duration::from_millis(2));
    });
}

#[test]
fn the_machine_has_its_own_clock_back() {
    let start = Instant::now();
    let stopped = || clock::stopped(|| panic::resume_unwind(Box::new(())));
    assert!(panic::catch_unwind(stopped).is_err());
    clock::advance(Duration::from_secs(3600));
    thread::sleep(Duration::from_millis(2));
    let passed = start.elapsed();
    assert!(passed >= Duration::from_millis(2) && passed < Duration::from_secs(3600));
}
