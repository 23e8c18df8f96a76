//! Shows what your functions write: first the examples of the lesson, then your own files.
//! `cargo xtask run 15 -n 4`
//!
//! `cargo xtask run 15 -n 4 -- files` keeps the files in the folder `files`.

mod lesson;
mod request;
mod show;

use demo::{agree, stop_all_on_panic, tell};
use mpi::{Count, topology::SimpleCommunicator, traits::*};
use parallel_io::*;
use request::Place;
use std::{fs, io, path::PathBuf, process::ExitCode};

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    request::remove_on_panic();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let place = match agree(&world, request::folder) {
        Ok(found) => Place::of(&world, found),
        Err(status) => return status,
    };
    lesson::examples(&world, place.folder());
    let demo = Demo {
        world: &world,
        place: &place,
    };
    match demo.files() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tell(
                &world,
                &format!("\nThe files could not be written: {error}"),
            );
            ExitCode::FAILURE
        }
    }
}

struct Demo<'a> {
    world: &'a SimpleCommunicator,
    place: &'a Place,
}

impl Demo<'_> {
    fn rank(&self) -> usize {
        self.world.rank() as usize
    }

    fn size(&self) -> usize {
        self.world.size() as usize
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.folder().join(name)
    }

    /// Prints a text of each rank, in the order of the ranks.
    fn tell_all(&self, text: &str) {
        if self.rank() > 0 {
            return self.world.process_at_rank(0).send(text.as_bytes());
        }
        println!("  rank 0: {text}");
        for rank in 1..self.world.size() {
            let (text, _) = self.world.process_at_rank(rank).receive_vec::<u8>();
            println!("  rank {rank}: {}", String::from_utf8_lossy(&text));
        }
    }

    /// Prints the contents of a file on rank 0, as the text that `shown` makes of them.
    fn tell_file(&self, name: &str, shown: impl FnOnce(&[u8]) -> String) -> io::Result<()> {
        if self.rank() == 0 {
            print!("{}", shown(&fs::read(self.path(name))?));
        }
        self.world.barrier();
        Ok(())
    }

    /// Numbers that show their rank: 2.01 is the second one of rank 2.
    fn numbers(&self, length: usize) -> Vec<f64> {
        (0..length)
            .map(|index| self.rank() as f64 + index as f64 / 100.0)
            .collect()
    }

    fn files(&self) -> io::Result<()> {
        self.blocks()?;
        self.read_back()?;
        self.collective()?;
        self.view()?;
        self.npy()?;
        self.log()?;
        self.checkpoint()?;
        if self.place.is_kept() {
            let folder = self.place.folder().display();
            let try_it = format!(
                "\nThe files are in {folder}. With NumPy:\n  python3 -c \"import numpy; \
                 print(numpy.load('{folder}/matrix.npy'))\""
            );
            tell(self.world, &try_it);
        }
        Ok(())
    }

    fn blocks(&self) -> io::Result<()> {
        tell(
            self.world,
            "\nblocks: numbers.bin, written by all ranks; 2.01 is the second number of rank 2",
        );
        blocks(
            self.world,
            &self.path("numbers.bin"),
            &self.numbers(2 + self.rank() % 3),
        )?;
        self.tell_file("numbers.bin", show::numbers)
    }

    fn read_back(&self) -> io::Result<()> {
        tell(self.world, "\nread-back: the shares of all ranks");
        let share = read_back(self.world, &self.path("numbers.bin"))?;
        self.tell_all(&format!("{share:?}"));
        let few = self.size().div_ceil(2);
        tell(self.world, &format!("the same file, read by {few} of them"));
        let color = i32::from(self.rank() >= few);
        let half = self
            .world
            .split_by_color(mpi::topology::Color::with_value(color));
        let share = match half {
            Some(half) if color == 0 => {
                format!("{:?}", read_back(&half, &self.path("numbers.bin"))?)
            }
            _ => String::from("takes no part"),
        };
        self.tell_all(&share);
        Ok(())
    }

    fn collective(&self) -> io::Result<()> {
        tell(
            self.world,
            "\ncollective: the same numbers by one collective call",
        );
        collective(
            self.world,
            &self.path("together.bin"),
            &self.numbers(2 + self.rank() % 3),
        )?;
        let other = self.path("numbers.bin");
        self.tell_file("together.bin", |bytes| {
            let same = fs::read(other).is_ok_and(|other| other == bytes);
            format!(
                "  the two files {}\n",
                if same { "are the same" } else { "DIFFER" }
            )
        })
    }

    fn view(&self) -> io::Result<()> {
        // As square as possible.
        let ranks = self.size();
        let wide = (1..=ranks).find(|wide| ranks.is_multiple_of(*wide) && wide * wide >= ranks);
        let grid = [ranks / wide.unwrap_or(ranks), wide.unwrap_or(ranks)];
        let at = [self.rank() / grid[1], self.rank() % grid[1]];
        let block = [3, 5];
        let shape = [0, 1].map(|dimension| (grid[dimension] * block[dimension]) as Count);
        let start = [0, 1].map(|dimension| (at[dimension] * block[dimension]) as Count);
        let size = block.map(|length| length as Count);
        tell(
            self.world,
            &format!(
                "\nview: a matrix of {} × {}, row by row; each digit or letter is a number, and its rank",
                shape[0], shape[1]
            ),
        );
        let mine = vec![self.rank() as f64; block[0] * block[1]];
        view(
            self.world,
            &self.path("matrix.bin"),
            shape,
            start,
            size,
            &mine,
        )?;
        self.tell_file("matrix.bin", |bytes| show::ranks(bytes, shape[1] as usize))
    }

    fn npy(&self) -> io::Result<()> {
        tell(self.world, "\nnpy: matrix.npy begins with");
        npy(self.world, &self.path("matrix.npy"), 3, &self.numbers(6))?;
        self.tell_file("matrix.npy", show::header)
    }

    fn log(&self) -> io::Result<()> {
        tell(
            self.world,
            "\nlog: log.txt, to which all ranks have written twice",
        );
        if self.rank() == 0 {
            // Left by another run, if files are kept.
            let _ = fs::remove_file(self.path("log.txt"));
        }
        self.world.barrier();
        for round in 1..=2 {
            let dots = ".".repeat(self.rank() % 4);
            let text = format!("round {round}, rank {}{dots}\n", self.rank());
            log(self.world, &self.path("log.txt"), &text)?;
        }
        self.tell_file("log.txt", |bytes| {
            let text = String::from_utf8_lossy(bytes);
            text.lines().map(|line| format!("  {line}\n")).collect()
        })
    }

    fn checkpoint(&self) -> io::Result<()> {
        tell(
            self.world,
            "\ncheckpoint: state, saved after step 1 and after step 2",
        );
        for step in 1..=2 {
            let mine = vec![step as f64 + self.rank() as f64 / 100.0; 2];
            checkpoint(self.world, &self.path("state"), step, &mine)?;
            self.tell_file("state", |bytes| {
                let step = bytes
                    .first_chunk()
                    .map_or(0, |step| u64::from_le_bytes(*step));
                let numbers = show::numbers(bytes.get(8..).unwrap_or(&[]));
                format!("  step {step}\n{numbers}")
            })?;
        }
        Ok(())
    }
}
