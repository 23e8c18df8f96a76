//! Mistakes in the task `waiting`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use rayon::prelude::*;
use std::{sync::mpsc, thread};

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
