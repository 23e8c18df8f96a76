//! Algorithms on data that is spread over ranks: clusters, sorting, training.

use super::canvas::{Align, Canvas, Paint, Point};
use trace::Class;

/// The paints of three clusters: none of them a rank's.
const CLUSTERS: [Paint; 3] = [
    Paint::Call(Class::Send),
    Paint::Call(Class::OneSided),
    Paint::Call(Class::Test),
];

/// Points on two ranks, and the same centers on both.
pub(crate) fn k_means() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Distributed points, replicated centers",
        "Two ranks with twelve points each. Both have the same three centers. Each point has the color of its \
         nearest center. The points stay on their rank; only sums and counts of the three clusters are sent.",
    );
    // In a square from 0 to 100: around three centers, and others on each rank.
    let centers: [Point; 3] = [(22.0, 70.0), (55.0, 25.0), (82.0, 66.0)];
    let points: [[Point; 12]; 2] = [
        [
            (10.0, 62.0),
            (18.0, 84.0),
            (30.0, 76.0),
            (26.0, 56.0),
            (44.0, 18.0),
            (52.0, 38.0),
            (62.0, 14.0),
            (66.0, 30.0),
            (74.0, 78.0),
            (90.0, 74.0),
            (84.0, 52.0),
            (94.0, 60.0),
        ],
        [
            (14.0, 74.0),
            (28.0, 88.0),
            (34.0, 66.0),
            (20.0, 54.0),
            (38.0, 28.0),
            (48.0, 10.0),
            (60.0, 38.0),
            (70.0, 20.0),
            (76.0, 60.0),
            (82.0, 84.0),
            (92.0, 84.0),
            (72.0, 46.0),
        ],
    ];
    for (rank, points) in (0_u32..).zip(&points) {
        let left = 20.0 + 600.0 * f64::from(rank);
        canvas.area((left, 10.0), (560.0, 330.0), Paint::Panel);
        canvas.rank((left + 75.0, 50.0), rank);
        let place = |(x, y): Point| (left + 40.0 + 4.8 * x, 20.0 + 3.1 * y);
        for point in points {
            let away = |center: &Point| (center.0 - point.0).hypot(center.1 - point.1);
            let nearest =
                (0..3).min_by(|one, other| away(&centers[*one]).total_cmp(&away(&centers[*other])));
            canvas.dot(place(*point), 10.0, CLUSTERS[nearest.unwrap_or(0)]);
        }
        for (center, paint) in centers.iter().zip(CLUSTERS) {
            let (x, y) = place(*center);
            canvas.area((x - 15.0, y - 15.0), (30.0, 30.0), paint);
        }
    }
    canvas.note(
        (600.0, 372.0),
        Align::Middle,
        "dots: points, each on one rank; squares: centers, on all ranks",
    );
    canvas
}

/// Odd-even transposition of four ranks with two keys each.
pub(crate) fn odd_even_sort() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 416.0),
        "Odd-even transposition sort",
        "Four ranks with two sorted keys each: 7 8, 5 6, 3 4, 1 2. In round 0 ranks 0 and 1 exchange and 2 and 3; \
         the lower rank keeps the smaller half. In round 1 ranks 1 and 2 exchange, and so on. After four rounds \
         the ranks have 1 2, 3 4, 5 6, 7 8.",
    );
    let mut keys = [[7, 8], [5, 6], [3, 4], [1, 2]];
    let x = |rank: usize| 330.0 + 240.0 * rank as f64;
    let y = |round: usize| 70.0 + 73.0 * round as f64;
    for rank in 0..4_usize {
        canvas.rank((x(rank), 32.0), rank as u32);
    }
    for round in 0..=4_usize {
        for (rank, [one, two]) in keys.iter().enumerate() {
            let at = (x(rank) - 65.0, y(round));
            let text = format!("{one}  {two}");
            canvas.labelled(at, (130.0, 46.0), Paint::Panel, &text);
        }
        if round == 4 {
            break;
        }
        let below = y(round) + 59.5;
        canvas.note((20.0, below), Align::Start, &format!("round {round}"));
        for low in (round % 2..3).step_by(2) {
            let (left, right) = (x(low), x(low + 1));
            canvas.arrow((left + 5.0, below), (right, below), Paint::Ink);
            canvas.arrow((right - 5.0, below), (left, below), Paint::Ink);
            let mut both = [keys[low], keys[low + 1]].concat();
            both.sort_unstable();
            keys[low] = [both[0], both[1]];
            keys[low + 1] = [both[2], both[3]];
        }
    }
    canvas
}

/// Splitters cut each rank's keys into buckets, one for each rank.
pub(crate) fn sample_sort() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 410.0),
        "Sample sort",
        "Three ranks with six sorted keys each. The splitters 10 and 20 cut each list into three buckets. An \
         all-to-all sends the first bucket of each rank to rank 0, the second to rank 1, the third to rank 2. \
         Then each rank sorts what it has: rank 0 has all keys below 10, rank 2 all from 20.",
    );
    let keys: [[u32; 6]; 3] = [
        [2, 5, 11, 14, 23, 28],
        [1, 8, 9, 17, 21, 26],
        [4, 12, 15, 19, 22, 29],
    ];
    let bucket = |key: u32| [10, 20].iter().filter(|splitter| key >= **splitter).count();
    let cell = 66.0;
    canvas.note((170.0, 24.0), Align::Start, "sorted, and cut by 10 and 20");
    canvas.note((810.0, 24.0), Align::Start, "after the all-to-all");
    for (rank, list) in keys.iter().enumerate() {
        let y = 48.0 + 122.0 * rank as f64;
        canvas.rank((80.0, y + 30.0), rank as u32);
        for (index, key) in list.iter().enumerate() {
            let at = (170.0 + cell * index as f64 + 18.0 * bucket(*key) as f64, y);
            canvas.labelled(at, (cell, 60.0), Paint::Rank(rank as u32), &key.to_string());
        }
        let arrived = keys.iter().enumerate().flat_map(|(from, list)| {
            let mine = list.iter().filter(|key| bucket(**key) == rank);
            mine.map(move |key| (from, *key))
        });
        let arrived: Vec<(usize, u32)> = arrived.collect();
        for (index, (from, key)) in arrived.iter().enumerate() {
            let at = (810.0 + 60.0 * index as f64, y);
            canvas.labelled(
                at,
                (60.0, 60.0),
                Paint::Rank(*from as u32),
                &key.to_string(),
            );
        }
        for from in 0..3_usize {
            let start = (612.0, 48.0 + 122.0 * from as f64 + 30.0);
            canvas.arrow(
                start,
                (802.0, y + 20.0 + 10.0 * from as f64),
                Paint::Rank(from as u32),
            );
        }
    }
    canvas.note(
        (170.0, 386.0),
        Align::Start,
        "each list is still sorted by itself",
    );
    canvas
}

/// One step of data-parallel training.
pub(crate) fn training() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 400.0),
        "Data-parallel training",
        "Three ranks with the same weights. Each computes the gradient of its own shard of the samples: the \
         gradients differ. An all-reduce gives all ranks the mean of the gradients. Each makes the same step, and \
         all have the same weights again.",
    );
    canvas.labelled(
        (760.0, 20.0),
        (130.0, 350.0),
        Paint::Call(Class::Collective),
        "all-\nreduce:\nmean",
    );
    for rank in 0..3_u32 {
        let y = 20.0 + 125.0 * f64::from(rank);
        let middle = y + 50.0;
        canvas.rank((80.0, middle), rank);
        for (x, width, paint, text) in [
            (175.0, 150.0, Paint::Panel, "weights".to_owned()),
            (365.0, 150.0, Paint::Rank(rank), format!("shard {rank}")),
            (
                565.0,
                150.0,
                Paint::Rank(rank),
                format!("gradient\nof {rank}"),
            ),
            (
                930.0,
                250.0,
                Paint::Panel,
                "the same new\nweights".to_owned(),
            ),
        ] {
            canvas.labelled((x, y), (width, 100.0), paint, &text);
        }
        for (from, to) in [
            (328.0, 362.0),
            (518.0, 562.0),
            (718.0, 757.0),
            (893.0, 927.0),
        ] {
            canvas.arrow((from, middle), (to, middle), Paint::Ink);
        }
    }
    canvas
}

/// An all-reduce in a ring: first sums come together, then they go round.
pub(crate) fn ring_all_reduce() -> Canvas {
    let mut canvas = Canvas::new(
        (1200.0, 420.0),
        "All-reduce in a ring",
        "Four ranks with a vector of four blocks each. After three steps, in each of which every rank sends one \
         block to the next rank, which adds its own, each rank has the sum of one block. After three more steps \
         all ranks have all sums. In each step a rank sends a quarter of its vector.",
    );
    let (size, cell) = (4_u32, 72.0);
    for (stage, name) in ["at first", "after 3 steps", "after 6 steps"]
        .into_iter()
        .enumerate()
    {
        let left = 180.0 + 350.0 * stage as f64;
        canvas.note((left, 24.0), Align::Start, name);
        for rank in 0..size {
            let y = 55.0 + 84.0 * f64::from(rank);
            if stage == 0 {
                canvas.rank((80.0, y + 31.0), rank);
            }
            for block in 0..size {
                let at = (left + cell * f64::from(block), y);
                // Rank r ends the first half with the sum of block r + 1: the last that it has added to.
                let is_sum = stage == 2 || (stage == 1 && block == (rank + 1) % size);
                let (paint, text) = if is_sum {
                    (Paint::Call(Class::Collective), "sum")
                } else {
                    (Paint::Rank(rank), "")
                };
                canvas.labelled(at, (cell, 62.0), paint, text);
            }
        }
    }
    canvas.note(
        (180.0, 400.0),
        Align::Start,
        "in each step, every rank sends one block to the next rank",
    );
    canvas
}
