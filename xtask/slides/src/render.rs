//! The Markdown of a slide as HTML: code comes in from its files, figures become part of the page,
//! formulas become MathML, links are followed. Every fault is noted, and rendering goes on.

use crate::{
    check::{self, Problem},
    code,
    plan::{self, Plan},
    source::{Deck, Kind},
};
use math_core::{LatexToMathML, MathCoreConfig, MathDisplay};
use pulldown_cmark::{
    CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html,
};
use std::{ops::Range, path::Path};

/// One slide as HTML.
#[derive(Clone, Debug, PartialEq)]
pub struct Slide {
    /// The heading's inner HTML.
    pub title: String,
    /// What stands below it, in order.
    pub body: Vec<Part>,
    /// What the speaker reads.
    pub notes: String,
    /// How long it takes.
    pub minutes: f64,
}

/// A piece of a slide, as HTML.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// What is there from the beginning.
    Shown(String),
    /// What answers a question: each page decides when to show it.
    Answer(String),
}

impl Slide {
    /// What stands below the heading, with answers as `answer` makes them.
    pub fn body(&self, answer: impl Fn(&str) -> String) -> String {
        let html = self.body.iter().map(|part| match part {
            Part::Shown(html) => html.clone(),
            Part::Answer(html) => answer(html),
        });
        html.collect()
    }
}

/// A page that is no deck.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    /// What stands on it.
    pub html: String,
    /// Its headings below the first: level, name for links, words.
    pub headings: Vec<(usize, String, String)>,
}

/// Renders the Markdown of one file.
pub struct Renderer<'a> {
    root: &'a Path,
    /// From `root`.
    file: &'a Path,
    folder: std::path::PathBuf,
    plan: &'a Plan,
    math: Option<LatexToMathML>,
    headings: Vec<(usize, String, String)>,
    problems: Vec<Problem>,
}

/// All slides of a deck, and everything that is wrong on them.
pub fn deck(root: &Path, deck: &Deck, plan: &Plan) -> (Vec<Slide>, Vec<Problem>) {
    let mut renderer = Renderer::new(root, &deck.file, plan);
    let slides = deck.slides.iter().map(|slide| renderer.slide(slide));
    let slides = slides.collect();
    if let Some(last) = deck.slides.last()
        && !last.blocks.iter().any(|block| {
            block.kind != Kind::Notes
                && (block.text.contains("cargo xtask") || block.text.contains("](../exercises/"))
        })
    {
        renderer.problem(
            last.line,
            "the last slide sends nobody to an exercise: name the command to type",
        );
    }
    (slides, renderer.problems)
}

/// A page that is no deck, such as the instructors' guide.
pub fn plain(root: &Path, file: &Path, text: &str, plan: &Plan) -> (Plain, Vec<Problem>) {
    let mut renderer = Renderer::new(root, file, plan);
    let html = renderer.markdown(text, 1, 0);
    let headings = renderer.headings;
    (Plain { html, headings }, renderer.problems)
}

impl<'a> Renderer<'a> {
    fn new(root: &'a Path, file: &'a Path, plan: &'a Plan) -> Self {
        let folder = root.join(file).parent().unwrap_or(root).to_owned();
        Self {
            root,
            file,
            folder,
            // Only macros of one's own can be wrong, and there are none.
            math: LatexToMathML::new(MathCoreConfig::default()).ok(),
            plan,
            headings: Vec::new(),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            message: message.into(),
        });
    }

    fn slide(&mut self, slide: &crate::source::Slide) -> Slide {
        let title = self.markdown(&slide.title, slide.line, 1);
        let title = title
            .trim()
            .trim_start_matches("<p>")
            .trim_end_matches("</p>");
        let (mut body, mut notes) = (Vec::new(), String::new());
        for (index, block) in slide.blocks.iter().enumerate() {
            let html = self.markdown(&block.text, block.line, 1);
            let before = index
                .checked_sub(1)
                .and_then(|index| slide.blocks.get(index));
            let after = slide.blocks.get(index + 1).map(|block| block.kind);
            match block.kind {
                Kind::Body => body.push(Part::Shown(html)),
                Kind::Notes => notes.push_str(&html),
                Kind::Ask => {
                    let html = format!("<div class=\"ask\">{html}</div>\n");
                    body.push(Part::Shown(html));
                }
                Kind::Answer => body.push(Part::Answer(html)),
                Kind::Left => {
                    if after != Some(Kind::Right) {
                        self.problem(block.line - 1, "nothing stands to the right of this");
                    }
                    let html = format!("<div class=\"columns\"><div>{html}</div>\n");
                    body.push(Part::Shown(html));
                }
                Kind::Right => {
                    if before.map(|block| block.kind) != Some(Kind::Left) {
                        self.problem(block.line - 1, "nothing stands to the left of this");
                    }
                    let html = format!("<div>{html}</div></div>\n");
                    body.push(Part::Shown(html));
                }
            }
        }
        Slide {
            title: title.to_owned(),
            body,
            notes,
            minutes: slide.minutes,
        }
    }

    /// `deeper`: by how many levels headings go down, below those of the page.
    fn markdown(&mut self, text: &str, first: usize, deeper: usize) -> String {
        let text = &self.filled_in(text, first);
        let options = Options::ENABLE_TABLES | Options::ENABLE_MATH;
        let events: Vec<(Event, Range<usize>)> =
            Parser::new_ext(text, options).into_offset_iter().collect();
        let line = |range: &Range<usize>| first + text[..range.start].matches('\n').count();
        let mut out: Vec<Event> = Vec::with_capacity(events.len());
        let mut index = 0;
        while let Some((event, range)) = events.get(index) {
            let at = line(range);
            index += 1;
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let end = end_of(&events, index, TagEnd::CodeBlock);
                    let code = words(&events[index..end]);
                    index = end + 1;
                    let language = match kind {
                        CodeBlockKind::Fenced(language) => language.to_string(),
                        CodeBlockKind::Indented => "text".into(),
                    };
                    let table = (language == plan::LANGUAGE).then(|| self.plan.table(at));
                    let html = table.flatten();
                    let html = html.unwrap_or_else(|| self.code(&code, &language, at));
                    out.push(Event::Html(html.into()));
                }
                Event::Start(Tag::Paragraph)
                    if matches!(
                        events.get(index),
                        Some((Event::Start(Tag::Image { .. }), _))
                    ) =>
                {
                    let end = end_of(&events, index, TagEnd::Image);
                    let image = &events[index..end];
                    let alone = matches!(
                        events.get(end + 1),
                        Some((Event::End(TagEnd::Paragraph), _))
                    );
                    if let Some((Event::Start(Tag::Image { dest_url, .. }), _)) = image.first()
                        && alone
                    {
                        out.push(Event::Html(self.figure(dest_url, &words(image), at).into()));
                        index = end + 2;
                    } else {
                        self.problem(at, "a figure stands alone in its paragraph");
                        index = end + 1;
                    }
                }
                Event::Start(Tag::Image { .. }) => {
                    self.problem(at, "a figure stands alone in its paragraph");
                    index = end_of(&events, index, TagEnd::Image) + 1;
                }
                Event::Start(Tag::Link {
                    link_type,
                    dest_url,
                    title,
                    id,
                }) => {
                    let target =
                        check::link(dest_url, self.root, &self.folder).unwrap_or_else(|lack| {
                            self.problem(at, lack);
                            String::new()
                        });
                    out.push(Event::Start(Tag::Link {
                        link_type: *link_type,
                        dest_url: target.into(),
                        title: title.clone(),
                        id: id.clone(),
                    }));
                }
                Event::Start(Tag::Heading {
                    level,
                    id: _,
                    classes,
                    attrs,
                }) => {
                    let end = events[index..]
                        .iter()
                        .position(|(event, _)| matches!(event, Event::End(TagEnd::Heading(_))));
                    let heading = words(&events[index..index + end.unwrap_or(0)]);
                    let name = course::slug(&heading);
                    if deeper == 0 && *level != HeadingLevel::H1 {
                        if self.headings.iter().any(|(_, other, _)| *other == name) {
                            self.problem(at, format!("there is a heading `{heading}` already"));
                        }
                        self.headings.push((*level as usize, name.clone(), heading));
                    }
                    out.push(Event::Start(Tag::Heading {
                        level: lower(*level, deeper),
                        id: (deeper == 0).then(|| name.into()),
                        classes: classes.clone(),
                        attrs: attrs.clone(),
                    }));
                }
                Event::End(TagEnd::Heading(level)) => {
                    out.push(Event::End(TagEnd::Heading(lower(*level, deeper))));
                }
                Event::InlineMath(latex) => {
                    let html = self.math(latex, MathDisplay::Inline, at);
                    out.push(Event::InlineHtml(html.into()));
                }
                Event::DisplayMath(latex) => {
                    let html = self.math(latex, MathDisplay::Block, at);
                    out.push(Event::InlineHtml(html.into()));
                }
                Event::Html(_) | Event::InlineHtml(_) => {
                    self.problem(at, "HTML does not belong on a slide: Markdown only");
                }
                Event::Text(text) if text.contains("{{#include") => {
                    self.problem(
                        at,
                        "an include stands in a code block, on a line of its own",
                    );
                }
                other => out.push(other.clone()),
            }
        }
        let mut page = String::new();
        html::push_html(&mut page, out.into_iter());
        page
    }

    /// The text with what the timetables say in place of `{{…}}`; every line stays where it is.
    fn filled_in(&mut self, text: &str, first: usize) -> String {
        let mut filled = String::with_capacity(text.len());
        for (index, line) in text.split_inclusive('\n').enumerate() {
            match self.plan.expand(line) {
                Ok(line) => filled.push_str(&line),
                Err(lack) => {
                    self.problem(first + index, lack);
                    filled.push_str(line);
                }
            }
        }
        filled
    }

    fn code(&mut self, code: &str, language: &str, at: usize) -> String {
        if !code::LANGUAGES.contains(&language) {
            let all = code::LANGUAGES.join(", ");
            self.problem(
                at,
                format!("`{language}` is no language that slides know: {all}"),
            );
        }
        let mut text = String::new();
        for (index, line) in code.lines().enumerate() {
            match check::include(line, &self.folder) {
                Some(Ok(included)) => text.push_str(&included),
                Some(Err(lack)) => self.problem(at + 1 + index, lack),
                None if language == "rust" && !line.trim().is_empty() => {
                    self.problem(
                        at + 1 + index,
                        "Rust code on a slide is included from a file that is compiled: \
                         `{{#include ../exercises/…/src/lib.rs:anchor}}`",
                    );
                }
                None => {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
        code::html(&text, language)
    }

    fn figure(&mut self, target: &str, alternative: &str, at: usize) -> String {
        match check::figure(target, alternative, &self.folder) {
            Ok(svg) => format!(
                "<figure><img alt=\"{}\" src=\"{}\"></figure>\n",
                code::escape(alternative),
                data(&svg)
            ),
            Err(lack) => {
                self.problem(at, lack);
                String::new()
            }
        }
    }

    fn math(&mut self, latex: &CowStr, display: MathDisplay, at: usize) -> String {
        let Some(math) = &self.math else {
            return String::new();
        };
        match math.convert_with_local_state(latex, display) {
            Ok(result) => result.mathml,
            Err(error) => {
                let error = error.to_string();
                self.problem(at, format!("`{latex}` is no formula: {error}"));
                String::new()
            }
        }
    }
}

fn end_of(events: &[(Event, Range<usize>)], from: usize, end: TagEnd) -> usize {
    let rest = events.iter().skip(from);
    let found = rest
        .into_iter()
        .position(|(event, _)| *event == Event::End(end));
    found.map_or(events.len(), |found| from + found)
}

fn words(events: &[(Event, Range<usize>)]) -> String {
    let part = |(event, _): &(Event, Range<usize>)| match event {
        Event::Text(text) | Event::Code(text) => text.to_string(),
        Event::SoftBreak => " ".into(),
        _ => String::new(),
    };
    events.iter().map(part).collect()
}

fn lower(level: HeadingLevel, by: usize) -> HeadingLevel {
    HeadingLevel::try_from(level as usize + by).unwrap_or(HeadingLevel::H6)
}

/// An SVG as the address of an image that is its own content (RFC 2397).
fn data(svg: &str) -> String {
    let mut address = String::from("data:image/svg+xml,");
    for byte in svg.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => address.push(char::from(byte)),
            b' ' | b'-' | b'.' | b'/' | b':' | b';' | b'=' | b'(' | b')' | b',' | b'{' | b'}' => {
                address.push(char::from(byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workbook() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write(
            "exercises/a.rs",
            "// ANCHOR: a\nlet a = 1;\n// ANCHOR_END: a\n",
        );
        write("slides/figures/a.svg", "<svg role=\"img\"/>");
        folder
    }

    fn rendered(text: &str) -> (String, Vec<Problem>) {
        let folder = workbook();
        let file = Path::new("slides/01-a.md");
        let plan = Plan::default();
        let mut renderer = Renderer::new(folder.path(), file, &plan);
        let html = renderer.markdown(text, 10, 1);
        (html, renderer.problems)
    }

    #[test]
    fn code_figures_formulas_and_links_come_in() {
        let text = "## Sub\n\n```rust\n{{#include ../exercises/a.rs:a}}\n```\n\n![A *ring*](figures/a.svg)\n\n\
                    [code](../exercises/a.rs) is $\\frac{1}{2}$\n\n$$x^2$$\n\n|a|\n|-|\n|b|\n";
        let (html, problems) = rendered(text);
        assert_eq!(problems, []);
        for part in [
            "<h3>Sub</h3>",
            "<span class=\"k\">let</span> a",
            "alt=\"A ring\" src=\"data:image/svg+xml,%3Csvg role=%22img%22/%3E\"",
            "<a href=\"../../exercises/a.rs\">code</a>",
            "<mfrac>",
            "display=\"block\"",
            "<td>b</td>",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_with_its_line() {
        let text = "```rust\nlet b = 2;\n```\n\n```rust\n{{#include ../exercises/a.rs:b}}\n```\n\n\
                    ![](figures/a.svg)\n\nSee ![A ring](figures/a.svg)\n\n![A ring](figures/b.svg)\n\n\
                    [x](y.md) and $\\nonsense$\n\n<b>x</b>\n\n```perl\n1\n```\n\n{{#include ../exercises/a.rs}}\n";
        let (_, problems) = rendered(text);
        let all: Vec<(usize, &str)> = problems
            .iter()
            .map(|problem| (problem.line, problem.message.as_str()))
            .collect();
        for (line, words) in [
            (11, "Rust code on a slide is included"),
            (15, "no anchor `b`"),
            (18, "no alternative text"),
            (20, "alone in its paragraph"),
            (22, "no figure `figures/b.svg`"),
            (24, "leads nowhere"),
            (24, "no formula"),
            (26, "HTML does not belong"),
            (28, "`perl` is no language"),
            (32, "stands in a code block"),
        ] {
            assert!(
                all.iter()
                    .any(|(at, message)| *at == line && message.contains(words)),
                "{line} {words}: {all:#?}"
            );
        }
    }
}
