//! Each kind of verdict that there is, from a wrong answer in the student's file.

use crate::{
    answer::{Answer, HERE},
    command::{check, failure, statuses, task},
    course::{Course, STUDENT, course},
};
use verdict::{
    Failure, Kind, Status,
    Status::{Failed, NotStarted, Passed},
    Where,
};

#[track_caller]
fn is(failure: &Failure, kind: Kind, ranks: u32, rank: Option<u32>, words: &[&str]) {
    let found = (failure.kind, failure.ranks, failure.rank);
    assert_eq!(found, (kind, Some(ranks), rank), "{failure:#?}");
    for word in words {
        assert!(
            failure.message.contains(word),
            "no `{word}` in {failure:#?}"
        );
    }
}

/// The place that comes first is this line of the student's file.
#[track_caller]
fn is_at(failure: &Failure, line: Option<u32>) {
    let place = &failure.places[0];
    assert_eq!(place.file.as_deref(), Some(STUDENT), "{failure:#?}");
    assert_eq!(place.line, line, "{failure:#?}");
}

/// What a report says of one rank.
#[track_caller]
fn of_rank(failure: &Failure, rank: u32) -> &Where {
    let mut places = failure.places.iter();
    let found = places.find(|place| place.rank == Some(rank));
    found.unwrap_or_else(|| panic!("nothing of rank {rank} in {failure:#?}"))
}

/// MPICH calls all sends that are complete at once by one handle: those of later tasks are not taken for the one that
/// was forgotten, and neither is its memory.
#[test]
fn a_request_that_is_forgotten_costs_its_own_task_only() {
    let course = course();
    let reference = course.read("solutions/04-deadlock-avoidance/src/lib.rs");
    let answer = reference
        .replace(
            "let sending = next.immediate_send(scope, mine);",
            "let copy: &'static [f64] = Box::leak(mine.to_vec().into_boxed_slice());
            let sending = next.immediate_send(request::StaticScope, copy);",
        )
        .replace("sending.wait();", "std::mem::forget(sending);");
    assert_ne!(answer, reference);
    course.write("exercises/04-deadlock-avoidance/src/lib.rs", &answer);
    let report = check(&course, "04 --ranks 1,2,3,4");
    statuses(&report, &[("nonblocking", Failed)], Passed);
    let nonblocking = task(&report, "nonblocking");
    assert_eq!(nonblocking.ranks, [1], "{nonblocking:#?}");
    for leak in &nonblocking.failures {
        is(leak, Kind::RequestLeak, 1, Some(0), &["MPI_Isend"]);
    }
}

/// Ends of a rank of every kind, tasks that are not started, and between them tasks that pass: each
/// is reported for itself, and what comes after the end of a job is run in a new one.
#[test]
fn a_rank_that_dies_costs_its_own_task_only() {
    let course = course();
    let answer = Answer::reference(&course)
        .with(
            "barrier",
            "enter();
            if world.rank() == 1 {
                std::process::exit(0); // HERE
            }
            world.barrier();
            leave();",
        )
        .with(
            "broadcast_array",
            "if world.rank() == 3 {
                std::process::abort(); // HERE
            }
            world.process_at_rank(root).broadcast_into(numbers);",
        )
        .with(
            "scatter",
            "fn deeper(number: u64) -> u64 {
                let room = std::hint::black_box([number; 64]);
                deeper(number + 1) + room[7] // HERE
            }
            if world.rank() == 2 {
                return vec![deeper(0) as i32];
            }
            world.barrier();
            all.unwrap_or_default().to_vec()",
        )
        .with(
            "gather",
            "if world.rank() == 2 {
                let mut shell = std::process::Command::new(\"sh\");
                shell.args([\"-c\", \"kill -9 $PPID\"]).status().unwrap();
            }
            world.barrier();
            Some(mine.to_vec())",
        )
        .with(
            "all_gather",
            "if world.rank() == 0 && world.size() > 1 {
                panic!(\"no \\\"table\\\",\\nnot today\"); // HERE
            }
            let row: Vec<i32> = (1..).take(width).map(|column| factor * column).collect();
            let mut table = vec![0; width * world.size() as usize];
            world.all_gather_into(&row[..], &mut table[..]);
            table",
        )
        .with(
            "reduce_sum",
            "let mut sums = mine.to_vec();
            sums[mine.len()] += 1; // HERE
            (world.rank() == 0).then_some(sums)",
        )
        .with(
            "by_hand",
            "if world.rank() == 1 {
                world.abort(5); // HERE
            }
            if world.size() > 1 {
                world.process_at_rank(1).receive_into(numbers);
            }
            0",
        )
        .with("own_operation", "    todo!(\"tomorrow\")")
        .with(
            "all_reduce",
            "if world.rank() == 1 {
                todo!()
            }
            let mut sum = 0.0;
            world.all_reduce_into(&mine.iter().sum::<f64>(), &mut sum, SystemOperation::sum());
            sum / mine.len() as f64",
        )
        .with(
            "scan",
            "if world.size() > 1 {
                mpi_extra::below::read_nothing(); // HERE
            }
            (0, items)",
        )
        .with(
            "all_to_all",
            "if world.rank() == 3 {
                std::thread::spawn(|| {
                    panic!(\"in another thread\"); // HERE
                })
                .join();
            }
            world.barrier();
            // With one rank the rest is a matrix of its own, turned.
            let column = |at| rows.iter().skip(at).step_by(height).copied();
            (0..height).flat_map(column).collect()",
        );
    let answer = answer.with_c(&course);
    answer.submit(&course);
    let report = check(&course, "05 --ranks 1,4");

    statuses(
        &report,
        &[
            ("barrier", Failed),
            ("broadcast-array", Failed),
            ("scatter", Failed),
            ("gather", Failed),
            ("all-gather", Failed),
            ("reduce", Failed),
            ("own-operation", NotStarted),
            ("all-reduce", NotStarted),
            ("scan", Failed),
            ("all-to-all", Failed),
            ("by-hand", Failed),
        ],
        Passed,
    );
    let at = |name: &str| answer.line(name, HERE);
    let found = |name| failure(&report, name);

    let exit = found("barrier");
    is(exit, Kind::Crash, 4, Some(1), &["rank 1 of 4", "`exit`"]);
    is_at(exit, at("barrier"));

    let abort = found("broadcast-array");
    is(abort, Kind::Crash, 4, Some(3), &["SIGABRT"]);
    is_at(abort, at("broadcast_array"));

    // Said before MPI is entered: what its end of a process looks like differs.
    let ended = found("by-hand");
    is(
        ended,
        Kind::Crash,
        4,
        Some(1),
        &["ended the job with MPI_Abort, code 5"],
    );
    is_at(ended, at("by_hand"));
    assert_eq!(ended.places[0].call.as_deref(), Some("MPI_Abort"));

    let overflow = found("scatter");
    let words = ["ran out of stack", "`deeper` calls itself endlessly"];
    is(overflow, Kind::Crash, 4, Some(2), &words);
    // The stack ends where the function takes its room, or where it calls itself.
    let own = answer.line("scatter", "fn deeper")..=at("scatter");
    assert!(own.contains(&overflow.places[0].line), "{overflow:#?}");

    let killed = found("gather");
    is(killed, Kind::Crash, 4, Some(2), &["without reporting why"]);

    let panic = found("all-gather");
    let words = ["rank 0 of 4 panicked: no \"table\",\nnot today"];
    is(panic, Kind::Panic, 4, Some(0), &words);
    is_at(panic, at("all_gather"));
    assert!(panic.input.as_ref().unwrap().contains("factors ["));

    // The line is the answer's, not the library's; and it fails with one rank already.
    let index = found("reduce");
    is(index, Kind::Panic, 1, Some(0), &["index out of bounds"]);
    is_at(index, at("reduce_sum"));

    let fault = found("scan");
    assert_eq!((fault.kind, fault.ranks), (Kind::Crash, Some(4)));
    assert!(fault.message.contains("SIGSEGV"), "{fault:#?}");
    is_at(fault, at("scan"));

    let thread = found("all-to-all");
    is(thread, Kind::Panic, 4, Some(3), &["in another thread"]);
    is_at(thread, at("all_to_all"));

    assert_eq!(task(&report, "own-operation").ranks, [1]);
    assert_eq!(task(&report, "all-reduce").ranks, [1, 4]);
    assert_eq!(task(&report, "by-hand").ranks, [1, 4]);
    assert_eq!(task(&report, "own-operation").failures, []);
}

#[test]
fn wrong_results_and_wrong_ways_are_told_apart() {
    let course = course();
    let answer = Answer::reference(&course)
        .with("barrier", "enter();\nleave();")
        .with(
            "broadcast_array",
            "for number in numbers {
                world.process_at_rank(root).broadcast_into(number);
            }",
        )
        .with(
            "scatter",
            "let mut all = all.map_or(vec![0; block * world.size() as usize], <[i32]>::to_vec);
            world.process_at_rank(0).broadcast_into(&mut all[..]);
            all[block * world.rank() as usize..][..block].to_vec()",
        )
        .with(
            "gather",
            "let root = world.process_at_rank(0);
            if world.rank() != 0 {
                root.gather_into(mine);
                return None;
            }
            let mut all = vec![0; mine.len() * world.size() as usize];
            root.gather_into_root(mine, &mut all[..]);
            if mine.len() == 64 && world.size() == 3 {
                all[100] = -7;
            }
            Some(all)",
        )
        .with(
            "all_reduce",
            "if world.size() > 1 && world.rank() == 0 {
                world.process_at_rank(1).send_with_tag(&7, 42);
            }
            let own = [mine.iter().sum(), mine.len() as f64];
            let mut total = [0.0; 2];
            world.all_reduce_into(&own[..], &mut total[..], SystemOperation::sum());
            total[0] / total[1]",
        )
        .with(
            "reduce_sum",
            "if world.size() > 1 && world.rank() == 0 {
                world.process_at_rank(1).send(&[1_i64; 8][..]);
            }
            if world.rank() == 1 {
                let mut short = [0_i64; 4];
                world.process_at_rank(0).receive_into(&mut short[..]); // HERE
            }
            Some(mine.to_vec())",
        )
        .with(
            "own_operation",
            "if world.rank() == world.size() - 1 {
                world.process_at_rank(0).send_with_tag(mine, -5); // HERE
            }
            world.barrier();
            None",
        )
        .with(
            "scan",
            "let mut end = 0;
            world.scan_into(&items, &mut end, SystemOperation::sum());
            (end, end + items)",
        )
        .with(
            "by_hand",
            "if world.rank() != 0 {
                world.process_at_rank(0).receive_into(numbers);
                return 0;
            }
            for rank in 1..world.size() {
                world.process_at_rank(rank).send(numbers);
            }
            world.size() as usize - 1",
        );
    answer.submit(&course);
    let report = check(&course, "05 --ranks 1,3,5");

    let wrong = [
        "barrier",
        "broadcast-array",
        "scatter",
        "gather",
        "reduce",
        "own-operation",
        "all-reduce",
        "scan",
        "by-hand",
    ];
    let wrong: Vec<(&str, Status)> = wrong.iter().map(|name| (*name, Failed)).collect();
    statuses(&report, &wrong, Passed);
    let found = |name| failure(&report, name);

    let words = ["rank 0 of 3", "never called MPI_Barrier"];
    is(found("barrier"), Kind::WrongOperation, 3, Some(0), &words);
    let words = ["5 messages and collectives begun, but 1 is enough"];
    let many = found("broadcast-array");
    is(many, Kind::TooMuchCommunication, 3, Some(0), &words);
    is(
        found("scatter"),
        Kind::WrongOperation,
        3,
        Some(0),
        &["MPI_Scatter"],
    );

    // Cut to the part that differs: 192 numbers would help nobody.
    let long = found("gather");
    let words = [
        "rank 0 of 3 returned Some([… 98 more, ",
        "(first difference at index 100)",
    ];
    is(long, Kind::WrongResult, 3, Some(0), &words);
    assert_eq!(long.input.as_deref(), Some("64 numbers on each of 3 ranks"));
    let (actual, expected) = (long.actual.as_ref(), long.expected.as_ref());
    assert!(actual.unwrap().contains(", -7, "), "{long:#?}");
    assert!(!expected.unwrap().contains(", -7, "), "{long:#?}");
    assert!(expected.unwrap().chars().count() < 120, "{long:#?}");
    is_at(long, answer.line("gather", "pub fn gather"));

    let lost = found("all-reduce");
    let words = ["rank 0 with tag 42", "rank 1 of 3", "was never received"];
    is(lost, Kind::UnmatchedMessage, 3, Some(1), &words);

    let short = found("reduce");
    is(short, Kind::Truncation, 3, Some(1), &["MPI_Recv", "longer"]);
    is_at(short, answer.line("reduce_sum", HERE));
    assert_eq!(short.places[0].call.as_deref(), Some("MPI_Recv"));

    let refused = found("own-operation");
    is(
        refused,
        Kind::InvalidArgument,
        1,
        Some(0),
        &["MPI_Send", "tag"],
    );
    is_at(refused, answer.line("own_operation", HERE));

    let pair = found("scan");
    is(
        pair,
        Kind::WrongResult,
        1,
        Some(0),
        &["rank 0 of 1 returned ("],
    );
    assert_ne!(pair.actual, pair.expected);

    // On three ranks a line is no worse than a tree.
    let line = found("by-hand");
    is(
        line,
        Kind::TooMuchCommunication,
        5,
        Some(0),
        &["4 messages from one rank"],
    );
}

#[test]
fn who_does_not_answer_is_asked_where_he_is() {
    let course = course();
    let answer = Answer::reference(&course)
        .with(
            "barrier",
            "enter();
            if world.rank() == 0 && world.size() > 1 {
                let _ = world.process_at_rank(1).receive_with_tag::<i32>(9); // HERE
            }
            world.barrier(); // OTHERS
            leave();",
        )
        .with(
            "scatter",
            "if world.rank() == 1 {
                loop {
                    std::hint::spin_loop(); // HERE
                }
            }
            vec![0; block]",
        )
        .with(
            "all_reduce",
            "if world.rank() == 2 {
                return 1.0;
            }
            let mut sum = 0.0;
            world.all_reduce_into(&1.0, &mut sum, SystemOperation::sum()); // HERE
            sum",
        );
    answer.submit(&course);
    let report = check(&course, "05 --ranks 3 --time-limit 3");
    statuses(
        &report,
        &[
            ("barrier", Failed),
            ("scatter", Failed),
            ("all-reduce", Failed),
        ],
        Passed,
    );

    let waits = failure(&report, "barrier");
    let words = ["ranks 0 and 1 wait for each other", "MPI_Barrier"];
    is(waits, Kind::Deadlock, 3, None, &words);
    let receiver = of_rank(waits, 0);
    assert_eq!(
        receiver,
        &Where {
            rank: Some(0),
            call: Some("MPI_Recv".into()),
            peer: Some(1),
            tag: Some(9),
            file: Some(STUDENT.into()),
            line: answer.line("barrier", HERE),
            label: None,
        }
    );
    for rank in [1, 2] {
        let place = of_rank(waits, rank);
        assert_eq!(place.call.as_deref(), Some("MPI_Barrier"));
        assert_eq!(place.line, answer.line("barrier", "// OTHERS"));
    }

    let computes = failure(&report, "scatter");
    is(computes, Kind::Timeout, 3, None, &["1 of 3 ranks"]);
    let place = of_rank(computes, 1);
    assert_eq!((place.call.as_ref(), place.peer), (None, None));
    let own = answer.line("scatter", "loop")..=answer.line("scatter", HERE);
    assert!(own.contains(&place.line), "{computes:#?}");
    assert_eq!(computes.places.len(), 1, "{computes:#?}");

    let left_alone = failure(&report, "all-reduce");
    let words = ["MPI_Allreduce for rank 2", "has returned from the task"];
    is(left_alone, Kind::Deadlock, 3, None, &words);
    for rank in [0, 1] {
        let place = of_rank(left_alone, rank);
        assert_eq!(place.call.as_deref(), Some("MPI_Allreduce"));
        assert_eq!(place.line, answer.line("all_reduce", HERE));
    }
}

#[test]
fn limits_become_verdicts() {
    let course = course();
    let answer = Answer::reference(&course)
        .with(
            "barrier",
            "if world.rank() == 1 {
                loop {
                    println!(\"round and round\");
                }
            }
            world.barrier();",
        )
        .with(
            "scatter",
            "let mut all: Vec<Vec<u8>> = Vec::new();
            while world.rank() == 1 {
                all.push(vec![1; 1 << 20]);
            }
            world.barrier();
            vec![0; block]",
        )
        .with(
            "gather",
            "let too_much = vec![1_u8; 1 << 46]; // HERE
            Some(vec![too_much[7].into()])",
        );
    answer.submit(&course);
    let report = check(&course, "05 --ranks 2 --memory-limit 700 --output-limit 64");
    statuses(
        &report,
        &[("barrier", Failed), ("scatter", Failed), ("gather", Failed)],
        Passed,
    );
    let printed = failure(&report, "barrier");
    is(
        printed,
        Kind::OutputLimit,
        2,
        Some(1),
        &["rank 1 of 2", "64 KiB"],
    );
    let tail = printed.printed.as_ref().unwrap();
    assert!(tail.contains("round and round\nround and round"), "{tail}");
    let used = failure(&report, "scatter");
    is(used, Kind::MemoryLimit, 2, Some(1), &["rank 1", "700 MiB"]);
    let asked = failure(&report, "gather");
    assert_eq!((asked.kind, asked.ranks), (Kind::MemoryLimit, Some(2)));
    is_at(asked, answer.line("gather", HERE));
}

#[test]
fn a_stub_is_not_started_and_costs_no_failure() {
    let course = course();
    let report = check(&course, "05");
    statuses(&report, &[], NotStarted);
    assert!(report.tasks.iter().all(|task| task.failures.is_empty()));
    assert!(report.mpi.is_some());
    assert_eq!(report.exercise, "05-collectives");
}

/// The program of the last build starts while cargo looks whether anything has changed.
#[test]
fn what_has_changed_is_built_before_it_is_judged() {
    let course = course();
    let check = || course.xtask("check 05.barrier --solution --ranks 2").run();
    assert_eq!(check().code, Some(0));
    // Not the answers: nothing but cargo knows that the program is made of this file too.
    course.change(
        "exercises/05-collectives/checks/order.rs",
        "pub fn barrier(check: &mut Check, answers: &Answers) {",
        "pub fn barrier(check: &mut Check, answers: &Answers) {\n    check.require(false, \
         harness_mpi::Kind::WrongResult, || String::from(\"is judged anew\"));",
    );
    let said = check();
    assert!(said.stdout.contains("is judged anew"), "{said:#?}");
}

#[test]
fn the_reference_passes_at_every_rank_count_and_at_one_that_the_seed_draws() {
    let course = course();
    for (seed, drawn) in [(8, 5), (6, 11)] {
        let report = check(&course, &format!("05 --solution --seed {seed}"));
        statuses(&report, &[], Passed);
        for task in &report.tasks {
            // A tree needs more ranks to show what is wrong with it.
            let own: &[u32] = if task.name == "by-hand" {
                &[6, 7, 9]
            } else {
                &[]
            };
            let mut counts = [&[1, 2, 3, 4, drawn], own].concat();
            counts.sort_unstable();
            assert_eq!(task.ranks, counts, "{}", task.name);
        }
    }
}

#[test]
fn an_answer_that_uses_the_world_is_told_so() {
    let course = course();
    let world = "let world = &SimpleCommunicator::world();";
    let answer = Answer::reference(&course)
        .with("all_reduce", &format!("{world}\n    let mut total = [0.0; 2];\n    world.all_reduce_into(&[mine.iter().sum(), mine.len() as f64][..], &mut total[..], SystemOperation::sum());\n    total[0] / total[1]"))
        .with("barrier", &format!("{world}\n    enter();\n    world.barrier();\n    leave();"));
    answer.submit(&course);
    let report = check(&course, "05");
    for name in ["all-reduce", "barrier"] {
        let first = &task(&report, name).failures[0];
        // A process of the world takes no part, even where there is a single rank.
        assert_eq!(
            (first.kind, first.ranks),
            (Kind::Deadlock, Some(1)),
            "{first:?}"
        );
        let cause = "on MPI_COMM_WORLD instead of on the communicator that the function is given";
        assert!(first.message.contains(cause), "{first:?}");
    }
}

#[test]
fn an_answer_that_does_not_compile_is_shown_as_the_compiler_prints_it() {
    let course = course();
    let answer = Answer::reference(&course).with("scatter", "    \"five\" // HERE");
    answer.submit(&course);
    let line = answer.line("scatter", HERE);
    let report = check(&course, "05");
    statuses(&report, &[], Status::NotRun);
    let first = &task(&report, "scatter").failures[0];
    assert_eq!((first.kind, first.ranks), (Kind::Build, None));
    assert_eq!(first.message, "mismatched types");
    is_at(first, line);

    let said = course.xtask("check 05").run();
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(1), ""),
        "{said:#?}"
    );
    assert!(said.stdout.starts_with("error[E0308]: mismatched types\n"));
    let place = format!("--> {STUDENT}:{}:", line.unwrap());
    assert!(said.stdout.contains(&place), "{said:#?}");
    for ours in ["Collectives", "Next", "cargo xtask", "todo"] {
        assert!(!said.stdout.contains(ours), "{ours} in {said:#?}");
    }
}

/// The same answer is built once and judged in many ways.
#[test]
fn a_seed_repeats_the_inputs_and_the_words() {
    let course = course();
    scatter_backwards(&course);
    let words = |seed: &str| {
        let report = check(&course, &format!("05.scatter {seed}"));
        (report.seed, failure(&report, "scatter").message.clone())
    };
    let first = words("");
    assert_eq!(words(&format!("--seed {}", first.0)), first);
    assert_eq!(words("--seed 7").0, 7);
    assert_ne!(words("--seed 7").1, words("--seed 8").1);
    // The other tasks do not change what is drawn for this one.
    let whole = check(&course, "05 --seed 7");
    assert_eq!(failure(&whole, "scatter").message, words("--seed 7").1);
}

pub fn scatter_backwards(course: &Course) {
    let body = "let size = world.size() as usize;
        let mut all = all.map_or(vec![0; block * size], <[i32]>::to_vec);
        world.process_at_rank(0).broadcast_into(&mut all[..]);
        all.rotate_left((size > 1).into());
        all[..block].to_vec()";
    Answer::reference(course)
        .with("scatter", body)
        .submit(course);
}

#[test]
fn a_wrong_result_is_shown_at_the_one_of_two_functions_that_gave_it() {
    let course = course();
    let answer = Answer::reference(&course).with("reduce_max", "    None");
    answer.submit(&course);
    let report = check(&course, "05.reduce --ranks 2");
    let found = failure(&report, "reduce");
    assert_eq!(found.kind, Kind::WrongResult);
    let line = answer.line("reduce_max", "pub fn reduce_max");
    assert_eq!(found.places.len(), 1, "{found:#?}");
    assert_eq!(found.places[0].line, line, "{found:#?}");
}
