//! The tasks of an exercise, the answers that they grade, and the known mistakes.

use verdict::Kind;

/// One task: its name, as in `exercise.toml`, and the function that checks an answer.
///
/// `C` is what the check function works with ([`crate::Check`], or the one of `harness-mpi`), `A` the
/// table of answers that [`answers!`](crate::answers) makes.
pub struct Task<C, A> {
    /// The name in `exercise.toml`.
    pub name: &'static str,
    /// Calls the answer with drawn inputs and compares what comes back.
    pub check: fn(&mut C, &A),
}

/// A wrong answer that students really give.
///
/// It takes the place of one answer in the table; all others stay the reference's.
pub struct Mistake<A> {
    /// The task that must notice it.
    pub task: &'static str,
    /// The function's name.
    pub name: &'static str,
    /// What the student did, in one sentence.
    pub about: &'static str,
    /// The kind of failure that it must get.
    pub kind: Kind,
    /// Puts the mistake into the table.
    pub put: fn(&mut A),
}

/// Everything that a check program can grade.
pub struct Suite<C, A: 'static> {
    pub(crate) tasks: Vec<Task<C, A>>,
    pub(crate) workers: Vec<Task<C, A>>,
    pub(crate) answers: A,
    pub(crate) mistakes: Vec<&'static Mistake<A>>,
}

impl<C, A: Clone + 'static> Suite<C, A> {
    /// The answers of the crate under test, and no tasks yet.
    pub fn new(answers: A) -> Self {
        Self {
            tasks: Vec::new(),
            workers: Vec::new(),
            answers,
            mistakes: Vec::new(),
        }
    }

    /// Adds a task.
    pub fn task(mut self, name: &'static str, check: fn(&mut C, &A)) -> Self {
        self.tasks.push(Task { name, check });
        self
    }

    /// Adds what a process does that an answer to this task starts.
    pub fn worker(mut self, name: &'static str, check: fn(&mut C, &A)) -> Self {
        self.workers.push(Task { name, check });
        self
    }

    /// Adds known mistakes.
    pub fn mistakes(mut self, mistakes: &'static [Mistake<A>]) -> Self {
        self.mistakes.extend(mistakes);
        self
    }

    pub(crate) fn find(&self, task: &str) -> Option<&Task<C, A>> {
        self.tasks.iter().find(|known| known.name == task)
    }

    /// The table with one mistake in it, or as the crate under test has it.
    pub(crate) fn table(&self, task: &str, mistake: Option<&str>) -> Option<A> {
        let mut answers = self.answers.clone();
        if let Some(name) = mistake {
            let known = |known: &&&Mistake<A>| known.task == task && known.name == name;
            (self.mistakes.iter().find(known)?.put)(&mut answers);
        }
        Some(answers)
    }
}

/// Declares the table of answers: the functions that an exercise asks for, with their types. The
/// crate under test is `crate::subject`.
///
/// ```
/// mod subject {
///     pub fn double(number: i32) -> i32 {
///         2 * number
///     }
/// }
///
/// harness::answers! {
///     fn double(number: i32) -> i32;
/// }
///
/// # fn main() {
/// assert_eq!((Answers::of_subject().double)(4), 8);
/// # }
/// ```
// `crate` is meant to be the check program's: its `subject` is what differs.
#[allow(clippy::crate_in_macro_def)]
#[macro_export]
macro_rules! answers {
    ($(fn $name:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?;)+) => {
        /// The functions that the exercise asks for.
        #[derive(Clone, Copy)]
        pub struct Answers {
            $(
                #[doc = concat!("`", stringify!($name), "`")]
                pub $name: fn($($argument: $type),*) $(-> $result)?,
            )+
        }

        impl Answers {
            /// The table as the crate under test fills it.
            pub fn of_subject() -> Self {
                Self { $($name: crate::subject::$name,)+ }
            }
        }
    };
}

/// A [`Mistake`]: `mistake!("scatter": scatter = everything_to_all => TooMuchCommunication, "…")`
/// reads: in the task `scatter`, the function `everything_to_all` stands in for the answer
/// `scatter`, and must get that kind of failure.
#[macro_export]
macro_rules! mistake {
    ($task:literal: $answer:ident = $function:ident $(, $other:ident = $partner:ident)* => $kind:ident, $about:literal) => {
        $crate::Mistake {
            task: $task,
            name: stringify!($function),
            about: $about,
            kind: $crate::Kind::$kind,
            put: |answers| {
                answers.$answer = $function;
                $(answers.$other = $partner;)*
            },
        }
    };
}
