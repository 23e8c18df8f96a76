//! What is served beside the pages: files of the workbook, since decks and guide link to lessons
//! and code. Markdown becomes a page, and a lesson one with the student's file beside it; text is shown as it is. Nothing hidden, and nothing outside of
//! the workbook, is ever shown.

use crate::{build, code::escape, lesson, source::Deck};
use std::{
    fs,
    path::{Component, Path},
};

/// An answer to a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The status of HTTP.
    pub status: u16,
    /// The media type.
    pub kind: &'static str,
    /// What is shown.
    pub bytes: Vec<u8>,
    /// The address that it has really.
    pub moved: Option<String>,
}

/// The media type of pages.
pub(crate) const HTML: &str = "text/html; charset=utf-8";

impl Served {
    fn page(status: u16, title: &str, body: &str) -> Self {
        let title = escape(title);
        let style = "body{max-width:46rem;overflow-wrap:anywhere;margin:2rem auto;padding:0 1rem;font:1.05rem/1.5 sans-serif;\
                     color-scheme:light dark}pre{overflow-x:auto;padding:.6rem;border-left:.25em solid \
                     #8888}img{max-width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem \
                     .2rem 0}";
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{title}</title>\
             <style>{style}</style></head>\n<body><p><a href=\"/lessons.html\">All lessons</a> · <a href=\"/index.html\">All decks</a></p><main>{body}</main>\
             </body></html>\n"
        );
        Self::html(status, page)
    }

    /// A page that is whole.
    pub(crate) fn html(status: u16, page: String) -> Self {
        Self {
            status,
            kind: HTML,
            bytes: page.into_bytes(),
            moved: None,
        }
    }

    fn missing() -> Self {
        Self::page(
            404,
            "Not here",
            "<h1>Not here</h1><p>No page of this name.</p>",
        )
    }
}

/// The file or folder of the workbook in `root` that the path of an address names, such as
/// `/exercises/05-collectives/README.md`; or a trace, by `/traces/05-collectives.html`. `decks` are those that lessons
/// can lead to.
pub fn serve(root: &Path, address: &str, decks: &[Deck]) -> Served {
    let Some(name) = decoded(address.trim_start_matches('/')) else {
        return Served::missing();
    };
    if let Some(name) = name.strip_prefix("traces/") {
        return trace(&root.join(lesson::TRACES), name);
    }
    if let Some(deck) = decks.iter().find(|deck| deck.file == Path::new(&name)) {
        return Served {
            moved: Some(format!("/{}.html", deck.name())),
            ..Served::page(302, &name, "")
        };
    }
    let plain = Path::new(&name).components().all(|part| match part {
        Component::Normal(part) => !part.to_string_lossy().starts_with('.'),
        _ => false,
    });
    // Links of the file system must not lead out of the workbook either.
    let (Ok(root), Ok(path)) = (root.canonicalize(), root.join(&name).canonicalize()) else {
        return Served::missing();
    };
    if !plain || !path.starts_with(&root) {
        return Served::missing();
    }
    if path.is_dir() {
        return folder(&path, &name);
    }
    let Ok(bytes) = fs::read(&path) else {
        return Served::missing();
    };
    let ending = path.extension().unwrap_or_default().to_string_lossy();
    match (&*ending, std::str::from_utf8(&bytes)) {
        ("md", Ok(text)) => {
            let page = build::theme(&root).ok();
            let page = page.and_then(|theme| lesson::page(&root, &name, decks, &theme));
            page.map_or_else(
                || Served::page(200, &name, &lesson::markdown(text, &|_| None)),
                |page| Served::html(200, page),
            )
        }
        ("rs", Ok(text)) => {
            let body = format!("<h1>{}</h1>{}", escape(&name), lesson::file(text));
            Served::page(200, &name, &body)
        }
        ("svg", _) => file("image/svg+xml", bytes),
        ("png", _) => file("image/png", bytes),
        (_, Ok(_)) => file("text/plain; charset=utf-8", bytes),
        _ => file("application/octet-stream", bytes),
    }
}

/// A file that `cargo xtask trace` has written.
fn trace(folder: &Path, name: &str) -> Served {
    let is_plain = !name.contains('/') && !name.starts_with('.');
    let path = folder.join(name);
    let is_file = fs::symlink_metadata(&path).is_ok_and(|data| data.is_file());
    let bytes = fs::read(&path).ok().filter(|_| is_plain && is_file);
    match (path.extension().and_then(|ending| ending.to_str()), bytes) {
        (Some("html"), Some(bytes)) => file(HTML, bytes),
        (Some("svg"), Some(bytes)) => file("image/svg+xml", bytes),
        (Some("json"), Some(bytes)) => file("application/json", bytes),
        _ => Served::missing(),
    }
}

fn file(kind: &'static str, bytes: Vec<u8>) -> Served {
    Served {
        status: 200,
        kind,
        bytes,
        moved: None,
    }
}

/// A folder is what its README says, else the list of what is in it.
fn folder(path: &Path, name: &str) -> Served {
    let address = name.trim_end_matches('/');
    if path.join("README.md").is_file() {
        return Served {
            moved: Some(format!("/{address}/README.md")),
            status: 302,
            ..Served::page(302, name, "")
        };
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    let items: String = names
        .iter()
        .map(|entry| {
            let entry = escape(entry);
            format!(
                "<li><a href=\"/{}/{entry}\">{entry}</a></li>\n",
                escape(address)
            )
        })
        .collect();
    let body = format!("<h1>{}</h1><ul>{items}</ul>", escape(address));
    Served::page(200, address, &body)
}

/// The text of an address, in which `%20` stands for a space (RFC 3986, 2.1).
fn decoded(address: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(address.len());
    let mut rest = address.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next()?, rest.next()?];
        let digits = std::str::from_utf8(&digits).ok()?;
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workbook() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("workbook");
        for (name, text) in [
            (
                "exercises/05/README.md",
                "# All *to* all\n\n<b>x</b>, see [code](src/lib.rs)\n",
            ),
            ("exercises/05/src/lib.rs", "//! <T>\n"),
            ("slides/figures/a b.svg", "<svg/>"),
            ("exercises/05/notes.txt", "notes"),
            (".workbook/secret", "no"),
            (".workbook/traces/05-ring.html", "<svg>"),
            (".workbook/traces/.hidden.html", "no"),
            ("exercises/.hidden", "no"),
        ] {
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        fs::write(folder.path().join("outside"), "no").unwrap();
        std::os::unix::fs::symlink(folder.path().join("outside"), root.join("leak")).unwrap();
        folder
    }

    #[test]
    fn files_of_the_workbook_are_shown() {
        let folder = workbook();
        let root = folder.path().join("workbook");
        let lesson = serve(&root, "/exercises/05/README.md", &[]);
        let text = String::from_utf8(lesson.bytes).unwrap();
        assert_eq!((lesson.status, lesson.kind), (200, HTML));
        for part in [
            "<h1 id=\"all-to-all\">",
            "&lt;b&gt;x",
            "<a href=\"src/lib.rs\">code</a>",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        let code = serve(&root, "/exercises/05/src/lib.rs", &[]);
        let text = String::from_utf8(code.bytes).unwrap();
        assert!(
            text.contains("<span class=\"c\">//! &lt;T&gt;</span>"),
            "{text}"
        );
        assert_eq!(
            serve(&root, "/exercises/05/notes.txt", &[]).kind,
            "text/plain; charset=utf-8"
        );
        let trace = serve(&root, "/traces/05-ring.html", &[]);
        assert_eq!((trace.kind, &*trace.bytes), (HTML, &b"<svg>"[..]));
        assert_eq!(
            serve(&root, "/slides/figures/a%20b.svg", &[]).kind,
            "image/svg+xml"
        );
        let moved = serve(&root, "/exercises/05/", &[]);
        assert_eq!(moved.moved.as_deref(), Some("/exercises/05/README.md"));
        let list = String::from_utf8(serve(&root, "/exercises", &[]).bytes).unwrap();
        assert!(
            list.contains("/exercises/05\"") && !list.contains("hidden"),
            "{list}"
        );
    }

    #[test]
    fn nothing_hidden_and_nothing_outside_is_shown() {
        let folder = workbook();
        let root = folder.path().join("workbook");
        for address in [
            "/.workbook/secret",
            "/exercises/.hidden",
            "/../outside",
            "/%2e%2e/outside",
            "/exercises/../../outside",
            "//etc/passwd",
            "/leak",
            "/traces/.hidden.html",
            "/traces/../secret",
            "/traces/nothing.html",
            "/traces/",
            "/nothing",
            "/%zz",
            "/%",
        ] {
            assert_eq!(serve(&root, address, &[]).status, 404, "{address}");
        }
    }
}
