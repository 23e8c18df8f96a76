//! The functions of a Rust file: where they stand and what of them is still to be done. Reads text
//! only; where the compiler would know more (macros, conditions), it does not.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::{fmt, str::FromStr, thread};

/// A function in a file. All lines are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The name, after the modules and the type that it stands in: `scatter`, `Grid::step`.
    pub name: String,
    /// The first line, documentation and attributes included.
    pub first: u32,
    /// The line of the word `fn`.
    pub line: u32,
    /// The line of the closing brace.
    pub last: u32,
    /// Whether the body is a `todo!(…)` and nothing else.
    pub todo: bool,
    /// Whether the body begins with a `todo!(…)`, whatever stands behind it.
    pub begins_with_todo: bool,
    /// Whether it is `pub`, and no less.
    pub public: bool,
    /// The types that it takes and returns, without the names of its arguments, and without the modules
    /// of the types: the same for functions that can be called in the same way.
    pub types: String,
}

impl Function {
    /// Its lines out of the text that it was found in, the last line's end included.
    pub fn text<'t>(&self, file: &'t str) -> &'t str {
        let start_of = |line: u32| {
            let lines = file.split_inclusive('\n').take(line as usize - 1);
            lines.map(str::len).sum::<usize>()
        };
        &file[start_of(self.first)..start_of(self.last + 1)]
    }

    /// How it is declared, up to its body, on one line.
    pub fn declaration(&self, file: &str) -> String {
        let lines = file.lines().skip(self.line as usize - 1);
        let text: Vec<&str> = lines.collect();
        let text = text.join(" ");
        let head = text.split('{').next().unwrap_or_default();
        let words: Vec<&str> = head.split_whitespace().collect();
        let line = words.join(" ");
        line.replace("( ", "(").replace(", )", ")")
    }
}

/// Where and why a text is not Rust. Lines and columns are counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
    /// What was expected there.
    pub message: String,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "line {}, column {}: {}",
            self.line, self.column, self.message
        )
    }
}

impl std::error::Error for SyntaxError {}

/// All functions of a file, in its order: free ones, methods, and those in modules written out in
/// it.
///
/// # Errors
/// When the text is not Rust, as a file that is being edited often is not; see [`Lines`].
pub fn functions(text: &str) -> Result<Vec<Function>, SyntaxError> {
    // A thread of its own, because proc-macro2 remembers every text it has read for as long as the
    // thread lives (`watch` reads one at each save), and because a file nested too deep for a usual
    // stack may not end the workbook.
    thread::scope(|scope| {
        let parsing = thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(scope, || parse(text));
        let unreadable = |message: &str| SyntaxError {
            line: 1,
            column: 1,
            message: message.to_owned(),
        };
        match parsing.map(|thread| thread.join()) {
            Ok(Ok(parsed)) => parsed,
            Ok(Err(_)) => Err(unreadable("the parser gave up on this file")),
            Err(error) => Err(unreadable(&format!(
                "no thread could be started to read it: {error}"
            ))),
        }
    })
}

/// The first line with the word `unsafe`, or the name of the lint about it, in the code of a file; none
/// where there is none, and where the text is not Rust.
pub fn unsafe_line(text: &str) -> Option<u32> {
    fn first(tokens: TokenStream) -> Option<u32> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Ident(word) if word == "unsafe" || word == "unsafe_code" => {
                Some(line(word.span().start().line))
            }
            TokenTree::Group(group) => first(group.stream()),
            _ => None,
        })
    }
    // In a thread of its own for the reasons that `functions` has.
    thread::scope(|scope| {
        let look = || first(TokenStream::from_str(text).ok()?);
        let reading = thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(scope, look);
        reading.ok()?.join().ok()?
    })
}

/// The function with this name, as [`Function::name`] writes it.
///
/// # Errors
/// When the text is not Rust.
pub fn find(text: &str, name: &str) -> Result<Option<Function>, SyntaxError> {
    Ok(functions(text)?
        .into_iter()
        .find(|function| function.name == name))
}

/// Where the functions of a text stand, also of one that is not Rust at the moment: then the first
/// line that looks like the function is taken. The text is read once, whatever is asked.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    functions: Vec<Function>,
}

impl<'t> Lines<'t> {
    /// Reads the text.
    pub fn of(text: &'t str) -> Self {
        // What does not parse is searched.
        let functions = functions(text).unwrap_or_default();
        Self { text, functions }
    }

    /// Whether the body of a function is still `todo!()` and nothing else.
    pub fn is_todo(&self, name: &str) -> bool {
        self.functions
            .iter()
            .any(|function| function.name == name && function.todo)
    }

    /// Whether a function does nothing before its `todo!()`.
    pub fn begins_with_todo(&self, name: &str) -> bool {
        self.functions
            .iter()
            .any(|function| function.name == name && (function.todo || function.begins_with_todo))
    }

    /// The line of a function's `fn`, counted from 1.
    pub fn line_of(&self, name: &str) -> Option<u32> {
        let known = self.functions.iter().find(|function| function.name == name);
        known.map_or_else(|| search(self.text, name), |function| Some(function.line))
    }
}

fn parse(text: &str) -> Result<Vec<Function>, SyntaxError> {
    // A byte order mark is no token.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tokens = TokenStream::from_str(text).map_err(|error| {
        let start = error.span().start();
        SyntaxError {
            line: line(start.line),
            column: line(start.column + 1),
            message: String::from("a bracket, quotation mark or comment has no partner"),
        }
    })?;
    let mut functions = Vec::new();
    collect(tokens, "", &mut functions);
    Ok(functions)
}

/// Adds the functions among some items. `within` is the path before their names, such as
/// `exchange::`. Tokens are enough for that: what stands between an item's first token and its
/// braces need not be understood, nor be finished.
fn collect(items: TokenStream, within: &str, functions: &mut Vec<Function>) {
    let tokens: Vec<TokenTree> = items.into_iter().collect();
    // Where the item begins that the next token belongs to.
    let mut first = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == ';' => first = at + 1,
            // `#![…]` and `//!` belong to the file, not to its first item.
            TokenTree::Group(_) if is_inner_attribute(&tokens[first..=at]) => first = at + 1,
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                braces(&tokens[first..at], group, within, functions);
                first = at + 1;
            }
            _ => {}
        }
    }
}

/// Reads an item that ends with braces; `head` is what stands before them.
fn braces(head: &[TokenTree], body: &Group, within: &str, functions: &mut Vec<Function>) {
    let named = |word: &str| {
        head.windows(2).find_map(|pair| match pair {
            [TokenTree::Ident(keyword), TokenTree::Ident(name)] if keyword == word => {
                Some((keyword, name))
            }
            _ => None,
        })
    };
    if let Some((keyword, name)) = named("fn") {
        functions.push(Function {
            name: format!("{within}{name}"),
            first: line(head[0].span().start().line),
            line: line(keyword.span().start().line),
            last: line(body.span_close().end().line),
            todo: is_todo(body.stream()),
            begins_with_todo: begins_with_todo(body.stream()),
            public: is_public(head),
            types: types(head),
        });
    } else if let Some((_, name)) = named("mod").or_else(|| named("trait")) {
        collect(body.stream(), &format!("{within}{name}::"), functions);
    } else if let Some(at) = head.iter().position(|token| is_word(token, "impl")) {
        let owner = owner(&head[at + 1..]).map_or_else(String::new, |name| format!("{name}::"));
        collect(body.stream(), &format!("{within}{owner}"), functions);
    }
}

fn is_public(head: &[TokenTree]) -> bool {
    let is_bare = |next: Option<&TokenTree>| !matches!(next, Some(TokenTree::Group(_)));
    let mut places = (0..head.len()).filter(|at| is_word(&head[*at], "pub"));
    places.any(|at| is_bare(head.get(at + 1)))
}

/// The types in what stands before a function's body.
fn types(head: &[TokenTree]) -> String {
    let after_name = head.iter().skip_while(|token| !is_word(token, "fn"));
    let mut leaves = Vec::new();
    let mut is_first_group = true;
    for token in after_name.skip(2) {
        match token {
            TokenTree::Group(group) if is_first_group => {
                is_first_group = false;
                leaves.push(String::from("("));
                arguments(group.stream(), &mut leaves);
                leaves.push(String::from(")"));
            }
            _ => flatten(token, &mut leaves),
        }
    }
    // `module :: Type` is `Type`.
    let mut bare: Vec<String> = Vec::new();
    for leaf in leaves {
        if leaf == ":" && bare.last().is_some_and(|last| last == ":") {
            bare.truncate(bare.len() - 2);
        } else {
            bare.push(leaf);
        }
    }
    bare.join(" ")
}

/// The types of a function's arguments, each with a comma behind it.
fn arguments(list: TokenStream, leaves: &mut Vec<String>) {
    let (mut depth, mut previous, mut in_type) = (0_u32, ' ', false);
    for token in list {
        let sign = match &token {
            TokenTree::Punct(punct) => punct.as_char(),
            _ => ' ',
        };
        match sign {
            '<' => depth += 1,
            '>' if previous != '-' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let ends = sign == ',' && depth == 0;
        if in_type || is_word(&token, "self") {
            flatten(&token, leaves);
        }
        in_type = !ends && (in_type || sign == ':');
        previous = sign;
    }
    if leaves.last().is_some_and(|last| last != "," && last != "(") {
        leaves.push(String::from(","));
    }
}

fn flatten(token: &TokenTree, leaves: &mut Vec<String>) {
    let TokenTree::Group(group) = token else {
        leaves.push(token.to_string());
        return;
    };
    let (open, close) = match group.delimiter() {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::None => ("", ""),
    };
    leaves.push(open.to_owned());
    for token in group.stream() {
        flatten(&token, leaves);
    }
    leaves.push(close.to_owned());
}

fn is_inner_attribute(tokens: &[TokenTree]) -> bool {
    matches!(tokens, [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(_)]
        if hash.as_char() == '#' && bang.as_char() == '!')
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

/// The type whose methods an `impl` holds, from what follows that word: the last name of its path,
/// behind `for` if there is one.
fn owner(head: &[TokenTree]) -> Option<String> {
    let mut depth = 0_u32;
    let mut owner = None;
    let mut previous = '-';
    for token in head {
        match token {
            TokenTree::Punct(sign) => {
                match sign.as_char() {
                    '<' => depth += 1,
                    // The arrow of a function's type closes nothing.
                    '>' if previous != '-' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                previous = sign.as_char();
                continue;
            }
            TokenTree::Ident(name) if depth == 0 && name == "where" => break,
            TokenTree::Ident(name) if depth == 0 && name == "for" => owner = None,
            TokenTree::Ident(name) if depth == 0 => owner = Some(name.to_string()),
            _ => {}
        }
        previous = ' ';
    }
    owner
}

/// Whether a body is `todo!(…)`, also by a path, and nothing else.
fn is_todo(body: TokenStream) -> bool {
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    let is_sign = |token: &TokenTree, sign| matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign);
    if tokens.last().is_some_and(|token| is_sign(token, ';')) {
        tokens.pop();
    }
    let [path @ .., TokenTree::Ident(name), bang, TokenTree::Group(_)] = &tokens[..] else {
        return false;
    };
    let is_path = |token: &TokenTree| is_sign(token, ':') || matches!(token, TokenTree::Ident(_));
    name == "todo" && is_sign(bang, '!') && path.iter().all(is_path)
}

/// Whether a body begins with a `todo!(…)`, as that of a program to be mended does.
fn begins_with_todo(body: TokenStream) -> bool {
    let first: Vec<TokenTree> = body.into_iter().take(2).collect();
    let [name, TokenTree::Punct(bang)] = &first[..] else {
        return false;
    };
    is_word(name, "todo") && bang.as_char() == '!'
}

/// The words that cannot be names (The Rust Reference, "Keywords", strict and reserved).
const KEYWORDS: &str = "abstract as async await become box break const continue crate do dyn else enum extern \
    false final fn for gen if impl in let loop macro match mod move mut override priv pub ref return self Self \
    static struct super trait true try type typeof unsafe unsized use virtual where while yield _";

/// Whether a text can be the name of a function.
pub(crate) fn is_name(text: &str) -> bool {
    let tokens: Vec<TokenTree> = TokenStream::from_str(text).into_iter().flatten().collect();
    matches!(&tokens[..], [TokenTree::Ident(name)] if !KEYWORDS.split(' ').any(|word| name == word))
}

/// Texts of more than 2³² lines do not reach the parser, whose positions are 32 bits.
fn line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn search(text: &str, name: &str) -> Option<u32> {
    let name = name.rsplit("::").next()?;
    let declares = |line: &str| {
        let code = line.split("//").next().unwrap_or_default();
        let mut words = code
            .split_whitespace()
            .skip_while(|word| *word != "fn")
            .skip(1);
        let after = words.next().and_then(|word| word.strip_prefix(name));
        after.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    text.lines().position(declares).map(|at| line(at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TEXT: &str = r#"//! A crate.

use std::fmt;

/// Adds.
///
/// ```
/// fn not_this_one() {}
/// ```
#[must_use]
pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

// A remark.
pub(crate) async unsafe fn open<T>(_: T)
where
    T: Clone,
{
    todo!("open {}", "it")
}

pub mod inner {
    /* A block. */ fn one() { std::todo!(); }
}

struct Grid<T>(T);

impl<T: fmt::Debug> Grid<T> {
    /// Steps.
    pub fn step(&mut self) {
        println!("step");
        todo!()
    }
}

trait Runs {
    fn needed(&self);
    fn given(&self) { fn nested() {} }
}

fn last() { unimplemented!() }"#;

    #[test]
    fn the_word_unsafe_is_found_in_code_alone() {
        let at = |text: &str| unsafe_line(text);
        assert_eq!(at("// unsafe\nfn f() { \"unsafe\"; }\n"), None);
        assert_eq!(at("fn f() {\n    unsafe { g() }\n}\n"), Some(2));
        assert_eq!(at("#![allow(unsafe_code)]\nfn f() {}\n"), Some(1));
        assert_eq!(at("#[unsafe(no_mangle)]\nfn f() {}\n"), Some(1));
        assert_eq!(at("fn f( {"), None);
    }

    #[test]
    fn functions_are_found_wherever_they_stand() {
        let functions = functions(TEXT).unwrap();
        let shown: Vec<_> = functions
            .iter()
            .map(|f| format!("{} {} {} {} {}", f.name, f.first, f.line, f.last, f.todo))
            .collect();
        insta::assert_snapshot!(shown.join("\n"), @r#"
        add 5 11 13 false
        open 16 16 21 true
        inner::one 24 24 24 true
        Grid::step 30 31 34 false
        Runs::given 39 39 39 false
        last 42 42 42 false
        "#);
        assert_eq!(functions[5].text(TEXT), "fn last() { unimplemented!() }");
        assert!(Lines::of(TEXT).is_todo("open") && !Lines::of(TEXT).is_todo("add"));
        assert!(functions[0].text(TEXT).starts_with("/// Adds.\n"));
        assert!(functions[0].text(TEXT).ends_with("    a + b\n}\n"));
    }

    #[test]
    fn functions_that_are_called_in_the_same_way_have_the_same_types() {
        let only = |text: &str| functions(text).unwrap().remove(0);
        let stub = "pub fn scan(world: &SimpleCommunicator, all: Option<&[i32]>) -> (u64, u64) { todo!() }";
        let scan = only(stub);
        assert!(scan.public);
        for same in [
            "pub fn scan(w: &mpi::topology::SimpleCommunicator, mut all: Option<&[i32]>,) -> (u64, u64) {}",
            "fn other(\n    _: &SimpleCommunicator,\n    a: Option<& [i32]>) -> (u64,u64)\n{}",
        ] {
            assert_eq!(only(same).types, scan.types, "{same}");
        }
        for different in [
            "pub fn scan(world: &SimpleCommunicator, all: Option<&[i64]>) -> (u64, u64) {}",
            "pub fn scan(world: &SimpleCommunicator) -> (u64, u64) {}",
            "pub fn scan(world: &SimpleCommunicator, all: Option<&[i32]>) {}",
            "pub fn scan(all: Option<&[i32]>, world: &SimpleCommunicator) -> (u64, u64) {}",
        ] {
            assert_ne!(only(different).types, scan.types, "{different}");
        }
        let begun = "fn f() {\n    todo!(\"mend\");\n    g()\n}\n";
        assert!(only(begun).begins_with_todo && !only(begun).todo);
        assert!(!only("fn f() { g(); todo!() }").begins_with_todo);
        assert!(!only("fn f() {}").public && !only("pub(crate) fn f() {}").public);
        let long = "/// Doc.\npub fn f(\n    a: i32,\n    b: i32,\n) -> i32 {\n    a\n}\n";
        assert_eq!(
            only(long).declaration(long),
            "pub fn f(a: i32, b: i32) -> i32"
        );
    }

    #[test]
    fn carriage_returns_and_marks_move_no_line() {
        let expected = functions(TEXT).unwrap();
        assert_eq!(functions(&TEXT.replace('\n', "\r\n")).unwrap(), expected);
        assert_eq!(functions(&format!("\u{feff}{TEXT}")).unwrap(), expected);
    }

    #[test]
    fn a_broken_file_says_where_and_still_has_lines() {
        let broken = TEXT.replace("    a + b\n", "    a + + b )\n");
        insta::assert_snapshot!(functions(&broken).unwrap_err(), @"line 12, column 13: a bracket, quotation mark or comment has no partner");
        let unfinished = TEXT.replace("    a + b\n", "    a +\n");
        assert_eq!(functions(&unfinished), functions(TEXT));
        for text in [&broken, &unfinished] {
            assert_eq!(Lines::of(text).line_of("add"), Some(11));
            assert_eq!(Lines::of(text).line_of("open"), Some(16));
            assert_eq!(Lines::of(text).line_of("Grid::step"), Some(31));
            assert_eq!(Lines::of(text).line_of("not_this_one"), None);
            assert_eq!(Lines::of(text).line_of("ad"), None);
        }
        // Made by a macro: the compiler knows it, the parser does not.
        assert_eq!(
            Lines::of("make! {\n    fn made() {}\n}\n").line_of("made"),
            Some(2)
        );
    }

    #[test]
    fn a_file_nested_too_deep_for_a_usual_stack_is_read_or_refused() {
        let deep = format!("fn f() {{ {}1{}; }}", "(".repeat(3000), ")".repeat(3000));
        let _ = functions(&deep);
        assert_eq!(Lines::of(&deep).line_of("f"), Some(1));
    }

    /// A function with its documentation, and whether its body is `todo!()` alone.
    fn piece() -> impl Strategy<Value = (String, bool)> {
        let head = prop::sample::select(vec![
            "",
            "/// Doc.\n",
            "/** Doc\n over lines. */\n",
            "/// ä €\n#[inline]\n",
            "#[must_use]\n#[inline]\n",
        ]);
        let signature = prop::sample::select(vec![
            "pub fn NAME()",
            "fn NAME<T>(\n    value: T,\n) -> T",
            "pub(crate) const fn NAME(a: &str)",
        ]);
        let body = prop::sample::select(vec![
            (" { todo!() }\n", true),
            ("\n{\n    todo!(\n        \"ö\"\n    );\n}\n", true),
            (" {\n    // todo!()\n}\n", false),
            (" {\n    let text = \"}\n}\";\n    todo!()\n}\n", false),
        ]);
        (head, signature, body)
            .prop_map(|(head, signature, (body, todo))| (format!("{head}{signature}{body}"), todo))
    }

    proptest! {
        #[test]
        fn lines_cover_exactly_the_function(
            pieces in prop::collection::vec(
                (prop::sample::select(vec!["", "\n", "// Between.\n", "use std::fmt as _;\n\n"]), piece()),
                0..6,
            ),
        ) {
            let mut text = String::from("//! A crate.\n");
            let mut expected = Vec::new();
            for (at, (gap, (piece, todo))) in pieces.iter().enumerate() {
                let piece = piece.replace("NAME", &format!("f{at}"));
                text += gap;
                text += &piece;
                expected.push((format!("f{at}"), piece, *todo));
            }
            let functions = functions(&text).unwrap();
            let found: Vec<_> =
                functions.iter().map(|f| (f.name.clone(), f.text(&text).to_owned(), f.todo)).collect();
            prop_assert_eq!(found, expected);
            for f in &functions {
                let declaration = text.lines().nth(f.line as usize - 1).unwrap();
                let declared = format!("fn {}", f.name);
                prop_assert!(declaration.contains(&declared));
                // The search for broken files agrees with the parser on whole ones.
                prop_assert_eq!(search(&text, &f.name), Some(f.line));
            }
        }

        #[test]
        fn no_text_panics(text in "[fn a-c(){}\"'/*!\n]{0,60}") {
            let _ = functions(&text);
            let _ = Lines::of(&text).line_of("a");
        }
    }
}
