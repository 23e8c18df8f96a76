//! As much of a PDF as Chromium writes it, version 1.4 with plain objects and compressed streams, as is
//! needed to say whether it is tagged, and what is on its pages.

use miniz_oxide::inflate::decompress_to_vec_zlib;

/// A whole file.
pub(crate) struct Pdf(Vec<u8>);

impl Pdf {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        assert!(bytes.starts_with(b"%PDF-1."), "no PDF");
        assert!(
            find(&bytes, b"/ObjStm").is_none(),
            "its objects are compressed, which this cannot read"
        );
        Self(bytes)
    }

    pub(crate) fn has(&self, words: &str) -> bool {
        find(&self.0, words.as_bytes()).is_some()
    }

    /// How many structure elements of this type it has, such as H2.
    pub(crate) fn elements(&self, kind: &str) -> usize {
        self.many(&format!("/S /{kind}\n"))
    }

    /// How many elements have words in place of what cannot be read out.
    pub(crate) fn alternatives(&self) -> usize {
        self.many("/Alt ")
    }

    fn many(&self, words: &str) -> usize {
        let mut rest = &self.0[..];
        let mut many = 0;
        while let Some(at) = find(rest, words.as_bytes()) {
            many += 1;
            rest = &rest[at + words.len()..];
        }
        many
    }

    /// What each page draws, as the operators of PDF (ISO 32000-1, annex A).
    pub(crate) fn pages(&self) -> Vec<String> {
        let mut pages = Vec::new();
        let mut rest = &self.0[..];
        while let Some(at) = find(rest, b"/Type /Page\n") {
            rest = &rest[at + 1..];
            let page = &rest[..find(rest, b"endobj").expect("a page ends")];
            let words = String::from_utf8_lossy(page);
            let (_, contents) = words.split_once("/Contents ").expect("a page has contents");
            let number = contents.split(' ').next().unwrap_or_default();
            pages.push(self.stream(number));
        }
        pages
    }

    fn stream(&self, object: &str) -> String {
        let begin = format!("\n{object} 0 obj\n");
        let at = find(&self.0, begin.as_bytes()).expect("the object is there");
        let object = &self.0[at + begin.len()..];
        let at = find(object, b"stream\n").expect("it is a stream") + b"stream\n".len();
        let end = find(object, b"\nendstream").expect("the stream ends");
        let bytes = object[at..end].to_vec();
        // What is very short is left as it is.
        let bytes = if find(&object[..at], b"/FlateDecode").is_some() {
            decompress_to_vec_zlib(&bytes).expect("it is compressed as it says")
        } else {
            bytes
        };
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Whether something is written or shown on a page.
pub(crate) fn shows_something(page: &str) -> bool {
    page.split_ascii_whitespace()
        .any(|word| matches!(word, "Tj" | "TJ" | "Do"))
}

fn find(bytes: &[u8], words: &[u8]) -> Option<usize> {
    bytes
        .windows(words.len())
        .position(|window| window == words)
}
