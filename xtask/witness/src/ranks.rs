//! How the processes of the ranks live, by their process ids. The launcher is their parent, so that
//! nobody here learns how they ended.

use observer::Life;

/// How a process lives.
pub(crate) fn life(pid: u32) -> Life {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/stat")) else {
        return Life::Gone;
    };
    // The name of the program, in parentheses, may hold blanks and parentheses of its own.
    match status
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .trim_start()
        .chars()
        .next()
    {
        Some('Z' | 'X') => Life::Gone,
        _ => Life::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        assert_eq!(life(std::process::id()), Life::Running);
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        while life(pid) == Life::Running {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert_eq!(life(pid), Life::Gone);
    }
}
