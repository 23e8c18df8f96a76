//! The checks of `blocks` and `picture`: blocks of rows and columns.

use super::{
    Answers, Update, hiding, part,
    plate::{Part, Plate, Watch},
    rows::FEW,
};
use harness::folder::Folder;
use harness_mpi::{Bounds, Check, Kind, Traffic, plural};
use std::{
    ffi::OsStr,
    fs,
    io::Cursor,
    os::unix::{ffi::OsStrExt, fs::symlink},
    path::{Path, PathBuf},
};

/// Rows and columns inside the frame, and into how many parts they are split.
#[derive(Clone, Copy, Debug)]
struct Split {
    shape: [usize; 2],
    ranks: [usize; 2],
}

impl Split {
    fn part(&self, rank: usize) -> Part {
        Part::of(rank, self.shape, self.ranks)
    }

    fn describe(&self) -> String {
        format!(
            "{} x {} cells inside the frame, {} x {} ranks",
            self.shape[0], self.shape[1], self.ranks[0], self.ranks[1]
        )
    }
}

/// The number of arrangements of ranks that are tried.
const MOST: usize = 3;

/// For some ways to arrange the ranks a grid that leaves remainders, and two in which some have no cells.
fn splits(check: &mut Check) -> Vec<Split> {
    let size = check.size();
    let mut splits = Vec::new();
    let mut above: Vec<usize> = (1..=size)
        .filter(|above| size.is_multiple_of(*above))
        .collect();
    check.shuffle(&mut above);
    // Arrangements in which blocks have neighbors on all sides, if there are any.
    above.sort_by_key(|above| *above == 1 || *above == size);
    for above in above.into_iter().take(MOST) {
        let ranks = [above, size / above];
        let drawn = ranks.map(|ranks| 2 * ranks + check.draw(1..ranks + 2));
        splits.push(Split {
            shape: drawn,
            ranks,
        });
    }
    // Blocks with long edges, next to some without rows, and to some without columns.
    for few in 0..2 {
        let divides = |split: &&Split| size == 1 || split.ranks[few] > 1;
        let ranks = splits
            .iter()
            .find(divides)
            .map_or([1; 2], |split| split.ranks);
        let mut shape = ranks.map(|ranks| 24 * size * ranks + check.draw(0..ranks));
        shape[few] = check.draw(1..ranks[few].max(2));
        splits.push(Split { shape, ranks });
    }
    splits
}

pub fn blocks(check: &mut Check, answers: &Answers) {
    let rank = check.rank();
    let mut splits = splits(check);
    // Also blocks of a single row, of a single column, and of both.
    let Split { ranks, .. } = splits[0];
    let shape = ranks.map(|ranks| ranks + 1);
    splits.insert(0, Split { shape, ranks });
    for (number, split) in splits.into_iter().enumerate() {
        let steps = [2, 3, 0, 4, 2][number % 5];
        let plate = Plate::new(check, split.shape, steps + 1);
        let own = split.part(rank);
        let input = format!("{}, {}", split.describe(), plural(steps as u64, "step"));
        let right = part(check, &input, |check| {
            let mut block = plate.block(0, &own, false);
            let watch = Watch::new(&plate, &own);
            let update: Update<'_> = &|above, row, below, new| {
                watch.update(above, row, below, new);
            };
            let ((), traffic) = check.observe(|world| {
                (answers.blocks)(world, split.shape, split.ranks, &mut block, steps, update);
            });
            if watch.judge(check, steps)
                && (own.is_empty() || plate.holds(check, &block, &own, steps, false))
                && edges_only(check, &traffic, &split, steps)
                && makes_communicators_once(check, &traffic)
            {
                by_a_datatype(check, &traffic, &split, steps);
            }
        });
        if !right {
            return;
        }
    }
    let size = check.size();
    if size > FEW {
        // To save time, the ranks are in one column or in one row, by their number. The second step is looked at,
        // because before the first all ranks may make communicators together.
        let ranks = if size.is_multiple_of(2) {
            [size, 1]
        } else {
            [1, size]
        };
        let answer = |world: &_, shape, block: &mut _, steps, update: Update<'_>| {
            (answers.blocks)(world, shape, ranks, block, steps, update);
        };
        hiding::ends_are_apart(check, answer, ranks, true);
    }
}

/// Requires that a rank moves its edges, and nothing else. What a rank does that is alone is up to it.
fn edges_only(check: &mut Check, traffic: &Traffic, split: &Split, steps: usize) -> bool {
    if check.size() == 1 {
        return true;
    }
    let own = split.part(check.rank());
    let (rows, columns) = (own.rows.len(), own.columns.len());
    // Only blocks with cells have neighbors.
    let edges = [
        (own.rows.start > 0, columns),
        (own.rows.end < split.shape[0], columns),
        (own.columns.start > 0, rows),
        (own.columns.end < split.shape[1], rows),
    ];
    let edges = edges
        .iter()
        .filter(|(exists, _)| *exists && !own.is_empty());
    if edges.clone().count() == 0 {
        let sent = traffic.sent_by(check.rank()).times;
        let why = "no adjacent block has cells, so no rank needs anything from this one";
        if !check.at_most("messages sent", sent, 0, why) {
            return false;
        }
    }
    let each: usize = edges.clone().map(|(_, length)| 8 * (length + 2)).sum();
    let bytes = (steps * each) as u64;
    let bounds = Bounds {
        given: bytes,
        got: bytes,
        // One call may serve all neighbors, even if there are none.
        calls: (steps * edges.count().max(1)) as u64,
    };
    let why = format!(
        "its block has {rows} x {columns} cells, so {each} bytes are enough in a step, for its edges and its \
         corners, with one message for each edge; two rows of the whole grid would take {}",
        16 * split.shape[1]
    );
    check.moves(traffic, bounds, &why)
}

/// Requires that the number of communicators that are made does not grow with the number of steps.
fn makes_communicators_once(check: &mut Check, traffic: &Traffic) -> bool {
    // A grid, and one for its rows and one for its columns.
    const ENOUGH: u64 = 3;
    let made = traffic.communicators_made(check.rank());
    let why = "make them once, before the first step: all ranks have to make one together";
    check.at_most("communicators made", made, ENOUGH, why)
}

/// Requires that a column of several cells goes as one element of a datatype.
fn by_a_datatype(check: &mut Check, traffic: &Traffic, split: &Split, steps: usize) {
    const SENDS: [&str; 15] = [
        "MPI_Sendrecv",
        "MPI_Send",
        "MPI_Ssend",
        "MPI_Bsend",
        "MPI_Isend",
        "MPI_Issend",
        "MPI_Ibsend",
        "MPI_Rsend",
        "MPI_Irsend",
        "MPI_Isendrecv",
        "MPI_Send_init",
        "MPI_Ssend_init",
        "MPI_Bsend_init",
        "MPI_Neighbor_alltoallw",
        "MPI_Ineighbor_alltoallw",
    ];
    let rank = check.rank();
    let own = split.part(rank);
    let ends = [0, split.shape[1]];
    let is_whole = own.columns.start == ends[0] && own.columns.end == ends[1];
    if steps == 0 || own.is_empty() || is_whole || own.rows.len() < 2 {
        return;
    }
    let widest = SENDS.map(|name| traffic.widest(rank, name));
    let widest = widest.into_iter().max().unwrap_or_default();
    let column = 8 * own.rows.len() as u64;
    check.require(widest >= column, Kind::WrongOperation, || {
        format!(
            "sent no element of more than {}, but a column of its block has {column}: make a datatype that \
             describes a column, and send one element of it, from where the column is",
            plural(widest, "byte")
        )
    });
}

pub fn picture(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::new();
    // Names need not be text, blanks at their ends count, and nothing need tell what kind of file it is.
    let named = |name: &[u8]| folder.whole().join(OsStr::from_bytes(name));
    let files = [named(b"picture \xff.png "), named(b"picture")];
    let file = files[0].clone();
    let bystanders = ["tmp", "png .tmp"].map(|end| file.with_extension(end));
    for bystander in &bystanders {
        let _ = fs::write(bystander, STAYS);
    }
    let mut splits = splits(check);
    // Where all ranks have cells, large enough that a picture on every rank is no trifle.
    for Split { shape, ranks } in &mut splits {
        if shape[0] >= ranks[0] && shape[1] >= ranks[1] {
            *shape = [shape[0] + 6 * ranks[0], shape[1] + 12 * ranks[1]];
        }
    }
    for (split, file) in splits.into_iter().zip(files.iter().cycle()) {
        let salt = check.draw(1..u64::MAX) | 1;
        let plate = Plate::new(check, split.shape, 0);
        let own = split.part(rank);
        let right = part(check, &split.describe(), |check| {
            let block = plate.block(0, &own, false);
            if rank == 0 {
                // Longer than any picture here.
                let _ = fs::write(file, vec![b'x'; 100_000]);
            }
            let (written, traffic) = check.observe(|world| {
                let colour = |cell| colour(salt, cell);
                (answers.picture)(world, split.shape, split.ranks, &block, &colour, file)
            });
            let right = check.require(written.is_ok(), Kind::WrongResult, || {
                format!("returned {written:?}, but the file can be written")
            });
            let right = right
                && match rank {
                    0 => is_drawn(check, file, &plate, salt) && stays(check, &bystanders),
                    _ => check.require(!file.exists(), Kind::WrongOperation, || {
                        String::from("wrote a file: only rank 0 writes the picture")
                    }),
                };
            if !right {
                return;
            }
            let cells = (own.rows.len() * own.columns.len()) as u64;
            let room = 32 * size as u64 + 64;
            let bounds = Bounds {
                given: 8 * cells + room,
                got: match rank {
                    0 => 8 * (split.shape[0] * split.shape[1]) as u64 + room,
                    _ => room,
                },
                ..Bounds::NONE
            };
            let why = "each cell travels once, from the rank that has it to rank 0";
            if check.moves(&traffic, bounds, why) && rank > 0 {
                let given = traffic.moves(rank).given;
                let is_either = given >= 8 * cells || given <= 3 * cells + 64;
                check.require(is_either, Kind::TooMuchCommunication, || {
                    format!(
                        "gave MPI {given} bytes to send for {}: a color takes 3 bytes, and a cell as it is takes 8",
                        plural(cells, "cell")
                    )
                });
            }
        });
        if !right {
            return;
        }
    }
    let inside = file.join("picture.png");
    let is_full = |check: &mut Check| {
        // Whoever replaces the link can write the picture.
        let is_link = fs::symlink_metadata(&file).is_ok_and(|found| found.is_symlink());
        check.everywhere(rank > 0 || is_link)
    };
    let mut reasons = Vec::new();
    for (cause, path) in [
        ("a path that leads through a file", &inside),
        (
            "a path that leads through a folder that does not exist",
            &inside,
        ),
        ("a device that is full", &file),
    ] {
        if rank == 0 {
            // The file is there at first.
            if !reasons.is_empty() {
                let _ = fs::remove_file(&file);
            }
            if path == &file {
                let _ = symlink("/dev/full", &file);
            }
        }
        let fails = |check: &mut Check| path == &inside || is_full(check);
        let Some(reason) = refused(check, answers, cause, path, &fails) else {
            return;
        };
        reasons.push(reason);
    }
    let same = rank == 0 && reasons[0] == reasons[1];
    check.require(!same, Kind::WrongResult, || {
        format!(
            "returned {:?} for a path that leads through a file and for one that leads through a folder that does \
             not exist: on rank 0, the error says why the file cannot be written",
            reasons[0]
        )
    });
}

/// What is in the files beside the picture.
const STAYS: &[u8] = b"another file";

/// Requires that the files beside the picture are as they were.
fn stays(check: &mut Check, bystanders: &[PathBuf]) -> bool {
    let is_changed = |path: &&PathBuf| fs::read(path).ok().is_none_or(|found| found != STAYS);
    let changed = bystanders.iter().find(is_changed);
    check.require(changed.is_none(), Kind::WrongOperation, || {
        format!(
            "changed or removed {:?}, a file beside the picture: write to `path` and to no other file",
            changed.map_or(Path::new(""), PathBuf::as_path)
        )
    })
}

/// A picture that cannot be written. Returns the reason, or none if something was wrong on any rank.
fn refused(
    check: &mut Check,
    answers: &Answers,
    cause: &str,
    path: &Path,
    fails: &dyn Fn(&mut Check) -> bool,
) -> Option<String> {
    let size = check.size();
    let split = Split {
        shape: [size + 1, 3],
        ranks: [size, 1],
    };
    let plate = Plate::new(check, split.shape, 0);
    let own = split.part(check.rank());
    let input = format!("{}, and {cause}", split.describe());
    let mut reason = String::new();
    let right = part(check, &input, |check| {
        let block = plate.block(0, &own, false);
        let (written, _) = check.observe(|world| {
            let colour = |cell| colour(1, cell);
            (answers.picture)(world, split.shape, split.ranks, &block, &colour, path)
        });
        if !fails(check) {
            return;
        }
        check.require(written.is_err(), Kind::WrongResult, || {
            String::from(
                "returned Ok, but the picture could not be written: all ranks return an error",
            )
        });
        if check.rank() == 0 {
            reason = written.err().unwrap_or_default();
            check.require(!reason.is_empty(), Kind::WrongResult, || {
                String::from("returned an error without a text: rank 0 returns the reason")
            });
        }
    });
    right.then_some(reason)
}

/// A color for each cell, different from that of any other cell.
fn colour(salt: u64, cell: f64) -> [u8; 3] {
    let mixed = cell
        .to_bits()
        .wrapping_mul(salt)
        .rotate_left(29)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let bytes = mixed.to_be_bytes();
    [bytes[0], bytes[1], bytes[2]]
}

/// Requires that a file is the picture.
fn is_drawn(check: &mut Check, path: &Path, plate: &Plate, salt: u64) -> bool {
    let read = match read(path) {
        Ok(read) => read,
        Err(error) => {
            return check.require(false, Kind::WrongResult, || {
                format!("returned Ok, but {path:?} is no valid picture: {error}")
            });
        }
    };
    let (size, pixels) = read;
    let [rows, columns] = plate.shape;
    if !check.require(size == [columns, rows] && pixels.len() == 3 * rows * columns, Kind::WrongResult, || {
        format!(
            "wrote a picture of {} x {} pixels, but there are {columns} columns and {rows} rows inside the frame",
            size[0], size[1]
        )
    }) {
        return false;
    }
    for row in 0..rows {
        let seen: Vec<[u8; 3]> = pixels[3 * columns * row..][..3 * columns]
            .as_chunks()
            .0
            .to_vec();
        let should: Vec<[u8; 3]> = (0..columns)
            .map(|column| colour(salt, plate.inside(0, row, column)))
            .collect();
        let why = "a pixel has the color of its cell, in the same row and column";
        if seen != should && !check.holds(&format!("row {row} of the picture"), seen, should, why) {
            return false;
        }
    }
    true
}

/// Width and height of a picture, and its colors.
fn read(path: &Path) -> Result<([usize; 2], Vec<u8>), String> {
    // The last chunk of each picture.
    const END: &[u8] = b"IEND\xae\x42\x60\x82";
    let file = fs::read(path).map_err(|error| error.to_string())?;
    let text = |error: png::DecodingError| error.to_string();
    let mut reader = png::Decoder::new(Cursor::new(&file))
        .read_info()
        .map_err(text)?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let info = reader.next_frame(&mut pixels).map_err(text)?;
    if (info.color_type, info.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(String::from(
            "its pixels are not red, green and blue with 8 bits each",
        ));
    }
    reader.finish().map_err(text)?;
    if !file.ends_with(END) {
        return Err(String::from(
            "something follows the picture, perhaps the rest of a longer file that was there before",
        ));
    }
    pixels.truncate(info.buffer_size());
    Ok(([info.width as usize, info.height as usize], pixels))
}
