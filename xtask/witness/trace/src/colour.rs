//! The colours: of ranks, which are the same in every figure of the course, and of classes of calls.

use crate::Class;

/// The palette of Okabe and Ito ("Color Universal Design", 2008), which people with any colour vision
/// tell apart; with grey in place of its black, which a dark page would swallow.
const OKABE_ITO: [&str; 8] = [
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#999999",
];

/// The colour of a rank, as `#RRGGBB`; ranks that are 8 apart share one.
pub fn rank_colour(rank: u32) -> &'static str {
    OKABE_ITO[rank as usize % OKABE_ITO.len()]
}

/// The fill of a call of this class, as `#RRGGBB`: Paul Tol's "light" scheme, made for areas with dark
/// text on them, and paler than the ranks' colours so that nobody takes one for the other.
pub fn class_colour(class: Class) -> &'static str {
    match class {
        Class::Send => "#77AADD",
        Class::Receive => "#44BB99",
        Class::Exchange => "#66C7CC",
        Class::Probe => "#99DDFF",
        Class::Wait => "#EEDD88",
        Class::Test => "#BBCC33",
        Class::Collective => "#FFAABB",
        Class::OneSided => "#EE8866",
        Class::File => "#C9B458",
        Class::Other => "#D0D0D0",
        Class::Compute => "#B9B9C6",
    }
}

/// The colour of a rank as its red, green and blue.
pub(crate) fn rank_rgb(rank: u32) -> anstyle::RgbColor {
    let hex = u32::from_str_radix(&rank_colour(rank)[1..], 16).unwrap_or(0);
    let [_, red, green, blue] = hex.to_be_bytes();
    anstyle::RgbColor(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_is_one() {
        let ranks = (0..9).map(rank_colour);
        for colour in ranks.chain(Class::ALL.map(class_colour)) {
            assert_eq!(colour.len(), 7, "{colour}");
            assert!(colour.starts_with('#') && u32::from_str_radix(&colour[1..], 16).is_ok());
        }
        assert_eq!(rank_rgb(0), anstyle::RgbColor(0, 0x72, 0xB2));
        assert_eq!(rank_colour(3), rank_colour(11));
    }
}
