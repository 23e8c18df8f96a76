//! The timetables of the instructors' guide. A guide says what happens in which order; when, and for how
//! long, is computed from the decks' front matter and the exercises' tasks, so that no number is copied.
//!
//! A timetable is a code block of the language `timetable`, one thing on each line:
//!
//! ```text
//! start 09:00
//! deck 0
//! exercise 01: baseline, spawn
//! exercise 02
//! break 15: Coffee
//! talk 10: Questions
//! ```
//!
//! An exercise without tasks after it means all of its tasks. The timetable that the instructor has chosen
//! ([`Plan::choose`]), or else the first one that names an exercise, says which of its tasks are for the
//! room; [`Plan::expand`] tells the decks. An exercise of the core that a timetable with others of them leaves out is
//! for the evening. Timetables below one heading of the second level belong together,
//! such as those of two days. Decks and exercises take a
//! multiple of five minutes here. A day has breaks, and an evening: what works too long is a problem.
//!
//! A timetable with lines such as `lecture: Threads` is a series of lectures, each of which begins at 0:00.

mod agenda;

use crate::{check::Problem, code::escape, source::Deck};
use course::{Exercise, Track};
use std::path::Path;

/// The language of a code block that is a timetable.
pub const LANGUAGE: &str = "timetable";

/// How long a room can listen and work without a break, in minutes.
const STRETCH: u32 = 95;

/// How long a lecture takes, in minutes.
const LECTURE: u32 = 90;

/// When a day ends at the latest, in minutes after midnight.
const EVENING: u32 = 17 * 60 + 30;

/// What the guide plans, with the minutes of everything in it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    decks: Vec<Entry>,
    exercises: Vec<Practice>,
    tables: Vec<Timetable>,
    /// The heading of the timetables that the instructor has chosen.
    chosen: Option<String>,
}

/// A deck, as a timetable shows it.
#[derive(Clone, Debug)]
struct Entry {
    number: u32,
    name: String,
    title: String,
    minutes: u32,
}

/// An exercise, as a timetable shows it.
#[derive(Clone, Debug)]
struct Practice {
    number: u32,
    folder: String,
    title: String,
    minutes: u32,
    tasks: Vec<(String, u32)>,
}

impl Practice {
    /// `05 Collectives`.
    fn name(&self) -> String {
        format!("{:02} {}", self.number, escape(&self.title))
    }
}

/// One day or half a day.
#[derive(Clone, Debug)]
struct Timetable {
    /// Line of the guide in which the block begins.
    line: usize,
    /// The name of the heading above it, as in a link.
    heading: String,
    /// Minutes after midnight.
    start: u32,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
enum Row {
    /// Index of the deck.
    Deck(usize),
    /// Index of the exercise, and of those of its tasks that are done.
    Exercise(usize, Vec<usize>),
    Break(u32, String),
    Talk(u32, String),
    /// A lecture begins.
    Lecture(String),
}

impl Plan {
    /// Reads the timetables of the guide `text`, and says what is wrong with them. Decks and exercises may
    /// be any; a timetable that names others is wrong.
    pub fn read(
        file: &Path,
        text: &str,
        decks: &[Deck],
        exercises: &[Exercise],
    ) -> (Self, Vec<Problem>) {
        let entry = |deck: &Deck| {
            Some(Entry {
                number: deck.number()?,
                name: deck.name(),
                title: deck.title.clone(),
                minutes: rounded(deck.minutes),
            })
        };
        let practice = |exercise: &Exercise| Practice {
            number: exercise.number,
            folder: exercise.folder.clone(),
            title: exercise.title.clone(),
            minutes: exercise.minutes,
            tasks: exercise
                .tasks
                .iter()
                .map(|task| (task.name.clone(), task.minutes))
                .collect(),
        };
        let mut plan = Self {
            decks: decks.iter().filter_map(entry).collect(),
            exercises: exercises.iter().map(practice).collect(),
            tables: Vec::new(),
            chosen: None,
        };
        let mut heading = String::new();
        let mut problems = Vec::new();
        let mut open: Option<Timetable> = None;
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            match &mut open {
                None if line.trim() == format!("```{LANGUAGE}") => {
                    open = Some(Timetable {
                        line: line_number,
                        heading: heading.clone(),
                        start: 0,
                        rows: Vec::new(),
                    });
                }
                None => {
                    if let Some(words) = line.strip_prefix("## ") {
                        heading = course::slug(words.trim());
                    }
                }
                Some(table) if line.trim() == "```" => {
                    let faults = plan.too_long(table).into_iter();
                    problems.extend(faults.map(|message| Problem {
                        file: file.to_owned(),
                        line: table.line,
                        message,
                    }));
                    plan.tables.extend(open.take());
                }
                Some(table) => {
                    if let Err(message) = plan.row(line.trim(), table) {
                        problems.push(Problem {
                            file: file.to_owned(),
                            line: line_number,
                            message,
                        });
                    }
                }
            }
        }
        (plan, problems)
    }

    /// From now on the timetables below this heading say what is for the room.
    ///
    /// # Errors
    /// If there are none: the names that there are.
    pub fn choose(&mut self, name: &str) -> Result<(), String> {
        let wanted = course::slug(name);
        if !self.tables.iter().any(|table| table.heading == wanted) {
            let mut names: Vec<&str> = self.headings().collect();
            names.dedup();
            return Err(format!(
                "there is no timetable `{name}`; there are {}",
                names.join(", ")
            ));
        }
        self.chosen = Some(wanted);
        Ok(())
    }

    fn headings(&self) -> impl Iterator<Item = &str> {
        self.tables.iter().map(|table| table.heading.as_str())
    }

    fn row(&self, line: &str, table: &mut Timetable) -> Result<(), String> {
        let (head, rest) = match line.split_once(": ") {
            Some((head, rest)) => (head, Some(rest.trim())),
            None => (line, None),
        };
        let (kind, value) = head.split_once(' ').unwrap_or((head, ""));
        let minutes = || {
            let minutes = value.parse::<u32>();
            minutes.map_err(|_| format!("`{value}` is no number of minutes"))
        };
        match kind {
            "start" => table.start = clock(value)?,
            "deck" => {
                let number = value.parse().ok();
                let found = self
                    .decks
                    .iter()
                    .position(|deck| Some(deck.number) == number);
                let index = found.ok_or_else(|| format!("there is no deck {value}"))?;
                table.rows.push(Row::Deck(index));
            }
            "exercise" => {
                let index = self.exercise(value)?;
                let all = &self.exercises[index].tasks;
                let tasks = match rest {
                    None => (0..all.len()).collect(),
                    Some(names) => names
                        .split(',')
                        .map(|name| {
                            let name = name.trim();
                            let found = all.iter().position(|(task, _)| task == name);
                            found.ok_or_else(|| format!("exercise {value} has no task `{name}`"))
                        })
                        .collect::<Result<_, _>>()?,
                };
                table.rows.push(Row::Exercise(index, tasks));
            }
            "break" => {
                let words = rest.unwrap_or("Break").to_owned();
                table.rows.push(Row::Break(minutes()?, words));
            }
            "talk" => {
                let words = rest.ok_or("say what is talked about: `talk 10: Questions`")?;
                table.rows.push(Row::Talk(minutes()?, words.to_owned()));
            }
            "lecture" => {
                let words = rest.ok_or("say what it is about: `lecture: Threads`")?;
                table.rows.push(Row::Lecture(words.to_owned()));
            }
            _ => {
                return Err(format!(
                    "`{line}` is none of `start 09:00`, `deck 5`, `exercise 05: scan`, `break 15`, `talk 10: \
                     Questions`, `lecture: Threads`"
                ));
            }
        }
        Ok(())
    }

    /// How long a row takes.
    fn minutes(&self, row: &Row) -> u32 {
        match row {
            Row::Deck(index) => self.decks[*index].minutes,
            Row::Exercise(index, tasks) => {
                let all = &self.exercises[*index].tasks;
                let minutes: u32 = tasks.iter().map(|task| all[*task].1).sum();
                minutes.next_multiple_of(5)
            }
            Row::Break(minutes, _) | Row::Talk(minutes, _) => *minutes,
            Row::Lecture(_) => 0,
        }
    }

    /// What is wrong with a timetable as a plan for people.
    fn too_long(&self, table: &Timetable) -> Vec<String> {
        let is = |row: &Row| matches!(row, Row::Lecture(_));
        let lectures = table.rows.iter().any(is);
        let most = if lectures { LECTURE } else { STRETCH };
        let mut faults: Vec<String> = table
            .rows
            .split(|row| matches!(row, Row::Break(..)) || is(row))
            .map(|stretch| stretch.iter().map(|row| self.minutes(row)).sum::<u32>())
            .filter(|minutes| *minutes > most)
            .map(|minutes| {
                format!("plans {minutes} minutes without a break, and {most} are the most")
            })
            .collect();
        let all: u32 = table.rows.iter().map(|row| self.minutes(row)).sum();
        let end = table.start + all;
        if !lectures && end > EVENING {
            faults.push(format!(
                "ends at {}, and {} is the latest",
                hours(end),
                hours(EVENING)
            ));
        }
        faults
    }

    fn exercise(&self, number: &str) -> Result<usize, String> {
        let wanted = number.parse().ok();
        let found = self
            .exercises
            .iter()
            .position(|exercise| Some(exercise.number) == wanted);
        found.ok_or_else(|| format!("there is no exercise {number}"))
    }

    /// The timetable whose block begins in this line of the guide, as a table with its sums below it.
    pub fn table(&self, line: usize) -> Option<String> {
        let table = self.tables.iter().find(|table| table.line == line)?;
        let mut html = String::from(
            "<table class=\"timetable\"><thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Minutes</th>\
             <th scope=\"col\">What</th><th scope=\"col\">Tasks for the room</th></tr></thead><tbody>\n",
        );
        let (mut now, mut talks, mut work, mut breaks) = (table.start, 0, 0, 0);
        let mut lectures = 0;
        for row in &table.rows {
            let minutes = self.minutes(row);
            let (what, tasks) = match row {
                Row::Lecture(words) => {
                    (now, lectures) = (0, lectures + 1);
                    html.push_str(&format!(
                        "<tr><th colspan=\"4\" scope=\"colgroup\">Lecture {lectures}: {}</th></tr>\n",
                        escape(words)
                    ));
                    continue;
                }
                Row::Deck(index) => {
                    let deck = &self.decks[*index];
                    talks += minutes;
                    let Entry {
                        name,
                        number,
                        title,
                        ..
                    } = deck;
                    let title = escape(title);
                    (
                        format!("<a href=\"{name}.html\">Deck {number}: {title}</a>"),
                        String::new(),
                    )
                }
                Row::Exercise(index, tasks) => {
                    let exercise = &self.exercises[*index];
                    work += minutes;
                    let names: Vec<String> = tasks
                        .iter()
                        .map(|task| format!("<code>{}</code>", exercise.tasks[*task].0))
                        .collect();
                    let all = tasks.len() == exercise.tasks.len();
                    (
                        format!(
                            "<a href=\"../../exercises/{}/README.md\">Exercise {}</a>",
                            exercise.folder,
                            exercise.name()
                        ),
                        if all {
                            "all".to_owned()
                        } else {
                            names.join(", ")
                        },
                    )
                }
                Row::Break(_, words) => {
                    breaks += minutes;
                    (escape(words), String::new())
                }
                Row::Talk(_, words) => {
                    talks += minutes;
                    (escape(words), String::new())
                }
            };
            html.push_str(&format!(
                "<tr><td>{}</td><td>{minutes}</td><td>{what}</td><td>{tasks}</td></tr>\n",
                hours(now)
            ));
            now += minutes;
        }
        if lectures == 0 {
            html.push_str(&format!(
                "<tr><td>{}</td><td></td><td>End</td><td></td></tr>\n",
                hours(now)
            ));
        }
        html.push_str(&format!(
            "</tbody></table>\n<p>Talks {}, exercises {}, breaks {}: {} in all.</p>\n",
            hours(talks),
            hours(work),
            hours(breaks),
            hours(talks + work + breaks)
        ));
        Some(html)
    }

    /// A line of Markdown in which what stands in `{{…}}` is filled in, an include aside:
    ///
    /// - `minutes 05`: of the whole exercise; `room-minutes 05`: of its tasks for the room;
    /// - `room 05`: the tasks for the room; `fast 05`: the others, with their minutes;
    /// - `others`: the exercises that no timetable names;
    /// - `agenda`: the timetable, as a table in Markdown. It stands last in its block: it has more lines than one.
    ///
    /// # Errors
    /// When something else stands there, or an exercise that does not exist.
    pub fn expand(&self, line: &str) -> Result<String, String> {
        let (mut out, mut rest) = (String::with_capacity(line.len()), line);
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let (inside, after) = match after.split_once("}}") {
                Some(found) if !after.starts_with('#') => found,
                _ => {
                    out.push_str("{{");
                    rest = after;
                    continue;
                }
            };
            out.push_str(&self.value(inside.trim())?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&self, words: &str) -> Result<String, String> {
        let (what, number) = words.split_once(' ').unwrap_or((words, ""));
        match what {
            "others" => return Ok(self.others()),
            "agenda" => return Ok(self.agenda()),
            _ => {}
        }
        if !["minutes", "room-minutes", "room", "fast"].contains(&what) {
            return Err(format!(
                "`{{{{{words}}}}}` is none of minutes, room-minutes, room and fast with an exercise, or others or agenda"
            ));
        }
        let index = self.exercise(number)?;
        let exercise = &self.exercises[index];
        let in_room = self.in_room(index);
        let name = |task: &usize| format!("`{}`", exercise.tasks[*task].0);
        let list = |mut tasks: Vec<String>| {
            if tasks.is_empty() {
                tasks.push("none".to_owned());
            }
            tasks.join(", ")
        };
        Ok(match what {
            "minutes" => exercise.minutes.to_string(),
            "room-minutes" => {
                let minutes = in_room.iter().map(|task| exercise.tasks[*task].1);
                minutes.sum::<u32>().to_string()
            }
            "room" if self.for_the_evening(index) => "for the evening".to_owned(),
            "room" => list(in_room.iter().map(name).collect()),
            _ => list(
                (0..exercise.tasks.len())
                    .filter(|task| !in_room.contains(task))
                    .map(|task| format!("{} ({} min)", name(&task), exercise.tasks[task].1))
                    .collect(),
            ),
        })
    }

    /// The heading of the timetables that are shown: the chosen ones, or the first.
    fn current(&self) -> Option<&str> {
        self.chosen.as_deref().or_else(|| self.headings().next())
    }

    /// The timetables that belong together below a heading.
    fn below<'a>(&'a self, heading: &'a str) -> impl Iterator<Item = &'a Timetable> {
        let tables = self.tables.iter();
        tables.filter(move |table| table.heading == heading)
    }

    /// The tasks of an exercise that the timetables below this heading name.
    fn tasks_below(&self, heading: &str, exercise: usize) -> Vec<usize> {
        let rows = self.below(heading).flat_map(|table| &table.rows);
        let tasks = rows.filter_map(|row| match row {
            Row::Exercise(index, tasks) if *index == exercise => Some(tasks.clone()),
            _ => None,
        });
        tasks.flatten().collect()
    }

    /// The tasks of an exercise in the chosen timetable, or the first one that names it.
    fn in_room(&self, exercise: usize) -> Vec<usize> {
        if self.for_the_evening(exercise) {
            return Vec::new();
        }
        self.current()
            .into_iter()
            .chain(self.headings())
            .map(|heading| self.tasks_below(heading, exercise))
            .find(|tasks| !tasks.is_empty())
            .unwrap_or_default()
    }

    /// Whether the timetable takes exercises of the core, and leaves this one of them out.
    fn for_the_evening(&self, exercise: usize) -> bool {
        let named = |index: usize| {
            self.current()
                .is_some_and(|heading| !self.tasks_below(heading, index).is_empty())
        };
        let is_core =
            |index: usize| Track::of_exercise(self.exercises[index].number) == Track::Core;
        is_core(exercise)
            && !named(exercise)
            && (0..self.exercises.len()).any(|index| is_core(index) && named(index))
    }

    fn others(&self) -> String {
        let named = |index: usize| {
            let rows = self.tables.iter().flat_map(|table| &table.rows);
            rows.into_iter()
                .any(|row| matches!(row, Row::Exercise(other, _) if *other == index))
        };
        let others: Vec<String> = (0..self.exercises.len())
            .filter(|index| !named(*index))
            .map(|index| {
                let exercise = &self.exercises[index];
                let Practice {
                    number,
                    title,
                    folder,
                    minutes,
                    ..
                } = exercise;
                format!(
                    "[{number:02} {title}](../exercises/{folder}/README.md) ({minutes} min, {} tasks)",
                    exercise.tasks.len()
                )
            })
            .collect();
        if others.is_empty() {
            "none so far".to_owned()
        } else {
            others.join(", ")
        }
    }
}

/// Minutes after midnight.
fn clock(text: &str) -> Result<u32, String> {
    let parts = text.split_once(':').and_then(|(hours, minutes)| {
        let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
        (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
    });
    parts.ok_or_else(|| format!("`{text}` is no time of the day such as 09:00"))
}

/// Minutes as `9:05`.
fn hours(minutes: u32) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// Minutes of a deck, up to the next multiple of five.
fn rounded(minutes: f64) -> u32 {
    // A deck takes less than the four billion minutes that fit.
    (minutes.ceil() as u32).next_multiple_of(5)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(text: &str) -> (Plan, Vec<String>) {
        let deck = |name: &str, minutes| Deck {
            file: format!("slides/{name}.md").into(),
            title: format!("On {name}"),
            minutes,
            slides: Vec::new(),
        };
        let folder = tempfile::tempdir().unwrap();
        for (name, tasks) in [
            ("01-wind", &[("gust", 10), ("calm", 5)][..]),
            ("02-rain", &[("drop", 7)]),
        ] {
            let dir = folder.path().join("exercises").join(name);
            std::fs::create_dir_all(&dir).unwrap();
            let minutes: u32 = tasks.iter().map(|(_, minutes)| minutes).sum();
            let mut manifest = format!("title = \"{name}\"\nminutes = {minutes}\n");
            for (task, minutes) in tasks {
                manifest += &format!(
                    "\n[[task]]\nname = \"{task}\"\nminutes = {minutes}\nidea = \"One.\"\n\
                     hints = [\"First.\", \"Second.\"]\n"
                );
            }
            std::fs::write(dir.join("exercise.toml"), manifest).unwrap();
        }
        let course = course::Course::read(folder.path()).unwrap();
        let decks = [deck("00-sky", 14.5), deck("01-cloud", 12.0)];
        let (plan, problems) = Plan::read(
            Path::new("slides/instructors.md"),
            text,
            &decks,
            course.exercises(),
        );
        let problems = problems.iter().map(ToString::to_string).collect();
        (plan, problems)
    }

    const DAY: &str = "# Guide\n\n```timetable\nstart 09:00\ndeck 0\nexercise 01: gust\nbreak 15: Tea\n\
                       talk 5: And so\n```\n";

    #[test]
    fn times_are_computed() {
        let (plan, problems) = plan(DAY);
        assert_eq!(problems, Vec::<String>::new());
        let table = plan.table(3).unwrap();
        for part in [
            "<td>9:00</td><td>15</td><td><a href=\"00-sky.html\">Deck 0: On 00-sky</a>",
            "<td>9:15</td><td>10</td>",
            "<code>gust</code>",
            "<td>9:25</td><td>15</td><td>Tea</td>",
            "<td>9:40</td><td>5</td><td>And so</td>",
            "<td>9:45</td><td></td><td>End</td>",
            "Talks 0:20, exercises 0:10, breaks 0:15: 0:45 in all.",
        ] {
            assert!(table.contains(part), "no {part} in {table}");
        }
        assert_eq!(plan.table(4), None);
    }

    #[test]
    fn a_room_gets_its_breaks_and_its_evening() {
        let day = |lines: &str| plan(&format!("```timetable\nstart 16:00\n{lines}\n```\n")).1;
        assert_eq!(day("talk 75: A\ndeck 0"), [] as [&str; 0]);
        let late = day("talk 80: A\nbreak 5\nexercise 02");
        assert!(late[0].contains(":1: error: ends at 17:35"), "{late:?}");
        let long = day("exercise 02\ntalk 75: A\ndeck 0\nbreak 5");
        assert!(long[0].contains("100 minutes without a break"), "{long:?}");
    }

    #[test]
    fn every_lecture_begins_anew() {
        let text = "```timetable\nlecture: One\ndeck 0\ntalk 75: A\nlecture: Two\ndeck 1\n```\n";
        let (plan, problems) = plan(text);
        assert_eq!(problems, Vec::<String>::new());
        let table = plan.table(1).unwrap();
        for part in [
            "Lecture 2: Two</th></tr>\n<tr><td>0:00</td><td>15</td>",
            "<td>0:15</td><td>75</td>",
            "1:45 in all",
        ] {
            assert!(table.contains(part), "no {part} in {table}");
        }
        assert!(!table.contains("End"));
        let agenda = plan.expand("{{agenda}}").unwrap();
        assert!(
            agenda.ends_with("| 2 lectures | 1\u{a0}One · 2\u{a0}Two |\n"),
            "{agenda}"
        );
        let (_, problems) = self::plan(&text.replace("75", "80"));
        assert!(problems[0].contains("95 minutes"), "{problems:?}");
    }

    #[test]
    fn the_first_timetable_says_what_is_for_the_room() {
        let (mut plan, _) = plan(&format!(
            "{DAY}\n## Two days\n\n```timetable\nexercise 01\n```\n\n### Then\n\n\
             ```timetable\nexercise 02\n```\n"
        ));
        let all = "{{minutes 01}}/{{room-minutes 1}}: {{room 01}}; {{fast 01}}; {{others}}; {{room 02}} {{#include a}}";
        assert_eq!(
            plan.expand(all).unwrap(),
            "15/10: `gust`; `calm` (5 min); none so far; for the evening {{#include a}}"
        );
        assert_eq!(plan.expand("{{room-minutes 02}}").unwrap(), "0");
        let plain = |text: String| text.replace('\u{a0}', " ").replace('\u{2060}', "");
        assert_eq!(
            plain(plan.expand("{{agenda}}").unwrap()),
            "| when | what |\n|-|-|\n| 9:00–9:25 | On 00-sky · exercise 01 |\n"
        );
        for wrong in ["{{room 9}}", "{{hours 01}}"] {
            assert!(plan.expand(wrong).is_err(), "{wrong}");
        }
        assert_eq!(plan.expand("a {{ b").unwrap(), "a {{ b");
        plan.choose("Two days").unwrap();
        assert_eq!(
            plan.expand("{{room 01}}; {{room 02}}").unwrap(),
            "`gust`, `calm`; `drop`"
        );
        let agenda = plain(plan.expand("{{agenda}}").unwrap());
        assert!(
            agenda.ends_with(
                "| Day 1, 0:00–0:15 | exercise 01 |\n| Day 2, 0:00–0:10 | exercise 02 |\n"
            ),
            "{agenda}"
        );
        let error = plan.choose("three-days").unwrap_err();
        assert!(error.ends_with("there are , two-days"), "{error}");
    }

    #[test]
    fn what_does_not_exist_is_said_with_its_line() {
        let text = "```timetable\nstart 25:00\ndeck 7\nexercise 01: storm\nexercise 3\nbreak soon\ntalk 3\n\
                    sleep\n```\n";
        let (_, problems) = plan(text);
        let wanted = [
            ":2: error: `25:00` is no time",
            ":3: error: there is no deck 7",
            ":4: error: exercise 01 has no task `storm`",
            ":5: error: there is no exercise 3",
            ":6: error: `soon` is no number",
            ":7: error: say what",
            ":8: error: `sleep` is none of",
        ];
        assert_eq!(problems.len(), wanted.len(), "{problems:#?}");
        for (problem, wanted) in problems.iter().zip(wanted) {
            assert!(problem.contains(wanted), "{problem}: {wanted}");
        }
    }
}
