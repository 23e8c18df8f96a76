//! Mistakes in the task `waiting`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use rayon::prelude::*;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, mpsc},
    thread,
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("waiting": waiting = one_after_another => WrongOperation,
        "waits for one answer before it asks for the next"),
    mistake!("waiting": waiting = joins_at_once => WrongOperation,
        "starts a thread for each wait and joins it before it starts the next"),
    mistake!("waiting": waiting = one_for_each_core => WrongOperation,
        "takes a pool with as many threads as cores, as if waiting needed one"),
    mistake!("waiting": waiting = as_they_come => WrongResult,
        "returns the answers in the order in which they came"),
    mistake!("waiting": waiting = asks_the_first_for_all => WrongResult,
        "asks for the first name in every thread"),
    mistake!("waiting": waiting = equal_names_once => WrongResult,
        "asks once where two names are the same"),
    mistake!("waiting": waiting = in_the_order_of_the_alphabet => WrongResult,
        "returns the answers in the order of the alphabet"),
    mistake!("waiting": waiting = sixty_four_at_a_time => WrongOperation,
        "asks for 64 names at the same time, and then for the next 64"),
    mistake!("waiting": waiting = kept_from_an_earlier_call => WrongResult,
        "keeps the answers to names that it has asked for before"),
    mistake!("waiting": waiting = looks_answers_up_by_name => WrongResult,
        "asks for every name, and gives equal names the same answer"),
    mistake!("waiting": waiting = asks_nobody_for_an_empty_name => WrongResult,
        "does not ask where a name is empty"),
    mistake!("waiting": waiting = asks_again => WrongResult,
        "asks again when the answer is empty"),
    mistake!("waiting": waiting = trims => WrongResult,
        "cuts blanks and line ends off the answers"),
    mistake!("waiting": waiting = kept_by_place => WrongResult,
        "keeps the answer to a name at a place for the next call"),
];

type Ask<'a> = &'a (dyn Fn(&str) -> String + Sync);

fn one_after_another(names: &[&str], ask: Ask) -> Vec<String> {
    names.iter().map(|name| ask(name)).collect()
}

fn joins_at_once(names: &[&str], ask: Ask) -> Vec<String> {
    thread::scope(|scope| {
        names
            .iter()
            .map(|name| scope.spawn(move || ask(name)))
            .map(|wait| wait.join().unwrap())
            .collect()
    })
}

fn one_for_each_core(names: &[&str], ask: Ask) -> Vec<String> {
    names.par_iter().map(|name| ask(name)).collect()
}

fn as_they_come(names: &[&str], ask: Ask) -> Vec<String> {
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for name in names {
            let sender = sender.clone();
            scope.spawn(move || sender.send(ask(name)).unwrap());
        }
    });
    drop(sender);
    receiver.into_iter().collect()
}

fn asks_the_first_for_all(names: &[&str], ask: Ask) -> Vec<String> {
    let same: Vec<&str> = names.iter().map(|_| names[0]).collect();
    threading_solution::waiting(&same, ask)
}

fn equal_names_once(names: &[&str], ask: Ask) -> Vec<String> {
    let different: BTreeSet<&str> = names.iter().copied().collect();
    let different: Vec<&str> = different.into_iter().collect();
    let answers = threading_solution::waiting(&different, ask);
    let answer = |name: &&str| answers[different.binary_search(name).unwrap()].clone();
    names.iter().map(answer).collect()
}

fn in_the_order_of_the_alphabet(names: &[&str], ask: Ask) -> Vec<String> {
    let mut names = names.to_vec();
    names.sort_unstable();
    threading_solution::waiting(&names, ask)
}

fn sixty_four_at_a_time(names: &[&str], ask: Ask) -> Vec<String> {
    let some = names.chunks(64);
    some.flat_map(|names| threading_solution::waiting(names, ask))
        .collect()
}

fn kept_from_an_earlier_call(names: &[&str], ask: Ask) -> Vec<String> {
    static KEPT: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());
    threading_solution::waiting(names, &|name| {
        let answer = ask(name);
        let mut kept = KEPT.lock().unwrap();
        kept.entry(name.to_owned()).or_insert(answer).clone()
    })
}

fn looks_answers_up_by_name(names: &[&str], ask: Ask) -> Vec<String> {
    let answers = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for name in names {
            let answers = &answers;
            scope.spawn(move || {
                let answer = ask(name);
                answers.lock().unwrap().insert(*name, answer)
            });
        }
    });
    let answers = answers.into_inner().unwrap();
    names.iter().map(|name| answers[name].clone()).collect()
}

fn asks_nobody_for_an_empty_name(names: &[&str], ask: Ask) -> Vec<String> {
    threading_solution::waiting(names, &|name| match name {
        "" => String::new(),
        name => ask(name),
    })
}

fn asks_again(names: &[&str], ask: &(dyn Fn(&str) -> String + Sync)) -> Vec<String> {
    threading_solution::waiting(names, &|name| match ask(name) {
        answer if answer.is_empty() => ask(name),
        answer => answer,
    })
}

fn trims(names: &[&str], ask: Ask) -> Vec<String> {
    threading_solution::waiting(names, &|name| ask(name).trim_end().to_owned())
}

fn kept_by_place(names: &[&str], ask: Ask) -> Vec<String> {
    static KEPT: Mutex<BTreeMap<(usize, String), String>> = Mutex::new(BTreeMap::new());
    let answers = threading_solution::waiting(names, ask);
    let mut kept = KEPT.lock().unwrap();
    let places = names.iter().enumerate();
    let keys = places.map(|(place, name)| (place, String::from(*name)));
    keys.zip(answers)
        .map(|(key, answer)| kept.entry(key).or_insert(answer).clone())
        .collect()
}
