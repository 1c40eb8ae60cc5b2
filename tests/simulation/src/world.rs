//! The clock and everything that happens at it.

use std::collections::{BTreeMap, BTreeSet};

use ed25519_dalek::SigningKey;
use jiff::Timestamp;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sha2::{Digest as _, Sha256};
use shared::domain::{DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, TenantId};
use shared::protocol::sync::{Frame, decode, encode};
use shared::sync::{
    Committed, KnownDevice, Moment, ServerEffect, Session, Transaction, TusAnswer, TusRequest, Work,
};

use crate::Sabotage;
use crate::device::SimDevice;
use crate::model::Model;
use crate::network::{Connection, Weather, fate};
use crate::server::{Server, Store};

/// Noon of the first simulated day.
const NOON: i64 = 1_795_600_000_000;
/// How often people and fate act before everything heals.
const ACTS: u32 = 140;
/// Everything heals, and then this much time passes, milliseconds: more than two rounds of digests.
const CALM_MS: u64 = 70 * 60_000;
/// Events of one seed that are believed; more is a storm.
const MOST_EVENTS: u64 = 400_000;
/// Violations of one seed that are kept.
const MOST_VIOLATIONS: usize = 5;

/// What came of a seed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What went wrong, in words; empty when nothing did.
    pub violations: Vec<String>,
    /// A digest of everything that happened.
    pub trace: [u8; 32],
    /// Entries that were made, frames that were sent, crashes: so that a run that does nothing is noticed.
    pub entries: usize,
    /// Frames that were sent.
    pub frames: u64,
    /// Crashes of devices and of the server.
    pub crashes: u64,
    /// Submissions that the server took.
    pub submissions: usize,
    /// Conflicts that somebody settled.
    pub settled: u64,
    /// Simulated time, milliseconds.
    pub simulated_ms: u64,
}

/// Plays one seed.
pub fn run(seed: u64) -> Outcome {
    run_sabotaged(seed, None)
}

/// Plays one seed with a promise broken on purpose.
pub fn run_sabotaged(seed: u64, sabotage: Option<Sabotage>) -> Outcome {
    let mut world = World::new(seed, sabotage);
    world.play();
    Outcome {
        seed,
        violations: world.violations,
        trace: world.trace.finalize().into(),
        entries: world.model.made.len(),
        frames: world.frames,
        crashes: world.crashes,
        submissions: world.server.store.submissions.len(),
        settled: world.settled,
        simulated_ms: world.now,
    }
}

/// Something that will happen.
pub(crate) enum Event {
    Act,
    Tick(usize),
    Start(usize),
    StartServer,
    Connected { device: usize, boot: u32 },
    ToServer { connection: u64, bytes: Vec<u8> },
    ToDevice { connection: u64, bytes: Vec<u8> },
    ServerSideCloses(u64),
    DeviceSideCloses(u64),
    Stored { device: usize, boot: u32, transaction: Transaction },
    Committed { connection: u64, server_boot: u32, device: DeviceId, id: u32, work: Work },
    LateCommit { server_boot: u32, device: DeviceId, work: Work },
    TusAsked { device: usize, boot: u32, request: TusRequest, digest: PhotoHash, body: Vec<u8> },
    TusAnswered { device: usize, boot: u32, photo: PhotoId, answer: TusAnswer },
}

impl Event {
    /// For whoever asks what a storm is made of.
    fn kind(&self) -> &'static str {
        match self {
            Self::Act => "acts",
            Self::Tick(_) => "ticks",
            Self::Start(_) | Self::StartServer => "starts",
            Self::Connected { .. } => "connections",
            Self::ToServer { .. } => "frames to the server",
            Self::ToDevice { .. } => "frames to a device",
            Self::ServerSideCloses(_) | Self::DeviceSideCloses(_) => "ends of connections",
            Self::Stored { .. } => "stored",
            Self::Committed { .. } | Self::LateCommit { .. } => "committed",
            Self::TusAsked { .. } | Self::TusAnswered { .. } => "slices",
        }
    }
}

pub(crate) struct World {
    pub(crate) rng: ChaCha8Rng,
    pub(crate) now: u64,
    queue: BTreeMap<(u64, u64), Event>,
    order: u64,
    pub(crate) devices: Vec<SimDevice>,
    pub(crate) server: Server,
    pub(crate) connections: BTreeMap<u64, Connection>,
    next_connection: u64,
    pub(crate) model: Model,
    pub(crate) weather: Weather,
    pub(crate) sabotage: Option<Sabotage>,
    pub(crate) document_scopes: BTreeMap<DocumentId, ScopeId>,
    pub(crate) violations: Vec<String>,
    trace: Sha256,
    acts: u32,
    pub(crate) calm: bool,
    pub(crate) frames: u64,
    pub(crate) crashes: u64,
    pub(crate) settled: u64,
}

impl World {
    fn new(seed: u64, sabotage: Option<Sabotage>) -> World {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut store = Store::default();
        store.complete_unseen = sabotage == Some(Sabotage::CompleteUnseen);
        let tenant = TenantId::from_bytes([1; 16]);
        let scopes = [ScopeId::from_bytes([1; 16]), ScopeId::from_bytes([2; 16])];
        let count = rng.gen_range(2..=4);
        let mut devices = Vec::new();
        for number in 0..count {
            let id = DeviceId::from_bytes([number as u8 + 1; 16]);
            let key = SigningKey::from_bytes(&[number as u8 + 1; 32]);
            // The second scope is for the first two devices only.
            let mine = if number < 2 { scopes.to_vec() } else { vec![scopes[0]] };
            let known = KnownDevice {
                tenant,
                key: key.verifying_key().to_bytes(),
                scopes: mine.clone(),
                revoked: None,
            };
            store.devices.insert(id, known);
            devices.push(SimDevice::new(id, tenant, key, mine));
        }
        let harsh = rng.gen_range(0..4u32);
        let weather = Weather {
            drop: harsh * rng.gen_range(0..40),
            double: harsh * rng.gen_range(0..40),
            cut: harsh * rng.gen_range(0..10),
            slow_ms: u64::from(harsh) * rng.gen_range(0..1_500),
            crash: rng.gen_range(0..30),
        };
        let server = Server { store, sessions: BTreeMap::new(), boot: 0, started: 0, up: true };
        let mut trace = Sha256::new();
        trace.update(seed.to_be_bytes());
        World {
            rng,
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            devices,
            server,
            connections: BTreeMap::new(),
            next_connection: 0,
            model: Model::default(),
            weather,
            sabotage,
            document_scopes: BTreeMap::new(),
            violations: Vec::new(),
            trace,
            acts: 0,
            calm: false,
            frames: 0,
            crashes: 0,
            settled: 0,
        }
    }

    fn play(&mut self) {
        for device in 0..self.devices.len() {
            self.at(0, Event::Start(device));
        }
        self.at(1_000, Event::Act);
        let mut end = u64::MAX;
        let mut events = 0;
        let mut kinds = BTreeMap::new();
        while let Some(((time, _), event)) = self.queue.pop_first() {
            if time > end || self.violations.len() >= MOST_VIOLATIONS {
                break;
            }
            events += 1;
            *kinds.entry(event.kind()).or_insert(0_u64) += 1;
            if events > MOST_EVENTS {
                self.wrong(format!("a storm of {MOST_EVENTS} events: {kinds:?}"));
                break;
            }
            self.now = time;
            self.trace.update(time.to_be_bytes());
            if let Event::Act = event {
                self.acts += 1;
                if self.acts < ACTS {
                    self.act();
                    let wait = match self.rng.gen_range(0..20) {
                        0..14 => self.rng.gen_range(0..5_000),
                        14..18 => self.rng.gen_range(0..300_000),
                        _ => self.rng.gen_range(0..4 * 3_600_000),
                    };
                    self.at(wait, Event::Act);
                } else {
                    self.heal();
                    end = self.now + CALM_MS;
                }
            } else {
                self.happen(event);
            }
        }
        if self.violations.is_empty() {
            self.check_end();
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Act => {}
            Event::Tick(device) => self.tick(device),
            Event::Start(device) => self.start(device),
            Event::StartServer => {
                self.server.up = true;
                self.server.started = self.now;
            }
            Event::Connected { device, boot } => self.connected(device, boot),
            Event::ToServer { connection, bytes } => self.arrives_at_server(connection, &bytes),
            Event::ToDevice { connection, bytes } => self.arrives_at_device(connection, &bytes),
            Event::ServerSideCloses(connection) => self.server_side_closes(connection),
            Event::DeviceSideCloses(connection) => self.device_side_closes(connection),
            Event::Stored { device, boot, transaction } => self.stored(device, boot, &transaction),
            Event::Committed { connection, server_boot, device, id, work } => {
                self.committed(connection, server_boot, device, id, work);
            }
            Event::LateCommit { server_boot, device, work } => {
                if self.server.up && self.server.boot == server_boot {
                    self.server.store.commit(device, &work);
                }
            }
            Event::TusAsked { device, boot, request, digest, body } => {
                if self.server.up {
                    let id = self.devices[device].id;
                    let answer = self.server.store.tus(id, request, digest, &body);
                    let (TusRequest::Offset(photo)
                    | TusRequest::Create(photo, _)
                    | TusRequest::Slice { photo, .. }) = request;
                    if answer == TusAnswer::Verified {
                        self.announce_receipts(id, photo);
                    }
                    for (delay, _) in fate(&mut self.rng, self.weather, self.devices[device].down_blocked) {
                        self.at(delay, Event::TusAnswered { device, boot, photo, answer });
                    }
                }
            }
            Event::TusAnswered { device, boot, photo, answer } => {
                self.tus_answered(device, boot, photo, answer)
            }
        }
    }

    /// Something will happen in so many milliseconds.
    pub(crate) fn at(&mut self, delay: u64, event: Event) {
        self.order += 1;
        self.queue.insert((self.now + delay, self.order), event);
    }

    pub(crate) fn wrong(&mut self, what: String) {
        if self.violations.len() < MOST_VIOLATIONS {
            self.violations.push(format!("after {} ms: {what}", self.now));
        }
    }

    pub(crate) fn note(&mut self, bytes: &[u8]) {
        self.trace.update((bytes.len() as u32).to_be_bytes());
        self.trace.update(bytes);
    }

    /// The moment as a device sees it: its clock may be a day off.
    pub(crate) fn moment(&mut self, offset_ms: i64, started: u64) -> Moment {
        let wall = NOON + self.now as i64 + offset_ms;
        Moment {
            wall: Timestamp::from_millisecond(wall).unwrap_or(Timestamp::UNIX_EPOCH),
            ticks: self.now - started,
            dice: self.rng.next_u64(),
        }
    }

    pub(crate) fn server_moment(&mut self) -> Moment {
        let started = self.server.started;
        self.moment(0, started)
    }

    /// A crash at this point?
    pub(crate) fn unlucky(&mut self) -> bool {
        !self.calm && self.rng.gen_range(0..1000) < self.weather.crash
    }

    pub(crate) fn open_connection(&mut self, device: usize) -> u64 {
        self.next_connection += 1;
        let connection = Connection { device, device_side: true, server_side: true, pushes: BTreeMap::new() };
        self.connections.insert(self.next_connection, connection);
        let mut nonce = [0; 32];
        self.rng.fill_bytes(&mut nonce);
        let moment = self.server_moment();
        self.server.sessions.insert(self.next_connection, Session::open(nonce, moment));
        self.next_connection
    }

    /// A device says something.
    pub(crate) fn send_up(&mut self, connection: u64, frame: &Frame) {
        let bytes = encode(frame);
        self.frames += 1;
        self.note(&bytes);
        let Some(open) = self.connections.get(&connection) else { return };
        let blocked = self.devices[open.device].up_blocked;
        for (delay, cut) in fate(&mut self.rng, self.weather, blocked) {
            let bytes =
                if cut { bytes[..self.rng.gen_range(0..bytes.len())].to_vec() } else { bytes.clone() };
            self.at(delay, Event::ToServer { connection, bytes });
        }
    }

    fn send_down(&mut self, connection: u64, frame: &Frame) {
        self.check_said(connection, frame);
        let bytes = encode(frame);
        self.frames += 1;
        self.note(&bytes);
        let Some(open) = self.connections.get(&connection) else { return };
        let blocked = self.devices[open.device].down_blocked;
        for (delay, cut) in fate(&mut self.rng, self.weather, blocked) {
            let bytes =
                if cut { bytes[..self.rng.gen_range(0..bytes.len())].to_vec() } else { bytes.clone() };
            self.at(delay, Event::ToDevice { connection, bytes });
        }
    }

    fn arrives_at_server(&mut self, connection: u64, bytes: &[u8]) {
        let Some(open) = self.connections.get_mut(&connection) else { return };
        if !open.server_side {
            return;
        }
        let frame = decode(bytes);
        if let Ok(Frame::Push(push)) = &frame {
            let carried = push.documents.iter().flat_map(|pushed| {
                let name = |bytes: &shared::protocol::sync::Bytes| {
                    shared::document::ChangeHeader::read(&bytes.0)
                        .ok()
                        .map(|header| (pushed.document, header.hash))
                };
                pushed.changes.iter().filter_map(name).collect::<Vec<_>>()
            });
            open.pushes.insert(push.number, carried.collect());
        }
        let moment = self.server_moment();
        let Some(session) = self.server.sessions.get_mut(&connection) else { return };
        let effects = session.handle_frame(frame, moment);
        self.serve(connection, effects);
    }

    /// Carries out what a session asks for.
    pub(crate) fn serve(&mut self, connection: u64, effects: Vec<ServerEffect>) {
        for effect in effects {
            let Some(open) = self.connections.get(&connection) else { return };
            let device = self.devices[open.device].id;
            match effect {
                ServerEffect::Send(frame) => self.send_down(connection, &frame),
                ServerEffect::Close => {
                    self.server_side_closes(connection);
                    let delay = self.rng.gen_range(5..100);
                    self.at(delay, Event::DeviceSideCloses(connection));
                }
                ServerEffect::Identify(asked, _) => {
                    let known = self.server.store.devices.get(&asked).cloned();
                    self.answer(connection, |session| session.handle_identified(known));
                }
                ServerEffect::Commit(id, work) => {
                    let server_boot = self.server.boot;
                    let delay = self.rng.gen_range(1..40);
                    self.at(delay, Event::Committed { connection, server_boot, device, id, work });
                }
                ServerEffect::Read(scope, from) => {
                    let batch = self.server.store.read(scope, from);
                    self.answer(connection, |session| session.handle_read(batch));
                }
                ServerEffect::Compare(digests) => {
                    let differ = self.server.store.compare(device, &digests);
                    self.answer(connection, |session| session.handle_compared(differ));
                }
                ServerEffect::AnswerRepair(document, message) => {
                    let answer = self.server.store.answer_repair(device, document, &message.0);
                    self.answer(connection, |session| session.handle_repair_answered(document, answer));
                }
                // The simulated devices do not report: nobody looks at them from an office.
                ServerEffect::Reported(_) => {}
                ServerEffect::NoteLost(device, count) => {
                    self.server.store.lost.insert(device, count);
                }
            }
        }
    }

    pub(crate) fn answer(&mut self, connection: u64, say: impl FnOnce(&mut Session) -> Vec<ServerEffect>) {
        let Some(session) = self.server.sessions.get_mut(&connection) else { return };
        let effects = say(session);
        self.serve(connection, effects);
    }

    fn committed(&mut self, connection: u64, server_boot: u32, device: DeviceId, id: u32, work: Work) {
        if !self.server.up || self.server.boot != server_boot {
            return; // it died with the server
        }
        if self.unlucky() {
            self.crash_server(); // before the commit
            return;
        }
        let committed = if self.sabotage == Some(Sabotage::AckBeforeDurable) {
            // Says what it would come to, and does it later.
            let Work::Push(push) = &work else {
                return self.commit_and_answer(connection, device, id, &work);
            };
            let number = push.number;
            self.at(30, Event::LateCommit { server_boot, device, work });
            Committed::Push { number, steps: Vec::new(), refused: Vec::new(), quarantined: false }
        } else {
            return self.commit_and_answer(connection, device, id, &work);
        };
        self.answer(connection, |session| session.handle_committed(id, committed));
    }

    fn commit_and_answer(&mut self, connection: u64, device: DeviceId, id: u32, work: &Work) {
        let committed = self.server.store.commit(device, work);
        if self.unlucky() {
            self.crash_server(); // after the commit, before anybody is told
            return;
        }
        let moved: BTreeSet<ScopeId> = match &committed {
            Committed::Push { steps, .. } => steps.iter().map(|step| step.scope).collect(),
            _ => BTreeSet::new(),
        };
        self.answer(connection, |session| session.handle_committed(id, committed));
        let others: Vec<u64> = self.server.sessions.keys().copied().collect();
        for scope in moved {
            let head = self.server.store.head(scope);
            for other in &others {
                self.answer(*other, |session| session.handle_news(scope, head));
            }
        }
    }

    /// A photo was verified: whoever handed in its document hears of it.
    fn announce_receipts(&mut self, device: DeviceId, photo: PhotoId) {
        let Some(tenant) = self.server.store.devices.get(&device).map(|known| known.tenant) else { return };
        let touched: Vec<DocumentId> = (self.server.store.submissions.values())
            .filter(|submission| submission.photos.iter().any(|other| other.id == photo))
            .map(|submission| submission.document)
            .collect();
        let sessions: Vec<u64> = self.server.sessions.keys().copied().collect();
        for document in touched {
            let Some(receipt) = shared::sync::receipt(&self.server.store, tenant, document) else { continue };
            for connection in &sessions {
                let theirs = self.server.sessions.get(connection).and_then(Session::device) == Some(device);
                if theirs {
                    let receipt = receipt.clone();
                    self.answer(*connection, |session| session.handle_receipt(receipt));
                }
            }
        }
    }

    pub(crate) fn server_side_closes(&mut self, connection: u64) {
        if let Some(open) = self.connections.get_mut(&connection) {
            open.server_side = false;
        }
        self.server.sessions.remove(&connection);
    }

    pub(crate) fn crash_server(&mut self) {
        self.crashes += 1;
        self.server.up = false;
        self.server.boot += 1;
        self.server.sessions.clear();
        self.connections.retain(|_, open| open.device_side || open.server_side);
        let open: Vec<u64> = self.connections.keys().copied().collect();
        for connection in open {
            if let Some(open) = self.connections.get_mut(&connection) {
                open.server_side = false;
            }
            // A dead server's connections break, sooner or later.
            let delay = self.rng.gen_range(10..3_000);
            self.at(delay, Event::DeviceSideCloses(connection));
        }
        let delay = self.rng.gen_range(100..20_000);
        self.at(delay, Event::StartServer);
    }

    /// Fate relents: the network works, everything starts, disks have room.
    fn heal(&mut self) {
        self.calm = true;
        self.weather = Weather::default();
        if !self.server.up {
            self.at(10, Event::StartServer);
        }
        for device in 0..self.devices.len() {
            let sim = &mut self.devices[device];
            sim.up_blocked = false;
            sim.down_blocked = false;
            sim.full = false;
            if sim.running.is_none() && !sim.erased {
                self.at(20, Event::Start(device));
            }
        }
    }
}
