//! `--watch` and `--read`: builds at every save, serves the pages on this machine only, and has open pages load
//! themselves again. A page asks twice a second whether there is something new: plain, and it also
//! finds its way back after the command was started anew. Links into the workbook, such as to a lesson,
//! lead to its files: [`crate::files`].

use crate::{
    build::{Site, build_for, theme},
    files, lesson,
    source::Deck,
};
use anyhow::{Context, Result, anyhow};
use course::Course;
use notify::{RecursiveMode, Watcher};
use serde_json::json;
use std::{
    fs,
    io::Write,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};
use tiny_http::{Method, Request, Server, StatusCode};

/// An editor saves a file in several steps: so long must it be quiet before the next build.
const QUIET: Duration = Duration::from_millis(60);

/// Where pages are served unless somebody asks for another port.
pub const PORT: u16 = 8000;

/// The page with the list of the lessons.
const LESSONS: &str = "lessons.html";

/// In every page that is served: loads it again when its version is no longer the newest, and shows
/// what is wrong with the sources.
const RELOAD: &str = r#"<script>
(() => {
  const version = 'VERSION';
  const box = document.createElement('pre');
  box.setAttribute('role', 'status');
  box.style.cssText = 'position:fixed;z-index:99;left:0;right:0;bottom:0;margin:0;padding:1em;' +
    'font:16px monospace;white-space:pre-wrap;background:#7a0010;color:#fff;display:none';
  document.body.append(box);
  setInterval(async () => {
    try {
      const state = await (await fetch('/state')).json();
      if (state.version !== version) location.reload();
      box.textContent = state.problems;
      box.style.display = state.problems ? 'block' : 'none';
    } catch { /* the command has ended, or starts anew */ }
  }, 500);
})();
</script>
</body>"#;

/// What somebody is here for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To write or show decks, for this timetable.
    Slides(Option<String>),
    /// To read this lesson, or all of them.
    Lessons(Option<String>),
}

/// What is served.
struct Shown {
    decks: Vec<Deck>,
    pages: Vec<(String, String)>,
    problems: String,
    version: u128,
}

/// Builds, serves and watches until the process ends.
///
/// # Errors
/// If it cannot serve on this port, or on [`PORT`] or any other without one; if there is no such lesson.
pub fn watch(root: &Path, port: Option<u16>, purpose: &Purpose) -> Result<()> {
    let (timetable, page) = match purpose {
        Purpose::Slides(timetable) => (timetable.as_deref(), String::from("index.html")),
        Purpose::Lessons(None) => (None, String::from(LESSONS)),
        Purpose::Lessons(Some(name)) => {
            let course = Course::read(root)?;
            let exercise = course.select(name)?.exercise;
            let task = course.select(name)?.task;
            let section = task
                .map(|task| format!("#{}", task.name))
                .unwrap_or_default();
            (
                None,
                format!("exercises/{}/README.md{section}", exercise.folder),
            )
        }
    };
    let serving = |port: u16| {
        let address = format!("127.0.0.1:{port}");
        Server::http(&address).map_err(|error| anyhow!("serving on {address}: {error}"))
    };
    let server = match port {
        Some(port) => serving(port)?,
        // Somebody else may have the usual one, such as another clone.
        None => serving(PORT).or_else(|_| serving(0))?,
    };
    let address = server.server_addr();
    let shown = Mutex::new(Shown {
        decks: Vec::new(),
        pages: Vec::new(),
        problems: String::new(),
        version: 0,
    });
    let (changed, changes) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            // Fails only once nobody builds any more.
            let _ = changed.send(());
        }
    })
    .context("watching files")?;
    let traces = root.join(lesson::TRACES);
    fs::create_dir_all(&traces).with_context(|| format!("making {}", traces.display()))?;
    for folder in ["slides", "exercises", "solutions", lesson::TRACES] {
        let folder = root.join(folder);
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", folder.display()))?;
    }
    again(root, timetable, &shown);
    let what = match purpose {
        Purpose::Slides(_) => "the decks",
        Purpose::Lessons(None) => "the lessons",
        Purpose::Lessons(Some(_)) => "the lesson beside your file",
    };
    let page = page.trim_start_matches("index.html");
    println!("http://{address}/{page} shows {what}, and follows every save. Ctrl-C ends it.");
    thread::scope(|scope| {
        let shown = &shown;
        scope.spawn(move || {
            while changes.recv().is_ok() {
                while changes.recv_timeout(QUIET).is_ok() {}
                again(root, timetable, shown);
            }
        });
        for request in server.incoming_requests() {
            serve(request, root, shown);
        }
    });
    Ok(())
}

fn again(root: &Path, timetable: Option<&str>, shown: &Mutex<Shown>) {
    let start = Instant::now();
    let site = build_for(root, timetable).and_then(|site| {
        site.write(root, |_| true)?;
        Ok(site)
    });
    let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    match site {
        Ok(Site {
            decks,
            mut pages,
            wrong,
            problems,
            ..
        }) => {
            // Whoever writes a slide goes on seeing it: what is wrong stands below.
            for (name, text) in &mut pages {
                let last = shown.pages.iter_mut().find(|(page, _)| page == name);
                if let Some((_, last)) = last
                    && wrong.contains(name)
                {
                    std::mem::swap(text, last);
                }
            }
            if problems.is_empty() {
                println!("{} pages in {:.0?}", pages.len(), start.elapsed());
            }
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            shown.problems = lines.join("\n");
            if !problems.is_empty() {
                eprintln!("{}", shown.problems);
            }
            shown.decks = decks;
            shown.pages = pages;
            let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default();
            shown.version = now.as_millis();
        }
        Err(error) => {
            shown.problems = format!("{error:#}");
            eprintln!("{}", shown.problems);
        }
    }
}

/// The page with the script at its end. The page's own scripts hold whole pages as text, so only the
/// last `</body>` is its own.
fn with_reload(page: &str, version: u128) -> String {
    let script = RELOAD.replace("VERSION", &version.to_string());
    match page.rsplit_once("</body>") {
        Some((before, after)) => format!("{before}{script}{after}"),
        None => page.to_owned(),
    }
}

fn serve(request: Request, root: &Path, shown: &Mutex<Shown>) {
    let mut headers = request.headers().iter();
    let host = headers.find(|header| header.field.equiv("Host"));
    if !host.is_some_and(|host| is_this_machine(host.value.as_str())) {
        let text = "This address is not that of the command. Open the one that it has printed.";
        answer(
            request,
            files::Served {
                status: 403,
                kind: "text/plain; charset=utf-8",
                bytes: text.into(),
                moved: None,
            },
        );
        return;
    }
    let path = request.url().split(['?', '#']).next().unwrap_or_default();
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
    let (status, kind, text) = if name == "state" {
        let state = json!({"version": shown.version.to_string(), "problems": shown.problems});
        (200, "application/json", state.to_string())
    } else if let Some((_, page)) = shown.pages.iter().find(|(page, _)| page == name) {
        (200, files::HTML, with_reload(page, shown.version))
    } else {
        let (decks, version) = (shown.decks.clone(), shown.version);
        // It reads files: others need not wait.
        drop(shown);
        let page = file(root, name, &decks, version);
        answer(request, page);
        return;
    };
    drop(shown);
    answer(
        request,
        files::Served {
            status,
            kind,
            bytes: text.into_bytes(),
            moved: None,
        },
    );
}

/// Whether a host is `localhost` or a number. A page of another site could have its own name lead here, and read
/// the student's files as its own.
fn is_this_machine(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name.eq_ignore_ascii_case("localhost")
        || host.parse::<SocketAddr>().is_ok()
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok()
}

/// A page that is made of a file when somebody asks for it.
fn file(root: &Path, name: &str, decks: &[Deck], version: u128) -> files::Served {
    let list = (name == LESSONS).then(|| {
        let theme = theme(root).ok()?;
        lesson::list(root, decks, &theme)
    });
    let mut served = match list.flatten() {
        Some(page) => files::Served::html(200, page),
        None => files::serve(root, name, decks),
    };
    if served.kind == files::HTML
        && served.status == 200
        && let Ok(page) = std::str::from_utf8(&served.bytes)
    {
        served.bytes = with_reload(page, version).into_bytes();
    }
    served
}

fn answer(request: Request, served: files::Served) {
    let files::Served {
        status,
        kind,
        bytes,
        moved,
    } = served;
    // Of tiny_http's four threads each belongs to one connection for as long as that is open, and more are started only
    // when none seems to be free: of the six connections that a browser opens at once, two could wait for as long
    // as the others are kept. So none is kept, which its own responses cannot say.
    let reason = StatusCode(status).default_reason_phrase();
    let length = bytes.len();
    let mut head = format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n"
    );
    if let Some(there) = moved.filter(|there| there.chars().all(|sign| sign.is_ascii_graphic())) {
        head += &format!("Location: {there}\r\n");
    }
    head += "\r\n";
    let body = if *request.method() == Method::Head {
        &[]
    } else {
        &*bytes
    };
    let mut writer = request.into_writer();
    // Whoever has asked may be gone.
    let _ = writer
        .write_all(head.as_bytes())
        .and_then(|()| writer.write_all(body))
        .and_then(|()| writer.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_served_under_its_own_names() {
        for host in [
            "localhost:8000",
            "LOCALHOST",
            "127.0.0.1:8000",
            "127.0.0.1",
            "[::1]:8000",
            "[::1]",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "",
            "example.org",
            "example.org:8000",
            "localhost.example.org:80",
            "1.2.3.4.example.org",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
