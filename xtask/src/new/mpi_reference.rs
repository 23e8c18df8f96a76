
/// TO WRITE: what it does.
pub fn FUNCTION(world: &SimpleCommunicator, mine: &[i64]) -> i64 {
    let own = mine.iter().fold(0, |sum: i64, number| sum.wrapping_add(*number));
    let mut total = 0_i64;
    world.all_reduce_into(&own, &mut total, SystemOperation::sum());
    total
}
