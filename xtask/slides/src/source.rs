//! A deck as it is written, in the Markdown that mdBook and Pandoc know:
//!
//! - front matter between two lines `---`: `title`, `minutes`;
//! - `# ` begins a slide;
//! - `::: notes` to `:::` is for the speaker, and begins with the slide's minutes, as in `2 min. Say …`;
//! - `::: ask` to `:::` is what the room decides before the next slide answers it;
//! - `::: answer` to `:::` appears on the slide at a key press, and is folded in the participants' handout;
//! - `::: left` and `::: right`, one after the other, stand side by side.
//!
//! Everything else of Markdown is the renderer's.

use crate::check::Problem;
use std::path::{Path, PathBuf};

/// One deck.
#[derive(Clone, Debug, PartialEq)]
pub struct Deck {
    /// The file, from the workbook's folder: `slides/05-collectives.md`.
    pub file: PathBuf,
    /// From the front matter.
    pub title: String,
    /// From the front matter.
    pub minutes: f64,
    /// In order.
    pub slides: Vec<Slide>,
}

/// One slide.
#[derive(Clone, Debug, PartialEq)]
pub struct Slide {
    /// The heading, as Markdown.
    pub title: String,
    /// The heading's line.
    pub line: usize,
    /// How long the notes give it.
    pub minutes: f64,
    /// What stands below the heading, in order.
    pub blocks: Vec<Block>,
}

/// A part of a slide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it stands.
    pub kind: Kind,
    /// Its Markdown.
    pub text: String,
    /// The line of the file in which the text begins.
    pub line: usize,
}

/// Where a part of a slide stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// On the slide.
    Body,
    /// On the slide, set apart: a question to the room.
    Ask,
    /// On the slide after a key press, in the handout, and folded in that of the participants.
    Answer,
    /// On the slide, to the left of what follows.
    Left,
    /// On the slide, to the right of what came before.
    Right,
    /// In the speaker's view and the handout.
    Notes,
}

impl Deck {
    /// The page's name without an ending: `05-collectives`.
    pub fn name(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        stem.to_string_lossy().into_owned()
    }

    /// The number with which the file's name begins.
    pub fn number(&self) -> Option<u32> {
        self.name().split('-').next()?.parse().ok()
    }
}

/// Reads a deck, and says everything that is wrong with its form.
pub fn read(file: &Path, text: &str) -> (Deck, Vec<Problem>) {
    let mut reader = Reader {
        file,
        problems: Vec::new(),
    };
    let deck = reader.deck(text);
    (deck, reader.problems)
}

struct Reader<'a> {
    file: &'a Path,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(Problem {
            file: self.file.to_owned(),
            line,
            message: message.into(),
        });
    }

    fn deck(&mut self, text: &str) -> Deck {
        let lines: Vec<&str> = text.lines().collect();
        let mut deck = Deck {
            file: self.file.to_owned(),
            title: String::new(),
            minutes: 0.0,
            slides: Vec::new(),
        };
        let after = self.front_matter(&lines, &mut deck);
        self.slides(&lines, after, &mut deck);
        if deck.number().is_none() {
            self.problem(
                1,
                "the file's name begins with no number, as in `05-collectives.md`",
            );
        }
        if deck.slides.is_empty() {
            self.problem(1, "has no slide: a line that begins with `# ` begins one");
        }
        for slide in &mut deck.slides {
            slide.minutes = self.minutes(slide);
        }
        let sum: f64 = deck.slides.iter().map(|slide| slide.minutes).sum();
        if sum != deck.minutes && self.problems.is_empty() {
            let said = deck.minutes;
            self.problem(
                1,
                format!("takes {said} minutes, it says, and its slides take {sum}"),
            );
        }
        deck
    }

    /// Returns how many lines it takes.
    fn front_matter(&mut self, lines: &[&str], deck: &mut Deck) -> usize {
        let end = lines.iter().skip(1).position(|line| *line == "---");
        let (Some(&"---"), Some(end)) = (lines.first(), end) else {
            self.problem(
                1,
                "does not begin with front matter: `---`, `title: …`, `minutes: …`, `---`",
            );
            return 0;
        };
        for (index, line) in lines.iter().enumerate().take(end + 1).skip(1) {
            match line.split_once(':').map(|(key, value)| (key, value.trim())) {
                // Quoted where it has a colon, as YAML wants it.
                Some(("title", value)) => deck.title = value.trim_matches('"').to_owned(),
                Some(("minutes", value)) => match value.parse() {
                    Ok(minutes) => deck.minutes = minutes,
                    Err(_) => self.problem(index + 1, format!("`{value}` is no number of minutes")),
                },
                _ => self.problem(
                    index + 1,
                    format!("`{line}` is neither a title nor minutes"),
                ),
            }
        }
        if deck.title.is_empty() {
            self.problem(1, "the front matter has no title");
        }
        if deck.minutes == 0.0 {
            self.problem(1, "the front matter has no minutes");
        }
        end + 2
    }

    fn slides(&mut self, lines: &[&str], after: usize, deck: &mut Deck) {
        let (mut fence, mut open): (Option<String>, Option<usize>) = (None, None);
        for (index, line) in lines.iter().enumerate().skip(after) {
            let number = index + 1;
            let is_fence = line.trim_start().starts_with("```");
            if is_fence || fence.is_some() {
                let mark: String = line
                    .trim_start()
                    .chars()
                    .take_while(|sign| *sign == '`')
                    .collect();
                match &fence {
                    None => fence = Some(mark),
                    Some(begun) if line.trim() == *begun => fence = None,
                    Some(_) => {}
                }
            } else if let Some(title) = line.strip_prefix("# ") {
                if let Some(begun) = open.take() {
                    self.problem(begun, "this `:::` is not closed before the next slide");
                }
                deck.slides.push(Slide {
                    title: title.trim().to_owned(),
                    line: number,
                    minutes: 0.0,
                    blocks: Vec::new(),
                });
                continue;
            } else if let Some(name) = line.strip_prefix(":::") {
                let Some(slide) = deck.slides.last_mut() else {
                    self.problem(number, "stands before the first slide");
                    continue;
                };
                let kind = match (name.trim(), open) {
                    ("", Some(_)) => {
                        open = None;
                        Kind::Body
                    }
                    ("", None) => {
                        self.problem(number, "this `:::` closes nothing");
                        continue;
                    }
                    (_, Some(begun)) => {
                        self.problem(
                            number,
                            format!("the `:::` of line {begun} is still open here"),
                        );
                        continue;
                    }
                    ("notes", None) => Kind::Notes,
                    ("ask", None) => Kind::Ask,
                    ("answer", None) => Kind::Answer,
                    ("left", None) => Kind::Left,
                    ("right", None) => Kind::Right,
                    (other, None) => {
                        self.problem(
                            number,
                            format!("`{other}` is none of notes, ask, answer, left and right"),
                        );
                        continue;
                    }
                };
                if kind != Kind::Body {
                    open = Some(number);
                }
                slide.blocks.push(Block {
                    kind,
                    text: String::new(),
                    line: number + 1,
                });
                continue;
            }
            let Some(slide) = deck.slides.last_mut() else {
                if !line.trim().is_empty() {
                    self.problem(number, "stands before the first slide");
                }
                continue;
            };
            if slide.blocks.is_empty() {
                slide.blocks.push(Block {
                    kind: Kind::Body,
                    text: String::new(),
                    line: number,
                });
            }
            if let Some(block) = slide.blocks.last_mut() {
                block.text.push_str(line);
                block.text.push('\n');
            }
        }
        if let Some(begun) = open {
            self.problem(begun, "this `:::` is not closed");
        }
        for slide in &mut deck.slides {
            slide.blocks.retain(|block| !block.text.trim().is_empty());
        }
    }

    /// The minutes with which a slide's notes begin.
    fn minutes(&mut self, slide: &Slide) -> f64 {
        let mut notes = slide
            .blocks
            .iter()
            .filter(|block| block.kind == Kind::Notes);
        let (Some(first), rest) = (notes.next(), notes.next()) else {
            self.problem(slide.line, "this slide has no notes");
            return 0.0;
        };
        if let Some(again) = rest {
            self.problem(again.line - 1, "this slide has notes already");
        }
        let begin = first.text.trim_start().split_once(" min.");
        let minutes = begin.and_then(|(number, _)| number.parse::<f64>().ok());
        minutes.unwrap_or_else(|| {
            self.problem(
                first.line,
                "the notes do not begin with the slide's minutes, as in `2 min. Say …`",
            );
            0.0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DECK: &str = "---\ntitle: A deck\nminutes: 2.5\n---\n\n# One `thing`\n\nText.\n\n```text\n# no slide\n\
                        ::: no block\n```\n\n::: notes\n1 min. Say so.\n:::\n\n# Two\n\n::: left\na\n:::\n\
                        ::: right\nb\n:::\n\n::: notes\n1.5 min. Ask.\n:::\n";

    #[test]
    fn a_deck_is_read() {
        let (deck, problems) = read(Path::new("slides/07-a.md"), DECK);
        assert_eq!(problems, []);
        assert_eq!(
            (deck.number(), deck.name().as_str(), deck.minutes),
            (Some(7), "07-a", 2.5)
        );
        let [one, two] = &deck.slides[..] else {
            panic!("{deck:#?}")
        };
        assert_eq!((one.title.as_str(), one.line), ("One `thing`", 6));
        assert!(one.blocks[0].text.contains("# no slide\n::: no block\n"));
        assert_eq!(one.blocks[0].line, 7);
        let kinds: Vec<Kind> = two.blocks.iter().map(|block| block.kind).collect();
        assert_eq!(kinds, [Kind::Left, Kind::Right, Kind::Notes]);
        assert_eq!(
            (two.blocks[0].text.as_str(), two.blocks[0].line),
            ("a\n", 22)
        );
    }

    #[track_caller]
    fn says(text: &str, line: usize, words: &str) {
        let (_, problems) = read(Path::new("slides/07-a.md"), text);
        assert!(
            problems
                .iter()
                .any(|problem| problem.line == line && problem.message.contains(words)),
            "{problems:#?}"
        );
    }

    #[test]
    fn what_is_wrong_with_the_form_is_said_with_its_line() {
        says("# One\n", 1, "front matter");
        says(&DECK.replace("title: A deck", "titel: A"), 2, "neither");
        says(
            &DECK.replace("minutes: 2.5", "minutes: two"),
            3,
            "no number",
        );
        says(&DECK.replace("2.5", "3"), 1, "its slides take 2.5");
        says(&DECK.replace("1 min. Say", "Say"), 16, "minutes");
        says(
            &DECK.replace("::: notes\n1 min. Say so.\n:::\n", ""),
            6,
            "no notes",
        );
        says(&DECK.replace("::: left", "::: middle"), 21, "`middle`");
        says(&DECK.replacen("so.\n:::", "so.\n", 1), 15, "not closed");
        says(&DECK.replace("a\n:::\n", "a\n"), 23, "still open");
        says(&format!("{DECK}:::\n"), 31, "closes nothing");
        says(&DECK.replacen("# One", "One", 1), 6, "before the first");
        let (_, problems) = read(Path::new("slides/a.md"), DECK);
        assert!(problems[0].message.contains("number"), "{problems:?}");
    }
}
