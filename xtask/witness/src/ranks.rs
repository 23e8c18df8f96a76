//! How the processes of the ranks live, by their process ids. The launcher is their parent, so that
//! nobody here learns how they ended.

/// Whether a process is there, and has not ended.
pub(crate) fn lives(pid: u32) -> bool {
    let Ok(status) = std::fs::read(format!("/proc/{pid}/stat")) else {
        return false;
    };
    // The name of the program, in parentheses, may hold blanks and parentheses of its own, and the system cuts it
    // after 15 bytes, within a letter too.
    let status = String::from_utf8_lossy(&status);
    let state = status.rsplit(')').next().unwrap_or_default();
    !matches!(state.trim_start().chars().next(), Some('Z' | 'X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_living_are_told_from_the_dead() {
        assert!(lives(std::process::id()));
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        while lives(pid) {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(!lives(pid));
    }
}
