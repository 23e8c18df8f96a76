//! A room: the real board, and a student's checks that reach it, at once or later.

use crate::{
    command::{Command, Running, failure, wait_for},
    course::course,
    plain,
};
use rustix::process::Signal;
use serde_json::Value;
use std::{fs, net::TcpListener, path::Path, time::Duration};
use verdict::Kind;

/// The board is built first, as the course's releases are.
const BUILDING: Duration = Duration::from_secs(1200);

/// Starts a board, and returns the address and the code that it prints.
fn board(root: &Path, listen: &str) -> (Running, String, String) {
    // Not alone there: checks run beside it.
    let board = Command::new(root, &format!("board --listen {listen}")).start();
    let line = wait_for("the board to start", BUILDING, || {
        let said = board.stdout();
        let found = said.lines().find(|line| line.contains("cargo xtask join "));
        found.filter(|_| said.ends_with('\n')).map(str::to_owned)
    });
    let mut words = line.split_whitespace().skip(3).map(str::to_owned);
    let (address, code) = (words.next().unwrap(), words.next().unwrap());
    (board, address, code)
}

/// What participants have told, as the board has written it down.
fn told(root: &Path) -> Vec<Value> {
    let events = fs::read_to_string(root.join(".workbook/board/events.jsonl")).unwrap();
    let records = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    records
        .filter(|record: &Value| record["record"] == "told")
        .map(|mut record| record["event"].take())
        .collect()
}

#[test]
fn checks_reach_the_board_and_one_that_is_gone_harms_none() {
    let course = course();
    for name in ["board", "room"] {
        // A test that has failed may have left them.
        let _ = fs::remove_dir_all(course.path(".workbook").join(name));
    }
    plain::add(&course);
    course.write(plain::LIB, &plain::right_but("double", "number + 2"));
    let root = course.root();
    let xtask = |arguments: &str| Command::new(root, arguments);
    let check = |name: &str| {
        let report = xtask(&format!("check {name}")).report();
        assert_eq!(failure(&report, "double").kind, Kind::WrongResult);
    };
    xtask("hand").run().fails_with(2, &["you are in no room"]);
    let (mut running, address, code) = board(root, "127.0.0.1:0");
    xtask(&format!("join {address} {code} --name Ada"))
        .run()
        .succeeds_with(&["as Ada", "Never sent: your code", "join --leave"]);
    check("98");
    let events = told(root);
    let tasks = events[0]["tasks"].as_array().unwrap();
    let task = |name: &str| tasks.iter().find(|task| task["name"] == name).unwrap();
    assert_eq!(events[0]["exercise"], "98-plain");
    assert_eq!(task("double")["kind"], "wrong-result");
    assert_eq!(task("next")["status"], "passed");
    // The reference is not the student's, and who reports has not begun all that is in the report.
    xtask("check 98 --solution").run().succeeds_with(&[]);
    let said = xtask("report --only 98").run();
    assert_eq!(said.code, Some(1), "{said:#?}");
    assert_eq!(told(root).len(), 1);
    // Another command has the room's files, and keeps them: the check ends anyway.
    let lock = fs::File::open(course.path(".workbook/room/lock")).unwrap();
    lock.lock().unwrap();
    check("98.double");
    drop(lock);
    assert_eq!(told(root).len(), 1);

    running.signal(Signal::KILL);
    running.wait();
    check("98.double");
    // What takes connections there now never answers.
    let silent = TcpListener::bind(&address).unwrap();
    check("98.double");
    xtask("join").run().succeeds_with(&["2 messages wait"]);
    drop(silent);

    let (again, _, _) = board(root, &address);
    xtask("hand").run().succeeds_with(&["Your hand is up."]);
    let events = told(root);
    assert_eq!(events.len(), 4, "{events:#?}");
    assert_eq!(events[2]["tasks"][0]["times"], 3);
    xtask("join --leave")
        .run()
        .succeeds_with(&["You have left the room. Nothing is sent any more."]);
    check("98.double");
    assert_eq!(
        told(root).len(),
        5,
        "she has said that she leaves, and no more"
    );
    drop(again);
    fs::remove_dir_all(course.path(".workbook/board")).unwrap();
}
