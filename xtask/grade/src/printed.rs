//! What the ranks print during a task, input by input.

use std::collections::BTreeMap;
use verdict::Prints;

/// So many lines of one input are handed on for each rank, the last ones.
const LINES: usize = 20;
/// So many bytes are kept of what one rank prints.
const BYTES: usize = 16 << 10;

/// What one rank, or the launcher, prints. All positions are counted in bytes from its beginning.
#[derive(Clone, Debug, Default)]
pub struct Printed {
    /// The last of it.
    bytes: Vec<u8>,
    /// Where the last of it ends: how much was printed so far.
    end: u64,
    /// Where what was printed for each input ends, in order.
    ends: Vec<(u32, u64)>,
    /// Where the task begins.
    begin: u64,
    /// The input that the rank is known to be at.
    current: Option<u32>,
}

impl Printed {
    /// Takes what was printed.
    pub fn push(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        self.bytes.extend_from_slice(bytes);
        let surplus = self.bytes.len().saturating_sub(BYTES);
        self.bytes.drain(..surplus);
    }

    /// Another task begins: what was printed so far, or is known to have been printed, is not its own.
    pub fn begin_task(&mut self) {
        let told = self.ends.last().map_or(0, |(_, end)| *end);
        self.begin = self.end.max(told);
        self.ends.clear();
        self.current = None;
    }

    /// What was printed up to `end`, and not for an earlier input, was printed for this one.
    pub fn belongs(&mut self, input: u32, end: u64) {
        self.ends.push((input, end));
    }

    /// The rank is at this input.
    pub fn is_at(&mut self, input: u32) {
        self.current = Some(input);
    }

    /// The last lines of the task, or of one of its inputs; none if there is nothing in them.
    pub fn lines(&self, input: Option<u32>) -> Option<String> {
        let Some(input) = input else {
            return self.text(self.begin, self.end);
        };
        let mut from = self.begin;
        for &(number, end) in &self.ends {
            if number == input {
                return self.text(from, end);
            }
            from = from.max(end);
        }
        // What is left belongs to an input that is not over yet.
        let last = self.ends.last().map(|(number, _)| *number);
        let is_at = match self.current {
            Some(current) if last.is_none_or(|last| last < current) => current == input,
            _ => last.is_none_or(|last| last < input),
        };
        is_at.then(|| self.text(from, self.end)).flatten()
    }

    fn text(&self, from: u64, to: u64) -> Option<String> {
        let first = self.end - self.bytes.len() as u64;
        let at = |position: u64| position.clamp(first, self.end) - first;
        let (from, to) = (at(from) as usize, at(to) as usize);
        let text = String::from_utf8_lossy(self.bytes.get(from..to)?);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LINES)..].join("\n");
        (!last.trim().is_empty()).then_some(last)
    }
}

/// What each rank printed for an input, rank by rank; last the launcher, which knows no inputs. A
/// program without ranks `is_alone`.
pub fn prints(
    printed: &BTreeMap<Option<u32>, Printed>,
    is_alone: bool,
    input: Option<u32>,
) -> Vec<Prints> {
    let of = |(who, printed): (&Option<u32>, &Printed)| {
        let text = printed.lines(who.and(input))?;
        let rank = who.filter(|_| !is_alone);
        Some(Prints { rank, text })
    };
    let mut prints: Vec<Prints> = printed.iter().filter_map(of).collect();
    prints.sort_by_key(|prints| (prints.rank.is_none(), prints.rank));
    prints
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(text: &str) -> Printed {
        let mut printed = Printed::default();
        printed.push(text.as_bytes());
        printed
    }

    #[test]
    fn only_the_last_lines_are_kept() {
        let mut printed = Printed::default();
        for line in 0..5000 {
            printed.push(format!("line {line}\n").as_bytes());
        }
        let lines = printed.lines(None).unwrap();
        assert_eq!(lines.lines().count(), LINES);
        assert!(lines.ends_with("line 4999"));
    }

    #[test]
    fn nothing_printed_is_nothing_shown() {
        assert_eq!(printed("\n \n").lines(None), None);
        assert_eq!(printed("\n \n").lines(Some(1)), None);
    }

    #[test]
    fn inputs_do_not_run_together() {
        let mut some = printed("one\ntwo\nthree\n");
        some.belongs(1, 4);
        some.belongs(3, 8);
        assert_eq!(some.lines(Some(1)).as_deref(), Some("one"));
        assert_eq!(some.lines(Some(2)), None);
        assert_eq!(some.lines(Some(3)).as_deref(), Some("two"));
        assert_eq!(some.lines(None).as_deref(), Some("one\ntwo\nthree"));
        // Whoever has not said where it is may be at any later one.
        assert_eq!(some.lines(Some(4)).as_deref(), Some("three"));
        assert_eq!(some.lines(Some(7)).as_deref(), Some("three"));
        some.is_at(7);
        assert_eq!(some.lines(Some(4)), None);
        assert_eq!(some.lines(Some(7)).as_deref(), Some("three"));
    }

    #[test]
    fn what_comes_late_is_not_the_next_tasks() {
        let mut some = printed("of the");
        some.belongs(2, 13);
        some.begin_task();
        some.push(b" first\nof the second\n");
        assert_eq!(some.lines(None).as_deref(), Some("of the second"));
        assert_eq!(some.lines(Some(1)).as_deref(), Some("of the second"));
    }

    #[test]
    fn what_is_kept_no_longer_moves_no_input() {
        let mut some = printed("first\n");
        some.belongs(1, 6);
        some.push("x\n".repeat(BYTES).as_bytes());
        some.belongs(2, 6 + 2 * BYTES as u64);
        some.push(b"third\n");
        assert_eq!(some.lines(Some(1)), None);
        assert_eq!(some.lines(Some(3)).as_deref(), Some("third"));
    }

    #[test]
    fn ranks_come_in_order_and_the_launcher_last() {
        let all = [Some(1), None, Some(0)].map(|who| (who, printed("said")));
        let all = BTreeMap::from(all);
        let ranks = |is_alone| -> Vec<Option<u32>> {
            let prints = prints(&all, is_alone, Some(1));
            prints.into_iter().map(|prints| prints.rank).collect()
        };
        assert_eq!(ranks(false), [Some(0), Some(1), None]);
        assert_eq!(ranks(true), [None, None, None]);
    }
}
