//! A page in the window of the app of its own, driven by the WebDriver protocol (W3C, as `tauri-driver` and WebKitWebDriver
//! speak it): the few things that a hand does, from which everything else is made.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use image::{Rgb, RgbImage};
use reqwest::Method;
use serde_json::{Value, json};

use super::find::FRAMES;
use crate::world::{PATIENCE, wait_until};

/// How the protocol marks a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// How long a script may take, milliseconds: longer than anybody waits for anything.
const SCRIPT_MS: u32 = 120_000;

/// One session of the driver: one window.
#[derive(Clone)]
pub(super) struct WebKit {
    http: reqwest::Client,
    /// The session's address.
    at: String,
    /// What the screen shows, as a file.
    screen: PathBuf,
}

impl WebKit {
    /// Has the driver start the program with its window.
    pub(super) async fn start(
        driver: &str,
        program: &Path,
        arguments: &[&str],
        screen: &Path,
    ) -> Result<WebKit> {
        let http = crate::world::http()?;
        let always =
            json!({"browserName": "wry", "tauri:options": {"application": program, "args": arguments}});
        let wish = json!({"capabilities": {"alwaysMatch": always}});
        let session = WebKit { http, at: format!("{driver}/session"), screen: screen.to_owned() };
        let begun = session.call(Method::POST, "", Some(wish)).await?;
        let id = begun["sessionId"].as_str().context("the driver began no session")?;
        let session = WebKit { at: format!("{driver}/session/{id}"), ..session };
        session.call(Method::POST, "/timeouts", Some(json!({"script": SCRIPT_MS}))).await?;
        Ok(session)
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self.http.request(method, format!("{}{path}", self.at));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.context("the driver does not answer")?;
        let failed = !answer.status().is_success();
        let mut answer: Value = answer.json().await.context("the driver's answer is no JSON")?;
        let value = answer["value"].take();
        if failed {
            bail!("the driver refused {path}: {}: {}", value["error"], value["message"]);
        }
        Ok(value)
    }

    /// The value of an expression, promises awaited.
    pub(super) async fn eval(&self, expression: &str) -> Result<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => ({expression}))().then(
                value => done({{value: value === undefined ? null : value}}),
                error => done({{thrown: String(error?.stack ?? error)}}));"
        );
        let mut said = self.call(Method::POST, "/execute/async", Some(script_of(&script))).await?;
        if let Some(thrown) = said["thrown"].as_str() {
            bail!("the page threw: {thrown}");
        }
        Ok(said["value"].take())
    }

    /// Runs a whole script in the page's own world.
    pub(super) async fn run(&self, source: &str) -> Result<()> {
        self.call(Method::POST, "/execute/sync", Some(script_of(source))).await.map(|_| ())
    }

    pub(super) async fn goto(&self, url: &str) -> Result<()> {
        self.call(Method::POST, "/url", Some(json!({"url": url}))).await.map(|_| ())
    }

    pub(super) async fn reload(&self) -> Result<()> {
        self.call(Method::POST, "/refresh", Some(json!({}))).await.map(|_| ())
    }

    /// Draws with the mouse's button down through points of the window; one point is a click.
    pub(super) async fn draw(&self, points: &[(f64, f64)]) -> Result<()> {
        let Some(first) = points.first() else { bail!("there is nowhere to go") };
        let to = |(x, y): &(f64, f64)| json!({"type": "pointerMove", "duration": 0, "origin": "viewport", "x": x.round(), "y": y.round()});
        let mut steps = vec![to(first), json!({"type": "pointerDown", "button": 0})];
        steps.extend(points[1..].iter().map(to));
        steps.push(json!({"type": "pointerUp", "button": 0}));
        let mouse = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps});
        self.call(Method::POST, "/actions", Some(json!({"actions": [mouse]}))).await.map(|_| ())
    }

    /// Types into the element that a script gives, or hands it files: paths, one a line.
    pub(super) async fn keys(&self, element: &str, text: &str) -> Result<()> {
        let found =
            self.call(Method::POST, "/execute/sync", Some(script_of(&format!("return {element}")))).await?;
        let id = found[ELEMENT].as_str().with_context(|| format!("there is no {element}"))?;
        self.call(Method::POST, &format!("/element/{id}/value"), Some(json!({"text": text})))
            .await
            .map(|_| ())
    }

    /// What the window shows: the upper left corner of the screen, once it has stopped changing. The driver's own
    /// screenshots wait for a frame that WebKit, left alone, never draws.
    pub(super) async fn picture(&self) -> Result<RgbImage> {
        let size = self.eval("[innerWidth, innerHeight]").await?;
        let size: (u32, u32) = serde_json::from_value(size).context("the page has no size")?;
        let mut last = None;
        let still = wait_until("the window to stop changing", PATIENCE, async || {
            let _drawn = self.eval(FRAMES).await.ok()?;
            let now = shown(&self.screen, size).ok();
            let same = now.is_some() && now == last;
            last = now;
            last.clone().filter(|_| same)
        });
        still.await
    }

    /// Closes the window, which ends the program.
    pub(super) async fn close(&self) -> Result<()> {
        self.call(Method::DELETE, "", None).await.map(|_| ())
    }
}

fn script_of(source: &str) -> Value {
    json!({"script": source, "args": []})
}

/// The upper left corner of a screen, as Xvfb keeps it in a file (X Window Dump: XWDFile.h).
fn shown(screen: &Path, (width, height): (u32, u32)) -> Result<RgbImage> {
    let file = std::fs::read(screen).context("there is no screen")?;
    let word = |place: usize| {
        let bytes = file.get(place * 4..place * 4 + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).context("the screen's file is too short")
    };
    let (header, whole_width, whole_height) = (word(0)?, word(4)?, word(5)?);
    let (least_first, bits, line, colours) = (word(7)? == 0, word(11)?, word(12)?, word(19)?);
    if !least_first || bits != 32 || width > whole_width || height > whole_height {
        bail!("the screen is not as it was asked for");
    }
    let pixels = file.get((header + colours * 12) as usize..).context("the screen has no pixels")?;
    Ok(RgbImage::from_fn(width, height, |x, y| match pixels.get((y * line + x * 4) as usize..) {
        Some([blue, green, red, ..]) => Rgb([*red, *green, *blue]),
        _ => Rgb([0; 3]),
    }))
}
