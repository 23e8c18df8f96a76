//! Devices: their memory and ours, workgroups, and which rank uses which of them.

use super::canvas::{Align, Canvas, Paint};
use trace::Class;

/// Two memories, and how wide the ways are. An AMD EPYC 9654 with 12 channels of DDR5-4800, and an NVIDIA H100 SXM:
/// the makers' data sheets.
pub(crate) fn host_and_device() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Host and device",
        "On the left the host: a processor with its memory, 460 gigabytes per second between them. On the right the \
         device: a GPU with its memory, 3,350 gigabytes per second. Between host and device a link of 64 gigabytes \
         per second in each direction.",
    );
    for (left, name, unit, memory, rate, rank) in [
        (20.0, "host", "CPU: 96 cores", "its memory", "460 GB/s", 0),
        (
            760.0,
            "device",
            "GPU: 132 multiprocessors",
            "its memory",
            "3,350 GB/s",
            2,
        ),
    ] {
        canvas.area((left, 10.0), (420.0, 380.0), Paint::Panel);
        canvas.text((left + 20.0, 42.0), Align::Start, name);
        canvas.labelled((left + 15.0, 75.0), (390.0, 80.0), Paint::Rank(rank), unit);
        canvas.labelled(
            (left + 15.0, 290.0),
            (390.0, 80.0),
            Paint::Rank(rank),
            memory,
        );
        canvas.arrow((left + 210.0, 160.0), (left + 210.0, 286.0), Paint::Ink);
        canvas.arrow((left + 210.0, 286.0), (left + 210.0, 160.0), Paint::Ink);
        canvas.text((left + 232.0, 222.0), Align::Start, rate);
    }
    canvas.arrow((444.0, 330.0), (756.0, 330.0), Paint::Ink);
    canvas.arrow((756.0, 330.0), (444.0, 330.0), Paint::Ink);
    canvas.text((600.0, 292.0), Align::Middle, "64 GB/s");
    canvas.note((600.0, 366.0), Align::Middle, "each way");
    canvas
}

/// Elements, and the workgroups that are started for them.
pub(crate) fn workgroups() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 350.0),
        "Workgroups",
        "Ten elements, and three workgroups of four invocations each: twelve invocations. Each has the number of its \
         element. The last two, 10 and 11, have none, and must do nothing.",
    );
    canvas.note((20.0, 50.0), Align::Start, "elements");
    canvas.note((20.0, 215.0), Align::Start, "invocations");
    let cell = 80.0;
    for index in 0..12_u32 {
        let group = index / 4;
        let x = 200.0 + cell * f64::from(index) + 10.0 * f64::from(group);
        if index < 10 {
            canvas.labelled(
                (x, 20.0),
                (cell - 4.0, 60.0),
                Paint::Panel,
                &index.to_string(),
            );
            canvas.arrow((x + 38.0, 182.0), (x + 38.0, 84.0), Paint::Ink);
        }
        let (at, size) = ((x, 185.0), (cell - 4.0, 60.0));
        if index < 10 {
            canvas.labelled(at, size, Paint::Rank(group), &index.to_string());
        } else {
            canvas.hollow(at, size, Paint::Rank(group));
            canvas.note((x + 38.0, 215.0), Align::Middle, &index.to_string());
        }
        if index % 4 == 0 {
            let text = format!("workgroup {group}");
            canvas.note((x + 155.0, 275.0), Align::Middle, &text);
        }
    }
    canvas.note(
        (1180.0, 325.0),
        Align::End,
        "10 and 11 have no element: they do nothing",
    );
    canvas
}

/// A sum in a tree, in the memory of one workgroup.
pub(crate) fn tree_sum() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 415.0),
        "A sum in workgroup memory",
        "Eight numbers: 3, 1, 4, 1, 5, 9, 2, 6. With stride 4, invocations 0 to 3 each add the number four places \
         further on: 8, 10, 6, 7. With stride 2, invocations 0 and 1: 14, 17. With stride 1, invocation 0: 31.",
    );
    let mut numbers = [3, 1, 4, 1, 5, 9, 2, 6];
    let (cell, mut y) = (105.0, 12.0);
    let x = |index: usize| 330.0 + cell * index as f64;
    let mut active = numbers.len();
    loop {
        for (index, number) in numbers.iter().enumerate() {
            let paint = if index < active {
                Paint::Rank(0)
            } else {
                Paint::Panel
            };
            let text = if index < active {
                number.to_string()
            } else {
                String::new()
            };
            canvas.labelled((x(index), y), (cell - 6.0, 56.0), paint, &text);
        }
        let stride = active / 2;
        if stride == 0 {
            break;
        }
        canvas.note(
            (20.0, y + 84.0),
            Align::Start,
            &format!("stride {stride}, then wait"),
        );
        for index in 0..stride {
            numbers[index] += numbers[index + stride];
            let to = (x(index) + 50.0, y + 109.0);
            canvas.arrow(
                (x(index + stride) + 50.0, y + 58.0),
                (to.0 + 14.0, to.1),
                Paint::Dim,
            );
            canvas.arrow((to.0, y + 58.0), to, Paint::Ink);
        }
        active = stride;
        y += 113.0;
    }
    canvas
}

/// Copies and kernels one after the other, and at the same time.
pub(crate) fn copy_and_compute() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "Copying and computing at the same time",
        "Four pieces. Above, each piece is copied to the device and then added up, one after the other: eight units \
         of time. Below, while piece 0 is added up, piece 1 is copied already, and so on: five units of time.",
    );
    let unit = 116.0;
    for (top, name, lag) in [
        (10.0, "one after the other", 2_u32),
        (225.0, "at the same time", 1),
    ] {
        canvas.text((20.0, top + 18.0), Align::Start, name);
        for (lane, text) in ["copy", "kernel"].into_iter().enumerate() {
            let y = top + 78.0 + 68.0 * lane as f64;
            canvas.note((20.0, y), Align::Start, text);
        }
        for piece in 0..4_u32 {
            let copy = 150.0 + unit * f64::from(lag * piece);
            let size = (unit - 6.0, 58.0);
            let text = format!("piece {piece}");
            canvas.labelled(
                (copy, top + 49.0),
                size,
                Paint::Call(Class::Exchange),
                &text,
            );
            let at = (copy + unit, top + 117.0);
            canvas.labelled(at, size, Paint::Call(Class::Compute), &text);
        }
    }
    let end = |units: f64| 150.0 + unit * units;
    canvas.line((end(5.0), 230.0), (end(5.0), 400.0), Paint::Dim);
    canvas.line((end(8.0), 20.0), (end(8.0), 400.0), Paint::Dim);
    canvas.note(((end(5.0) + end(8.0)) / 2.0, 370.0), Align::Middle, "saved");
    canvas
}

/// Ranks on nodes with two devices each, placed in turn.
pub(crate) fn ranks_and_devices() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "Ranks and devices",
        "Two nodes with two devices each. The launcher has placed ranks in turn: ranks 0 and 2 on node 0, ranks 1 and \
         3 on node 1. On each node the first rank is local rank 0 and uses device 0, the second is local rank 1 and \
         uses device 1.",
    );
    for node in 0..2_u32 {
        let left = 20.0 + 600.0 * f64::from(node);
        canvas.area((left, 10.0), (560.0, 400.0), Paint::Panel);
        canvas.text((left + 20.0, 42.0), Align::Start, &format!("node {node}"));
        for local in 0..2_u32 {
            let x = left + 150.0 + 260.0 * f64::from(local);
            let rank = node + 2 * local;
            canvas.rank((x, 115.0), rank);
            canvas.note((x, 172.0), Align::Middle, &format!("local rank {local}"));
            canvas.arrow((x, 200.0), (x, 286.0), Paint::Ink);
            let text = format!("device {local}");
            canvas.labelled((x - 105.0, 290.0), (210.0, 90.0), Paint::Rank(rank), &text);
        }
    }
    canvas
}

/// From each device's sum to the sum of all.
pub(crate) fn all_devices() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 390.0),
        "Every rank its device, one all-reduce",
        "Three ranks, each with a device. Each device adds up its own numbers in its memory and sends one number to \
         its host. One all-reduce adds the numbers of all ranks.",
    );
    canvas.labelled(
        (920.0, 20.0),
        (250.0, 350.0),
        Paint::Call(Class::Collective),
        "one all-reduce\nof one number",
    );
    for rank in 0..3_u32 {
        let y = 20.0 + 125.0 * f64::from(rank);
        let middle = y + 50.0;
        canvas.labelled(
            (20.0, y),
            (350.0, 100.0),
            Paint::Rank(rank),
            "device: a billion\nnumbers, added up",
        );
        canvas.arrow((374.0, middle), (596.0, middle), Paint::Ink);
        canvas.note((485.0, middle - 26.0), Align::Middle, "8 bytes");
        canvas.rank((665.0, middle), rank);
        canvas.arrow((734.0, middle), (916.0, middle), Paint::Ink);
        canvas.note((825.0, middle - 26.0), Align::Middle, "8 bytes");
    }
    canvas
}
