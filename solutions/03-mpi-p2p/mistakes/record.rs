//! Mistakes in the task `record`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{topology::SimpleCommunicator, traits::*};
use mpi_p2p_solution::Particle;

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("record": record = one_message_each => TooMuchCommunication,
        "sends a message for each particle"),
    mistake!("record": record = field_by_field => TooMuchCommunication,
        "sends a message for each field"),
    mistake!("record": record = flat_numbers => WrongResult,
        "makes floating-point numbers of all fields, and loses digits of the number"),
    mistake!("record": record = only_the_first => WrongResult,
        "takes the first particle for all"),
    mistake!("record": record = on_every_rank => WrongResult,
        "sends to every rank"),
    mistake!("record": record = short_positions => WrongResult,
        "keeps positions as `f32`"),
    mistake!("record": record = no_two_alike => WrongResult,
        "sorts the particles, and leaves out those that are equal"),
    mistake!("record": record = of_all_processes => Deadlock,
        "receives on MPI_COMM_WORLD, whose rank 0 is another process"),
];

type Received = Option<Vec<Particle>>;

/// Sends numbers of any kind from rank 0 to the last rank.
fn pass<T: Equivalence>(world: &SimpleCommunicator, given: Option<Vec<T>>) -> Option<Vec<T>> {
    let last = world.size() - 1;
    if let Some(given) = given {
        if last > 0 {
            world.process_at_rank(last).send(&given[..]);
        }
        return None;
    }
    (world.rank() == last).then(|| world.process_at_rank(0).receive_vec().0)
}

fn one_message_each(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    // How many will come, then each.
    let length = pass(world, particles.map(|particles| vec![particles.len()]));
    if let Some(particles) = particles {
        for particle in particles {
            pass(world, Some(vec![*particle]));
        }
        return None;
    }
    let each = |_| pass(world, None).unwrap_or_default();
    Some((0..length?[0]).flat_map(each).collect())
}

fn field_by_field(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    fn each<T>(particles: Option<&[Particle]>, field: impl Fn(&Particle) -> T) -> Option<Vec<T>> {
        Some(particles?.iter().map(field).collect())
    }
    let id = pass(world, each(particles, |particle| particle.id));
    let charge = pass(world, each(particles, |particle| particle.charge));
    let axes =
        [0, 1, 2].map(|axis| pass(world, each(particles, |particle| particle.position[axis])));
    let [Some(x), Some(y), Some(z)] = axes else {
        return None;
    };
    let ids = id?.into_iter().zip(charge?).enumerate();
    let particle = |(at, (id, charge))| Particle {
        id,
        charge,
        position: [x[at], y[at], z[at]],
    };
    Some(ids.map(particle).collect())
}

fn flat_numbers(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    let numbers = |particle: &Particle| {
        let [x, y, z] = particle.position;
        [particle.id as f64, f64::from(particle.charge), x, y, z]
    };
    let flat = particles.map(|particles| particles.iter().flat_map(numbers).collect());
    let particle = |numbers: &[f64]| Particle {
        id: numbers[0] as u64,
        charge: numbers[1] as i8,
        position: [numbers[2], numbers[3], numbers[4]],
    };
    Some(pass(world, flat)?.chunks(5).map(particle).collect())
}

fn only_the_first(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    pass(
        world,
        particles.map(|particles| particles.iter().copied().take(1).collect()),
    )
}

fn on_every_rank(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    let Some(particles) = particles else {
        return Some(world.process_at_rank(0).receive_vec().0);
    };
    for rank in 1..world.size() {
        world.process_at_rank(rank).send(particles);
    }
    None
}

fn short_positions(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    let mut received = mpi_p2p_solution::record(world, particles)?;
    for particle in &mut received {
        particle.position = particle.position.map(|metres| f64::from(metres as f32));
    }
    Some(received)
}

fn no_two_alike(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    let mut received = mpi_p2p_solution::record(world, particles)?;
    received.sort_by_key(|particle| particle.id);
    received.dedup();
    Some(received)
}

fn of_all_processes(world: &SimpleCommunicator, particles: Option<&[Particle]>) -> Received {
    if particles.is_none() && world.rank() + 1 == world.size() {
        let root = SimpleCommunicator::world();
        return Some(root.process_at_rank(0).receive_vec().0);
    }
    mpi_p2p_solution::record(world, particles)
}
