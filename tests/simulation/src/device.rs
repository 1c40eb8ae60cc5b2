//! A device around the real machine: its storage, its tabs, its clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use ed25519_dalek::SigningKey;
use rand::{Rng, RngCore};
use shared::document::{Actor, Application, Repairing};
use shared::domain::{DeviceId, DocumentId, PhotoId, ScopeId, TenantId};
use shared::protocol::sync::{DocumentDigest, Frame, ReceiptState, SyncCode, decode};
use shared::sync::{
    Device, Effect, Ends, Identity, Link, Stored, Transaction, TusAnswer, TusRequest, Uploads, Write,
};

use crate::Sabotage;
use crate::disk::Disk;
use crate::network::fate;
use crate::world::{Event, World};

/// Slices of simulated photos, in bytes: photos are small here, and still take several.
const SLICE: u32 = 1_024;

/// A tab: its own view of the documents it has open, written under actors of its own.
#[derive(Default)]
pub(crate) struct Tab {
    pub(crate) open: BTreeMap<DocumentId, Application>,
    /// Documents whose last edit is not yet confirmed.
    pub(crate) busy: BTreeSet<DocumentId>,
}

/// What dies in a crash.
pub(crate) struct Running {
    pub(crate) machine: Device,
    pub(crate) uploads: Uploads,
    pub(crate) tabs: Vec<Tab>,
    pub(crate) started: u64,
    pub(crate) connection: Option<u64>,
    /// Which tab waits for which transaction.
    pub(crate) waiting: BTreeMap<u64, (usize, DocumentId)>,
    repairs: BTreeMap<DocumentId, (Repairing, Application)>,
    pub(crate) busy_until: u64,
    tick_at: u64,
}

/// One device.
pub(crate) struct SimDevice {
    pub(crate) id: DeviceId,
    pub(crate) tenant: TenantId,
    key: SigningKey,
    pub(crate) scopes: Vec<ScopeId>,
    pub(crate) disk: Disk,
    pub(crate) backup: Option<Disk>,
    pub(crate) running: Option<Running>,
    pub(crate) boot: u32,
    pub(crate) clock_ms: i64,
    pub(crate) up_blocked: bool,
    pub(crate) down_blocked: bool,
    pub(crate) full: bool,
    pub(crate) erased: bool,
    pub(crate) revoked: bool,
}

impl SimDevice {
    pub(crate) fn new(id: DeviceId, tenant: TenantId, key: SigningKey, scopes: Vec<ScopeId>) -> Self {
        Self {
            id,
            tenant,
            key,
            scopes,
            disk: Disk::default(),
            backup: None,
            running: None,
            boot: 0,
            clock_ms: 0,
            up_blocked: false,
            down_blocked: false,
            full: false,
            erased: false,
            revoked: false,
        }
    }
}

impl World {
    /// A program starts with what its storage holds.
    pub(crate) fn start(&mut self, number: usize) {
        if self.devices[number].running.is_some() || self.devices[number].erased {
            return;
        }
        let moment = self.moment(self.devices[number].clock_ms, self.now);
        let now = self.now;
        let device = &mut self.devices[number];
        device.boot += 1;
        let me = Identity { device: device.id, tenant: device.tenant, key: device.key.clone(), schema: 1 };
        let mut uploads = Uploads::new(SLICE);
        for (photo, row) in &device.disk.photos {
            if !row.stored {
                uploads.add(*photo, row.bytes.len() as u32);
            }
        }
        device.running = Some(Running {
            machine: Device::boot(me, device.disk.boot(), moment),
            uploads,
            tabs: vec![Tab::default()],
            started: now,
            connection: None,
            waiting: BTreeMap::new(),
            repairs: BTreeMap::new(),
            busy_until: now + 60_000,
            tick_at: 0,
        });
        self.check_listed(number);
        self.tick_within(number, 1);
    }

    /// A program dies; its connection breaks.
    pub(crate) fn crash(&mut self, number: usize) {
        let Some(running) = self.devices[number].running.take() else { return };
        self.crashes += 1;
        self.note(b"crash");
        if let Some(connection) = running.connection {
            if let Some(open) = self.connections.get_mut(&connection) {
                open.device_side = false;
            }
            let delay = self.rng.gen_range(10..2_000);
            self.at(delay, Event::ServerSideCloses(connection));
        }
    }

    /// A program dies and is started again.
    pub(crate) fn crash_and_restart(&mut self, number: usize) {
        self.crash(number);
        let delay = self.rng.gen_range(100..30_000);
        self.at(delay, Event::Start(number));
    }

    /// The device's next tick comes in so many milliseconds at the latest.
    pub(crate) fn tick_within(&mut self, number: usize, delay: u64) {
        let now = self.now;
        let Some(running) = &mut self.devices[number].running else { return };
        if running.tick_at <= now || running.tick_at > now + delay {
            running.tick_at = now + delay;
            self.at(delay, Event::Tick(number));
        }
    }

    pub(crate) fn tick(&mut self, number: usize) {
        let Some(running) = &self.devices[number].running else { return };
        if running.tick_at != self.now {
            return; // another one was set for earlier
        }
        let (started, busy) = (running.started, running.busy_until);
        let moment = self.moment(self.devices[number].clock_ms, started);
        if let Some(running) = &mut self.devices[number].running {
            let effects = running.machine.handle_tick(moment);
            self.carry_out(number, effects);
        }
        self.upload(number);
        if let Some(connection) = self.devices[number].running.as_ref().and_then(|running| running.connection)
        {
            let moment = self.server_moment();
            self.answer(connection, |session| session.handle_tick(moment));
        }
        let settled = self.devices[number].running.as_ref().is_none_or(|running| {
            running.machine.link() == Link::Online
                && running.machine.is_quiet()
                && running.uploads.waiting() == 0
        });
        // Dense while something is going on, sparse while hours pass.
        let wait = if self.now < busy || (!settled && self.calm) { 500 } else { 300_000 };
        self.tick_within(number, wait);
    }

    /// Calls the machine and carries out what it wants.
    fn call(&mut self, number: usize, say: impl FnOnce(&mut Device, shared::sync::Moment) -> Vec<Effect>) {
        let Some(running) = &self.devices[number].running else { return };
        let started = running.started;
        let moment = self.moment(self.devices[number].clock_ms, started);
        let Some(running) = &mut self.devices[number].running else { return };
        let effects = say(&mut running.machine, moment);
        self.carry_out(number, effects);
    }

    pub(crate) fn carry_out(&mut self, number: usize, effects: Vec<Effect>) {
        let mut queue: VecDeque<Effect> = effects.into();
        while let Some(effect) = queue.pop_front() {
            let boot = self.devices[number].boot;
            if self.devices[number].running.is_none() {
                return;
            }
            match effect {
                Effect::Store(transaction) => self.store(number, boot, transaction),
                Effect::Send(frame) => {
                    if self.sabotage == Some(Sabotage::ForgetWhenSent)
                        && let Frame::Push(push) = &frame
                    {
                        let sent: BTreeSet<DocumentId> =
                            push.documents.iter().map(|sent| sent.document).collect();
                        self.devices[number].disk.outbox.retain(|_, row| !sent.contains(&row.document));
                    }
                    let connection =
                        self.devices[number].running.as_ref().and_then(|running| running.connection);
                    if let Some(connection) = connection {
                        self.send_up(connection, &frame);
                    }
                }
                Effect::Connect => {
                    let delay = self.rng.gen_range(20..300);
                    self.at(delay, Event::Connected { device: number, boot });
                }
                Effect::Disconnect => {
                    let connection =
                        self.devices[number].running.as_mut().and_then(|running| running.connection.take());
                    if let Some(connection) = connection {
                        if let Some(open) = self.connections.get_mut(&connection) {
                            open.device_side = false;
                        }
                        let delay = self.rng.gen_range(5..500);
                        self.at(delay, Event::ServerSideCloses(connection));
                    }
                }
                Effect::ComputeDigests => {
                    let disk = &self.devices[number].disk;
                    let digest = |(document, ends): (&DocumentId, &Ends)| DocumentDigest {
                        document: *document,
                        digest: ends.digest(),
                    };
                    let digests = disk.ends.iter().map(digest).collect();
                    self.call(number, |machine, moment| machine.handle_digests(digests, moment));
                }
                Effect::BeginRepair(document) => {
                    let mut actor = [0; 16];
                    self.rng.fill_bytes(&mut actor);
                    let application = self.devices[number]
                        .disk
                        .open(document, actor)
                        .or_else(|| Application::begin(document, Actor::fresh(actor)).ok());
                    let Some(application) = application else { continue };
                    let (repairing, first) = Repairing::begin(&application);
                    if let Some(running) = &mut self.devices[number].running {
                        running.repairs.insert(document, (repairing, application));
                    }
                    self.call(number, |machine, moment| machine.handle_repair_begun(document, first, moment));
                }
                Effect::HearRepair(document, message) => {
                    let scope =
                        self.document_scopes.get(&document).copied().unwrap_or(ScopeId::from_bytes([0; 16]));
                    let Some(running) = &mut self.devices[number].running else { continue };
                    let Some((repairing, application)) = running.repairs.get_mut(&document) else { continue };
                    let repaired =
                        repairing.hear(application, &message.0).map_err(|_| SyncCode::RepairFailed);
                    self.call(number, |machine, moment| {
                        machine.handle_repaired(document, scope, repaired, moment)
                    });
                }
                Effect::EraseKey => {
                    let device = &mut self.devices[number];
                    device.erased = true;
                    self.model_excuses(number);
                    self.devices[number].disk = Disk::default();
                    self.crash(number);
                    return;
                }
                Effect::Lock | Effect::Tell(_) => {}
            }
        }
    }

    fn store(&mut self, number: usize, boot: u32, transaction: Transaction) {
        let delay = self.rng.gen_range(1..30);
        if self.sabotage == Some(Sabotage::ConfirmBeforeStored) {
            let id = transaction.id;
            for write in &transaction.writes {
                if let Write::Change { document, hash, .. } = write {
                    self.model.save(*document, *hash);
                }
            }
            self.at(delay + 3_000, Event::Stored { device: number, boot, transaction });
            self.confirm(number, id, Stored::Done);
        } else {
            self.at(delay, Event::Stored { device: number, boot, transaction });
        }
    }

    /// The moment at which a device's storage commits.
    pub(crate) fn stored(&mut self, number: usize, boot: u32, transaction: &Transaction) {
        if self.devices[number].boot != boot || self.devices[number].running.is_none() {
            return; // it died with the program
        }
        if self.unlucky() {
            return self.crash_and_restart(number); // before the commit
        }
        if self.devices[number].full {
            return self.confirm(number, transaction.id, Stored::Full);
        }
        let scopes = &self.document_scopes;
        let scope_of =
            |document: DocumentId| scopes.get(&document).copied().unwrap_or(ScopeId::from_bytes([0; 16]));
        self.devices[number].disk.commit(transaction, scope_of);
        for write in &transaction.writes {
            if let Write::Change { document, hash, .. } = write {
                self.model.save(*document, *hash);
            }
        }
        self.collect_photos(number);
        if self.unlucky() {
            return self.crash_and_restart(number); // after the commit, before anybody is told
        }
        let mut touched = BTreeSet::new();
        for write in &transaction.writes {
            match write {
                Write::Incoming(sent) => {
                    touched.insert(sent.document);
                    self.merge(
                        number,
                        sent.document,
                        sent.changes.iter().map(|change| change.0.clone()).collect(),
                        None,
                    );
                }
                Write::Receipt(receipt) => {
                    touched.insert(receipt.document);
                    if let Some(running) = &mut self.devices[number].running {
                        for application in
                            running.tabs.iter_mut().filter_map(|tab| tab.open.get_mut(&receipt.document))
                        {
                            application.accept(receipt.submission);
                        }
                    }
                }
                Write::Change { document, bytes, .. } => {
                    touched.insert(*document);
                    // The other tabs hear of it at once, or when they next look.
                    let tab = self.devices[number]
                        .running
                        .as_ref()
                        .and_then(|r| r.waiting.get(&transaction.id))
                        .map(|w| w.0);
                    if self.rng.gen_bool(0.6) {
                        self.merge(number, *document, vec![bytes.0.clone()], tab);
                    }
                }
                _ => {}
            }
        }
        for document in touched {
            self.check_document(number, document);
        }
        self.confirm(number, transaction.id, Stored::Done);
    }

    fn confirm(&mut self, number: usize, id: u64, stored: Stored) {
        if let Some(running) = &mut self.devices[number].running
            && let Some((tab, document)) = running.waiting.remove(&id)
            && let Some(tab) = running.tabs.get_mut(tab)
        {
            tab.busy.remove(&document);
            if stored != Stored::Done {
                tab.open.remove(&document); // opened again under a fresh actor, without what was not stored
            }
        }
        self.call(number, |machine, moment| machine.handle_stored(id, stored, moment));
    }

    /// Takes changes into the open documents of every tab but one.
    fn merge(&mut self, number: usize, document: DocumentId, changes: Vec<Vec<u8>>, but: Option<usize>) {
        let mut broken = None;
        if let Some(running) = &mut self.devices[number].running {
            for (place, tab) in running.tabs.iter_mut().enumerate() {
                let Some(application) = tab.open.get_mut(&document).filter(|_| Some(place) != but) else {
                    continue;
                };
                if let Err(error) = application.take(&changes) {
                    broken = Some(error);
                }
            }
        }
        if let Some(error) = broken {
            self.wrong(format!("device {number} could not merge {document}: {}", error.code()));
        }
    }

    /// Deletes photos whose submission is complete, and marks those that are stored.
    fn collect_photos(&mut self, number: usize) {
        let disk = &mut self.devices[number].disk;
        let complete: BTreeSet<DocumentId> = (disk.receipts.values())
            .filter(|receipt| receipt.state == ReceiptState::Complete)
            .map(|receipt| receipt.document)
            .collect();
        disk.photos.retain(|_, row| !(row.stored && complete.contains(&row.document)));
    }

    /// The document in a tab, opened if it was not, and caught up with storage if it likes.
    pub(crate) fn open_in(&mut self, number: usize, tab: usize, document: DocumentId) -> bool {
        let mut actor = [0; 16];
        self.rng.fill_bytes(&mut actor);
        if self.sabotage == Some(Sabotage::ReuseActors) {
            actor = [number as u8 + 100; 16];
        }
        let look = self.rng.gen_bool(0.7);
        let device = &mut self.devices[number];
        let Some(running) = &mut device.running else { return false };
        let Some(tab) = running.tabs.get_mut(tab) else { return false };
        if tab.busy.contains(&document) {
            return false;
        }
        match tab.open.get_mut(&document) {
            Some(application) => {
                if look && let Some(changes) = device.disk.log.get(&document) {
                    return application.take(changes).is_ok();
                }
                true
            }
            None => match device.disk.open(document, actor) {
                Some(application) => {
                    tab.open.insert(document, application);
                    true
                }
                None => false,
            },
        }
    }

    pub(crate) fn connected(&mut self, number: usize, boot: u32) {
        if self.devices[number].boot != boot || self.devices[number].running.is_none() {
            return;
        }
        let blocked = self.devices[number].up_blocked || self.devices[number].down_blocked;
        // A one-way partition lets some connections be opened that then go nowhere.
        let opens = self.server.up && (!blocked || self.rng.gen_bool(0.3));
        if !opens {
            return self.call(number, Device::handle_disconnected);
        }
        let connection = self.open_connection(number);
        if let Some(running) = &mut self.devices[number].running {
            running.connection = Some(connection);
            running.busy_until = running.busy_until.max(self.now + 60_000);
        }
        self.call(number, Device::handle_connected);
    }

    pub(crate) fn arrives_at_device(&mut self, connection: u64, bytes: &[u8]) {
        let Some(open) = self.connections.get(&connection) else { return };
        let number = open.device;
        let running = self.devices[number].running.as_ref();
        let current = running.is_some_and(|running| running.connection == Some(connection));
        if !open.device_side || !current {
            return;
        }
        let frame = decode(bytes);
        self.call(number, |machine, moment| machine.handle_frame(frame, moment));
        self.upload(number);
    }

    pub(crate) fn device_side_closes(&mut self, connection: u64) {
        let Some(open) = self.connections.get_mut(&connection) else { return };
        open.device_side = false;
        let number = open.device;
        if let Some(running) = &mut self.devices[number].running
            && running.connection == Some(connection)
        {
            running.connection = None;
            self.call(number, Device::handle_disconnected);
        }
    }

    /// Asks the photo machine what it wants.
    pub(crate) fn upload(&mut self, number: usize) {
        let Some(running) = &self.devices[number].running else { return };
        let started = running.started;
        let moment = self.moment(self.devices[number].clock_ms, started);
        let boot = self.devices[number].boot;
        let device = &mut self.devices[number];
        let Some(running) = &mut device.running else { return };
        let quiet = running.machine.is_quiet() && running.machine.link() == Link::Online;
        let Some(request) = running.uploads.next(quiet, moment) else { return };
        let (TusRequest::Offset(photo) | TusRequest::Create(photo, _) | TusRequest::Slice { photo, .. }) =
            request;
        let Some(row) = device.disk.photos.get(&photo) else {
            running.uploads.forget(photo);
            return;
        };
        let mut body = match request {
            TusRequest::Slice { offset, length, .. } => {
                row.bytes[offset as usize..(offset + length) as usize].to_vec()
            }
            _ => Vec::new(),
        };
        let Some(digest) = device.disk.photo_digest(photo) else { return };
        for (delay, cut) in fate(&mut self.rng, self.weather, self.devices[number].up_blocked) {
            // A cut request body: the server keeps what came. Rarely a flipped byte gets past the transport.
            if cut && !body.is_empty() {
                let end = self.rng.gen_range(0..body.len());
                if self.rng.gen_bool(0.5) { body.truncate(end) } else { body[end] ^= 1 }
            }
            self.at(delay, Event::TusAsked { device: number, boot, request, digest, body: body.clone() });
        }
    }

    pub(crate) fn tus_answered(&mut self, number: usize, boot: u32, photo: PhotoId, answer: TusAnswer) {
        if self.devices[number].boot != boot || self.devices[number].running.is_none() {
            return;
        }
        let started = self.devices[number].running.as_ref().map_or(0, |running| running.started);
        let moment = self.moment(self.devices[number].clock_ms, started);
        let device = &mut self.devices[number];
        if answer == TusAnswer::Verified
            && let Some(row) = device.disk.photos.get_mut(&photo)
        {
            row.stored = true;
        }
        if let Some(running) = &mut device.running {
            running.uploads.handle_answer(photo, answer, moment);
        }
        self.upload(number);
    }
}
