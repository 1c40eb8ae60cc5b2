//! What a page says and loads while a test uses it: console errors, uncaught exceptions, policy violations, bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context, Result};
use chromiumoxide::cdp::browser_protocol::log::{EventEntryAdded, LogEntryLevel};
use chromiumoxide::cdp::browser_protocol::network::{EventLoadingFinished, EventRequestWillBeSent};
use chromiumoxide::cdp::js_protocol::runtime::{
    ConsoleApiCalledType, EventConsoleApiCalled, EventExceptionThrown,
};
use futures_util::StreamExt;

/// Notes kept for one page; a page that floods the console must not flood the test.
const MOST_COMPLAINTS: usize = 200;

/// The notes, shared with the tasks that take them.
#[derive(Clone, Default)]
pub struct Watch {
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    complaints: Vec<String>,
    bytes: f64,
    requests: u32,
    /// Addresses asked for, by request.
    asked: HashMap<String, String>,
    loads: Vec<(String, f64)>,
}

impl Watch {
    pub(super) async fn over(page: &chromiumoxide::Page) -> Result<Self> {
        let watch = Self::default();
        let cannot = "the page cannot be watched";
        let mut entries = page.event_listener::<EventEntryAdded>().await.context(cannot)?;
        let mut thrown = page.event_listener::<EventExceptionThrown>().await.context(cannot)?;
        let mut console = page.event_listener::<EventConsoleApiCalled>().await.context(cannot)?;
        let mut asked = page.event_listener::<EventRequestWillBeSent>().await.context(cannot)?;
        let mut loaded = page.event_listener::<EventLoadingFinished>().await.context(cannot)?;
        page.enable_log().await.context(cannot)?;
        page.enable_runtime().await.context(cannot)?;

        let noting = watch.clone();
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    Some(event) = entries.next() => if event.entry.level == LogEntryLevel::Error {
                        let url = event.entry.url.as_deref().unwrap_or("");
                        noting.complain(format!("{} {url}", event.entry.text));
                    },
                    Some(event) = thrown.next() => noting.complain(exception(&event)),
                    Some(event) = console.next() => if event.r#type == ConsoleApiCalledType::Error {
                        noting.complain(format!("console.error: {}", arguments(&event)));
                    },
                    Some(event) = asked.next() => noting.ask(event.request_id.inner(), &event.request.url),
                    Some(event) = loaded.next() => noting.count(event.request_id.inner(), event.encoded_data_length),
                    else => break,
                }
            }
        });
        Ok(watch)
    }

    /// Errors that the page reported: console, exceptions, failed loads, refused by its security policy.
    pub fn complaints(&self) -> Vec<String> {
        self.with(|notes| notes.complaints.clone())
    }

    /// Bytes on the wire, as compressed, headers included, since the page was opened or [`Watch::forget`].
    pub fn bytes(&self) -> f64 {
        self.with(|notes| notes.bytes)
    }

    /// Requests that finished loading in that time.
    pub fn requests(&self) -> u32 {
        self.with(|notes| notes.requests)
    }

    /// The addresses that finished loading in that time, each with its bytes on the wire.
    pub fn loads(&self) -> Vec<(String, f64)> {
        self.with(|notes| notes.loads.clone())
    }

    /// Starts counting anew.
    pub fn forget(&self) {
        self.with(|notes| *notes = Notes::default());
    }

    fn complain(&self, what: String) {
        self.with(|notes| {
            if notes.complaints.len() < MOST_COMPLAINTS {
                notes.complaints.push(what);
            }
        });
    }

    fn ask(&self, request: &str, url: &str) {
        self.with(|notes| notes.asked.insert(request.to_owned(), url.to_owned()));
    }

    fn count(&self, request: &str, bytes: f64) {
        self.with(|notes| {
            notes.bytes += bytes;
            notes.requests += 1;
            if let Some(url) = notes.asked.remove(request) {
                notes.loads.push((url, bytes));
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Notes) -> T) -> T {
        // A test that panicked while noting leaves notes that are still whole.
        work(&mut self.notes.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

fn exception(event: &EventExceptionThrown) -> String {
    let details = &event.exception_details;
    let described = details.exception.as_ref().and_then(|exception| exception.description.clone());
    format!("uncaught: {}", described.unwrap_or_else(|| details.text.clone()))
}

fn arguments(event: &EventConsoleApiCalled) -> String {
    let word = |argument: &chromiumoxide::cdp::js_protocol::runtime::RemoteObject| {
        argument
            .value
            .as_ref()
            .map(ToString::to_string)
            .or_else(|| argument.description.clone())
            .unwrap_or_default()
    };
    event.args.iter().map(word).collect::<Vec<_>>().join(" ")
}
