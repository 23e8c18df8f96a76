//! What commands tell the room that the workbook has joined, if it has. Nothing here fails a command, or
//! takes longer than [`room::seat::BACKGROUND`].

use course::Course;
use room::{Seat, Sent, seat::NOTING};
use std::path::Path;
use verdict::Report;

/// Notes what a check found; `passed` are the tasks that passed before.
pub(crate) fn check(root: &Path, report: &Report, passed: &[String]) {
    let noted = Seat::of(root).map_or(Ok(()), |seat| {
        let passed = |task: &str| passed.iter().any(|it| it == task);
        seat.check(report, passed, NOTING)
    });
    if let Err(error) = noted {
        anstream::eprintln!("note: the room is not told of this check: {error:#}");
    }
}

/// Sends what this command or an earlier one has noted. What cannot be sent now waits for the next one.
pub(crate) fn rest() {
    let seat = std::env::current_dir()
        .ok()
        .and_then(|folder| Course::find_root(&folder).ok())
        .and_then(|root| Seat::of(&root));
    let Some(seat) = seat.filter(|seat| seat.waiting() > 0) else {
        return;
    };
    if let Sent::Stranger(why) = seat.send_in_background() {
        anstream::eprintln!("{}", stranger(&why));
    }
}

/// What is said once when the board does not take what the participant says.
pub(crate) fn stranger(why: &str) -> String {
    format!(
        "note: the board says: {why}. Your checks are not sent. Join the room with the line that the board shows, or stop \
         with `cargo xtask join --leave`."
    )
}
