//! What `--watch` serves beside the pages: files of the workbook, since decks and guide link to lessons
//! and code. Markdown becomes a page, text is shown as it is. Nothing hidden, and nothing outside of
//! the workbook, is ever shown.

use crate::code::escape;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, html};
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

const HTML: &str = "text/html; charset=utf-8";

impl Served {
    fn page(status: u16, title: &str, body: &str) -> Self {
        let title = escape(title);
        let style = "body{max-width:46rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.5 sans-serif;\
                     color-scheme:light dark}pre{overflow-x:auto;padding:.6rem;border-left:.25em solid \
                     #8888}img{max-width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem \
                     .2rem 0}";
        let page = format!(
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
             <style>{style}</style></head>\n<body><p><a href=\"/\">All decks</a></p><main>{body}</main>\
             </body></html>\n"
        );
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
/// `/exercises/05-collectives/README.md`.
pub fn serve(root: &Path, address: &str) -> Served {
    let Some(name) = decoded(address.trim_start_matches('/')) else {
        return Served::missing();
    };
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
        ("md", Ok(text)) => Served::page(200, &name, &markdown(text)),
        ("svg", _) => file("image/svg+xml", bytes),
        ("png", _) => file("image/png", bytes),
        (_, Ok(_)) => file("text/plain; charset=utf-8", bytes),
        _ => file("application/octet-stream", bytes),
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

/// Markdown as HTML, with names for its headings, as links of the workbook expect them. HTML in it is
/// shown as text.
fn markdown(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut events: Vec<Event> = Parser::new_ext(text, options)
        .map(|event| match event {
            Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
            other => other,
        })
        .collect();
    for index in 0..events.len() {
        let (before, rest) = events.split_at_mut(index);
        let _ = before;
        let Some((Event::Start(Tag::Heading { id, .. }), after)) = rest.split_first_mut() else {
            continue;
        };
        let words: String = after
            .iter()
            .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))))
            .filter_map(|event| match event {
                Event::Text(text) | Event::Code(text) => Some(&**text),
                _ => None,
            })
            .collect();
        *id = Some(course::slug(&words).into());
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    page
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
            (".workbook/secret", "no"),
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
        let lesson = serve(&root, "/exercises/05/README.md");
        let text = String::from_utf8(lesson.bytes).unwrap();
        assert_eq!((lesson.status, lesson.kind), (200, HTML));
        for part in [
            "<h1 id=\"all-to-all\">",
            "&lt;b&gt;x",
            "<a href=\"src/lib.rs\">code</a>",
        ] {
            assert!(text.contains(part), "no {part} in {text}");
        }
        let code = serve(&root, "/exercises/05/src/lib.rs");
        assert_eq!(code.kind, "text/plain; charset=utf-8");
        assert_eq!(code.bytes, b"//! <T>\n");
        assert_eq!(
            serve(&root, "/slides/figures/a%20b.svg").kind,
            "image/svg+xml"
        );
        let moved = serve(&root, "/exercises/05/");
        assert_eq!(moved.moved.as_deref(), Some("/exercises/05/README.md"));
        let list = String::from_utf8(serve(&root, "/exercises").bytes).unwrap();
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
            "/nothing",
            "/%zz",
            "/%",
        ] {
            assert_eq!(serve(&root, address).status, 404, "{address}");
        }
    }
}
