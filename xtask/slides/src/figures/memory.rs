//! Who sees which memory: threads, processes, nodes, and how far away it is.

use super::canvas::{Align, Canvas, Paint};

/// Threads in one process: one memory, seen by all.
pub(crate) fn threads() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "Threads share memory",
        "One process with four threads. Each thread has its own stack; all four read and write one heap, \
         where they see the same variables.",
    );
    canvas.area((20.0, 20.0), (1160.0, 390.0), Paint::Panel);
    canvas.text((50.0, 55.0), Align::Start, "one process");
    for thread in 0..4_u32 {
        let x = 70.0 + 275.0 * f64::from(thread);
        let text = format!("thread {thread}\nits own stack");
        canvas.labelled((x, 95.0), (235.0, 90.0), Paint::Rank(thread), &text);
        let middle = x + 117.5;
        canvas.arrow((middle, 190.0), (middle, 275.0), Paint::Ink);
    }
    canvas.labelled(
        (70.0, 280.0),
        (1060.0, 100.0),
        Paint::Panel,
        "heap and static variables, which every thread reads and writes",
    );
    canvas
}

/// Processes: each its own memory; a message is the only way.
pub(crate) fn processes() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "Processes have their own memory",
        "Three processes side by side, each with its own variable x; the values are 1, 2 and 3. A message \
         goes from each process to the next: the only way from one memory to another.",
    );
    for (process, value) in [(0, "x = 1"), (1, "x = 2"), (2, "x = 3")] {
        let x = 20.0 + 430.0 * f64::from(process);
        canvas.area((x, 20.0), (300.0, 390.0), Paint::Panel);
        let text = format!("process {process}");
        canvas.labelled((x + 30.0, 45.0), (240.0, 70.0), Paint::Rank(process), &text);
        canvas.note((x + 150.0, 165.0), Align::Middle, "its own memory");
        canvas.labelled((x + 60.0, 210.0), (180.0, 70.0), Paint::Panel, value);
        if process < 2 {
            canvas.arrow((x + 300.0, 350.0), (x + 430.0, 350.0), Paint::Ink);
            canvas.note((x + 365.0, 318.0), Align::Middle, "message");
        }
    }
    canvas
}

/// One memory, many cores.
pub(crate) fn shared() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Shared memory",
        "Four cores above one memory. Each core has its own cache, and every core can access all of the memory.",
    );
    for core in 0..4_u32 {
        let x = 60.0 + 280.0 * f64::from(core);
        let text = format!("core {core}\ncache");
        canvas.labelled((x, 20.0), (240.0, 100.0), Paint::Rank(core), &text);
        canvas.line((x + 120.0, 124.0), (x + 120.0, 236.0), Paint::Ink);
    }
    canvas.line((60.0, 180.0), (1140.0, 180.0), Paint::Ink);
    let text = "one memory, which every core can read and write";
    canvas.labelled((60.0, 240.0), (1080.0, 110.0), Paint::Panel, text);
    canvas
}

/// Every core its own memory.
pub(crate) fn distributed() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 380.0),
        "Distributed memory",
        "Four nodes, each with its own memory, joined by a network. No node can access another's memory.",
    );
    for node in 0..4_u32 {
        let x = 60.0 + 280.0 * f64::from(node);
        let text = format!("node {node}");
        canvas.labelled((x, 20.0), (240.0, 70.0), Paint::Rank(node), &text);
        canvas.labelled((x, 94.0), (240.0, 90.0), Paint::Panel, "its memory");
        canvas.line((x + 120.0, 188.0), (x + 120.0, 266.0), Paint::Ink);
    }
    let text = "network: data for another node must be sent";
    canvas.labelled((60.0, 270.0), (1080.0, 80.0), Paint::Panel, text);
    canvas
}

/// Inside a node: sockets, cores, caches, and which memory is near.
pub(crate) fn node() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 430.0),
        "Inside a node",
        "A node with two sockets. Each socket has four cores with their own caches of level 1 and 2, one cache of \
         level 3 that its cores share, and its own memory: a NUMA domain. A link joins the sockets: each core \
         can access all of the memory, and the other socket's memory is slower.",
    );
    for socket in 0..2_u32 {
        let x = 20.0 + 610.0 * f64::from(socket);
        canvas.area((x, 20.0), (550.0, 340.0), Paint::Panel);
        let text = format!("socket {socket}: NUMA domain {socket}");
        canvas.text((x + 20.0, 52.0), Align::Start, &text);
        for core in 0..4_u32 {
            let at = (x + 20.0 + 128.0 * f64::from(core), 85.0);
            let text = format!("core {}\nL1, L2", 4 * socket + core);
            canvas.labelled(at, (124.0, 84.0), Paint::Rank(socket), &text);
        }
        let text = "L3 cache, shared by the cores";
        canvas.labelled((x + 20.0, 179.0), (508.0, 62.0), Paint::Panel, text);
        let text = format!("memory {socket}, near these cores");
        canvas.labelled((x + 20.0, 251.0), (508.0, 92.0), Paint::Panel, &text);
    }
    canvas.line((572.0, 297.0), (628.0, 297.0), Paint::Ink);
    let text = "every core can access all memory; across the link it is slower";
    canvas.note((600.0, 395.0), Align::Middle, text);
    canvas
}

/// Nodes of many cores, and where ranks and threads go.
pub(crate) fn hybrid() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "Hybrid: ranks between nodes, threads inside",
        "Two nodes joined by a network. On each node run two ranks, and each rank has four threads that share \
         its memory. Ranks send messages, even to a rank on the same node.",
    );
    for node in 0..2_u32 {
        let x = 20.0 + 600.0 * f64::from(node);
        canvas.area((x, 20.0), (560.0, 350.0), Paint::Panel);
        canvas.text(
            (x + 25.0, 52.0),
            Align::Start,
            &format!("node {node}, 8 cores"),
        );
        for seat in 0..2_u32 {
            let rank = 2 * node + seat;
            let left = x + 25.0 + 260.0 * f64::from(seat);
            let text = format!("rank {rank}");
            canvas.labelled((left, 85.0), (250.0, 60.0), Paint::Rank(rank), &text);
            for thread in 0..4_u32 {
                let place = (left + 63.0 * f64::from(thread), 155.0);
                canvas.labelled(
                    place,
                    (61.0, 70.0),
                    Paint::Rank(rank),
                    &format!("t{thread}"),
                );
            }
            let text = "its memory";
            canvas.labelled((left, 240.0), (250.0, 100.0), Paint::Panel, text);
        }
        canvas.line((x + 280.0, 374.0), (x + 280.0, 400.0), Paint::Ink);
    }
    canvas.labelled((20.0, 400.0), (1160.0, 60.0), Paint::Panel, "network");
    canvas
}

/// How far away a number is. Orders of magnitude of a server of 2020: Hennessy and Patterson,
/// Computer Architecture, 6th edition, figure 2.1.
pub(crate) fn hierarchy() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 480.0),
        "The memory hierarchy",
        "From the registers to the drive, each level is larger and slower. Registers of a few KiB take 0.3 \
         nanoseconds, a level-1 cache of 64 KiB takes 1, a level-2 cache of about 1 MiB takes 5, a level-3 \
         cache of 30 to 400 MiB takes 20, memory of hundreds of GiB takes 100, another node's memory about \
         1,000, a solid-state drive of several TB about 100,000 nanoseconds.",
    );
    let levels = [
        ("registers", "a few KiB", "0.3 ns"),
        ("cache, level 1", "64 KiB", "1 ns"),
        ("cache, level 2", "about 1 MiB", "5 ns"),
        ("cache, level 3", "30 to 400 MiB", "20 ns"),
        ("memory", "hundreds of GiB", "100 ns"),
        ("another node's memory", "× nodes", "1,000 ns"),
        ("solid-state drive", "several TB", "100,000 ns"),
    ];
    for (index, (name, size, time)) in levels.into_iter().enumerate() {
        let y = 10.0 + 66.0 * index as f64;
        let width = 330.0 + 50.0 * index as f64;
        let paint = Paint::Rank([4, 0, 2, 6, 1, 5, 7][index]);
        canvas.labelled((345.0 - width / 2.0, y), (width, 58.0), paint, name);
        canvas.note((700.0, y + 29.0), Align::Start, size);
        canvas.text((960.0, y + 29.0), Align::Start, time);
    }
    canvas
}
