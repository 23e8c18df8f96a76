//! The processes of the machine that a test has started.

#[cfg(target_os = "linux")]
use std::fs;
use std::path::PathBuf;

/// By what the processes that a test has started are recognised.
pub struct Trace {
    /// A variable in their environment: its name, and how its value begins.
    pub variable: (&'static str, String),
    /// The programs in this folder are its own too, should they have emptied their environment.
    pub programs_in: Option<PathBuf>,
}

#[cfg(target_os = "linux")]
impl Trace {
    /// The processes that are there, as process id and command line.
    pub fn processes(&self) -> Vec<String> {
        let described = |(pid, command)| format!("{pid} {command}");
        self.find().into_iter().map(described).collect()
    }

    /// Ends what a failed test has left.
    pub fn end(&self) {
        for (pid, _) in self.find() {
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                // It may be gone by now.
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }

    fn find(&self) -> Vec<(i32, String)> {
        let wanted = format!("{}={}", self.variable.0, self.variable.1);
        let mut found = Vec::new();
        for entry in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = entry.file_name().to_string_lossy().parse::<i32>() else {
                continue;
            };
            let read = |file| fs::read(entry.path().join(file)).unwrap_or_default();
            let marked = read("environ")
                .split(|byte| *byte == 0)
                .any(|variable| variable.starts_with(wanted.as_bytes()));
            let program = fs::read_link(entry.path().join("exe")).unwrap_or_default();
            let folder = self.programs_in.as_ref();
            if marked || folder.is_some_and(|folder| program.starts_with(folder)) {
                let command = String::from_utf8_lossy(&read("cmdline")).replace('\0', " ");
                found.push((pid, command));
            }
        }
        found
    }
}

#[cfg(not(target_os = "linux"))]
impl Trace {
    /// None: this system does not show the environment of processes.
    pub fn processes(&self) -> Vec<String> {
        static SAID: std::sync::Once = std::sync::Once::new();
        SAID.call_once(|| println!("not covered on this system: processes that are left behind"));
        Vec::new()
    }

    /// Nothing, as none is found.
    pub fn end(&self) {}
}

#[test]
fn a_process_is_found_by_its_variable() {
    let trace = Trace {
        variable: ("WORKBOOK_TEST", format!("{}-itself-", std::process::id())),
        programs_in: None,
    };
    let mut sleep = std::process::Command::new("sleep");
    sleep.arg("100").env(trace.variable.0, &trace.variable.1);
    let mut child = sleep.spawn().unwrap();
    if cfg!(target_os = "linux") {
        // The system lets `spawn` return a little before the new program's
        // environment can be read.
        let environment = format!("/proc/{}/environ", child.id());
        while std::fs::read(&environment).is_ok_and(|bytes| bytes.is_empty())
            && child.try_wait().unwrap().is_none()
        {
            std::thread::yield_now();
        }
        assert_eq!(trace.processes().len(), 1);
        trace.end();
    } else {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    assert_eq!(trace.processes(), [""; 0]);
}
