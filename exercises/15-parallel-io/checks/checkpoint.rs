//! The check of `checkpoint`: at every step of every rank, the file is the old one or the new one, and complete.

use super::{
    ALONE, Answers, TOGETHER,
    folder::{Folder, bytes, fails_on_all, ok},
    part,
    watch::{Event, Watch},
    well, writes_its_own_and,
};
use harness::{
    patience::{BRIEF, patiently},
    space,
};
use harness_mpi::{Check, Kind, Reason, plural};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard},
};

/// The name of the checkpoint in its folder. It ends as the lesson's name for the new file does: a file beside it needs
/// a name that is longer.
const NAME: &str = "state.new";

pub fn checkpoint(check: &mut Check, answers: &Answers) {
    let (rank, size) = (check.rank(), check.size());
    let folder = Folder::with_a_strange_name(check);
    let path = folder.path(NAME);
    let drawn = check.draw_vec(size, 0..30);
    let some: Vec<usize> = (0..size).map(|rank| rank % 2 * 5).collect();
    // How many numbers the ranks have, and the bytes of the old checkpoint.
    let cases: [(Vec<usize>, Option<usize>); 5] = [
        (vec![3; size], Some(8 * (1 + 3 * size))),
        (drawn, Some(8000)),
        (some, None),
        (vec![5000; size], Some(16)),
        (vec![0; size], Some(80)),
    ];
    for (number, (lengths, old)) in cases.into_iter().enumerate() {
        let input = format!(
            "the ranks have {lengths:?} numbers; {}{}",
            match old {
                None => String::from("there is no checkpoint"),
                Some(old) => format!("the old checkpoint has {}", plural(old as u64, "byte")),
            },
            match folder.whole().to_str() {
                None => "; the name of the folder is not UTF-8",
                Some(_) => "",
            }
        );
        let right = part(check, &input, |check| {
            let step: u64 = check.draw(1 << 63..u64::MAX) | 1;
            let all = check.fractions(lengths.iter().sum());
            let before: usize = lengths[..rank].iter().sum();
            let mine = &all[before..][..lengths[rank]];
            let new = [&step.to_le_bytes()[..], &bytes(&all)].concat();
            // As a step, the largest one; the first time, the step that is saved again.
            let mut old = old.map(|length| vec![0xff; length]);
            if let (0, Some(old)) = (number, &mut old) {
                old[..8].copy_from_slice(&step.to_le_bytes());
            }
            folder.prepare(check, NAME, old.as_deref());
            folder.prepare(check, "another-state", Some(b"of another computation"));
            let names = names(&folder);
            let watch = (rank == 0).then(|| Watch::over(folder.whole()));
            check.barrier();
            watch_for(check, &path, old, new.clone(), number == 0);
            let (returned, traffic) = check.before_each_call(at_a_call, |check| {
                check.observe(|world| (answers.checkpoint)(world, &path, step, mine))
            });
            let seen = lock().take().expect("it was set before");
            let returned = well(check, returned);
            check.barrier();
            // Even if the file is missing or wrong at the end: what was seen on the way says more.
            let whole = was_whole(check, &seen);
            let safe = watch.is_none_or(|watch| was_safe(check, watch.events()));
            let safe = check.everywhere(whole && safe);
            let why = "the checkpoint contains the step in 8 bytes, then the numbers of rank 0, those of rank 1, and \
                       so on";
            if !safe || !folder.has(check, NAME, &new, why) || !check.everywhere(returned.is_some())
            {
                return;
            }
            if rank == 0 {
                let mut expected = names;
                if !expected.contains(&NAME.to_owned()) {
                    expected.push(NAME.into());
                    expected.sort();
                }
                check.holds(
                    "the folder",
                    self::names(&folder),
                    expected,
                    "no other file is left beside the checkpoint",
                );
            }
            writes_its_own_and(check, &traffic, 8 * mine.len() as u64, 8, "step");
            let synced = seen.synced || mine.is_empty();
            check.require_rule(synced, Kind::WrongOperation, Reason::OtherCall, || {
                String::from(
                    "did not call MPI_File_sync after its last write and before the file was renamed: without it, the \
                     bytes may not be on the disk when the file is renamed, and a power failure loses them",
                )
            });
        });
        if !right {
            return;
        }
    }
    no_room(check, answers, &folder);
}

/// What is in the folder.
fn names(folder: &Folder) -> Vec<String> {
    let entries = ok(fs::read_dir(folder.whole())).flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

/// What this rank observes before each of its calls.
struct Seen {
    path: PathBuf,
    old: Option<Vec<u8>>,
    new: Vec<u8>,
    /// Whether this rank is late, which shows whether others go on too early.
    late: bool,
    /// The call before which there was neither the old checkpoint nor the new one, and what there was.
    torn: Option<(&'static str, String)>,
    /// Whether there was a sync after the last write, and before the new checkpoint had its name.
    synced: bool,
}

static SEEN: Mutex<Option<Seen>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Seen>> {
    SEEN.lock().expect("nobody panics with it")
}

/// With `late`, the last rank is late, which takes a while.
fn watch_for(check: &Check, path: &Path, old: Option<Vec<u8>>, new: Vec<u8>, late: bool) {
    *lock() = Some(Seen {
        path: path.to_owned(),
        old,
        new,
        late: late && check.size() > 1 && check.rank() + 1 == check.size(),
        torn: None,
        synced: false,
    });
}

/// A crash at this call would leave the file as it is now.
fn at_a_call(function: &'static str) {
    let mut seen = lock();
    let Some(seen) = &mut *seen else { return };
    let writes = [TOGETHER, ALONE].concat().contains(&function);
    if writes {
        seen.synced = false;
    }
    if writes && seen.late {
        // A rank that does not wait for all to write goes on now.
        let (path, old) = (&seen.path, &seen.old);
        patiently(BRIEF, 1, || usize::from(fs::read(path).ok() != *old));
        seen.late = false;
    }
    let found = fs::read(&seen.path).ok();
    seen.synced |= function == "MPI_File_sync" && found.as_ref() != Some(&seen.new);
    if seen.torn.is_some() || found == seen.old || found.as_ref() == Some(&seen.new) {
        return;
    }
    let found = found.map_or(String::from("no checkpoint at all"), |found| {
        format!("a file of {}", plural(found.len() as u64, "byte"))
    });
    seen.torn = Some((function, found));
}

fn was_whole(check: &mut Check, seen: &Seen) -> bool {
    check.require(seen.torn.is_none(), Kind::WrongResult, || {
        let (function, found) = seen.torn.clone().unwrap_or_default();
        format!(
            "would leave {found} if it crashed just before its call of {function}: neither the old checkpoint nor the \
             new one is there. Write a file beside the checkpoint, and rename it when all ranks have written"
        )
    })
}

/// The same between calls, and for what happens without MPI.
fn was_safe(check: &mut Check, events: Vec<Event>) -> bool {
    let is_it = |name: &String| name == NAME;
    let mut renamed = false;
    let wrong = events.iter().find_map(|event| match event {
        Event::Made(name) if is_it(name) => Some(
            "was created under its final name: until everything is written, a crash leaves a part of it. Create it under \
             another name",
        ),
        Event::Written(name) if is_it(name) && renamed => Some(
            "was written to after the rename: a crash in between leaves a part of it. Rename it when all ranks have \
             written",
        ),
        Event::Written(name) if is_it(name) => Some(
            "was written to, or truncated, in place: a crash in between leaves neither the old one nor the new one. \
             Write a file beside it",
        ),
        Event::Removed(name) | Event::Renamed(Some(name), _) if is_it(name) => Some(
            "was removed or renamed before the new one had its name: a crash in between leaves no checkpoint. `rename` \
             replaces the old file by itself",
        ),
        Event::Renamed(None, name) if is_it(name) => Some(
            "came from another folder: if that is on another disk, `rename` fails. Write the new file beside the \
             checkpoint",
        ),
        Event::Renamed(_, name) if is_it(name) => {
            renamed = true;
            None
        }
        _ => None,
    });
    check.require(wrong.is_none(), Kind::WrongResult, || {
        format!("found that the checkpoint {}", wrong.unwrap_or_default())
    })
}

/// The new checkpoint cannot be written, and the old one must stay.
fn no_room(check: &mut Check, answers: &Answers, folder: &Folder) {
    let (rank, size) = (check.rank(), check.size());
    let path = folder.path(NAME);
    let mine = vec![1.5; 2000];
    let old = vec![0x2a; 4];
    for room in [8 * 2000 * size as u64, 5] {
        let input = format!(
            "a full disk: a file can have at most {}; the old checkpoint has 4",
            plural(room, "byte")
        );
        let right = part(check, &input, |check| {
            folder.prepare(check, NAME, Some(&old));
            let (returned, _) = check.observe(|world| {
                space::limited(room, || (answers.checkpoint)(world, &path, 7, &mine))
            });
            check.require(returned.is_err(), Kind::WrongResult, || {
                String::from(
                    "returned no error, but should return one: there is no room for the new checkpoint",
                )
            });
            let found = folder.found(check, NAME);
            if let Some(found) = found {
                check.require(found.ok().as_ref() == Some(&old), Kind::WrongResult, || {
                    String::from(
                        "found that the old checkpoint is gone or changed, although there is no new one: do not touch \
                         the old file before the new one is complete",
                    )
                });
            }
        });
        if !right {
            return;
        }
    }
    // A crash may have left a longer file beside the checkpoint.
    let right = part(check, "4 numbers in all, after a disk was full", |check| {
        let all = check.fractions(4);
        let mine = if rank == 0 { &all[..] } else { &[] };
        folder.prepare(check, NAME, Some(&old));
        let (returned, _) = check.observe(|world| (answers.checkpoint)(world, &path, 8, mine));
        let returned = well(check, returned);
        let new = [&8_u64.to_le_bytes()[..], &bytes(&all)].concat();
        let why = "the checkpoint contains the step in 8 bytes, then the numbers, and nothing of the file that an \
                   earlier call may have left beside it";
        let _ = folder.has(check, NAME, &new, why) && returned.is_some();
    });
    if !right {
        return;
    }
    fails_on_all(check, folder, &[], &|world, path| {
        (answers.checkpoint)(world, path, 7, &mine)
    });
}
