//! The one thread on which the engine runs. How the database is opened and closed is in `opening.rs`.

mod opening;

use std::{
    fs::{File, TryLockError},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use engine::{ContractRequest, Deed, Engine, Upload};
use jiff::Timestamp;
use shared::app::{Answer, Ask, News, Standing};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use zeroize::Zeroizing;

use super::{
    Event, Listener, Reply, Settings, Told,
    server::{Fetched, Heard, Server, problem_code},
    vault::{Key, Vault},
};

const TICK: Duration = Duration::from_millis(250);
const LOOK_AT_STORAGE: Duration = Duration::from_secs(60);
/// Without a touch until it locks, milliseconds.
const IDLE_MS: i64 = 600_000;
/// Likewise as long as something is being sent.
const STILL_SENDING_MS: i64 = 1_800_000;
/// The file that is locked by the process that has the folder.
const HELD: &str = "held";

/// An open database and what belongs to it.
struct Core {
    engine: Engine,
    /// For an engine that ended: another one goes on with it.
    key: Key,
    server: Server,
    number: u64,
}

/// The connection that is open, or being opened.
struct Socket {
    number: u64,
    outgoing: mpsc::UnboundedSender<Vec<u8>>,
    connecting: bool,
}

pub(super) struct Running {
    folder: PathBuf,
    /// The server that is proposed.
    proposed: String,
    runtime: Handle,
    wall: fn() -> Timestamp,
    vault: Vault,
    events: Sender<Event>,
    listeners: Vec<Listener>,
    core: Option<Core>,
    socket: Option<Socket>,
    /// The key of an engine that ended, until a page asks for another one.
    fallen: Option<(Key, Server)>,
    crashed: bool,
    erased: bool,
    enrolling: bool,
    /// Cores and sockets so far: what comes late from an earlier one is known by its number.
    count: u64,
    active: Instant,
    active_ms: i64,
    /// The folder is this process's.
    held: Option<File>,
    /// The page that listens.
    page: String,
    standing: Option<Standing>,
    ticked: Instant,
    looked: Instant,
}

impl Running {
    pub(super) fn new(settings: Settings, events: Sender<Event>) -> Running {
        let Settings { folder, server: proposed, runtime, wall, keystore } = settings;
        let vault = Vault::new(&folder, keystore);
        let now = Instant::now();
        Running {
            folder,
            proposed,
            runtime,
            wall,
            vault,
            events,
            listeners: Vec::new(),
            core: None,
            socket: None,
            fallen: None,
            crashed: false,
            erased: false,
            enrolling: false,
            count: 0,
            active: now,
            active_ms: 0,
            held: None,
            page: String::new(),
            standing: None,
            ticked: now,
            looked: now,
        }
    }

    /// Until nobody can ask any more.
    pub(super) fn run(mut self, inbox: &Receiver<Event>) {
        loop {
            let event = match inbox.recv_timeout(TICK.saturating_sub(self.ticked.elapsed())) {
                Ok(Event::End) => return,
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let carried_out = catch_unwind(AssertUnwindSafe(|| {
                if let Some(event) = event {
                    self.take(event);
                }
                if self.ticked.elapsed() >= TICK {
                    self.ticked = Instant::now();
                    self.tick();
                }
                self.act();
            }));
            if carried_out.is_err() {
                self.fall();
            }
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Ask { text, bytes, name, done } => self.ask(&text, &bytes, name.as_deref(), done),
            Event::Listen { page, listener } => self.listen(page, listener),
            Event::Touched => self.touched(),
            Event::End => {}
            Event::Online => self.online(),
            Event::EnrolAnswered { wish, result } => self.enrol_answered(*wish, result),
            Event::Socket { number, heard } => self.heard(number, heard),
            Event::Uploaded { core, photo, fetched } => {
                let (status, offset) = fetched.map_or((0, None), |fetched| (fetched.status, fetched.offset));
                if let Some(engine) = self.engine_of(core) {
                    engine.handle_uploaded(photo, status, offset);
                }
            }
            Event::Read { core, photo, fetched } => {
                let (status, body) =
                    fetched.map_or((0, Vec::new()), |fetched| (fetched.status, fetched.body));
                if let Some(engine) = self.engine_of(core) {
                    engine.handle_read(photo, status, &body);
                }
            }
        }
    }

    /// The engine with this number, unless another one came after it.
    fn engine_of(&mut self, number: u64) -> Option<&mut Engine> {
        self.core.as_mut().filter(|core| core.number == number).map(|core| &mut core.engine)
    }

    // ── asking

    fn ask(&mut self, text: &str, bytes: &[u8], name: Option<&str>, done: oneshot::Sender<Reply>) {
        if let Err(code) = self.hold() {
            let _ = done.send(Reply::refused(code));
            return;
        }
        if self.crashed {
            if matches!(serde_json::from_str(text), Ok(Ask::Lock)) {
                self.fallen = None;
            }
            let _ = done.send(Reply::refused("engine_crashed"));
            return;
        }
        let reply = match (serde_json::from_str::<Ask>(text), &mut self.core) {
            (Err(_), _) => Reply::refused("ask_unknown"),
            (Ok(Ask::Enrol { user, password, device_name, pin, server }), _) => {
                let (password, pin) = (Zeroizing::new(password), Zeroizing::new(pin));
                return self.enrol(&server, (user, password), (device_name, pin), done);
            }
            (Ok(Ask::Unlock { pin }), _) => self.unlock(&Zeroizing::new(pin)),
            (Ok(Ask::Lock), _) => {
                self.lock();
                self.standing_reply()
            }
            (Ok(Ask::Standing), None) => self.standing_reply(),
            (Ok(Ask::Rescue { after, pin }), None) => self.rescue_closed(&Zeroizing::new(pin), &after),
            (Ok(Ask::Contract { document }), Some(core)) => match core.engine.contract_request(document) {
                Ok(request) => {
                    let server = core.server.clone();
                    self.runtime.spawn(async move {
                        let _ = done.send(contract(server, request).await);
                    });
                    return;
                }
                Err(code) => Reply::refused(code),
            },
            (Ok(_), None) => Reply::refused("device_locked"),
            (Ok(ask), Some(core)) => {
                let (answer, bytes) = match name {
                    Some(name) => core.engine.handle_named_ask(name, ask, bytes),
                    None => core.engine.handle_ask(ask, bytes),
                };
                Reply { bytes, ..Reply::new(&answer) }
            }
        };
        let _ = done.send(reply);
    }

    /// This process alone may touch the folder, as long as it lives.
    fn hold(&mut self) -> Result<(), &'static str> {
        if self.held.is_none() {
            let file = File::options().create(true).truncate(false).write(true).open(self.folder.join(HELD));
            let file = file.map_err(|_| "storage_failed")?;
            file.try_lock().map_err(|error| match error {
                TryLockError::WouldBlock => "storage_in_use",
                TryLockError::Error(_) => "storage_failed",
            })?;
            self.held = Some(file);
        }
        Ok(())
    }

    fn touched(&mut self) {
        (self.active, self.active_ms) = (Instant::now(), self.now_ms());
    }

    // ── pages and engines that come and go

    /// The engine panicked: it cannot go on, and every page says so.
    fn fall(&mut self) {
        self.socket = None;
        self.crashed = true;
        self.fallen = self.core.take().map(|core| (core.key, core.server));
        self.listeners.retain(|listener| listener(Told::Gone));
    }

    /// A page opened. For an engine that ended another one goes on.
    fn listen(&mut self, page: String, listener: Listener) {
        if page != self.page {
            // Whoever listened on the page before is gone.
            self.listeners.clear();
            self.page = page;
        }
        self.listeners.push(listener);
        if std::mem::take(&mut self.crashed)
            && let Some((key, server)) = self.fallen.take()
        {
            // Where it cannot, the PIN is asked for, and that says why.
            let _ = self.open(key, server);
        }
    }

    // ── what the engine wants done

    fn act(&mut self) {
        while let Some(core) = &mut self.core {
            let deeds = core.engine.take_deeds();
            if deeds.is_empty() {
                return;
            }
            for deed in deeds {
                self.carry_out(deed);
            }
        }
    }

    fn carry_out(&mut self, deed: Deed) {
        let Some(core) = &self.core else { return };
        let (number, server) = (core.number, core.server.clone());
        match deed {
            Deed::Connect => self.connect(server),
            Deed::Disconnect => self.socket = None,
            Deed::Send(message) => {
                if let Some(socket) = &self.socket {
                    let _ = socket.outgoing.send(message);
                }
            }
            Deed::Upload(upload) => {
                let photo = upload.photo;
                self.fetch(server, upload, move |fetched| Event::Uploaded { core: number, photo, fetched });
            }
            Deed::Read(upload) => {
                let photo = upload.photo;
                self.fetch(server, upload, move |fetched| Event::Read { core: number, photo, fetched });
            }
            Deed::Tell(news) => self.tell(&news),
            Deed::Erase => self.erase(),
        }
    }

    fn fetch(
        &self,
        server: Server,
        upload: Upload,
        event: impl FnOnce(Option<Fetched>) -> Event + Send + 'static,
    ) {
        let events = self.events.clone();
        self.runtime.spawn(async move {
            let Upload { method, path, headers, body, .. } = upload;
            let _ = events.send(event(server.fetch(method, &path, &headers, body).await));
        });
    }

    fn connect(&mut self, server: Server) {
        self.count += 1;
        let number = self.count;
        let (outgoing, comes_out) = mpsc::unbounded_channel();
        self.socket = Some(Socket { number, outgoing, connecting: true });
        let events = self.events.clone();
        let heard = move |heard| events.send(Event::Socket { number, heard }).is_ok();
        self.runtime.spawn(server.connect(heard, comes_out));
    }

    fn heard(&mut self, number: u64, heard: Heard) {
        let Some(socket) = self.socket.as_mut().filter(|socket| socket.number == number) else { return };
        let Some(core) = &mut self.core else { return };
        match heard {
            Heard::Open => {
                socket.connecting = false;
                core.engine.handle_connected();
            }
            Heard::Message(came) => core.engine.handle_message(&came.bytes),
            Heard::Closed => {
                self.socket = None;
                core.engine.handle_disconnected();
            }
        }
    }

    fn online(&mut self) {
        if self.socket.as_ref().is_some_and(|socket| socket.connecting) {
            self.socket = None;
            if let Some(core) = &mut self.core {
                core.engine.handle_disconnected();
            }
        }
        if let Some(core) = &mut self.core {
            core.engine.handle_ask(Ask::ConnectNow, &[]);
        }
    }

    // ── telling

    fn tell(&mut self, news: &News) {
        if let News::Standing(standing) = news {
            if self.standing.as_ref().is_none_or(|before| before.unsynced != standing.unsynced) {
                self.vault.note_unsynced(standing.unsynced);
            }
            self.standing = Some(standing.clone());
        }
        self.tell_pages(news);
    }

    fn tell_closed(&mut self) {
        if let Ok(standing) = self.closed() {
            self.tell_pages(&News::Standing(standing));
        }
    }

    fn tell_pages(&mut self, news: &News) {
        let json = serde_json::to_string(news).unwrap_or_default();
        self.listeners.retain(|listener| listener(Told::News(&json)));
    }

    // ── time

    fn tick(&mut self) {
        let sending = self.socket.is_some()
            && self.standing.as_ref().is_some_and(|standing| standing.unsynced > standing.aside);
        // By both clocks: one stands still while the device sleeps, the other can be set back.
        let awake = i64::try_from(self.active.elapsed().as_millis()).unwrap_or(i64::MAX);
        let idle = self.now_ms().saturating_sub(self.active_ms).max(awake);
        if idle > IDLE_MS {
            self.fallen = None;
        }
        let Some(core) = &mut self.core else { return };
        if idle > if sending { STILL_SENDING_MS } else { IDLE_MS } {
            return self.lock();
        }
        core.engine.handle_tick();
        if self.looked.elapsed() > LOOK_AT_STORAGE {
            self.look_at_storage();
        }
    }

    /// The office sees devices that might lose something. Nobody clears this app's folder for room.
    fn look_at_storage(&mut self) {
        self.looked = Instant::now();
        let free = super::room(&self.folder).map(|room| room.free);
        if let Some(core) = &mut self.core {
            core.engine.handle_storage(true, free);
        }
    }

    fn now_ms(&self) -> i64 {
        (self.wall)().as_millisecond()
    }
}

async fn contract(server: Server, request: ContractRequest) -> Reply {
    match server.fetch("GET", &request.path, &request.headers, Vec::new()).await {
        Some(Fetched { status: 200, body, .. }) => {
            Reply { bytes: Some(body), ..Reply::new(&Answer::Contract) }
        }
        Some(Fetched { body, .. }) => {
            Reply::refused(&problem_code(&body).unwrap_or_else(|| "no_network".into()))
        }
        None => Reply::refused("no_network"),
    }
}
