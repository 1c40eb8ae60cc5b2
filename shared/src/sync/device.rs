//! The device's side: what was entered goes out, what others entered comes in, and what is not yet safe is known.

use super::effects::{Effect, Write};
use super::storing::Pending;
use super::{Backoff, Item, Lease, Moment, NotTaken, Outbox, OutboxRow, Unsynced, push_of};
use crate::document::{Edit, Repaired};
use crate::domain::{DeviceId, DocumentId, ScopeId, TenantId};
use crate::protocol::sync::{
    Bytes, Digest, DocumentDigest, Frame, MAX_DIGESTS, PhotoManifest, Pull, Refusal, Repair, Revoked, Sent,
    Signature, SyncCode,
    signed::{self, Signatory},
};
use ed25519_dalek::SigningKey;
use std::collections::{BTreeMap, BTreeSet};

/// How long to wait for an answer before the connection counts as dead, milliseconds.
pub(super) const ANSWER_MS: u64 = 20_000;
/// How often to ask what is new although nothing came, milliseconds.
const PULL_EVERY_MS: u64 = 60_000;
/// How often to ask how far submissions are, milliseconds.
const RECEIPT_EVERY_MS: u64 = 60_000;
/// How often to compare all documents with the server, milliseconds; up to as much again by the dice.
const DIGEST_EVERY_MS: u64 = 15 * 60_000;
/// Most repairs at once.
pub(super) const MAX_REPAIRS: usize = 16;
/// Most messages of one repair.
pub(super) const MAX_REPAIR_ROUNDS: u8 = 8;

/// Whose device this is.
#[derive(Clone)]
pub struct Identity {
    /// The device.
    pub device: DeviceId,
    /// Its tenant.
    pub tenant: TenantId,
    /// Its key.
    pub key: SigningKey,
    /// The document schema that this app writes.
    pub schema: u32,
}

/// What the device's storage holds when the program starts.
#[derive(Debug, Clone, Default)]
pub struct DeviceBoot {
    /// How far each scope was pulled.
    pub cursors: Vec<(ScopeId, u64)>,
    /// What is not yet safe on the server.
    pub outbox: Vec<OutboxRow>,
    /// The lease.
    pub lease: Option<Lease>,
    /// Is the device revoked?
    pub revoked: Option<Revoked>,
}

/// Where the connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    /// None; the next try is at this tick.
    Offline {
        /// Then.
        retry_at: u64,
    },
    /// Being opened.
    Connecting,
    /// Open, proving who we are, since this tick.
    Greeting {
        /// Since then.
        since: u64,
    },
    /// In.
    Online,
    /// The server does not want this device or this app any more.
    Stopped,
}

pub(super) struct InFlight {
    pub(super) number: u32,
    pub(super) rows: BTreeSet<u64>,
    since: u64,
    /// The acknowledgement came and is being stored.
    pub(super) settling: bool,
}

#[derive(Default, Clone, Copy)]
pub(super) struct Pulling {
    /// Durable on this device.
    pub(super) durable: u64,
    /// Durable, or being stored.
    pub(super) applied: u64,
    pub(super) asked_at: u64,
    /// More is there once this is durable.
    pub(super) more: bool,
}

#[derive(Clone, Copy)]
pub(super) struct RepairState {
    pub(super) rounds: u8,
    pub(super) since: u64,
}

/// The device's side of the connection.
pub struct Device {
    pub(super) me: Identity,
    pub(super) link: Link,
    pub(super) backoff: Backoff,
    pub(super) outbox: Outbox,
    pub(super) scopes: BTreeMap<ScopeId, Pulling>,
    pub(super) lease: Option<Lease>,
    pub(super) revoked: Option<Revoked>,
    pub(super) in_flight: Option<InFlight>,
    pub(super) pending: BTreeMap<u64, Pending>,
    pub(super) repairs: BTreeMap<DocumentId, RepairState>,
    pub(super) to_repair: BTreeSet<DocumentId>,
    pub(super) push_again_at: u64,
    push_backoff: Backoff,
    pub(super) storage_backoff: Backoff,
    pub(super) receipts_asked_at: Option<u64>,
    digest_at: u64,
    computing_digests: bool,
    pub(super) next_transaction: u64,
    next_push: u32,
    pub(super) locked_shown: bool,
}

impl Device {
    /// The device as its storage knows it.
    pub fn boot(me: Identity, boot: DeviceBoot, moment: Moment) -> Device {
        let pulling = |durable| Pulling { durable, applied: durable, ..Pulling::default() };
        Device {
            me,
            link: Link::Offline { retry_at: moment.ticks },
            backoff: Backoff::default(),
            outbox: Outbox::boot(boot.outbox),
            scopes: boot.cursors.into_iter().map(|(scope, durable)| (scope, pulling(durable))).collect(),
            lease: boot.lease,
            revoked: boot.revoked,
            in_flight: None,
            pending: BTreeMap::new(),
            repairs: BTreeMap::new(),
            to_repair: BTreeSet::new(),
            push_again_at: 0,
            push_backoff: Backoff::default(),
            storage_backoff: Backoff::default(),
            receipts_asked_at: None,
            digest_at: moment.ticks + DIGEST_EVERY_MS / 10 + moment.dice % DIGEST_EVERY_MS,
            computing_digests: false,
            next_transaction: 1,
            next_push: 1,
            locked_shown: false,
        }
    }

    /// Where the connection is.
    pub fn link(&self) -> Link {
        self.link
    }

    /// Everything that is not yet safe on the server, each with its state.
    pub fn unsynced(&self) -> Vec<Unsynced> {
        let none = BTreeSet::new();
        self.outbox.unsynced(self.in_flight.as_ref().map_or(&none, |push| &push.rows))
    }

    /// How far each scope is durable on this device.
    pub fn cursors(&self) -> impl Iterator<Item = (ScopeId, u64)> {
        self.scopes.iter().map(|(scope, pulling)| (*scope, pulling.durable))
    }

    /// Is nothing waiting that matters more than a photo's slice?
    pub fn is_quiet(&self) -> bool {
        self.in_flight.is_none() && self.outbox.next_push(|document| self.holds_up(document)).is_empty()
    }

    /// Is the device taken out of use?
    pub fn is_revoked(&self) -> bool {
        self.revoked.is_some()
    }

    /// Is the lease over? Then nothing is taken from the screen until the server is heard from.
    pub fn is_locked(&self) -> bool {
        self.lease.is_none_or(|lease| lease.has_expired())
    }

    /// Somebody did something: changes, and with a submission its manifest (its signature is made here). Change, outbox row
    /// and list row become durable together; nothing is sent before that.
    ///
    /// # Errors
    /// [`NotTaken`] when the device is locked, revoked or full. The caller then forgets the edit.
    pub fn handle_edit(
        &mut self,
        document: DocumentId,
        scope: ScopeId,
        edits: &[Edit],
        manifest: Option<PhotoManifest>,
        moment: Moment,
    ) -> Result<Vec<Effect>, NotTaken> {
        if self.revoked.is_some() {
            return Err(NotTaken::Revoked);
        }
        if !self.lease.as_mut().is_some_and(|lease| lease.holds(moment.wall)) {
            return Err(NotTaken::Locked);
        }
        if self.outbox.len() + edits.len() + 1 > super::MAX_OUTBOX_ROWS {
            return Err(NotTaken::OutboxFull);
        }
        let mut writes = Vec::new();
        let mut rows = Vec::new();
        for edit in edits {
            let bytes = Bytes(edit.bytes.clone());
            writes.push(Write::Change { document, hash: edit.hash, bytes: bytes.clone() });
            if let Some(row) = self.outbox.add(document, scope, Item::Change { hash: edit.hash, bytes }) {
                rows.push(row.row);
                writes.push(Write::Outbox(row));
            }
        }
        if let Some(mut manifest) = manifest {
            manifest.signature = self.signed(&signed::manifest_bytes(self.signatory(), &manifest));
            if let Some(row) = self.outbox.add(document, scope, Item::Manifest(manifest)) {
                rows.push(row.row);
                writes.push(Write::Outbox(row));
            }
        }
        writes.push(Write::Row(document));
        Ok(vec![self.store(writes, Pending::Edit(rows))])
    }

    /// The connection is open.
    pub fn handle_connected(&mut self, moment: Moment) -> Vec<Effect> {
        if self.link != Link::Connecting {
            return vec![Effect::Disconnect];
        }
        self.link = Link::Greeting { since: moment.ticks };
        let hello = crate::protocol::sync::Hello {
            device: self.me.device,
            schema: self.me.schema,
            unsynced: u32::try_from(self.outbox.len()).unwrap_or(u32::MAX),
        };
        vec![Effect::Send(Frame::Hello(hello))]
    }

    /// The connection is gone, or could not be opened.
    pub fn handle_disconnected(&mut self, moment: Moment) -> Vec<Effect> {
        self.forget_connection();
        if self.link != Link::Stopped {
            self.link = Link::Offline { retry_at: moment.ticks + self.backoff.wait(moment.dice) };
        }
        Vec::new()
    }

    /// The network is back, or a person does not want to wait: the next try is now.
    pub fn connect_now(&mut self, moment: Moment) -> Vec<Effect> {
        if let Link::Offline { retry_at } = &mut self.link {
            *retry_at = moment.ticks;
            self.backoff.reset();
        }
        self.handle_tick(moment)
    }

    /// Time has passed.
    pub fn handle_tick(&mut self, moment: Moment) -> Vec<Effect> {
        let mut effects = Vec::new();
        let locked = !self.lease.as_mut().is_some_and(|lease| lease.holds(moment.wall));
        if locked && !self.locked_shown {
            effects.push(Effect::Lock);
        }
        self.locked_shown = locked;
        match self.link {
            Link::Offline { retry_at } if moment.ticks >= retry_at && self.may_connect() => {
                self.link = Link::Connecting;
                effects.push(Effect::Connect);
            }
            Link::Greeting { since } if moment.ticks >= since + ANSWER_MS => {
                effects.extend(self.hang_up(moment))
            }
            Link::Online => {
                let late = self
                    .in_flight
                    .as_ref()
                    .is_some_and(|push| !push.settling && moment.ticks >= push.since + ANSWER_MS);
                if late {
                    effects.extend(self.hang_up(moment));
                } else {
                    effects.extend(self.go_on(moment));
                }
            }
            _ => {}
        }
        effects
    }

    /// The digests that [`Effect::ComputeDigests`] asked for.
    pub fn handle_digests(&mut self, digests: Vec<DocumentDigest>, _moment: Moment) -> Vec<Effect> {
        self.computing_digests = false;
        if self.link != Link::Online || self.revoked.is_some() {
            return Vec::new();
        }
        let frame =
            |chunk: &[DocumentDigest]| Effect::Send(Frame::Digest(Digest { documents: chunk.to_vec() }));
        digests.chunks(MAX_DIGESTS).map(frame).collect()
    }

    /// The first message of a repair that [`Effect::BeginRepair`] asked for.
    pub fn handle_repair_begun(
        &mut self,
        document: DocumentId,
        message: Vec<u8>,
        moment: Moment,
    ) -> Vec<Effect> {
        let Some(state) = self.repairs.get_mut(&document) else { return Vec::new() };
        state.since = moment.ticks;
        vec![Effect::Send(Frame::Repair(Repair { document, message: Bytes(message) }))]
    }

    /// What one message of a repair brought. What came is stored and what the server lacks goes into the outbox, in one
    /// transaction. An `Err` ends this repair; the next digest begins another.
    pub fn handle_repaired(
        &mut self,
        document: DocumentId,
        scope: ScopeId,
        repaired: Result<Repaired, SyncCode>,
        moment: Moment,
    ) -> Vec<Effect> {
        let Some(state) = self.repairs.get_mut(&document) else { return Vec::new() };
        state.rounds += 1;
        state.since = moment.ticks;
        let rounds = state.rounds;
        let repaired = match repaired {
            Ok(repaired) if rounds <= MAX_REPAIR_ROUNDS => repaired,
            _ => {
                self.repairs.remove(&document);
                return vec![Effect::Tell(SyncCode::RepairFailed)];
            }
        };
        let mut writes = Vec::new();
        if !repaired.gained.is_empty() {
            let changes = repaired.gained.into_iter().map(Bytes).collect();
            writes.push(Write::Incoming(Sent { document, changes }));
        }
        let mut rows = Vec::new();
        for bytes in repaired.lacking {
            let Ok(header) = crate::document::ChangeHeader::read(&bytes) else { continue };
            if header.hash == crate::document::genesis_hash() {
                continue;
            }
            let item = Item::Change { hash: header.hash, bytes: Bytes(bytes) };
            if let Some(row) = self.outbox.add(document, scope, item) {
                rows.push(row.row);
                writes.push(Write::Outbox(row));
            }
        }
        vec![self.store(writes, Pending::Repaired { document, rows, next: repaired.next })]
    }

    /// What comes next on an open connection, as far as nothing is waited for.
    pub(super) fn go_on(&mut self, moment: Moment) -> Vec<Effect> {
        if self.link != Link::Online {
            return Vec::new();
        }
        let mut effects = Vec::new();
        self.repairs.retain(|_, state| moment.ticks < state.since + ANSWER_MS);
        if self.revoked.is_some() {
            effects.extend(self.push(moment));
            if self.in_flight.is_none() && !self.outbox.has_sendable() {
                self.link = Link::Stopped;
                effects.push(Effect::Disconnect);
            }
            return effects;
        }
        effects.extend(self.push(moment));
        for (scope, pulling) in &mut self.scopes {
            let quiet = pulling.applied == pulling.durable;
            if quiet && (pulling.more || moment.ticks >= pulling.asked_at + PULL_EVERY_MS) {
                pulling.more = false;
                pulling.asked_at = moment.ticks;
                effects.push(Effect::Send(Frame::Pull(Pull { scope: *scope, cursor: pulling.durable })));
            }
        }
        if self.receipts_asked_at.is_none_or(|asked| moment.ticks >= asked + RECEIPT_EVERY_MS) {
            let asked: Vec<Effect> = (self.outbox.manifests().into_iter())
                .filter_map(|row| match &row.item {
                    Item::Manifest(manifest) => Some(Effect::Send(Frame::PhotoManifest(manifest.clone()))),
                    Item::Change { .. } => None,
                })
                .collect();
            if !asked.is_empty() {
                self.receipts_asked_at = Some(moment.ticks);
                effects.extend(asked);
            }
        }
        while self.repairs.len() < MAX_REPAIRS
            && let Some(document) = self.to_repair.pop_first()
        {
            self.repairs.insert(document, RepairState { rounds: 0, since: moment.ticks });
            effects.push(Effect::BeginRepair(document));
        }
        if moment.ticks >= self.digest_at && self.is_quiet() && !self.computing_digests {
            self.computing_digests = true;
            self.digest_at = moment.ticks + DIGEST_EVERY_MS + moment.dice % DIGEST_EVERY_MS;
            effects.push(Effect::ComputeDigests);
        }
        effects
    }

    fn push(&mut self, moment: Moment) -> Vec<Effect> {
        if self.in_flight.is_some() || moment.ticks < self.push_again_at {
            return Vec::new();
        }
        let rows = self.outbox.next_push(|document| self.holds_up(document));
        if rows.is_empty() {
            return Vec::new();
        }
        let sent = rows.iter().map(|row| row.row).collect();
        let number = self.next_push;
        self.next_push = self.next_push.wrapping_add(1);
        let push = push_of(number, &rows, self.signatory(), &self.me.key);
        self.in_flight = Some(InFlight { number, rows: sent, since: moment.ticks, settling: false });
        vec![Effect::Send(Frame::Push(push))]
    }

    /// Ends the connection; the next one goes on from what is durable.
    pub(super) fn hang_up(&mut self, moment: Moment) -> Vec<Effect> {
        if matches!(self.link, Link::Offline { .. } | Link::Stopped) {
            return Vec::new();
        }
        self.handle_disconnected(moment);
        vec![Effect::Disconnect]
    }

    pub(super) fn stop(&mut self, code: SyncCode) -> Vec<Effect> {
        self.forget_connection();
        self.link = Link::Stopped;
        vec![Effect::Disconnect, Effect::Tell(code)]
    }

    pub(super) fn push_later(&mut self, moment: Moment) {
        self.push_again_at = moment.ticks + self.push_backoff.wait(moment.dice);
    }

    pub(super) fn compare_now(&mut self, moment: Moment) {
        self.digest_at = moment.ticks;
    }

    pub(super) fn push_worked(&mut self) {
        self.push_backoff.reset();
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> bool {
        refusal.push.is_some() && self.in_flight.as_ref().map(|push| push.number) == refusal.push
    }

    pub(super) fn holds_up(&self, document: DocumentId) -> bool {
        // Nobody repairs with a revoked device: what it has is handed over as it is.
        self.revoked.is_none() && (self.repairs.contains_key(&document) || self.to_repair.contains(&document))
    }

    pub(super) fn signatory(&self) -> Signatory {
        Signatory { tenant: self.me.tenant, device: self.me.device }
    }

    pub(super) fn signed(&self, bytes: &[u8]) -> Signature {
        signed::sign(&self.me.key, bytes)
    }

    fn may_connect(&self) -> bool {
        match self.revoked {
            Some(Revoked::Erase) => false,
            Some(Revoked::HandOver) => self.outbox.has_sendable(),
            None => true,
        }
    }

    fn forget_connection(&mut self) {
        // An acknowledgement that is being stored still counts: its rows go when storage confirms.
        self.in_flight = self.in_flight.take().filter(|push| push.settling);
        self.repairs.clear();
        self.computing_digests = false;
        self.receipts_asked_at = None;
        for pulling in self.scopes.values_mut() {
            pulling.applied = pulling.durable;
            pulling.asked_at = 0;
            pulling.more = false;
        }
    }
}
