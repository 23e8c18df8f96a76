//! HTTP: joining, events, the page, and its changes as server-sent events.
//!
//! Participants post with a token of their own. The page's address holds a key that only the instructor has; another key
//! is the projector's, whose page never shows names.
//! No page of another origin gets anything: a request that a page of another origin makes is refused, and so
//! is one for a host that is a name, since such a name may be made to lead here (DNS rebinding).

use crate::{
    class::Known,
    door::{Door, From, Refusal, Written},
    guide::Guide,
    page::{self, Frame},
};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{self, Next},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{get, post},
};
use futures_util::{Stream, stream};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use room::Token;
use room::message::{BODY, Events, JOIN, Joining, SAY};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{
    collections::HashMap,
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep, timeout},
};

/// Connections at once: below the files that systems let a program open.
const CONNECTIONS: usize = 800;
/// Of these, from one address: a room behind one router comes from one, and each participant for a moment only.
pub const OF_ADDRESS: usize = 200;
/// So long may a connection last that is not an open page: who reads more slowly than this is not a participant.
const WHOLE: Duration = Duration::from_secs(30);
/// Open pages at once.
const PAGES: usize = 64;
/// So long may a request's head take, or its body, and so long may a connection be idle.
const PATIENCE: Duration = Duration::from_secs(10);
/// So often is looked whether there is something new to show.
const LOOK: Duration = Duration::from_millis(250);
/// So often the page is made anew although nobody has told anything: time goes on.
const ANEW: Duration = Duration::from_secs(10);

/// What a page is made of.
#[derive(Debug)]
pub struct Board {
    door: Arc<Door>,
    guide: Guide,
    /// What participants type.
    join: String,
    shown: watch::Sender<Shown>,
    pages: Arc<Semaphore>,
}

/// The page's content, with names and without.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Shown {
    with: Arc<str>,
    without: Arc<str>,
}

impl Board {
    /// The board of a room; `join` is the command that participants type.
    pub fn new(door: Arc<Door>, guide: Guide, join: String) -> Arc<Self> {
        Arc::new(Self {
            door,
            guide,
            join,
            shown: watch::Sender::new(Shown::default()),
            pages: Arc::new(Semaphore::new(PAGES)),
        })
    }

    fn make(&self) -> Shown {
        let view = self.door.view();
        let content = |names| {
            page::content(names, &view, &self.guide)
                .into_string()
                .into()
        };
        Shown {
            with: content(true),
            without: content(false),
        }
    }

    /// Makes what open pages show, whenever something has changed.
    async fn follow(self: Arc<Self>) {
        let mut seen = None;
        let mut at = Instant::now();
        loop {
            let changes = self.door.changes();
            if self.shown.receiver_count() > 0 && (seen != Some(changes) || at.elapsed() >= ANEW) {
                seen = Some(changes);
                at = Instant::now();
                let new = self.make();
                self.shown.send_if_modified(|shown| {
                    let differs = *shown != new;
                    *shown = new;
                    differs
                });
            }
            sleep(LOOK).await;
        }
    }
}

/// Serves until the process ends.
pub async fn serve(listener: TcpListener, board: Arc<Board>) {
    serve_within(listener, board, WHOLE).await;
}

/// The same, with this time for a connection that is no open page.
async fn serve_within(listener: TcpListener, board: Arc<Board>, whole: Duration) {
    tokio::spawn(Arc::clone(&board).follow());
    let router = router(board);
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let neighbours = Neighbours::default();
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            // No file is left, or the other side has gone already.
            Err(_) => {
                sleep(Duration::from_millis(20)).await;
                continue;
            }
        };
        // Whoever comes too much tries again later: what participants say waits for that.
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            continue;
        };
        let Some(mine) = Neighbour::enter(&neighbours, from) else {
            continue;
        };
        let unlimited = Unlimited::default();
        let router = router
            .clone()
            .layer(axum::Extension(from))
            .layer(axum::Extension(unlimited.clone()));
        tokio::spawn(async move {
            let (_place, _mine) = (place, mine);
            let service = TowerToHyperService::new(router);
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(PATIENCE)
                .max_headers(64)
                .max_buf_size(32 << 10)
                .serve_connection(TokioIo::new(stream), service);
            let mut connection = std::pin::pin!(connection);
            // How it ends is the other side's business.
            tokio::select! {
                _ = &mut connection => {}
                () = sleep(whole) => {}
                () = unlimited.0.notified() => {
                    let _ = connection.await;
                }
            }
        });
    }
}

/// Tells the connection of a request that it may last.
#[derive(Clone, Debug, Default)]
struct Unlimited(Arc<Notify>);

/// How many connections each address has.
type Neighbours = Arc<Mutex<HashMap<From, usize>>>;

/// One of an address's connections, until it is dropped.
struct Neighbour {
    all: Neighbours,
    from: From,
}

impl Neighbour {
    /// None where the address has too many.
    fn enter(all: &Neighbours, from: SocketAddr) -> Option<Self> {
        let from = From::address(from.ip());
        let mut counts = all.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(from).or_insert(0);
        if *count >= OF_ADDRESS {
            return None;
        }
        *count += 1;
        drop(counts);
        let all = Arc::clone(all);
        Some(Self { all, from })
    }
}

impl Drop for Neighbour {
    fn drop(&mut self) {
        let mut counts = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.from) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.from);
            }
        }
    }
}

fn router(board: Arc<Board>) -> Router {
    Router::new()
        .route(JOIN, post(join))
        .route(SAY, post(say))
        .route(
            "/board.css",
            get(|| file("text/css", include_str!("board.css"))),
        )
        .route(
            "/board.js",
            get(|| file("text/javascript", include_str!("board.js"))),
        )
        .route("/{key}/", get(show))
        .route("/{key}/live", get(live))
        .fallback(nothing)
        .layer(middleware::from_fn(guard))
        .with_state(board)
}

/// Refuses what another origin's page asks for, and tells browsers to keep to this one.
async fn guard(request: Request, next: Next) -> Response {
    let mut response = match suspicious(request.method(), request.headers()) {
        Some((status, message)) => text(status, message),
        None => next.run(request).await,
    };
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                  base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (
            header::HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// What is wrong with where a request comes from, or how.
fn suspicious(method: &Method, headers: &HeaderMap) -> Option<(StatusCode, &'static str)> {
    let host = one(headers, header::HOST);
    if !host.is_some_and(is_address) {
        let message =
            "ask for the board by its number, such as http://192.168.1.20:8100/, not by a name";
        return Some((StatusCode::MISDIRECTED_REQUEST, message));
    }
    let other = (
        StatusCode::FORBIDDEN,
        "no page of another origin gets in here",
    );
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    let is = |name: &'static str, value: &[u8]| {
        let found = headers.get(name).map(HeaderValue::as_bytes);
        found == Some(value)
    };
    // Somebody follows a link, as in a message or in the course's own pages: the page that has it gets to see nothing.
    let follows_link = *method == Method::GET
        && is("sec-fetch-mode", b"navigate")
        && is("sec-fetch-dest", b"document");
    let is_own = site.is_none_or(|site| site == b"none" || site == b"same-origin");
    if !is_own && !follows_link {
        return Some(other);
    }
    if headers.contains_key(header::ORIGIN) {
        let own = host.map(|host| format!("http://{host}"));
        let origin = one(headers, header::ORIGIN);
        // The page itself posts nothing.
        if *method != Method::GET || origin.is_none() || origin != own.as_deref() {
            return Some(other);
        }
    }
    if *method == Method::POST {
        // A page of another origin can only send it after it has asked, and it is told no.
        if one(headers, header::CONTENT_TYPE) != Some("application/json") {
            return Some((
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "what is posted must be application/json",
            ));
        }
        let length = one(headers, header::CONTENT_LENGTH).and_then(|it| it.parse::<usize>().ok());
        if length.is_some_and(|length| length > BODY) {
            return Some((StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE));
        }
    }
    None
}

const TOO_LARGE: &str = "this is larger than anything that a participant has to say";

/// The value of a header that must not be there twice.
fn one(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// Whether a host is a number, or this machine itself.
fn is_address(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let bare = name.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
    // Behind a link's own address stands the link, as in `fe80::1%2`.
    let bare = bare.map(|bare| bare.split_once('%').map_or(bare, |(bare, _)| bare));
    name.eq_ignore_ascii_case("localhost") || bare.unwrap_or(name).parse::<IpAddr>().is_ok()
}

fn text(status: StatusCode, message: impl Into<String>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (status, kind, message.into()).into_response()
}

fn refuse(refusal: Refusal) -> Response {
    let status = match refusal {
        Refusal::WrongCode => StatusCode::FORBIDDEN,
        Refusal::Guessing | Refusal::TooMuch => StatusCode::TOO_MANY_REQUESTS,
        Refusal::Full | Refusal::NotWritten => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::Stranger => StatusCode::UNAUTHORIZED,
        Refusal::Version => StatusCode::BAD_REQUEST,
    };
    text(status, refusal.message())
}

/// A body's JSON, and its length. What is too large is not read to its end.
async fn read<T: DeserializeOwned>(body: Body) -> Result<(T, usize), Response> {
    let bytes = match timeout(PATIENCE, to_bytes(body, BODY)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(_)) => return Err(text(StatusCode::PAYLOAD_TOO_LARGE, TOO_LARGE)),
        Err(_) => return Err(text(StatusCode::REQUEST_TIMEOUT, "the request did not end")),
    };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok((value, bytes.len())),
        Err(error) => {
            let message = format!("the request makes no sense: {error}");
            Err(text(StatusCode::BAD_REQUEST, message))
        }
    }
}

/// Answers once it is written down.
async fn acknowledge(written: Written, answer: &impl Serialize) -> Response {
    if written.await.is_err() {
        return refuse(Refusal::NotWritten);
    }
    match serde_json::to_string(answer) {
        Ok(json) => ([(header::CONTENT_TYPE, "application/json")], json).into_response(),
        Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}

async fn join(
    State(board): State<Arc<Board>>,
    axum::Extension(from): axum::Extension<SocketAddr>,
    request: Request,
) -> Response {
    let joining: Joining = match read(request.into_body()).await {
        Ok((joining, _)) => joining,
        Err(response) => return response,
    };
    match board.door.join(From::address(from.ip()), &joining, None) {
        Ok((joined, written)) => acknowledge(written, &joined).await,
        Err(refusal) => refuse(refusal),
    }
}

async fn say(State(board): State<Arc<Board>>, request: Request) -> Response {
    let token = one(request.headers(), header::AUTHORIZATION)
        .and_then(|value| value.strip_prefix("Bearer "))
        .and_then(|token| Token::new(token).ok());
    // Before anything of a stranger's is read.
    let Some(token) = token.filter(|token| board.door.known(token) == Known::Here) else {
        return refuse(Refusal::Stranger);
    };
    let (told, bytes): (Events<Value>, usize) = match read(request.into_body()).await {
        Ok(read) => read,
        Err(response) => return response,
    };
    match board.door.tell(&token, told, bytes) {
        Ok((acknowledged, written)) => acknowledge(written, &acknowledged).await,
        Err(refusal) => refuse(refusal),
    }
}

async fn file(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, kind)], content).into_response()
}

async fn nothing() -> Response {
    let message = "This is the board of a room. Participants join it with `cargo xtask join`; its page has the \
                   address that `cargo xtask board` has printed.";
    text(StatusCode::NOT_FOUND, message)
}

/// Whether the page of this key shows names; none for a key that is none. It takes as long for each that is wrong.
fn names(board: &Board, key: &str) -> Option<bool> {
    let is = |right: &Token| {
        let right = right.as_str().as_bytes();
        let differs = std::iter::zip(right, key.as_bytes()).fold(0, |sum, (a, b)| sum | (a ^ b));
        key.len() == right.len() && differs == 0
    };
    let (instructor, projector) = (is(board.door.key()), is(board.door.projector()));
    (instructor || projector).then_some(instructor)
}

async fn show(State(board): State<Arc<Board>>, Path(key): Path<String>) -> Response {
    let Some(names) = names(&board, &key) else {
        return nothing().await;
    };
    let frame = Frame {
        join: board.join.clone(),
        names,
    };
    let page = page::page(&frame, &board.door.view(), &board.guide).into_string();
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}

async fn live(
    State(board): State<Arc<Board>>,
    Path(key): Path<String>,
    axum::Extension(unlimited): axum::Extension<Unlimited>,
) -> Response {
    let Some(names) = names(&board, &key) else {
        return nothing().await;
    };
    let Ok(place) = Arc::clone(&board.pages).try_acquire_owned() else {
        return text(StatusCode::SERVICE_UNAVAILABLE, "too many pages are open");
    };
    // A page stays open all day.
    unlimited.0.notify_one();
    let changes = changes(Arc::clone(&board), names, place);
    Sse::new(changes)
        .keep_alive(KeepAlive::default())
        .into_response()
}

/// First what is to be seen now, whatever was missed, and then every change.
fn changes(
    board: Arc<Board>,
    names: bool,
    place: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    let mut receiver = board.shown.subscribe();
    // Before what is shown first is made: a change that comes while it is made comes again, and is not lost.
    receiver.mark_unchanged();
    let first = Some(board.make());
    stream::unfold(
        (receiver, first, place),
        move |(mut receiver, first, place)| async move {
            let shown = match first {
                Some(shown) => shown,
                None => {
                    receiver.changed().await.ok()?;
                    receiver.borrow_and_update().clone()
                }
            };
            let text = if names { shown.with } else { shown.without };
            let event = Event::default().retry(Duration::from_secs(1)).data(&*text);
            Some((Ok(event), (receiver, None, place)))
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        }
        headers
    }

    fn status(method: Method, pairs: &[(&'static str, &str)]) -> Option<u16> {
        suspicious(&method, &headers(pairs)).map(|(status, _)| status.as_u16())
    }

    #[test]
    fn only_numbers_and_this_machine_are_hosts() {
        for host in [
            "127.0.0.1:8100",
            "10.0.0.5",
            "[::1]:8100",
            "localhost:80",
            "[fe80::1]",
            "[fe80::1%2]:8100",
        ] {
            assert!(is_address(host), "{host}");
        }
        for host in [
            "evil.example",
            "evil.example:8100",
            "127.0.0.1.evil.example",
            "",
            ":80",
            "localhost.x",
        ] {
            assert!(!is_address(host), "{host}");
        }
    }

    #[test]
    fn no_page_of_another_origin_posts_or_reads() {
        let host = ("host", "10.0.0.5:8100");
        let json = ("content-type", "application/json");
        assert_eq!(status(Method::POST, &[host, json]), None);
        assert_eq!(status(Method::GET, &[host]), None);
        assert_eq!(status(Method::GET, &[]), Some(421));
        assert_eq!(
            status(Method::GET, &[("host", "rebound.example:8100")]),
            Some(421)
        );
        assert_eq!(
            status(Method::GET, &[host, ("host", "10.0.0.6")]),
            Some(421)
        );
        for origin in ["http://evil.example", "null", "http://10.0.0.5:8100"] {
            assert_eq!(
                status(Method::POST, &[host, json, ("origin", origin)]),
                Some(403)
            );
        }
        assert_eq!(
            status(Method::GET, &[host, ("origin", "http://10.0.0.5:8100")]),
            None
        );
        assert_eq!(
            status(Method::GET, &[host, ("origin", "http://10.0.0.5")]),
            Some(403)
        );
        assert_eq!(
            status(Method::GET, &[host, ("sec-fetch-site", "cross-site")]),
            Some(403)
        );
        assert_eq!(
            status(Method::GET, &[host, ("sec-fetch-site", "none")]),
            None
        );
        // A link in another page is followed; a frame in it, or a form, is not.
        let link = [
            host,
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert_eq!(status(Method::GET, &link), None);
        let mut frame = link;
        frame[3].1 = "iframe";
        assert_eq!(status(Method::GET, &frame), Some(403));
        let form = [&link[..], &[("content-type", "text/plain")]].concat();
        assert_eq!(status(Method::POST, &form), Some(403));
        // What a form of another page can send without asking.
        for kind in ["text/plain", "application/x-www-form-urlencoded"] {
            assert_eq!(
                status(Method::POST, &[host, ("content-type", kind)]),
                Some(415)
            );
        }
        let large = ("content-length", "10000000");
        assert_eq!(status(Method::POST, &[host, json, large]), Some(413));
    }

    fn board(folder: &std::path::Path) -> Arc<Board> {
        use crate::{class::tests::small, record::Book};
        let (book, _) = Book::open(folder, false).unwrap();
        let writer = book
            .write_in_background(|error| panic!("{error:#}"))
            .unwrap();
        let door = Door::open(small(), Vec::new(), writer).unwrap();
        Board::new(Arc::new(door), Guide::default(), String::new())
    }

    /// One who asks and never reads the answers would wait in vain, and so would the board.
    #[test]
    fn a_reader_that_does_not_read_is_ended() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let board = board(folder.path());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let there = listener.local_addr().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        runtime.spawn(async move {
            let listener = TcpListener::from_std(listener).unwrap();
            serve_within(listener, board, Duration::from_millis(100)).await;
        });
        let mut client = std::net::TcpStream::connect(there).unwrap();
        let request = format!("GET /board.js HTTP/1.1\r\nHost: {there}\r\n\r\n");
        // Blocks when both sides have all that they can keep, and fails when the connection is ended.
        while client.write_all(request.as_bytes()).is_ok() {}
    }

    #[test]
    fn a_change_between_the_first_view_and_its_sending_is_not_lost() {
        use futures_util::{FutureExt, StreamExt};
        let folder = tempfile::tempdir().unwrap();
        let board = board(folder.path());
        let place = Arc::clone(&board.pages).try_acquire_owned().unwrap();
        let mut changes = Box::pin(changes(Arc::clone(&board), true, place));
        board.shown.send_replace(Shown {
            with: "changed".into(),
            ..Shown::default()
        });
        let mut next = || {
            changes
                .next()
                .now_or_never()
                .flatten()
                .map(|event| format!("{event:?}"))
        };
        assert!(next().unwrap().contains("Nobody has joined yet"));
        assert!(next().is_some_and(|event| event.contains("changed")));
        assert!(next().is_none());
    }

    proptest! {
        #[test]
        fn any_host_is_read(host: String) {
            let _ = is_address(&host);
        }
    }
}
