//! What is known of the participants, and what follows from it. Times are milliseconds of the board's own
//! clock, handed in: no participant's clock counts.

use course::Course;
use room::message::{Check, Event, Outcome, What};
use room::{Name, Token};
use std::collections::{BTreeMap, HashMap};
use verdict::{Kind, Reason, Status};

/// One minute.
pub const MINUTE: u64 = 60_000;
/// The same failure so many times in a row: stuck.
pub const TIMES: u32 = 4;
/// So long without progress: stuck.
pub const WITHOUT_PROGRESS: u64 = 8 * MINUTE;
/// Who has not been heard of for so long has gone for a walk, and is not called stuck.
pub const AWAY: u64 = 60 * MINUTE;
/// What failed so recently is trouble right now.
pub const RECENT: u64 = 15 * MINUTE;
/// How far back a participant can say that something happened: what waited for a network.
const AGO: u64 = 24 * 60 * MINUTE;
/// The participants of a room, those who have left included.
pub const PARTICIPANTS: usize = 1000;

/// An exercise, as far as the board needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exercise {
    /// The folder's name, such as `05-collectives`.
    pub folder: String,
    /// Such as `05 Collectives`.
    pub title: String,
    /// Whether its tasks run on ranks.
    pub has_ranks: bool,
    /// The names of its tasks.
    pub tasks: Vec<String>,
}

/// The exercises of the course: a participant cannot invent others.
pub fn exercises(course: &Course) -> Vec<Exercise> {
    let exercises = course.exercises().iter();
    exercises
        .map(|exercise| Exercise {
            folder: exercise.folder.clone(),
            title: format!("{:02} {}", exercise.number, exercise.title),
            has_ranks: exercise.needs_mpi(),
            tasks: exercise
                .tasks
                .iter()
                .map(|task| task.name.clone())
                .collect(),
        })
        .collect()
}

/// A task of the course: the exercise's place in it, and the task's in the exercise.
type Place = (usize, usize);

/// The room's participants.
#[derive(Clone, Debug)]
pub struct Class {
    exercises: Vec<Exercise>,
    people: Vec<Person>,
    by_token: HashMap<Token, usize>,
    /// The exercise of the last check.
    latest: Option<usize>,
}

#[derive(Clone, Debug)]
struct Person {
    shown: String,
    /// The number of the last event.
    number: u64,
    left: bool,
    heard: u64,
    /// When a task passed that had not passed before; at first when she began.
    progress: Option<u64>,
    hand: Option<u64>,
    /// The first task of her last check that does not pass.
    current: Option<Place>,
    tasks: BTreeMap<Place, Standing>,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Standing {
    outcome: Outcome,
    times: u32,
    since: u64,
    at: u64,
}

/// What a room knows of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nobody has joined with it.
    No,
    /// A participant's.
    Here,
    /// That of one who has left.
    Left,
}

/// What is to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Who is in the room.
    pub present: usize,
    /// The raised hands, the longest first.
    pub hands: Vec<Raised>,
    /// Who is stuck, the longest first.
    pub stuck: Vec<Stuck>,
    /// What fails right now, the most common first.
    pub troubles: Vec<Trouble>,
    /// The exercises that somebody has begun, that of the last check first.
    pub exercises: Vec<Progress>,
}

/// A raised hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raised {
    /// Whose.
    pub name: String,
    /// For so long, in milliseconds.
    pub long: u64,
    /// On which task.
    pub task: Option<String>,
}

/// Somebody who is stuck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Who.
    pub name: String,
    /// Such as `05.scatter`.
    pub task: String,
    /// For so long, in milliseconds.
    pub long: u64,
    /// With which failure; none where the task was not begun.
    pub kind: Option<Kind>,
    /// How often in a row.
    pub times: u32,
}

/// A kind of failure, or a rule behind it, that somebody is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    /// How many participants.
    pub people: usize,
    /// The kind.
    pub kind: Kind,
    /// The rule, where the kind does not say it.
    pub reason: Option<Reason>,
    /// Whether the task runs on ranks.
    pub has_ranks: bool,
}

/// An exercise, and how far the room is with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Such as `05 Collectives`.
    pub title: String,
    /// The folder's name.
    pub folder: String,
    /// Its tasks, in order.
    pub tasks: Vec<Done>,
}

/// A task, and how far the room is with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Its name.
    pub name: String,
    /// Of so many it passes.
    pub done: usize,
    /// Of so many it fails.
    pub failing: usize,
}

impl Class {
    /// Nobody is there yet.
    pub fn new(exercises: Vec<Exercise>) -> Self {
        Self {
            exercises,
            people: Vec::new(),
            by_token: HashMap::new(),
            latest: None,
        }
    }

    /// How many have joined, those who have left included.
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody has joined yet.
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// The participant with this token, unless she has left.
    pub fn find(&self, token: &Token) -> Option<usize> {
        let found = *self.by_token.get(token)?;
        (!self.people[found].left).then_some(found)
    }

    /// What is known of a token.
    pub fn known(&self, token: &Token) -> Known {
        match self.by_token.get(token) {
            None => Known::No,
            Some(who) if self.people[*who].left => Known::Left,
            Some(_) => Known::Here,
        }
    }

    /// How a participant is shown.
    pub fn shown(&self, who: usize) -> &str {
        self.people.get(who).map_or("", |person| &person.shown)
    }

    /// Lets somebody in. Two of one name are told apart, and who has none is a guest.
    pub fn join(&mut self, token: Token, name: Option<&Name>, at: u64) -> usize {
        let who = self.people.len();
        let wanted = name.map_or_else(|| format!("Guest {}", who + 1), ToString::to_string);
        let taken = |shown: &str| self.people.iter().any(|it| !it.left && it.shown == shown);
        let numbered = (2..).map(|number| format!("{wanted} ({number})"));
        let shown = std::iter::once(wanted.clone()).chain(numbered);
        let mut shown = shown.skip_while(|shown| taken(shown));
        self.people.push(Person {
            shown: shown.next().unwrap_or(wanted),
            number: 0,
            left: false,
            heard: at,
            progress: None,
            hand: None,
            current: None,
            tasks: BTreeMap::new(),
        });
        self.by_token.insert(token, who);
        who
    }

    /// What a participant tells at this moment. False for what is known already.
    pub fn tell(&mut self, who: usize, event: &Event, now: u64) -> bool {
        let Some(person) = self.people.get_mut(who) else {
            return false;
        };
        if event.number <= person.number || person.left {
            return false;
        }
        person.number = event.number;
        let ago = event.ago.saturating_mul(1000).min(AGO);
        // Never before what she has told earlier.
        let at = now.saturating_sub(ago).max(person.heard);
        person.heard = at;
        match &event.what {
            What::Hand { up: true } => person.hand = person.hand.or(Some(at)),
            What::Hand { up: false } => person.hand = None,
            What::Leave => {
                person.left = true;
                person.hand = None;
            }
            What::Check(check) => self.check(who, check, at),
        }
        true
    }

    fn check(&mut self, who: usize, check: &Check, at: u64) {
        let is_it = |exercise: &Exercise| exercise.folder == check.exercise.as_str();
        let Some(number) = self.exercises.iter().position(is_it) else {
            return;
        };
        let exercise = &self.exercises[number];
        let person = &mut self.people[who];
        let mut current = None;
        for task in &check.tasks {
            let name = task.name.as_str();
            let Some(index) = exercise.tasks.iter().position(|it| it == name) else {
                continue;
            };
            let place = (number, index);
            let before = person.tasks.get(&place);
            let since = before.filter(|before| before.outcome == task.outcome);
            let standing = Standing {
                outcome: task.outcome,
                times: task.times,
                since: since.map_or(at, |before| before.since),
                at,
            };
            let has_passed = before.is_some_and(|it| it.outcome.status == Status::Passed);
            person.tasks.insert(place, standing);
            match task.outcome.status {
                Status::Passed if task.times == 1 && !has_passed => {
                    person.progress = Some(at);
                    person.hand = None;
                }
                Status::Passed => {}
                // A failure is what keeps her, and not a task that she has not come to yet.
                Status::Failed => {
                    let is_failure = current.is_some_and(|(_, failed)| failed);
                    if !is_failure {
                        current = Some((place, true));
                    }
                }
                Status::NotStarted | Status::NotRun => {
                    current = current.or(Some((place, false)));
                }
            }
        }
        person.current = current.map(|(place, _)| place);
        person.progress = person.progress.or(Some(at));
        self.latest = Some(number);
    }

    /// What is to be seen at this moment.
    pub fn view(&self, now: u64) -> View {
        let here: Vec<&Person> = self.people.iter().filter(|person| !person.left).collect();
        let mut hands: Vec<Raised> = here
            .iter()
            .filter_map(|person| {
                Some(Raised {
                    name: person.shown.clone(),
                    long: now.saturating_sub(person.hand?),
                    task: person.current.map(|place| self.name(place)),
                })
            })
            .collect();
        hands.sort_by_key(|hand| std::cmp::Reverse(hand.long));
        let mut stuck: Vec<Stuck> = here
            .iter()
            .filter_map(|person| self.stuck(person, now))
            .collect();
        stuck.sort_by_key(|stuck| std::cmp::Reverse(stuck.long));
        View {
            present: here.len(),
            hands,
            stuck,
            troubles: self.troubles(&here, now),
            exercises: self.progress(&here),
        }
    }

    /// Such as `05.scatter`, as it can be typed.
    fn name(&self, (exercise, task): Place) -> String {
        let exercise = &self.exercises[exercise];
        let number = exercise.folder.split('-').next().unwrap_or_default();
        format!("{number}.{}", exercise.tasks[task])
    }

    fn stuck(&self, person: &Person, now: u64) -> Option<Stuck> {
        if now.saturating_sub(person.heard) > AWAY {
            return None;
        }
        let place = person.current?;
        let standing = person.tasks.get(&place)?;
        let failed = standing.outcome.status == Status::Failed;
        let without = now.saturating_sub(person.progress?);
        let again = failed && standing.times >= TIMES;
        (again || without >= WITHOUT_PROGRESS).then(|| Stuck {
            name: person.shown.clone(),
            task: self.name(place),
            long: without.max(now.saturating_sub(standing.since)),
            kind: standing.outcome.kind,
            times: standing.times,
        })
    }

    fn troubles(&self, here: &[&Person], now: u64) -> Vec<Trouble> {
        let mut counts = BTreeMap::new();
        for person in here {
            let standing = person
                .current
                .and_then(|it| Some((it, person.tasks.get(&it)?)));
            if let Some(((exercise, _), standing)) = standing
                && let Some(kind) = standing.outcome.kind
                && standing.outcome.status == Status::Failed
                && now.saturating_sub(standing.at) <= RECENT
            {
                let has_ranks = self.exercises[exercise].has_ranks;
                *counts
                    .entry((kind, standing.outcome.reason, has_ranks))
                    .or_insert(0) += 1;
            }
        }
        let mut troubles: Vec<Trouble> = counts
            .into_iter()
            .map(|((kind, reason, has_ranks), people)| Trouble {
                people,
                kind,
                reason,
                has_ranks,
            })
            .collect();
        troubles.sort_by_key(|trouble| std::cmp::Reverse(trouble.people));
        troubles
    }

    fn progress(&self, here: &[&Person]) -> Vec<Progress> {
        let count = |place: Place, status: Status| {
            let is_it = |person: &&&Person| {
                let standing = person.tasks.get(&place);
                standing.is_some_and(|standing| standing.outcome.status == status)
            };
            here.iter().filter(is_it).count()
        };
        let begun = |number: &usize| {
            let has = |person: &&Person| person.tasks.keys().any(|(it, _)| it == number);
            here.iter().any(has)
        };
        let mut numbers: Vec<usize> = (0..self.exercises.len()).filter(begun).collect();
        numbers.sort_by_key(|number| self.latest != Some(*number));
        let progress = |number: usize| {
            let exercise = &self.exercises[number];
            let tasks = exercise.tasks.iter().enumerate();
            Progress {
                title: exercise.title.clone(),
                folder: exercise.folder.clone(),
                tasks: tasks
                    .map(|(index, name)| Done {
                        name: name.clone(),
                        done: count((number, index), Status::Passed),
                        failing: count((number, index), Status::Failed),
                    })
                    .collect(),
            }
        };
        numbers.into_iter().map(progress).collect()
    }
}
