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
    /// When she came.
    joined: u64,
    /// The number of the last event.
    number: u64,
    left: bool,
    heard: u64,
    /// When a task passed that had not passed before; at first when she began.
    progress: Option<u64>,
    hand: Option<u64>,
    /// The first task of her last check that does not pass.
    current: Option<Place>,
    /// The exercise of her last check.
    exercise: Option<usize>,
    tasks: BTreeMap<Place, Standing>,
}

impl Person {
    /// Of whom nothing is known but that she came.
    fn new(shown: String, at: u64) -> Self {
        Self {
            shown,
            joined: at,
            number: 0,
            left: false,
            heard: at,
            progress: None,
            hand: None,
            current: None,
            exercise: None,
            tasks: BTreeMap::new(),
        }
    }

    /// Of whom nothing is known but that she was there.
    fn gone(who: usize, at: u64) -> Self {
        Self {
            left: true,
            ..Self::new(format!("Guest {}", who + 1), at)
        }
    }
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
    /// Who has joined and never checked anything, the first first.
    pub idle: Vec<Idle>,
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

/// Somebody who has joined and never checked anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Who.
    pub name: String,
    /// For so long, in milliseconds.
    pub long: u64,
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
        let shown = self.free(name, who);
        self.people.push(Person::new(shown, at));
        self.by_token.insert(token, who);
        who
    }

    /// The same as it was written down: with the number that she had, so that others keep theirs where a line before
    /// was lost. One who is there already has joined again. False for what makes no sense.
    pub fn join_as(&mut self, who: usize, token: Token, name: Option<&Name>, at: u64) -> bool {
        if who >= PARTICIPANTS {
            return false;
        }
        if who < self.people.len() {
            let is_she = self.by_token.get(&token) == Some(&who);
            if let (true, Some(name)) = (is_she, name) {
                self.rename(who, name);
            }
            return is_she;
        }
        while self.people.len() < who {
            // Nobody has this token: whoever it was joins again.
            let lost = self.people.len();
            self.people.push(Person::gone(lost, at));
        }
        self.join(token, name, at) == who
    }

    /// Gives a participant another name.
    pub fn rename(&mut self, who: usize, name: &Name) {
        if who < self.people.len() {
            self.people[who].shown = self.free(Some(name), who);
        }
    }

    /// A name that no other participant has.
    fn free(&self, name: Option<&Name>, who: usize) -> String {
        let wanted = name.map_or_else(|| format!("Guest {}", who + 1), ToString::to_string);
        let taken = |shown: &str| {
            let mut others = self.people.iter().enumerate();
            others.any(|(it, person)| it != who && !person.left && person.shown == shown)
        };
        let numbered = (2..).map(|number| format!("{wanted} ({number})"));
        let mut shown = std::iter::once(wanted.clone())
            .chain(numbered)
            .skip_while(|shown| taken(shown));
        shown.next().unwrap_or(wanted)
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
            What::Rename { name } => self.rename(who, name),
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
        person.exercise = Some(number);
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
        let idle = here.iter().filter(|person| person.exercise.is_none());
        let idle = idle.map(|person| Idle {
            name: person.shown.clone(),
            long: now.saturating_sub(person.joined),
        });
        View {
            present: here.len(),
            hands,
            stuck,
            idle: idle.collect(),
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
        let place = person.current.or_else(|| self.open(person))?;
        let standing = person.tasks.get(&place);
        let failed = standing.filter(|it| it.outcome.status == Status::Failed);
        let without = now.saturating_sub(person.progress?);
        let again = failed.is_some_and(|it| it.times >= TIMES);
        (again || without >= WITHOUT_PROGRESS).then(|| Stuck {
            name: person.shown.clone(),
            task: self.name(place),
            long: without.max(standing.map_or(0, |it| now.saturating_sub(it.since))),
            kind: standing.and_then(|it| it.outcome.kind),
            times: standing.map_or(0, |it| it.times),
        })
    }

    /// The first task of the exercise of her last check that does not pass yet: that check was of others.
    fn open(&self, person: &Person) -> Option<Place> {
        let exercise = person.exercise?;
        let mut places = (0..self.exercises[exercise].tasks.len()).map(|task| (exercise, task));
        places.find(|place| {
            let standing = person.tasks.get(place);
            standing.is_none_or(|it| it.outcome.status != Status::Passed)
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

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;
    use room::Word;
    use room::message::Task;

    /// Whether a task passes; if not, the kind of failure, or none where it was not begun.
    pub(crate) type Came = Result<(), Option<Kind>>;

    /// An exercise with three tasks, and one without MPI.
    pub(crate) fn small() -> Vec<Exercise> {
        let exercise = |folder: &str, title: &str, has_ranks| Exercise {
            folder: folder.to_owned(),
            title: title.to_owned(),
            has_ranks,
            tasks: ["a", "b", "c"].map(str::to_owned).to_vec(),
        };
        vec![
            exercise("01-threading", "01 Threads", false),
            exercise("05-collectives", "05 Collectives", true),
        ]
    }

    /// An event with a check of tasks in 05: their names, their kinds of failure, how often.
    pub(crate) fn check(number: u64, tasks: &[(&str, Came, u32)]) -> Event {
        let task = |(name, came, times): &(&str, Came, u32)| Task {
            name: Word::new(name).unwrap(),
            outcome: Outcome {
                status: match came {
                    Ok(()) => Status::Passed,
                    Err(Some(_)) => Status::Failed,
                    Err(None) => Status::NotStarted,
                },
                kind: came.err().flatten(),
                reason: None,
            },
            ranks: None,
            times: *times,
        };
        Event {
            number,
            ago: 0,
            what: What::Check(Check {
                exercise: Word::new("05-collectives").unwrap(),
                seed: 1,
                tasks: tasks.iter().map(task).collect(),
            }),
        }
    }

    fn hand(number: u64, up: bool) -> Event {
        let what = What::Hand { up };
        Event {
            number,
            ago: 0,
            what,
        }
    }

    fn one() -> Class {
        let mut class = Class::new(small());
        class.join(Token::draw().unwrap(), None, 0);
        class
    }

    const HANG: Came = Err(Some(Kind::Deadlock));
    const TODO: Came = Err(None);

    #[test]
    fn the_same_failure_for_the_fourth_time_is_stuck_and_another_one_is_not() {
        let mut class = one();
        class.tell(0, &check(1, &[("a", HANG, 3)]), MINUTE);
        assert_eq!(class.view(MINUTE).stuck, []);
        class.tell(0, &check(2, &[("a", HANG, 4), ("b", TODO, 4)]), 2 * MINUTE);
        let stuck = class.view(3 * MINUTE).stuck;
        assert_eq!(stuck.len(), 1);
        assert_eq!(
            (stuck[0].task.as_str(), stuck[0].long),
            ("05.a", 2 * MINUTE)
        );
        assert_eq!((stuck[0].kind, stuck[0].times), (Some(Kind::Deadlock), 4));
        class.tell(
            0,
            &check(3, &[("a", Err(Some(Kind::Panic)), 1)]),
            4 * MINUTE,
        );
        assert_eq!(class.view(4 * MINUTE).stuck, []);
    }

    #[test]
    fn eight_minutes_without_progress_are_stuck_until_a_task_passes_or_she_walks_away() {
        let mut class = one();
        // The lecture before does not count.
        class.tell(0, &check(1, &[("a", TODO, 1), ("b", TODO, 1)]), 30 * MINUTE);
        assert_eq!(class.view(37 * MINUTE).stuck, []);
        let stuck = class.view(38 * MINUTE).stuck;
        assert_eq!((stuck[0].kind, stuck[0].long), (None, 8 * MINUTE));
        // What passed long ago is no progress.
        class.tell(
            0,
            &check(2, &[("a", Ok(()), 2), ("b", TODO, 2)]),
            38 * MINUTE,
        );
        assert_eq!(class.view(38 * MINUTE).stuck.len(), 1);
        class.tell(
            0,
            &check(3, &[("b", Ok(()), 1), ("c", TODO, 1)]),
            39 * MINUTE,
        );
        assert_eq!(class.view(46 * MINUTE).stuck, []);
        assert_eq!(class.view(47 * MINUTE).stuck[0].task, "05.c");
        assert_eq!(class.view(39 * MINUTE + AWAY + 1).stuck, []);
        // All is done: nobody is stuck any more.
        class.tell(0, &check(4, &[("c", Ok(()), 1)]), 48 * MINUTE);
        assert_eq!(class.view(90 * MINUTE).stuck, []);
    }

    #[test]
    fn a_check_of_one_task_that_passes_does_not_end_the_work_on_others() {
        let mut class = one();
        class.tell(0, &check(1, &[("a", Ok(()), 1)]), 0);
        assert_eq!(class.view(7 * MINUTE).stuck, []);
        let stuck = class.view(8 * MINUTE).stuck;
        assert_eq!((stuck[0].task.as_str(), stuck[0].kind), ("05.b", None));
        let view = class.view(8 * MINUTE);
        assert_eq!((view.troubles.len(), view.idle.len()), (0, 0));
    }

    #[test]
    fn who_has_never_checked_is_told_apart_from_who_is_stuck() {
        let mut class = one();
        class.join(Token::draw().unwrap(), None, MINUTE);
        class.tell(1, &check(1, &[("a", HANG, 1)]), MINUTE);
        let view = class.view(20 * MINUTE);
        assert_eq!(view.stuck.len(), 1);
        let idle: Vec<_> = view
            .idle
            .iter()
            .map(|it| (it.name.as_str(), it.long))
            .collect();
        assert_eq!(idle, [("Guest 1", 20 * MINUTE)]);
    }

    #[test]
    fn another_name_is_still_the_same_participant() {
        let mut class = Class::new(small());
        let name = |text: &str| Name::new(text).unwrap();
        class.join(Token::draw().unwrap(), Some(&name("Ada")), 0);
        class.join(Token::draw().unwrap(), Some(&name("Bob")), 0);
        class.tell(1, &check(1, &[("a", Ok(()), 1)]), 0);
        let rename = Event {
            number: 2,
            ago: 0,
            what: What::Rename { name: name("Ada") },
        };
        assert!(class.tell(1, &rename, 0));
        assert_eq!((class.shown(0), class.shown(1)), ("Ada", "Ada (2)"));
        class.rename(1, &name("Bob"));
        assert_eq!(class.shown(1), "Bob");
        let view = class.view(0);
        assert_eq!((view.present, view.exercises[0].tasks[0].done), (2, 1));
    }

    #[test]
    fn a_participant_whose_line_is_lost_takes_no_number_of_another() {
        let mut class = Class::new(small());
        let (ada, bob) = (Token::draw().unwrap(), Token::draw().unwrap());
        let name = |text: &str| Name::new(text).unwrap();
        assert!(class.join_as(1, bob.clone(), Some(&name("Bob")), 0));
        assert_eq!((class.find(&bob), class.view(0).present), (Some(1), 1));
        assert!(
            !class.tell(0, &hand(1, true), 0),
            "nobody knows who that is"
        );
        assert!(class.tell(1, &hand(1, true), 0));
        // Another one's number, and one that no room has.
        assert!(!class.join_as(1, ada.clone(), Some(&name("Ada")), 0));
        assert!(!class.join_as(usize::MAX, ada, None, 0));
        assert!(class.join_as(1, bob, Some(&name("Eve")), 0));
        assert_eq!((class.shown(1), class.len()), ("Eve", 2));
    }

    #[test]
    fn a_hand_goes_down_at_the_next_pass_and_at_no_other() {
        let mut class = one();
        class.tell(0, &hand(1, true), 0);
        class.tell(0, &check(2, &[("a", Ok(()), 2), ("b", HANG, 1)]), MINUTE);
        let hands = class.view(2 * MINUTE).hands;
        assert_eq!((hands.len(), hands[0].long), (1, 2 * MINUTE));
        assert_eq!(hands[0].task.as_deref(), Some("05.b"));
        class.tell(0, &check(3, &[("b", Ok(()), 1)]), 3 * MINUTE);
        assert_eq!(class.view(3 * MINUTE).hands, []);
        class.tell(0, &hand(4, true), 4 * MINUTE);
        class.tell(0, &hand(5, false), 5 * MINUTE);
        assert_eq!(class.view(5 * MINUTE).hands, []);
    }

    #[test]
    fn names_are_told_apart_and_a_name_is_free_again() {
        let mut class = Class::new(small());
        let name = Name::new("Ada").unwrap();
        for _ in 0..3 {
            class.join(Token::draw().unwrap(), Some(&name), 0);
        }
        class.join(Token::draw().unwrap(), None, 0);
        let shown: Vec<&str> = (0..4).map(|who| class.shown(who)).collect();
        assert_eq!(shown, ["Ada", "Ada (2)", "Ada (3)", "Guest 4"]);
        let leave = Event {
            number: 1,
            ago: 0,
            what: What::Leave,
        };
        class.tell(1, &leave, 0);
        assert_eq!(class.view(0).present, 3);
        // Nothing is heard of who has left.
        assert!(!class.tell(1, &hand(2, true), 0));
        class.join(Token::draw().unwrap(), Some(&name), 0);
        assert_eq!(class.shown(4), "Ada (2)");
    }

    #[test]
    fn clocks_of_participants_do_not_count_and_what_was_sent_late_happened_earlier() {
        let mut class = one();
        let mut late = check(1, &[("a", HANG, 1)]);
        late.ago = 600;
        class.tell(0, &late, 20 * MINUTE);
        assert_eq!(class.view(20 * MINUTE).stuck[0].long, 10 * MINUTE);
        let mut nonsense = check(2, &[("a", HANG, 2)]);
        nonsense.ago = u64::MAX;
        class.tell(0, &nonsense, 21 * MINUTE);
        // Not before what she said earlier.
        assert_eq!(class.view(21 * MINUTE).stuck[0].long, 11 * MINUTE);
    }

    #[test]
    fn what_the_course_does_not_have_is_passed_over() {
        let mut class = one();
        let mut other = check(1, &[("a", HANG, 9)]);
        if let What::Check(check) = &mut other.what {
            check.exercise = Word::new("77-nothing").unwrap();
        }
        assert!(class.tell(0, &other, 0));
        class.tell(0, &check(2, &[("nothing", HANG, 9)]), 0);
        let view = class.view(MINUTE);
        assert_eq!(
            (view.stuck.len(), view.exercises.len(), view.troubles.len()),
            (0, 0, 0)
        );
        assert!(!class.tell(7, &hand(1, true), 0), "nobody");
    }

    #[test]
    fn the_most_common_trouble_comes_first_and_what_is_long_ago_not_at_all() {
        let mut class = Class::new(small());
        for who in 0..5 {
            class.join(Token::draw().unwrap(), None, 0);
            let kind = if who < 2 { Kind::Panic } else { Kind::Deadlock };
            let task = [("a", Ok(()), 1), ("b", Err(Some(kind)), 1)];
            class.tell(who, &check(1, &task), 0);
        }
        let view = class.view(MINUTE);
        let troubles: Vec<_> = view
            .troubles
            .iter()
            .map(|it| (it.kind, it.people))
            .collect();
        assert_eq!(troubles, [(Kind::Deadlock, 3), (Kind::Panic, 2)]);
        let tasks: Vec<_> = view.exercises[0]
            .tasks
            .iter()
            .map(|it| (it.done, it.failing))
            .collect();
        assert_eq!(tasks, [(5, 0), (0, 5), (0, 0)]);
        assert_eq!(class.view(RECENT + 1).troubles, []);
    }

    pub(crate) fn events() -> impl Strategy<Value = Event> {
        let kind = prop::sample::select(vec![Ok(()), TODO, HANG, Err(Some(Kind::Panic))]);
        let name = prop::sample::select(vec!["a", "b", "c", "nothing"]);
        let tasks = prop::collection::vec((name, kind, any::<u32>()), 0..4);
        prop_oneof![
            (any::<u64>(), tasks).prop_map(|(number, tasks)| check(number, &tasks)),
            (any::<u64>(), any::<bool>()).prop_map(|(number, up)| hand(number, up)),
            any::<u64>().prop_map(|number| Event {
                number,
                ago: 3,
                what: What::Leave
            }),
        ]
    }

    proptest! {
        #[test]
        fn what_is_sent_again_changes_nothing(
            events in prop::collection::vec(events(), 0..20),
            again in prop::collection::vec(any::<prop::sample::Index>(), 0..20),
            now: u64,
        ) {
            let mut once = one();
            let mut twice = once.clone();
            for (index, event) in events.iter().enumerate() {
                once.tell(0, event, index as u64);
                twice.tell(0, event, index as u64);
                for known in again.iter().map(|it| it.index(index + 1)) {
                    prop_assert!(!twice.tell(0, &events[known], index as u64));
                }
            }
            prop_assert_eq!(once.view(now), twice.view(now));
        }

        #[test]
        fn no_more_are_done_than_are_there(events in prop::collection::vec((0..4_usize, events()), 0..30), now: u64) {
            let mut class = Class::new(small());
            for _ in 0..3 {
                class.join(Token::draw().unwrap(), None, 0);
            }
            for (who, event) in events {
                class.tell(who, &event, now);
            }
            let view = class.view(now);
            prop_assert!(view.hands.len() <= view.present && view.stuck.len() <= view.present);
            for task in view.exercises.iter().flat_map(|it| &it.tasks) {
                prop_assert!(task.done + task.failing <= view.present);
            }
        }
    }
}
