//! Lessons as pages: the text of an exercise's README, and beside it the student's file as it is now, with a link
//! from each task to its functions. Other Markdown files of the workbook become pages in the same way.

use crate::{code, page::Theme, source::Deck};
use course::{Course, Exercise, source};
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd, html};
use std::{fs, path::Path};
use verdict::Subject;

/// Where traces are, from the workbook's folder; their address is `/traces/…`.
pub const TRACES: &str = ".workbook/traces";

/// The HTML that lessons have: answers that are folded up.
const ALLOWED: [&str; 4] = ["<details>", "</details>", "<summary>", "</summary>"];

/// Keeps what was folded out, and how far the code was scrolled, when the page is loaded again after a save.
const KEEP: &str = "<script>
(() => {
  const folds = [...document.querySelectorAll('main details')], code = document.querySelector('.code');
  const name = 'kept ' + location.pathname, kept = JSON.parse(sessionStorage.getItem(name) ?? 'null');
  if (kept) {
    folds.forEach((fold, index) => { fold.open = kept.open.includes(index); });
    code?.scrollTo(0, kept.top);
  }
  addEventListener('pagehide', () => sessionStorage.setItem(name, JSON.stringify({
    open: folds.flatMap((fold, index) => fold.open ? [index] : []), top: code?.scrollTop ?? 0 })));
})();
</script>";

/// The lesson at this address, such as `exercises/05-collectives/README.md`; none if it is no lesson's.
pub fn page(root: &Path, address: &str, decks: &[Deck], theme: &Theme) -> Option<String> {
    let folder = address
        .strip_prefix("exercises/")?
        .strip_suffix("/README.md")?;
    let course = Course::read(root).ok()?;
    let exercise = course
        .exercises()
        .iter()
        .find(|exercise| exercise.folder == folder)?;
    let text = fs::read_to_string(exercise.lesson()).ok()?;
    let path = exercise.source(Subject::Exercise);
    let answers = fs::read_to_string(&path).unwrap_or_default();
    let lines = source::Lines::of(&answers);
    let task = |heading: &str| {
        let task = exercise.tasks.iter().find(|task| task.name == heading)?;
        let links = task.functions.iter().map(|name| {
            let is_open = lines.is_todo(name);
            let state = if is_open { "still todo!()" } else { "written" };
            format!(
                "<a href=\"#code-{}\"><code>{}</code></a>: {state}",
                anchor(name),
                code::escape(name)
            )
        });
        let links: Vec<String> = links.collect();
        Some(format!(
            "<p class=\"task\">{} minutes. In your file: {}</p>\n",
            task.minutes,
            links.join(", ")
        ))
    };
    let lesson = markdown(&text, &task);
    let name = exercise.source_name(Subject::Exercise);
    let body = format!(
        "{}<div class=\"both\"><main>{lesson}</main>\n<aside class=\"code\" tabindex=\"0\" aria-label=\"Your file\">\
         <p><code>{}</code>, as it is now</p>\n{}</aside></div>\n{KEEP}",
        above(&course, exercise, decks, &traces(root)),
        code::escape(&name),
        file(&answers)
    );
    Some(theme.reading(&exercise.title, &body))
}

/// Where one gets from a lesson.
fn above(course: &Course, exercise: &Exercise, decks: &[Deck], traces: &[String]) -> String {
    let mut links = vec![String::from("<a href=\"/lessons.html\">All lessons</a>")];
    for deck in decks_of(exercise, decks) {
        links.push(format!(
            "<a href=\"/{}.html\">Slides: {}</a>",
            deck.name(),
            code::escape(&deck.title)
        ));
    }
    let own = traces.iter().filter(|name| is_about(name, exercise));
    links.extend(own.map(|name| trace(name)));
    let next = course
        .exercises()
        .iter()
        .find(|other| other.number > exercise.number);
    if let Some(next) = next {
        links.push(format!("Next: {}", lesson(next)));
    }
    format!(
        "<header><nav aria-label=\"Pages\">{}</nav></header>\n",
        links.join(" · ")
    )
}

/// The decks that send the class to this exercise.
fn decks_of<'a>(exercise: &Exercise, decks: &'a [Deck]) -> Vec<&'a Deck> {
    let address = format!("](../exercises/{}/README.md", exercise.folder);
    let leads = |deck: &&Deck| {
        let mut blocks = deck.slides.iter().flat_map(|slide| &slide.blocks);
        blocks.any(|block| block.text.contains(&address))
    };
    decks.iter().filter(leads).collect()
}

fn lesson(exercise: &Exercise) -> String {
    format!(
        "<a href=\"/exercises/{}/README.md\">{:02} {}</a>",
        exercise.folder,
        exercise.number,
        code::escape(&exercise.title)
    )
}

fn trace(name: &str) -> String {
    let name = code::escape(name);
    format!(
        "<a href=\"/traces/{name}\">Trace: {}</a>",
        name.trim_end_matches(".html")
    )
}

fn is_about(trace: &str, exercise: &Exercise) -> bool {
    trace.starts_with(&exercise.folder) || trace.starts_with(&format!("{:02}.", exercise.number))
}

/// The pages that `cargo xtask trace` has written, by name.
fn traces(root: &Path) -> Vec<String> {
    let entries = fs::read_dir(root.join(TRACES))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".html"))
        .collect();
    names.sort();
    names
}

/// The list of the lessons, with their slides, and of the traces.
pub fn list(root: &Path, decks: &[Deck], theme: &Theme) -> Option<String> {
    let course = Course::read(root).ok()?;
    let mut body = String::from(
        "<main class=\"narrow\"><h1>Lessons</h1>\n<p>Each lesson is shown beside your own file, and loaded again at every \
         save. There are also the <a href=\"/index.html\">slides</a> and a \
         <a href=\"/cheat-sheet.html\">cheat sheet</a>.</p>\n<table><thead><tr><th scope=\"col\">Lesson</th>\
         <th scope=\"col\">Minutes</th><th scope=\"col\">Slides</th></tr></thead><tbody>\n",
    );
    for exercise in course.exercises() {
        let slides = decks_of(exercise, decks).into_iter().map(|deck| {
            format!(
                "<a href=\"/{}.html\">{}</a>",
                deck.name(),
                code::escape(&deck.title)
            )
        });
        let slides: Vec<String> = slides.collect();
        body += &format!(
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            lesson(exercise),
            exercise.minutes,
            slides.join(", ")
        );
    }
    body += "</tbody></table>\n<h2>Traces</h2>\n";
    let traces = traces(root);
    if traces.is_empty() {
        body += "<p>There are none yet: <code>cargo xtask trace 05 -n 4</code> draws one.</p>\n";
    } else {
        let items = traces
            .iter()
            .map(|name| format!("<li>{}</li>\n", trace(name)));
        body += &format!("<ul>\n{}</ul>\n", items.collect::<String>());
    }
    body += "</main>\n";
    Some(theme.reading("Lessons", &body))
}

/// A file of Rust in colours, with a name for each function.
pub fn file(text: &str) -> String {
    let functions = source::functions(text).unwrap_or_default();
    let line_start = |line: u32| -> usize {
        let lines = text.split_inclusive('\n').take(line as usize - 1);
        lines.map(str::len).sum()
    };
    let (mut html, mut at) = (String::new(), 0);
    for function in &functions {
        let (first, end) = (line_start(function.first), line_start(function.last + 1));
        // One that stands in another is part of it.
        if first < at {
            continue;
        }
        html += &code::rust(&text[at..first]);
        html += &format!(
            "<span class=\"function\" id=\"code-{}\">{}</span>",
            anchor(&function.name),
            code::rust(&text[first..end])
        );
        at = end;
    }
    html += &code::rust(&text[at..]);
    format!("<pre tabindex=\"0\"><code class=\"rust\">{html}</code></pre>\n")
}

/// A function's name as a link writes it.
fn anchor(name: &str) -> String {
    name.replace("::", "-")
}

/// Markdown as HTML, with names for its headings, as links of the workbook expect them, and with what `below` says
/// below a heading of level 2. Of HTML in it, folded parts are shown as such, and the rest as text.
pub fn markdown(text: &str, below: &dyn Fn(&str) -> Option<String>) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_MATH;
    // Only macros of one's own can be wrong, and there are none.
    let math = LatexToMathML::new(MathCoreConfig::default()).ok();
    let formula = |latex: &str, display: MathDisplay| {
        let made = math.as_ref()?.convert_with_local_state(latex, display);
        made.ok().map(|made| made.mathml)
    };
    let mut out = Vec::new();
    let mut events = Parser::new_ext(text, options);
    while let Some(event) = events.next() {
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                let code = words(&mut events, TagEnd::CodeBlock).0;
                let language = match &kind {
                    CodeBlockKind::Fenced(language) => language.split(',').next().unwrap_or(""),
                    CodeBlockKind::Indented => "text",
                };
                out.push(Event::Html(code::html(&code, language).into()));
            }
            Event::Start(Tag::Heading {
                level,
                classes,
                attrs,
                ..
            }) => {
                let (heading, inner) = words(&mut events, TagEnd::Heading(level));
                out.push(Event::Start(Tag::Heading {
                    level,
                    id: Some(course::slug(&heading).into()),
                    classes,
                    attrs,
                }));
                out.extend(inner);
                out.push(Event::End(TagEnd::Heading(level)));
                if level == pulldown_cmark::HeadingLevel::H2 {
                    out.extend(below(&heading).map(|html| Event::Html(html.into())));
                }
            }
            Event::InlineMath(latex) => out.push(match formula(&latex, MathDisplay::Inline) {
                Some(formula) => Event::InlineHtml(formula.into()),
                None => Event::Code(latex),
            }),
            Event::DisplayMath(latex) => out.push(match formula(&latex, MathDisplay::Block) {
                Some(formula) => Event::InlineHtml(formula.into()),
                None => Event::Code(latex),
            }),
            Event::Html(text) | Event::InlineHtml(text) => {
                let mut html = code::escape(&text);
                for tag in ALLOWED {
                    html = html.replace(&code::escape(tag), tag);
                }
                out.push(Event::Html(html.into()));
            }
            other => out.push(other),
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, out.into_iter());
    page
}

/// The words up to an end, and what was read on the way.
fn words<'a>(events: &mut Parser<'a>, end: TagEnd) -> (String, Vec<Event<'a>>) {
    let (mut text, mut inner) = (String::new(), Vec::new());
    for event in events {
        match &event {
            Event::End(tag) if *tag == end => break,
            Event::Text(words) | Event::Code(words) => text.push_str(words),
            _ => {}
        }
        inner.push(event);
    }
    (text, inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lesson_is_in_colours_and_answers_are_folded() {
        let text = "# A *b*\n\n## double\n\n```rust\nlet a = 1;\n```\n\n<details>\n<summary>Answer</summary>\n\nBecause.\n\n\
                    </details>\n\n<script>alert(1)</script>\n\n$x^2$ and <b>c</b>\n";
        let html = markdown(text, &|heading| Some(format!("<p>task {heading}</p>")));
        for part in [
            "<h1 id=\"a-b\">A <em>b</em></h1>",
            "<h2 id=\"double\">double</h2>\n<p>task double</p>",
            "<span class=\"k\">let</span> a",
            "<details>\n<summary>Answer</summary>",
            "&lt;script&gt;",
            "<msup>",
            "&lt;b&gt;c&lt;/b&gt;",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
    }

    #[test]
    fn a_file_has_a_name_for_each_function_and_loses_nothing() {
        let text = "//! A.\n\n/// B.\npub fn b() {\n    todo!()\n}\n\nimpl C {\n    /// D.\n    fn d() {}\n}\n";
        let html = file(text);
        for part in ["id=\"code-b\"><span class=\"c\">/// B.", "id=\"code-C-d\""] {
            assert!(html.contains(part), "no {part} in {html}");
        }
        let (mut bare, mut inside) = (String::new(), false);
        for sign in html.chars() {
            match sign {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => bare.push(sign),
                _ => {}
            }
        }
        assert_eq!(bare.trim_end(), text.trim_end());
        // What is being edited need not be Rust.
        assert!(file("fn b( {").contains("fn"));
    }
}
