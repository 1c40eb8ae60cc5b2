//! The engine's shell on this device: holds the database, connects, uploads, locks. What is decided, the engine decides.
//!
//! Where to start: [`Host::start`] and [`Host::ask`]. Everything happens on one thread of its own (`running.rs`), one thing
//! after the other; what takes time outside (requests, the connection) runs beside it and comes back as an event.

mod database;
mod files;
mod running;
mod server;
#[cfg(test)]
mod tests;
pub mod vault;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    thread,
    time::Instant,
};

use engine::World;
use jiff::Timestamp;
use shared::{app::Answer, domain::PhotoId};
use tokio::{runtime::Handle, sync::oneshot};
use zeroize::Zeroizing;

use crate::device::secure_key::Keystore;
use running::Running;
use server::{Enrolled, Fetched, Heard};

/// Where things are, and who is there.
pub struct Settings {
    /// The folder for everything that is kept.
    pub folder: PathBuf,
    /// The server that is proposed to whoever enrols this device; empty for none.
    pub server: String,
    /// Where requests run.
    pub runtime: Handle,
    /// The device's own clock.
    pub wall: fn() -> Timestamp,
    /// The other half of the database's key.
    pub keystore: Box<dyn Keystore>,
}

/// An answer as it travels to the page.
#[derive(Debug)]
pub struct Reply {
    /// [`Answer`] as JSON.
    pub answer: String,
    /// A picture or a document beside it.
    pub bytes: Option<Vec<u8>>,
}

impl Reply {
    pub(crate) fn new(answer: &Answer) -> Reply {
        let otherwise = || r#"{"answer":"refused","code":"answer_odd"}"#.to_owned();
        Reply { answer: serde_json::to_string(answer).unwrap_or_else(|_| otherwise()), bytes: None }
    }

    pub(crate) fn refused(code: &str) -> Reply {
        Reply::new(&Answer::refused(code))
    }
}

/// Hears news as JSON; says whether it still listens.
pub type Listener = Box<dyn Fn(Told<'_>) -> bool + Send>;

/// What a page is told unasked.
#[derive(Debug, Clone, Copy)]
pub enum Told<'a> {
    /// [`News`](shared::app::News) as JSON.
    News(&'a str),
    /// The engine ended; it begins anew with the next page.
    Gone,
}

/// How much room this device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Room {
    /// Bytes that are free.
    pub free: u64,
}

pub(crate) enum Event {
    Ask { text: Zeroizing<String>, bytes: Vec<u8>, name: Option<String>, done: oneshot::Sender<Reply> },
    Listen { page: String, listener: Listener },
    End,
    Touched,
    Online,
    EnrolAnswered { wish: Box<Wish>, result: Result<Enrolled, String> },
    Socket { number: u64, heard: Heard },
    Uploaded { core: u64, photo: PhotoId, fetched: Option<Fetched> },
    Read { core: u64, photo: PhotoId, fetched: Option<Fetched> },
}

/// Somebody wants to enrol this device.
pub(crate) struct Wish {
    server: server::Server,
    secret: Zeroizing<[u8; 32]>,
    device_name: String,
    pin: Zeroizing<String>,
    done: oneshot::Sender<Reply>,
}

/// The way to the running shell.
#[derive(Clone)]
pub struct Host {
    events: Sender<Event>,
    _last: Arc<Last>,
}

/// Ends the thread with the last of those who could ask.
struct Last(Sender<Event>);

impl Drop for Last {
    fn drop(&mut self) {
        let _ = self.0.send(Event::End);
    }
}

impl Host {
    /// Starts it on a thread of its own.
    pub fn start(settings: Settings) -> Host {
        let (events, inbox) = mpsc::channel();
        let own = events.clone();
        thread::spawn(move || Running::new(settings, own).run(&inbox));
        Host { _last: Arc::new(Last(events.clone())), events }
    }

    /// Answers a page; what changes something is carried out once under each name.
    ///
    /// In the order of the calls, whenever their answers are waited for.
    pub fn ask(
        &self,
        text: String,
        bytes: Vec<u8>,
        name: Option<String>,
    ) -> impl Future<Output = Reply> + Send + use<> {
        let (done, answer) = oneshot::channel();
        let _ = self.events.send(Event::Ask { text: Zeroizing::new(text), bytes, name, done });
        // It ended while it was asked.
        async { answer.await.unwrap_or_else(|_| Reply::refused("engine_crashed")) }
    }

    /// A page opened and wants to hear what happens. An engine that ended begins anew for it.
    ///
    /// `page` is its name: whoever listened on another is gone.
    pub fn listen(&self, page: String, listener: Listener) {
        let _ = self.events.send(Event::Listen { page, listener });
    }

    /// Somebody touched the page.
    pub fn touched(&self) {
        let _ = self.events.send(Event::Touched);
    }

    /// The network came back.
    pub fn online(&self) {
        let _ = self.events.send(Event::Online);
    }
}

/// Fills with random bytes of the operating system.
///
/// # Panics
/// When the system gives none: then no key may be made.
#[allow(clippy::expect_used)]
pub(crate) fn draw(into: &mut [u8]) {
    getrandom::fill(into).expect("the operating system gives random bytes");
}

fn world(wall: fn() -> Timestamp) -> World {
    let start = Instant::now();
    World {
        wall: Box::new(wall),
        ticks: Box::new(move || u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)),
        draw: Box::new(draw),
        reading: Box::new(|_| {}),
    }
}

/// How much room there is where things are kept; `None` where the system does not say.
pub fn room(folder: &std::path::Path) -> Option<Room> {
    #[cfg(unix)]
    {
        let disk = rustix::fs::statvfs(folder).ok()?;
        Some(Room { free: disk.f_bavail.saturating_mul(disk.f_frsize) })
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}
