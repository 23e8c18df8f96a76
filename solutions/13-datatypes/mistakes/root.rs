//! Mistakes in the tasks `record`, `every-other`, `in-place` and `broken-stride`.

use crate::{
    subject::{self, Particle},
    tasks::Answers,
};
use harness_mpi::{Mistake, mistake};
use mpi::{
    Address, Count, Rank,
    datatype::{Equivalence, PartitionMut, UserDatatype},
    topology::SimpleCommunicator,
    traits::*,
};
use mpi_extra::{
    datatype::{resized, view, view_mut},
    traits::*,
};
use std::mem::{offset_of, replace};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("record": record = all_fields => WrongResult,
        "broadcasts whole particles, and overwrites what each rank keeps for itself"),
    mistake!("record": record = own_fields_put_back => TooMuchCommunication,
        "broadcasts whole particles, and puts the rank's own fields back from a copy"),
    mistake!("record": record = field_after_field => TooMuchCommunication,
        "broadcasts each field by a call of its own"),
    mistake!("record": record = vectors_of_fields => WrongOperation,
        "copies the fields into a vector of smaller structs, and broadcasts that"),
    mistake!("record": record = not_resized => Panic,
        "lets the next particle begin where the last shared field ends"),
    mistake!("record": record = resized_to_the_fields => Panic,
        "takes the sum of the fields' sizes for the extent"),
    mistake!("record": record = resized_to_one => Panic,
        "takes 1 for the extent, one particle"),
    mistake!("record": record = one_coordinate => WrongResult,
        "describes one number of the position, which has three"),
    mistake!("record": record = without_the_id => WrongResult,
        "leaves a field out"),
    mistake!("record": record = first_particle => WrongResult,
        "broadcasts one particle"),
    mistake!("record": record = guessed_displacements => Panic,
        "adds up sizes for displacements, as if the compiler neither ordered nor padded fields"),
    mistake!("record": record = id_as_two_halves => Panic,
        "describes the id as two numbers of 32 bits"),
    mistake!("record": record = a_message_to_each => WrongOperation,
        "sends the fields to each rank by a message"),
    mistake!("every-other": every_other = dealt_in_a_vector => WrongOperation,
        "puts the columns of each rank together in a vector, and scatters that"),
    mistake!("every-other": every_other = everything_to_all => WrongOperation,
        "broadcasts the matrix, and every rank takes its columns"),
    mistake!("every-other": every_other = own_columns_by_hand => WrongOperation,
        "scatters in place, and copies rank 0's columns by hand"),
    mistake!("every-other": every_other = extent_of_a_column => Panic,
        "scatters vector types whose extent is that of the whole column"),
    mistake!("every-other": every_other = extent_in_elements => Panic,
        "gives the extent in elements"),
    mistake!("every-other": every_other = in_one_piece => WrongResult,
        "scatters the matrix as it lies there"),
    mistake!("every-other": every_other = column_after_column => WrongResult,
        "has each column arrive as one piece, one after the other"),
    mistake!("every-other": every_other = neighbouring_columns => WrongResult,
        "gives each rank columns side by side"),
    mistake!("every-other": every_other = neighbours_in_a_square => WrongResult,
        "gives each rank columns side by side, if the matrix may be a square"),
    mistake!("every-other": every_other = messages => WrongOperation,
        "sends each rank its columns by a message of their own"),
    mistake!("in-place": in_place = own_part_copied => TooMuchCommunication,
        "copies the root's own part, and sends it to itself"),
    mistake!("in-place": in_place = on_every_rank => Panic,
        "calls the method of the root on every rank"),
    mistake!("in-place": in_place = equal_parts => Panic,
        "gathers as if all ranks had as many numbers"),
    mistake!("in-place": in_place = equal_at_the_ends => CollectiveMismatch,
        "gathers as if all ranks had as many numbers, if the first and the last have"),
    mistake!("in-place": in_place = nothing_from_the_last => WrongResult,
        "expects nothing from the last rank if the root is the one before it"),
    mistake!("in-place": in_place = clears_a_single_number => WrongResult,
        "clears all places of the root first, if it has a single number"),
    mistake!("in-place": in_place = by_all => WrongOperation,
        "gathers on all ranks, and throws it away on all but the root"),
    mistake!("in-place": in_place = root_is_zero => Panic,
        "takes rank 0 for the root"),
    mistake!("in-place": in_place = one_after_the_other => WrongOperation,
        "receives from one rank after the other"),
    mistake!("in-place": in_place = without_the_root => WrongResult,
        "leaves out the root's part in the displacements"),
    mistake!("in-place": in_place = root_without_numbers => WrongResult,
        "leaves the gather out if the root has no numbers of its own"),
    mistake!("in-place": in_place = root_first => WrongResult,
        "moves the root's part to the front"),
    mistake!("in-place": in_place = into_a_vector => WrongOperation,
        "gathers into a vector, and copies from there"),
    mistake!("broken-stride": broken_stride = as_it_was => Panic,
        "has mended nothing"),
    mistake!("broken-stride": broken_stride = only_the_stride => Panic,
        "has mended the stride, and left the extent"),
    mistake!("broken-stride": broken_stride = only_the_extent => Panic,
        "has mended the extent, and left the stride"),
    mistake!("broken-stride": broken_stride = one_number => WrongResult,
        "has the datatype cut down to one number, so that it fits"),
    mistake!("broken-stride": broken_stride = turned_by_hand => WrongOperation,
        "gathers columns one after the other, and puts them in order by hand"),
    mistake!("broken-stride": broken_stride = rows_for_columns => WrongResult,
        "takes the length of a column for the stride, which is right for a square"),
    mistake!("broken-stride": broken_stride = own_column_by_hand => WrongOperation,
        "copies rank 0's column by hand, and gathers in place"),
    mistake!("broken-stride": broken_stride = column_by_column => WrongOperation,
        "receives one column after the other"),
    mistake!("broken-stride": broken_stride = no_datatype => WrongResult,
        "gathers columns as rows"),
    mistake!("in-place": in_place = equal_on_average => Panic,
        "takes all parts for equal if the first is as large as the mean"),
];

fn count(length: usize) -> Count {
    length as Count
}

const NUMBER: Address = size_of::<f64>() as Address;

fn number() -> <f64 as Equivalence>::Out {
    f64::equivalent_datatype()
}

/// The three fields of one particle; so many numbers of its position.
fn shared(coordinates: Count) -> UserDatatype {
    UserDatatype::structured(
        &[1, coordinates, 1],
        &[
            offset_of!(Particle, charge) as Address,
            offset_of!(Particle, position) as Address,
            offset_of!(Particle, id) as Address,
        ],
        &[
            i8::equivalent_datatype(),
            number(),
            u64::equivalent_datatype(),
        ],
    )
}

const PARTICLE: Address = size_of::<Particle>() as Address;

fn broadcast(world: &SimpleCommunicator, particles: &mut [Particle], datatype: &UserDatatype) {
    let amount = count(particles.len());
    let root = world.process_at_rank(0);
    root.broadcast_into(&mut view_mut(particles, amount, datatype));
}

fn all_fields(world: &SimpleCommunicator, particles: &mut [Particle]) {
    if world.size() > 1 {
        world.process_at_rank(0).broadcast_into(particles);
    }
}

fn own_fields_put_back(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let own: Vec<(u16, f32)> = particles
        .iter()
        .map(|particle| (particle.looks, particle.weight))
        .collect();
    all_fields(world, particles);
    for (particle, own) in particles.iter_mut().zip(own) {
        (particle.looks, particle.weight) = own;
    }
}

fn field_after_field(world: &SimpleCommunicator, particles: &mut [Particle]) {
    for (length, start, basic) in [
        (1, offset_of!(Particle, charge), i8::equivalent_datatype()),
        (3, offset_of!(Particle, position), number()),
        (1, offset_of!(Particle, id), u64::equivalent_datatype()),
    ] {
        let field = UserDatatype::structured(&[length], &[start as Address], &[basic]);
        broadcast(world, particles, &resized(&field, 0, PARTICLE));
    }
}

#[derive(Clone, Copy, Default, Equivalence)]
struct Shared {
    charge: i8,
    position: [f64; 3],
    id: u64,
}

fn vectors_of_fields(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let mut copy: Vec<Shared> = particles
        .iter()
        .map(|particle| Shared {
            charge: particle.charge,
            position: particle.position,
            id: particle.id,
        })
        .collect();
    world.process_at_rank(0).broadcast_into(&mut copy[..]);
    for (particle, shared) in particles.iter_mut().zip(copy) {
        particle.charge = shared.charge;
        particle.position = shared.position;
        particle.id = shared.id;
    }
}

fn not_resized(world: &SimpleCommunicator, particles: &mut [Particle]) {
    broadcast(world, particles, &shared(3));
}

fn resized_to_the_fields(world: &SimpleCommunicator, particles: &mut [Particle]) {
    broadcast(world, particles, &resized(&shared(3), 0, 33));
}

fn resized_to_one(world: &SimpleCommunicator, particles: &mut [Particle]) {
    broadcast(world, particles, &resized(&shared(3), 0, 1));
}

fn one_coordinate(world: &SimpleCommunicator, particles: &mut [Particle]) {
    broadcast(world, particles, &resized(&shared(1), 0, PARTICLE));
}

fn without_the_id(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let fields = UserDatatype::structured(
        &[1, 3],
        &[
            offset_of!(Particle, charge) as Address,
            offset_of!(Particle, position) as Address,
        ],
        &[i8::equivalent_datatype(), number()],
    );
    broadcast(world, particles, &resized(&fields, 0, PARTICLE));
}

fn first_particle(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let first = particles.len().min(1);
    let fields = resized(&shared(3), 0, PARTICLE);
    broadcast(world, &mut particles[..first], &fields);
}

fn guessed_displacements(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let fields = UserDatatype::structured(
        &[1, 3, 1],
        &[0, 1, 1 + 24 + 2],
        &[
            i8::equivalent_datatype(),
            number(),
            u64::equivalent_datatype(),
        ],
    );
    broadcast(world, particles, &resized(&fields, 0, PARTICLE));
}

fn id_as_two_halves(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let fields = UserDatatype::structured(
        &[2],
        &[offset_of!(Particle, id) as Address],
        &[u32::equivalent_datatype()],
    );
    broadcast(world, particles, &resized(&fields, 0, PARTICLE));
}

fn a_message_to_each(world: &SimpleCommunicator, particles: &mut [Particle]) {
    let fields = resized(&shared(3), 0, PARTICLE);
    let amount = count(particles.len());
    // From each to the next, so that nobody sends more than once.
    if world.rank() > 0 {
        let mut received = view_mut(particles, amount, &fields);
        world
            .process_at_rank(world.rank() - 1)
            .receive_into(&mut received);
    }
    if world.rank() + 1 < world.size() {
        world
            .process_at_rank(world.rank() + 1)
            .send(&view(particles, amount, &fields));
    }
}

/// Scatters so many of a datatype to each rank.
fn scatter<D: Datatype>(
    world: &SimpleCommunicator,
    matrix: Option<&[f64]>,
    each: Count,
    datatype: &D,
    received: &mut [f64],
) {
    let root = world.process_at_rank(0);
    match matrix {
        Some(matrix) => {
            let all = view(matrix, each * world.size(), datatype);
            root.scatter_into_root(&all, received);
        }
        None => root.scatter_into(received),
    }
}

fn dealt_in_a_vector(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let size = world.size() as usize;
    let dealt = matrix.map(|matrix| {
        let of = |rank| matrix.iter().skip(rank).step_by(size).copied();
        (0..size).flat_map(of).collect::<Vec<f64>>()
    });
    let share = UserDatatype::contiguous(count(received.len()), &number());
    scatter(world, dealt.as_deref(), 1, &share, received);
}

fn everything_to_all(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    if world.size() == 1 {
        return subject::every_other(world, matrix, received);
    }
    let size = world.size() as usize;
    let mut all = match matrix {
        Some(matrix) => matrix.to_vec(),
        None => vec![0.0; received.len() * size],
    };
    world.process_at_rank(0).broadcast_into(&mut all[..]);
    let own = all.iter().skip(world.rank() as usize).step_by(size);
    for (to, number) in received.iter_mut().zip(own) {
        *to = *number;
    }
}

fn of_a_rank(world: &SimpleCommunicator, received: &[f64]) -> UserDatatype {
    UserDatatype::vector(count(received.len()), 1, world.size(), &number())
}

fn own_columns_by_hand(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.scatter_into(received);
    };
    let share = resized(&of_a_rank(world, received), 0, NUMBER);
    root.scatter_into_root_in_place(&view(matrix, world.size(), &share));
    let own = matrix.iter().step_by(world.size() as usize);
    for (to, number) in received.iter_mut().zip(own) {
        *to = *number;
    }
}

fn extent_of_a_column(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let share = of_a_rank(world, received);
    scatter(world, matrix, 1, &share, received);
}

fn extent_in_elements(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let share = resized(&of_a_rank(world, received), 0, 1);
    scatter(world, matrix, 1, &share, received);
}

fn in_one_piece(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let share = UserDatatype::contiguous(count(received.len()), &number());
    scatter(world, matrix, 1, &share, received);
}

/// The rows of the matrix are not told: as many as make the columns of a rank two, where that can be.
fn rows_of(received: &[f64]) -> usize {
    match received.len() {
        even if even.is_multiple_of(2) => even / 2,
        odd => odd,
    }
}

fn column_after_column(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let (rows, size) = (rows_of(received), world.size());
    let share = count(received.len() / rows);
    let column = UserDatatype::vector(count(rows), 1, share * size, &number());
    let column = resized(&column, 0, size as Address * NUMBER);
    let columns = UserDatatype::contiguous(share, &column);
    let columns = resized(&columns, 0, NUMBER);
    scatter(world, matrix, 1, &columns, received);
}

fn neighbouring_columns(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let (rows, size) = (rows_of(received), world.size());
    let share = count(received.len() / rows);
    let columns = UserDatatype::vector(count(rows), share, share * size, &number());
    let columns = resized(&columns, 0, share as Address * NUMBER);
    scatter(world, matrix, 1, &columns, received);
}

fn neighbours_in_a_square(
    world: &SimpleCommunicator,
    matrix: Option<&[f64]>,
    received: &mut [f64],
) {
    let size = world.size() as usize;
    let columns = (received.len() * size).isqrt();
    if columns * columns != received.len() * size || !columns.is_multiple_of(size) {
        return subject::every_other(world, matrix, received);
    }
    let share = columns / size;
    let block = UserDatatype::vector(count(columns), count(share), count(columns), &number());
    let block = resized(&block, 0, share as Address * NUMBER);
    scatter(world, matrix, 1, &block, received);
}

fn messages(world: &SimpleCommunicator, matrix: Option<&[f64]>, received: &mut [f64]) {
    let Some(matrix) = matrix else {
        world.process_at_rank(0).receive_into(received);
        return;
    };
    let share = of_a_rank(world, received);
    for rank in 1..world.size() {
        let part = view(&matrix[rank as usize..], 1, &share);
        world.process_at_rank(rank).send(&part);
    }
    let own = matrix.iter().step_by(world.size() as usize);
    for (to, number) in received.iter_mut().zip(own) {
        *to = *number;
    }
}

fn starts(counts: &[Count]) -> Vec<Count> {
    counts
        .iter()
        .scan(0, |next, count| Some(replace(next, *next + count)))
        .collect()
}

fn gather_in_place(
    world: &SimpleCommunicator,
    root: Rank,
    (counts, starts): (&[Count], Vec<Count>),
    numbers: &mut [i64],
) {
    let process = world.process_at_rank(root);
    if world.rank() != root {
        return process.gather_varcount_into(numbers);
    }
    process.gather_varcount_into_root_in_place(&mut PartitionMut::new(numbers, counts, starts));
}

fn own_part_copied(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let process = world.process_at_rank(root);
    if world.rank() != root {
        return process.gather_varcount_into(numbers);
    }
    let starts = starts(counts);
    let rank = root as usize;
    let own = numbers[starts[rank] as usize..][..counts[rank] as usize].to_vec();
    let mut parts = PartitionMut::new(numbers, counts, starts);
    process.gather_varcount_into_root(&own[..], &mut parts);
}

fn on_every_rank(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let process = world.process_at_rank(root);
    let starts = starts(counts);
    if world.rank() == root {
        let mut parts = PartitionMut::new(numbers, counts, starts);
        return process.gather_varcount_into_root_in_place(&mut parts);
    }
    let mut all = vec![0; counts.iter().sum::<Count>() as usize];
    let mut parts = PartitionMut::new(&mut all[..], counts, starts);
    process.gather_varcount_into_root_in_place(&mut parts);
}

fn equal_parts(world: &SimpleCommunicator, root: Rank, _: &[Count], numbers: &mut [i64]) {
    let process = world.process_at_rank(root);
    if world.rank() == root {
        process.gather_into_root_in_place(numbers);
    } else {
        process.gather_into(numbers);
    }
}

fn by_all(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let starts = starts(counts);
    let rank = world.rank() as usize;
    if world.rank() == root {
        let mut parts = PartitionMut::new(numbers, counts, starts);
        return world.all_gather_varcount_in_place(&mut parts);
    }
    let mut all = vec![0; counts.iter().sum::<Count>() as usize];
    all[starts[rank] as usize..][..counts[rank] as usize].copy_from_slice(numbers);
    world.all_gather_varcount_in_place(&mut PartitionMut::new(&mut all[..], counts, starts));
}

fn equal_at_the_ends(
    world: &SimpleCommunicator,
    root: Rank,
    counts: &[Count],
    numbers: &mut [i64],
) {
    let is_whole = counts.iter().sum::<Count>() % world.size() == 0;
    if is_whole && counts.first() == counts.last() {
        return equal_parts(world, root, counts, numbers);
    }
    subject::in_place(world, root, counts, numbers);
}

fn clears_a_single_number(
    world: &SimpleCommunicator,
    root: Rank,
    counts: &[Count],
    numbers: &mut [i64],
) {
    if world.size() > 1 && world.rank() == root && counts[root as usize] == 1 {
        numbers.fill(0);
    }
    subject::in_place(world, root, counts, numbers);
}

fn nothing_from_the_last(
    world: &SimpleCommunicator,
    root: Rank,
    counts: &[Count],
    numbers: &mut [i64],
) {
    let last = world.size() - 1;
    if root == 0 || root + 1 != last {
        return subject::in_place(world, root, counts, numbers);
    }
    let mut expected = counts.to_vec();
    expected[last as usize] = 0;
    let numbers = match world.rank() == last {
        true => &mut [],
        false => numbers,
    };
    gather_in_place(world, root, (&expected, starts(counts)), numbers);
}

fn root_is_zero(world: &SimpleCommunicator, _: Rank, counts: &[Count], numbers: &mut [i64]) {
    gather_in_place(world, 0, (counts, starts(counts)), numbers);
}

fn one_after_the_other(
    world: &SimpleCommunicator,
    root: Rank,
    counts: &[Count],
    numbers: &mut [i64],
) {
    if world.rank() != root {
        return world.process_at_rank(root).send(numbers);
    }
    for (rank, start) in (0..world.size()).zip(starts(counts)) {
        if rank != root {
            let part = &mut numbers[start as usize..][..counts[rank as usize] as usize];
            world.process_at_rank(rank).receive_into(part);
        }
    }
}

fn without_the_root(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let mut others = counts.to_vec();
    others[root as usize] = 0;
    let starts = starts(&others);
    gather_in_place(world, root, (&others, starts), numbers);
}

fn root_without_numbers(
    world: &SimpleCommunicator,
    root: Rank,
    counts: &[Count],
    numbers: &mut [i64],
) {
    if counts[root as usize] > 0 {
        subject::in_place(world, root, counts, numbers);
    }
}

fn root_first(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    if world.rank() == root {
        numbers.rotate_left(starts(counts)[root as usize] as usize);
    }
    let own = counts[root as usize];
    let before = starts(counts);
    let shifted = (0..).zip(before).map(|(rank, start)| match rank {
        rank if rank == root => 0,
        rank if rank < root => start + own,
        _ => start,
    });
    gather_in_place(world, root, (counts, shifted.collect()), numbers);
}

fn into_a_vector(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let mut all = match world.rank() == root {
        true => numbers.to_vec(),
        false => Vec::new(),
    };
    match world.rank() == root {
        true => gather_in_place(world, root, (counts, starts(counts)), &mut all),
        false => gather_in_place(world, root, (counts, starts(counts)), numbers),
    }
    if world.rank() == root {
        numbers.copy_from_slice(&all);
    }
}

/// Gathers columns by a vector type of this stride and extent.
fn columns_by(
    world: &SimpleCommunicator,
    column: &[f64],
    matrix: Option<&mut [f64]>,
    stride: Count,
    extent: Address,
) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.gather_into(column);
    };
    let as_column = UserDatatype::vector(count(column.len()), 1, stride, &number());
    let as_column = resized(&as_column, 0, extent);
    root.gather_into_root(column, &mut view_mut(matrix, world.size(), &as_column));
}

fn as_it_was(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    columns_by(world, column, matrix, world.size() * 8, 1);
}

fn only_the_stride(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    columns_by(world, column, matrix, world.size(), 1);
}

fn only_the_extent(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    columns_by(world, column, matrix, world.size() * 8, NUMBER);
}

fn one_number(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    columns_by(world, &column[..1], matrix, world.size(), NUMBER);
}

fn turned_by_hand(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.gather_into(column);
    };
    let mut columns = vec![0.0; matrix.len()];
    root.gather_into_root(column, &mut columns[..]);
    let size = world.size() as usize;
    for (index, number) in matrix.iter_mut().enumerate() {
        *number = columns[index % size * column.len() + index / size];
    }
}

fn rows_for_columns(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    // Where that reaches out of the matrix, as long as it does not.
    let stride = count(column.len()).min(world.size());
    columns_by(world, column, matrix, stride, NUMBER);
}

fn own_column_by_hand(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    let root = world.process_at_rank(0);
    let Some(matrix) = matrix else {
        return root.gather_into(column);
    };
    for (to, number) in matrix.iter_mut().step_by(world.size() as usize).zip(column) {
        *to = *number;
    }
    let as_column = UserDatatype::vector(count(column.len()), 1, world.size(), &number());
    let as_column = resized(&as_column, 0, NUMBER);
    root.gather_into_root_in_place(&mut view_mut(matrix, world.size(), &as_column));
}

fn column_by_column(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    let Some(matrix) = matrix else {
        return world.process_at_rank(0).send(column);
    };
    let size = world.size() as usize;
    let as_column = UserDatatype::vector(count(column.len()), 1, world.size(), &number());
    for (to, number) in matrix.iter_mut().step_by(size).zip(column) {
        *to = *number;
    }
    for rank in 1..world.size() {
        let mut part = view_mut(&mut matrix[rank as usize..], 1, &as_column);
        world.process_at_rank(rank).receive_into(&mut part);
    }
}

fn no_datatype(world: &SimpleCommunicator, column: &[f64], matrix: Option<&mut [f64]>) {
    let root = world.process_at_rank(0);
    match matrix {
        Some(matrix) => root.gather_into_root(column, matrix),
        None => root.gather_into(column),
    }
}

fn equal_on_average(world: &SimpleCommunicator, root: Rank, counts: &[Count], numbers: &mut [i64]) {
    let process = world.process_at_rank(root);
    if world.rank() != root {
        return process.gather_varcount_into(numbers);
    }
    let mut starts = starts(counts);
    if counts.iter().sum::<Count>() == counts[0] * world.size() {
        starts = (0..world.size()).map(|rank| rank * counts[0]).collect();
    }
    process.gather_varcount_into_root_in_place(&mut PartitionMut::new(numbers, counts, starts));
}
