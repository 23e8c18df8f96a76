//! The counter that ranks stamp their records with, and what it is in nanoseconds.
//!
//! Reading the processor's counter takes a third of the time of asking the system for the clock. It
//! serves where it runs at one speed whatever the processor does; elsewhere times are nanoseconds of
//! the monotonic clock from the beginning.

// The counter is read by an instruction that Rust does not call safe.
#![allow(unsafe_code)]

use rustix::time::{ClockId, clock_gettime};

/// Nanoseconds of the machine's monotonic clock.
#[must_use]
pub fn nanos() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Nanoseconds of processor time that this process has used, all its threads together.
#[must_use]
pub fn cpu_nanos() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// Whether the processor's counter can serve as a clock.
#[must_use]
pub fn has_counter() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::__cpuid;
        /// The bit that says that the counter runs at one speed, in every state of the processor.
        const INVARIANT: u32 = 1 << 8;
        const POWER: u32 = 0x8000_0007;
        #[allow(unused_unsafe)]
        // SAFETY: every x86-64 processor has this instruction.
        let leaf = |leaf| unsafe { __cpuid(leaf) };
        leaf(0x8000_0000).eax >= POWER && leaf(POWER).edx & INVARIANT != 0
    }
    #[cfg(target_arch = "aarch64")]
    {
        true
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        false
    }
}

/// The processor's counter; nanoseconds where there is none.
#[must_use]
#[inline(always)]
pub fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    {
        #[allow(unused_unsafe)]
        // SAFETY: every x86-64 processor has this instruction; it changes nothing.
        unsafe {
            std::arch::x86_64::_rdtsc()
        }
    }
    #[cfg(target_arch = "aarch64")]
    {
        let ticks: u64;
        // SAFETY: the virtual counter may be read in user mode; it changes nothing.
        unsafe {
            std::arch::asm!("mrs {}, cntvct_el0", out(reg) ticks, options(nomem, nostack, preserves_flags));
        }
        ticks
    }
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    {
        nanos()
    }
}

/// Reads both at once: of several attempts the one in which least time passed between.
#[must_use]
pub fn pair() -> (u64, u64) {
    let mut best = (u64::MAX, (0, 0));
    for _ in 0..5 {
        let before = ticks();
        let nanos = nanos();
        let after = ticks();
        let took = after.wrapping_sub(before);
        if took < best.0 {
            best = (took, (before.wrapping_add(took / 2), nanos));
        }
    }
    best.1
}

/// Turns ticks into nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    from: (u64, u64),
    nanos_per_tick: f64,
}

impl Scale {
    /// For times that are nanoseconds already.
    pub const NANOS: Self = Self {
        from: (0, 0),
        nanos_per_tick: 1.0,
    };

    /// From two pairs of ticks and nanoseconds; none if they lie too close to tell the speed.
    #[must_use]
    pub fn between(first: (u64, u64), second: (u64, u64)) -> Option<Self> {
        /// A pair is off by some 50 ns, so the speed is then off by less than 50 in a million.
        const ENOUGH: u64 = 1_000_000;
        let ticks = second.0.checked_sub(first.0)?;
        let nanos = second.1.checked_sub(first.1)?;
        (ticks > 0 && nanos >= ENOUGH).then(|| Self {
            from: first,
            nanos_per_tick: nanos as f64 / ticks as f64,
        })
    }

    /// The same for a machine whose clock is so many nanoseconds ahead of the one that this is for.
    #[must_use]
    pub fn ahead(self, nanos: i64) -> Self {
        let from = (self.from.0, self.from.1.saturating_add_signed(nanos));
        Self { from, ..self }
    }

    /// Nanoseconds of the monotonic clock at a reading of the counter.
    #[must_use]
    pub fn nanos(&self, ticks: u64) -> u64 {
        if *self == Self::NANOS {
            return ticks;
        }
        let since = ticks.wrapping_sub(self.from.0) as i64;
        if self.nanos_per_tick == 1.0 {
            return self.from.1.saturating_add_signed(since);
        }
        self.from
            .1
            .saturating_add_signed((since as f64 * self.nanos_per_tick) as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_nanoseconds_once_scaled() {
        let scale = Scale::between((1000, 5_000_000), (3_001_000, 6_000_000)).unwrap();
        assert_eq!(scale.nanos(1000), 5_000_000);
        assert_eq!(scale.nanos(3_001_000), 6_000_000);
        assert_eq!(scale.nanos(6_001_000), 7_000_000);
        // A rank that attached before.
        assert_eq!(scale.nanos(700), 5_000_000 - 100);
        assert_eq!(Scale::NANOS.nanos(42), 42);
    }

    #[test]
    fn pairs_that_lie_too_close_give_no_scale() {
        assert_eq!(Scale::between((0, 0), (10, 10)), None);
        assert_eq!(Scale::between((10, 5_000_000), (0, 10_000_000)), None);
    }

    #[test]
    fn the_clock_goes_on() {
        let (first, second) = (pair(), pair());
        assert!(second.0 > first.0);
        assert!(second.1 >= first.1);
    }
}
