//! Every slide in a real browser, at 16:9 and 4:3: nothing overflows, text is large enough, keys work,
//! nothing is loaded from elsewhere, the speaker's view opens, and axe-core finds no fault. What is
//! printed is tagged, and has no empty page.
//!
//! Where there is no Chromium, the test says so and passes. In CI (`CI` is set) it fails.

mod pdf;

use browser::devtools::{AXE, Browser, Page, program_if_there};
use course::source;
use pdf::{Pdf, shows_something};
use serde_json::{Value, json};
use slides::{build, page};
use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// What is wrong with the slide that is shown, in words.
const MEASURE: &str = r#"(() => {
  const faults = [], slide = Reveal.getCurrentSlide(), scale = Reveal.getScale();
  const room = slide.getBoundingClientRect(), slack = 2;
  if (room.height < 100) faults.push('is not laid out');
  for (const element of slide.querySelectorAll('*:not(.notes, .notes *)')) {
    const box = element.getBoundingClientRect();
    const name = element.tagName.toLowerCase() + ' "' + (element.textContent || element.alt || '').slice(0, 40) + '"';
    if (element.closest('math') && element.tagName !== 'math') continue;
    if (box.right > room.right + slack || box.bottom > room.bottom + slack || box.left < room.left - slack)
      faults.push(name + ' reaches out of the slide by ' + [box.right - room.right, box.bottom - room.bottom].map(Math.round));
    // The deck's title and the slide's number stand there.
    if (element.matches('.ask, .answer') && box.bottom > room.bottom - 30 * scale) faults.push(name + ' reaches into the footer');
    if (element.matches('pre, p, td, li, h2') && !element.querySelector('math') &&
        (element.scrollWidth > element.clientWidth + slack || element.scrollHeight > element.clientHeight + slack))
      faults.push(name + ' is larger than its box');
    if (element.childNodes.length && [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) {
      const size = parseFloat(getComputedStyle(element).fontSize);
      if (size < 23.5 && !element.closest('math')) faults.push(name + ' has text of ' + size + ' px');
    }
    if (element.tagName === 'IMG') {
      if (!element.complete || !element.naturalWidth) faults.push(name + ' is not shown');
      const shown = Math.min(box.width / element.naturalWidth, box.height / element.naturalHeight) / scale;
      if (26 * shown < 24) faults.push(name + ' is shown at ' + shown.toFixed(2) + ' of its size');
    }
  }
  return faults;
})()"#;

/// Shows the answers of the slide that is shown.
const ANSWERS: &str = "(() => { while (Reveal.nextFragment()); })()";

/// The workbook.
fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap()
}

/// The browser, and the folder with the pages.
fn start() -> Option<(Browser, Pages)> {
    let browser = Browser::if_there("no slide was looked at")?;
    let folder = tempfile::tempdir().unwrap();
    let site = build::build(&root()).unwrap();
    assert_eq!(site.problems, []);
    for (name, text) in &site.pages {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let names = site.pages.iter().map(|(name, _)| name.clone()).collect();
    let decks = site.decks.iter().map(|deck| deck.name()).collect();
    let pages = Pages {
        folder,
        names,
        decks,
    };
    Some((browser, pages))
}

struct Pages {
    folder: tempfile::TempDir,
    names: Vec<String>,
    decks: Vec<String>,
}

impl Pages {
    fn address(&self, name: &str) -> String {
        format!("file://{}", self.folder.path().join(name).display())
    }
}

fn open_deck(browser: &mut Browser, address: &str, size: (u32, u32)) -> (Page, u64) {
    let page = browser.open(address, size);
    browser.until(&page, "window.Reveal !== undefined && Reveal.isReady()");
    let slides = browser.ask(&page, "Reveal.getTotalSlides()").as_u64();
    (page, slides.unwrap())
}

#[test]
fn nothing_overflows_and_keys_turn_the_pages() {
    let Some((mut browser, pages)) = start() else {
        return;
    };
    let mut faults = Vec::new();
    for deck in &pages.decks {
        for size in [(1280, 720), (1920, 1080), (1024, 768)] {
            let address = pages.address(&format!("{deck}.html"));
            let (page, slides) = open_deck(&mut browser, &address, size);
            for slide in 0..slides {
                let at = browser.ask(&page, "Reveal.getSlidePastCount()");
                assert_eq!(
                    at,
                    json!(slide),
                    "{deck}: the arrow key did not turn the page"
                );
                browser.ask(&page, ANSWERS);
                let found = browser.ask(&page, MEASURE);
                for fault in found.as_array().unwrap() {
                    faults.push(format!("{deck}, slide {slide} at {size:?}: {fault}"));
                }
                browser.press(&page, "ArrowRight", "ArrowRight", 39);
            }
            browser.press(&page, "ArrowLeft", "ArrowLeft", 37);
            let at = browser.ask(&page, "Reveal.getSlidePastCount()");
            assert_eq!(at, json!(slides.saturating_sub(2)), "{deck}: no way back");
            browser.on(&page, "Page.close", json!({}));
        }
    }
    let strange: Vec<String> = browser
        .requests()
        .into_iter()
        .filter(|address| !address.starts_with("file://") && !address.starts_with("data:"))
        .filter(|address| address != "about:blank")
        .collect();
    assert!(strange.is_empty(), "pages asked for {strange:?}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// On either shape of projector the slide fills the window, also when the window becomes another.
#[test]
fn the_layout_follows_the_window() {
    let Some((mut browser, pages)) = start() else {
        return;
    };
    let address = pages.address(&format!("{}.html", pages.decks[0]));
    let wide = (page::WIDTH, page::HEIGHT);
    let (page, _) = open_deck(&mut browser, &address, (1280, 720));
    for (size, layout) in [
        ((1280, 720), wide),
        ((1024, 768), page::SQUARE),
        ((1400, 1050), page::SQUARE),
        ((1280, 800), wide),
    ] {
        let (width, height) = size;
        let screen =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        browser.on(&page, "Emulation.setDeviceMetricsOverride", screen);
        let (columns, rows) = layout;
        browser.until(
            &page,
            &format!(
                "Reveal.getConfig().width === {columns} && Reveal.getConfig().height === {rows}"
            ),
        );
        // The margins of reveal.js are 3 in a hundred on each side.
        let filled = "(() => { const box = document.querySelector('.slides').getBoundingClientRect(); \
                      return [box.width / innerWidth, box.height / innerHeight]; })()";
        let enough = format!("{filled}.every(part => part > 0.84 && part <= 1)");
        browser.until(&page, &enough);
    }
}

/// A slide with few words is larger, one with many is not, and no row of a table is broken for it.
#[test]
fn few_words_are_large() {
    let Some((mut browser, _)) = start() else {
        return;
    };
    let folder = small_workbook();
    let notes = "::: notes\n1 min. Say so.\n:::\n\n";
    let many = "many words that fill the line to its end and go on in the next one\n\n".repeat(8);
    let row =
        "|a|b|\n|-|-|\n|words that fill the row to its end|and nothing is left of the line|\n\n";
    let deck = format!(
        "---\ntitle: Sizes\nminutes: 4\n---\n\n# Few\n\nfew words\n\n{notes}# Many\n\n{many}{notes}\
         # Row\n\n{row}{notes}# Your turn\n\n`cargo xtask list`\n\n{notes}"
    );
    fs::write(folder.path().join("slides/01-a.md"), deck).unwrap();
    let site = build::build(folder.path()).unwrap();
    assert_eq!(site.problems, []);
    let written = site.write(folder.path(), |_| true).unwrap();
    let address = format!("file://{}", written.join("01-a.html").display());
    let (page, _) = open_deck(&mut browser, &address, (1280, 720));
    let mut sizes = Vec::new();
    for (slide, element) in [(1, "p"), (2, "p"), (3, "td")] {
        browser.ask(&page, &format!("Reveal.slide({slide})"));
        let size = format!(
            "parseFloat(getComputedStyle(Reveal.getCurrentSlide().querySelector('{element}')).fontSize)"
        );
        sizes.push(browser.ask(&page, &size).as_f64().unwrap());
        assert_eq!(browser.ask(&page, MEASURE), json!([]));
    }
    assert!(sizes[0] > 45.0, "{sizes:?}");
    assert!((sizes[1] - 36.0).abs() < 0.1, "{sizes:?}");
    assert!(sizes[2] < 40.0, "{sizes:?}");
}

/// An answer waits for a key, has its room from the beginning, and is folded for participants.
#[test]
fn an_answer_appears_at_a_key_press() {
    let Some((mut browser, _)) = start() else {
        return;
    };
    let folder = small_workbook();
    let deck = "---\ntitle: Answers\nminutes: 2\n---\n\n# One\n\n::: ask\nWhy?\n:::\n\n::: answer\nBecause.\n:::\n\n\
                ::: notes\n1 min. Say so.\n:::\n\n# Your turn\n\n`cargo xtask list`\n\n::: notes\n1 min. Say so.\n:::\n";
    fs::write(folder.path().join("slides/01-a.md"), deck).unwrap();
    let site = build::build(folder.path()).unwrap();
    assert_eq!(site.problems, []);
    let written = site.write(folder.path(), |_| true).unwrap();
    let address = |name: &str| format!("file://{}", written.join(name).display());
    let (page, _) = open_deck(&mut browser, &address("01-a.html"), (1280, 720));
    let state = "[Reveal.getSlidePastCount(), getComputedStyle(document.querySelector('.answer')).visibility, \
                 document.querySelector('.answer').offsetHeight > 30]";
    for wanted in [
        json!([1, "hidden", true]),
        json!([1, "visible", true]),
        json!([2, "visible", true]),
    ] {
        browser.press(&page, "ArrowRight", "ArrowRight", 39);
        let found = browser.ask(&page, state);
        assert_eq!(found[0], wanted[0], "{found}");
        if wanted[0] == json!(1) {
            browser.until(
                &page,
                &format!("JSON.stringify({state}) === JSON.stringify({wanted})"),
            );
        }
    }
    let page = browser.open(&address("01-a-participants.html"), (1280, 720));
    let shown = "document.querySelector('main').innerText";
    browser.until(&page, &format!("{shown}?.includes('Why?')"));
    let text = browser.ask(&page, shown).to_string();
    assert!(
        !text.contains("Because") && !text.contains("Say so"),
        "{text}"
    );
    browser.ask(&page, "document.querySelector('summary').click()");
    browser.until(&page, &format!("{shown}.includes('Because')"));
}

/// The measure itself: it must find what it is there to find.
#[test]
fn a_slide_that_overflows_is_found() {
    let Some((mut browser, pages)) = start() else {
        return;
    };
    let deck = pages.address(&format!("{}.html", pages.decks[0]));
    for (change, fault) in [
        ("slide.innerHTML += '<p>more</p>'.repeat(30)", "reaches out"),
        (
            "slide.innerHTML += '<pre>' + 'wide '.repeat(60) + '</pre>'",
            "larger than its box",
        ),
        (
            "slide.innerHTML += '<p style=\"font-size:12px\">small</p>'",
            "text of 12 px",
        ),
        (
            "slide.innerHTML += '<img alt=\"gone\" src=\"gone.svg\">'",
            "is not shown",
        ),
    ] {
        let (page, _) = open_deck(&mut browser, &deck, (1280, 720));
        browser.press(&page, "ArrowRight", "ArrowRight", 39);
        assert_eq!(browser.ask(&page, MEASURE), json!([]), "before {change}");
        let change = format!(
            "(async () => {{ const slide = Reveal.getCurrentSlide(); {change}; \
             await new Promise(done => setTimeout(done, 100)); }})()"
        );
        browser.ask(&page, &change);
        let found = browser.ask(&page, MEASURE).to_string();
        assert!(found.contains(fault), "{change}: {found}");
        browser.on(&page, "Page.close", json!({}));
    }
}

#[test]
fn the_speaker_sees_notes_and_the_next_slide() {
    let Some((mut browser, pages)) = start() else {
        return;
    };
    let address = pages.address(&format!("{}.html", pages.decks[0]));
    let (page, _) = open_deck(&mut browser, &address, (1280, 720));
    browser.press(&page, "ArrowRight", "ArrowRight", 39);
    let wanted = browser.ask(
        &page,
        "Reveal.getCurrentSlide().querySelector('.notes').textContent.slice(0, 40)",
    );
    browser.press(&page, "s", "KeyS", 83);
    let speaker = browser.opened("Speaker View");
    let notes = "document.querySelector('.speaker-controls-notes .value').textContent";
    browser.until(&speaker, &format!("{notes}.includes({wanted})"));
    browser.until(&speaker, "document.querySelectorAll('iframe').length === 2");
    browser.ask(&page, ANSWERS);
    browser.press(&page, "ArrowRight", "ArrowRight", 39);
    browser.until(&speaker, &format!("!{notes}.includes({wanted})"));
    let time = browser.ask(&speaker, "document.querySelector('.clock-value') !== null");
    assert_eq!(time, json!(true));
    // Pacing shows only where the slides' minutes reach the view.
    browser.until(
        &speaker,
        "document.querySelector('.speaker-controls-time .pacing').checkVisibility()",
    );
}

#[test]
fn axe_finds_no_fault() {
    let Some((mut browser, pages)) = start() else {
        return;
    };
    let mut faults = Vec::new();
    // What depends on the scheme is contrast; the rest need not be looked at twice.
    let run = |scheme: &str| {
        let only = if scheme == "dark" {
            ", runOnly: ['color-contrast']"
        } else {
            ""
        };
        format!(
            "axe.run(document, {{resultTypes: ['violations']{only}}}).then(found => found.violations.map(\
             one => one.id + ': ' + one.help + ' ' + one.nodes.slice(0, 3).map(node => \
             node.html.slice(0, 120) + ' ' + (node.any[0]?.message ?? '')).join(' | ')))"
        )
    };
    for name in &pages.names {
        for scheme in ["light", "dark"] {
            let page = browser.open(&pages.address(name), (1280, 720));
            let feature = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
            browser.on(&page, "Emulation.setEmulatedMedia", feature);
            browser.on(&page, "Runtime.evaluate", json!({"expression": AXE}));
            let is_deck = pages
                .decks
                .iter()
                .any(|deck| *name == format!("{deck}.html"));
            let slides = if is_deck {
                browser.until(&page, "Reveal.isReady()");
                browser
                    .ask(&page, "Reveal.getTotalSlides()")
                    .as_u64()
                    .unwrap()
            } else {
                1
            };
            for slide in 0..slides {
                if is_deck {
                    browser.ask(&page, ANSWERS);
                }
                let found = browser.ask(&page, &run(scheme));
                for fault in found.as_array().unwrap() {
                    let fault = fault.as_str().map(str::to_owned);
                    faults.push(format!("{name}, slide {slide}, {scheme}: {fault:?}"));
                }
                if is_deck {
                    browser.press(&page, "ArrowRight", "ArrowRight", 39);
                }
            }
            browser.on(&page, "Page.close", Value::Object(Default::default()));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Prints a page of this HTML, or this file.
fn printed(html: Option<&str>, page: &Path) -> Option<Pdf> {
    let program = program_if_there("nothing was printed")?;
    if let Some(html) = html {
        fs::write(page, html).unwrap();
    }
    let pdf = page.with_extension("pdf");
    browser::print(&program, page, &pdf, &page.with_extension("profile")).unwrap();
    Some(Pdf::new(fs::read(pdf).unwrap()))
}

#[test]
fn what_is_printed_is_tagged_and_no_page_is_empty() {
    let site = build::build(&root()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for deck in &site.decks {
        let name = format!("{}-handout.html", deck.name());
        let (_, html) = site.pages.iter().find(|(page, _)| *page == name).unwrap();
        let Some(pdf) = printed(Some(html), &folder.path().join(&name)) else {
            return;
        };
        for words in [
            "/StructTreeRoot",
            "/MarkInfo",
            "/Marked true",
            "/Lang (en)",
            "/DisplayDocTitle true",
            &format!("/Title ({})", deck.title),
        ] {
            assert!(pdf.has(words), "{name}: no {words}");
        }
        assert_eq!(pdf.elements("H1"), 1, "{name}: the title");
        assert_eq!(pdf.elements("H2"), deck.slides.len(), "{name}: the slides");
        let figures = html.matches("<img ").count();
        assert_eq!(pdf.alternatives(), figures, "{name}: the figures");
        let pages = pdf.pages();
        assert!(!pages.is_empty());
        for (index, page) in pages.iter().enumerate() {
            assert!(shows_something(page), "{name}: page {index} is empty");
        }
    }
}

/// The measure of the test above: it must find what it is there to find.
#[test]
fn an_empty_page_and_a_missing_language_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let html = "<!doctype html><title>T</title><p>one</p><div style=\"height:1px;break-before:page;\
                break-after:page\"></div><p>three</p>";
    let Some(pdf) = printed(Some(html), &folder.path().join("a.html")) else {
        return;
    };
    let shown: Vec<bool> = pdf
        .pages()
        .iter()
        .map(|page| shows_something(page))
        .collect();
    assert_eq!(shown, [true, false, true]);
    assert!(!pdf.has("/Lang (en)"));
    assert_eq!(pdf.elements("H1"), 0);
}

/// `cargo xtask slides --pdf` prints the guide and the cheat sheet, too: that one on one page.
#[test]
fn the_command_prints_handouts_guide_and_cheat_sheet() {
    if program_if_there("nothing was printed").is_none() {
        return;
    }
    let folder = small_workbook();
    // The command also looks whether the figures are those that their functions draw.
    fs::create_dir_all(folder.path().join("slides/figures")).unwrap();
    slides::figures::write(folder.path()).unwrap();
    let guide = "# Guide\n\n## A day\n\n```timetable\nstart 09:00\ndeck 1\n```\n";
    fs::write(folder.path().join("slides/instructors.md"), guide).unwrap();
    let sheet = "slides/cheat-sheet.md";
    fs::copy(root().join(sheet), folder.path().join(sheet)).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_slides"))
        .args(["--pdf", "--root"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    for name in [
        "01-a-handout.pdf",
        "01-a-participants.pdf",
        "instructors.pdf",
        "cheat-sheet.pdf",
    ] {
        let path = folder.path().join(build::FOLDER).join(name);
        let pdf = Pdf::new(fs::read(&path).unwrap());
        assert_eq!(pdf.pages().len(), 1, "{name}");
        assert!(
            pdf.has("/StructTreeRoot") && pdf.elements("H1") == 1,
            "{name}"
        );
    }
}

/// A workbook with one deck.
fn small_workbook() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["slides/theme", "exercises", "solutions"] {
        fs::create_dir_all(folder.path().join(name)).unwrap();
    }
    for sheet in ["common.css", "deck.css", "handout.css", "lesson.css"] {
        let sheet = Path::new("slides/theme").join(sheet);
        fs::copy(root().join(&sheet), folder.path().join(&sheet)).unwrap();
    }
    fs::write(folder.path().join("exercises/README.md"), "# Lesson\n").unwrap();
    let deck = "---\ntitle: Before\nminutes: 1\n---\n\n# Your turn\n\n`cargo xtask list`, \
                [lesson](../exercises/README.md)\n\n\
                ::: notes\n1 min. Say so.\n:::\n";
    fs::write(folder.path().join("slides/01-a.md"), deck).unwrap();
    folder
}

/// A program that ends with the test, however that ends.
struct Ended(Child);

impl Drop for Ended {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is wrong with a page to read, in words.
const READABLE: &str = r#"(() => {
  const faults = [];
  if (document.documentElement.scrollWidth > innerWidth) faults.push('is wider than the window');
  for (const image of document.images) if (!image.complete || !image.naturalWidth) faults.push(image.src + ' is not shown');
  if (!document.querySelector('h1')) faults.push('has no heading');
  if (document.querySelector('.both')) {
    if (!document.querySelector('.code .k')) faults.push('shows no code beside it');
    for (const link of document.querySelectorAll('.task a'))
      if (!document.getElementById(link.hash.slice(1))) faults.push(link.hash + ' leads nowhere');
    if (!document.querySelector('.task a')) faults.push('has no task');
  }
  return faults;
})()"#;

/// A server on this machine, and its address.
fn serve(arguments: &[&str], root: &Path) -> (Ended, String) {
    let mut server = Command::new(env!("CARGO_BIN_EXE_slides"))
        .args(arguments)
        .args(["--port", "0", "--root"])
        .arg(root)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let output = server.stdout.take().unwrap();
    let server = Ended(server);
    let lines = BufReader::new(output).lines();
    let mut lines = lines.map_while(Result::ok);
    let address =
        lines.find_map(|line| Some(line.strip_prefix("http://")?.split(' ').next()?.to_owned()));
    std::thread::spawn(move || lines.for_each(drop));
    (server, format!("http://{}", address.unwrap()))
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// `cargo xtask read`: every lesson, on a screen and on a phone, beside the student's file, which it follows.
#[test]
fn lessons_stand_beside_the_students_file() {
    let Some((mut browser, _)) = start() else {
        return;
    };
    let folder = small_workbook();
    fs::remove_file(folder.path().join("exercises/README.md")).unwrap();
    for name in ["exercises", "slides"] {
        copy_folder(&root().join(name), &folder.path().join(name));
    }
    for name in ["xtask/mpi-extra/src/lib.rs", "Cargo.toml"] {
        fs::create_dir_all(folder.path().join(name).parent().unwrap()).unwrap();
        fs::copy(root().join(name), folder.path().join(name)).unwrap();
    }
    let traces = folder.path().join(slides::lesson::TRACES);
    fs::create_dir_all(&traces).unwrap();
    let (_server, lesson) = serve(&["--read", "05.scan"], folder.path());
    let home = lesson.split("exercises/").next().unwrap().to_owned();
    assert!(
        lesson.ends_with("/exercises/05-collectives/README.md#scan"),
        "{lesson}"
    );
    let course = course::Course::read(folder.path()).unwrap();
    let mut faults = Vec::new();
    for size in [(1280, 800), (390, 844)] {
        let lessons = course.exercises().iter();
        let lessons = lessons.map(|exercise| format!("exercises/{}/README.md", exercise.folder));
        let others = [
            "lessons.html",
            "exercises/05-collectives/src/lib.rs",
            "exercises/05-collectives/src",
        ];
        for name in lessons.chain(others.map(str::to_owned)) {
            let page = browser.open(&format!("{home}{name}"), size);
            browser.until(&page, "document.readyState === 'complete'");
            let found = browser.ask(&page, READABLE);
            for fault in found.as_array().unwrap() {
                faults.push(format!("{name} at {size:?}: {fault}"));
            }
            browser.on(&page, "Page.close", json!({}));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));

    let page = browser.open(&lesson, (1280, 800));
    browser.until(&page, "document.readyState === 'complete'");
    browser.on(&page, "Runtime.evaluate", json!({"expression": AXE}));
    let found = browser.ask(
        &page,
        "axe.run(document, {resultTypes: ['violations']}).then(found => found.violations.map(one => \
         one.id + ': ' + one.nodes[0].html.slice(0, 120)))",
    );
    assert_eq!(found, json!([]));
    let scan = "document.getElementById('code-scan')?.textContent";
    assert!(
        browser
            .ask(&page, scan)
            .as_str()
            .unwrap()
            .contains("todo!()")
    );
    let file = folder.path().join("exercises/05-collectives/src/lib.rs");
    let text = fs::read_to_string(&file).unwrap();
    let found = source::find(&text, "scan").unwrap().unwrap();
    let mine = found
        .text(&text)
        .replace("todo!()", "let mine = <u64>::MAX; // & mine");
    fs::write(&file, text.replace(found.text(&text), &mine)).unwrap();
    browser.until(&page, &format!("{scan}?.includes('<u64>::MAX; // & mine')"));
    browser.until(
        &page,
        "[...document.querySelectorAll('.task')].some(task => task.textContent.includes('scan: written'))",
    );
    // A trace appears when it is written, and is a page of its own.
    fs::write(
        traces.join("05-collectives.html"),
        "<!doctype html><title>T</title><h1>Trace</h1>",
    )
    .unwrap();
    browser.until(
        &page,
        "document.querySelector('a[href=\"/traces/05-collectives.html\"]') !== null",
    );
    let trace = "fetch('/traces/05-collectives.html').then(answer => answer.text())";
    assert!(
        browser
            .ask(&page, trace)
            .as_str()
            .unwrap()
            .contains("Trace")
    );
    // The deck that a lesson names, and the lesson that the deck's source names.
    let deck = "fetch('/slides/05-collectives.md').then(answer => answer.url)";
    assert!(
        browser
            .ask(&page, deck)
            .as_str()
            .unwrap()
            .ends_with("/05-collectives.html")
    );
    let strange: Vec<String> = browser
        .requests()
        .into_iter()
        .filter(|address| !address.starts_with(&home) && address != "about:blank")
        .filter(|address| !address.starts_with("data:"))
        .collect();
    assert!(strange.is_empty(), "pages asked for {strange:?}");
}

#[test]
fn a_page_follows_its_source() {
    let Some((mut browser, _)) = start() else {
        return;
    };
    let folder = small_workbook();
    let (_server, address) = serve(&["--watch"], folder.path());
    let page = browser.open(&format!("{address}01-a.html#/1"), (1280, 720));
    browser.until(&page, "window.Reveal !== undefined && Reveal.isReady()");
    assert_eq!(browser.ask(&page, "document.title"), json!("Before"));

    let file = folder.path().join("slides/01-a.md");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("Before", "After")).unwrap();
    browser.until(
        &page,
        "document.title === 'After' && window.Reveal !== undefined && Reveal.isReady()",
    );
    // It stays where the speaker was.
    assert_eq!(browser.ask(&page, "Reveal.getSlidePastCount()"), json!(1));

    // A link into the workbook leads to its file.
    let lesson = "document.querySelector('section:not(.title) a').href";
    let lesson = browser.ask(
        &page,
        &format!("fetch({lesson}).then(answer => answer.text())"),
    );
    assert!(
        lesson.as_str().unwrap().contains("<h1 id=\"lesson\">"),
        "{lesson}"
    );
    let hidden = "fetch('/.workbook/slides/index.html').then(answer => answer.status)";
    assert_eq!(browser.ask(&page, hidden), json!(404));

    fs::write(&file, text.replace("::: notes", "::: note")).unwrap();
    let box_says = "document.querySelector('[role=status][style]')?.textContent";
    browser.until(&page, &format!("{box_says}?.includes('01-a.md:10: error')"));
}
