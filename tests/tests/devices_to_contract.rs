//! From an advisor's phone without a signal to a contract: the case opens by itself, the customer finishes it on a phone of
//! their own, and nothing happens before they consent there.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use shared::document::{Actor, Application, ChangeHeader, Field, Needs, Slot};
use shared::domain::{ChangeHash, DocumentId, PhotoHash, SubmissionId};
use shared::protocol::sync::signed::{self, Signatory};
use shared::protocol::sync::{CaseNews, CaseStanding, Frame, PhotoManifest, ReceiptState, Signature};
use tests::cards::encode_jpeg;
use tests::intake::Staff;
use tests::phone::{Enrolment, Phone, Raw, Uploader, whole_case};
use tests::world::{
    Cli, Customer, Desk, Lab, PATIENCE, Server, Who, http, in_a_hurry, in_checkout, wait_until,
};

/// A phone that has heard what it needs to know, and then lost its signal.
async fn phone_in_the_yard(server: &Server, seed: u64) -> Phone {
    let advisor = Staff::sign_in(server, "advisor").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", seed).await.unwrap();
    phone.until("what is on offer", PATIENCE, |phone| phone.storage.on_offer.is_some()).await.unwrap();
    phone.cut();
    phone
}

async fn news(phone: &mut Phone, document: DocumentId, standing: CaseStanding) -> CaseNews {
    let stands =
        |phone: &mut Phone| phone.storage.cases.get(&document).is_some_and(|news| news.standing == standing);
    phone.until(&format!("{standing:?}"), PATIENCE, stands).await.unwrap();
    phone.storage.cases[&document].clone()
}

/// Rows of the server's database, as it is now.
fn rows(server: &Server, sql: &str) -> Vec<Vec<String>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let conn = Connection::open_with_flags(server.data().join("miaopi.db"), flags).unwrap();
    let mut statement = conn.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns)
            .map(|column| {
                Ok(match row.get::<_, rusqlite::types::Value>(column)? {
                    rusqlite::types::Value::Text(text) => text,
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    other => format!("{other:?}"),
                })
            })
            .collect()
    });
    rows.unwrap().collect::<Result<_, _>>().unwrap()
}

fn count(server: &Server, what: &str) -> u32 {
    rows(server, &format!("SELECT count(*) FROM {what}"))[0][0].parse().unwrap()
}

fn card() -> Vec<u8> {
    std::fs::read(in_checkout("assets/cards/sample-1.jpg")).unwrap()
}

fn customer(server: &Server, link: &str) -> Customer {
    // Whoever is asked for a number or a photo on this link has nothing to give: the photo does not exist.
    let who = Who { id_number: String::new(), photo: "nowhere.jpg".into(), ..Who::sample() };
    Customer::of(link, &server.lab_url, whole_case::CUSTOMER_PHONE, who).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_captured_without_a_signal_ends_in_a_signed_contract() {
    let server = in_a_hurry().start().await.unwrap();
    let mut phone = phone_in_the_yard(&server, 71).await;
    let offer = phone.storage.on_offer.clone().unwrap();
    assert_eq!(offer.name, server.account("advisor").unwrap().user);
    assert!(offer.plan_catalogue().is_some() && offer.plan_limits().is_some());
    assert_eq!(offer.consents[0].purpose, "process_identity");

    let document = phone.begin().unwrap();
    let photos = whole_case::fill(&mut phone, document).unwrap();
    whole_case::hand_in(&mut phone, document).unwrap();
    phone
        .until("the submission to be complete", PATIENCE, |phone| {
            phone.storage.receipts.get(&document).is_some_and(|it| it.state == ReceiptState::Complete)
        })
        .await
        .unwrap();
    let told = news(&mut phone, document, CaseStanding::Customer).await;
    assert!(told.number.starts_with("MP"), "{told:?}");
    assert_eq!(told.steps.last().map(|step| (step.kind.as_str(), &step.outcome)), Some(("intake", &None)));

    // Every photo was opened, and is the picture that was handed in.
    let verified = "capture_uploads WHERE plain_verified_at IS NOT NULL";
    assert_eq!(count(&server, verified) as usize, photos.len());
    assert_eq!(count(&server, "audit WHERE action = 'submission.photos_verified'"), 1);

    // The customer neither enters a number nor takes a photo. Their page works without JavaScript.
    let mut customer = customer(&server, &told.link);
    let (status, page) = customer.page().await.unwrap();
    assert!(status == 200 && page.contains("/start"), "{status}");
    let place = customer.place.clone();
    let end = customer.walk(|_| false).await.unwrap_or_else(|error| panic!("{error} at {place:?}"));
    assert_eq!((end["decision"].as_str(), end["page"].as_str()), (Some("approved"), Some("done")), "{end}");
    let signed = news(&mut phone, document, CaseStanding::Signed).await;
    assert_eq!(
        (signed.number.as_str(), signed.link.as_str()),
        (told.number.as_str(), ""),
        "nobody is handed it any more"
    );
    assert!(signed.steps.iter().all(|step| step.outcome.is_some()), "{signed:?}");
    assert!(signed.steps.iter().any(|step| step.kind == "sign"), "{signed:?}");

    // Another device of the advisor's hears it when it comes.
    let mut tablet = phone_in_the_yard(&server, 72).await;
    assert_eq!(news(&mut tablet, document, CaseStanding::Signed).await.number, told.number);

    // And the contract holds.
    let pdf = server.data().join("signed.pdf");
    let case = end["case"].as_str().unwrap();
    let url = format!("{}/api/v1/cases/{case}/contract.pdf", server.url);
    let answer = http().unwrap().get(url).bearer_auth(&server.api_key).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let contract = answer.bytes().await.unwrap();
    std::fs::write(&pdf, &contract).unwrap();
    only_the_advisors_devices_fetch_it(&server, &phone, document, &contract).await;
    // The office sees where the advisor's devices are at work.
    let devices = Desk::of(&server, "manager").await.unwrap().page("/office/sync").await.unwrap();
    let places = devices.split_once("id=\"places\"").unwrap().1;
    assert!(places.contains("样本车行"), "{places}");
    let pem = http().unwrap().get(format!("{}/ca/root.pem", server.lab_url)).send().await.unwrap();
    let (seal, lab) = (server.data().join("seal-root.pem"), server.data().join("lab-root.pem"));
    std::fs::write(&lab, pem.bytes().await.unwrap()).unwrap();
    let line = [
        "verify",
        pdf.to_str().unwrap(),
        "--roots",
        seal.to_str().unwrap(),
        "--roots",
        lab.to_str().unwrap(),
    ];
    let said = Cli::new(&line).unwrap().run().await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
}

async fn only_the_advisors_devices_fetch_it(
    server: &Server,
    phone: &Phone,
    document: DocumentId,
    contract: &[u8],
) {
    let mine = Uploader::new(&server.url, phone.enrolment.clone()).unwrap();
    let manager = Staff::sign_in(server, "manager").await.unwrap();
    let theirs = Enrolment::new(&manager, "平板", 79).await.unwrap();
    let theirs = Uploader::new(&server.url, theirs).unwrap();
    let (now, never) = (Timestamp::now(), DocumentId::from_bytes([7; 16]));
    let fetched = mine.contract(document, now).send().await.unwrap();
    assert_eq!(fetched.headers()["cache-control"], "no-store");
    assert_eq!(fetched.bytes().await.unwrap(), contract);
    let long_ago = now - jiff::SignedDuration::from_hours(37);
    for (question, status) in [
        (mine.contract(document, long_ago), 401),
        (mine.contract(never, now), 404),
        (theirs.contract(document, now), 404),
        (http().unwrap().get(format!("{}/files/{document}/contract", server.url)), 404),
    ] {
        assert_eq!(question.send().await.unwrap().status().as_u16(), status);
    }
    let fetched =
        format!("audit WHERE action = 'contract.fetched' AND actor = 'device:{}'", phone.enrolment.device);
    assert_eq!(count(server, &fetched), 1, "each download is on record");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_customers_own_consent_nothing_is_read_and_nobody_is_asked() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    lab.reset().await.unwrap();
    let mut phone = phone_in_the_yard(&server, 73).await;
    let document = phone.begin().unwrap();
    whole_case::fill(&mut phone, document).unwrap();
    whole_case::hand_in(&mut phone, document).unwrap();
    let told = news(&mut phone, document, CaseStanding::Customer).await;
    let mut customer = customer(&server, &told.link);
    customer.lab_url.clone_from(&lab.url);
    assert_eq!(customer.view().await.unwrap()["page"], "welcome");
    let start = http().unwrap().post(format!("{}/start", told.link));
    let form = start.header("content-type", "application/x-www-form-urlencoded").body("step_id=s1");
    assert_eq!(form.send().await.unwrap().status(), 303);
    assert_eq!(customer.view().await.unwrap()["page"], "consent-identity");

    // The captured consents count for nothing: no photo of the case, no number of the person, no call.
    let nothing = |server: &Server| {
        assert_eq!(count(server, "photos"), 0);
        assert_eq!(count(server, "consents"), 0);
        assert_eq!(count(server, "persons WHERE id_number IS NOT NULL OR id_number_index IS NOT NULL"), 0);
        assert_eq!(count(server, "partner_calls"), 0);
    };
    nothing(&server);
    let refused =
        customer.hand_in("early", whole_case::sample(Field::IdNumber).unwrap(), b"x").await.unwrap();
    assert_eq!(refused.code(), "consent_missing", "{refused:?}");
    assert!(lab.effects().await.unwrap().is_empty(), "{:?}", lab.effects().await);
    nothing(&server);

    // Their own consent is what everything waited for.
    let reading = customer.walk(|view| view["page"] == "reading").await.unwrap();
    assert_eq!((reading["page"].as_str(), count(&server, "photos")), (Some("reading"), 1), "{reading}");
    let acts = rows(&server, "SELECT actor FROM audit WHERE action = 'intake.brought'");
    assert_eq!(acts, [["machine"]]);
    assert!(lab.effects().await.unwrap().is_empty(), "asked before the name was confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_between_the_last_photo_and_the_case_opens_one_case() {
    let mut server = in_a_hurry().start().await.unwrap();
    let mut caught = 0;
    for round in 0..3_usize {
        let mut phone = phone_in_the_yard(&server, 80 + round as u64).await;
        let document = phone.begin().unwrap();
        whole_case::fill(&mut phone, document).unwrap();
        whole_case::hand_in(&mut phone, document).unwrap();
        phone
            .until("the submission to be complete", PATIENCE, |phone| {
                phone.storage.receipts.get(&document).is_some_and(|it| it.state == ReceiptState::Complete)
            })
            .await
            .unwrap();
        server.kill_server().await.unwrap();
        caught += count(&server, "submission_cases WHERE state = 'waiting'");
        phone.cut();
        server.restart().await.unwrap();
        let told = news(&mut phone, document, CaseStanding::Customer).await;
        // The link is the same whenever it is told.
        phone = phone.reboot().unwrap();
        phone.storage.cases.clear();
        assert_eq!(news(&mut phone, document, CaseStanding::Customer).await.link, told.link);
        let cases = "SELECT c.id, s.document FROM submission_cases s JOIN cases c ON c.id = s.case_id";
        assert_eq!(rows(&server, cases).len(), round + 1);
    }
    assert_eq!(count(&server, "audit WHERE action = 'submission.opened'"), 3);
    assert_eq!(count(&server, "cases WHERE created_by LIKE 'account:%'"), 3);
    eprintln!("{caught} of 3 were caught in between");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_brought_is_handed_in_once_though_the_server_dies_after_the_consent() {
    let mut server = in_a_hurry().start().await.unwrap();
    let mut phone = phone_in_the_yard(&server, 88).await;
    let document = phone.begin().unwrap();
    whole_case::fill(&mut phone, document).unwrap();
    whole_case::hand_in(&mut phone, document).unwrap();
    let told = news(&mut phone, document, CaseStanding::Customer).await;
    let mut customer = customer(&server, &told.link);
    let asked = customer.view().await.unwrap();
    let fields: Vec<&Value> = asked["consents"].as_array().unwrap().iter().map(|it| &it["field"]).collect();
    let given = customer.post("consents", &json!({"act_id": "c1", "fields": fields})).await.unwrap();
    assert!(given.is_ok(), "{given:?}");
    server.kill_server().await.unwrap();
    let state = rows(&server, "SELECT bringing FROM submission_cases");
    server.restart().await.unwrap();
    let reading = customer.walk(|view| view["page"] == "reading").await.unwrap();
    assert_eq!(reading["page"], "reading", "it was {state:?} when the server died; {reading}");
    assert_eq!((count(&server, "photos"), count(&server, "audit WHERE action = 'intake.brought'")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_whose_photo_cannot_be_used_is_asked_for_one() {
    let server = in_a_hurry().start().await.unwrap();
    let mut phone = phone_in_the_yard(&server, 89).await;
    let as_it_is = |_: Slot, picture: &[u8]| PhotoHash::of(picture);
    // A picture without a card is looked at and asked for again; what is no picture never counts as handed in.
    let white = image::RgbImage::from_pixel(1_600, 1_200, image::Rgb([250, 250, 250]));
    let empty_table = encode_jpeg(&white, 80).unwrap();
    for (front, asked, code) in
        [(empty_table, "ask", None), (b"no picture".to_vec(), "identity", Some("photo_not_an_image"))]
    {
        let document = phone.begin().unwrap();
        whole_case::fill_with(&mut phone, document, &front, as_it_is).unwrap();
        whole_case::hand_in(&mut phone, document).unwrap();
        let told = news(&mut phone, document, CaseStanding::Customer).await;
        let mut customer = customer(&server, &told.link);
        let view = customer.walk(|view| [asked, "identity"].contains(&view["page"].as_str().unwrap())).await;
        let view = view.unwrap();
        assert_eq!(view["page"], asked, "{view}");
        let refused = rows(&server, "SELECT detail FROM audit WHERE action = 'brought.refused'");
        assert_eq!(
            refused.last().map(|row| row[0].contains(code.unwrap())),
            code.map(|_| true),
            "{refused:?}"
        );
        let turned = |phone: &mut Phone| {
            let now = &phone.storage.cases[&document];
            now.standing == CaseStanding::Customer && now.at_ms > told.at_ms
        };
        phone.until("the customer's turn again", PATIENCE, turned).await.unwrap();
        // With a photo of their own they go on.
        let number = whole_case::sample(Field::IdNumber).unwrap();
        let given = match asked {
            "identity" => customer.hand_in("own", number, &card()).await.unwrap(),
            _ => customer.hand_in_photo("own", &card()).await.unwrap(),
        };
        assert!(given.is_ok(), "{given:?}");
        customer.may_be_asked_again();
        let reading = customer.walk(|view| view["page"] == "reading").await.unwrap();
        assert_eq!(reading["page"], "reading", "{reading}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_not_what_was_handed_in_is_left_to_the_office_by_name() {
    let server = in_a_hurry().start().await.unwrap();
    let before = count(&server, "cases");
    let mut phone = phone_in_the_yard(&server, 91).await;
    let lie = |slot, picture: &[u8]| match slot {
        Slot::IdFront => PhotoHash::of(b"another picture"),
        _ => PhotoHash::of(picture),
    };
    let lied = phone.begin().unwrap();
    whole_case::fill_with(&mut phone, lied, &card(), lie).unwrap();
    whole_case::hand_in(&mut phone, lied).unwrap();
    // Sealed for somebody else.
    let offer = phone.storage.on_offer.clone().unwrap();
    let sealed_elsewhere = phone.begin().unwrap();
    phone.storage.on_offer.as_mut().unwrap().photo_key = "09".repeat(32);
    whole_case::fill(&mut phone, sealed_elsewhere).unwrap();
    whole_case::hand_in(&mut phone, sealed_elsewhere).unwrap();
    phone.storage.on_offer = Some(offer);
    for (document, code) in [(lied, "photo_not_as_handed_in"), (sealed_elsewhere, "photo_not_sealed_for_us")]
    {
        let told = news(&mut phone, document, CaseStanding::Office).await;
        assert_eq!(told.steps[0].outcome.as_deref(), Some(code), "{told:?}");
        // The receipt says what it means: everything is here as it was signed.
        assert_eq!(phone.storage.receipts[&document].state, ReceiptState::Complete);
    }
    let refused = rows(&server, "SELECT detail FROM audit WHERE action = 'photo.refused'");
    assert_eq!(refused.len(), 1 + 6, "{refused:?}");
    assert_eq!(count(&server, "audit WHERE action = 'submission.needs_office'"), 2);
    assert_eq!(count(&server, "cases"), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_a_case_is_left_to_the_office_and_the_advisor_hears_why() {
    let server = in_a_hurry().start().await.unwrap();
    let before = count(&server, "cases");
    let mut phone = phone_in_the_yard(&server, 95).await;
    for (field, text, code) in [
        (Field::ProductKind, "leaseback", "product_unknown:product_kind"),
        (Field::DownPayment, "12980000", "amount_invalid:down_payment_fen"),
        (Field::Price, "900000000", "no_funder:vehicle"),
    ] {
        let document = phone.begin().unwrap();
        whole_case::fill(&mut phone, document).unwrap();
        let by = whole_case::stamp(&phone).unwrap();
        phone.edit(document, |application| application.enter_field(field, text, &by)).unwrap();
        whole_case::hand_in(&mut phone, document).unwrap();
        let told = news(&mut phone, document, CaseStanding::Office).await;
        let said = told.steps.first().and_then(|step| step.outcome.as_deref());
        assert_eq!((said, told.number.as_str(), told.link.as_str()), (Some(code), "", ""));
    }
    // A document that needs almost nothing, handed in by an app that asks for almost nothing.
    let document = phone.begin().unwrap();
    let by = whole_case::stamp(&phone).unwrap();
    phone.edit(document, |application| application.enter_field(Field::Name, "唐飞", &by)).unwrap();
    let needs = Needs { fields: Vec::new(), photos: Vec::new(), consents: Vec::new() };
    phone.hand_in(document, &needs, &by).unwrap();
    let told = news(&mut phone, document, CaseStanding::Office).await;
    assert_eq!(told.steps[0].outcome.as_deref(), Some("missing_field:condition"));
    assert_eq!(count(&server, "cases"), before);
    assert_eq!(count(&server, "audit WHERE action = 'submission.needs_office'"), 4);
    let reviewer = Staff::sign_in(&server, "reviewer").await.unwrap();
    let page = String::from_utf8(reviewer.see("/office/queue").await.unwrap().body).unwrap();
    for submission in rows(&server, "SELECT submission FROM submission_cases WHERE state = 'office'") {
        assert!(page.contains(&submission[0]), "{submission:?} is not shown to the office");
    }
    let _: Value = wait_until("the server to be well", PATIENCE, async || {
        let answer = http().ok()?.get(format!("{}/readyz", server.url)).send().await.ok()?;
        answer.status().is_success().then_some(Value::Null)
    })
    .await
    .unwrap();
}

/// A change whose outside is in order, and that no document takes.
fn hostile(document: DocumentId) -> Vec<u8> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    loop {
        // No dependencies, an actor of one byte, its first change; then anything.
        let mut body = vec![0, 1, 7, 1, 1, 0, 0, 0];
        let mut rest = vec![0; 2 + usize::try_from(rng.next_u32() % 30).unwrap()];
        rng.fill_bytes(&mut rest);
        rest[0] %= 4;
        body.extend(rest);
        let tail = [&[1, u8::try_from(body.len()).unwrap()], body.as_slice()].concat();
        let name = ChangeHash::of(&tail).to_bytes();
        let change = [&[0x85, 0x6f, 0x4a, 0x83], &name[..4], &tail].concat();
        let passes = ChangeHeader::read(&change).is_ok();
        let changes = std::slice::from_ref(&change);
        if passes && Application::replay(document, Actor::fresh([2; 16]), changes).is_err() {
            return change;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_is_left_to_the_office() {
    let server = in_a_hurry().start().await.unwrap();
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let who = Enrolment::new(&advisor, "手机", 99).await.unwrap();
    let document = DocumentId::from_bytes([8; 16]);
    let change = hostile(document);
    let (mut raw, _) = Raw::come_in(&server.url, &who).await.unwrap();
    let ack = raw.acknowledged(&who, document, who.scope, vec![change.clone()]).await.unwrap();
    assert!(ack.refused.is_empty(), "{ack:?}");
    let mut manifest = PhotoManifest {
        submission: SubmissionId::from_bytes([9; 16]),
        document,
        heads: vec![ChangeHeader::read(&change).unwrap().hash],
        photos: Vec::new(),
        signature: Signature([0; 64]),
    };
    let signatory = Signatory { tenant: who.tenant, device: who.device };
    manifest.signature = signed::sign(&who.key, &signed::manifest_bytes(signatory, &manifest));
    raw.say(&Frame::PhotoManifest(manifest)).await.unwrap();
    let told = loop {
        if let Frame::Case(news) = raw.hear_all().await.unwrap() {
            break news;
        }
    };
    assert_eq!((told.document, told.standing), (document, CaseStanding::Office));
    assert_eq!(told.steps[0].outcome.as_deref(), Some("document_unreadable"));
}
