//! A reference among its peers: programs in other languages that do the same work.
//!
//! `cargo xtask bench --peers` starts all of them at once and lets them work in turn, so that what else the
//! machine does disturbs all alike. Each reads lines from its standard input and answers each with a line:
//! - an empty line: the work that the program offers, in this order, separated by tabs. Work that several
//!   programs offer under one name is compared; what stands in parentheses behind it names the way in which it
//!   is done (`points (hits_wide)`).
//! - the place of such an offer, from 0: does the work once. The answer is the seconds that it took and its
//!   result, separated by a blank. The reference adds by what part of it the results of others may differ.
//!
//! The same in C and in Python are `peers.h` and `peers.py` in this folder.

use std::{
    io::{self, BufRead, Write},
    time::Instant,
};

/// A way to do some work: what it is, and a function that does it once and returns its result.
pub type Offer<'a> = (&'a str, Box<dyn FnMut() -> f64 + 'a>);

/// Does what the lines on standard input ask for, up to their end. Results of the same work may differ by this
/// part of them: `error` is 0 where all digits must agree.
///
/// # Errors
/// If a line cannot be read or written, or asks for what is not there.
pub fn serve(error: f64, offers: &mut [Offer<'_>]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        if line.is_empty() {
            let names: Vec<&str> = offers.iter().map(|(name, _)| *name).collect();
            writeln!(out, "{}", names.join("\t"))?;
        } else {
            let offer = line.parse().ok().and_then(|at: usize| offers.get_mut(at));
            let (_, work) = offer.ok_or_else(|| io::Error::other(format!("no offer {line}")))?;
            let start = Instant::now();
            let result = work();
            let seconds = start.elapsed().as_secs_f64();
            writeln!(out, "{seconds:e} {result:e} {error:e}")?;
        }
        out.flush()?;
    }
    Ok(())
}
