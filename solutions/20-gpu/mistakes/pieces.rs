//! Mistakes in the task `mean`.

use crate::{changed::changed, subject, subject::PIECE, tasks::Answers};
use device::{Buffer, Device, Submission};
use harness_mpi::{Mistake, mistake};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("mean": mean = waits_for_each => WrongOperation,
        "waits for each piece before it fills the other staging buffer"),
    mistake!("mean": mean = one_staging_buffer => WrongOperation,
        "has one staging buffer, and so must wait before each filling"),
    mistake!("mean": mean = never_waits => Panic,
        "fills a staging buffer that the device may still copy from"),
    mistake!("mean": mean = a_staging_buffer_for_each => TooMuchCommunication,
        "makes a staging buffer for each piece"),
    mistake!("mean": mean = drops_staging_buffers => TooMuchCommunication,
        "makes a staging buffer for each piece, and drops it before the device has read it"),
    mistake!("mean": mean = uploads => TooMuchCommunication,
        "copies the pieces without staging buffers"),
    mistake!("mean": mean = sums_as_f32 => WrongResult,
        "adds the sums of pieces as `f32`"),
    mistake!("mean": mean = last_piece_whole => WrongResult,
        "adds numbers that an earlier piece has left after the last one"),
    mistake!("mean": mean = mean_of_means => WrongResult,
        "takes the mean of the means of pieces"),
    mistake!("mean": mean = of_none_is_nan => WrongResult,
        "divides 0 by 0 if there are no numbers"),
    mistake!("mean": mean = one_f32_for_each_workgroup => WrongResult,
        "adds the sums of pieces on the device, as `f32`"),
    mistake!("mean": mean = sum_in_32_bits => WrongResult,
        "adds the sums of pieces in 32 bits"),
    mistake!("mean": mean = by_the_reciprocal => WrongResult,
        "multiplies by the reciprocal, which is rounded"),
    mistake!("mean": mean = again_on_the_host => WrongOperation,
        "adds up on the device, and returns what it has added up on the host"),
    mistake!("mean": mean = none_if_it_is_zero => WrongResult,
        "takes a mean of 0 for that of no numbers"),
    mistake!("mean": mean = without_a_sign => WrongResult,
        "converts the sum to a number without a sign"),
];

/// So many workgroups add up a piece.
const GROUPS: usize = PIECE / 256;

/// Which number of runs may not be waited for, and what else is different.
struct Way {
    stages: usize,
    /// Before a staging buffer is filled, so many runs may be pending.
    pending: Option<usize>,
    whole: bool,
}

/// The sums of all workgroups, piece by piece.
fn sums(device: &Device, numbers: &[f32], way: &Way) -> Vec<f32> {
    sums_by(subject::MEAN, device, numbers, way)
}

/// The same, with another kernel.
fn sums_by(kernel: &str, device: &Device, numbers: &[f32], way: &Way) -> Vec<f32> {
    let kernel = device.kernel(kernel);
    let stages: Vec<_> = (0..way.stages)
        .map(|_| device.staging::<f32>(PIECE))
        .collect();
    let there = device.buffer::<f32>(PIECE);
    let sums = device.buffer::<f32>(numbers.len().div_ceil(PIECE) * GROUPS);
    let mut runs: Vec<Submission> = Vec::new();
    for (number, piece) in numbers.chunks(PIECE).enumerate() {
        let stage = &stages[number % way.stages];
        if let Some(pending) = way.pending
            && let Some(run) = number.checked_sub(pending + 1)
        {
            device.wait(runs[run]);
        }
        device.fill(stage, piece);
        device.copy(stage, &there, piece.len());
        let length = if way.whole { PIECE } else { piece.len() };
        runs.push(add_up(device, &kernel, &there, &sums, [number, length]));
    }
    device.download(&sums)
}

fn add_up(
    device: &Device,
    kernel: &device::Kernel,
    there: &Buffer<f32>,
    sums: &Buffer<f32>,
    piece: [usize; 2],
) -> Submission {
    let about = device.upload(&piece.map(|number| number as u32));
    device.run(kernel, GROUPS as u32, &[there, sums, &about])
}

fn mean_of(sums: Vec<f32>, length: usize) -> Option<f64> {
    let sum: f64 = sums.into_iter().map(f64::from).sum();
    (length > 0).then(|| sum / length as f64)
}

const RIGHT: Way = Way {
    stages: 2,
    pending: Some(1),
    whole: false,
};

fn waits_for_each(device: &Device, numbers: &[f32]) -> Option<f64> {
    let way = Way {
        pending: Some(0),
        ..RIGHT
    };
    mean_of(sums(device, numbers, &way), numbers.len())
}

fn one_staging_buffer(device: &Device, numbers: &[f32]) -> Option<f64> {
    let way = Way {
        stages: 1,
        pending: Some(0),
        ..RIGHT
    };
    mean_of(sums(device, numbers, &way), numbers.len())
}

fn never_waits(device: &Device, numbers: &[f32]) -> Option<f64> {
    let way = Way {
        pending: None,
        ..RIGHT
    };
    mean_of(sums(device, numbers, &way), numbers.len())
}

fn a_staging_buffer_for_each(device: &Device, numbers: &[f32]) -> Option<f64> {
    let stages = numbers.len().div_ceil(PIECE).max(1);
    let way = Way {
        stages,
        pending: None,
        ..RIGHT
    };
    mean_of(sums(device, numbers, &way), numbers.len())
}

fn uploads(device: &Device, numbers: &[f32]) -> Option<f64> {
    let kernel = device.kernel(subject::MEAN);
    let there = device.buffer::<f32>(PIECE);
    let sums = device.buffer::<f32>(numbers.len().div_ceil(PIECE) * GROUPS);
    for (number, piece) in numbers.chunks(PIECE).enumerate() {
        device.write(&there, piece);
        add_up(device, &kernel, &there, &sums, [number, piece.len()]);
    }
    mean_of(device.download(&sums), numbers.len())
}

fn sums_as_f32(device: &Device, numbers: &[f32]) -> Option<f64> {
    let sum: f32 = sums(device, numbers, &RIGHT).into_iter().sum();
    (!numbers.is_empty()).then(|| f64::from(sum) / numbers.len() as f64)
}

fn last_piece_whole(device: &Device, numbers: &[f32]) -> Option<f64> {
    let way = Way {
        whole: true,
        ..RIGHT
    };
    mean_of(sums(device, numbers, &way), numbers.len())
}

fn mean_of_means(device: &Device, numbers: &[f32]) -> Option<f64> {
    let sums = sums(device, numbers, &RIGHT);
    let pieces = numbers.chunks(PIECE).zip(sums.chunks(GROUPS));
    let means: Vec<f64> = pieces
        .map(|(piece, sums)| sums.iter().copied().map(f64::from).sum::<f64>() / piece.len() as f64)
        .collect();
    (!means.is_empty()).then(|| means.iter().sum::<f64>() / means.len() as f64)
}

fn of_none_is_nan(device: &Device, numbers: &[f32]) -> Option<f64> {
    Some(subject::mean(device, numbers).unwrap_or(f64::NAN))
}

fn drops_staging_buffers(device: &Device, numbers: &[f32]) -> Option<f64> {
    let kernel = device.kernel(subject::MEAN);
    let there = device.buffer::<f32>(PIECE);
    let sums = device.buffer::<f32>(numbers.len().div_ceil(PIECE) * GROUPS);
    for (number, piece) in numbers.chunks(PIECE).enumerate() {
        let stage = device.staging::<f32>(PIECE);
        device.fill(&stage, piece);
        device.copy(&stage, &there, piece.len());
        add_up(device, &kernel, &there, &sums, [number, piece.len()]);
    }
    mean_of(device.download(&sums), numbers.len())
}

fn one_f32_for_each_workgroup(device: &Device, numbers: &[f32]) -> Option<f64> {
    let kernel = changed(
        subject::MEAN,
        &[("sums[piece.x * groups.x + group.x] =", "sums[group.x] +=")],
    );
    let sums = sums_by(&kernel, device, numbers, &RIGHT);
    mean_of(sums, numbers.len())
}

fn sum_in_32_bits(device: &Device, numbers: &[f32]) -> Option<f64> {
    let sums = sums(device, numbers, &RIGHT).into_iter();
    let sum = sums.fold(0_i32, |all, sum| all.wrapping_add(sum as i32));
    (!numbers.is_empty()).then(|| f64::from(sum) / numbers.len() as f64)
}

fn by_the_reciprocal(device: &Device, numbers: &[f32]) -> Option<f64> {
    let sum: f64 = sums(device, numbers, &RIGHT)
        .into_iter()
        .map(f64::from)
        .sum();
    (!numbers.is_empty()).then(|| sum * (1.0 / numbers.len() as f64))
}

fn again_on_the_host(device: &Device, numbers: &[f32]) -> Option<f64> {
    sums(device, numbers, &RIGHT);
    let sum: f64 = numbers.iter().copied().map(f64::from).sum();
    (!numbers.is_empty()).then(|| sum / numbers.len() as f64)
}

fn none_if_it_is_zero(device: &Device, numbers: &[f32]) -> Option<f64> {
    subject::mean(device, numbers).filter(|mean| *mean != 0.0)
}

fn without_a_sign(device: &Device, numbers: &[f32]) -> Option<f64> {
    subject::mean(device, numbers).map(|mean| mean.max(0.0))
}
