//! The pictures of small runs, held by snapshots; and what has to hold for every run, whatever is in it.

use std::collections::HashMap;

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use trace::{
    Call, Class, Edge, End, Meeting, Message, Options, Peer, Place, Scale, Tag, Theme, Timeline,
    heading, html, merge, perfetto, reduce, svg, terminal,
};

mod samples;

fn light() -> Options {
    Options {
        theme: Theme::Light,
        ..Options::default()
    }
}

fn perfetto_text(timeline: &Timeline) -> String {
    let mut out = Vec::new();
    perfetto(timeline, &mut out).expect("memory takes everything");
    String::from_utf8(out).expect("JSON is UTF-8")
}

#[test]
fn small_runs_as_text() {
    for (name, run) in samples::small() {
        insta::assert_snapshot!(format!("text-{name}"), terminal(&run, 80, false));
    }
    let colours = terminal(&samples::deadlock_of_two(), 60, true).replace('\u{1b}', "^");
    insta::assert_snapshot!("text-colours", colours);
}

#[test]
fn small_runs_as_svg() {
    for (name, run) in samples::small() {
        let picture = svg(&run, &light());
        // The style is the same in all: once is enough.
        let body = picture.split_once("</defs>").expect("definitions").1;
        insta::assert_snapshot!(
            format!("svg-{name}"),
            if name == "ping-pong" { &picture } else { body }
        );
    }
}

#[test]
fn small_runs_for_perfetto() {
    for (name, run) in samples::small() {
        if name != "ranks-64" {
            insta::assert_snapshot!(format!("perfetto-{name}"), perfetto_text(&run));
        }
    }
}

#[test]
fn small_runs_as_data_of_a_page() {
    for (name, run) in samples::small() {
        let page = html(&run, &light());
        let data = embedded(&page);
        if name != "ranks-64" {
            insta::assert_snapshot!(
                format!("page-{name}"),
                serde_json::to_string(&data).expect("JSON")
            );
        }
    }
}

/// What the script of a page reads.
fn embedded(page: &str) -> serde_json::Value {
    let (_, rest) = page.split_once("id=\"data\">").expect("data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    serde_json::from_str(data).expect("JSON")
}

#[test]
fn a_page_refers_to_nothing_outside() {
    let page = html(&samples::deadlock_of_three(), &Options::default());
    assert!(page.contains("default-src 'none'"));
    for outside in ["http://", "https://", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    let levels: Vec<_> = page
        .match_indices("<h")
        .filter_map(|(at, _)| page[at + 2..].chars().next())
        .filter(char::is_ascii_digit)
        .collect();
    assert_eq!(levels, ['1', '2', '2', '2', '2']);
}

#[test]
fn a_title_cannot_break_out() {
    let run = Timeline {
        title: "</title></script><script>alert(1)</script><!-- \u{0}\u{1b} & \"".to_owned(),
        ..samples::ping_pong()
    };
    let page = html(&run, &Options::default());
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(embedded(&page)["title"], run.title);
    check_svg(&run, &Options::default()).expect("well-formed");
    let _: serde_json::Value = serde_json::from_str(&perfetto_text(&run)).expect("JSON");
    assert!(!terminal(&run, 80, false).contains('\u{1b}'));
}

#[test]
fn what_is_said_of_a_run_stands_above_its_drawing() {
    let run = Timeline {
        about: vec!["Input: 3 <numbers>.\u{1b}".to_owned()],
        failure: Some("deadlock: ranks 0 and 1 wait".to_owned()),
        ..samples::deadlock_of_two()
    };
    let text = terminal(&run, 80, false);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[2..4],
        ["Input: 3 <numbers>.", "deadlock: ranks 0 and 1 wait"]
    );
    let page = html(&run, &Options::default());
    assert!(page.contains("<p>Input: 3 &lt;numbers&gt;."), "{page}");
    assert!(
        page.contains("class=\"note failure\">deadlock: ranks"),
        "{page}"
    );
    check_svg(&run, &Options::default()).expect("well-formed");
    assert!(svg(&run, &Options::default()).contains(">deadlock: ranks 0 and 1 wait<"));
}

#[test]
fn large_amounts_do_not_squeeze_the_drawing_in_text() {
    /// The columns in which something begins or ends, line by line.
    fn columns_of(run: &Timeline) -> Vec<Vec<usize>> {
        let text = terminal(run, 80, false);
        let drawing = text.lines().skip_while(|line| !line.starts_with("step"));
        let ranks = |line: &str| {
            let letters = line.chars().enumerate();
            let marks = letters.filter(|(_, letter)| "│┃▶◀".contains(*letter));
            marks.map(|(at, _)| at).collect()
        };
        drawing.map(ranks).collect()
    }
    let run = samples::manager_worker();
    let mut large = run.clone();
    for message in &mut large.messages {
        message.bytes = 1_000_000;
        message.sent_ns *= 1_000_000;
        message.received_ns = message.received_ns.map(|at| at * 1_000_000);
    }
    for call in &mut large.calls {
        call.bytes = Some(1_000_000);
        call.from_ns *= 1_000_000;
        call.to_ns = call.to_ns.map(|at| at * 1_000_000);
        call.waiting = None;
    }
    assert_eq!(columns_of(&large), columns_of(&run));
    // Nor do long names: each keeps to its column.
    for call in &mut large.calls {
        call.function = "MPI_Ineighbor_alltoallw_init_of_a_very_long_name".into();
    }
    assert_eq!(columns_of(&large)[0], columns_of(&run)[0]);
    let text = terminal(&large, 80, false);
    let begins = |text: &str| text.lines().filter(|line| line.contains("Ineig")).count();
    assert!(begins(&text) > 10, "{text}");
    assert!(text.lines().all(|line| columns(line) <= 80), "{text}");
}

#[test]
fn one_long_call_does_not_squeeze_the_others_into_a_stripe() {
    let call = |from, to| Call::new(0, "MPI_Send", Class::Send, from, Some(to));
    let short = (0..150).map(|number| call(2_000 * number, 2_000 * number + 1_000));
    let run = Timeline {
        ranks: 1,
        calls: short.chain([call(300_000, 2_000_000_000)]).collect(),
        ..Timeline::default()
    };
    assert!(svg(&run, &light()).contains("time not to scale"));
}

#[test]
fn where_there_is_no_diagram_it_says_why() {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let run = samples::deadlock_of_two();
    let narrow = words(&terminal(&run, 9, false));
    assert!(
        narrow.contains("No diagram here: 9 columns are too few."),
        "{narrow}"
    );
    let why = "17 ranks do not fit side by side";
    let text = heading(&run, 80, false, why);
    assert!(
        text.contains(&format!("No diagram here: {why}. See the page (HTML).")),
        "{text}"
    );
    // What is known without one is told all the same.
    assert!(text.contains("- rank 0 waits for rank 1"), "{text}");
    assert!(!text.contains("step rank 0"), "{text}");
}

#[test]
fn a_forced_theme_asks_no_system() {
    let run = samples::ping_pong();
    for theme in [Theme::Light, Theme::Dark] {
        let options = Options {
            theme,
            ..Options::default()
        };
        assert!(!svg(&run, &options).contains("prefers-color-scheme"));
        assert!(!html(&run, &options).contains("@media (prefers-color-scheme"));
    }
    assert!(svg(&run, &Options::default()).contains("prefers-color-scheme"));
}

/// Not every viewer of SVG knows variables: those that do not would draw black on black.
#[test]
fn colours_are_no_variables_and_the_picture_has_a_ground() {
    for theme in [Theme::System, Theme::Light, Theme::Dark] {
        for (name, run) in samples::small() {
            let options = Options {
                theme,
                ..Options::default()
            };
            let picture = svg(&run, &options);
            assert!(!picture.contains("var("), "{name} for {theme:?}");
            let ground = "<rect class=\"page\" width=";
            assert!(picture.contains(ground), "{name} for {theme:?}");
        }
    }
}

#[test]
fn long_gaps_are_drawn_in_steps_and_marked() {
    let run = samples::long_gap();
    assert!(svg(&run, &light()).contains("2 s shortened"));
    let linear = Options {
        scale: Scale::Linear,
        ..light()
    };
    assert!(!svg(&run, &linear).contains("shortened"));
    assert!(!svg(&samples::ping_pong(), &light()).contains("not to scale"));
}

#[test]
fn what_is_said_of_a_gap_beside_the_edge_stays_in_the_picture() {
    let centuries = |number: u64| number * 1_000_000_000_000_000_000;
    let wait = Call {
        waiting: Some((0, centuries(8))),
        ..Call::new(0, "MPI_Send", Class::Send, 0, Some(centuries(13)))
    };
    let last = Call::new(0, "MPI_Send", Class::Send, 0, Some(centuries(14)));
    let run = Timeline {
        ranks: 4,
        calls: vec![wait, last],
        ..Timeline::default()
    };
    let narrow = Options {
        width: 0.0,
        scale: Scale::Steps,
        ..light()
    };
    assert!(svg(&run, &narrow).contains("shortened"));
    check_svg(&run, &narrow).unwrap();
}

/// Half of the messages of a narrow drawing are told by a mark: no mark may stand for two at a time.
#[test]
fn marks_come_in_pairs() {
    for ranks in [3, 8, 16, 18] {
        let text = terminal(&samples::ring_of(ranks), 80, false);
        let mut open: HashMap<char, u32> = HashMap::new();
        let mut seen = 0;
        for line in text.lines().filter(|line| !line.starts_with('┃')) {
            let letters: Vec<char> = line.chars().collect();
            for pair in letters.windows(2) {
                match pair[0] {
                    '▸' => assert_eq!(open.insert(pair[1], ranks), None, "{text}"),
                    '◂' => {
                        seen += 1;
                        assert!(open.remove(&pair[1]).is_some(), "{text}");
                    }
                    _ => {}
                }
            }
        }
        assert!(open.is_empty() && seen > 0, "{text}");
    }
}

#[test]
fn large_drawings_in_text_say_what_is_missing() {
    let text = terminal(&samples::large(4, 1_000), 80, false);
    assert!(text.lines().count() < 70, "{}", text.lines().count());
    assert!(text.contains("calls left out; see the page"));
    let stuck = {
        let mut run = samples::Run::new("Far away", 64);
        run.stuck(62, 63, 1);
        run.stuck(63, 62, 2);
        run.timeline
    };
    let text = terminal(&stuck, 80, false);
    assert!(
        text.contains("Not drawn: ranks 0, 1") || text.contains("Not drawn: ranks 16"),
        "{text}"
    );
    assert!(text.contains(" 62  63") && text.contains("╠"), "{text}");
}

#[test]
fn a_million_calls_are_drawn() {
    let run = samples::large(8, 1_000_000);
    assert!(run.calls.len() >= 1_000_000);
    let small = reduce(&run, 5_000);
    assert!(
        small.calls.len() <= 5_000 && small.calls.len() > 4_000,
        "{}",
        small.calls.len()
    );
    assert!(!small.messages.is_empty());
    let picture = svg(&run, &light());
    assert!(picture.len() < 3_000_000, "{}", picture.len());
    assert!(picture.contains("are merged into"));
    let page = html(&run, &light());
    assert!(page.len() < 25_000_000, "{}", page.len());
    assert!(page.contains("are merged into"));
    let text = terminal(&run, 80, false);
    assert!(text.lines().count() < 70);
    // Nothing is kept: the writer counts and forgets.
    struct Counter(u64, usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len() as u64;
            self.1 = self.1.max(bytes.len());
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0, 0);
    perfetto(&run, &mut counter).expect("counting does not fail");
    assert!(
        counter.0 > 100_000_000 && counter.1 <= 1 << 16,
        "{} {}",
        counter.0,
        counter.1
    );
}

#[test]
fn merging_loses_no_call() {
    let run = samples::large(4, 20_000);
    let small = merge(&run, 3_000);
    assert!(small.calls.len() <= 3_000, "{}", small.calls.len());
    let stands_for: u64 = small.calls.iter().map(|call| u64::from(call.count)).sum();
    assert_eq!(stands_for, run.calls.len() as u64);
}

#[test]
fn what_is_small_enough_stays_as_it_is() {
    let run = samples::manager_worker();
    assert_eq!(reduce(&run, 1_000), run);
    assert_eq!(merge(&run, 1_000), run);
}

#[test]
fn a_timeline_survives_being_written_down() {
    for (_, run) in samples::small() {
        let text = serde_json::to_string(&run).expect("JSON");
        assert_eq!(
            serde_json::from_str::<Timeline>(&text).expect("the same"),
            run
        );
    }
}

/// Elements, attributes and coordinates of the picture; the error says what is wrong.
fn check_svg(run: &Timeline, options: &Options) -> Result<(), String> {
    let picture = svg(run, options);
    let mut reader = Reader::from_str(&picture);
    let mut view = (0.0, 0.0);
    let mut text: Option<(f64, f64, f64, String)> = None;
    let mut content = String::new();
    let mut plates: Vec<[f64; 4]> = Vec::new();
    let mut labels: Vec<[f64; 4]> = Vec::new();
    let mut in_defs = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Eof => break,
            Event::Start(tag) if tag.name().as_ref() == "defs" => in_defs = true,
            Event::End(tag) if tag.name().as_ref() == "defs" => in_defs = false,
            Event::Start(tag) | Event::Empty(tag) => {
                let attributes = attributes(&tag)?;
                let number = |name: &str| -> Result<f64, String> {
                    let text = attributes.get(name).map_or("0", String::as_str);
                    let number: f64 = text.parse().map_err(|_| format!("{name}={text}"))?;
                    if number.is_finite() {
                        Ok(number)
                    } else {
                        Err(format!("{name}={text}"))
                    }
                };
                match tag.name().as_ref() {
                    "svg" => {
                        let parts: Vec<f64> = attributes["viewBox"]
                            .split(' ')
                            .map(|part| part.parse().unwrap_or(f64::NAN))
                            .collect();
                        view = (parts[2], parts[3]);
                    }
                    _ if in_defs => {}
                    "text" => {
                        let anchor = attributes.get("text-anchor").cloned().unwrap_or_default();
                        text = Some((
                            number("x")?,
                            number("y")?,
                            number("font-size")?,
                            anchor
                                + if attributes.get("class").is_some_and(|class| class == "in") {
                                    "!"
                                } else {
                                    ""
                                },
                        ));
                        content.clear();
                    }
                    "rect" => {
                        let (x, y) = (number("x")?, number("y")?);
                        inside(x, y, view)?;
                        inside(x + number("width")?, y + number("height")?, view)?;
                        if attributes.contains_key("rx") && !attributes.contains_key("class") {
                            plates.push([x, y, x + number("width")?, y + number("height")?]);
                        }
                    }
                    "circle" => inside(number("cx")?, number("cy")?, view)?,
                    "path" => check_path(&attributes["d"], view)?,
                    _ => {}
                }
            }
            Event::Text(part) => content.push_str(part.as_ref()),
            Event::GeneralRef(_) => content.push('x'),
            Event::End(tag) if tag.name().as_ref() == "text" => {
                if let Some((x, y, size, anchor)) = text.take() {
                    let wide: f64 = content
                        .chars()
                        .map(|c| if c.is_ascii() { 0.6 } else { 1.0 })
                        .sum::<f64>()
                        * size;
                    let left = match anchor.trim_end_matches('!') {
                        "middle" => x - wide / 2.0,
                        "end" => x - wide,
                        _ => x,
                    };
                    // The axis' last label may stand on the edge.
                    let slack = if anchor == "middle" { 40.0 } else { 0.0 };
                    inside(
                        left.max(-slack) + if left < 0.0 { slack } else { 0.0 },
                        y,
                        view,
                    )?;
                    inside(left + wide - slack, y, view)
                        .map_err(|error| format!("{content}: {error}"))?;
                    if anchor.ends_with('!') {
                        labels.push([left, y - size, left + wide, y]);
                    }
                }
            }
            _ => {}
        }
    }
    if plates.len() != labels.len() {
        return Err(format!(
            "{} plates for {} labels",
            plates.len(),
            labels.len()
        ));
    }
    // A label stays on its plate, and the plate in its bar (see `label`).
    for (plate, label) in plates.iter().zip(&labels) {
        if label[0] < plate[0] - 0.1 || label[2] > plate[2] + 0.1 {
            return Err(format!("{label:?} leaves {plate:?}"));
        }
    }
    Ok(())
}

fn attributes(tag: &BytesStart) -> Result<HashMap<String, String>, String> {
    tag.attributes()
        .map(|attribute| {
            let attribute = attribute.map_err(|error| error.to_string())?;
            Ok((
                attribute.key.as_ref().to_owned(),
                attribute.value.into_owned(),
            ))
        })
        .collect()
}

fn inside(x: f64, y: f64, (width, height): (f64, f64)) -> Result<(), String> {
    let fits = (-0.5..=width + 0.5).contains(&x) && (-0.5..=height + 0.5).contains(&y);
    if fits {
        Ok(())
    } else {
        Err(format!("({x}, {y}) is not in {width} x {height}"))
    }
}

/// Follows a path of M, L, H, V, C and relative l, h, v; z.
fn check_path(path: &str, view: (f64, f64)) -> Result<(), String> {
    let (mut x, mut y) = (0.0, 0.0);
    let mut rest = path;
    while let Some(command) = rest.chars().next() {
        let end = rest[1..]
            .find(|c: char| c.is_ascii_alphabetic())
            .map_or(rest.len(), |at| at + 1);
        let spaced = rest[1..end].replace('-', " -");
        let numbers: Vec<f64> = spaced
            .split([' ', ','])
            .filter(|part| !part.is_empty())
            .map(|part| part.parse::<f64>().map_err(|_| format!("{part} in {path}")))
            .collect::<Result<_, _>>()?;
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(path.to_owned());
        }
        match command {
            'M' | 'L' | 'l' | 'm' => {
                for pair in numbers.chunks(2) {
                    (x, y) = if command.is_lowercase() {
                        (x + pair[0], y + pair[1])
                    } else {
                        (pair[0], pair[1])
                    };
                }
            }
            'H' => x = numbers[0],
            'h' => x += numbers[0],
            'V' => y = numbers[0],
            'v' => y += numbers[0],
            'C' => (x, y) = (numbers[4], numbers[5]),
            'z' => {}
            other => return Err(format!("{other} in {path}")),
        }
        inside(x, y, view).map_err(|error| format!("{path}: {error}"))?;
        rest = &rest[end..];
    }
    Ok(())
}

fn any_call() -> impl Strategy<Value = Call> {
    let names = prop_oneof!["MPI_[A-Z][a-z_]{0,20}", ".{0,12}"];
    let moment = || prop_oneof![0..2_000_u64, any::<u64>()];
    (
        (
            0..7_u32,
            0..3_u32,
            names,
            0..Class::ALL.len(),
            moment(),
            proptest::option::of(moment()),
        ),
        (
            proptest::option::of((moment(), moment())),
            proptest::option::of((".{0,10}", any::<u32>())),
            proptest::option::of(any::<i32>()),
            proptest::option::of(any::<u64>()),
            any::<bool>(),
            0..3_u32,
        ),
    )
        .prop_map(
            |(
                (rank, thread, name, class, from, to),
                (waiting, place, tag, bytes, error, count),
            )| Call {
                thread,
                waiting,
                place: place.map(|(file, line)| Place {
                    file: file.into(),
                    line,
                }),
                peer: tag.map(|tag| match tag % 3 {
                    0 => Peer::Any,
                    1 => Peer::Nobody,
                    _ => Peer::Rank(tag.unsigned_abs()),
                }),
                tag: tag.map(|tag| if tag % 2 == 0 { Tag::Any } else { Tag::Is(tag) }),
                bytes,
                communicator: place_name(bytes),
                error,
                count,
                ..Call::new(rank, name, Class::ALL[class], from, to)
            },
        )
}

fn place_name(bytes: Option<u64>) -> Option<std::sync::Arc<str>> {
    bytes.map(|bytes| format!("rows <{bytes}>").into())
}

/// Runs in which nothing fits together.
fn any_timeline() -> impl Strategy<Value = Timeline> {
    let end =
        || (0..7_u32, proptest::option::of(0..14_u32)).prop_map(|(rank, call)| End { rank, call });
    let moment = || prop_oneof![0..2_000_u64, any::<u64>()];
    let message = (
        end(),
        end(),
        moment(),
        proptest::option::of(moment()),
        any::<u64>(),
        any::<i32>(),
    )
        .prop_map(|(from, to, sent_ns, received_ns, bytes, tag)| Message {
            from,
            to,
            sent_ns,
            received_ns,
            bytes,
            tag,
        });
    let meeting = (
        prop::collection::vec(0..14_u32, 0..5),
        prop::collection::vec(0..7_u32, 0..3),
    )
        .prop_map(|(calls, missing)| Meeting { calls, missing });
    let edge = (0..7_u32, 0..7_u32, proptest::option::of(0..14_u32))
        .prop_map(|(from, to, call)| Edge { from, to, call });
    (
        ".{0,90}",
        0..6_u32,
        proptest::option::of(moment()),
        prop::collection::vec(any_call(), 0..12),
        prop::collection::vec(message, 0..8),
        prop::collection::vec(meeting, 0..3),
        prop::collection::vec(edge, 0..4),
        proptest::option::of(".{0,200}"),
        (
            prop::collection::vec(".{0,200}", 0..3),
            proptest::option::of(".{0,200}"),
        ),
    )
        .prop_map(
            |(title, ranks, ended_ns, calls, messages, collectives, stuck, left_out, said)| {
                Timeline {
                    title,
                    about: said.0,
                    failure: said.1,
                    ranks,
                    ended_ns,
                    calls,
                    messages,
                    collectives,
                    stuck,
                    left_out,
                }
            },
        )
}

/// How many columns a line takes at most.
fn columns(line: &str) -> usize {
    let mut wide = 0;
    let mut escape = false;
    for letter in line.chars() {
        match letter {
            '\u{1b}' => escape = true,
            'm' if escape => escape = false,
            _ if escape => {}
            '\u{1100}'..'\u{2000}' | '\u{2e80}'.. => wide += 2,
            _ => wide += 1,
        }
    }
    wide
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_picture_is_well_formed(run in any_timeline(), width in 0.0..3000.0_f64, scale in 0..3, budget in 0..20_usize) {
        let scale = [Scale::Auto, Scale::Linear, Scale::Steps][scale as usize];
        let options = Options { width, scale, svg_calls: budget, ..Options::default() };
        check_svg(&run, &options).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn every_page_holds_its_data(run in any_timeline(), budget in 0..20_usize) {
        let options = Options { html_calls: budget, ..Options::default() };
        let data = embedded(&html(&run, &options));
        let calls = &data["calls"];
        let number = calls["row"].as_array().map_or(0, Vec::len);
        for column in ["function", "class", "from", "to", "wait_from", "wait_to", "file", "line", "peer", "tag", "bytes", "communicator"] {
            prop_assert_eq!(calls[column].as_array().map(Vec::len), Some(number), "{}", column);
        }
        let rows = data["rows"].as_array().map_or(0, Vec::len) as u64;
        for row in calls["row"].as_array().into_iter().flatten() {
            prop_assert!(row.as_u64().is_some_and(|row| row < rows));
        }
    }

    #[test]
    fn every_file_for_perfetto_is_json(run in any_timeline()) {
        let data: serde_json::Value = serde_json::from_str(&perfetto_text(&run)).map_err(|error| TestCaseError::fail(error.to_string()))?;
        for event in data["traceEvents"].as_array().into_iter().flatten() {
            prop_assert!(event["pid"].as_u64() > Some(0) && event["tid"].as_u64() > Some(0));
        }
    }

    #[test]
    fn no_line_is_wider_than_asked(run in any_timeline(), width in 1..130_usize, colour: bool) {
        for line in terminal(&run, width, colour).lines() {
            prop_assert!(columns(line) <= width, "{} in {}: {}", columns(line), width, line);
        }
    }

    #[test]
    fn reducing_keeps_what_it_promises(run in any_timeline(), budget in 0..14_usize) {
        let small = reduce(&run, budget);
        let stuck: Vec<u32> = run.stuck.iter().flat_map(|edge| [edge.from, edge.to]).collect();
        let named: Vec<u32> = run.stuck.iter().filter_map(|edge| edge.call).collect();
        let must = |number: usize, call: &Call| {
            named.contains(&(number as u32)) || call.to_ns.is_none() && stuck.contains(&call.rank)
        };
        let deadlock = run.calls.iter().enumerate().filter(|(number, call)| must(*number, call)).count();
        prop_assert!(small.calls.len() <= budget.max(deadlock), "{} of {}", small.calls.len(), budget);
        for (number, call) in run.calls.iter().enumerate() {
            if must(number, call) {
                prop_assert!(small.calls.contains(call));
            }
        }
        prop_assert_eq!(small.stuck.len(), run.stuck.len());
        let lost = |message: &Message| message.received_ns.is_none().then_some(message.from.call).flatten();
        let important = run.calls.iter().enumerate().filter(|(number, call)| {
            must(*number, call) || call.error || call.to_ns.is_none() || run.messages.iter().any(|message| lost(message) == Some(*number as u32))
        });
        let important: Vec<&Call> = important.map(|(_, call)| call).collect();
        if important.len() <= budget {
            for call in important {
                prop_assert!(small.calls.contains(call), "{:?}", call);
            }
        }
        if small.calls.len() < run.calls.len() {
            prop_assert!(small.left_out.is_some() && small.left_out != run.left_out);
        }
        // What is small enough comes back as it is, whatever it refers to.
        prop_assume!(small != run);
        // What remains refers to what remains.
        for (at, edge) in small.stuck.iter().enumerate() {
            if let Some(call) = run.stuck[at].call.and_then(|call| run.calls.get(call as usize)) {
                let kept = edge.call.and_then(|call| small.calls.get(call as usize));
                prop_assert_eq!(kept, Some(call));
            }
        }
        for call in small.messages.iter().flat_map(|message| [message.from.call, message.to.call]).flatten() {
            prop_assert!((call as usize) < small.calls.len());
        }
        for call in small.collectives.iter().flat_map(|meeting| &meeting.calls) {
            prop_assert!((*call as usize) < small.calls.len());
        }
    }

    #[test]
    fn the_longest_wait_is_kept(waits in prop::collection::vec(1..1_000_u64, 30..60)) {
        let calls = waits.iter().enumerate().map(|(number, &wait)| {
            let from = number as u64 * 10_000;
            Call { waiting: Some((from, from + wait)), ..Call::new(0, "MPI_Recv", Class::Receive, from, Some(from + 1_500)) }
        });
        let run = Timeline { ranks: 1, calls: calls.collect(), ..Timeline::default() };
        let waited = |call: &Call| call.waiting.map(|(from, to)| to - from);
        let longest = run.calls.iter().filter_map(waited).max();
        prop_assert_eq!(reduce(&run, 10).calls.iter().filter_map(waited).max(), longest);
        prop_assert_eq!(merge(&run, 12).calls.iter().filter_map(waited).max(), longest);
    }
}
