//! Advisors' devices over the real connection: what one enters is on the other at once, nothing acknowledged is lost
//! when the server dies, a revoked device only hands over, and nothing of it lies readable on the disk.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use shared::document::{Field, Repairing, Source, Stamp};
use shared::domain::{AccountId, DocumentId};
use shared::protocol::sync::{Digest, DocumentDigest, Frame, Pull, Repair, Revoked, SyncCode, head_digest};
use shared::sync::RowState;
use tests::intake::Staff;
use tests::phone::{Enrolment, Phone, Raw, Storage};
use tests::world::{PATIENCE, Server};

fn stamp() -> Stamp {
    Stamp { source: Source::advisor(AccountId::from_bytes([1; 16])), at: Timestamp::now() }
}

fn shown(phone: &mut Phone, document: DocumentId, field: Field) -> Option<String> {
    phone.document(document)?.field(field).shown().map(|entry| entry.text.clone())
}

/// Both take part until the condition holds.
async fn both(a: &mut Phone, b: &mut Phone, what: &str, mut met: impl FnMut(&mut Phone, &mut Phone) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !met(a, b) {
        assert!(Instant::now() < deadline, "waited in vain for {what}; told {:?} {:?}", a.told, b.told);
        a.live().await.unwrap();
        b.live().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_device_enters_is_on_the_other_within_a_second_and_a_new_one_gets_it_all() {
    let server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 1).await.unwrap();
    let mut tablet = Phone::enrol(&advisor, "平板", 2).await.unwrap();
    assert_eq!(phone.enrolment.scope, tablet.enrolment.scope, "one advisor's devices share their work");
    // A lease comes with the first connection; before, nothing can be entered.
    phone.until("a lease", PATIENCE, |phone| !phone.machine().is_locked()).await.unwrap();
    tablet.until("a lease", PATIENCE, |tablet| !tablet.machine().is_locked()).await.unwrap();

    let document = phone.begin().unwrap();
    phone.edit(document, |a| a.enter_field(Field::Name, "唐样本", &stamp())).unwrap();
    both(&mut phone, &mut tablet, "the name on the tablet", |_, tablet| {
        shown(tablet, document, Field::Name).is_some()
    })
    .await;
    let entered = Instant::now();
    phone.edit(document, |a| a.enter_field(Field::Mileage, "42000", &stamp())).unwrap();
    both(&mut phone, &mut tablet, "the mileage on the tablet", |_, tablet| {
        shown(tablet, document, Field::Mileage).as_deref() == Some("42000")
    })
    .await;
    let took = entered.elapsed();
    assert!(took < Duration::from_secs(1), "{took:?}");
    both(&mut phone, &mut tablet, "everything to be safe", |phone, tablet| {
        phone.unsynced().is_empty() && tablet.unsynced().is_empty()
    })
    .await;

    // Both type while neither has a signal: nobody's value is lost, and a person settles it.
    phone.cut();
    tablet.cut();
    phone.edit(document, |a| a.enter_field(Field::Price, "100000", &stamp())).unwrap();
    tablet.edit(document, |a| a.enter_field(Field::Price, "98000", &stamp())).unwrap();
    both(&mut phone, &mut tablet, "both prices on both", |phone, tablet| {
        [phone, tablet].into_iter().all(|device| {
            let Some(application) = device.document(document) else { return false };
            application.field(Field::Price).choices().count() == 2
        })
    })
    .await;
    tablet.edit(document, |a| a.settle(Field::Price, "98000", &stamp())).unwrap();
    both(&mut phone, &mut tablet, "the settled price", |phone, _| {
        phone.document(document).unwrap().field(Field::Price).choices().count() <= 1
            && shown(phone, document, Field::Price).as_deref() == Some("98000")
    })
    .await;

    let mut fresh = Phone::enrol(&advisor, "新手机", 3).await.unwrap();
    fresh
        .until("the whole document on a new device", PATIENCE, |fresh| {
            shown(fresh, document, Field::Price).as_deref() == Some("98000")
        })
        .await
        .unwrap();
    assert_eq!(
        fresh.document(document).unwrap().heads(),
        phone.document(document).unwrap().heads(),
        "the new device holds something else"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_acknowledged_is_lost_when_the_server_is_killed_again_and_again() {
    let mut server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 11).await.unwrap();
    phone.until("a lease", PATIENCE, |phone| !phone.machine().is_locked()).await.unwrap();
    let document = phone.begin().unwrap();
    let mut acknowledged = 0;
    for round in 0..4 {
        for edit in 0..30 {
            let mileage = (round * 1_000 + edit).to_string();
            phone.edit(document, |a| a.enter_field(Field::Mileage, &mileage, &stamp())).unwrap();
            phone.live().await.unwrap();
        }
        // Wherever it is just now.
        server.kill_server().await.unwrap();
        phone = phone.reboot().unwrap();
        acknowledged += 30 - phone.unsynced().len().min(30);
        server.restart().await.unwrap();
        phone.until("everything to be safe", PATIENCE, |phone| phone.unsynced().is_empty()).await.unwrap();
    }
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let mut fresh = Phone::enrol(&advisor, "新手机", 12).await.unwrap();
    fresh
        .until("the last mileage", PATIENCE, |fresh| {
            shown(fresh, document, Field::Mileage).as_deref() == Some("3029")
        })
        .await
        .unwrap();
    assert_eq!(fresh.storage.log[&document].len(), phone.storage.log[&document].len(), "{acknowledged}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_device_only_hands_over_and_a_stolen_one_is_erased() {
    let server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let controller = Staff::sign_in(&server, "controller").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 21).await.unwrap();
    let mut tablet = Phone::enrol(&advisor, "平板", 22).await.unwrap();
    both(&mut phone, &mut tablet, "both to be let in", |phone, tablet| {
        !phone.machine().is_locked() && !tablet.machine().is_locked()
    })
    .await;
    let revoke = |device: String, how: &'static str| {
        let controller = &controller;
        async move {
            let path = format!("/api/v1/devices/{device}/revoke");
            controller.post(&path, &json!({"how": how})).await.unwrap()
        }
    };

    // Out of use with something unsent: that goes into quarantine, where no other device gets it.
    phone.cut();
    let document = phone.begin().unwrap();
    phone.edit(document, |a| a.enter_field(Field::Name, "唐样本", &stamp())).unwrap();
    let (status, _) = revoke(phone.enrolment.device.to_string(), "hand_over").await;
    assert_eq!(status, 204);
    phone
        .until("the outbox to be handed over", PATIENCE, |phone| {
            phone.storage.revoked == Some(Revoked::HandOver)
                && phone.unsynced().iter().all(|item| matches!(item.state, RowState::Aside(_)))
        })
        .await
        .unwrap();
    assert!(phone.edit(document, |a| a.enter_field(Field::Mileage, "1", &stamp())).is_err());
    let mut raw = Raw::connect(&server.url).await.unwrap();
    let answer = raw.prove(phone.enrolment.device, &phone.enrolment.key, 1).await.unwrap();
    assert_eq!(answer, Frame::Revoked(Revoked::HandOver));
    // Whatever it asks, it hears of nothing else: not what is on offer, not how cases stand.
    for _ in 0..3 {
        raw.say(&Frame::Digest(Digest { documents: Vec::new() })).await.unwrap();
        assert_eq!(raw.hear_all().await.unwrap(), Frame::Revoked(Revoked::HandOver));
    }
    let mut fresh = Phone::enrol(&advisor, "新手机", 23).await.unwrap();
    fresh.until("a lease", PATIENCE, |fresh| !fresh.machine().is_locked()).await.unwrap();
    assert!(fresh.document(document).is_none(), "what lies in quarantine was sent to another device");

    // Stolen while it is connected: it hears of it at once, destroys its key and is told nothing more.
    let other = tablet.begin().unwrap();
    tablet.edit(other, |a| a.enter_field(Field::Name, "唐样本", &stamp())).unwrap();
    tablet.until("everything to be safe", PATIENCE, |tablet| tablet.unsynced().is_empty()).await.unwrap();
    let (status, _) = revoke(tablet.enrolment.device.to_string(), "erase").await;
    assert_eq!(status, 204);
    tablet.until("the erasure", PATIENCE, |tablet| tablet.storage.log.is_empty()).await.unwrap();

    let lines = advisor.see("/api/v1/devices").await.unwrap();
    let lines: serde_json::Value = serde_json::from_slice(&lines.body).unwrap();
    let of = |name: &str| {
        lines.as_array().unwrap().iter().find(|line| line["name"] == name).unwrap()["revoked"].clone()
    };
    assert_eq!((of("手机"), of("平板"), of("新手机")), (json!("hand_over"), json!("erase"), json!(null)));
    // An advisor reaches only devices of their own; nobody's devices are found by a reviewer.
    let reviewer = Staff::sign_in(&server, "reviewer").await.unwrap();
    assert_eq!(reviewer.see("/api/v1/devices").await.unwrap().status, 403);
    assert_eq!(
        controller.post("/api/v1/devices", &json!({"name": "x", "public_key": ""})).await.unwrap().0,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_honest_device_says_is_refused_and_harms_nobody() {
    let server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let manager = Staff::sign_in(&server, "manager").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 31).await.unwrap();
    phone.until("a lease", PATIENCE, |phone| !phone.machine().is_locked()).await.unwrap();
    let document = phone.begin().unwrap();
    phone.edit(document, |a| a.enter_field(Field::Name, "唐样本", &stamp())).unwrap();
    phone.until("everything to be safe", PATIENCE, |phone| phone.unsynced().is_empty()).await.unwrap();
    let url = &server.url;
    let mine = phone.enrolment.clone();
    let change = phone.storage.log[&document][0].clone();

    // Somebody who is not enrolled, or has another's key, or a newer schema; whoever does not know the language.
    let theirs = Enrolment::new(&manager, "经理", 32).await.unwrap();
    let mut raw = Raw::connect(url).await.unwrap();
    assert!(refuses(raw.prove(mine.device, &theirs.key, 1).await.unwrap(), SyncCode::NotEnrolled));
    assert!(raw.is_over().await.unwrap());
    let mut raw = Raw::connect(url).await.unwrap();
    let nobody = shared::domain::DeviceId::from_bytes([9; 16]);
    assert!(refuses(raw.prove(nobody, &mine.key, 1).await.unwrap(), SyncCode::NotEnrolled));
    let mut raw = Raw::connect(url).await.unwrap();
    assert!(refuses(raw.prove(mine.device, &mine.key, 9).await.unwrap(), SyncCode::VersionUnknown));
    let mut raw = Raw::connect(url).await.unwrap();
    raw.say(&Frame::Pull(Pull { scope: mine.scope, cursor: 0 })).await.unwrap();
    assert_eq!(raw.refusal().await.unwrap().code, SyncCode::OutOfOrder);
    let plain = tests::world::http().unwrap().get(format!("{url}/sync")).send().await.unwrap();
    assert_eq!(plain.status().as_u16(), 426);

    // Bytes that are no frame, a frame that unpacks to more than one may be, and one that is far too long.
    for (bytes, code) in [
        (vec![7, 7, 7], SyncCode::FrameMalformed),
        (bomb(), SyncCode::FrameTooLarge),
        (vec![0, 99, 1, 2], SyncCode::VersionUnknown),
    ] {
        let mut raw = Raw::connect(url).await.unwrap();
        raw.send(bytes).await.unwrap();
        let refusal = raw.refusal().await.unwrap();
        assert_eq!((refusal.code, refusal.closes), (code, true));
        assert!(raw.is_over().await.unwrap());
    }
    let mut raw = Raw::connect(url).await.unwrap();
    let _ = raw.send(vec![0; 100 * 1024 * 1024]).await; // the server may hang up before all of it has left
    assert!(matches!(
        raw.refusal().await,
        Err(_) | Ok(shared::protocol::sync::Refusal { code: SyncCode::FrameTooLarge, .. })
    ));

    // A push that somebody changed on the way.
    let (mut raw, _) = Raw::come_in(url, &mine).await.unwrap();
    let mut push = raw.push_of(&mine, document, mine.scope, vec![change.clone()]);
    push.signature.0[0] ^= 1;
    raw.say(&Frame::Push(push)).await.unwrap();
    assert_eq!(raw.refusal().await.unwrap().code, SyncCode::SignatureWrong);
    assert!(raw.is_over().await.unwrap());

    // The same batch again changes nothing; bytes that are no change are refused one by one; another's document does
    // not exist; a scope of somebody else's neither.
    let (mut raw, _) = Raw::come_in(url, &mine).await.unwrap();
    let again = raw.acknowledged(&mine, document, mine.scope, vec![change.clone()]).await.unwrap();
    assert!(again.steps.is_empty() && again.refused.is_empty(), "{again:?}");
    let nonsense = raw.acknowledged(&mine, document, mine.scope, vec![vec![0x85; 64]]).await.unwrap();
    assert_eq!(nonsense.refused[0].code, SyncCode::ChangeMalformed);
    let (mut stranger, _) = Raw::come_in(url, &theirs).await.unwrap();
    let stolen = stranger.acknowledged(&theirs, document, theirs.scope, vec![change.clone()]).await.unwrap();
    assert_eq!(stolen.refused[0].code, SyncCode::DocumentUnknown);
    let fresh = DocumentId::from_bytes([5; 16]);
    let elsewhere = stranger.acknowledged(&theirs, fresh, mine.scope, vec![change.clone()]).await.unwrap();
    assert_eq!(elsewhere.refused[0].code, SyncCode::ScopeUnknown);
    stranger.say(&Frame::Pull(Pull { scope: mine.scope, cursor: 0 })).await.unwrap();
    assert_eq!(stranger.refusal().await.unwrap().code, SyncCode::ScopeUnknown);
    stranger
        .say(&Frame::Digest(Digest { documents: vec![DocumentDigest { document, digest: [0; 16] }] }))
        .await
        .unwrap();
    stranger.say(&Frame::Repair(Repair { document, message: repair_of_nothing(document) })).await.unwrap();
    assert_eq!(
        stranger.refusal().await.unwrap().code,
        SyncCode::RepairFailed,
        "nothing differs for a stranger"
    );

    // Damaged messages of a repair end in a refusal, and the sound one is answered.
    let mut damaged = repair_of_nothing(document);
    damaged.0.truncate(3);
    raw.say(&Frame::Repair(Repair { document, message: damaged })).await.unwrap();
    assert_eq!(raw.refusal().await.unwrap().code, SyncCode::RepairFailed);
    raw.say(&Frame::Digest(Digest {
        documents: vec![DocumentDigest { document, digest: head_digest(&[]) }],
    }))
    .await
    .unwrap();
    assert!(
        matches!(raw.hear().await.unwrap(), Frame::Differ(differ) if differ.documents == [document.to_bytes()])
    );

    // A phone that lost everything but its key gets the document by a repair, message by message.
    let mut actor = [8; 16];
    actor[0] = 1;
    let mut empty =
        shared::document::Application::begin(document, shared::document::Actor::fresh(actor)).unwrap();
    let (mut repairing, mut message) = Repairing::begin(&empty);
    let mut rounds = 0;
    while empty.heads() != phone.document(document).unwrap().heads() {
        rounds += 1;
        assert!(rounds < 8, "the repair does not come to an end");
        let message_now = shared::protocol::sync::Bytes(message.clone());
        raw.say(&Frame::Repair(Repair { document, message: message_now })).await.unwrap();
        let Frame::Repair(answer) = raw.hear().await.unwrap() else { panic!("no answer") };
        let repaired = repairing.hear(&mut empty, &answer.message.0).unwrap();
        message = repaired.next.unwrap_or_default();
    }

    // After all this the honest phone goes on as before.
    phone.edit(document, |a| a.enter_field(Field::Mileage, "7", &stamp())).unwrap();
    phone.until("everything to be safe", PATIENCE, |phone| phone.unsynced().is_empty()).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_entered_lies_readable_on_the_servers_disk() {
    let mut server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 41).await.unwrap();
    phone.until("a lease", PATIENCE, |phone| !phone.machine().is_locked()).await.unwrap();
    let document = phone.begin().unwrap();
    let planted =
        [(Field::Name, "欧阳样本甲"), (Field::IdNumber, "110105198004197592"), (Field::Phone, "13911112222")];
    for (field, text) in planted {
        phone.edit(document, |a| a.enter_field(field, text, &stamp())).unwrap();
    }
    phone.until("everything to be safe", PATIENCE, |phone| phone.unsynced().is_empty()).await.unwrap();
    server.stop().await.unwrap();
    let mut files = 0;
    let mut folders = vec![server.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let bytes = std::fs::read(&path).unwrap();
            for (_, text) in planted {
                let hit = bytes.windows(text.len()).any(|window| window == text.as_bytes());
                assert!(!hit, "{text} can be read in {}", path.display());
            }
        }
    }
    assert!(files > 3, "{files} files were looked at");
    assert!(!server.log().contains("110105198004197592"));
    // The same words are there for whoever may have them.
    let rolled_back = Storage::default();
    server.restart().await.unwrap();
    let mut again = Phone::start(&server.url, phone.enrolment.clone(), rolled_back, 42).unwrap();
    again
        .until("the number on the device", PATIENCE, |again| {
            shown(again, document, Field::IdNumber).as_deref() == Some("110105198004197592")
        })
        .await
        .unwrap();
}

fn refuses(frame: Frame, code: SyncCode) -> bool {
    matches!(frame, Frame::Error(refusal) if refusal.code == code && refusal.closes)
}

fn repair_of_nothing(document: DocumentId) -> shared::protocol::sync::Bytes {
    let empty =
        shared::document::Application::begin(document, shared::document::Actor::fresh([3; 16])).unwrap();
    shared::protocol::sync::Bytes(Repairing::begin(&empty).1)
}

/// Some kilobytes that unpack to 64 megabytes.
fn bomb() -> Vec<u8> {
    let mut frame = vec![0; 64 * 1024 * 1024];
    frame[0] = 1;
    shared::protocol::sync::pack(&frame)
}
