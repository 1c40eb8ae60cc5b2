//! One page: go somewhere, click, type, choose, hand over files, look.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use chromiumoxide::cdp::browser_protocol::dom::SetFileInputFilesParams;
use chromiumoxide::cdp::browser_protocol::input::{
    DispatchMouseEventParams, DispatchMouseEventType, InsertTextParams, MouseButton,
};
use chromiumoxide::cdp::browser_protocol::page::{
    CaptureScreenshotFormat, CaptureScreenshotParams, Viewport,
};
use chromiumoxide::cdp::browser_protocol::target::SetAutoAttachParams;
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::layout::Point;

use super::find::{on, quoted};
use super::watch::Watch;
use super::webkit::WebKit;

/// A tab of the browser, or the window of the app of its own.
#[derive(Clone)]
pub struct Page {
    hand: Hand,
    watch: Watch,
    scripts_on: Arc<AtomicBool>,
}

/// What clicks, types and looks.
#[derive(Clone)]
enum Hand {
    Chromium(chromiumoxide::Page),
    WebKit(WebKit),
}

/// Stops of the focus on the fullest of our pages, and some more.
const MOST_TABS: usize = 600;

/// Content that jumped.
#[derive(Debug, Default, serde::Deserialize)]
pub struct Shifted {
    /// How far: the cumulative layout shift.
    pub by: f64,
    /// What did, as the beginnings of HTML.
    pub what: Vec<String>,
}

impl Page {
    pub(super) async fn of(inner: chromiumoxide::Page) -> Result<Self> {
        // The driver would hold every worker up until it has looked at it, and lets go of service workers too late.
        let leave_workers = SetAutoAttachParams::new(false, false);
        inner.execute(leave_workers).await.context("workers are not left alone")?;
        let watch = Watch::over(&inner).await?;
        Ok(Self { hand: Hand::Chromium(inner), watch, scripts_on: Arc::new(AtomicBool::new(true)) })
    }

    /// The window of the app of its own. Nobody watches what it says and loads.
    pub(super) fn in_window(session: WebKit) -> Self {
        let scripts_on = Arc::new(AtomicBool::new(true));
        Self { hand: Hand::WebKit(session), watch: Watch::default(), scripts_on }
    }

    /// The value of a JavaScript expression, promises awaited, as JSON.
    pub(super) async fn answer(&self, expression: &str) -> Result<serde_json::Value> {
        let page = match &self.hand {
            Hand::Chromium(page) => page,
            Hand::WebKit(session) => return session.eval(expression).await,
        };
        let call = EvaluateParams::builder().expression(expression).await_promise(true).return_by_value(true);
        let answer = page.execute(call.build().map_err(anyhow::Error::msg)?).await?.result;
        if let Some(thrown) = answer.exception_details {
            let described = thrown.exception.and_then(|exception| exception.description);
            bail!("the page threw: {}", described.unwrap_or(thrown.text));
        }
        Ok(answer.result.value.unwrap_or_default())
    }

    /// Runs a whole script.
    pub(super) async fn run(&self, source: &str) -> Result<()> {
        match &self.hand {
            Hand::Chromium(_) => self.eval::<bool>(&format!("{source};true")).await.map(|_| ()),
            Hand::WebKit(session) => session.run(source).await,
        }
    }

    /// Opens an address and waits until it has loaded. An answer such as 404 is a page too.
    ///
    /// # Errors
    /// When there is no answer at all.
    pub async fn goto(&self, url: &str) -> Result<()> {
        match &self.hand {
            Hand::Chromium(page) => page.goto(url).await.map(|_| ()).map_err(anyhow::Error::from),
            Hand::WebKit(session) => session.goto(url).await,
        }
        .with_context(|| format!("{url} did not open"))
    }

    /// Loads the page again, as the browser's button does.
    ///
    /// # Errors
    /// When it does not load.
    pub async fn reload(&self) -> Result<()> {
        match &self.hand {
            Hand::Chromium(page) => page.reload().await.map(|_| ()).map_err(anyhow::Error::from),
            Hand::WebKit(session) => session.reload().await,
        }
        .context("the page did not load again")
    }

    /// Goes back in history, as the browser's button does; wait for what the earlier page shows.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn back(&self) -> Result<()> {
        self.eval::<Option<bool>>("void history.back()").await.map(|_| ())
    }

    /// The address shown.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn url(&self) -> Result<String> {
        self.eval("location.href").await
    }

    /// The page's whole HTML, as it is now.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn html(&self) -> Result<String> {
        self.eval("document.documentElement.outerHTML").await
    }

    /// Clicks the first visible match, once a tap would reach it: a CSS selector, or `text=` and its words.
    ///
    /// # Errors
    /// When it never comes within reach.
    pub async fn click(&self, selector: &str) -> Result<()> {
        let spot = self.reach(selector).await?;
        match &self.hand {
            Hand::Chromium(page) => {
                page.click(Point::new(spot.x, spot.y)).await.map(|_| ()).map_err(anyhow::Error::from)
            }
            Hand::WebKit(session) => session.draw(&[(spot.x, spot.y)]).await,
        }
        .with_context(|| format!("{selector} was not clicked"))
    }

    /// Draws over the first match with the mouse's button down, through points given as shares of its width and height.
    ///
    /// # Errors
    /// When it never comes within reach.
    pub async fn drag(&self, selector: &str, through: &[(f64, f64)]) -> Result<()> {
        self.reach(selector).await?;
        let (left, top, width, height) = self
            .eval::<(f64, f64, f64, f64)>(&on(
                selector,
                "const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]",
            ))
            .await?;
        let through: Vec<(f64, f64)> =
            through.iter().map(|(x, y)| (left + x * width, top + y * height)).collect();
        if let Hand::WebKit(session) = &self.hand {
            return session.draw(&through).await;
        }
        let mouse = |kind, (x, y): &(f64, f64)| {
            let event = DispatchMouseEventParams::builder().r#type(kind).x(*x).y(*y);
            event.button(MouseButton::Left).buttons(1).click_count(1).build().map_err(anyhow::Error::msg)
        };
        let (Some(first), Some(last)) = (through.first(), through.last()) else {
            bail!("a line has two points")
        };
        self.tell(mouse(DispatchMouseEventType::MousePressed, first)?).await?;
        for point in &through {
            self.tell(mouse(DispatchMouseEventType::MouseMoved, point)?).await?;
        }
        self.tell(mouse(DispatchMouseEventType::MouseReleased, last)?).await
    }

    /// Replaces what stands in a field by `text`, as pasted.
    ///
    /// # Errors
    /// When there is no such field, or it does not take the text.
    pub async fn fill(&self, selector: &str, text: &str) -> Result<()> {
        self.reach(selector).await?;
        self.eval::<bool>(&on(selector, "e.focus(); if (e.select) e.select(); return true")).await?;
        match &self.hand {
            Hand::Chromium(_) => self.tell(InsertTextParams::new(text)).await?,
            Hand::WebKit(session) => session.keys(&on(selector, "return e"), text).await?,
        }
        self.until(
            &format!("{selector} to hold the text"),
            &on(selector, &format!("return e.value.includes({})", quoted(text))),
        )
        .await
    }

    /// Types `text` key by key behind what stands in the field; ASCII only.
    ///
    /// # Errors
    /// When there is no such field, or a character has no key.
    pub async fn type_keys(&self, selector: &str, text: &str) -> Result<()> {
        self.reach(selector).await?;
        self.eval::<bool>(&on(selector, "e.focus(); return true")).await?;
        for key in text.chars() {
            self.press(&key.to_string()).await?;
        }
        Ok(())
    }

    /// Presses one key where the focus is: `Enter`, `Tab`, `a`.
    ///
    /// # Errors
    /// When there is no such key.
    pub async fn press(&self, key: &str) -> Result<()> {
        let focused = self.inner().find_element("body").await.context("the page has no body")?;
        focused.press_key(key).await.with_context(|| format!("key {key} was not pressed"))?;
        Ok(())
    }

    /// Presses Tab until the focus is on the first visible match, as somebody without a mouse would.
    ///
    /// # Errors
    /// When the focus has been everywhere and was not there.
    pub async fn tab_to(&self, selector: &str) -> Result<()> {
        self.wait_for(selector).await?;
        let there = on(selector, "return document.activeElement === e");
        for _ in 0..MOST_TABS {
            if self.eval::<bool>(&there).await? {
                return Ok(());
            }
            self.press("Tab").await?;
        }
        bail!("{selector} is not reached by Tab; the focus is on {}", self.focused().await?)
    }

    /// Goes to a field by Tab and types `text` in place of what stands there.
    ///
    /// # Errors
    /// When it is not reached, or does not take the text.
    pub async fn tab_and_type(&self, selector: &str, text: &str) -> Result<()> {
        self.tab_to(selector).await?;
        // A field that is reached by Tab has all of its text chosen; one with several lines has not.
        self.eval::<bool>(&on(selector, "e.select?.(); return true")).await?;
        self.tell(InsertTextParams::new(text)).await?;
        let holds = on(selector, &format!("return e.value.includes({})", quoted(text)));
        self.until(&format!("{selector} to hold the text"), &holds).await
    }

    /// Goes to something by Tab and presses a key there.
    ///
    /// # Errors
    /// When it is not reached.
    pub async fn tab_and_press(&self, selector: &str, key: &str) -> Result<()> {
        self.tab_to(selector).await?;
        self.press(key).await
    }

    /// Goes to a `<select>` by Tab and presses the arrow keys until this value is chosen.
    ///
    /// # Errors
    /// When it is not reached or has no such option.
    pub async fn tab_and_choose(&self, selector: &str, value: &str) -> Result<()> {
        self.tab_to(selector).await?;
        let options: usize = self.eval(&on(selector, "e.selectedIndex = 0; return e.options.length")).await?;
        for _ in 0..options {
            if self.value(selector).await? == value {
                return Ok(());
            }
            self.press("ArrowDown").await?;
        }
        if self.value(selector).await? == value { Ok(()) } else { bail!("{selector} has no option {value}") }
    }

    /// Chooses the option with this value of a `<select>`.
    ///
    /// # Errors
    /// When there is no such option.
    pub async fn choose(&self, selector: &str, value: &str) -> Result<()> {
        self.wait_for(selector).await?;
        let script = format!(
            "e.value = {0}; e.dispatchEvent(new Event('change', {{bubbles: true}})); return e.value === {0}",
            quoted(value)
        );
        if !self.eval::<bool>(&on(selector, &script)).await? {
            bail!("{selector} has no option {value}");
        }
        Ok(())
    }

    /// Hands files to a file input, visible or not, as if chosen in the system's dialogue.
    ///
    /// # Errors
    /// When there is no such input or a file is missing.
    pub async fn upload(&self, selector: &str, files: &[&Path]) -> Result<()> {
        self.until(
            &format!("{selector} to exist"),
            &format!("!!document.querySelector({})", quoted(selector)),
        )
        .await?;
        let mut paths = Vec::new();
        for file in files {
            let whole = file.canonicalize().with_context(|| format!("{} is not there", file.display()))?;
            paths.push(whole.display().to_string());
        }
        if let Hand::WebKit(session) = &self.hand {
            let input = format!("document.querySelector({})", quoted(selector));
            return session.keys(&input, &paths.join("\n")).await;
        }
        // By the object, not by a node's number: numbers end with the document, and "back" may just be changing it.
        let find = EvaluateParams::builder()
            .expression(format!("document.querySelector({})", quoted(selector)))
            .build()
            .map_err(anyhow::Error::msg)?;
        let found = self.inner().execute(find).await.with_context(|| format!("no {selector}"))?;
        let input = found.result.result.object_id.clone().with_context(|| format!("no {selector}"))?;
        let set = SetFileInputFilesParams::builder().files(paths).object_id(input);
        self.tell(set.build().map_err(anyhow::Error::msg)?).await
    }

    /// Writes the whole page as `NAME.png` into [`super::screenshots`] and gives the path.
    ///
    /// # Errors
    /// When it cannot be taken or written.
    pub async fn screenshot(&self, name: &str) -> Result<PathBuf> {
        let folder = super::screenshots();
        std::fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        let path = folder.join(format!("{name}.png"));
        let inner = match &self.hand {
            Hand::Chromium(page) => page,
            Hand::WebKit(session) => {
                let picture = session.picture().await?;
                picture.save(&path).with_context(|| format!("{} cannot be written", path.display()))?;
                return Ok(path);
            }
        };
        let size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]";
        let (width, height) = self.eval::<(f64, f64)>(size).await?;
        // A page behind another one is not always painted, and a picture of it would be waited for in vain.
        inner.bring_to_front().await.context("the page cannot be shown")?;
        let whole = CaptureScreenshotParams::builder()
            .format(CaptureScreenshotFormat::Png)
            .clip(Viewport { x: 0.0, y: 0.0, width, height, scale: 1.0 })
            .capture_beyond_viewport(true)
            .build();
        let picture = inner.execute(whole).await.context("no screenshot")?.result.data;
        let picture =
            BASE64.decode(AsRef::<[u8]>::as_ref(&picture)).context("the screenshot is not base64")?;
        std::fs::write(&path, picture).with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(path)
    }

    /// How far content has jumped by itself since this was last asked on the same document: layout shifts that no input
    /// caused, added up (Chromium keeps the first 150 of a document). 0 with scripts off, when nobody observes them, and in
    /// WebKit, which does not measure it.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn shifted(&self) -> Result<Shifted> {
        let Hand::Chromium(page) = &self.hand else { return Ok(Shifted::default()) };
        if !self.scripts_on() {
            return Ok(Shifted::default());
        }
        // A page behind another one is not painted, and its frames would be waited for in vain.
        page.bring_to_front().await.context("the page cannot be shown")?;
        let script = "new Promise(done => {
            const shifts = [];
            const observer = new PerformanceObserver(list => shifts.push(...list.getEntries()));
            observer.observe({type: 'layout-shift', buffered: true});
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => {
                shifts.push(...observer.takeRecords());
                observer.disconnect();
                const since = window.shiftsReadAt || 0;
                window.shiftsReadAt = performance.now();
                const own = shifts.filter(shift => !shift.hadRecentInput && shift.startTime > since);
                const named = node => node && (node.outerHTML || node.textContent || '').slice(0, 80);
                done({by: own.reduce((sum, shift) => sum + shift.value, 0),
                    what: own.flatMap(shift => shift.sources.map(source => named(source.node))).filter(Boolean)});
            }))); })";
        self.eval(script).await
    }

    /// Does the page scroll sideways?
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn scrolls_sideways(&self) -> Result<bool> {
        self.eval("document.documentElement.scrollWidth > document.documentElement.clientWidth").await
    }

    /// Links, buttons and fields smaller than `least` CSS pixels in width or height, as HTML; links within running
    /// text are excepted (WCAG 2.2, 2.5.8).
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn small_targets(&self, least: u32) -> Result<Vec<String>> {
        let script =
            "(least => [...document.querySelectorAll('a,button,input,select,textarea,summary,[role=button]')]
            .filter(e => e.type !== 'hidden' && !(e.tagName === 'A' && e.closest('p,li,td,dd')))
            .filter(e => { let boxes = [e, ...(e.labels || [])].map(t => t.getBoundingClientRect());
                return boxes.some(b => b.width > 0 && b.height > 0)
                    && !boxes.some(b => b.width >= least && b.height >= least); })
            .map(e => e.outerHTML.slice(0, 120)))";
        self.eval(&format!("{script}({least})")).await
    }

    /// The id of the element that has the focus, or its tag's name.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn focused(&self) -> Result<String> {
        self.eval("document.activeElement ? document.activeElement.id || document.activeElement.tagName : ''")
            .await
    }

    /// Errors the page reported and bytes it loaded.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The page of the driving library, for what these helpers do not cover.
    ///
    /// # Panics
    /// In the window of the app of its own, which that library does not drive.
    pub fn inner(&self) -> &chromiumoxide::Page {
        match &self.hand {
            Hand::Chromium(page) => page,
            Hand::WebKit(_) => panic!("only a browser's page can do that"),
        }
    }

    pub(super) fn scripts_are(&self, on: bool) {
        self.scripts_on.store(on, Ordering::Relaxed);
    }

    pub(super) fn scripts_on(&self) -> bool {
        self.scripts_on.load(Ordering::Relaxed)
    }

    /// Sends a command whose answer says nothing.
    pub(super) async fn tell<C: chromiumoxide::types::Command>(&self, command: C) -> Result<()> {
        let name = command.identifier();
        self.inner().execute(command).await.with_context(|| format!("the browser refused {name}"))?;
        Ok(())
    }
}
