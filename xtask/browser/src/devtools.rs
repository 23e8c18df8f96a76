//! A Chromium without a window, driven by its DevTools protocol: commands go over a web socket as
//! JSON, answers and events come back the same way. It is made for tests: what goes wrong is a panic.

use serde_json::{Value, json};
use std::{
    io::{BufRead, BufReader},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Stdio},
    time::{Duration, Instant},
};
use tungstenite::{Message, WebSocket};

/// axe-core, which finds what keeps a page from being read by everybody: a script that defines `axe`.
pub const AXE: &str = include_str!("../axe-core/axe.min.js");

/// So long may one answer take, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The browser's program. Where there is none, says what is left out for that, unless this is CI.
///
/// # Panics
/// When there is none and `CI` is set.
pub fn program_if_there(left_out: &str) -> Option<PathBuf> {
    let found = crate::find();
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "CI must have a Chromium: on Debian, `apt-get install chromium`"
        );
        eprintln!("SKIPPED: there is no Chromium on this machine, so {left_out}");
    }
    found
}

/// A running browser. It ends when this is dropped.
pub struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    last: u64,
    /// What has happened since somebody asked: method, parameters, session.
    events: Vec<Value>,
    _profile: tempfile::TempDir,
}

/// One page of it.
#[derive(Clone, Debug)]
pub struct Page {
    session: String,
}

impl Browser {
    /// Starts the browser of this machine. Where there is none, says what is left out for that, unless this
    /// is CI.
    ///
    /// # Panics
    /// When there is none and `CI` is set, and when it does not start.
    pub fn if_there(left_out: &str) -> Option<Self> {
        let program = program_if_there(left_out)?;
        Some(Self::start(&program))
    }

    /// Starts this program.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(program: &Path) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut child = crate::headless(program, profile.path())
            .arg("--remote-debugging-port=0")
            .arg("about:blank")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_prefix("DevTools listening on ")
                    .map(str::to_owned)
            })
            .expect("it says where it listens");
        // What else it says must be read, or it waits forever to say it.
        std::thread::spawn(move || lines.for_each(drop));
        let host = address.strip_prefix("ws://").unwrap();
        let stream = TcpStream::connect(host.split('/').next().unwrap()).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(address.as_str(), stream).unwrap();
        Self {
            child,
            socket,
            last: 0,
            events: Vec::new(),
            _profile: profile,
        }
    }

    fn next(&mut self) -> Value {
        loop {
            match self.socket.read() {
                Ok(Message::Text(text)) => return serde_json::from_str(&text).unwrap(),
                Ok(_) => {}
                // Linux ends a read that has a time limit when the process was stopped and goes on.
                Err(tungstenite::Error::Io(error))
                    if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => panic!("the browser has gone: {error}"),
            }
        }
    }

    fn call(&mut self, session: Option<&str>, method: &str, parameters: Value) -> Value {
        self.last += 1;
        let mut command = json!({"id": self.last, "method": method, "params": parameters});
        if let Some(session) = session {
            command["sessionId"] = session.into();
        }
        self.socket
            .send(Message::text(command.to_string()))
            .unwrap();
        loop {
            let message = self.next();
            if message["id"] == self.last {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    /// What a method of the protocol answers for a page.
    ///
    /// # Panics
    /// When it answers with an error, or not at all.
    pub fn on(&mut self, page: &Page, method: &str, parameters: Value) -> Value {
        self.call(Some(&page.session), method, parameters)
    }

    fn attach(&mut self, target: &str) -> Page {
        let parameters = json!({"targetId": target, "flatten": true});
        let answer = self.call(None, "Target.attachToTarget", parameters);
        let page = Page {
            session: answer["sessionId"].as_str().unwrap().to_owned(),
        };
        for domain in ["Page.enable", "Runtime.enable", "Network.enable"] {
            self.on(&page, domain, json!({}));
        }
        page
    }

    /// Opens a page of this size, and waits until it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn open(&mut self, address: &str, (width, height): (u32, u32)) -> Page {
        let answer = self.call(None, "Target.createTarget", json!({"url": "about:blank"}));
        let page = self.attach(answer["targetId"].as_str().unwrap());
        let size =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.on(&page, "Emulation.setDeviceMetricsOverride", size);
        self.on(&page, "Page.navigate", json!({"url": address}));
        self.until(
            &page,
            "document.readyState === 'complete' && location.href !== 'about:blank'",
        );
        page
    }

    /// What an expression comes to; a promise is waited for.
    ///
    /// # Panics
    /// When it throws.
    pub fn ask(&mut self, page: &Page, expression: &str) -> Value {
        let parameters =
            json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.on(page, "Runtime.evaluate", parameters);
        assert!(
            answer["exceptionDetails"].is_null(),
            "{expression}: {answer}"
        );
        answer["result"]["value"].clone()
    }

    /// Waits until a condition holds on a page.
    ///
    /// # Panics
    /// When it never does.
    pub fn until(&mut self, page: &Page, condition: &str) {
        let start = Instant::now();
        while self.ask(page, condition) != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "never: {condition}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Presses a key and lets it go. `code` is that of the key, as `KeyS`.
    pub fn press(&mut self, page: &Page, key: &str, code: &str, number: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let parameters = json!({"type": kind, "key": key, "code": code,
                "windowsVirtualKeyCode": number, "nativeVirtualKeyCode": number});
            self.on(page, "Input.dispatchKeyEvent", parameters);
        }
    }

    /// The page that another has opened, once it is there.
    ///
    /// # Panics
    /// When it does not come.
    pub fn opened(&mut self, title: &str) -> Page {
        let start = Instant::now();
        loop {
            let answer = self.call(None, "Target.getTargets", json!({}));
            let targets = answer["targetInfos"].as_array().unwrap().clone();
            let found = targets.iter().find(|target| {
                target["type"] == "page"
                    && target["title"]
                        .as_str()
                        .is_some_and(|text| text.contains(title))
            });
            if let Some(target) = found {
                return self.attach(target["targetId"].as_str().unwrap());
            }
            assert!(start.elapsed() < PATIENCE, "no `{title}` in {targets:?}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The addresses that pages have asked for since the last call.
    pub fn requests(&mut self) -> Vec<String> {
        let is_request = |event: &Value| event["method"] == "Network.requestWillBeSent";
        let address = |event: Value| {
            event["params"]["request"]["url"]
                .as_str()
                .map(str::to_owned)
        };
        let events = std::mem::take(&mut self.events);
        events
            .into_iter()
            .filter(is_request)
            .filter_map(address)
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
