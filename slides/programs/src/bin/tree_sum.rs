//! The sum of a workgroup, with a loop in place of its invocations.

fn main() {
    // ANCHOR: tree
    let mut shared = [3, 1, 4, 1, 5, 9, 2, 6];
    let mut stride = shared.len() / 2;
    while stride > 0 {
        for id in 0..stride {
            shared[id] += shared[id + stride];
        }
        // On a device, all invocations of the workgroup wait for each other here.
        println!("stride {stride}: {:?}", &shared[..stride]);
        stride /= 2;
    }
    // ANCHOR_END: tree
}
