//! Reads when each action of each rank was, in the trace that SimGrid has written: in the format of Pajé, in
//! which an action is pushed as a state of its rank, and popped.

use anyhow::{Context, Result, bail};
use std::collections::{HashMap, HashSet};

/// From when to when each action of each rank lasted, in nanoseconds, in their order.
pub(crate) fn read(text: &str, ranks: usize) -> Result<Vec<Vec<(u64, u64)>>> {
    let mut events: HashMap<&str, &str> = HashMap::new();
    let mut containers: HashMap<&str, usize> = HashMap::new();
    // What SimGrid does of its own accord, before the first action.
    let mut foreign: HashSet<&str> = HashSet::new();
    let mut open: Vec<Vec<(u64, bool)>> = vec![Vec::new(); ranks];
    let mut times: Vec<Vec<(u64, u64)>> = vec![Vec::new(); ranks];
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["%EventDef", name, number] = words[..] {
            events.insert(number, name);
            continue;
        }
        let Some(event) = words.first().and_then(|first| events.get(first)) else {
            continue;
        };
        match (*event, &words[1..]) {
            ("PajeCreateContainer", [_, alias, _, _, name, ..]) => {
                let rank = name.trim_matches('"').strip_prefix("rank-");
                if let Some(rank) = rank.and_then(|rank| rank.parse().ok()) {
                    containers.insert(alias, rank);
                }
            }
            ("PajeDefineEntityValue", [alias, _, name, ..])
                if name.trim_matches('"') == "smpi_replay_run_init" =>
            {
                foreign.insert(alias);
            }
            ("PajePushState", [at, _, container, value, ..]) => {
                let rank = *containers.get(container).context("a state of no rank")?;
                let is_foreign = foreign.contains(value);
                open.get_mut(rank)
                    .context("a state of a rank that is none")?
                    .push((nanos(at)?, is_foreign));
            }
            ("PajePopState", [at, _, container, ..]) => {
                let rank = *containers.get(container).context("a state of no rank")?;
                match open[rank].pop() {
                    Some((from, false)) => times[rank].push((from, nanos(at)?)),
                    Some(_) => {}
                    None => bail!("an action of rank {rank} ends that has not begun"),
                }
            }
            _ => {}
        }
    }
    Ok(times)
}

/// Seconds with their decimals, as nanoseconds.
fn nanos(text: &str) -> Result<u64> {
    let seconds: f64 = text
        .parse()
        .with_context(|| format!("`{text}` is no time"))?;
    Ok((seconds * 1e9).round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_come_in_the_order_of_their_rank() {
        let text = "%EventDef PajeDefineEntityValue 5\n%EndEventDef\n%EventDef PajeCreateContainer 6\n\
                    %EventDef PajePushState 12\n%EventDef PajePopState 13\n\
                    6 0.0 1 1 0 \"rank-0\"\n6 0.0 2 1 0 \"rank-1\"\n\
                    5 6 2 smpi_replay_run_init \"0 1 0\"\n5 7 2 action_barrier \"1 0 1\"\n\
                    12 0.000000000 2 1 6\n13 0.000000000 2 1\n\
                    12 0.000000500 2 2 7\n12 0.000001000 2 1 7\n13 0.000001500 2 1\n13 0.000001501 2 2\n";
        let times = read(text, 2).unwrap();
        assert_eq!(times, [vec![(1000, 1500)], vec![(500, 1501)]]);
        assert!(read(&format!("{text}13 1.0 2 2\n"), 2).is_err());
    }
}
