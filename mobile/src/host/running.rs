//! The one thread on which the engine runs.

use std::{
    fs::{File, TryLockError},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::mpsc::{Receiver, RecvTimeoutError, Sender},
    time::{Duration, Instant},
};

use engine::{ContractRequest, Deed, Engine, Me, Upload};
use jiff::Timestamp;
use shared::app::{Answer, Ask, Gate, LinkState, MIN_PIN_DIGITS, News, Standing};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use zeroize::Zeroizing;

use super::{
    Event, Listener, Reply, Settings, Told, Wish, database, draw,
    server::{Address, Enrolled, Fetched, Heard, Server, problem_code},
    vault::{Key, Vault},
};

const TICK: Duration = Duration::from_millis(250);
const LOOK_AT_STORAGE: Duration = Duration::from_secs(60);
/// Without a touch until it locks, milliseconds.
const IDLE_MS: i64 = 600_000;
/// Likewise as long as something is being sent.
const STILL_SENDING_MS: i64 = 1_800_000;
const MAX_PIN_DIGITS: usize = 12;
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
                if let Some(core) = self.core.as_mut().filter(|open| open.number == core) {
                    let (status, offset) =
                        fetched.map_or((0, None), |fetched| (fetched.status, fetched.offset));
                    core.engine.handle_uploaded(photo, status, offset);
                }
            }
            Event::Read { core, photo, fetched } => {
                if let Some(core) = self.core.as_mut().filter(|open| open.number == core) {
                    let (status, body) =
                        fetched.map_or((0, Vec::new()), |fetched| (fetched.status, fetched.body));
                    core.engine.handle_read(photo, status, &body);
                }
            }
        }
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

    /// Where we are, whether the database is open or not.
    fn standing_reply(&mut self) -> Reply {
        match &mut self.core {
            Some(core) => Reply::new(&core.engine.handle_ask(Ask::Standing, &[]).0),
            None => match self.closed() {
                Ok(standing) => Reply::new(&Answer::Standing(standing)),
                Err(code) => Reply::refused(code),
            },
        }
    }

    /// Where we are while the database is closed.
    fn closed(&self) -> Result<Standing, &'static str> {
        let kept = self.vault.read().map_err(|error| error.code())?;
        let there = database::is_there(&self.folder)?;
        let gate = match &kept {
            _ if self.erased => Gate::Revoked,
            None => Gate::New,
            Some(_) if !there => Gate::Lost,
            Some(kept) if kept.waits(self.now_ms()) => Gate::Waiting,
            Some(_) => Gate::Locked,
        };
        let server = kept.as_ref().map_or(&self.proposed, |kept| &kept.server).clone();
        Ok(Standing {
            gate,
            link: LinkState::Offline,
            unsynced: if kept.is_some() { self.vault.unsynced() } else { 0 },
            aside: 0,
            photo_bytes: 0,
            sending_percent: None,
            account: None,
            device_name: kept.map(|kept| kept.device_name),
            capturing: None,
            server: Some(server),
        })
    }

    // ── enrolling, opening, closing

    fn enrol(
        &mut self,
        server: &str,
        (user, password): (String, Zeroizing<String>),
        (device_name, pin): (String, Zeroizing<String>),
        done: oneshot::Sender<Reply>,
    ) {
        let digits = pin.len() >= MIN_PIN_DIGITS && pin.len() <= MAX_PIN_DIGITS;
        let ready = match () {
            () if !digits || !pin.bytes().all(|byte| byte.is_ascii_digit()) => Err("pin_form"),
            () if self.enrolling => Err("enrolled_already"),
            () => self.is_free().and_then(|()| Address::parse(server)).and_then(Server::new),
        };
        // Before the server makes a device of it.
        let ready = ready.and_then(|server| {
            self.vault.try_keystore().map_err(|error| error.code())?;
            Ok(server)
        });
        let server = match ready {
            Ok(server) => server,
            Err(code) => {
                let _ = done.send(Reply::refused(code));
                return;
            }
        };
        let mut secret = Zeroizing::new([0; 32]);
        draw(&mut secret[..]);
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
        let public_key = hex::encode(public.as_bytes());
        self.enrolling = true;
        let wish = Wish { server: server.clone(), secret, device_name, pin, done };
        let events = self.events.clone();
        self.runtime.spawn(async move {
            let result = server.enrol((&user, &password), &wish.device_name, &public_key).await;
            let _ = events.send(Event::EnrolAnswered { wish: Box::new(wish), result });
        });
    }

    fn enrol_answered(&mut self, wish: Wish, result: Result<Enrolled, String>) {
        self.enrolling = false;
        let Wish { server, secret, device_name, pin, done } = wish;
        let enrolled = result.and_then(|device| {
            let me = me(&device, &device_name, &secret).ok_or("enrolment_odd")?;
            self.begin(me, server, &device_name, &pin).map_err(str::to_owned)
        });
        let reply = match enrolled {
            Ok(()) => self.standing_reply(),
            Err(code) => Reply::refused(&code),
        };
        let _ = done.send(reply);
    }

    /// May it be enrolled? Not over what somebody can still open.
    fn is_free(&self) -> Result<(), &'static str> {
        let kept = self.vault.read().map_err(|error| error.code())?.is_some();
        let taken = self.core.is_some() || kept && database::is_there(&self.folder)?;
        if taken { Err("enrolled_already") } else { Ok(()) }
    }

    fn begin(&mut self, me: Me, server: Server, device_name: &str, pin: &str) -> Result<(), &'static str> {
        self.is_free()?;
        // What an earlier attempt, or an earlier owner, left behind cannot be read by anybody any more. The vault first: one
        // beside a database that it does not open would keep everybody out.
        self.vault.forget().map_err(|error| error.code())?;
        database::delete(&self.folder).map_err(|_| "storage_failed")?;
        let mut key = Zeroizing::new([0; 32]);
        draw(&mut key[..]);
        let world = super::world(self.wall);
        let begun = database::create(&self.folder, &key).and_then(|store| Engine::enrol(store, world, me));
        let begun = begun.map_err(|error| error.code()).and_then(|engine| {
            let kept = self.vault.create(pin, &key, device_name, server.address().text());
            kept.map(|()| engine).map_err(|error| error.code())
        });
        match begun {
            Ok(engine) => {
                self.erased = false;
                self.opened(engine, key, server);
                Ok(())
            }
            Err(code) => {
                // Nobody has its key.
                let _ = database::delete(&self.folder);
                Err(code)
            }
        }
    }

    fn unlock(&mut self, pin: &str) -> Reply {
        let there = match database::is_there(&self.folder) {
            Ok(there) => there,
            Err(code) => return Reply::refused(code),
        };
        if self.core.is_none() && there {
            let opened = self.vault.open(pin, self.now_ms()).map_err(|error| error.code()).and_then(|key| {
                let kept = self.vault.read().ok().flatten().ok_or("device_new")?;
                let server = Address::parse(&kept.server).and_then(Server::new)?;
                self.open(key, server)
            });
            if let Err(code) = opened {
                return Reply::refused(code);
            }
        }
        self.standing_reply()
    }

    fn open(&mut self, key: Key, server: Server) -> Result<(), &'static str> {
        let store = database::open(&self.folder, &key).map_err(|error| database::code(&error))?;
        match Engine::open(store, super::world(self.wall)).map_err(|error| error.code())? {
            Ok(engine) => self.opened(engine, key, server),
            // Empty: whatever was in it is gone, and the next standing says so.
            Err(nobodys) => {
                drop(nobodys);
                database::delete(&self.folder).map_err(|_| "storage_failed")?;
            }
        }
        Ok(())
    }

    fn opened(&mut self, engine: Engine, key: Key, server: Server) {
        self.count += 1;
        self.core = Some(Core { engine, key, server, number: self.count });
        self.touched();
        self.look_at_storage();
    }

    fn lock(&mut self) {
        self.socket = None;
        self.core = None;
        self.tell_closed();
    }

    fn erase(&mut self) {
        self.socket = None;
        self.erased = true;
        self.core = None;
        // The key first: what stays behind after a failure cannot be read.
        let _ = self.vault.forget();
        let _ = database::delete(&self.folder);
        self.tell_closed();
    }

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
            Heard::Message(bytes) => core.engine.handle_message(&bytes),
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
        let json = serde_json::to_string(news).unwrap_or_default();
        self.listeners.retain(|listener| listener(Told::News(&json)));
    }

    fn tell_closed(&mut self) {
        if let Ok(standing) = self.closed() {
            let json = serde_json::to_string(&News::Standing(standing)).unwrap_or_default();
            self.listeners.retain(|listener| listener(Told::News(&json)));
        }
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

fn me(device: &Enrolled, name: &str, secret: &[u8; 32]) -> Option<Me> {
    Some(Me {
        device: device.device.parse().ok()?,
        tenant: device.tenant.parse().ok()?,
        scope: device.scope.parse().ok()?,
        name: name.to_owned(),
        secret: *secret,
    })
}
