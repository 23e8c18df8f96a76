//! The check of the task `pi`.

use super::{
    Answers,
    lab::{Lab, MOST_GROUPS, is_well_used},
};
use harness_mpi::Check;
use std::ops::Range;

/// Points close to the circle: seeds, and indices in their sequences. `x² + y²` differs from 1 by less than 2^-29.
/// With those of [`TELLING`], these are all such points among ten billion (10^10).
const CLOSE: [(u64, u64); 28] = [
    (7, 0x1b2f_55cb),
    (7, 0xe01e_470b),
    (7, 0xf451_8b98),
    (7, 0xfbea_55d8),
    (7, 0xffff_ffff_e4ce_a004),
    (u64::MAX, 0x18c8_e5f4),
    (u64::MAX, 0x1e45_834d),
    (u64::MAX, 0xfb48_0ced),
    (u64::MAX, 0x8000_0000_071a_4b8d),
    (u64::MAX, 0x8000_0000_08dd_b2ee),
    (u64::MAX, 0xffff_ffff_e654_7658),
    (20, 0x0051_ccf7),
    (20, 0x1370_ce9c),
    (20, 0xe0ab_075e),
    (20, 0xed8f_52e2),
    (20, 0xedd9_6289),
    (20, 0xefd0_d524),
    (20, 0xf93e_b824),
    (20, 0x8000_0000_0a5e_840a),
    (20, 0x8000_0000_1376_b27f),
    (1 << 32, 0x0aa6_aa2e),
    (1 << 32, 0xf55d_36ab),
    (1 << 32, 0x8000_0000_054a_5842),
    (1 << 32, 0xffff_ffff_e3cc_af68),
    (1 << 32, 0xffff_ffff_ebea_e05f),
    (0x9e37_0000_0000_0001, 0x8000_0000_08ea_4235),
    (0x9e37_0000_0000_0001, 0xffff_ffff_e431_8687),
    (0x9e37_0000_0000_0001, 0xffff_ffff_fffb_6bd5),
];
/// The points that are always tried. The first four are misses, but hits if coordinates have 32 bits. Of the others,
/// the first two are hits and the last one is a miss; with coordinates rounded to `f32`, it is the other way round.
const TELLING: [(u64, u64); 7] = [
    (20, 0x1187_e855),
    (20, 0xe43d_d24c),
    (0x9e37_0000_0000_0001, 0xf5c4_db0d),
    (1 << 32, 0x8000_0000_0d3e_72c4),
    (7, 0x16a9_dd12),
    (7, 0xffff_ffff_f5b1_4445),
    (20, 0xf06a_c899),
];
/// How many of the others are tried.
const DRAWN: usize = 4;

pub fn hits_between(check: &mut Check, answers: &Answers) {
    let Some(lab) = Lab::open(check) else {
        return;
    };
    for (seed, indices) in ranges(check) {
        check.input(format!("the points {indices:?} of seed {seed}"));
        let expected = hits(seed, indices.clone());
        let points = indices.end.saturating_sub(indices.start) as usize;
        let (hits, work) = lab.observe(|device| (answers.hits_between)(device, seed, indices));
        let why = "the hits are the points with x² + y² < 2^106, computed exactly";
        if !check.returned(hits, expected, why)
            || !is_well_used(check, &work, MOST_GROUPS, points, 1024, 1024)
        {
            return;
        }
    }
    let indices = 0..1000;
    check.input(format!("the points {indices:?} of seed 7"));
    let expected = hits(7, indices.clone());
    lab.is_source(check, &expected, |device| {
        (answers.hits_between)(device, 7, indices)
    });
}

/// Seeds and ranges: few points and many, around 2^32, at the end, around points that are close to the circle, the same
/// range of two seeds, and some that end before they start.
fn ranges(check: &mut Check) -> Vec<(u64, Range<u64>)> {
    let seed = check.draw(0..u64::MAX);
    let small = check.draw(0..1000);
    let start = check.draw(0..u64::MAX / 2);
    // More than 43 runs, with the smallest limit of workgroups: if each had an upload of 24 bytes, it would be too much.
    let many = check.draw(46_000..52_000);
    let before = check.draw(1..3000);
    let mut ranges = vec![
        (small, 0..0),
        (seed, 0..1),
        (small, 1..65),
        (seed, start..start + many),
        (small, (1 << 32) - before..(1 << 32) + 500),
        // Without a carry, the hits are eight fewer. Of drawn points, they may be as many by chance.
        (7, (1 << 32) - 8..(1 << 32) + 300),
        (seed, u64::MAX - before..u64::MAX),
        (seed, start..start),
    ];
    let mut close = CLOSE;
    check.shuffle(&mut close);
    for (seed, index) in TELLING.iter().chain(&close[..DRAWN]) {
        let before = check.draw(0..70);
        ranges.push((*seed, index - before..index + 40));
    }
    let other = (0..).find(|other| hits(*other, 0..100) != hits(seed, 0..100));
    ranges.extend(
        [Some(seed), other]
            .into_iter()
            .flatten()
            .map(|seed| (seed, 0..100)),
    );
    #[allow(
        clippy::reversed_empty_ranges,
        reason = "empty ranges may be like this"
    )]
    // The difference of 64 bits, or of the lower words, is small.
    ranges.extend([(seed, 5..3), (7, u64::MAX - 10..0), (7, 1 << 40..100)]);
    ranges
}

/// The count of exercise 06.
pub fn hits(seed: u64, indices: Range<u64>) -> u64 {
    let is_hit = |index: &u64| {
        let [x, y] = crate::subject::point(seed, *index).map(u128::from);
        x * x + y * y < 1 << 106
    };
    indices.filter(is_hit).count() as u64
}
