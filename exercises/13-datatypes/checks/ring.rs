//! The checks of the tasks in which each rank sends to the next: `column`, `block`, `indexed` and `transpose`.

use super::{
    Answers, LARGE, Numbers,
    lean::{self, Side},
    only_on_few, part,
};
use crate::subject::Place;
use harness_mpi::{Bounds, Check, plural};

/// The rank before this one, in a ring.
fn previous(check: &Check) -> usize {
    (check.rank() + check.size() - 1) % check.size()
}

/// Room for one message with this many numbers to the next rank, and one from the previous rank.
fn one_message(numbers: usize) -> Bounds {
    let bytes = 8 * numbers as u64;
    Bounds {
        given: bytes,
        got: bytes,
        calls: 1,
    }
}

/// "a matrix of 3 × 4".
fn matrix_of([rows, columns]: [usize; 2]) -> String {
    format!("a matrix of {rows} × {columns}")
}

pub fn column(check: &mut Check, answers: &Answers) {
    let large = LARGE + check.draw(1..1000);
    let mut shapes = vec![
        // Each as large, as wide or as high as the one before: what was made for that does not fit.
        [3, 3],
        [3, 3],
        [9, 3],
        [9, 4],
        [1, 1],
        [check.draw(2..6), check.draw(7..12)],
        [check.draw(7..12), check.draw(2..6)],
        [1, 6],
        [6, 1],
    ];
    shapes.extend(
        only_on_few(check, [[2, large], [large, 2]])
            .into_iter()
            .flatten(),
    );
    for (index, shape) in shapes.into_iter().enumerate() {
        let [rows, columns] = shape;
        // The first, the last, and any.
        let column = match index % 3 {
            0 => columns - 1,
            1 => 0,
            _ => check.draw(0..columns),
        };
        let input = format!("column {column} of {}", matrix_of(shape));
        let right = part(check, &input, |check| {
            let numbers = Numbers::new(check);
            let matrix = numbers.of(check.rank(), rows * columns);
            let theirs = numbers.of(previous(check), rows * columns);
            let mut received = vec![-1.0; rows];
            let seen = lean::observe(check, |world| {
                (answers.column)(world, &matrix, columns, column, &mut received);
            });
            let expected: Vec<f64> = (0..rows)
                .map(|row| theirs[row * columns + column])
                .collect();
            let why = "it is the column of the previous rank, from the first row to the last";
            let why_type = "one datatype describes all elements of a column";
            let _ = check.holds("received", received, expected, why)
                && seen.moves(check, one_message(rows), "one message holds the column")
                && seen.copies_nothing(check, "the column", 8 * rows as u64, 0)
                && (rows == 1 || columns == 1 || seen.described(check, Side::Sent, why_type));
        });
        if !right {
            return;
        }
    }
}

pub fn block(check: &mut Check, answers: &Answers) {
    let (high, wide) = (check.draw(2..5), check.draw(2..5));
    // The block, then shape and corner of its source, and of its destination.
    let mut parts = vec![
        ([1, 2], [[4, 4], [0, 0]], [[4, 4], [0, 0]]),
        ([1, 2], [[4, 4], [1, 2]], [[4, 4], [2, 0]]),
        ([1, 1], [[1, 1], [0, 0]], [[1, 1], [0, 0]]),
        ([1, 3], [[5, 4], [4, 1]], [[2, 9], [1, 0]]),
        ([4, 1], [[4, 6], [0, 5]], [[7, 3], [3, 2]]),
        // Matrices of the same shape, as wide, or of the same size.
        ([2, 3], [[4, 5], [1, 1]], [[4, 5], [1, 1]]),
        ([3, 2], [[6, 5], [2, 1]], [[8, 5], [4, 2]]),
        ([2, 2], [[4, 6], [1, 2]], [[6, 4], [0, 1]]),
        // As wide as the matrix, or all of it, on either side.
        ([3, 5], [[6, 5], [2, 0]], [[8, 7], [5, 1]]),
        ([3, 5], [[9, 6], [2, 1]], [[5, 5], [1, 0]]),
        ([3, 5], [[9, 6], [2, 1]], [[3, 5], [0, 0]]),
    ];
    let large = ([275, 300], [[280, 312], [3, 7]], [[290, 310], [11, 0]]);
    parts.extend(only_on_few(check, large));
    let mut around = |block: [usize; 2]| {
        let corner = [check.draw(1..5), check.draw(6..9)];
        let shape = [0, 1].map(|side| corner[side] + block[side] + check.draw(1..4));
        [shape, corner]
    };
    // With other numbers on all sides. A single column, or a single number, is no row.
    for block in [[high, wide], [high, 1], [1, 1]] {
        parts.insert(2, (block, around(block), around(block)));
    }
    for (block, [here, corner], [there, other]) in parts {
        let from = Place {
            shape: here,
            corner,
        };
        let to = Place {
            shape: there,
            corner: other,
        };
        let input = format!(
            "a block of {} × {}, from row {} and column {} of {}, to row {} and column {} of {}",
            block[0],
            block[1],
            corner[0],
            corner[1],
            matrix_of(here),
            other[0],
            other[1],
            matrix_of(there)
        );
        let right = part(check, &input, |check| {
            let numbers = Numbers::new(check);
            let field = numbers.of(check.rank(), here[0] * here[1]);
            let theirs = numbers.of(previous(check), here[0] * here[1]);
            // The old contents belong to no rank.
            let before = numbers.of(check.size(), there[0] * there[1]);
            let mut copy = before.clone();
            let seen = lean::observe(check, |world| {
                (answers.block)(world, block, &field, from, &mut copy, to);
            });
            let mut expected = before;
            for row in 0..block[0] {
                let start = |shape: [usize; 2], corner: [usize; 2]| {
                    (corner[0] + row) * shape[1] + corner[1]
                };
                expected[start(there, other)..][..block[1]]
                    .copy_from_slice(&theirs[start(here, corner)..][..block[1]]);
            }
            let why = "the block of the previous rank is in its place, and all other elements are unchanged";
            let elements = block[0] * block[1];
            let apart = |shape: [usize; 2]| block[0] > 1 && block[1] < shape[1];
            let why_type = "a datatype describes a block of a matrix";
            let _ = check.holds("copy", copy, expected, why)
                && seen.moves(check, one_message(elements), "one message holds the block")
                && seen.copies_nothing(check, "the block", 8 * elements as u64, 0)
                && (!apart(here) || seen.described(check, Side::Sent, why_type))
                && (!apart(there) || seen.described(check, Side::Received, why_type));
        });
        if !right {
            return;
        }
    }
}

pub fn indexed(check: &mut Check, answers: &Answers) {
    let some = check.draw(5..12);
    // Points, numbers of each, and how many are on the list.
    let mut parts = vec![
        (9, 1, 4),
        // Two lists of the same length.
        (some, 3, 2 * some),
        (some, 3, 2 * some),
        (some, 2, 0),
        (1, 2, 3),
        (some, check.draw(1..5), 1),
        (12, 2, 5),
        (9, 2, 6),
        (9, 3, 7),
    ];
    let large = [(6_000, LARGE / 4_000, 5_000), (LARGE, 1, 4)];
    parts.extend(only_on_few(check, large).into_iter().flatten());
    for (points, width, length) in parts {
        let mut positions = check.draw_vec(length, 0..points);
        match length {
            // From the last to the first; then any, some of them twice.
            4 => positions = vec![points - 1, 5, 1, 0],
            // Each could also be the place where a point of two numbers begins.
            5 => positions = vec![10, 0, 6, 8, 6],
            // As far apart as the first and the last of a range with as many points.
            6 => positions = vec![2, 5, 3, 6, 4, 7],
            // The same, in ascending order: one position is missing, and another is there twice.
            7 => positions = vec![1, 2, 2, 4, 5, 6, 7],
            2.. => positions[1] = positions[0],
            _ => {}
        }
        let shown = match length {
            0 => String::from("no positions"),
            few if few < 24 => format!("the positions {positions:?}"),
            many => format!("{many} positions"),
        };
        let input = format!(
            "{} of {} each, and {shown}",
            plural(points as u64, "point"),
            plural(width as u64, "number")
        );
        let right = part(check, &input, |check| {
            let numbers = Numbers::new(check);
            let given = numbers.of(check.rank(), points * width);
            let theirs = numbers.of(previous(check), points * width);
            let mut received = vec![-1.0; length * width];
            let seen = lean::observe(check, |world| {
                (answers.indexed)(world, &given, width, &positions, &mut received);
            });
            let point = |position: &usize| &theirs[position * width..][..width];
            let expected: Vec<f64> = positions.iter().flat_map(point).copied().collect();
            let why = "they are the points of the previous rank, in the order of the list";
            // Lengths and displacements of several kinds, and what the view reads of them.
            let lists = 64 * length as u64;
            let numbers = length * width;
            let why_type = "one datatype describes all points of a list";
            let together = positions.windows(2).all(|pair| pair[1] == pair[0] + 1);
            let _ = check.holds("received", received, expected, why)
                && seen.moves(
                    check,
                    one_message(numbers),
                    "one message holds all points of the list",
                )
                && seen.copies_nothing(check, "what is sent", 8 * numbers as u64, lists)
                && (together || seen.described(check, Side::Sent, why_type));
        });
        if !right {
            return;
        }
    }
}

pub fn transpose(check: &mut Check, answers: &Answers) {
    let large = [LARGE / 300 + check.draw(1..9), 300];
    let (low, high) = (check.draw(2..5), check.draw(6..9));
    let mut shapes = vec![[3, 3], [1, 1], [low, high], [high, low], [1, 7], [7, 1]];
    shapes.extend(only_on_few(check, large));
    for shape in shapes {
        let [rows, columns] = shape;
        let right = part(check, &matrix_of(shape), |check| {
            let numbers = Numbers::new(check);
            let matrix = numbers.of(check.rank(), rows * columns);
            let theirs = numbers.of(previous(check), rows * columns);
            let mut received = vec![-1.0; rows * columns];
            let seen = lean::observe(check, |world| {
                (answers.transpose)(world, &matrix, columns, &mut received);
            });
            let column = |column: usize| theirs.iter().skip(column).step_by(columns);
            let expected: Vec<f64> = (0..columns).flat_map(column).copied().collect();
            let why = "row 0 is column 0 of the previous rank, row 1 is its column 1, and so on";
            let elements = rows * columns;
            let why_type = "on one of the two sides, a datatype describes the matrix by columns";
            let _ = check.holds("received", received, expected, why)
                && seen.moves(check, one_message(elements), "one message holds the matrix")
                && seen.copies_nothing(check, "the matrix", 8 * elements as u64, 0)
                && (rows == 1 || columns == 1 || seen.described(check, Side::Either, why_type));
        });
        if !right {
            return;
        }
    }
}
