//! The office watches devices: what one says of itself is on the page at once, what is set aside is offered again, and what
//! a device handed over when it was taken out of use is taken over into its owner's applications.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::Instant;

use jiff::Timestamp;
use shared::document::{Field, Source, Stamp};
use shared::domain::{AccountId, DocumentId};
use shared::protocol::sync::{
    DeviceReport, Frame, ReportedCursor, ReportedItem, ReportedState, ReportedStorage, ReportedWhat, Revoked,
};
use shared::sync::RowState;
use tests::intake::Staff;
use tests::phone::{Enrolment, Phone, Raw};
use tests::world::{Desk, PATIENCE, Server};

fn stamp() -> Stamp {
    Stamp { source: Source::advisor(AccountId::from_bytes([1; 16])), at: Timestamp::now() }
}

/// A device with a change that was set aside two hours ago, whose clock is an hour behind.
fn report(enrolment: &Enrolment) -> DeviceReport {
    let at_ms = Timestamp::now().as_millisecond() - 3_600_000;
    DeviceReport {
        app: "0.0.1".into(),
        at_ms,
        unsynced: 3,
        aside: 1,
        photo_bytes: 5_242_880,
        oldest_ms: Some(at_ms - 2 * 3_600_000),
        storage: Some(ReportedStorage { kept: false, free: Some(1_048_576) }),
        cursors: vec![ReportedCursor { scope: enrolment.scope, cursor: 0 }],
        items: vec![ReportedItem {
            document: DocumentId::from_bytes([0x5a; 16]),
            what: ReportedWhat::Change,
            state: ReportedState::Aside("sync_change_too_large".into()),
            count: 1,
            bytes: 0,
        }],
    }
}

/// Hears the next event.
async fn event(stream: &mut reqwest::Response) {
    loop {
        let chunk = stream.chunk().await.unwrap().unwrap();
        if String::from_utf8_lossy(&chunk).contains("event: changed") {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_says_of_itself_is_on_the_page_at_once_and_the_office_may_answer() {
    let server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let controller = Desk::of(&server, "controller").await.unwrap();
    let enrolment = Enrolment::new(&advisor, "店里的平板", 1).await.unwrap();
    let here = format!("/office/sync/{}", enrolment.device);
    let (mut raw, _) = Raw::come_in(&server.url, &enrolment).await.unwrap();
    let mut events = controller.listen("/office/sync/events").await.unwrap();
    event(&mut events).await;

    raw.say(&Frame::Report(report(&enrolment))).await.unwrap();
    // The first may still be that it came.
    let deadline = Instant::now() + PATIENCE;
    let page = loop {
        event(&mut events).await;
        let page = controller.page(&here).await.unwrap();
        if page.contains("超过 1 小时未同步") {
            break page;
        }
        assert!(Instant::now() < deadline, "{page}");
    };
    for said in ["有隔离项", "版本不同", "存储可能被清理", "时钟不准", "慢 36", "5.0 MB", "0.0.1", "在线"]
    {
        assert!(page.contains(said), "{said}: {page}");
    }
    let list = controller.page("/office/sync?show=alarm&who=ADVISOR").await.unwrap();
    assert!(list.contains("店里的平板") && list.contains(&here), "{list}");
    assert!(!controller.page("/office/sync?who=nobody").await.unwrap().contains("店里的平板"));
    assert!(!controller.page("/office/sync?show=revoked").await.unwrap().contains("店里的平板"));

    let (status, said) = controller.send_form(&here, &format!("{here}/offer-again"), &[]).await.unwrap();
    assert_eq!(status, 200, "{said}");
    assert_eq!(raw.hear().await.unwrap(), Frame::OfferAgain);
    // An advisor sees their own devices in the app, and nobody's here; a reviewer none at all.
    for role in ["advisor", "reviewer", "designer"] {
        let other = Desk::of(&server, role).await.unwrap();
        for path in ["/office/sync", &here, "/office/sync/events"] {
            let page = other.page(path).await.unwrap();
            assert!(!page.contains("店里的平板") && !page.contains("changed"), "{role} {path}: {page}");
        }
    }
    // It goes, and the page says so.
    drop(raw);
    let deadline = Instant::now() + PATIENCE;
    while controller.page("/office/sync?show=connected").await.unwrap().contains("店里的平板") {
        assert!(Instant::now() < deadline, "it is gone and still shown as connected");
        event(&mut events).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_handed_over_is_taken_over_into_its_owners_applications() {
    let server = Server::start_demo().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let controller = Desk::of(&server, "controller").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 1).await.unwrap();
    let mut tablet = Phone::enrol(&advisor, "平板", 2).await.unwrap();
    phone.until("a lease", PATIENCE, |phone| !phone.machine().is_locked()).await.unwrap();
    tablet.until("a lease", PATIENCE, |tablet| !tablet.machine().is_locked()).await.unwrap();
    // One application that both know, and one that only the phone has.
    let shared = phone.begin().unwrap();
    phone.edit(shared, |a| a.enter_field(Field::Name, "唐样本", &stamp())).unwrap();
    phone.until("everything to be safe", PATIENCE, |phone| phone.unsynced().is_empty()).await.unwrap();
    tablet.until("it on the tablet", PATIENCE, |tablet| tablet.document(shared).is_some()).await.unwrap();
    phone.cut();
    let own = phone.begin().unwrap();
    for (document, field, text) in
        [(shared, Field::Mileage, "42000"), (own, Field::Name, "王样本"), (own, Field::Mileage, "7")]
    {
        phone.edit(document, |a| a.enter_field(field, text, &stamp())).unwrap();
    }
    let here = format!("/office/sync/{}", phone.enrolment.device);
    let revoke = format!("{here}/revoke");
    let (status, said) = controller.send_form(&here, &revoke, &[("how", "hand_over")]).await.unwrap();
    assert!(status == 200 && said.contains("已停用"), "{status} {said}");
    let handed_over = |phone: &mut Phone| {
        phone.storage.revoked == Some(Revoked::HandOver)
            && phone.unsynced().iter().all(|item| matches!(item.state, RowState::Aside(_)))
    };
    phone.until("the outbox to be handed over", PATIENCE, handed_over).await.unwrap();

    let page = controller.page(&here).await.unwrap();
    assert!(page.contains("停用后交回的内容"), "{page}");
    assert!(tablet.document(own).is_none(), "what lies in quarantine was sent to another device");
    for document in [own, shared] {
        let take = format!("{here}/take-over");
        let fields = [("document", &*document.to_string())];
        let (status, said) = controller.send_form(&here, &take, &fields).await.unwrap();
        assert!(status == 200 && said.contains("0 处仍在隔离"), "{status} {said}");
        // Twice is once.
        if document == own {
            let (status, said) = controller.send_form(&here, &take, &fields).await.unwrap();
            assert!(status == 200 && said.contains("已接管 0 处"), "{status} {said}");
        }
    }
    let shows = |tablet: &mut Phone, document, field| {
        tablet.document(document).and_then(|a| a.field(field).shown().map(|entry| entry.text.clone()))
    };
    tablet
        .until("what was taken over on the tablet", PATIENCE, |tablet| {
            shows(tablet, own, Field::Mileage).as_deref() == Some("7")
                && shows(tablet, own, Field::Name).as_deref() == Some("王样本")
                && shows(tablet, shared, Field::Mileage).as_deref() == Some("42000")
        })
        .await
        .unwrap();
    assert!(!controller.page(&here).await.unwrap().contains("停用后交回的内容"), "it is still in quarantine");
    // The device stays out of use.
    let mut raw = Raw::connect(&server.url).await.unwrap();
    let answer = raw.prove(phone.enrolment.device, &phone.enrolment.key, 1).await.unwrap();
    assert_eq!(answer, Frame::Revoked(Revoked::HandOver));
}
