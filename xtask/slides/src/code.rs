//! Code in colours, made when the deck is built: Rust by the compiler's own lexer, and what a
//! terminal shows by its prompts. Each token becomes a `<span>` whose class the theme colours.

use ra_ap_rustc_lexer::{FrontmatterAllowed, LiteralKind, TokenKind, tokenize};

/// The languages that a code block may name.
pub const LANGUAGES: [&str; 5] = ["rust", "console", "text", "toml", "sh"];

/// A block of code as HTML, in the language it names.
pub fn html(code: &str, language: &str) -> String {
    let inner = match language {
        "rust" => rust(code),
        "console" => console(code),
        _ => escape(code),
    };
    // Whoever cannot use a mouse must be able to scroll what does not fit the handout.
    format!("<pre tabindex=\"0\"><code class=\"{language}\">{inner}</code></pre>\n")
}

/// Text as HTML shows it.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for sign in text.chars() {
        match sign {
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '&' => html.push_str("&amp;"),
            '"' => html.push_str("&quot;"),
            _ => html.push(sign),
        }
    }
    html
}

/// The words that Rust 2024 keeps for itself (The Rust Reference, "Keywords").
const KEYWORDS: [&str; 39] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern",
    "false", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut",
    "pub", "ref", "return", "self", "Self", "static", "struct", "super", "trait", "true", "type",
    "unsafe", "use", "where", "while",
];

/// Rust in colours, without the block around it.
pub(crate) fn rust(code: &str) -> String {
    let mut tokens = Vec::new();
    let mut at = 0;
    for token in tokenize(code, FrontmatterAllowed::No) {
        let end = at + token.len as usize;
        tokens.push((token.kind, &code[at..end]));
        at = end;
    }
    let mut html = String::new();
    for (index, (kind, text)) in tokens.iter().enumerate() {
        let next = tokens.get(index + 1).map(|(kind, _)| *kind);
        let class = match kind {
            TokenKind::LineComment { .. } | TokenKind::BlockComment { .. } => "c",
            TokenKind::Literal { kind, .. } => match kind {
                LiteralKind::Int { .. } | LiteralKind::Float { .. } => "n",
                _ => "s",
            },
            TokenKind::Lifetime { .. } => "l",
            TokenKind::Ident if KEYWORDS.contains(text) => "k",
            TokenKind::Ident if next == Some(TokenKind::Bang) => "f",
            TokenKind::Ident if next == Some(TokenKind::OpenParen) => "f",
            TokenKind::Ident if text.starts_with(char::is_uppercase) => "t",
            _ => "",
        };
        if class.is_empty() {
            html.push_str(&escape(text));
        } else {
            html.push_str(&format!("<span class=\"{class}\">{}</span>", escape(text)));
        }
    }
    html
}

/// What is typed stands out from what is answered.
fn console(code: &str) -> String {
    let line = |line: &str| match line.strip_prefix("$ ") {
        Some(typed) => format!(
            "<span class=\"p\">$ </span><span class=\"typed\">{}</span>\n",
            escape(typed)
        ),
        None => format!("{}\n", escape(line)),
    };
    code.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_is_told_apart_and_stays_itself() {
        let code = "let a: Vec<&'a str> = f(1.5, \"<b>\")?; // a < b\nprintln!(\"{a:?}\");\n";
        let html = html(code, "rust");
        for part in [
            "<span class=\"k\">let</span> a",
            "<span class=\"t\">Vec</span>&lt;&amp;<span class=\"l\">'a</span>",
            "<span class=\"f\">f</span>(<span class=\"n\">1.5</span>",
            "<span class=\"s\">&quot;&lt;b&gt;&quot;</span>",
            "<span class=\"c\">// a &lt; b</span>",
            "<span class=\"f\">println</span>!",
        ] {
            assert!(html.contains(part), "no {part} in {html}");
        }
        let mut bare = String::new();
        let mut inside = false;
        for sign in html.chars() {
            match sign {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => bare.push(sign),
                _ => {}
            }
        }
        assert_eq!(bare.trim_end(), escape(code).trim_end());
    }

    #[test]
    fn a_prompt_is_told_from_an_answer() {
        let html = html("$ echo a\na\n", "console");
        assert!(html.contains("<span class=\"typed\">echo a</span>\na\n"));
    }
}
