//! Conversations between one device and one server, frame by frame; and what a hostile device does not achieve. The seeded
//! simulation plays everything else.

use super::*;
use crate::document::{Application, Edit, Field, genesis_hash, two_devices};
use crate::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use crate::protocol::sync::{
    Bytes, Changes, Frame, PhotoManifest, Push, PushAck, Pushed, ReceiptState, Refusal, Revoked, ScopeStep,
    Signature, SyncCode,
    signed::{self, Signatory},
};
use ed25519_dalek::SigningKey;
use std::collections::BTreeMap;

const SCOPE: ScopeId = ScopeId::from_bytes([4; 16]);
const OTHER_SCOPE: ScopeId = ScopeId::from_bytes([5; 16]);
const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);
const TENANT: TenantId = TenantId::from_bytes([1; 16]);

fn key() -> SigningKey {
    SigningKey::from_bytes(&[42; 32])
}

fn at(ticks: u64) -> Moment {
    let wall = jiff::Timestamp::from_millisecond(1_795_600_000_000 + ticks as i64).unwrap();
    Moment { wall, ticks, dice: 0 }
}

fn known() -> KnownDevice {
    KnownDevice { tenant: TENANT, key: key().verifying_key().to_bytes(), scopes: vec![SCOPE], revoked: None }
}

/// What is committed, as a few maps.
#[derive(Default)]
struct Committedly {
    revoked: Option<Revoked>,
    documents: BTreeMap<DocumentId, KnownDocument>,
    changes: BTreeMap<(DocumentId, ChangeHash), (Vec<u8>, u64)>,
    submission: Option<Submission>,
    photos: BTreeMap<PhotoId, (PhotoHash, u32)>,
}

impl Ledger for Committedly {
    fn device(&self, device: DeviceId) -> Option<KnownDevice> {
        (device == DEVICE).then(|| KnownDevice { revoked: self.revoked, ..known() })
    }
    fn document(&self, document: DocumentId) -> Option<KnownDocument> {
        self.documents.get(&document).copied()
    }
    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool {
        self.changes.contains_key(&(document, change))
    }
    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash> {
        let mut all = self.changes.iter().filter(|((there, _), _)| *there == document);
        all.find(|(_, (other, at))| other == actor && *at == seq).map(|((_, hash), _)| *hash)
    }
    fn submission_of(&self, document: DocumentId) -> Option<Submission> {
        self.submission.clone().filter(|submission| submission.document == document)
    }
    fn document_of(&self, submission: SubmissionId) -> Option<DocumentId> {
        self.submission.as_ref().filter(|there| there.id == submission).map(|there| there.document)
    }
    fn photo(&self, _: TenantId, photo: PhotoId) -> Option<(PhotoHash, u32)> {
        self.photos.get(&photo).copied()
    }
}

impl Committedly {
    fn write(&mut self, plan: PushPlan) {
        for row in plan.rows {
            let known = KnownDocument { tenant: TENANT, scope: row.scope, changes: 0 };
            self.documents.entry(row.document).or_insert(known).changes += 1;
            self.changes.insert((row.document, row.header.hash), (row.header.actor, row.header.seq));
        }
    }
}

fn signed_push(document: DocumentId, scope: ScopeId, changes: &[Vec<u8>]) -> Push {
    let names = changes.iter().map(|bytes| ChangeHash::of(&bytes[8..])).collect();
    let who = Signatory { tenant: TENANT, device: DEVICE };
    Push {
        number: 1,
        documents: vec![Pushed { document, scope, changes: changes.iter().cloned().map(Bytes).collect() }],
        signature: signed::sign(&key(), &signed::push_bytes(who, &[(document, scope, names)])),
    }
}

/// A connection whose device has proved who it is.
fn session() -> Session {
    let mut session = Session::open([9; 32], at(0));
    let hello = crate::protocol::sync::Hello { device: DEVICE, schema: 1, unsynced: 3 };
    assert_eq!(session.handle_frame(Ok(Frame::Hello(hello)), at(1)), [ServerEffect::Identify(DEVICE, 3)]);
    session.handle_identified(Some(known()));
    let signature = signed::sign(&key(), &signed::auth_bytes(DEVICE, &[9; 32]));
    let auth = crate::protocol::sync::Auth { signature };
    let effects = session.handle_frame(Ok(Frame::Auth(auth)), at(2));
    assert!(matches!(effects.as_slice(), [ServerEffect::Send(Frame::Welcome(_))]), "{effects:?}");
    session
}

/// What the server comes to for a push.
fn pushed(ledger: &mut Committedly, push: Push) -> Result<PushPlan, SyncCode> {
    let mut session = session();
    match session.handle_frame(Ok(Frame::Push(push)), at(3)).as_slice() {
        [ServerEffect::Commit(_, Work::Push(push))] => {
            let plan = admit_push(ledger, DEVICE, push)?;
            ledger.write(plan.clone());
            Ok(plan)
        }
        [ServerEffect::Send(Frame::Error(Refusal { code, closes: true, .. })), ServerEffect::Close] => {
            Err(*code)
        }
        other => panic!("{other:?}"),
    }
}

fn codes(plan: &PushPlan) -> Vec<SyncCode> {
    plan.refused.iter().map(|refused| refused.code).collect()
}

fn changes() -> (Application, Vec<Vec<u8>>) {
    let application = two_devices::complete();
    let changes = application.changes_since(&[genesis_hash()]);
    (application, changes)
}

#[test]
fn a_push_is_taken_once_however_often_it_comes() {
    let (application, changes) = changes();
    let mut ledger = Committedly::default();
    let push = signed_push(application.id(), SCOPE, &changes);
    assert_eq!(pushed(&mut ledger, push.clone()).unwrap().rows.len(), changes.len());
    let replayed = pushed(&mut ledger, push).unwrap();
    assert_eq!((replayed.rows.len(), replayed.refused.len()), (0, 0));
}

#[test]
fn what_was_changed_on_the_way_or_signed_by_another_key_ends_the_connection() {
    let (application, changes) = changes();
    let good = signed_push(application.id(), SCOPE, &changes);
    let mut other_document = good.clone();
    other_document.documents[0].document = DocumentId::from_bytes([99; 16]);
    let mut other_scope = good.clone();
    other_scope.documents[0].scope = OTHER_SCOPE;
    let mut other_bytes = good.clone();
    other_bytes.documents[0].changes[0].0[20] ^= 1;
    let mut other_key = good.clone();
    other_key.signature = signed::sign(&SigningKey::from_bytes(&[1; 32]), b"anything");
    for forged in [other_document, other_scope, other_bytes, other_key] {
        let mut ledger = Committedly::default();
        assert_eq!(pushed(&mut ledger, forged), Err(SyncCode::SignatureWrong));
        assert!(ledger.changes.is_empty());
    }
}

#[test]
fn another_tenants_document_and_another_scope_look_like_none() {
    let (application, changes) = changes();
    let elsewhere = KnownDocument { tenant: TenantId::from_bytes([66; 16]), scope: SCOPE, changes: 1 };
    let mine_elsewhere = KnownDocument { tenant: TENANT, scope: OTHER_SCOPE, changes: 1 };
    for (there, code) in [
        (Some(elsewhere), SyncCode::DocumentUnknown),
        (Some(mine_elsewhere), SyncCode::DocumentUnknown),
        (None, SyncCode::ScopeUnknown),
    ] {
        let mut ledger = Committedly::default();
        ledger.documents.extend(there.map(|there| (application.id(), there)));
        let scope = if there.is_some() { SCOPE } else { OTHER_SCOPE };
        let plan = pushed(&mut ledger, signed_push(application.id(), scope, &changes)).unwrap();
        assert_eq!(codes(&plan), vec![code; changes.len()]);
        assert!(plan.rows.is_empty());
    }
}

#[test]
fn a_poisoned_change_is_refused_by_its_name_and_the_rest_is_taken() {
    let (application, mut changes) = changes();
    let mut ledger = Committedly::default();
    // Compressed, so that it could swell; correctly signed.
    let mut poisoned = changes[1].clone();
    poisoned[8] = 2;
    changes.push(poisoned.clone());
    let plan = pushed(&mut ledger, signed_push(application.id(), SCOPE, &changes)).unwrap();
    assert_eq!(codes(&plan), [SyncCode::ChangeMalformed]);
    assert_eq!(plan.refused[0].change, ChangeHash::of(&poisoned[8..]));
    assert_eq!(plan.rows.len(), changes.len() - 1);
}

#[test]
fn what_follows_a_change_that_is_not_here_waits_and_a_copied_actor_is_refused() {
    let (application, changes) = changes();
    let mut ledger = Committedly::default();
    let plan = pushed(&mut ledger, signed_push(application.id(), SCOPE, &changes[1..])).unwrap();
    assert_eq!(codes(&plan), vec![SyncCode::DependencyMissing; changes.len() - 1]);
    let stamp = two_devices::advisor(1, 0);
    let mut one = two_devices::device(1);
    let mut copied = one.clone();
    let first = one.enter_field(Field::Brand, "A", &stamp).unwrap();
    let second = copied.enter_field(Field::Brand, "B", &stamp).unwrap();
    let plan = pushed(&mut ledger, signed_push(one.id(), SCOPE, &[first.bytes, second.bytes])).unwrap();
    assert_eq!((plan.rows.len(), codes(&plan)), (1, vec![SyncCode::ActorReused]));
}

#[test]
fn a_revoked_device_hands_over_into_quarantine_and_does_nothing_else() {
    let (application, changes) = changes();
    let mut ledger = Committedly { revoked: Some(Revoked::HandOver), ..Committedly::default() };
    let plan = pushed(&mut ledger, signed_push(application.id(), SCOPE, &changes)).unwrap();
    assert!(plan.quarantine && plan.rows.len() == changes.len());
    let mut session = session();
    assert_eq!(
        session.handle_revoked(Revoked::HandOver),
        [ServerEffect::Send(Frame::Revoked(Revoked::HandOver))]
    );
    let pull = crate::protocol::sync::Pull { scope: SCOPE, cursor: 0 };
    assert_eq!(
        session.handle_frame(Ok(Frame::Pull(pull)), at(4)),
        [ServerEffect::Send(Frame::Revoked(Revoked::HandOver))],
        "told again, and given nothing"
    );
    let erased = session.handle_revoked(Revoked::Erase);
    assert_eq!(erased[0], ServerEffect::NoteLost(DEVICE, 3), "the office sees what went with it");
    assert_eq!(erased.last(), Some(&ServerEffect::Close));
}

#[test]
fn nobody_gets_in_without_proof_and_nothing_happens_before_it() {
    let hello = Frame::Hello(crate::protocol::sync::Hello { device: DEVICE, schema: 1, unsynced: 0 });
    let wrong = Frame::Auth(crate::protocol::sync::Auth { signature: Signature([3; 64]) });
    let pull = Frame::Pull(crate::protocol::sync::Pull { scope: SCOPE, cursor: 0 });
    let refused = |effects: Vec<ServerEffect>, code| {
        assert_eq!(effects.last(), Some(&ServerEffect::Close));
        assert!(
            matches!(&effects[0], ServerEffect::Send(Frame::Error(refusal)) if refusal.code == code),
            "{effects:?}"
        );
    };
    let mut session = Session::open([9; 32], at(0));
    refused(session.handle_frame(Ok(pull), at(1)), SyncCode::OutOfOrder);
    let mut session = Session::open([9; 32], at(0));
    session.handle_frame(Ok(hello.clone()), at(1));
    refused(session.handle_identified(None), SyncCode::NotEnrolled);
    let mut session = Session::open([9; 32], at(0));
    session.handle_frame(Ok(hello), at(1));
    session.handle_identified(Some(known()));
    refused(session.handle_frame(Ok(wrong), at(2)), SyncCode::NotEnrolled);
    let mut session = Session::open([9; 32], at(0));
    refused(session.handle_tick(at(60_000)), SyncCode::OutOfOrder);
}

#[test]
fn one_submission_stands_and_it_is_complete_when_every_photo_is_what_was_sealed() {
    let (application, changes) = changes();
    let mut ledger = Committedly::default();
    let manifest = |number: u8| PhotoManifest {
        submission: SubmissionId::from_bytes([number; 16]),
        document: application.id(),
        heads: application.heads(),
        photos: vec![crate::protocol::sync::ManifestPhoto {
            id: PhotoId::from_bytes([7; 16]),
            plain: PhotoHash::of(b"plain"),
            cipher: PhotoHash::of(b"cipher"),
            cipher_bytes: 6,
        }],
        signature: Signature([0; 64]),
    };
    assert_eq!(admit_manifest(&ledger, DEVICE, &manifest(1)), Err(SyncCode::DependencyMissing));
    pushed(&mut ledger, signed_push(application.id(), SCOPE, &changes)).unwrap();
    ledger.submission = admit_manifest(&ledger, DEVICE, &manifest(1)).unwrap();
    assert_eq!(admit_manifest(&ledger, DEVICE, &manifest(1)), Ok(None), "done once");
    assert_eq!(admit_manifest(&ledger, DEVICE, &manifest(2)), Ok(None), "the first one stands");
    let changed = PhotoManifest { photos: Vec::new(), ..manifest(1) };
    assert_eq!(admit_manifest(&ledger, DEVICE, &changed), Err(SyncCode::SubmissionReused));
    let state = |ledger: &Committedly| receipt(ledger, TENANT, application.id()).map(|receipt| receipt.state);
    assert_eq!(state(&ledger), Some(ReceiptState::Received));
    ledger.photos.insert(PhotoId::from_bytes([7; 16]), (PhotoHash::of(b"something else"), 6));
    assert_eq!(state(&ledger), Some(ReceiptState::Received));
    ledger.photos.insert(PhotoId::from_bytes([7; 16]), (PhotoHash::of(b"cipher"), 6));
    assert_eq!(state(&ledger), Some(ReceiptState::Complete));
}

fn device(boot: DeviceBoot) -> Device {
    let me = Identity { device: DEVICE, tenant: TENANT, key: key(), schema: 1 };
    Device::boot(me, boot, at(0))
}

/// A device that the server let in.
fn online() -> Device {
    let mut device = device(DeviceBoot::default());
    assert_eq!(device.handle_tick(at(1)), [Effect::Lock, Effect::Connect]);
    device.handle_connected(at(2));
    let challenge = crate::protocol::sync::Challenge { nonce: [9; 32] };
    device.handle_frame(Ok(Frame::Challenge(challenge)), at(3));
    let scopes = vec![crate::protocol::sync::Scope { scope: SCOPE, head: 0 }];
    let welcome = crate::protocol::sync::Welcome { tenant: TENANT, scopes, lease_seconds: 100 };
    let effects = device.handle_frame(Ok(Frame::Welcome(welcome)), at(4));
    for effect in effects {
        if let Effect::Store(transaction) = effect {
            device.handle_stored(transaction.id, Stored::Done, at(5));
        }
    }
    device
}

fn edit() -> (Application, Edit) {
    let mut application = two_devices::device(3);
    let edit = application.enter_field(Field::Brand, "红旗", &two_devices::advisor(1, 0)).unwrap();
    (application, edit)
}

fn stored(effects: &[Effect]) -> Transaction {
    let store = |effect: &Effect| match effect {
        Effect::Store(transaction) => Some(transaction.clone()),
        _ => None,
    };
    effects.iter().find_map(store).unwrap()
}

fn sent(effects: &[Effect]) -> Vec<&Frame> {
    let send = |effect: &'_ Effect| matches!(effect, Effect::Send(_));
    effects
        .iter()
        .filter(|effect| send(effect))
        .map(|effect| match effect {
            Effect::Send(frame) => frame,
            _ => unreachable!(),
        })
        .collect()
}

#[test]
fn nothing_is_sent_before_it_is_stored_and_nothing_is_removed_before_it_is_acknowledged() {
    let mut device = online();
    let (application, edit) = edit();
    let effects =
        device.handle_edit(application.id(), SCOPE, std::slice::from_ref(&edit), None, at(10)).unwrap();
    let transaction = stored(&effects);
    assert_eq!(effects.len(), 1, "one transaction and nothing else");
    assert!(matches!(transaction.writes.as_slice(), [Write::Change { .. }, Write::Outbox(_), Write::Row(_)]));
    assert_eq!(sent(&device.handle_tick(at(11))), [] as [&Frame; 0]);
    assert_eq!(device.unsynced()[0].state, RowState::Saving);
    let effects = device.handle_stored(transaction.id, Stored::Done, at(12));
    let [Frame::Push(push)] = sent(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(device.unsynced()[0].state, RowState::Sent);
    let ack = PushAck {
        number: push.number,
        steps: vec![ScopeStep { scope: SCOPE, before: 0, after: 1 }],
        refused: vec![],
        quarantined: false,
    };
    let effects = device.handle_frame(Ok(Frame::PushAck(ack.clone())), at(13));
    let removal = stored(&effects);
    assert_eq!(removal.writes, [Write::OutboxRemove(0), Write::Cursor(SCOPE, 1)]);
    assert_eq!(device.unsynced().len(), 1, "not before storage says so");
    device.handle_stored(removal.id, Stored::Done, at(14));
    assert_eq!(device.unsynced(), []);
    assert_eq!(
        device.handle_frame(Ok(Frame::PushAck(ack)), at(15)),
        [],
        "a doubled acknowledgement is nothing"
    );
}

#[test]
fn without_room_the_person_is_told_and_nothing_is_sent() {
    let mut device = online();
    let (application, edit) = edit();
    let effects = device.handle_edit(application.id(), SCOPE, &[edit], None, at(10)).unwrap();
    let effects = device.handle_stored(stored(&effects).id, Stored::Full, at(11));
    assert_eq!(effects, [Effect::Tell(SyncCode::StorageFull)]);
    assert_eq!(device.unsynced(), []);
}

/// What another device entered, as the scope's changes between two numbers.
fn changes_of_another() -> impl Fn(u64, u64) -> Result<Frame, SyncCode> {
    let (application, edit) = edit();
    move |from, to| {
        let document = application.id();
        let changes = vec![Bytes(edit.bytes.clone())];
        let documents = vec![crate::protocol::sync::Sent { document, changes }];
        Ok(Frame::Changes(Changes { scope: SCOPE, from, to, more: false, documents }))
    }
}

#[test]
fn a_gap_is_asked_for_again_and_an_overlap_does_no_harm() {
    let mut device = online();
    let changes = changes_of_another();
    let effects = device.handle_frame(changes(2, 3), at(20));
    assert!(matches!(sent(&effects)[..], [Frame::Pull(pull)] if pull.cursor == 0), "{effects:?}");
    let effects = device.handle_frame(changes(0, 2), at(21));
    let transaction = stored(&effects);
    assert_eq!(transaction.writes.last(), Some(&Write::Cursor(SCOPE, 2)));
    device.handle_stored(transaction.id, Stored::Done, at(22));
    assert_eq!(device.handle_frame(changes(0, 2), at(23)), []);
    let effects = device.handle_frame(changes(1, 3), at(24));
    assert_eq!(stored(&effects).writes.last(), Some(&Write::Cursor(SCOPE, 3)));
}

#[test]
fn nothing_is_stored_past_what_is_still_being_stored_and_may_fail() {
    let mut device = online();
    let changes = changes_of_another();
    let first = stored(&device.handle_frame(changes(0, 2), at(20)));
    assert_eq!(
        device.handle_frame(changes(2, 3), at(21)),
        [],
        "a cursor of 3 would pass what is not durable"
    );
    let effects = device.handle_stored(first.id, Stored::Done, at(22));
    assert!(matches!(sent(&effects)[..], [Frame::Pull(pull)] if pull.cursor == 2), "{effects:?}");
}

#[test]
fn an_expired_lease_locks_and_keeps_everything() {
    let mut device = online();
    let (application, edit) = edit();
    let effects =
        device.handle_edit(application.id(), SCOPE, std::slice::from_ref(&edit), None, at(10)).unwrap();
    device.handle_stored(stored(&effects).id, Stored::Done, at(11));
    device.handle_disconnected(at(12));
    assert!(device.handle_tick(at(200_000)).contains(&Effect::Lock));
    assert_eq!(
        device.handle_edit(application.id(), SCOPE, &[edit], None, at(200_001)),
        Err(NotTaken::Locked)
    );
    assert_eq!(device.unsynced().len(), 1);
}

#[test]
fn a_stolen_device_destroys_its_key_and_calls_no_more() {
    let mut device = online();
    let effects = device.handle_frame(Ok(Frame::Revoked(Revoked::Erase)), at(20));
    assert_eq!(effects, [Effect::EraseKey, Effect::Disconnect, Effect::Tell(SyncCode::Revoked)]);
    assert_eq!(device.handle_tick(at(1_000_000)).len(), 1, "the lock, and no connection");
}
