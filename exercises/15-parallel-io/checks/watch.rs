//! What happens to the files of a folder, in the order in which it happens, whichever process does it.

use std::path::Path;

/// An event of a file, with its name in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The file was created under this name.
    Made(String),
    /// It was written to or truncated.
    Written(String),
    /// It was removed.
    Removed(String),
    /// It was renamed: from, to. Without an old name, it came from another folder.
    Renamed(Option<String>, String),
}

/// A watch over a folder. If the system does not report events, it sees none.
pub struct Watch(#[cfg(target_os = "linux")] Option<rustix::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Watch {
    /// Starts to watch.
    pub fn over(folder: &Path) -> Self {
        use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
        let watch = || {
            let watch = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).ok()?;
            let flags = WatchFlags::MODIFY
                | WatchFlags::CREATE
                | WatchFlags::DELETE
                | WatchFlags::MOVED_FROM
                | WatchFlags::MOVED_TO;
            inotify::add_watch(&watch, folder, flags).ok()?;
            Some(watch)
        };
        Self(watch())
    }

    /// The events so far.
    pub fn events(self) -> Vec<Event> {
        use rustix::fs::inotify::{ReadFlags, Reader};
        use std::mem::MaybeUninit;
        let Some(watch) = self.0 else {
            return Vec::new();
        };
        let mut room = [MaybeUninit::uninit(); 4096];
        let mut reader = Reader::new(&watch, &mut room);
        let mut events = Vec::new();
        let mut left: Option<(u32, String)> = None;
        while let Ok(event) = reader.next() {
            let name = event.file_name();
            let name = name.map_or(String::new(), |name| name.to_string_lossy().into_owned());
            let what = event.events();
            if what.contains(ReadFlags::MOVED_FROM) {
                left = Some((event.cookie(), name));
            } else if what.contains(ReadFlags::MOVED_TO) {
                let from = left.take().filter(|(cookie, _)| *cookie == event.cookie());
                events.push(Event::Renamed(from.map(|(_, name)| name), name));
            } else if what.contains(ReadFlags::CREATE) {
                events.push(Event::Made(name));
            } else if what.contains(ReadFlags::DELETE) {
                events.push(Event::Removed(name));
            } else if what.contains(ReadFlags::MODIFY) {
                events.push(Event::Written(name));
            }
        }
        events
    }
}

#[cfg(not(target_os = "linux"))]
impl Watch {
    /// Does not watch anything.
    pub fn over(_: &Path) -> Self {
        Self()
    }

    /// No events.
    pub fn events(self) -> Vec<Event> {
        Vec::new()
    }
}
