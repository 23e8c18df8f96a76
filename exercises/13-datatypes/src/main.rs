//! Shows which elements datatypes pick, and where they arrive: first the examples of the lesson, then what you
//! have written. `cargo xtask run 13 -n 4`
//!
//! `cargo xtask run 13 -n 4 -- 5 8 2 3 1 4` uses a matrix of 5 × 8, and in it the block of 2 × 3 from row 1 and
//! column 4.

mod lesson;
mod request;
mod show;

use datatypes::*;
use demo::stop_all_on_panic;
use mpi::{Count, topology::SimpleCommunicator, traits::*};
use request::Request;
use show::{Marked, layout, line};
use std::process::ExitCode;

/// A number that no rank sends.
const NOTHING: f64 = -1.0;

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let request = match Request::agree(&world) {
        Ok(request) => request,
        Err(status) => return status,
    };
    lesson::examples(&world);
    let demo = Demo {
        world: &world,
        request,
    };
    demo.column();
    demo.block();
    demo.record();
    demo.every_other();
    demo.indexed();
    demo.transpose();
    demo.in_place();
    demo.broken_stride();
    ExitCode::SUCCESS
}

struct Demo<'a> {
    world: &'a SimpleCommunicator,
    request: Request,
}

impl Demo<'_> {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    /// Prints something once.
    fn tell(&self, text: &str) {
        if self.rank() == 0 {
            println!("{text}");
        }
    }

    /// Prints what rank 0 has sent, and then what the next rank has received. Rank 0 prints both, which keeps them
    /// in this order.
    fn tell_both(&self, sent: &str, received: &str) {
        let next = 1 % self.size();
        self.tell(sent);
        match self.rank() {
            0 if next == 0 => print!("rank 0 received\n{received}"),
            0 => {
                let (text, _) = self.world.process_at_rank(1).receive_vec::<u8>();
                let text = String::from_utf8_lossy(&text);
                print!("rank {next} received\n{text}");
            }
            rank if rank == next => self.world.process_at_rank(0).send(received.as_bytes()),
            _ => {}
        }
    }

    /// Prints a text of each rank, in the order of the ranks.
    fn tell_all(&self, text: &str) {
        if self.rank() > 0 {
            return self.world.process_at_rank(0).send(text.as_bytes());
        }
        println!("rank 0:{text}");
        for rank in 1..self.world.size() {
            let (text, _) = self.world.process_at_rank(rank).receive_vec::<u8>();
            println!("rank {rank}:{}", String::from_utf8_lossy(&text));
        }
    }

    /// The matrix of this rank. Its numbers count its elements.
    fn matrix(&self) -> Vec<f64> {
        let [rows, columns] = self.request.shape;
        let first = 1000 * (self.rank() % 10);
        (first..first + rows * columns).map(|n| n as f64).collect()
    }

    fn column(&self) {
        let [rows, columns] = self.request.shape;
        let chosen = columns / 3;
        let matrix = self.matrix();
        let mut received = vec![NOTHING; rows];
        column(self.world, &matrix, columns, chosen, &mut received);
        let marked = Marked::new(&matrix, columns, |_, column| column == chosen);
        self.tell_both(
            &format!("\ncolumn: rank 0 sends column {chosen}\n{marked}"),
            &Marked::new(&received, rows, |_, _| true).to_string(),
        );
    }

    fn block(&self) {
        let Request {
            shape,
            block: size,
            corner,
        } = self.request;
        let matrix = self.matrix();
        let there = [size[0] + 2, size[1] + 3];
        let other = [1, 2];
        let mut copy = vec![NOTHING; there[0] * there[1]];
        let [from, to] =
            [(shape, corner), (there, other)].map(|(shape, corner)| Place { shape, corner });
        block(self.world, size, &matrix, from, &mut copy, to);
        let is_in = |row: usize, column: usize, [top, left]: [usize; 2]| {
            (top..top + size[0]).contains(&row) && (left..left + size[1]).contains(&column)
        };
        let marked = Marked::new(&matrix, shape[1], |row, column| is_in(row, column, corner));
        let arrived = Marked::new(&copy, there[1], |row, column| is_in(row, column, other));
        self.tell_both(
            &format!(
                "\nblock: rank 0 sends {} × {} elements from row {} and column {}\n{marked}",
                size[0], size[1], corner[0], corner[1]
            ),
            &arrived.to_string(),
        );
    }

    fn record(&self) {
        let own = Particle {
            looks: self.rank() as u16,
            weight: 0.5,
            ..Particle::default()
        };
        let mut particles = [own; 2];
        if self.rank() == 0 {
            for (id, particle) in (41..).zip(&mut particles) {
                particle.id = id;
                particle.charge = -1;
                particle.position = [1.0, 2.0, 3.0];
            }
        }
        record(self.world, &mut particles);
        self.tell(&format!(
            "\nrecord: a particle in memory, byte by byte; 33 of {} bytes are sent\n{}",
            size_of::<Particle>(),
            layout()
        ));
        let Particle {
            charge,
            position,
            looks,
            id,
            ..
        } = particles[1];
        self.tell_all(&format!(
            " id {id}, charge {charge}, position {position:?}, and this rank's own looks: {looks}"
        ));
    }

    fn every_other(&self) {
        let (size, rows) = (self.size(), self.request.shape[0]);
        let columns = size * (12 / size).clamp(1, 2);
        let matrix: Vec<f64> = (0..rows * columns).map(|number| number as f64).collect();
        let mut received = vec![NOTHING; rows * columns / size];
        let given = (self.rank() == 0).then_some(&matrix[..]);
        every_other(self.world, given, &mut received);
        let last = size - 1;
        let marked = Marked::new(&matrix, columns, |_, column| column % size == last);
        self.tell(&format!(
            "\nevery-other: rank 0 scatters columns; the columns for rank {last} are marked\n{marked}"
        ));
        self.tell_all(&line(&received));
    }

    fn indexed(&self) {
        let [rows, columns] = self.request.shape;
        let matrix = self.matrix();
        let positions = [rows - 1, 0, rows / 2];
        let mut received = vec![NOTHING; positions.len() * columns];
        indexed(self.world, &matrix, columns, &positions, &mut received);
        let marked = Marked::new(&matrix, columns, |row, _| positions.contains(&row));
        self.tell_both(
            &format!("\nindexed: rank 0 sends the points {positions:?}\n{marked}"),
            &Marked::new(&received, columns, |_, _| true).to_string(),
        );
    }

    fn transpose(&self) {
        let [rows, columns] = self.request.shape;
        let matrix = self.matrix();
        let mut received = vec![NOTHING; matrix.len()];
        transpose(self.world, &matrix, columns, &mut received);
        let marked = Marked::new(&matrix, columns, |row, _| row == 0);
        self.tell_both(
            &format!("\ntranspose: rank 0 sends its rows; the first one is marked\n{marked}"),
            &Marked::new(&received, rows, |_, column| column == 0).to_string(),
        );
    }

    fn in_place(&self) {
        let counts: Vec<Count> = (0..self.world.size()).map(|rank| 1 + rank % 3).collect();
        let root = self.world.size() / 2;
        let own = |rank: Count| (0..counts[rank as usize]).map(move |_| i64::from(rank));
        let rank = self.world.rank();
        let mut numbers: Vec<i64> = match rank == root {
            true => (0..self.world.size())
                .flat_map(|other| {
                    own(other).map(move |number| if other == rank { number } else { -1 })
                })
                .collect(),
            false => own(rank).collect(),
        };
        let before = numbers.clone();
        in_place(self.world, root, &counts, &mut numbers);
        self.tell(&format!(
            "\nin-place: rank {root} gathers; its own part stays in its place"
        ));
        self.tell_all(&match rank == root {
            true => format!("{}\n   after it{}", line(&before), line(&numbers)),
            false => line(&before),
        });
    }

    fn broken_stride(&self) {
        let (size, rows) = (self.size(), self.request.shape[0]);
        let column: Vec<f64> = (0..rows)
            .map(|row| (100 * self.rank() + row) as f64)
            .collect();
        let mut matrix = vec![NOTHING; if self.rank() == 0 { rows * size } else { 0 }];
        let room = (self.rank() == 0).then_some(&mut matrix[..]);
        broken_stride(self.world, &column, room);
        let marked = Marked::new(&matrix, size, |_, column| column + 1 == size);
        self.tell(&format!(
            "\nbroken-stride: a column from each rank; the column of the last rank is marked\n{marked}"
        ));
    }
}
