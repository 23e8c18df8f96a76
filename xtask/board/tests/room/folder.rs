//! A room in a shared folder, without a network.

use crate::running::{Board, check, failed, refused, workbook};
use room::folder::{self, MODE, REFUSED, SAID, WELCOME};
use room::{Code, Name, Seat, Sent, Token};
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

fn start(shared: &Path) -> Board {
    let shared = shared.to_str().unwrap();
    Board::start(&["--listen", "127.0.0.1:0", "--folder", shared])
}

fn join(board: &Board, root: &Path, shared: &Path, name: &str) -> Seat {
    let code = Code::new(&board.code).unwrap();
    let name = Some(Name::new(name).unwrap());
    let (seat, answered) = Seat::join_folder(root, shared, code, name).unwrap();
    assert!(answered);
    seat
}

fn files(shared: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(shared).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == ending))
        .collect()
}

fn shows(board: &Board, words: &str) {
    let page = || board.get(&format!("/{}/", board.key));
    until(words, || page().contains(words));
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "waited in vain for {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn checks_arrive_by_files_that_others_cannot_find() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let mut board = start(&shared);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    assert_eq!(mode(&shared), MODE);
    let mine = workbook();
    let seat = join(&board, mine.path(), &shared, "Ada");
    let file = files(&shared, SAID).pop().unwrap();
    assert_eq!(mode(&file), 0o644);
    assert_eq!(files(&shared, WELCOME).len(), 1);
    for _ in 0..3 {
        check(&seat, &failed("baseline")).unwrap();
    }
    assert_eq!(seat.send_now(), Sent::All);
    shows(&board, "wrong-result: 1 of 1");

    // A line that is not whole yet is not read, and one that was torn off harms no other.
    let mut torn = OpenOptions::new().append(true).open(&file).unwrap();
    torn.write_all(br#"{"number":4,"what":"ha"#).unwrap();
    check(&seat, &failed("baseline")).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    shows(&board, "Stuck: 1");

    // A board that starts again reads all files again, and takes nothing twice.
    board.kill();
    seat.hand(true).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    board.start_again();
    shows(&board, "Hands up: 1");
    // The page is a moment ahead of the disk.
    until("all of it to be written down", || board.told().len() == 5);
    assert!(seat.leave().unwrap());
    shows(&board, "Nobody has joined yet.");
}

#[test]
fn a_wrong_code_is_told_and_a_folder_that_is_no_room() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let board = start(&shared);
    let mine = workbook();
    let wrong = if board.code == "222-222" {
        "333-333"
    } else {
        "222-222"
    };
    let join = |shared: &Path| {
        let code = Code::new(wrong).unwrap();
        let joined = Seat::join_folder(mine.path(), shared, code, None);
        format!("{:#}", joined.unwrap_err())
    };
    let error = join(&shared);
    assert!(
        error.contains("the code is not that of this room"),
        "{error}"
    );
    let error = join(home.path());
    assert!(error.contains("is not a room"), "{error}");
    assert!(Seat::of(mine.path()).is_none());
    shows(&board, "Nobody has joined yet.");
    // A folder that holds something else is not taken.
    fs::write(home.path().join("thesis.tex"), "").unwrap();
    let other = tempfile::tempdir().unwrap();
    for name in ["exercises", "slides"] {
        symlink(board.folder.path().join(name), other.path().join(name)).unwrap();
    }
    let folder = home.path().to_str().unwrap();
    let said = refused(
        other.path(),
        &["--listen", "127.0.0.1:0", "--folder", folder],
    );
    assert!(said.contains("holds other files"), "{said}");
}

/// The answer of the board that comes for the one file there is.
fn refused_file(shared: &Path) -> PathBuf {
    until("the board to answer", || !files(shared, REFUSED).is_empty());
    files(shared, REFUSED).pop().unwrap()
}

#[test]
fn a_participant_is_told_that_the_folder_has_another_room() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let mut board = start(&shared);
    let mine = workbook();
    let seat = join(&board, mine.path(), &shared, "Ada");
    board.kill();
    board.arguments.push("--new".to_owned());
    board.start_again();
    refused_file(&shared);
    seat.hand(true).unwrap();
    let sent = seat.send_now();
    assert!(
        matches!(&sent, Sent::Stranger(why) if why.contains("does not know you: it is another room now")),
        "{sent:?}"
    );
    // Told once, and what she has said is kept.
    assert!(matches!(seat.send_in_background(), Sent::Later(_)));
    assert_eq!(seat.waiting(), 1);
    let seat = join(&board, mine.path(), &shared, "Ada");
    seat.hand(true).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    shows(&board, "Hands up: 1");
}

/// A file that was put there while no board was running is refused later.
#[test]
fn who_is_refused_later_is_told_why() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let mut board = start(&shared);
    board.kill();
    let wrong = if board.code == "222-222" {
        "333-333"
    } else {
        "222-222"
    };
    for (code, schema, words) in [
        (wrong, 1, "the code is not that of this room"),
        (&*board.code.clone(), 2, "another version of the workbook"),
        ("nonsense", 1, "makes no sense"),
    ] {
        let mine = workbook();
        let token = Token::draw().unwrap();
        let line = format!("{{\"schema\":{schema},\"code\":\"{code}\"}}\n");
        fs::write(folder::path(&shared, &token, SAID), line).unwrap();
        // As `join` keeps it when no board answers.
        fs::create_dir_all(mine.path().join(".workbook/room")).unwrap();
        let kept = format!(
            "{{\"schema\":1,\"way\":{{\"folder\":{:?}}},\"token\":\"{token}\",\"next\":1}}",
            shared.to_str().unwrap()
        );
        fs::write(mine.path().join(".workbook/room/seat.json"), kept).unwrap();
        board.start_again();
        let answer = refused_file(&shared);
        let seat = Seat::of(mine.path()).unwrap();
        seat.hand(true).unwrap();
        let sent = seat.send_now();
        assert!(
            matches!(&sent, Sent::Stranger(why) if why.contains(words)),
            "{sent:?}"
        );
        assert_eq!(seat.waiting(), 1);
        board.kill();
        fs::remove_file(answer).unwrap();
        fs::remove_file(folder::path(&shared, &token, SAID)).unwrap();
    }
}

#[test]
fn joining_a_folder_again_only_renames() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let board = start(&shared);
    let mine = workbook();
    let seat = join(&board, mine.path(), &shared, "Ada");
    seat.hand(true).unwrap();
    join(&board, mine.path(), &shared, "Bob");
    shows(&board, ">Bob<");
    let page = board.get(&format!("/{}/", board.key));
    assert!(page.contains("1 participant, 1 hand up"), "{page}");
    assert_eq!(files(&shared, SAID).len(), 1);
}

/// Others put into the folder what they like.
#[test]
fn what_else_lies_in_the_folder_does_not_harm() {
    let home = tempfile::tempdir().unwrap();
    let shared = home.path().join("room");
    let board = start(&shared);
    let name = |digit: &str| shared.join(digit.repeat(32)).with_extension(SAID);
    let secret = home.path().join("secret");
    let joining = format!(
        "{{\"schema\":1,\"code\":\"{}\",\"name\":\"Eve\"}}\n",
        board.code
    );
    fs::write(&secret, &joining).unwrap();
    symlink(&secret, name("0")).unwrap();
    fs::create_dir(name("1")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        name("2"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o644),
        0,
    )
    .unwrap();
    fs::write(name("3"), vec![b'x'; 200_000]).unwrap();
    fs::write(name("4"), "\n\n\n").unwrap();
    fs::write(shared.join("notes.txt"), "hello").unwrap();
    // In, and then nonsense.
    let nonsense = format!(
        "{joining}{}\n{{}}\n[1]\n{{\"number\":1,\"what\":\"hand\",\"up\":true}}\n",
        "y".repeat(70_000)
    );
    fs::write(name("5"), nonsense).unwrap();
    shows(&board, "Hands up: 1");
    let page = board.get(&format!("/{}/", board.key));
    assert!(page.contains("1 participant,"), "{page}");
    let mine = workbook();
    join(&board, mine.path(), &shared, "Ada");
    shows(&board, "2 participants");
}
