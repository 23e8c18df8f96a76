//! Draws a Julia set by a task farm, and shows which rank has computed what: first the examples of the lesson, then
//! what you have written. `cargo xtask run 11 -n 4`
//!
//! `cargo xtask run 11 -n 4 -- 1280 960 julia.png` sets the size of the picture, and its file.

mod lesson;
mod picture;
mod request;
mod terminal;

use demo::{agree, tell};
use mpi::{topology::SimpleCommunicator, traits::*};
use request::Request;
use std::{
    cell::{Cell, RefCell},
    fs::File,
    panic::{self, AssertUnwindSafe},
    path::Path,
    process::ExitCode,
    thread,
    time::Duration,
};
use task_farm::*;
use terminal::{Shift, Terminal};

thread_local! {
    /// Whether a panic is intended, so that the farm has to survive it.
    static ON_PURPOSE: Cell<bool> = const { Cell::new(false) };
}

fn main() -> ExitCode {
    let universe = mpi::initialize().expect("nobody has initialized MPI before");
    let world = universe.world();
    stop_all_on_panic();
    // One rank reads the arguments, and all ranks act on the result.
    let (file, request) = match Request::agree(&world) {
        Ok(agreed) => agreed,
        Err(status) => return status,
    };
    lesson::examples(&world);
    let draw = AssertUnwindSafe(|| draw(&world, file, &request));
    let written = panic::catch_unwind(draw).unwrap_or_else(|_| {
        eprintln!("rank {}: a panic of a task was not caught", world.rank());
        world.abort(1)
    });
    match agree(&world, || written.map(|()| [])) {
        Ok([]) => ExitCode::SUCCESS,
        Err(status) => status,
    }
}

/// A rank that panics alone would leave the others waiting for it; but some panics have to be survived.
fn stop_all_on_panic() {
    let default = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !ON_PURPOSE.replace(false) {
            default(info);
            SimpleCommunicator::world().abort(1);
        }
    }));
}

/// Panics without ending the run: the caller has to survive it.
fn break_down(text: String) -> ! {
    ON_PURPOSE.set(true);
    panic!("{text}")
}

/// Draws the picture with each function.
///
/// # Errors
/// On rank 0, if the picture cannot be written.
fn draw(world: &SimpleCommunicator, file: Option<File>, request: &Request) -> Result<(), String> {
    let view = request.view;
    tell(world, "\nrow: the row in the middle");
    let middle = row(&view, view.height / 2);
    let mean = middle.iter().map(|steps| f64::from(*steps)).sum::<f64>() / middle.len() as f64;
    tell(world, &format!("{mean:.1} steps for each pixel"));

    let farm = Farm {
        world,
        view,
        step: Duration::ZERO,
    };
    let by_blocks = farm.run("blocks", &|row| blocks(world, view.width, view.height, row));
    let mut written = Ok(());
    if let (Some(file), Some(pixels)) = (file, &by_blocks.picture) {
        written = write(file, &request.path, &view, pixels);
    }
    let by_cards = farm.run("cyclic", &|row| cyclic(world, view.width, view.height, row));
    for shift in [&by_blocks, &by_cards] {
        let own = shift.steps_of(world.rank() as usize);
        let imbalance = imbalance(world, own);
        tell(
            world,
            &format!("load imbalance of {}: {imbalance:.2}", shift.name),
        );
    }
    let farm = farm.at_leisure(&by_cards);
    let by_demand = farm.run("dynamic", &|row| {
        dynamic(world, view.width, view.height, row)
    });
    let mut shifts = vec![by_blocks, by_cards, by_demand];
    trade_off(&farm, &mut shifts);
    if world.rank() == 0 {
        same_pictures(&shifts);
        shifts.truncate(3);
        let terminal = Terminal::new(world.size() as usize);
        println!("\nwhich rank computed which rows");
        print!("{}", terminal.columns(&view, &shifts));
        println!("\nhow long each rank was at work, in steps");
        print!("{}", terminal.timeline(&shifts));
    }
    thumbnails(world);
    broken_rows(&farm);
    written
}

/// A function that computes the rows of a picture with another function.
type Way<'a> = &'a dyn Fn(&dyn Fn(usize) -> Vec<u16>) -> Option<Vec<u16>>;

/// A picture that is computed by all ranks.
struct Farm<'a> {
    world: &'a SimpleCommunicator,
    view: View,
    /// How long a rank sleeps for each million steps of a row.
    step: Duration,
}

/// How long a picture takes whose rows sleep.
const LEISURE: Duration = Duration::from_millis(300);

impl<'a> Farm<'a> {
    /// The same as if each rank had its own core: each step sleeps instead of computing. Otherwise, on a machine
    /// with fewer cores than ranks, the scheduler would decide which worker is free.
    fn at_leisure(&self, shift: &Shift) -> Farm<'a> {
        let workers = self.world.size() as usize - 1;
        let steps: u64 = (0..=workers).map(|rank| shift.steps_of(rank)).sum();
        let step = LEISURE.mul_f64(workers as f64 * 1e6 / steps.max(1) as f64);
        Farm { step, ..*self }
    }

    /// Computes the picture. Returns which rank has computed which rows, and in how many steps.
    fn run(&self, name: &str, way: Way<'_>) -> Shift {
        let done = RefCell::new(Vec::new());
        let counted = |number| {
            let pixels = row(&self.view, number);
            let steps = pixels.iter().copied().map(u64::from).sum();
            thread::sleep(self.step.mul_f64(steps as f64 / 1e6));
            done.borrow_mut().push([number as u64, steps]);
            pixels
        };
        let picture = way(&counted);
        Shift {
            name: name.to_owned(),
            ranks: everywhere(self.world, &done.into_inner()),
            picture,
        }
    }
}

/// What each rank has done, on every rank.
fn everywhere(world: &SimpleCommunicator, own: &[[u64; 2]]) -> Vec<Vec<[u64; 2]>> {
    (0..world.size())
        .map(|rank| {
            let root = world.process_at_rank(rank);
            let mut length = own.len() as u64;
            root.broadcast_into(&mut length);
            let mut rows = match rank == world.rank() {
                true => own.as_flattened().to_vec(),
                false => vec![0; 2 * length as usize],
            };
            root.broadcast_into(&mut rows[..]);
            rows.as_chunks::<2>().0.to_vec()
        })
        .collect()
}

/// Fewer messages, and worse balance.
fn trade_off(farm: &Farm<'_>, shifts: &mut Vec<Shift>) {
    let (world, view) = (farm.world, farm.view);
    tell(
        world,
        "\nchunks: messages versus balance; a row sleeps for each of its steps, as if each rank had its own core",
    );
    tell(world, "   rows  messages  most steps of a worker / mean");
    for chunk in [1, 8, 32, 160] {
        let name = format!("chunks of {chunk}");
        let shift = farm.run(&name, &|row| {
            chunks(world, view.width, view.height, chunk, row)
        });
        let messages = match world.size() {
            1 => 0,
            size => 2 * view.height.div_ceil(chunk) + size as usize - 1,
        };
        let balance = shift.imbalance_of_workers();
        tell(world, &format!("{chunk:7} {messages:9} {balance:9.2}"));
        shifts.push(shift);
    }
}

fn same_pictures(shifts: &[Shift]) {
    let others = shifts
        .iter()
        .filter(|shift| shift.picture != shifts[0].picture);
    let names: Vec<&str> = others.map(|shift| &*shift.name).collect();
    match names[..] {
        [] => println!("\nAll functions draw the same picture, bit for bit."),
        _ => println!("\nDiffers from the picture of blocks: {}", names.join(", ")),
    }
}

fn write(file: File, path: &Path, view: &View, pixels: &[u16]) -> Result<(), String> {
    // The file is open, but the disk may be full.
    picture::write(file, view, pixels)
        .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
    println!("Picture: {}", path.display());
    Ok(())
}

/// A pool can do any task: here, each task is a whole picture, and one of them cannot be drawn.
fn thumbnails(world: &SimpleCommunicator) {
    tell(
        world,
        "\npool: the fraction of pixels that stay, for seven small sets",
    );
    let constants = [-1.3, -1.0, -0.7, -0.4, -0.1, 0.2, f64::NAN];
    let tasks = (world.rank() == 0).then_some(constants.map(|real| (real, 0.1)));
    let share = |c: (f64, f64)| {
        if c.0.is_nan() {
            break_down(String::from("this constant is not a number"));
        }
        let view = View {
            width: 60,
            height: 60,
            c,
            limit: 100,
        };
        let pixels = (0..view.height).flat_map(|number| row(&view, number));
        pixels.filter(|steps| *steps == view.limit).count() as f64 / 3600.0
    };
    for (real, share) in constants
        .iter()
        .zip(map(world, tasks, &share).unwrap_or_default())
    {
        match share {
            Ok(share) => println!("{real:5.1} + 0.1 i: {:5.1} %", 100.0 * share),
            Err(error) => println!("{real:5.1} + 0.1 i: {error}"),
        }
    }
}

/// The same picture, with a row that makes its worker panic.
fn broken_rows(farm: &Farm<'_>) {
    let (world, view) = (farm.world, farm.view);
    tell(world, "\nworker-lost: the row in the middle panics");
    let bad = view.height / 2;
    let row = |number| match number == bad {
        true => break_down(format!("row {number} is broken")),
        false => row(&view, number),
    };
    let rescued = worker_lost(world, view.width, view.height, &row);
    for Lost { row, rank, message } in rescued.iter().flat_map(|rescued| &rescued.lost) {
        println!("rank {rank} was lost in row {row}: {message}");
    }
    if let Some(rescued) = rescued {
        let saved = view.height - rescued.lost.len() - rescued.untried.len();
        println!("{saved} of {} rows were computed", view.height);
    }
}
