//! `watch`: saves, keys, and its end.

use crate::{
    answer::Answer,
    command::{BOUND, Running, wait_for},
    course::{Course, STUDENT, course},
    look::Screen,
    plain,
    verdicts::scatter_backwards,
};
use rustix::process::Signal;
use std::time::Duration;

/// Waits until it has shown these words so many times.
fn sees(running: &mut Running, words: &str, times: usize) {
    wait_for(words, BOUND, || {
        assert!(!running.has_ended(), "{:#?}", running.wait());
        (running.stdout().matches(words).count() >= times).then_some(())
    });
}

fn watches(course: &Course, arguments: &str) {
    scatter_backwards(course);
    let mut running = course.xtask(arguments).start();
    sees(&mut running, "FAIL  scatter", 1);
    let good = Answer::reference(course);
    good.submit(course);
    sees(&mut running, "Well done: `scatter` passes.", 1);
    // A save without a change, and a file that is none of the compiler's, are no news.
    let before = running.stdout();
    good.submit(course);
    course.write(&format!("{STUDENT}.swp"), "an editor's");
    scatter_backwards(course);
    sees(&mut running, "FAIL  scatter", 2);
    let now = running.stdout();
    let since = &now[before.len()..];
    assert_eq!(since.matches("05 Collectives").count(), 1, "{since}");
    // Without a keyboard there is nothing to say about keys.
    assert!(!now.contains("[q]uit"), "{now}");
    running.signal(Signal::TERM);
    assert_eq!(running.wait().stderr, "");
    running.is_gone();
}

#[test]
fn a_save_triggers_a_check() {
    watches(&course(), "watch 05.scatter");
}

#[test]
fn a_save_is_found_by_looking_too() {
    watches(&course(), "watch 05.4 --poll");
}

#[test]
fn a_check_that_hangs_ends_with_the_watch_or_the_next_save() {
    let course = course();
    let there = course.path(".workbook/progress-of-a-rank");
    let hang = format!(
        "std::fs::write({there:?}, \"\").unwrap();
        loop {{
            std::thread::sleep(std::time::Duration::from_secs(1));
        }}"
    );
    // No limit ends it while the test looks.
    let manifest = "exercises/05-collectives/exercise.toml";
    let limits = format!("[limits]\nseconds = 1000\n\n{}", "[[task]]");
    course.change(manifest, "[[task]]", &limits);
    let hangs = Answer::reference(&course).with("scatter", &hang);
    hangs.submit(&course);
    let mut running = course.xtask("watch 05.scatter").start();
    let hang = || wait_for("a rank", BOUND, || std::fs::remove_file(&there).ok());
    hang();
    Answer::reference(&course).submit(&course);
    sees(&mut running, "Well done", 1);
    // The check that hung has said nothing any more.
    assert_eq!(running.stdout().matches("05 Collectives").count(), 1);
    hangs.submit(&course);
    hang();
    running.signal(Signal::KILL);
    assert_eq!(running.wait().code, None);
    running.is_gone();
}

/// A watch with a keyboard and a screen.
struct Desk {
    running: Running,
    screen: Screen,
}

impl Desk {
    fn at(course: &Course, arguments: &str) -> Self {
        let (screen, theirs) = Screen::new();
        let running = course
            .xtask(arguments)
            .stdin(theirs.try_clone().unwrap())
            .env("TERM", "xterm")
            .start_on(Some(theirs), None);
        let mut desk = Self { running, screen };
        desk.sees("[q]uit", 1);
        desk
    }

    fn sees(&mut self, words: &str, times: usize) {
        wait_for(words, BOUND, || {
            let text = self.screen.text() + &self.running.stderr();
            assert!(!self.running.has_ended(), "{text}");
            (text.matches(words).count() >= times).then_some(())
        });
    }

    fn press(&mut self, key: &str, words: &str, times: usize) {
        self.screen.press(key);
        self.sees(words, times);
    }

    fn quits(mut self) {
        self.screen.press("q");
        assert_eq!(self.running.wait().code, Some(0));
        self.running.is_gone();
        self.screen.close();
    }
}

#[test]
fn keys_ask_for_a_hint_a_run_the_next_exercise_and_the_end() {
    let course = course();
    plain::add(&course);
    course.keep_only(&["05-collectives", "98-plain"]);
    let mut desk = Desk::at(&course, "watch 05.scan");
    desk.sees("Write `scan` in", 1);
    desk.press("h", "Hint 1 of 3 for 05.scan", 1);
    desk.press("h", "Hint 2 of 3 for 05.scan", 1);
    desk.press("c", "Write `scan` in", 2);
    desk.press("r", "is not written yet", 1);
    desk.press("n", "Write `double` in", 1);
    // The first is open, too, though it lies before.
    desk.press("n", "Write `barrier` in", 1);
    desk.quits();
}

/// What matters is what one sees at last: the outcome of a check that is longer than the screen, and the
/// keys, which stand below whatever was shown.
#[test]
fn the_outcome_and_the_keys_are_the_last_lines() {
    let course = course();
    scatter_backwards(&course);
    let mut desk = Desk::at(&course, "watch 05.scatter");
    let shown = desk.screen.text();
    let last = shown.trim_end();
    assert!(last.ends_with("(saves check by themselves)"), "{shown}");
    let outcome = shown.rfind("05.scatter: wrong-result: ").unwrap();
    assert!(
        shown.find("Next").is_some_and(|next| next < outcome),
        "{shown}"
    );
    assert_eq!(shown[outcome..].trim_end().lines().count(), 3, "{shown}");
    desk.press("h", "[q]uit", 2);
    let shown = desk.screen.text();
    assert!(shown.rfind("Hint 1") < shown.rfind("[q]uit"), "{shown}");
    // What is short is all there is to see.
    Answer::reference(&course).submit(&course);
    desk.sees("[q]uit", 3);
    let shown = desk.screen.text();
    assert!(shown.contains("Well done: `scatter` passes."), "{shown}");
    desk.quits();
}

/// Nobody presses keys where nothing says which there are.
#[test]
fn a_redirected_watch_listens_to_no_keys() {
    let course = course();
    let (mut screen, theirs) = Screen::new();
    let mut running = course.xtask("watch 05.scan").stdin(theirs).start();
    sees(&mut running, "Write `scan` in", 1);
    screen.press("qqq");
    scatter_backwards(&course);
    sees(&mut running, "Well done: `scan` passes.", 1);
    assert!(!running.stdout().contains("[q]uit"));
    // The checks are processes of their own: whoever only waits computes next to nothing.
    let used = running.processor_time();
    assert!(
        used < Duration::from_secs(1),
        "it has computed for {used:?}"
    );
    running.signal(Signal::TERM);
    running.wait();
    running.is_gone();
}
