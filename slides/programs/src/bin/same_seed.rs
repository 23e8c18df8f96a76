//! Four streams of random numbers with the same seed: four times the same points.
//!
//! The generator is written out, since what matters is that the same state gives the same numbers:
//! SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).

/// A stream of random numbers between 0 and 1.
struct Stream(u64);

impl Stream {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        (bits >> 11) as f64 / (1_u64 << 53) as f64
    }
}

// ANCHOR: hits
fn hits(dice: &mut Stream, points: u32) -> u32 {
    let is_hit = |_: &u32| dice.next().powi(2) + dice.next().powi(2) <= 1.0;
    (0..points).filter(is_hit).count() as u32
}
// ANCHOR_END: hits

// ANCHOR: same
fn by_four(seed: u64, points: u32) -> f64 {
    let ranks = (0..4).map(|_rank| hits(&mut Stream(seed), points / 4));
    4.0 * f64::from(ranks.sum::<u32>()) / f64::from(points)
}
// ANCHOR_END: same

fn main() {
    println!("points     four ranks, one seed    one rank, a quarter of the points");
    for points in [4_000, 40_000, 400_000] {
        let quarter = points / 4;
        let alone = 4.0 * f64::from(hits(&mut Stream(2026), quarter)) / f64::from(quarter);
        println!("{points:<11}{:<24.5}{alone:.5}", by_four(2026, points));
    }
}
