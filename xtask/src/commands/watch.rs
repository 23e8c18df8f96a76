//! `cargo xtask watch`: checks again at every save.
//!
//! Each check is a process of its own, this program with `check`: a save while it runs ends it, and
//! its supervisor clears away whatever it has started. It ends also with the watch, however that ends:
//! a pipe is its standard input, and nobody else holds the other end.

use crate::{Answer, cli, workbook::Workbook};
use anyhow::{Context, Result};
use console::{Key, Term};
use notify::{EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use std::{
    collections::BTreeMap,
    io::IsTerminal,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{self, Receiver, RecvTimeoutError, Sender},
    time::Duration,
};

/// Editors save in several steps; so long must the folder be still.
const STILL: Duration = Duration::from_millis(80);
/// How often to look where the file system does not tell of changes.
const POLL: Duration = Duration::from_secs(1);

/// How often to look whether what runs has ended.
const LOOK: Duration = Duration::from_millis(50);
/// The keys, as the last line of the screen.
const KEYS: &str =
    "[h]int  [r]un  [c]heck  [n]ext exercise  [q]uit      (saves check by themselves)";

/// What can happen while watching.
enum Happening {
    Changed,
    Key(Key),
    Trouble(notify::Error),
}

pub(crate) fn run(arguments: &cli::Watch) -> Result<Answer> {
    let workbook = Workbook::open()?;
    let selection = workbook.select(arguments.name.name.as_deref())?;
    let mut exercise = selection.exercise;
    let mut name = selection
        .task
        .map_or_else(|| exercise.folder.clone(), |task| exercise.task_name(task));

    let (sender, happenings) = mpsc::channel();
    let keys = Keys::listen(sender.clone());
    let mut watcher = watch(arguments.poll, sender)?;
    loop {
        let folder = exercise.dir.join("src");
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| {
                format!(
                    "watching {}; `--poll` works on every file system",
                    folder.display()
                )
            })?;
        let mut seen = contents(&folder);
        let check = ["check", "--in-watch", &name];
        let mut running = Running::start(&check, keys.is_some())?;
        let next = loop {
            let Some(happening) = running.until(&happenings)? else {
                continue;
            };
            match happening {
                Happening::Changed => {
                    // Wait until the editor is done.
                    while !matches!(
                        happenings.recv_timeout(STILL),
                        Err(RecvTimeoutError::Timeout)
                    ) {}
                    let now = contents(&folder);
                    if now != seen {
                        seen = now;
                        running.replace(&check)?;
                    }
                }
                Happening::Trouble(error) => {
                    return Err(error)
                        .with_context(|| format!("watching {}; try --poll", folder.display()));
                }
                Happening::Key(key) => {
                    match key {
                        Key::Char('q') | Key::CtrlC | Key::Escape => break None,
                        Key::Char('n') => {
                            let progress = workbook.progress()?;
                            match progress.next_exercise(&workbook.course, exercise) {
                                Some(next) => break Some(next),
                                None => anstream::println!("All other exercises pass."),
                            }
                        }
                        Key::Char('h') => running.replace(&["hint", &name])?,
                        Key::Char('r') => running.replace(&["run", &exercise.folder])?,
                        Key::Char('c') | Key::Enter => running.replace(&check)?,
                        _ => {}
                    }
                    if let Some(keys) = &keys {
                        keys.go_on();
                    }
                }
            }
        };
        running.end();
        let Some(next) = next else {
            return Ok(Answer::Passes);
        };
        watcher
            .unwatch(&folder)
            .with_context(|| format!("leaving {}", folder.display()))?;
        exercise = next;
        name = next.folder.clone();
        if let Some(keys) = &keys {
            keys.go_on();
        }
    }
}

fn watch(poll: bool, sender: Sender<Happening>) -> Result<Box<dyn Watcher>> {
    let tell = move |event: notify::Result<notify::Event>| {
        let happening = match event {
            // Reading is no change, and the compiler reads at every check.
            Ok(event) if matches!(event.kind, EventKind::Access(_)) => return,
            Ok(_) => Happening::Changed,
            Err(error) => Happening::Trouble(error),
        };
        // Nobody listens any more: the command is about to end.
        let _ = sender.send(happening);
    };
    let config = notify::Config::default()
        .with_poll_interval(POLL)
        .with_compare_contents(true);
    Ok(if poll {
        Box::new(PollWatcher::new(tell, config).context("beginning to look for changes")?)
    } else {
        Box::new(
            RecommendedWatcher::new(tell, config)
                .context("asking the system to tell of changes; try --poll")?,
        )
    })
}

/// What the files of a folder hold: an editor may touch a file without changing it.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter_map(|path| Some((path.clone(), std::fs::read(&path).ok()?)))
        .collect()
}

/// The process that shows something, and the line about the keys below it when it has ended: a long text
/// would push it out of sight.
struct Running {
    child: Option<Child>,
    keys: bool,
}

impl Running {
    fn start(arguments: &[&str], keys: bool) -> Result<Self> {
        let mut running = Self { child: None, keys };
        running.replace(arguments)?;
        Ok(running)
    }

    /// Waits for something to happen; none when what runs has ended, and the keys stand below it.
    fn until(&mut self, happenings: &Receiver<Happening>) -> Result<Option<Happening>> {
        while let Some(child) = &mut self.child {
            match happenings.recv_timeout(LOOK) {
                Ok(happening) => return Ok(Some(happening)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(error) => return Err(error).context("waiting for a save"),
            }
            if child.try_wait().context("waiting for a check")?.is_some() {
                self.child = None;
                if self.keys {
                    anstream::println!("\n{KEYS}");
                }
                return Ok(None);
            }
        }
        happenings.recv().map(Some).context("waiting for a save")
    }

    /// Ends what runs, clears the screen, and starts something else.
    fn replace(&mut self, arguments: &[&str]) -> Result<()> {
        self.end();
        let screen = Term::stdout();
        if screen.is_term() {
            screen.clear_screen().context("clearing the screen")?;
        }
        let this = std::env::current_exe().context("finding this program")?;
        let child = Command::new(this)
            .arg("--end-with-input")
            .args(arguments)
            .stdin(Stdio::piped())
            .spawn();
        self.child = Some(child.context("starting this program once more")?);
        Ok(())
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended already. Its supervisor ends whatever it has started.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// The keys that are pressed, where there is a keyboard and a screen that says which there are.
struct Keys(Sender<()>);

impl Keys {
    fn listen(sender: Sender<Happening>) -> Option<Self> {
        let keyboard = Term::stdout();
        // Without a screen, reading a key returns at once, with none.
        if !std::io::stdin().is_terminal() || !keyboard.is_term() {
            return None;
        }
        let (go_on, next) = mpsc::channel();
        std::thread::spawn(move || {
            // One key at a time: while a key is read the terminal is in raw mode, and the command
            // must not end in it.
            while let Ok(key) = keyboard.read_key_raw() {
                if sender.send(Happening::Key(key)).is_err() || next.recv().is_err() {
                    break;
                }
            }
        });
        Some(Self(go_on))
    }

    /// The last key has been dealt with.
    fn go_on(&self) {
        // The listener has ended only if the keyboard is gone.
        let _ = self.0.send(());
    }
}
