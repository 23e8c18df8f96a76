//! Plans that SimGrid replays: without it, they are left out aloud, unless `CI` is set.

use super::*;
use crate::{Envelope, Outcome, Step, collective::Meeting};
use recording::event::{Neighbours, Rank};
use std::sync::Arc;

fn simgrid() -> Option<Simgrid> {
    match Simgrid::find() {
        Ok(simgrid) => Some(simgrid),
        Err(error) if std::env::var_os("CI").is_none() => {
            eprintln!("left out, because there is no SimGrid on this machine: {error:#}");
            None
        }
        Err(error) => panic!("{error:#}"),
    }
}

/// Nodes of one core each, 10 µs apart, at 100 MB/s.
fn network() -> Network {
    Network {
        nodes: 64,
        cores: 1,
        latency_us: 10.0,
        bandwidth_mb_s: 100.0,
        ..Network::find("gigabit").unwrap()
    }
}

fn plan(ranks: usize, actions: impl Fn(u32) -> Vec<Action>) -> Plan {
    let call = crate::Call {
        function: "MPI_Barrier",
        class: trace::Class::Collective,
        place: recording::event::PlaceId::NONE,
        peer: None,
        bytes: None,
    };
    let mut plan = Plan::default();
    for rank in 0..ranks as u32 {
        let actions = actions(rank);
        plan.calls.push(vec![call; actions.len()]);
        let steps = (0..).zip(actions).map(|(call, action)| Step {
            call: (!matches!(action, Action::Compute(_))).then_some(call),
            action,
        });
        plan.steps.push(steps.collect());
    }
    plan
}

fn run(command: &Command) -> Result<Option<Output>> {
    // One cannot be run by a shared reference.
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    for (name, value) in command.get_envs() {
        again.env(name, value.unwrap_or_default());
    }
    again.current_dir(command.get_current_dir().context("it has a folder")?);
    Ok(Some(again.output()?))
}

fn replayed(plan: &Plan) -> Option<Vec<Vec<Times>>> {
    let folder = tempfile::tempdir().unwrap();
    let times = simgrid()?.replay(plan, &network(), folder.path(), &run);
    Some(times.unwrap().unwrap())
}

#[test]
fn a_message_takes_its_latency_and_its_bytes() {
    let it = Envelope {
        from: 0,
        to: 1,
        tag: 0,
        bytes: 1_000_000,
    };
    let plan = plan(2, |rank| match rank {
        0 => vec![Action::Compute(500_000), Action::Send(it)],
        _ => vec![Action::Receive(it)],
    });
    let Some(times) = replayed(&plan) else { return };
    let (from, to) = times[1][0];
    assert_eq!(from, 0);
    // 0.5 ms until it is sent, 10 µs, and 10 ms for 1 MB.
    let expected = 500_000 + 10_000 + 10_000_000;
    assert!(to.abs_diff(expected) < expected / 50, "{to} ns");
    let outcome = Outcome::of(&plan, &times, &mut |_, _| None);
    assert_eq!((outcome.ranks, outcome.work), (2, 500_000));
    assert!(outcome.time >= to && outcome.waiting > 0.9);
}

#[test]
fn neighbours_exchange_at_once_and_again_with_the_same_tags() {
    let line = |at: u32| -> Arc<[Option<u32>]> {
        [at.checked_sub(1), Some(at + 1).filter(|next| *next < 3)].into()
    };
    let meeting = Meeting {
        each: (0..3)
            .map(|rank| (rank, (vec![1_000_000; 2], vec![])))
            .collect(),
        neighbours: (0..3)
            .map(|rank| {
                let (sources, destinations) = (line(rank), line(rank));
                (
                    rank,
                    Neighbours {
                        sources,
                        destinations,
                    },
                )
            })
            .collect(),
        ..Meeting::default()
    };
    let plan = plan(3, |rank| {
        let (begun, waits) = meeting.among_neighbours(rank).unwrap();
        let once: Vec<Action> = begun
            .into_iter()
            .chain(waits.into_iter().map(Action::Wait))
            .collect();
        [once.clone(), once].concat()
    });
    let Some(times) = replayed(&plan) else { return };
    // Twice 10 µs and 10 ms for 1 MB. The links carry both ways at once; the one in the middle has two messages
    // each way to share its own.
    let ends: Vec<u64> = times.iter().map(|times| times.last().unwrap().1).collect();
    let expected = 2 * (10_000 + 20_000_000);
    assert!(
        ends.iter()
            .all(|end| end.abs_diff(expected) < expected / 20),
        "{ends:?} ns"
    );
}

#[test]
fn a_get_between_fences_is_a_request_and_an_answer() {
    use crate::one_sided::{Epochs, Transfer};
    use recording::event::CommId;
    let mut epochs = Epochs::default();
    let message = |from, to, tag, bytes| Envelope {
        from,
        to,
        tag,
        bytes,
    };
    let get = Transfer {
        there: message(0, 1, 0, 0),
        back: Some(message(1, 0, 1, 1_000_000)),
    };
    let put = Transfer {
        there: message(1, 2, 2, 1_000_000),
        back: None,
    };
    for rank in 0..3 {
        epochs.fence(rank, CommId::WORLD, 0);
        match rank {
            0 => epochs.transfer((0, 5), CommId::WORLD, get),
            1 => epochs.transfer((1, 5), CommId::WORLD, put),
            _ => {}
        }
        epochs.fence(rank, CommId::WORLD, 1);
    }
    // The target of the get computes for as long as the request needs, and 1 ms more.
    let busy = 1_010_000;
    let plan = plan(3, |rank| {
        let mut actions = epochs.opening(rank, CommId::WORLD, 0);
        match rank {
            0 => {
                actions.extend(get.back.map(Action::Ireceive));
                actions.push(Action::Isend(get.there));
            }
            1 => {
                actions.push(Action::Isend(put.there));
                actions.push(Action::Compute(busy));
            }
            _ => {}
        }
        actions.extend(epochs.closing(rank, CommId::WORLD, 1));
        actions
    });
    let Some(times) = replayed(&plan) else { return };
    let ends: Vec<u64> = times.iter().map(|times| times[times.len() - 2].1).collect();
    // The put, 10 µs and 10 ms, leaves while its origin computes; the answer, as long, from then on shares the
    // link of rank 1 with it, and has it for itself once the put is there.
    let (put, answer) = (2 * 10_010_000 - busy, 10_010_000 + 10_010_000);
    for (rank, expected) in [(0, answer), (2, put)] {
        let end = ends[rank];
        assert!(end.abs_diff(expected) < expected / 20, "{ends:?} ns");
    }
}

#[test]
fn every_collective_is_replayed_on_any_number_of_ranks_and_for_any_length() {
    if simgrid().is_none() {
        return;
    }
    for ranks in [2, 3, 16, 37] {
        for bytes in [8, 100_000] {
            let shares = vec![bytes.to_string(); ranks].join(" ");
            let all = bytes * ranks as u64;
            let lines = [
                String::from("barrier"),
                format!("bcast {bytes} 1 6"),
                format!("reduce {bytes} 0 1 6"),
                format!("allreduce {bytes} 0 6"),
                format!("gather {bytes} {bytes} 1 6 6"),
                format!("scatter {bytes} {bytes} 1 6 6"),
                format!("allgather {bytes} {bytes} 6 6"),
                format!("alltoall {bytes} {bytes} 6 6"),
                format!("scan {bytes} 0 6"),
                format!("exscan {bytes} 0 6"),
                format!("gatherv {bytes} {shares} 1 6 6"),
                format!("scatterv {shares} {bytes} 1 6 6"),
                format!("allgatherv {bytes} {shares} 6 6"),
                format!("reducescatter {shares} 0 6"),
                format!("alltoallv {all} {shares} {all} {shares} 6 6"),
            ];
            let plan = plan(ranks, |_| {
                lines.iter().cloned().map(Action::Together).collect()
            });
            let times = replayed(&plan).unwrap();
            assert_eq!(times[0].len(), lines.len() + 1);
        }
    }
}

#[test]
fn a_thousand_ranks_are_replayed_whatever_they_have_in_common() {
    // As many as a prediction may have.
    const RANKS: Rank = 1024;
    let members: Vec<Rank> = (0..RANKS).collect();
    let meeting = |number, kind| Meeting {
        number,
        kind,
        bytes: 8,
        ..Meeting::default()
    };
    let (asked, gathered) = (meeting(0, "MPI_Allreduce"), meeting(1, "MPI_Gather"));
    let gathered = Meeting {
        root: Some(0),
        ..gathered
    };
    let plan = plan(members.len(), |rank| {
        let mut actions = vec![
            Action::Together("barrier".into()),
            Action::Together("allreduce 8 0 6".into()),
        ];
        for meeting in [&asked, &gathered] {
            let (begun, waits) = meeting.at_once(&members, rank as usize);
            actions.extend(begun);
            actions.extend(waits.into_iter().map(Action::Wait));
        }
        actions
    });
    let messages = plan.steps.iter().flatten();
    let messages = messages.filter(|step| matches!(step.action, Action::Isend(_)));
    // Ten to those at the distances 1, 2, … 512, and one to the root.
    assert_eq!(messages.count(), 11 * members.len() - 1);
    let Some(times) = replayed(&plan) else { return };
    let outcome = Outcome::of(&plan, &times, &mut |_, _| None);
    assert_eq!((outcome.ranks, outcome.work), (RANKS, 0));
    // Two rounds of messages at least, and none that waits for what is not sent.
    assert!((20_000..100_000_000).contains(&outcome.time), "{outcome:?}");
}

#[test]
fn what_cannot_be_replayed_is_told_with_what_simgrid_says() {
    let Some(simgrid) = simgrid() else { return };
    // Both wait for what nobody sends.
    let plan = plan(2, |rank| {
        vec![Action::Receive(Envelope {
            from: 1 - rank,
            to: rank,
            tag: 0,
            bytes: 8,
        })]
    });
    let folder = tempfile::tempdir().unwrap();
    let error = simgrid
        .replay(&plan, &network(), folder.path(), &run)
        .unwrap_err();
    assert!(format!("{error:#}").starts_with("SimGrid could not replay the run"));
}

/// A program in the place of SimGrid's.
fn stand_in(folder: &Path, script: &str) -> Simgrid {
    use std::os::unix::fs::PermissionsExt;
    let smpirun = folder.join("smpirun");
    fs::write(&smpirun, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&smpirun, fs::Permissions::from_mode(0o755)).unwrap();
    Simgrid { smpirun }
}

#[test]
fn a_replay_that_is_killed_is_told_apart_from_one_that_fails() {
    let plan = plan(2, |_| vec![Action::Together("barrier".into())]);
    let refused = |script: &str| {
        let folder = tempfile::tempdir().unwrap();
        let simgrid = stand_in(folder.path(), script);
        let error = simgrid.replay(&plan, &network(), folder.path(), &run);
        format!("{:#}", error.unwrap_err())
    };
    let killed = "SimGrid was killed while it replayed the run on 2 ranks, as the kernel does where memory runs out; \
                  fewer ranks or a shorter run need less";
    assert_eq!(refused("kill -9 $$"), killed);
    // The simulator is a child of the script, which hands on what a shell makes of its status.
    assert_eq!(refused("sh -c 'kill -9 $$'; exit $?"), killed);
    insta::assert_snapshot!(refused("echo no such host >&2; exit 1"), @r"
    SimGrid could not replay the run:

    no such host
    ");
    let aborted = refused("echo deadlock >&2; kill -6 $$");
    assert!(
        aborted.ends_with("could not replay the run:\n\ndeadlock"),
        "{aborted}"
    );
}

#[test]
fn a_replay_that_is_ended_early_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let simgrid = stand_in(folder.path(), "");
    let plan = plan(2, |_| Vec::new());
    let times = simgrid.replay(&plan, &network(), folder.path(), &|_| Ok(None));
    assert_eq!(times.unwrap(), None);
    let late = simgrid.replay(&plan, &network(), folder.path(), &|_| bail!("too late"));
    assert_eq!(format!("{:#}", late.unwrap_err()), "too late");
}
