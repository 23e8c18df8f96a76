//! What runs where and when, without messages: machines, queues, threads, tasks.

use super::canvas::{Align, Canvas, Paint, Point};
use trace::Class;

/// A cluster, from the laptop to the nodes.
pub(crate) fn cluster() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "A cluster",
        "A laptop connects by ssh to the login node. Jobs are submitted there, and the scheduler starts them on \
         the compute nodes. A fast network joins the compute nodes, and all nodes see one file system.",
    );
    canvas.labelled((20.0, 150.0), (180.0, 90.0), Paint::Panel, "your laptop");
    canvas.arrow((200.0, 195.0), (330.0, 195.0), Paint::Ink);
    canvas.note((265.0, 165.0), Align::Middle, "ssh");
    canvas.labelled((330.0, 150.0), (180.0, 90.0), Paint::Panel, "login node");
    canvas.arrow((510.0, 195.0), (645.0, 195.0), Paint::Ink);
    canvas.note((578.0, 165.0), Align::Middle, "job");
    for node in 0..4_u32 {
        let y = 20.0 + 92.0 * f64::from(node);
        let text = format!("node {node}: 128 cores, 512 GB");
        canvas.labelled((650.0, y), (385.0, 72.0), Paint::Rank(node), &text);
        canvas.line((1037.0, y + 36.0), (1044.0, y + 36.0), Paint::Ink);
    }
    canvas.labelled((1046.0, 20.0), (140.0, 348.0), Paint::Panel, "network");
    let text = "file system, seen by every node: /home, /scratch";
    canvas.labelled((330.0, 400.0), (850.0, 60.0), Paint::Panel, text);
    canvas.line((420.0, 244.0), (420.0, 396.0), Paint::Dim);
    canvas.line((1116.0, 372.0), (1116.0, 396.0), Paint::Dim);
    canvas
}

/// Jobs of different width and length on eight nodes; the small one slips in.
pub(crate) fn queue() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "A scheduler fills nodes over time",
        "Nodes on the vertical axis, time on the horizontal one. Job A takes 4 of 8 nodes for two hours, B the \
         other 4 for one hour. C needs all 8 nodes for two hours and must wait until A ends. D is small and \
         short: it starts before C, in the gap that B leaves, and delays no other job. This is called \
         backfilling.",
    );
    let origin: Point = (90.0, 380.0);
    let (hour, node) = (260.0, 40.0);
    canvas.axes(origin, (1080.0, 345.0), "time", "8 nodes");
    let mut job = |from: f64, first: f64, hours: f64, nodes: f64, rank: u32, text: &str| {
        let at = (
            origin.0 + from * hour + 3.0,
            origin.1 - (first + nodes) * node + 3.0,
        );
        let size = (hours * hour - 6.0, nodes * node - 6.0);
        canvas.labelled(at, size, Paint::Rank(rank), text);
    };
    job(0.0, 0.0, 2.0, 4.0, 0, "A: 4 nodes, 2 hours");
    job(0.0, 4.0, 1.0, 4.0, 1, "B: 4 nodes, 1 h");
    job(1.0, 4.0, 1.0, 2.0, 2, "D: 2 nodes, 1 h");
    job(
        2.0,
        0.0,
        2.0,
        8.0,
        3,
        "C: 8 nodes, 2 hours\nwaits until all are free",
    );
    for hours in 1..=4_u32 {
        let x = origin.0 + f64::from(hours) * hour;
        canvas.note((x, origin.1 + 26.0), Align::Middle, &format!("{hours} h"));
    }
    canvas
}

/// Two tasks on one core, and on two.
pub(crate) fn concurrent_parallel() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "Concurrent and parallel",
        "Above, one core takes turns on two tasks: concurrent, and not done any sooner. Below, two cores work on \
         one task each at the same time: parallel, and done in half the time.",
    );
    canvas.text(
        (20.0, 35.0),
        Align::Start,
        "concurrent: one core takes turns",
    );
    canvas.note((20.0, 95.0), Align::Start, "core 0");
    for turn in 0..8_u32 {
        let x = 140.0 + 128.0 * f64::from(turn);
        let text = ["A", "B"][turn as usize % 2];
        canvas.labelled((x, 65.0), (124.0, 60.0), Paint::Rank(turn % 2), text);
    }
    canvas.text(
        (20.0, 195.0),
        Align::Start,
        "parallel: two cores work at the same time",
    );
    for core in 0..2_u32 {
        let y = 225.0 + 72.0 * f64::from(core);
        canvas.note((20.0, y + 30.0), Align::Start, &format!("core {core}"));
        for turn in 0..4_u32 {
            let x = 140.0 + 128.0 * f64::from(turn);
            let text = ["A", "B"][core as usize];
            canvas.labelled((x, y), (124.0, 60.0), Paint::Rank(core), text);
        }
    }
    canvas.arrow((140.0, 385.0), (1170.0, 385.0), Paint::Dim);
    canvas.note((660.0, 345.0), Align::Start, "half the time");
    canvas
}

/// The same work on parts of the data.
pub(crate) fn data_parallel() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 330.0),
        "Data parallel",
        "A row of twelve numbers in four parts of three. Four workers do the same work, each on its own part.",
    );
    for part in 0..4_u32 {
        let x = 30.0 + 290.0 * f64::from(part);
        let texts: Vec<String> = (1..=3).map(|cell| (3 * part + cell).to_string()).collect();
        let cells: Vec<(&str, Paint)> = texts
            .iter()
            .map(|text| (text.as_str(), Paint::Rank(part)))
            .collect();
        canvas.cells((x, 20.0), (88.0, 64.0), &cells);
        canvas.arrow((x + 132.0, 88.0), (x + 132.0, 160.0), Paint::Ink);
        let text = format!("worker {part}\nsquares each");
        canvas.labelled((x, 164.0), (264.0, 96.0), Paint::Panel, &text);
    }
    canvas.note(
        (600.0, 300.0),
        Align::Middle,
        "the same work on different parts of the data",
    );
    canvas
}

/// Different work, connected.
pub(crate) fn task_parallel() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 330.0),
        "Task parallel",
        "A pipeline of four different tasks: read, decode, detect, write. Each has its own worker, and while \
         one writes picture 1, the one before it already works on picture 2.",
    );
    for (index, task) in ["read", "decode", "detect", "write"]
        .into_iter()
        .enumerate()
    {
        let x = 30.0 + 300.0 * index as f64;
        let picture = 4 - index;
        canvas.labelled((x, 40.0), (240.0, 90.0), Paint::Rank(index as u32), task);
        canvas.note(
            (x + 120.0, 170.0),
            Align::Middle,
            &format!("picture {picture}"),
        );
        if index < 3 {
            canvas.arrow((x + 242.0, 85.0), (x + 298.0, 85.0), Paint::Ink);
        }
    }
    canvas.note(
        (600.0, 290.0),
        Align::Middle,
        "different work at the same time, on data that flows through",
    );
    canvas
}

/// Fork and join of a slice.
pub(crate) fn fork_join() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "Fork and join",
        "The main thread spawns three threads, each works on its part, some longer than others, and the main \
         thread goes on when the last has been joined.",
    );
    let (fork, join) = (270.0, 900.0);
    canvas.labelled((20.0, 50.0), (250.0, 64.0), Paint::Rank(0), "main");
    canvas.labelled((join, 50.0), (270.0, 64.0), Paint::Rank(0), "main goes on");
    canvas.dashed((fork, 82.0), (join, 82.0), Paint::Dim);
    canvas.note((585.0, 50.0), Align::Middle, "waits");
    for (thread, width) in [(1_u32, 420.0), (2, 560.0), (3, 330.0)] {
        let y = 60.0 + 90.0 * f64::from(thread);
        canvas.bent(
            (fork, 82.0),
            (fork, y + 32.0),
            (330.0, y + 32.0),
            Paint::Ink,
        );
        let text = format!("thread {thread}");
        canvas.labelled((330.0, y), (width, 64.0), Paint::Rank(thread), &text);
        canvas.dashed((330.0 + width, y + 32.0), (join, y + 32.0), Paint::Dim);
    }
    canvas.line((join, 114.0), (join, 362.0), Paint::Ink);
    canvas.note((join, 400.0), Align::Middle, "join: wait for the slowest");
    canvas.note((fork, 400.0), Align::Middle, "spawn");
    canvas
}

/// How a count gets lost between two threads.
pub(crate) fn lost_update() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "A lost update",
        "A counter is 5. Thread 0 reads 5, thread 1 reads 5, thread 0 writes 6, thread 1 writes 6. Two \
         additions were made, and the counter is 6: one of them is lost.",
    );
    let step = |index: f64| 330.0 + 230.0 * index;
    for (row, name) in ["thread 0", "memory", "thread 1"].into_iter().enumerate() {
        let y = 70.0 + 140.0 * row as f64;
        let paint = [Paint::Rank(0), Paint::Panel, Paint::Rank(1)][row];
        canvas.labelled((20.0, y - 32.0), (170.0, 64.0), paint, name);
        canvas.line((192.0, y), (1180.0, y), Paint::Dim);
    }
    let actions = [
        (0.0, 0_u32, "reads 5"),
        (1.0, 1, "reads 5"),
        (2.0, 0, "writes 6"),
        (3.0, 1, "writes 6"),
    ];
    for (index, thread, text) in actions {
        let (x, y) = (step(index), if thread == 0 { 70.0 } else { 350.0 });
        canvas.labelled(
            (x - 85.0, y - 30.0),
            (170.0, 60.0),
            Paint::Rank(thread),
            text,
        );
        let edge = if thread == 0 { y + 32.0 } else { y - 32.0 };
        let memory = if thread == 0 {
            210.0 - 34.0
        } else {
            210.0 + 34.0
        };
        if text.starts_with("reads") {
            canvas.arrow((x, memory), (x, edge), Paint::Ink);
        } else {
            canvas.arrow((x, edge), (x, memory), Paint::Ink);
        }
    }
    for (index, value) in [(0.0, "5"), (1.0, "5"), (2.0, "6"), (3.0, "6")] {
        canvas.labelled(
            (step(index) - 35.0, 178.0),
            (70.0, 64.0),
            Paint::Panel,
            value,
        );
    }
    canvas.warning((1110.0, 262.0), Align::Start, "not 7");
    canvas
}

/// Two threads, two locks, a cycle.
pub(crate) fn lock_order() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "Two locks in a cycle",
        "Thread 0 holds lock A and waits for lock B. Thread 1 holds lock B and waits for lock A. The arrows \
         form a cycle, and neither thread goes on.",
    );
    canvas.labelled((60.0, 170.0), (230.0, 90.0), Paint::Rank(0), "thread 0");
    canvas.labelled((910.0, 170.0), (230.0, 90.0), Paint::Rank(1), "thread 1");
    canvas.labelled((485.0, 30.0), (230.0, 90.0), Paint::Panel, "lock A");
    canvas.labelled((485.0, 310.0), (230.0, 90.0), Paint::Panel, "lock B");
    canvas.arrow((482.0, 75.0), (230.0, 166.0), Paint::Ink);
    canvas.arrow((718.0, 355.0), (970.0, 264.0), Paint::Ink);
    canvas.arrow((230.0, 264.0), (482.0, 355.0), Paint::Wrong);
    canvas.arrow((970.0, 166.0), (718.0, 75.0), Paint::Wrong);
    canvas.note((330.0, 85.0), Align::End, "held by");
    canvas.note((870.0, 345.0), Align::Start, "held by");
    canvas.warning((330.0, 345.0), Align::End, "waits for");
    canvas.warning((870.0, 85.0), Align::Start, "waits for");
    canvas
}

/// Parent and child fill each other's pipes.
pub(crate) fn pipe_deadlock() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Two full pipes",
        "The parent writes all its input before it reads any answer. The pipe to the child is full, because \
         the child does not read: it waits to write, since the pipe back is also full. Both wait.",
    );
    canvas.labelled(
        (30.0, 130.0),
        (240.0, 130.0),
        Paint::Rank(0),
        "parent\nwaits to write",
    );
    canvas.labelled(
        (930.0, 130.0),
        (240.0, 130.0),
        Paint::Rank(1),
        "child\nwaits to write",
    );
    let full = [("64 KiB, full", Paint::Panel)];
    canvas.cells((430.0, 60.0), (340.0, 66.0), &full);
    canvas.cells((430.0, 264.0), (340.0, 66.0), &full);
    canvas.arrow((272.0, 160.0), (426.0, 95.0), Paint::Wrong);
    canvas.arrow((774.0, 95.0), (926.0, 160.0), Paint::Dim);
    canvas.arrow((926.0, 230.0), (774.0, 297.0), Paint::Wrong);
    canvas.arrow((426.0, 297.0), (272.0, 230.0), Paint::Dim);
    canvas.note((600.0, 30.0), Align::Middle, "standard input");
    canvas.note((600.0, 365.0), Align::Middle, "standard output");
    canvas
}

fn farm(canvas: &mut Canvas, shares: [&[f64]; 3], end: f64) {
    let hour = 80.0;
    for (worker, tasks) in (0_u32..).zip(shares) {
        let y = 30.0 + 90.0 * f64::from(worker);
        canvas.labelled(
            (20.0, y),
            (170.0, 64.0),
            Paint::Rank(worker),
            &format!("worker {worker}"),
        );
        let mut x = 210.0;
        for length in tasks {
            let size = (length * hour - 4.0, 64.0);
            canvas.labelled(
                (x, y),
                size,
                Paint::Call(Class::Compute),
                &length.to_string(),
            );
            x += length * hour;
        }
        // As in the other figures, waiting is dashed.
        let last = 210.0 + end * hour;
        if x < last {
            canvas.dashed((x, y + 32.0), (last - 6.0, y + 32.0), Paint::Dim);
        }
    }
    let x = 210.0 + end * hour;
    canvas.line((x, 15.0), (x, 300.0), Paint::Ink);
    canvas.note(
        (x - 12.0, 330.0),
        Align::End,
        &format!("done after {end} minutes"),
    );
}

/// Tasks assigned in advance.
pub(crate) fn farm_static() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "Static scheduling",
        "Nine tasks of 1 to 5 minutes, three for each of three workers, assigned in advance. One worker has \
         5, 4 and 3 and ends after 12 minutes; the others end after 6 and 4 minutes, and wait.",
    );
    farm(
        &mut canvas,
        [&[5.0, 4.0, 3.0], &[2.0, 3.0, 1.0], &[1.0, 2.0, 1.0]],
        12.0,
    );
    canvas
}

/// The next task goes to the first free worker.
pub(crate) fn farm_dynamic() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 360.0),
        "Dynamic scheduling",
        "The same nine tasks in the same order; each worker takes the next one as soon as it is free. All end \
         after 7 or 8 minutes.",
    );
    // In the order 5 4 3 2 3 1 1 2 1: the first free worker takes the next.
    farm(
        &mut canvas,
        [&[5.0, 1.0, 2.0], &[4.0, 3.0], &[3.0, 2.0, 1.0, 1.0]],
        8.0,
    );
    canvas
}

/// Tasks, results and stop messages between a manager and two workers.
pub(crate) fn manager_worker() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 390.0),
        "Manager and workers",
        "Time goes from left to right. The manager, rank 0, sends a task to each of the workers, ranks 1 and 2. A \
         worker sends its result back, and gets the next task. When there are no tasks left, the answer to a \
         result is a message with the stop tag.",
    );
    let lane = |rank: u32| [192.0, 50.0, 334.0][rank as usize];
    for (rank, name) in [(0, "manager"), (1, "worker"), (2, "worker")] {
        let y = lane(rank);
        let text = format!("rank {rank}\n{name}");
        canvas.labelled((20.0, y - 38.0), (150.0, 76.0), Paint::Rank(rank), &text);
        // A worker waits for its next message whenever it has no task, until it is told to stop.
        match rank {
            0 => canvas.line((172.0, y), (1180.0, y), Paint::Dim),
            1 => canvas.dashed((172.0, y), (1132.0, y), Paint::Dim),
            _ => canvas.dashed((172.0, y), (991.0, y), Paint::Dim),
        }
    }
    for (worker, task, from, to) in [
        (1, 0, 285.0, 518.0),
        (2, 1, 438.0, 843.0),
        (1, 2, 669.0, 984.0),
    ] {
        let at = (from, lane(worker) - 30.0);
        let paint = Paint::Call(Class::Compute);
        canvas.labelled(at, (to - from, 60.0), paint, &format!("task {task}"));
    }
    for (worker, text, from, to) in [
        (1, "task 0", 216.0, 282.0),
        (2, "task 1", 369.0, 436.0),
        (1, "result", 510.0, 577.0),
        (1, "task 2", 600.0, 666.0),
        (2, "result", 835.0, 902.0),
        (2, "stop", 925.0, 991.0),
        (1, "result", 976.0, 1042.0),
        (1, "stop", 1066.0, 1132.0),
    ] {
        let (up, air) = (worker == 1, if text == "stop" { 4.0 } else { 36.0 });
        let (manager, worker) = if up {
            (lane(0) - 6.0, lane(1) + air)
        } else {
            (lane(0) + 6.0, lane(2) - air)
        };
        let middle = ((from + to) / 2.0, (manager + worker) / 2.0);
        if text == "result" {
            canvas.arrow((from, worker), (to, manager), Paint::Ink);
            canvas.note((middle.0 - 16.0, middle.1), Align::End, text);
        } else {
            canvas.arrow((from, manager), (to, worker), Paint::Ink);
            canvas.note((middle.0 + 16.0, middle.1), Align::Start, text);
        }
    }
    canvas
}

/// One program, started as many processes.
pub(crate) fn one_program() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "One program, many processes",
        "mpiexec -n 4 starts the same program four times. Each process is told its rank, 0 to 3, and \
         the number of processes, 4.",
    );
    canvas.labelled(
        (390.0, 20.0),
        (420.0, 70.0),
        Paint::Panel,
        "mpiexec -n 4 ./program",
    );
    for rank in 0..4_u32 {
        let x = 40.0 + 290.0 * f64::from(rank);
        canvas.arrow(
            (600.0 + 60.0 * (f64::from(rank) - 1.5), 94.0),
            (x + 125.0, 206.0),
            Paint::Ink,
        );
        canvas.area((x, 210.0), (250.0, 190.0), Paint::Panel);
        canvas.rank((x + 125.0, 255.0), rank);
        canvas.note((x + 125.0, 325.0), Align::Middle, "./program");
        canvas.note((x + 125.0, 365.0), Align::Middle, "size 4");
    }
    canvas
}
