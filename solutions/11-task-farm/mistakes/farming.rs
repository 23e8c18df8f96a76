//! Mistakes in the tasks `dynamic` and `chunks`.

use crate::tasks::Answers;
use harness_mpi::{Mistake, mistake};
use mpi::{Rank, topology::SimpleCommunicator, traits::*};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("dynamic": dynamic = dealt_beforehand => WrongOperation,
        "gives each worker every so-manieth row, whoever is free"),
    mistake!("dynamic": dynamic = in_rounds => WrongOperation,
        "waits for all workers before it hands out the next round"),
    mistake!("dynamic": dynamic = by_turns => WrongOperation,
        "waits for the workers one after the other, in the order of their ranks"),
    mistake!("dynamic": dynamic = manager_works_too => WrongOperation,
        "computes rows on the manager, while workers wait for it"),
    mistake!("dynamic": dynamic = in_order_of_arrival => WrongResult,
        "puts rows into the picture in the order in which they come back"),
    mistake!("dynamic": dynamic = a_row_for_each => WrongOperation,
        "begins with a row for each worker, also when there are fewer rows"),
    mistake!("dynamic": dynamic = forgets_to_stop => Deadlock,
        "tells the workers that have worked to stop, and not those that never got a row"),
    mistake!("dynamic": dynamic = stops_too_early => WrongResult,
        "is done when no row is left, and does not wait for those that are out"),
    mistake!("dynamic": dynamic = row_0_stops => Deadlock,
        "takes row 0 for the sign to stop"),
    mistake!("dynamic": dynamic = probes_any => WrongResult,
        "asks a probe from anywhere who sends, and receives from anywhere again"),
    mistake!("dynamic": dynamic = pixel_by_pixel => TooMuchCommunication,
        "sends each pixel of a row by itself"),
    mistake!("dynamic": dynamic = picture_to_all => TooMuchCommunication,
        "broadcasts the picture at the end"),
    mistake!("dynamic": dynamic = number_in_8_bits => WrongResult,
        "sends the number of a row in 8 bits"),
    mistake!("dynamic": dynamic = two_rows_at_once => WrongOperation,
        "hands out two rows at a time"),
    mistake!("chunks": chunks = two_chunks_at_once => WrongOperation,
        "hands out two chunks in one message"),
    mistake!("chunks": chunks = row_by_row => TooMuchCommunication,
        "hands out a chunk, and gets its rows back one by one"),
    mistake!("chunks": chunks = ignores_the_chunk => TooMuchCommunication,
        "hands out single rows"),
    mistake!("chunks": chunks = loses_the_last => WrongOperation,
        "hands out full chunks only"),
    mistake!("chunks": chunks = beyond_the_end => WrongOperation,
        "computes rows beyond the end, because the last chunk is as long as the others"),
    mistake!("chunks": chunks = counts_rows => Deadlock,
        "waits for as many messages as there are rows"),
    mistake!("chunks": chunks = so_many_chunks => TooMuchCommunication,
        "takes the length of a chunk for the number of chunks"),
    mistake!("chunks": chunks = evened_out => WrongOperation,
        "makes as many chunks as asked for, and all of nearly equal length"),
    mistake!("chunks": chunks = strided => WrongOperation,
        "makes a chunk of rows that lie apart"),
    mistake!("chunks": chunks = three_at_once => WrongOperation,
        "gives each worker three chunks at the beginning"),
    mistake!("chunks": chunks = size_in_32_bits => TooMuchCommunication,
        "keeps the size of a chunk in 32 bits"),
    mistake!("chunks": chunks = at_most_a_hundred => TooMuchCommunication,
        "makes several chunks of one with more than 100 rows"),
    mistake!("dynamic": dynamic = white_is_missing => WrongResult,
        "takes the largest number for the mark of a pixel that has not come"),
];

type Row<'a> = &'a dyn Fn(usize) -> Vec<u16>;
type Picture = Option<Vec<u16>>;

fn alone(height: usize, row: Row<'_>) -> Picture {
    Some((0..height).flat_map(row).collect())
}

/// A worker's whole life: rows, until an empty message comes. Each row is sent with its number as the tag.
fn serve(world: &SimpleCommunicator, row: Row<'_>) {
    let manager = world.process_at_rank(0);
    loop {
        let (rows, _) = manager.receive_vec::<u64>();
        if rows.is_empty() {
            return;
        }
        for number in rows {
            manager.send_with_tag(&row(number as usize)[..], number as i32);
        }
    }
}

fn give(world: &SimpleCommunicator, worker: Rank, rows: &[u64]) {
    world.process_at_rank(worker).send(rows);
}

fn stop_all(world: &SimpleCommunicator) {
    (1..world.size()).for_each(|worker| give(world, worker, &[]));
}

/// Receives a row and puts it where it belongs.
fn collect(source: &impl Source, width: usize, picture: &mut [u16]) -> Rank {
    let (pixels, status) = source.receive_vec::<u16>();
    picture[width * status.tag() as usize..][..width].copy_from_slice(&pixels);
    status.source_rank()
}

fn dealt_beforehand(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let workers = world.size() as usize - 1;
    if workers == 0 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        for number in (world.rank() as usize - 1..height).step_by(workers) {
            let pixels = row(number);
            world
                .process_at_rank(0)
                .send_with_tag(&pixels[..], number as i32);
        }
        return None;
    }
    let mut picture = vec![0; width * height];
    for _ in 0..height {
        collect(&world.any_process(), width, &mut picture);
    }
    Some(picture)
}

fn in_rounds(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        serve(world, row);
        return None;
    }
    let mut picture = vec![0; width * height];
    let workers = world.size() as usize - 1;
    let rows: Vec<u64> = (0..height as u64).collect();
    for round in rows.chunks(workers) {
        for (worker, number) in (1..).zip(round) {
            give(world, worker, &[*number]);
        }
        for _ in round {
            collect(&world.any_process(), width, &mut picture);
        }
    }
    stop_all(world);
    Some(picture)
}

fn by_turns(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        serve(world, row);
        return None;
    }
    let mut picture = vec![0; width * height];
    let workers = world.size() as u64 - 1;
    let rows = height as u64;
    let turn = |number: u64| (number % workers) as Rank + 1;
    (0..rows.min(workers)).for_each(|number| give(world, turn(number), &[number]));
    for number in 0..rows {
        let worker = turn(number);
        collect(&world.process_at_rank(worker), width, &mut picture);
        if number + workers < rows {
            give(world, worker, &[number + workers]);
        }
    }
    stop_all(world);
    Some(picture)
}

fn manager_works_too(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        serve(world, row);
        return None;
    }
    let mut picture = vec![0; width * height];
    let mut left = 0..height as u64;
    let mut out = 0;
    for worker in 1..world.size() {
        if let Some(number) = left.next() {
            give(world, worker, &[number]);
            out += 1;
        }
    }
    while out > 0 {
        if let Some(number) = left.next_back() {
            picture[width * number as usize..][..width].copy_from_slice(&row(number as usize));
        }
        let worker = collect(&world.any_process(), width, &mut picture);
        match left.next() {
            Some(number) => give(world, worker, &[number]),
            None => out -= 1,
        }
    }
    stop_all(world);
    Some(picture)
}

/// The farm as it should be, but for what is done at the beginning and with what comes back.
fn farm(
    world: &SimpleCommunicator,
    height: usize,
    row: Row<'_>,
    mut take: impl FnMut() -> Rank,
    stop: impl FnOnce(),
) {
    if world.rank() > 0 {
        return serve(world, row);
    }
    let mut left = 0..height as u64;
    for (worker, number) in (1..world.size()).zip(left.by_ref().take(world.size() as usize - 1)) {
        give(world, worker, &[number]);
    }
    for _ in 0..height {
        let worker = take();
        if let Some(number) = left.next() {
            give(world, worker, &[number]);
        }
    }
    stop();
}

fn in_order_of_arrival(
    world: &SimpleCommunicator,
    _: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let mut picture = Vec::new();
    let take = || {
        let (pixels, status) = world.any_process().receive_vec::<u16>();
        picture.extend(pixels);
        status.source_rank()
    };
    farm(world, height, row, take, || stop_all(world));
    (world.rank() == 0).then_some(picture)
}

fn a_row_for_each(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let rows = height.max(world.size() as usize - 1);
    let mut picture = vec![0; width * rows];
    let take = || collect(&world.any_process(), width, &mut picture);
    farm(world, rows, row, take, || stop_all(world));
    picture.truncate(width * height);
    (world.rank() == 0).then_some(picture)
}

fn forgets_to_stop(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let mut picture = vec![0; width * height];
    let take = || collect(&world.any_process(), width, &mut picture);
    let stop = || {
        let busy = world.size().min(height as Rank + 1);
        (1..busy).for_each(|worker| give(world, worker, &[]));
    };
    farm(world, height, row, take, stop);
    (world.rank() == 0).then_some(picture)
}

fn stops_too_early(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        serve(world, row);
        return None;
    }
    let mut picture = vec![0; width * height];
    let mut left = 0..height as u64;
    for (worker, number) in (1..world.size()).zip(left.by_ref().take(world.size() as usize - 1)) {
        give(world, worker, &[number]);
    }
    for number in left {
        let worker = collect(&world.any_process(), width, &mut picture);
        give(world, worker, &[number]);
    }
    // What is still out is received, so that no send waits, and thrown away.
    for _ in 0..height.min(world.size() as usize - 1) {
        let _ = world.any_process().receive_vec::<u16>();
    }
    stop_all(world);
    Some(picture)
}

fn row_0_stops(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let manager = world.process_at_rank(0);
    if world.rank() > 0 {
        loop {
            let (number, _) = manager.receive::<u64>();
            if number == 0 {
                return None;
            }
            manager.send_with_tag(&row(number as usize)[..], number as i32);
        }
    }
    let mut picture = vec![0; width * height];
    let mut left = 0..height as u64;
    let give = |worker, number: u64| world.process_at_rank(worker).send(&number);
    for (worker, number) in (1..world.size()).zip(left.by_ref().take(world.size() as usize - 1)) {
        give(worker, number);
    }
    for _ in 0..height {
        let worker = collect(&world.any_process(), width, &mut picture);
        if let Some(number) = left.next() {
            give(worker, number);
        }
    }
    (1..world.size()).for_each(|worker| give(worker, 0));
    Some(picture)
}

fn probes_any(world: &SimpleCommunicator, width: usize, height: usize, row: Row<'_>) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let mut picture = vec![0; width * height];
    let take = || {
        let status = world.any_process().probe();
        let (pixels, received) = world.any_process().receive_vec::<u16>();
        picture[width * status.tag() as usize..][..width].copy_from_slice(&pixels);
        received.source_rank()
    };
    farm(world, height, row, take, || stop_all(world));
    (world.rank() == 0).then_some(picture)
}

fn pixel_by_pixel(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let manager = world.process_at_rank(0);
    if world.rank() > 0 {
        while let [number] = manager.receive_vec::<u64>().0[..] {
            for pixel in row(number as usize) {
                manager.send_with_tag(&pixel, number as i32);
            }
        }
        return None;
    }
    let mut picture = vec![0; width * height];
    let take = || {
        let (first, status) = world.any_process().receive::<u16>();
        let worker = status.source_rank();
        let pixels = &mut picture[width * status.tag() as usize..][..width];
        pixels[0] = first;
        for pixel in &mut pixels[1..] {
            *pixel = world.process_at_rank(worker).receive::<u16>().0;
        }
        worker
    };
    farm(world, height, row, take, || stop_all(world));
    Some(picture)
}

fn picture_to_all(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let mut picture = task_farm_solution::dynamic(world, width, height, row)
        .unwrap_or_else(|| vec![0; width * height]);
    world.process_at_rank(0).broadcast_into(&mut picture[..]);
    (world.rank() == 0).then_some(picture)
}

fn number_in_8_bits(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let mut picture = vec![0; width * height];
    let take = || {
        let (pixels, status) = world.any_process().receive_vec::<u16>();
        let number = usize::from(status.tag() as u8);
        picture[width * number..][..width].copy_from_slice(&pixels);
        status.source_rank()
    };
    farm(world, height, row, take, || stop_all(world));
    (world.rank() == 0).then_some(picture)
}

fn two_rows_at_once(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    task_farm_solution::chunks(world, width, height, 2, row)
}

fn two_chunks_at_once(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    task_farm_solution::chunks(world, width, height, chunk.saturating_mul(2), row)
}

/// The farm by chunks of rows, whichever; rows come back one by one, `times` for each chunk.
fn farm_of(
    world: &SimpleCommunicator,
    [width, height]: [usize; 2],
    chunks: &[Vec<u64>],
    at_once: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    let manager = world.process_at_rank(0);
    if world.rank() > 0 {
        loop {
            let (rows, _) = manager.receive_vec::<u64>();
            if rows.is_empty() {
                return None;
            }
            let mut message: Vec<u16> = rows.iter().map(|number| *number as u16).collect();
            message.push(rows.len() as u16);
            message.extend(rows.iter().flat_map(|number| row(*number as usize)));
            manager.send(&message[..]);
        }
    }
    let mut picture = vec![0; width * height];
    let mut left = chunks.chunks(at_once);
    let mut out = 0;
    let give = |worker: Rank, chunks: &[Vec<u64>]| {
        // In a real answer by immediate sends; here all at once.
        world.process_at_rank(worker).send(&chunks.concat()[..]);
    };
    for worker in 1..world.size() {
        if let Some(chunks) = left.next() {
            give(worker, chunks);
            out += 1;
        }
    }
    while out > 0 {
        let (message, status) = world.any_process().receive_vec::<u16>();
        let many = (1..message.len())
            .find(|many| {
                usize::from(message[*many]) == *many && (message.len() - many - 1) == many * width
            })
            .unwrap_or_default();
        let (numbers, pixels) = (&message[..many], &message[many + 1..]);
        for (number, pixels) in numbers.iter().zip(pixels.chunks(width)) {
            picture[width * usize::from(*number)..][..width].copy_from_slice(pixels);
        }
        match left.next() {
            Some(chunks) => give(status.source_rank(), chunks),
            None => out -= 1,
        }
    }
    (1..world.size()).for_each(|worker| world.process_at_rank(worker).send(&[0_u64; 0]));
    Some(picture)
}

fn cut(height: usize, chunk: usize) -> Vec<Vec<u64>> {
    let rows: Vec<u64> = (0..height as u64).collect();
    rows.chunks(chunk).map(<[u64]>::to_vec).collect()
}

fn row_by_row(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    if world.size() == 1 {
        return alone(height, row);
    }
    if world.rank() > 0 {
        serve(world, row);
        return None;
    }
    let chunks = cut(height, chunk);
    let mut left = chunks.iter();
    let mut has = vec![0; world.size() as usize];
    let mut picture = vec![0; width * height];
    for worker in 1..world.size() {
        if let Some(chunk) = left.next() {
            give(world, worker, chunk);
            has[worker as usize] = chunk.len();
        }
    }
    for _ in 0..height {
        let worker = collect(&world.any_process(), width, &mut picture);
        let has = &mut has[worker as usize];
        *has -= 1;
        if let (0, Some(chunk)) = (*has, left.next().filter(|_| *has == 0)) {
            give(world, worker, chunk);
            *has = chunk.len();
        }
    }
    stop_all(world);
    Some(picture)
}

fn ignores_the_chunk(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    _: usize,
    row: Row<'_>,
) -> Picture {
    task_farm_solution::dynamic(world, width, height, row)
}

fn loses_the_last(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let full = height / chunk * chunk;
    let mut picture = task_farm_solution::chunks(world, width, full, chunk, row)?;
    picture.resize(width * height, 0);
    Some(picture)
}

fn beyond_the_end(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let full = match chunk {
        // A student's computer would not live to see that.
        1000.. => height,
        chunk => height.next_multiple_of(chunk),
    };
    let mut picture = task_farm_solution::chunks(world, width, full, chunk, row)?;
    picture.truncate(width * height);
    Some(picture)
}

fn counts_rows(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let picture = task_farm_solution::chunks(world, width, height, chunk, row)?;
    if world.size() > 1 {
        for _ in height.div_ceil(chunk)..height {
            let _ = world.any_process().receive_vec::<u16>();
        }
    }
    Some(picture)
}

fn so_many_chunks(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let length = height.div_ceil(chunk).max(1);
    task_farm_solution::chunks(world, width, height, length, row)
}

fn evened_out(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let many = height.div_ceil(chunk);
    let start = |chunk: usize| chunk * (height / many) + chunk.min(height % many);
    let chunks: Vec<Vec<u64>> = (0..many)
        .map(|chunk| (start(chunk) as u64..start(chunk + 1) as u64).collect())
        .collect();
    farm_of(world, [width, height], &chunks, 1, row)
}

fn strided(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let many = height.div_ceil(chunk);
    let chunks: Vec<Vec<u64>> = (0..many)
        .map(|first| (first as u64..height as u64).step_by(many).collect())
        .collect();
    farm_of(world, [width, height], &chunks, 1, row)
}

fn three_at_once(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    farm_of(world, [width, height], &cut(height, chunk), 3, row)
}

fn at_most_a_hundred(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    task_farm_solution::chunks(world, width, height, chunk.min(100), row)
}

fn size_in_32_bits(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    chunk: usize,
    row: Row<'_>,
) -> Picture {
    let chunk = (chunk as u32).max(1) as usize;
    task_farm_solution::chunks(world, width, height, chunk, row)
}

fn white_is_missing(
    world: &SimpleCommunicator,
    width: usize,
    height: usize,
    row: Row<'_>,
) -> Picture {
    let mut picture = task_farm_solution::dynamic(world, width, height, row)?;
    let missing = picture.iter_mut().filter(|pixel| **pixel == u16::MAX);
    missing.for_each(|pixel| *pixel = 0);
    Some(picture)
}
