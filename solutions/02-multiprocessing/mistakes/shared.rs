//! Mistakes in the task `shared`, whose functions are `tally` and `shared`.

use crate::tasks::Answers;
use harness::{Mistake, mistake};
use mapped_file::Counters;
use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::Path,
    process::{Child, Command},
};

pub const MISTAKES: &[Mistake<Answers>] = &[
    mistake!("shared": tally = reads_then_writes => WrongOperation,
        "reads a counter, adds 1, and writes it back: what others add meanwhile is lost"),
    mistake!("shared": tally = adds_up_and_writes => WrongOperation,
        "counts by itself, and then overwrites the counters with their sums"),
    mistake!("shared": tally = makes_a_file_of_its_own => WrongResult,
        "makes the file anew in each process"),
    mistake!("shared": tally = counts_for_itself => WrongResult,
        "counts in memory of its own, which nobody else sees"),
    mistake!("shared": tally = without_the_first => WrongResult,
        "leaves the first number out"),
    mistake!("shared": shared = reads_at_once => WrongResult,
        "reads the counters before the workers have ended"),
    mistake!("shared": shared = takes_the_old_file => WrongResult,
        "opens the file when there is one, with what is in it"),
    mistake!("shared": shared = does_not_tell_the_file => WrongResult,
        "starts the workers without the file's name"),
    mistake!("shared": shared = whatever_the_status => WrongResult,
        "waits for the workers, and does not look how they ended"),
    mistake!("shared": shared = leaves_at_the_first_failure => ResourceLeak,
        "returns when one worker has failed, and does not wait for those behind it"),
    mistake!("shared": shared = leaves_when_one_is_missing => ResourceLeak,
        "returns when one worker cannot be started, and does not wait for those before it"),
    mistake!("shared": shared = one_after_the_other => Deadlock,
        "waits for each worker before it starts the next"),
    mistake!("shared": tally = makes_up_the_difference => WrongResult,
        "adds until the counter has the value that it should have had, if nobody else had added"),
    mistake!("shared": tally = in_the_file => WrongOperation,
        "reads the counters from the file, and writes them back"),
    mistake!("shared": shared = names_the_file_twice => WrongResult,
        "starts each worker with two arguments more"),
    mistake!("shared": shared = a_signal_is_no_failure => WrongResult,
        "takes a worker without a status for one with status 0"),
    mistake!("shared": shared = goes_on_without_the_missing => WrongResult,
        "counts with those workers that could be started"),
    mistake!("shared": shared = expects_a_folder => Panic,
        "expects that the file can be made"),
    mistake!("shared": shared = waits_for_the_first => WrongResult,
        "reads the counters when the first worker has ended"),
    mistake!("shared": shared = waits_for_the_last => WrongResult,
        "reads the counters when the worker that was started last has ended"),
    mistake!("shared": tally = counts_in_16_bits => WrongResult,
        "counts in 16 bits before it adds"),
    mistake!("shared": tally = adds_until_it_is_alone => WrongResult,
        "adds again if somebody else has added meanwhile"),
    mistake!("shared": shared = names_the_file_in_text => WrongResult,
        "replaces what is not text in the name of the file"),
    mistake!("shared": shared = starts_without_a_file => WrongOperation,
        "starts the workers even if the file could not be made"),
    mistake!("shared": shared = nothing_to_count => WrongResult,
        "does nothing if there are no counters"),
    mistake!("shared": tally = in_blocks_of_eight => WrongResult,
        "counts blocks of eight, and leaves the rest out"),
    mistake!("shared": shared = seven_bits_of_the_status => WrongResult,
        "looks at the lower seven bits of the status"),
    mistake!("shared": shared = keeps_as_many => WrongResult,
        "opens the file when there is one with as many counters, with what is in it"),
    mistake!("shared": shared = removes_when_failed => WrongOperation,
        "removes the file when a worker has failed"),
    mistake!("shared": shared = makes_only_the_file => WrongResult,
        "makes the file and starts no worker if there are no counters"),
    mistake!("shared": shared = counts_elsewhere => WrongResult,
        "lets the workers count into another file than that which it was to make"),
];

type Counted = io::Result<Vec<u64>>;

fn reads_then_writes(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers {
        counters.set(*number, counters.get(*number) + 1);
    }
    Ok(())
}

fn adds_up_and_writes(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    let mut counts = vec![0; counters.len()];
    for number in numbers {
        counts[*number] += 1;
    }
    for (number, count) in counts.iter().enumerate() {
        counters.set(number, counters.get(number) + count);
    }
    Ok(())
}

fn makes_a_file_of_its_own(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let length = Counters::open(file)?.len();
    let counters = Counters::create(file, length)?;
    for number in numbers {
        counters.add(*number, 1);
    }
    Ok(())
}

fn counts_for_itself(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    let mut counts = vec![0; counters.len()];
    for number in numbers {
        counts[*number] += 1;
    }
    Ok(())
}

fn without_the_first(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers.iter().skip(1) {
        counters.add(*number, 1);
    }
    Ok(())
}

fn in_blocks_of_eight(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    let blocks = match numbers.len() {
        0..8 => numbers.chunks_exact(1),
        _ => numbers.chunks_exact(8),
    };
    for number in blocks.flatten() {
        counters.add(*number, 1);
    }
    Ok(())
}

fn seven_bits_of_the_status(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let started: Vec<_> = workers
        .iter_mut()
        .map(|worker| worker.arg(file).spawn())
        .collect();
    let mut well = true;
    for child in started {
        well &= child.is_ok_and(|mut child| {
            let status = child.wait().expect("it was started");
            status.code().is_some_and(|status| status & 0x7f == 0)
        });
    }
    well.then(|| values(&counters))
        .ok_or(io::Error::other("a worker failed"))
}

fn values(counters: &Counters) -> Vec<u64> {
    (0..counters.len())
        .map(|index| counters.get(index))
        .collect()
}

fn start(workers: &mut [Command], file: &Path) -> io::Result<Vec<Child>> {
    workers
        .iter_mut()
        .map(|worker| worker.arg(file).spawn())
        .collect()
}

/// Waits for all; whether all are well.
fn end(children: Vec<Child>) -> io::Result<()> {
    let mut well = true;
    for mut child in children {
        well &= child.wait()?.success();
    }
    well.then_some(())
        .ok_or(io::Error::other("a worker failed"))
}

fn reads_at_once(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let children = start(workers, file)?;
    let values = values(&counters);
    end(children)?;
    Ok(values)
}

fn takes_the_old_file(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::open(file).or_else(|_| Counters::create(file, length))?;
    end(start(workers, file)?)?;
    Ok(values(&counters))
}

fn does_not_tell_the_file(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let children = workers.iter_mut().map(Command::spawn);
    end(children.collect::<io::Result<_>>()?)?;
    Ok(values(&counters))
}

fn whatever_the_status(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    for mut child in start(workers, file)? {
        child.wait()?;
    }
    Ok(values(&counters))
}

fn leaves_at_the_first_failure(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    for mut child in start(workers, file)? {
        if !child.wait()?.success() {
            return Err(io::Error::other("a worker failed"));
        }
    }
    Ok(values(&counters))
}

fn leaves_when_one_is_missing(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let mut children = Vec::new();
    for worker in workers {
        children.push(worker.arg(file).spawn()?);
    }
    end(children)?;
    Ok(values(&counters))
}

fn one_after_the_other(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    for worker in workers {
        end(vec![worker.arg(file).spawn()?])?;
    }
    Ok(values(&counters))
}

fn makes_up_the_difference(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers {
        let wanted = counters.get(*number) + 1;
        while counters.get(*number) < wanted {
            counters.add(*number, 1);
        }
    }
    Ok(())
}

fn in_the_file(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let file = File::options().read(true).write(true).open(file)?;
    for number in numbers {
        let (mut counter, place) = ([0; 8], *number as u64 * 8);
        file.read_exact_at(&mut counter, place)?;
        let more = u64::from_ne_bytes(counter) + 1;
        file.write_all_at(&more.to_ne_bytes(), place)?;
    }
    Ok(())
}

fn names_the_file_twice(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    for worker in workers.iter_mut() {
        worker.arg(file);
    }
    multiprocessing_solution::shared(workers, file, length)
}

fn a_signal_is_no_failure(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let started: Vec<_> = workers
        .iter_mut()
        .map(|worker| worker.arg(file).spawn())
        .collect();
    let mut well = true;
    for child in started {
        well &= child.is_ok_and(|mut child| {
            let status = child.wait().expect("it was started");
            status.code().unwrap_or(0) == 0
        });
    }
    well.then(|| values(&counters))
        .ok_or(io::Error::other("a worker failed"))
}

fn goes_on_without_the_missing(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let started = workers.iter_mut().map(|worker| worker.arg(file).spawn());
    end(started.flatten().collect())?;
    Ok(values(&counters))
}

fn expects_a_folder(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    drop(Counters::create(file, length).expect("the file can be made"));
    multiprocessing_solution::shared(workers, file, length)
}

fn waits_for_the_first(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let mut children = start(workers, file)?;
    children[0].wait()?;
    let values = values(&counters);
    end(children)?;
    Ok(values)
}

fn waits_for_the_last(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    let mut children = start(workers, file)?;
    if let Some(last) = children.last_mut() {
        last.wait()?;
    }
    let values = values(&counters);
    end(children)?;
    Ok(values)
}

fn counts_in_16_bits(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    let mut counts = vec![0_u16; counters.len()];
    for number in numbers {
        counts[*number] = counts[*number].wrapping_add(1);
    }
    for (number, count) in counts.into_iter().enumerate() {
        counters.add(number, count.into());
    }
    Ok(())
}

fn adds_until_it_is_alone(file: &Path, numbers: &[usize]) -> io::Result<()> {
    let counters = Counters::open(file)?;
    for number in numbers {
        loop {
            let before = counters.get(*number);
            counters.add(*number, 1);
            if counters.get(*number) == before + 1 {
                break;
            }
        }
    }
    Ok(())
}

fn names_the_file_in_text(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counters = Counters::create(file, length)?;
    end(start(workers, Path::new(&*file.to_string_lossy()))?)?;
    Ok(values(&counters))
}

fn starts_without_a_file(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    if let Some(folder) = file.parent().filter(|folder| !folder.exists()) {
        end(start(workers, folder)?)?;
    }
    multiprocessing_solution::shared(workers, file, length)
}

fn nothing_to_count(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    if length == 0 {
        return Ok(Vec::new());
    }
    multiprocessing_solution::shared(workers, file, length)
}

fn keeps_as_many(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let old = Counters::open(file).ok();
    let counters = match old.filter(|old| old.len() == length) {
        Some(old) => old,
        None => Counters::create(file, length)?,
    };
    end(start(workers, file)?)?;
    Ok(values(&counters))
}

fn removes_when_failed(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let counted = multiprocessing_solution::shared(workers, file, length);
    if counted.is_err() && file.exists() {
        std::fs::remove_file(file)?;
    }
    counted
}

fn makes_only_the_file(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    let workers = if length == 0 { &mut [] } else { workers };
    multiprocessing_solution::shared(workers, file, length)
}

fn counts_elsewhere(workers: &mut [Command], file: &Path, length: usize) -> Counted {
    Counters::create(file, length)?;
    let mut other = file.as_os_str().to_owned();
    other.push(".tmp");
    multiprocessing_solution::shared(workers, Path::new(&other), length)
}
