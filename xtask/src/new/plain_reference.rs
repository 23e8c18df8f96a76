
/// TO WRITE: what it does.
pub fn FUNCTION(numbers: &[i64]) -> i64 {
    numbers.iter().sum()
}
