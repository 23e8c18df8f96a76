//! `--watch`: builds at every save, serves the pages on this machine only, and has open pages load
//! themselves again. A page asks twice a second whether there is something new: plain, and it also
//! finds its way back after the command was started anew. Links into the workbook, such as to a lesson,
//! lead to its files: [`crate::files`].

use crate::{
    build::{Site, build_for},
    files,
};
use anyhow::{Context, Result, anyhow};
use notify::{RecursiveMode, Watcher};
use serde_json::json;
use std::{
    path::Path,
    sync::{Mutex, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};
use tiny_http::{Header, Request, Response, Server};

/// An editor saves a file in several steps: so long must it be quiet before the next build.
const QUIET: Duration = Duration::from_millis(60);

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

/// What is served.
struct Shown {
    pages: Vec<(String, String)>,
    problems: String,
    version: u128,
}

/// Builds, serves and watches until the process ends.
pub fn watch(root: &Path, port: u16, timetable: Option<&str>) -> Result<()> {
    let address = format!("127.0.0.1:{port}");
    let server =
        Server::http(&address).map_err(|error| anyhow!("serving on {address}: {error}"))?;
    let address = server.server_addr();
    let shown = Mutex::new(Shown {
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
    for folder in ["slides", "exercises", "solutions"] {
        let folder = root.join(folder);
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .with_context(|| format!("watching {}", folder.display()))?;
    }
    again(root, timetable, &shown);
    println!("http://{address}/ shows the decks, and follows every save. Ctrl-C ends it.");
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
        (
            200,
            "text/html; charset=utf-8",
            with_reload(page, shown.version),
        )
    } else {
        drop(shown);
        let served = files::serve(root, path);
        answer(request, served);
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

fn answer(request: Request, served: files::Served) {
    let files::Served {
        status,
        kind,
        bytes,
        moved,
    } = served;
    let mut response = Response::from_data(bytes).with_status_code(status);
    if let Some(there) = moved
        && let Ok(header) = Header::from_bytes("Location", there)
    {
        response.add_header(header);
    }
    for (field, value) in [("Content-Type", kind), ("Cache-Control", "no-store")] {
        if let Ok(header) = Header::from_bytes(field, value) {
            response.add_header(header);
        }
    }
    // Whoever has asked may be gone.
    let _ = request.respond(response);
}
