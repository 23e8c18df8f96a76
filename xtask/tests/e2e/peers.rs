//! The programs that references are compared with do the same work: one that does not compares nothing.

use crate::course::course;

#[test]
fn peers_do_the_same_work_as_the_reference() {
    let course = course();
    let peers = |exercise: &str| course.path(&format!("solutions/{exercise}/benches/peers"));
    let all = course.exercises().into_iter();
    let compared: Vec<String> = all.filter(|exercise| peers(exercise).is_dir()).collect();
    assert!(compared.iter().any(|exercise| exercise == "06-pi"));
    for exercise in &compared {
        let said = course
            .xtask(&format!("bench {exercise} --peers --rounds 1"))
            .run();
        // Those in Python only where its libraries are.
        let in_c = peers(exercise).join("plain.c").exists();
        let words = ["reference", if in_c { "plain.c" } else { "" }];
        said.succeeds_with(&words);
    }
    let plain = "solutions/06-pi/benches/peers/plain.c";
    course.change(plain, "x * x + y * y < 1.0", "x * x + y * y < 0.5");
    let said = course.xtask("bench 06 --peers --rounds 1").run();
    said.fails_with(2, &["plain.c does other work than the reference"]);
}
