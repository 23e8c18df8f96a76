//! How much of the machine's time others take from a job, so that a time limit is one for the job's own time.

use crate::os;
use std::time::{Duration, Instant};

/// A job that others leave no time may take so many times its limit, and no longer.
const MOST: u32 = 6;

/// What the machine's cores had done at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Work {
    /// All cores together, for whomever, and what the host of a virtual machine took.
    pub(crate) all: Duration,
    /// For the job.
    pub(crate) own: Duration,
    /// How many cores there are.
    pub(crate) cores: u32,
}

/// A time limit of a job: time that others take from it does not count.
#[derive(Debug)]
pub struct Limit {
    time: Duration,
    start: Instant,
    supervisor: i32,
    mark: String,
    /// Since a tenth of the time was over: most jobs have ended by then, and were spared the look.
    before: Option<Work>,
}

impl Limit {
    /// One that begins now, for the job below this supervisor.
    pub(crate) fn new(time: Duration, supervisor: i32, mark: &str) -> Self {
        Self {
            time,
            start: Instant::now(),
            supervisor,
            mark: mark.to_owned(),
            before: None,
        }
    }

    /// When it is over, if nobody takes any time.
    pub fn first(&self) -> Instant {
        self.start + self.time
    }

    /// Must be called now and then: looks at what the machine does.
    pub fn watch(&mut self) {
        if self.before.is_none() && self.start.elapsed() >= self.time / 10 {
            self.before = os::work(self.supervisor, &self.mark);
        }
    }

    /// When it will be over at the earliest, as far as one can tell now.
    pub fn end(&self) -> Instant {
        let taken = self.before.and_then(|before| {
            let after = os::work(self.supervisor, &self.mark)?;
            Some(taken(before, after))
        });
        let most = self.time * (MOST - 1);
        self.first() + taken.unwrap_or_default().min(most)
    }
}

/// The time that others took, as if each of them had stopped all cores.
fn taken(before: Work, after: Work) -> Duration {
    let all = after.all.saturating_sub(before.all);
    let own = after.own.saturating_sub(before.own);
    all.saturating_sub(own) / before.cores.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_do_is_not_the_jobs_time() {
        let work = |all, own| Work {
            all: Duration::from_secs(all),
            own: Duration::from_secs(own),
            cores: 2,
        };
        // On both cores for 10 s: alone, with others for three quarters of the time, and only others.
        for (own, others) in [(20, 0), (5, 7500), (0, 10_000)] {
            let taken = taken(work(1000, 7), work(1020, 7 + own));
            assert_eq!(taken.as_millis(), others, "{own}");
        }
        // Programs that have ended took their time with them.
        assert_eq!(taken(work(1000, 7), work(1001, 3)).as_millis(), 500);
    }

    #[test]
    fn a_limit_ends_in_any_case() {
        let mut limit = Limit::new(Duration::ZERO, 1, "none");
        assert_eq!(limit.end(), limit.first());
        limit.watch();
        limit.time = Duration::from_secs(1);
        limit.before = limit.before.map(|work| Work {
            all: Duration::ZERO,
            ..work
        });
        assert!(limit.end() <= limit.start + Duration::from_secs(6));
        assert!(limit.end() >= limit.first());
    }
}
