//! What a board does about those who are not let in, and about requests that make no sense.

use crate::running::{Board, check, failed, workbook};
use board::server::OF_ADDRESS;
use proptest::prelude::*;
use room::Sent;
use room::message::{BODY, EVENTS, JOIN, SAY};
use serde_json::json;
use std::{io::Read, net::TcpStream};

#[test]
fn guesses_are_slowed_and_those_who_are_in_go_on() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), None);
    let wrong = if board.code == "222-222" {
        "333-333"
    } else {
        "222-222"
    };
    let guess = |code: &str| {
        let body = json!({"schema": 1, "code": code}).to_string();
        board.post(JOIN, None, body.as_bytes()).0
    };
    // One more for each three seconds that this takes.
    let many = (0..200).take_while(|_| guess(wrong) == 403).count();
    assert!((20..100).contains(&many), "{many} guesses");
    assert_eq!(
        guess(&board.code),
        429,
        "not even the right one, for a while"
    );
    seat.hand(true).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
}

#[test]
fn a_participant_speaks_for_herself_only() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let token = board.token();
    let hand = json!({"schema": 1, "events": [{"number": 1, "what": "hand", "up": true}]});
    let hand = hand.to_string();
    let other = "0123456789abcdef0123456789abcdef";
    for stranger in [
        None,
        Some(other),
        Some(""),
        Some("x"),
        Some(board.key.as_str()),
    ] {
        assert_eq!(
            board.post(SAY, stranger, hand.as_bytes()).0,
            401,
            "{stranger:?}"
        );
    }
    assert_eq!(board.told().len(), 0);
    assert_eq!(
        board.post(SAY, Some(token.as_str()), hand.as_bytes()).0,
        200
    );
    // Again, as when the answer was lost: acknowledged, and written down once.
    let (status, answer) = board.post(SAY, Some(token.as_str()), hand.as_bytes());
    assert_eq!((status, answer.as_str()), (200, r#"{"number":1}"#));
    assert_eq!(board.told().len(), 1);
    // A participant does not get the page.
    let page = board.get(&format!("/{}/", token.as_str()));
    assert!(page.starts_with("HTTP/1.1 404"), "{page}");
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let length = 10 << 20;
    let head = format!(
        "POST {JOIN} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n",
        board.address
    );
    // Nothing of the body is sent.
    let answer = String::from_utf8(board.raw(head.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    // Without a length.
    let head = head.replace(
        &format!("Content-Length: {length}"),
        "Transfer-Encoding: chunked",
    );
    let body = format!("{:x}\r\n{}\r\n0\r\n\r\n", 2 * BODY, "x".repeat(2 * BODY));
    let answer = String::from_utf8(board.raw((head + &body).as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    let token = board.token();
    let events = vec![json!({"number": 1, "what": "hand", "up": true}); EVENTS + 1];
    let many = json!({"schema": 1, "events": events}).to_string();
    assert_eq!(
        board.post(SAY, Some(token.as_str()), many.as_bytes()).0,
        429
    );
    // A participant who says more than anybody needs to is slowed.
    let full = json!({"schema": 1, "events": [], "x": "x".repeat(BODY - 100)}).to_string();
    let taken = (0..20).filter(|_| board.post(SAY, Some(token.as_str()), full.as_bytes()).0 == 200);
    let taken = taken.count();
    assert!((4..20).contains(&taken), "{taken}");
}

#[test]
fn a_name_is_text_on_the_page_and_a_strange_one_is_refused() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), Some("<script>alert(1)</script>"));
    for _ in 0..4 {
        check(&seat, &failed("baseline")).unwrap();
    }
    assert_eq!(seat.send_now(), Sent::All);
    let page = board.get(&format!("/{}/", board.key));
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    assert!(!page.contains("<script>alert"), "{page}");
    for name in [
        "a\u{0}b",
        "a\r\nb",
        "\u{202e}b",
        "",
        &"x".repeat(41),
        &"x".repeat(BODY - 100),
    ] {
        let body = json!({"schema": 1, "code": board.code, "name": name}).to_string();
        let (status, said) = board.post(JOIN, None, body.as_bytes());
        assert_eq!(status, 400, "{said}");
        assert!(said.contains("the name"), "{said}");
    }
}

#[test]
fn no_other_origin_and_no_other_host_gets_an_answer() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let page = format!("/{}/", board.key);
    for headers in [
        "Origin: http://evil.example\r\n",
        "Origin: null\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "Host: evil.example\r\n",
    ] {
        let answer = board.get_with(&page, headers);
        let status = answer.get(9..12).unwrap_or_default();
        assert!(
            ["400", "403", "421"].contains(&status),
            "{headers}: {answer}"
        );
        assert!(!answer.contains("<main>"), "{answer}");
    }
    let rebound =
        format!("GET {page} HTTP/1.1\r\nHost: evil.example:8100\r\nConnection: close\r\n\r\n");
    let answer = String::from_utf8(board.raw(rebound.as_bytes())).unwrap();
    assert!(answer.starts_with("HTTP/1.1 421"), "{answer}");
    let answer = board.get_with(&page, "Sec-Fetch-Site: none\r\n");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        answer
            .to_lowercase()
            .contains("content-security-policy: default-src 'none'")
    );
}

#[test]
fn the_projectors_page_never_shows_a_name() {
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let mine = workbook();
    let (seat, _) = board.join(mine.path(), Some("Ada"));
    seat.hand(true).unwrap();
    assert_eq!(seat.send_now(), Sent::All);
    assert_ne!(board.key, board.projector);
    let before = board.projector.clone();
    for again in [false, true] {
        if again {
            board.kill();
            board.start_again();
        }
        assert_eq!(board.projector, before);
        for query in ["", "?names=on", "?names=off"] {
            let page = board.get(&format!("/{}/{query}", board.projector));
            assert!(page.contains("Hands up: 1"), "{page}");
            for secret in ["Ada", &board.key, "names="] {
                assert!(!page.contains(secret), "{query}: {page}");
            }
        }
        assert!(board.get(&format!("/{}/", board.key)).contains("Ada"));
    }
}

/// Those who connect and say nothing hold no more places than one address gets.
#[test]
fn one_address_does_not_get_all_connections() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let connect = |_| TcpStream::connect(board.address).unwrap();
    let mut silent: Vec<_> = (0..OF_ADDRESS + 20).map(connect).collect();
    // The last ones are ended, as the first are there: reading comes to its end, and does not wait.
    for stream in silent.iter_mut().skip(OF_ADDRESS) {
        let came = stream.read(&mut [0]);
        assert!(came.as_ref().map_or(true, |many| *many == 0), "{came:?}");
    }
    drop(silent);
    // Their places are free again.
    let page = format!("/{}/", board.key);
    while !board.get(&page).starts_with("HTTP/1.1 200") {
        std::thread::yield_now();
    }
}

/// Whatever is sent, the board goes on, and nobody is in who has no code.
#[test]
fn bytes_without_sense_do_not_harm() {
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    let token = board.token();
    let before = board.events();
    let request = |path: &str, token: &str, body: &[u8]| {
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nAuthorization: Bearer {token}\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            board.address,
            body.len()
        );
        [head.as_bytes(), body].concat()
    };
    let whole = request(
        SAY,
        token.as_str(),
        br#"{"schema":1,"events":[{"number":9,"what":"x"}]}"#,
    );
    let bytes = prop_oneof![
        any::<Vec<u8>>(),
        any::<Vec<u8>>().prop_map(|body| request(JOIN, "", &body)),
        any::<Vec<u8>>().prop_map(|body| request(SAY, token.as_str(), &body)),
        // Bodies of JSON, of any shape.
        r#"[\[\]{}",:a-z0-9 -]{0,80}"#.prop_map(|body| request(
            SAY,
            token.as_str(),
            body.as_bytes()
        )),
        // A request with one byte another, or cut off.
        (0..whole.len(), any::<u8>()).prop_map(|(at, byte)| {
            let mut request = whole.clone();
            request[at] = byte;
            request
        }),
        (0..whole.len()).prop_map(|end| whole[..end].to_vec()),
        // Headers.
        ("[A-Za-z-]{1,20}", "[ -~]{0,60}").prop_map(|(name, value)| {
            format!("GET / HTTP/1.1\r\n{name}: {value}\r\nConnection: close\r\n\r\n").into_bytes()
        }),
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 300,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let run = runner.run(&bytes, |bytes| {
        board.raw_and_no_more(&bytes);
        Ok(())
    });
    run.unwrap();
    assert_eq!(board.events(), before);
    let hand = br#"{"schema":1,"events":[{"number":10,"what":"hand","up":true}]}"#;
    assert_eq!(board.post(SAY, Some(token.as_str()), hand).0, 200);
}
