//! The page in a real browser: it changes while participants check, comes back after the board does, can be
//! read by everybody, and no page of another origin gets in.
//!
//! Where there is no Chromium, the test says so and passes. In CI (`CI` is set) it fails.

use crate::running::{Board, check, failed, passed, workbook};
use browser::devtools::{AXE, Browser, Page};
use room::{Seat, Sent};
use serde_json::json;

/// As long as a name may be, without a place where a line could end.
const LONG: &str = "<b>Bob</b>WWWWWWWWWWWWWWWWWWWWWWWWWWWWWW";

fn send(seat: &Seat) {
    assert_eq!(seat.send_now(), Sent::All);
}

fn text(browser: &mut Browser, page: &Page) -> String {
    let text = browser.ask(page, "document.body.innerText");
    text.as_str().unwrap().to_owned()
}

fn until(browser: &mut Browser, page: &Page, words: &str) {
    let condition = format!("document.body.innerText.includes({words:?})");
    browser.until(page, &condition);
}

#[test]
fn the_page_follows_two_participants() {
    let Some(mut browser) = Browser::if_there("the board's page was not looked at") else {
        return;
    };
    let mut board = Board::start(&["--listen", "127.0.0.1:0"]);
    let address = format!("http://{}/{}/", board.address, board.key);
    let page = browser.open(&address, (1280, 720));
    // Whatever is behind it.
    let projector = format!("http://{}/{}/?names=on", board.address, board.projector);
    let projector = browser.open(&projector, (1280, 720));
    until(&mut browser, &page, "Nobody has joined yet.");

    let (one, two) = (workbook(), workbook());
    let (ada, _) = board.join(one.path(), Some("Ada"));
    let (bob, _) = board.join(two.path(), Some(LONG));
    until(&mut browser, &page, "2 participants, no hand up, 0 stuck.");
    for _ in 0..4 {
        check(&ada, &failed("baseline")).unwrap();
        send(&ada);
    }
    until(&mut browser, &page, "2 participants, no hand up, 1 stuck.");
    until(&mut browser, &page, "wrong-result, 4 times");
    bob.hand(true).unwrap();
    send(&bob);
    until(&mut browser, &page, "Hands up: 1");
    until(&mut browser, &page, LONG);
    until(&mut browser, &projector, "Hands up: 1");
    let shown = text(&mut browser, &projector);
    assert!(!shown.contains("Ada") && !shown.contains("Bob"), "{shown}");

    // What somebody has closed stays closed, and the keyboard stays where it is.
    browser.ask(&page, "document.querySelector('summary').focus()");
    browser.press(&page, " ", "Space", 32);
    let closed =
        "!document.querySelector('details').open && document.activeElement.tagName === 'SUMMARY'";
    check(&bob, &passed("baseline")).unwrap();
    send(&bob);
    until(&mut browser, &page, "Hands up: 0");
    browser.until(&page, closed);
    browser.press(&page, " ", "Space", 32);
    until(&mut browser, &page, "1 of 2");

    // The board goes, and comes back with all that it knew.
    board.kill();
    until(&mut browser, &page, "No connection to the board");
    board.start_again();
    bob.hand(true).unwrap();
    send(&bob);
    until(&mut browser, &page, "2 participants, 1 hand up, 1 stuck.");
    browser.until(&page, "document.getElementById('connection').hidden");

    let outside: Vec<String> = browser
        .requests()
        .into_iter()
        .filter(|it| !it.starts_with(&format!("http://{}/", board.address)))
        .filter(|it| it != "about:blank" && !it.starts_with("data:"))
        .collect();
    assert!(outside.is_empty(), "the page asked for {outside:?}");

    // Only what differs between the schemes is looked at twice.
    for (scheme, width) in [
        ("light", 1280),
        ("dark", 1280),
        ("light", 390),
        ("dark", 390),
    ] {
        let size = json!({"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false});
        browser.on(&page, "Emulation.setDeviceMetricsOverride", size);
        let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.on(&page, "Emulation.setEmulatedMedia", feature);
        let fits = browser.ask(&page, "document.documentElement.scrollWidth <= innerWidth");
        assert_eq!(fits, json!(true), "at {width} pixels");
        browser.on(&page, "Runtime.evaluate", json!({"expression": AXE}));
        let faults = browser.ask(
            &page,
            "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one => \
             one.id + ': ' + one.help + ' ' + one.nodes.map(node => node.html).join(' | ')))",
        );
        assert_eq!(faults, json!([]), "{scheme} at {width} pixels");
    }
}

#[test]
fn a_page_of_another_origin_gets_nothing() {
    let Some(mut browser) = Browser::if_there("no other origin was tried") else {
        return;
    };
    let board = Board::start(&["--listen", "127.0.0.1:0"]);
    // Its own origin is the same machine at another port: as near as another origin can be.
    let other = Board::start(&["--listen", "127.0.0.1:0"]);
    let page = browser.open(&format!("http://{}/", other.address), (800, 600));
    let there = format!("http://{}", board.address);
    let body = json!({"schema": 1, "code": board.code}).to_string();
    for (mode, kind) in [
        ("cors", "application/json"),
        ("cors", "text/plain"),
        ("no-cors", "text/plain"),
        ("no-cors", "application/x-www-form-urlencoded"),
    ] {
        let fetch = format!(
            "fetch('{there}/join', {{method: 'POST', mode: '{mode}', headers: {{'Content-Type': '{kind}'}}, body: \
             {body:?}}}).then(it => it.type === 'opaque' ? 'opaque' : 'read', () => 'refused')"
        );
        let came = browser.ask(&page, &fetch);
        assert!(
            came == "refused" || came == "opaque",
            "{mode}, {kind}: {came}"
        );
    }
    let read = format!(
        "fetch('{there}/{}/').then(it => it.text(), () => 'refused')",
        board.key
    );
    assert_eq!(browser.ask(&page, &read), "refused");
    assert!(!board.events().contains("joined"), "{}", board.events());
}
