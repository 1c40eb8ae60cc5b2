//! The server's side of one connection.

use super::Moment;
use super::admit::KnownDevice;
use crate::document::{ChangeHeader, DocumentError, SCHEMA};
use crate::domain::{ChangeHash, DeviceId, DocumentId, ScopeId};
use crate::protocol::sync::{
    Bytes, Challenge, Changes, DeviceReport, Differ, DocumentDigest, Frame, MAX_PUSH_CHANGES, PhotoManifest,
    Push, PushAck, Receipt, Refusal, Repair, Revoked, Scope, ScopeStep, Sent, SyncCode, Welcome,
    signed::{self, Signatory},
};
use std::collections::BTreeMap;

/// How long a device may take to prove who it is, milliseconds.
const GREETING_MS: u64 = 20_000;
/// Most things of one connection that wait for the store; beyond it the device is told to come back.
pub const MAX_COMMITS_IN_WORK: usize = 4;
/// Most changes that the changes of one push may follow in all: each is looked up while others wait for the store.
const MAX_PUSH_DEPENDENCIES: usize = 4 * MAX_PUSH_CHANGES;
/// Most repairs of one connection that are worked on at once.
const MAX_REPAIRS_IN_WORK: usize = 16;

/// What the shell has to do for this connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ServerEffect {
    /// Send this.
    Send(Frame),
    /// Close the connection.
    Close,
    /// Look the device up and call [`Session::handle_identified`]. So many items would be lost with it.
    Identify(DeviceId, u32),
    /// Do this in the write transaction and call [`Session::handle_committed`] once it is durable.
    Commit(u32, Work),
    /// Read what came after this number in this scope and call [`Session::handle_read`].
    Read(ScopeId, u64),
    /// Compare these and call [`Session::handle_compared`].
    Compare(Vec<DocumentDigest>),
    /// Answer this message of a repair, where a crash is affordable, and call [`Session::handle_repair_answered`].
    AnswerRepair(DocumentId, Bytes),
    /// The device says how it stands, for the office to see.
    Reported(DeviceReport),
    /// The office has to see: a device that was reported stolen called, and this many items went with it.
    NoteLost(DeviceId, u32),
}

/// Work for the write transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// [`admit_push`](super::admit_push).
    Push(CheckedPush),
    /// [`admit_manifest`](super::admit_manifest), then [`receipt`](super::receipt).
    Manifest(PhotoManifest),
}

impl Work {
    /// The work that a frame asks for which somebody brought, signed as on a connection of `device`.
    ///
    /// # Errors
    /// [`SyncCode::SignatureWrong`]; [`SyncCode::TooMany`]; [`SyncCode::OutOfOrder`] for a frame that is no work.
    pub fn brought(frame: Frame, device: DeviceId, known: &KnownDevice) -> Result<Work, SyncCode> {
        match frame {
            Frame::Push(push) => CheckedPush::of(push, device, known).map(Work::Push),
            Frame::PhotoManifest(manifest) if is_signed(&manifest, device, known) => {
                Ok(Work::Manifest(manifest))
            }
            Frame::PhotoManifest(_) => Err(SyncCode::SignatureWrong),
            _ => Err(SyncCode::OutOfOrder),
        }
    }
}

/// The outside of a change, or the name of its bytes and why they are no change.
pub type Checked = (Result<ChangeHeader, (ChangeHash, SyncCode)>, Bytes);

/// A push whose signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedPush {
    /// Its number within the connection.
    pub number: u32,
    /// Each document with its changes.
    pub documents: Vec<(DocumentId, ScopeId, Vec<Checked>)>,
}

/// What came of the work, once it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Committed {
    /// A push was stored; its scopes moved.
    Push {
        /// Which.
        number: u32,
        /// How far.
        steps: Vec<ScopeStep>,
        /// What was not taken.
        refused: Vec<crate::protocol::sync::RefusedChange>,
        /// It went into quarantine.
        quarantined: bool,
    },
    /// How far the document's submission is.
    Manifest(Receipt),
    /// Nothing was stored.
    Refused {
        /// Which push, if it was one.
        push: Option<u32>,
        /// Which document's submission, if it was one.
        document: Option<DocumentId>,
        /// Why.
        code: SyncCode,
    },
}

/// Changes that were read for a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// In which scope.
    pub scope: ScopeId,
    /// After this number.
    pub from: u64,
    /// Up to this one.
    pub to: u64,
    /// The newest number there is.
    pub head: u64,
    /// The changes by document, oldest first.
    pub documents: Vec<Sent>,
}

enum State {
    Opened,
    Identifying(DeviceId, u32),
    Challenged(DeviceId, KnownDevice, u32),
    In(DeviceId, KnownDevice, u32),
    Closed,
}

/// The server's side of one connection.
pub struct Session {
    state: State,
    nonce: [u8; 32],
    since: u64,
    /// How far each scope was sent to this device.
    sent: BTreeMap<ScopeId, u64>,
    reading: BTreeMap<ScopeId, bool>, // with "more came meanwhile"
    in_work: BTreeMap<u32, ()>,
    repairs: usize,
    next_work: u32,
    /// The device has said how it stands, on this connection.
    reports: bool,
}

impl Session {
    /// A connection was opened. The nonce is drawn fresh.
    pub fn open(nonce: [u8; 32], moment: Moment) -> Session {
        Session {
            state: State::Opened,
            nonce,
            since: moment.ticks,
            sent: BTreeMap::new(),
            reading: BTreeMap::new(),
            in_work: BTreeMap::new(),
            repairs: 0,
            next_work: 0,
            reports: false,
        }
    }

    /// The device, once it proved who it is.
    pub fn device(&self) -> Option<DeviceId> {
        match &self.state {
            State::In(device, ..) => Some(*device),
            _ => None,
        }
    }

    /// How many items the device holds that are not here yet, as it said when it came.
    pub fn unsynced(&self) -> Option<u32> {
        match &self.state {
            State::In(_, _, unsynced) => Some(*unsynced),
            _ => None,
        }
    }

    /// A frame came, or bytes that are none.
    pub fn handle_frame(&mut self, frame: Result<Frame, SyncCode>, _moment: Moment) -> Vec<ServerEffect> {
        let frame = match frame {
            Ok(frame) => frame,
            Err(code) => return self.close(code),
        };
        match (frame, &self.state) {
            (_, State::Closed) => Vec::new(),
            // It would write what nobody here can read.
            (Frame::Hello(hello), State::Opened) if u64::from(hello.schema) > SCHEMA => {
                self.close(SyncCode::VersionUnknown)
            }
            (Frame::Hello(hello), State::Opened) => {
                self.state = State::Identifying(hello.device, hello.unsynced);
                vec![ServerEffect::Identify(hello.device, hello.unsynced)]
            }
            (Frame::Auth(auth), State::Challenged(device, known, unsynced)) => {
                let proved =
                    signed::holds(&known.key, &signed::auth_bytes(*device, &self.nonce), &auth.signature);
                if !proved {
                    return self.close(SyncCode::NotEnrolled);
                }
                let (device, known, unsynced) = (*device, known.clone(), *unsynced);
                self.come_in(device, known, unsynced)
            }
            // Doubled on the way.
            (Frame::Hello(_), _) | (Frame::Auth(_), State::In(..)) => Vec::new(),
            (frame, State::In(device, known, _)) => {
                let (device, revoked) = (*device, known.revoked);
                self.ask(device, revoked, frame)
            }
            _ => self.close(SyncCode::OutOfOrder),
        }
    }

    /// The device that [`ServerEffect::Identify`] asked for, with the newest numbers of its scopes.
    pub fn handle_identified(&mut self, known: Option<KnownDevice>) -> Vec<ServerEffect> {
        let State::Identifying(device, unsynced) = self.state else { return Vec::new() };
        match known {
            Some(known) => {
                self.state = State::Challenged(device, known, unsynced);
                vec![ServerEffect::Send(Frame::Challenge(Challenge { nonce: self.nonce }))]
            }
            None => self.close(SyncCode::NotEnrolled),
        }
    }

    /// The work is durable, or was refused and nothing was stored.
    pub fn handle_committed(&mut self, work: u32, committed: Committed) -> Vec<ServerEffect> {
        if self.in_work.remove(&work).is_none() || matches!(self.state, State::Closed) {
            return Vec::new();
        }
        let frame = match committed {
            Committed::Push { number, steps, refused, quarantined } => {
                for step in &steps {
                    // What the device just sent is not sent back to it.
                    let sent = self.sent.entry(step.scope).or_insert(0);
                    if *sent == step.before {
                        *sent = step.after;
                    }
                }
                Frame::PushAck(PushAck { number, steps, refused, quarantined })
            }
            Committed::Manifest(receipt) => Frame::Receipt(receipt),
            Committed::Refused { push, document, code } => {
                let document = document.map(DocumentId::to_bytes);
                Frame::Error(Refusal { code, push, document, closes: false })
            }
        };
        vec![ServerEffect::Send(frame)]
    }

    /// Something was committed in this scope, by whomever.
    pub fn handle_news(&mut self, scope: ScopeId, head: u64) -> Vec<ServerEffect> {
        let State::In(_, known, _) = &self.state else { return Vec::new() };
        let subscribed = known.revoked.is_none() && known.scopes.contains(&scope);
        match self.sent.get(&scope) {
            Some(sent) if subscribed && *sent < head => self.read(scope),
            _ => Vec::new(),
        }
    }

    /// What [`ServerEffect::Read`] asked for; `asked` is the number that it named.
    pub fn handle_read(&mut self, batch: Batch) -> Vec<ServerEffect> {
        let Some(more_came) = self.reading.remove(&batch.scope) else { return Vec::new() };
        if !self.is_trusted() {
            return Vec::new();
        }
        if batch.from > batch.head {
            let refusal =
                Refusal { code: SyncCode::CursorUnknown, push: None, document: None, closes: false };
            return vec![ServerEffect::Send(Frame::Error(refusal))];
        }
        let Batch { scope, from, to, head, documents } = batch;
        self.sent.insert(scope, to);
        let more = to < head;
        let mut effects =
            vec![ServerEffect::Send(Frame::Changes(Changes { scope, from, to, more, documents }))];
        // Up to date until just now: go on by ourselves. Otherwise the device asks, at its own pace.
        if more_came && !more {
            effects.extend(self.read(scope));
        }
        effects
    }

    /// Which documents differ.
    pub fn handle_compared(&mut self, documents: Vec<DocumentId>) -> Vec<ServerEffect> {
        if documents.is_empty() || !self.is_trusted() {
            return Vec::new();
        }
        let documents = documents.into_iter().map(DocumentId::to_bytes).collect();
        vec![ServerEffect::Send(Frame::Differ(Differ { documents }))]
    }

    /// The answer to a repair's message.
    pub fn handle_repair_answered(
        &mut self,
        document: DocumentId,
        answer: Result<Vec<u8>, DocumentError>,
    ) -> Vec<ServerEffect> {
        self.repairs = self.repairs.saturating_sub(1);
        if !self.is_trusted() {
            return Vec::new();
        }
        let frame = match answer {
            Ok(message) => Frame::Repair(Repair { document, message: Bytes(message) }),
            Err(_) => refused(document, SyncCode::RepairFailed),
        };
        vec![ServerEffect::Send(frame)]
    }

    /// A submission went further without this connection asking.
    pub fn handle_receipt(&mut self, receipt: Receipt) -> Vec<ServerEffect> {
        if self.is_trusted() { vec![ServerEffect::Send(Frame::Receipt(receipt))] } else { Vec::new() }
    }

    /// What a device is told besides changes and receipts: what is on offer, how cases stand.
    pub fn handle_told(&mut self, frames: Vec<Frame>) -> Vec<ServerEffect> {
        if self.is_trusted() { frames.into_iter().map(ServerEffect::Send).collect() } else { Vec::new() }
    }

    /// The office wants what the device set aside offered once more. One that never reported would not know what that means.
    pub fn handle_offer_again(&mut self) -> Vec<ServerEffect> {
        match self.reports {
            true => self.handle_told(vec![Frame::OfferAgain]),
            false => Vec::new(),
        }
    }

    /// The device was revoked while it is connected.
    pub fn handle_revoked(&mut self, how: Revoked) -> Vec<ServerEffect> {
        let State::In(device, known, unsynced) = &mut self.state else { return Vec::new() };
        known.revoked = Some(how);
        let lost = ServerEffect::NoteLost(*device, *unsynced);
        let tell = ServerEffect::Send(Frame::Revoked(how));
        match how {
            Revoked::HandOver => vec![tell],
            Revoked::Erase => {
                self.state = State::Closed;
                vec![lost, tell, ServerEffect::Close]
            }
        }
    }

    /// Time has passed.
    pub fn handle_tick(&mut self, moment: Moment) -> Vec<ServerEffect> {
        match self.state {
            State::In(..) | State::Closed => Vec::new(),
            _ if moment.ticks < self.since + GREETING_MS => Vec::new(),
            _ => self.close(SyncCode::OutOfOrder),
        }
    }

    /// Is the device in, and not revoked? Only then it is told anything.
    fn is_trusted(&self) -> bool {
        matches!(&self.state, State::In(_, known, _) if known.revoked.is_none())
    }

    fn come_in(&mut self, device: DeviceId, known: KnownDevice, unsynced: u32) -> Vec<ServerEffect> {
        let revoked = known.revoked;
        let welcome = Welcome {
            tenant: known.tenant,
            scopes: known.scopes.iter().map(|scope| Scope { scope: *scope, head: 0 }).collect(),
            lease_seconds: LEASE_SECONDS,
        };
        self.state = State::In(device, known, unsynced);
        match revoked {
            None => vec![ServerEffect::Send(Frame::Welcome(welcome))],
            Some(Revoked::HandOver) => vec![ServerEffect::Send(Frame::Revoked(Revoked::HandOver))],
            Some(Revoked::Erase) => {
                self.state = State::Closed;
                vec![
                    ServerEffect::NoteLost(device, unsynced),
                    ServerEffect::Send(Frame::Revoked(Revoked::Erase)),
                    ServerEffect::Close,
                ]
            }
        }
    }

    fn ask(&mut self, device: DeviceId, revoked: Option<Revoked>, frame: Frame) -> Vec<ServerEffect> {
        match frame {
            Frame::Push(push) => self.push(device, push),
            frame => match revoked {
                // It may hand over what it has, and nothing else. Perhaps it was not told yet.
                Some(how) => vec![ServerEffect::Send(Frame::Revoked(how))],
                None => self.ask_trusted(device, frame),
            },
        }
    }

    fn ask_trusted(&mut self, device: DeviceId, frame: Frame) -> Vec<ServerEffect> {
        match frame {
            Frame::Pull(pull) => {
                if !matches!(&self.state, State::In(_, known, _) if known.scopes.contains(&pull.scope)) {
                    let refusal =
                        Refusal { code: SyncCode::ScopeUnknown, push: None, document: None, closes: false };
                    return vec![ServerEffect::Send(Frame::Error(refusal))];
                }
                self.sent.insert(pull.scope, pull.cursor);
                self.reading.remove(&pull.scope);
                self.read(pull.scope)
            }
            Frame::Digest(digest) => vec![ServerEffect::Compare(digest.documents)],
            Frame::Repair(repair) => {
                if self.repairs >= MAX_REPAIRS_IN_WORK {
                    return vec![ServerEffect::Send(refused(repair.document, SyncCode::Busy))];
                }
                self.repairs += 1;
                vec![ServerEffect::AnswerRepair(repair.document, repair.message)]
            }
            Frame::PhotoManifest(manifest) => self.manifest(device, manifest),
            Frame::Report(report) => {
                self.reports = true;
                vec![ServerEffect::Reported(report)]
            }
            // What only a server says.
            _ => self.close(SyncCode::OutOfOrder),
        }
    }

    fn push(&mut self, device: DeviceId, push: Push) -> Vec<ServerEffect> {
        let State::In(_, known, _) = &self.state else { return Vec::new() };
        match CheckedPush::of(push, device, known) {
            Ok(push) => {
                let number = push.number;
                self.commit(Work::Push(push), Some(number), None)
            }
            Err(code) => self.close(code),
        }
    }

    fn manifest(&mut self, device: DeviceId, manifest: PhotoManifest) -> Vec<ServerEffect> {
        let State::In(_, known, _) = &self.state else { return Vec::new() };
        if !is_signed(&manifest, device, known) {
            return self.close(SyncCode::SignatureWrong);
        }
        let document = manifest.document;
        self.commit(Work::Manifest(manifest), None, Some(document))
    }

    fn commit(&mut self, work: Work, push: Option<u32>, document: Option<DocumentId>) -> Vec<ServerEffect> {
        if self.in_work.len() >= MAX_COMMITS_IN_WORK {
            let document = document.map(DocumentId::to_bytes);
            return vec![ServerEffect::Send(Frame::Error(Refusal {
                code: SyncCode::Busy,
                push,
                document,
                closes: false,
            }))];
        }
        let id = self.next_work;
        self.next_work = self.next_work.wrapping_add(1);
        self.in_work.insert(id, ());
        vec![ServerEffect::Commit(id, work)]
    }

    fn read(&mut self, scope: ScopeId) -> Vec<ServerEffect> {
        if let Some(more_came) = self.reading.get_mut(&scope) {
            *more_came = true;
            return Vec::new();
        }
        self.reading.insert(scope, false);
        vec![ServerEffect::Read(scope, self.sent.get(&scope).copied().unwrap_or(0))]
    }

    fn close(&mut self, code: SyncCode) -> Vec<ServerEffect> {
        if matches!(self.state, State::Closed) {
            return Vec::new();
        }
        self.state = State::Closed;
        let refusal = Refusal { code, push: None, document: None, closes: true };
        vec![ServerEffect::Send(Frame::Error(refusal)), ServerEffect::Close]
    }
}

/// How long a device may work without a network, seconds. The longest the platform allows.
pub const LEASE_SECONDS: u32 = 24 * 60 * 60;

fn refused(document: DocumentId, code: SyncCode) -> Frame {
    Frame::Error(Refusal { code, push: None, document: Some(document.to_bytes()), closes: false })
}

/// The name by which bytes that are no change are refused: the same that the device has for them.
impl CheckedPush {
    /// Checks the outside of every change, and the signature over all of them.
    fn of(push: Push, device: DeviceId, known: &KnownDevice) -> Result<CheckedPush, SyncCode> {
        let mut documents = Vec::new();
        let mut names = Vec::new();
        for pushed in push.documents {
            let mut changes: Vec<Checked> = Vec::new();
            for bytes in pushed.changes {
                let header =
                    ChangeHeader::read(&bytes.0).map_err(|error| (bytes_name(&bytes), change_code(error)));
                changes.push((header, bytes));
            }
            let hashes = changes.iter().map(|(header, _)| match header {
                Ok(header) => header.hash,
                Err((hash, _)) => *hash,
            });
            names.push((pushed.document, pushed.scope, hashes.collect()));
            documents.push((pushed.document, pushed.scope, changes));
        }
        let follows = |change: &Checked| change.0.as_ref().map_or(0, |header| header.dependencies.len());
        let all: usize = documents.iter().flat_map(|(_, _, changes)| changes).map(follows).sum();
        if all > MAX_PUSH_DEPENDENCIES {
            return Err(SyncCode::TooMany);
        }
        let who = Signatory { tenant: known.tenant, device };
        if !signed::holds(&known.key, &signed::push_bytes(who, &names), &push.signature) {
            return Err(SyncCode::SignatureWrong);
        }
        Ok(CheckedPush { number: push.number, documents })
    }
}

fn is_signed(manifest: &PhotoManifest, device: DeviceId, known: &KnownDevice) -> bool {
    let who = Signatory { tenant: known.tenant, device };
    signed::holds(&known.key, &signed::manifest_bytes(who, manifest), &manifest.signature)
}

fn bytes_name(bytes: &Bytes) -> ChangeHash {
    // A change is named by what follows its magic number and checksum.
    ChangeHash::of(bytes.0.get(8..).unwrap_or_default())
}

fn change_code(error: DocumentError) -> SyncCode {
    match error {
        DocumentError::TooLarge | DocumentError::TooMany => SyncCode::ChangeTooLarge,
        _ => SyncCode::ChangeMalformed,
    }
}
