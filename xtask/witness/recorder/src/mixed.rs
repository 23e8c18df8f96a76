//! Names that are computed, and not looked up.

/// Mixes words into a name that is the same wherever the words are.
pub fn mixed(words: impl IntoIterator<Item = u64>) -> u64 {
    let mut sum: u64 = 0xCBF2_9CE4_8422_2325;
    for word in words {
        sum = (sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        sum ^= sum >> 29;
    }
    sum
}
