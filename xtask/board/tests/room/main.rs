//! The real board, and the participants' own side of it: joining, events, kill -9, a folder, a browser.

mod browser;
mod folder;
mod kill;
mod load;
mod running;
mod strangers;

use room::{Code, Name, Seat, Sent, seat::NOTING};
use running::{Board, check, failed, passed, workbook};

#[test]
fn a_check_arrives_and_what_could_not_be_sent_arrives_later() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, shown) = board.join(mine.path(), Some("Ada"));
    assert_eq!(shown, "Ada");
    check(&seat, &failed("baseline")).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    assert_eq!(board.told().len(), 1);

    board.kill();
    for _ in 0..2 {
        check(&seat, &failed("baseline")).unwrap();
        assert!(matches!(seat.send_in_background(), Sent::Later(_)));
    }
    seat.hand(true).unwrap();
    assert_eq!(seat.waiting(), 3);
    // The room is as it was: the same code, and the same participants.
    let code = board.code.clone();
    board.start_again();
    assert_eq!(board.code, code);
    assert_eq!(seat.send_now(), Sent::All);
    assert_eq!(seat.waiting(), 0);
    let told = board.told();
    assert_eq!(told.len(), 4);
    let times: Vec<&serde_json::Value> = told
        .iter()
        .map(|event| &event["tasks"][0]["times"])
        .collect();
    assert_eq!(times[..3], [1, 2, 3]);
    let page = board.get(&format!("/{}/", board.key));
    for words in ["Hands up: 1", "wrong-result: 1 of 1", "Ask: "] {
        assert!(page.contains(words), "no {words} in {page}");
    }

    // The hand goes down with the next pass.
    check(&seat, &passed("baseline")).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    let page = board.get(&format!("/{}/", board.key));
    assert!(
        page.contains("Hands up: 0") && page.contains("1 of 1"),
        "{page}"
    );

    assert!(seat.leave().unwrap());
    assert!(Seat::of(mine.path()).is_none());
    assert!(
        board
            .get(&format!("/{}/", board.key))
            .contains("Nobody has joined yet.")
    );
}

/// Nothing of what a report holds beside the summary is in what is kept, sent or shown.
#[test]
fn only_the_summary_is_sent() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), None);
    let report = failed("baseline");
    let text = serde_json::to_string(&report).unwrap();
    assert!(text.matches("secret").count() >= 8, "{text}");
    check(&seat, &report).unwrap();
    let queue = std::fs::read_to_string(mine.path().join(".workbook/room/queue.jsonl")).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    let kept = std::fs::read_to_string(mine.path().join(".workbook/room/seat.json")).unwrap();
    let page = board.get(&format!("/{}/", board.key));
    for (name, text) in [
        ("queue", queue),
        ("seat", kept),
        ("page", page),
        ("events", board.events()),
    ] {
        assert!(text.contains("wrong-result"), "{name}: {text}");
        assert!(!text.contains("secret"), "{name}: {text}");
    }
}

#[test]
fn two_of_one_name_are_kept_apart_and_a_new_room_knows_neither() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let (one, two) = (workbook(), workbook());
    let (first, shown) = board.join(one.path(), Some("Ada"));
    assert_eq!(shown, "Ada");
    let (second, shown) = board.join(two.path(), Some(" Ada "));
    assert_eq!(shown, "Ada (2)");
    // She types it again, with something that still waits, and is who she was.
    check(&second, &failed("spawn")).unwrap();
    second.hand(true).unwrap();
    let (second_again, shown) = board.join(two.path(), None);
    assert_eq!((shown.as_str(), second_again.waiting()), ("Ada (2)", 2));
    let page = board.get(&format!("/{}/", board.key));
    assert!(page.contains("2 participants, no hand up"), "{page}");
    assert_eq!(second_again.send_now(), Sent::All);
    let page = board.get(&format!("/{}/", board.key));
    assert!(page.contains("2 participants, 1 hand up"), "{page}");
    // Only the name is another one, and so it stays when the board starts again.
    let (_, shown) = board.join(two.path(), Some("Bob"));
    assert_eq!(shown, "Bob");
    board.kill();
    board.start_again();
    let page = board.get(&format!("/{}/", board.key));
    assert!(
        page.contains(">Bob<") && page.contains("2 participants, 1 hand up"),
        "{page}"
    );
    let (_, shown) = board.join(two.path(), Some("Ada"));
    assert_eq!(shown, "Ada (2)");
    let second = second_again;
    // One check of hers was told before she joined again: it counts.
    for (seat, task, times) in [(&first, "baseline", 4), (&second, "spawn", 3)] {
        for _ in 0..times {
            check(seat, &failed(task)).unwrap();
        }
        assert_eq!(seat.send_now(), Sent::All);
    }
    let page = board.get(&format!("/{}/", board.key));
    for words in [
        "Stuck: 2",
        ">Ada<",
        ">Ada (2)<",
        "01.baseline",
        "01.spawn",
        "4 times",
    ] {
        assert!(page.contains(words), "no {words} in {page}");
    }

    board.kill();
    board.arguments.push("--new".to_owned());
    let code = board.code.clone();
    board.start_again();
    assert_ne!(board.code, code);
    first.hand(true).unwrap();
    assert!(matches!(first.send_now(), Sent::Stranger(why) if why.contains("does not know you")));
    // Said once, and kept.
    assert!(matches!(first.send_in_background(), Sent::Later(_)));
    assert_eq!(first.waiting(), 1);
    // The last room's events are still there.
    let kept = board.folder.path().join(".workbook/board/events-1.jsonl");
    assert!(std::fs::read_to_string(kept).unwrap().contains("baseline"));
}

#[test]
fn what_answers_in_silence_is_left_alone_for_a_while() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), None);
    board.kill();
    // Takes connections, and never says anything.
    let silent = std::net::TcpListener::bind(board.address).unwrap();
    seat.hand(true).unwrap();
    assert_eq!(
        seat.send_in_background(),
        Sent::Later("the board does not answer".to_owned())
    );
    let Sent::Later(why) = seat.send_in_background() else {
        panic!("nobody has taken it");
    };
    assert!(why.contains("a moment ago"), "{why}");
    drop(silent);
    board.start_again();
    // Whoever asks for it is not put off.
    assert_eq!(seat.send_now(), Sent::All);
}

/// Another command may hold the room's files, or have been stopped while it did.
#[test]
fn no_check_waits_for_another_command() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), None);
    seat.hand(true).unwrap();
    let lock = std::fs::File::open(mine.path().join(".workbook/room/lock")).unwrap();
    lock.lock().unwrap();
    let noted = seat.check(&failed("baseline"), |_| false, NOTING);
    assert!(noted.is_err(), "{noted:?}");
    assert!(matches!(seat.send_in_background(), Sent::Later(_)));
    // All this was held until here.
    drop(lock);
    check(&seat, &failed("baseline")).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    assert_eq!(board.told().len(), 2);
}

/// What answers there may be anything: none of it gets to the terminal as it is.
#[test]
fn what_a_board_says_moves_no_cursor() {
    let mine = workbook();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let there = listener.local_addr().unwrap().to_string();
    let answer = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        let body =
            serde_json::json!({"token": "0".repeat(32), "shown": "\u{1b}[2JEve\n"}).to_string();
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).unwrap();
    });
    let (_, shown) = Seat::join(mine.path(), &there, Code::new("222-222").unwrap(), None).unwrap();
    assert_eq!(shown, "[2JEve");
    answer.join().unwrap();
}

#[test]
fn a_second_board_of_a_workbook_is_refused_and_so_is_a_taken_port() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let said = board.another(&["--listen", "127.0.0.1:0"]);
    assert!(said.contains("is running already"), "{said}");
    let said = board.another(&["--listen", &board.address.to_string()]);
    assert!(said.contains("another program uses this port"), "{said}");
}

/// What a student reads when a room cannot be joined.
#[test]
fn a_room_that_cannot_be_joined_says_why() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let there = board.address.to_string();
    let code = |text: &str| Code::new(text).unwrap();
    let error = |address: &str, code: Code| {
        let joined = Seat::join(mine.path(), address, code, None);
        format!("{:#}", joined.unwrap_err())
    };
    let wrong = if board.code == "222-222" {
        "333-333"
    } else {
        "222-222"
    };
    insta::assert_snapshot!(error(&there, code(wrong)), @"the code is not that of this room; compare it with the one that the board shows");
    assert!(error("a b", code(wrong)).contains("is not the address of a board"));
    board.kill();
    let gone = error(&there, code(wrong)).replace(&there, "ADDRESS");
    insta::assert_snapshot!(gone, @"no board can be reached at ADDRESS: no board is running there. Compare the address with the one that the board shows. If it is right, the board may listen on its own machine only (the instructor starts it with `--listen`), or the two machines may be in different networks");
    assert!(Seat::of(mine.path()).is_none());
    for (name, words) in [
        ("a\nb", "cannot be seen"),
        ("\u{202e}ada", "cannot be seen"),
        ("  ", "empty"),
        (&"x".repeat(10 << 20), "too long"),
        (&"x".repeat(41), "too long"),
    ] {
        let error = Name::new(name).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
