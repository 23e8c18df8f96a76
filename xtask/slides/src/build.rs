//! From the folder `slides/` to a folder of pages. All decks are read and checked each time. A file with a
//! problem gets pages that say so, and the others are built: what is shown is never older than what is
//! written, and an error in one deck keeps nobody from another.

use crate::{check::Problem, page, plan::Plan, render, source};
use anyhow::{Context, Result, bail};
use course::Course;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Where the pages go, from the workbook's folder. Git passes over it, and links on the pages lead
/// into the workbook from there.
pub const FOLDER: &str = ".workbook/slides";

/// The instructors' guide, in the folder of the decks: its file and page without an ending.
const GUIDE: &str = "instructors";

/// The pages in the folder of the decks that are no decks, and their titles.
pub const PLAIN: [(&str, &str); 2] = [(GUIDE, "For instructors"), ("cheat-sheet", "Cheat sheet")];

/// The decks as pages.
#[derive(Debug)]
pub struct Site {
    /// The decks, by number.
    pub decks: Vec<source::Deck>,
    /// File name and content. A source with problems has pages that name them.
    pub pages: Vec<(String, String)>,
    /// The names of the pages that only say what is wrong with their source.
    pub wrong: Vec<String>,
    /// In order of files and lines.
    pub problems: Vec<Problem>,
}

/// Reads, checks and renders everything in `slides/` of the workbook in `root`.
pub fn build(root: &Path) -> Result<Site> {
    build_for(root, None)
}

/// [`build`], with the tasks of this timetable of the guide on the slides, such as `two-days`.
///
/// # Errors
/// If a file cannot be read, or the guide has no such timetable.
pub fn build_for(root: &Path, timetable: Option<&str>) -> Result<Site> {
    let (mut decks, mut problems, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    // Each page with the file that it is made from, and its title.
    let mut sources = Vec::new();
    let theme = theme(root)?;
    let mut plain = Vec::new();
    for file in files(root)? {
        let text = read(&root.join(&file))?;
        let stem = file.file_stem().unwrap_or_default();
        if let Some((name, title)) = PLAIN.iter().find(|(name, _)| stem == *name) {
            plain.push((*name, *title, file, text));
            continue;
        }
        let (deck, found) = source::read(&file, &text);
        problems.extend(found);
        decks.push(deck);
    }
    decks.sort_by_key(source::Deck::number);
    let exercises = if root.join("exercises").is_dir() {
        Course::read(root)?.exercises().to_vec()
    } else {
        Vec::new()
    };
    let guide = plain.iter().find(|(name, ..)| *name == GUIDE);
    let (mut plan, found) = guide.map_or_else(Default::default, |(_, _, file, text)| {
        Plan::read(file, text, &decks, &exercises)
    });
    problems.extend(found);
    if let Some(name) = timetable {
        plan.choose(name).map_err(anyhow::Error::msg)?;
    }
    for (name, title, file, text) in &plain {
        let (plain, found) = render::plain(root, file, text, &plan);
        problems.extend(found);
        let page = page::plain(name, title, &plain, &theme);
        sources.push((file.clone(), (*title).to_owned(), format!("{name}.html")));
        pages.push((format!("{name}.html"), page));
    }
    for (index, deck) in decks.iter().enumerate() {
        let (slides, found) = render::deck(root, deck, &plan);
        problems.extend(found);
        let (name, next) = (deck.name(), decks.get(index + 1));
        for (page, text) in [
            (
                format!("{name}.html"),
                page::deck(deck, next, &slides, &theme),
            ),
            (
                format!("{name}-handout.html"),
                page::handout(deck, &slides, &theme),
            ),
            (
                format!("{name}-participants.html"),
                page::participants(deck, &slides, &theme),
            ),
        ] {
            let title = if deck.title.is_empty() {
                &name
            } else {
                &deck.title
            };
            sources.push((deck.file.clone(), title.clone(), page.clone()));
            pages.push((page, text));
        }
    }
    pages.push(("index.html".to_owned(), page::index(&decks, &theme)));
    problems.sort();
    problems.dedup();
    let mut wrong = Vec::new();
    for (file, title, name) in sources {
        let own: Vec<&Problem> = problems.iter().filter(|one| one.file == file).collect();
        if let Some((_, text)) = pages.iter_mut().find(|(page, _)| *page == name)
            && !own.is_empty()
        {
            *text = page::wrong(&title, &own, &theme);
            wrong.push(name);
        }
    }
    Ok(Site {
        decks,
        pages,
        wrong,
        problems,
    })
}

impl Site {
    /// The deck of this number or name.
    pub fn deck(&self, name: &str) -> Result<&source::Deck> {
        let number: Option<u32> = name.parse().ok();
        let found = self.decks.iter().find(|deck| {
            let topic = deck.name();
            let topic = topic.split_once('-').map(|(_, topic)| topic.to_owned());
            deck.name() == name || topic.as_deref() == Some(name) || deck.number() == number
        });
        let Some(deck) = found else {
            let all: Vec<String> = self.decks.iter().map(source::Deck::name).collect();
            bail!("there is no deck `{name}`; there are {}", all.join(", "));
        };
        Ok(deck)
    }

    /// Writes the pages whose name `wanted` accepts into [`FOLDER`], and returns that folder.
    pub fn write(&self, root: &Path, wanted: impl Fn(&str) -> bool) -> Result<PathBuf> {
        let folder = root.join(FOLDER);
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        for (name, text) in self.pages.iter().filter(|(name, _)| wanted(name)) {
            let path = folder.join(name);
            fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        Ok(folder)
    }
}

/// The Markdown files of `slides/` itself, from the workbook's folder.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let folder = root.join("slides");
    let entries = fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
    let mut files = Vec::new();
    for entry in entries {
        let name = entry
            .with_context(|| format!("reading {}", folder.display()))?
            .file_name();
        let path = Path::new("slides").join(name);
        if path.extension().is_some_and(|ending| ending == "md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The style sheets in the workbook.
pub(crate) fn theme(root: &Path) -> Result<page::Theme> {
    let sheet = |name: &str| read(&root.join("slides/theme").join(name));
    Ok(page::Theme {
        common: sheet("common.css")?,
        deck: sheet("deck.css")?,
        handout: sheet("handout.css")?,
        lesson: sheet("lesson.css")?,
    })
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> PathBuf {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        root.canonicalize().unwrap()
    }

    #[test]
    fn the_decks_have_no_problem_and_load_nothing() {
        let site = build(&root()).unwrap();
        let problems: Vec<String> = site.problems.iter().map(ToString::to_string).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
        let numbers: Vec<Option<u32>> = site.decks.iter().map(source::Deck::number).collect();
        let gapless = (0..).take(numbers.len()).map(Some);
        assert_eq!(numbers, gapless.collect::<Vec<_>>());
        for (name, page) in &site.pages {
            for loads in ["src=\"http", "<link", "@import", "url(http"] {
                assert!(!page.contains(loads), "{name}: {loads}");
            }
        }
    }

    /// The guide: every exercise has its questions, every deck its time, and nothing is left to fill in.
    #[test]
    fn the_guide_is_complete() {
        let site = build(&root()).unwrap();
        let page = |name: &str| &site.pages.iter().find(|(page, _)| page == name).unwrap().1;
        let guide = page("instructors.html");
        for exercise in Course::read(&root()).unwrap().exercises() {
            let section = format!("<h3 id=\"{:02}-", exercise.number);
            let named = guide.contains(&section)
                || guide.contains(&format!("{:02} {}</a> (", exercise.number, exercise.title));
            assert!(named, "nothing on exercise {}", exercise.folder);
        }
        for deck in &site.decks {
            let cell = format!("</td><td><a href=\"{}.html\">", deck.name());
            assert!(guide.contains(&cell), "{} has no time", deck.name());
        }
        for id in [
            "one-day",
            "two-days",
            "the-day-before",
            "adapt-it",
            "add-to-it",
        ] {
            for part in [format!("id=\"{id}\""), format!("href=\"#{id}\"")] {
                assert!(guide.contains(&part), "no {part}");
            }
        }
        for (name, page) in &site.pages {
            let body = page.rsplit_once("</style>").map_or("", |(_, body)| body);
            let body = body.split("<script>").next().unwrap_or_default();
            assert!(!body.contains("{{"), "{name} has something to fill in");
        }
    }

    #[test]
    fn the_last_slide_leads_to_the_index_and_the_next_deck() {
        let site = build(&root()).unwrap();
        let next = site.decks.iter().skip(1).map(Some).chain([None]);
        for (deck, next) in site.decks.iter().zip(next) {
            let name = format!("{}.html", deck.name());
            let (_, page) = site.pages.iter().find(|(page, _)| *page == name).unwrap();
            let (_, last) = page.rsplit_once("<section").unwrap();
            assert!(last.contains("href=\"index.html\""), "{name}");
            if let Some(next) = next {
                let link = format!("href=\"{}.html\">Next: ", next.name());
                assert!(last.contains(&link), "{name}: no {link}");
            }
        }
    }

    #[test]
    fn a_deck_is_found_by_number_topic_and_name() {
        let site = build(&root()).unwrap();
        for name in ["5", "05", "collectives", "05-collectives"] {
            assert_eq!(site.deck(name).unwrap().name(), "05-collectives", "{name}");
        }
        let error = site.deck("opera").unwrap_err().to_string();
        assert!(error.contains("05-collectives"), "{error}");
    }

    #[test]
    fn every_problem_is_told_and_blocks_only_its_own_deck() {
        let folder = tempfile::tempdir().unwrap();
        let theme = folder.path().join("slides/theme");
        fs::create_dir_all(&theme).unwrap();
        for sheet in ["common.css", "deck.css", "handout.css", "lesson.css"] {
            fs::write(theme.join(sheet), "").unwrap();
        }
        let deck = "---\ntitle: A\nminutes: 1\n---\n\n# One\n\n```rust\nlet a = 1;\n```\n\n![](b.svg)\n\n\
                    ::: notes\n1 min. Say.\n:::\n";
        fs::write(folder.path().join("slides/01-a.md"), deck).unwrap();
        fs::write(folder.path().join("slides/02-b.md"), "# Two\n").unwrap();
        let good = "---\ntitle: Good\nminutes: 1\n---\n\n# One\n\n`cargo xtask list`\n\n::: ask\nWhy?\n:::\n\n\
                    ::: answer\nBecause.\n:::\n\n::: notes\n1 min. Say.\n:::\n";
        fs::write(folder.path().join("slides/03-c.md"), good).unwrap();
        let site = build(folder.path()).unwrap();
        let page = |name: &str| &site.pages.iter().find(|(page, _)| page == name).unwrap().1;
        for name in [
            "01-a.html",
            "02-b.html",
            "01-a-handout.html",
            "02-b-participants.html",
        ] {
            assert!(page(name).contains("This page was not built"), "{name}");
            assert!(!page(name).contains("Reveal"), "{name}");
            assert!(site.wrong.iter().any(|wrong| wrong == name), "{name}");
        }
        assert!(page("01-a.html").contains("<li>slides/01-a.md:6: error: the last slide"));
        for (name, answer, has_notes) in [
            (
                "03-c.html",
                "<div class=\"answer fragment\"><p>Because.</p>",
                true,
            ),
            (
                "03-c-handout.html",
                "<div class=\"answer\"><p>Because.</p>",
                true,
            ),
            (
                "03-c-participants.html",
                "<details class=\"answer\"><summary>Answer</summary>\n<p>Because.</p>",
                false,
            ),
        ] {
            assert!(page(name).contains(answer), "{name}: {}", page(name));
            assert_eq!(
                page(name).contains("<p>1 min. Say.</p>"),
                has_notes,
                "{name}"
            );
        }
        let told: Vec<String> = site.problems.iter().map(ToString::to_string).collect();
        for words in [
            "slides/01-a.md:6: error: the last slide sends nobody",
            "slides/01-a.md:9: error: Rust code on a slide",
            "slides/01-a.md:12: error: the figure `b.svg` has no alternative text",
            "slides/02-b.md:1: error: does not begin with front matter",
            "slides/02-b.md:1: error: this slide has no notes",
        ] {
            assert!(
                told.iter().any(|line| line.starts_with(words)),
                "{words}: {told:#?}"
            );
        }
    }
}
