//! Photos that devices took: in slices, resumed after whatever happens, checked whole, and only then is a submission
//! complete.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use jiff::Timestamp;
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::json;
use shared::document::{Needs, Slot, Source, Stamp};
use shared::domain::{AccountId, DocumentId, PhotoId};
use shared::protocol::{photo_reading::PhotoProposals, sync::ReceiptState};
use shared::sync::Upload;
use tests::intake::Staff;
use tests::phone::{Enrolment, Phone, Uploader, code};
use tests::world::{PATIENCE, Server, Start, in_checkout};

/// What stands on the sample card.
const NUMBER: &str = "110105198004197592";

fn stamp() -> Stamp {
    Stamp { source: Source::advisor(AccountId::from_bytes([1; 16])), at: Timestamp::now() }
}

/// So many bytes that nothing can shorten.
fn picture(seed: u64, bytes: usize) -> Vec<u8> {
    let mut picture = vec![0; bytes];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut picture);
    picture
}

/// What these tests need: photos and no fields.
fn photos_only() -> Needs {
    Needs { fields: Vec::new(), photos: vec![(Slot::IdFront, 1, 2)], consents: Vec::new() }
}

async fn server() -> Server {
    Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await.unwrap()
}

fn state(phone: &Phone, document: DocumentId) -> Option<ReceiptState> {
    phone.storage.receipts.get(&document).map(|receipt| receipt.state)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_submission_is_complete_when_every_photo_is_there_whatever_happens_on_the_way() {
    let mut server = server().await;
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 51).await.unwrap();
    phone.until("what is on offer", PATIENCE, |phone| phone.storage.on_offer.is_some()).await.unwrap();

    // Everything is captured while there is no signal.
    phone.cut();
    let document = phone.begin().unwrap();
    let mut photos = Vec::new();
    for (seed, slot) in [(1, Slot::IdFront), (2, Slot::IdBack), (3, Slot::Vehicle), (4, Slot::Vehicle)] {
        photos.push(phone.photograph(document, slot, &picture(seed, 700_000), &stamp()).unwrap());
    }
    let submission = phone.hand_in(document, &photos_only(), &stamp()).unwrap();

    // The document gets through first: received, and the photos are on their way.
    phone
        .until("the submission to be received", PATIENCE, |phone| {
            state(phone, document) == Some(ReceiptState::Received)
        })
        .await
        .unwrap();
    for _ in 0..5 {
        phone.live().await.unwrap();
    }
    // Dead in the middle of it, and the phone as well.
    server.kill_server().await.unwrap();
    phone = phone.reboot().unwrap();
    server.restart().await.unwrap();
    phone
        .until("the submission to be complete", PATIENCE, |phone| {
            state(phone, document) == Some(ReceiptState::Complete)
        })
        .await
        .unwrap();
    assert_eq!(phone.storage.receipts[&document].submission, submission);
    assert!(phone.unsynced().is_empty());

    // Every photo is there whole.
    let uploader = Uploader::new(&server.url, phone.enrolment.clone()).unwrap();
    for photo in photos {
        let whole = &phone.storage.photos[&photo];
        let answer = uploader.request(Method::HEAD, photo, whole).send().await.unwrap();
        assert_eq!(answer.headers()["upload-offset"], whole.len().to_string().as_str());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_answers_as_the_protocol_says_and_takes_nothing_that_was_not_signed() {
    let server = server().await;
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let manager = Staff::sign_in(&server, "manager").await.unwrap();
    let mine = Enrolment::new(&advisor, "手机", 61).await.unwrap();
    let theirs = Enrolment::new(&manager, "平板", 62).await.unwrap();
    let uploader = Uploader::new(&server.url, mine.clone()).unwrap();
    let other = Uploader::new(&server.url, theirs).unwrap();
    let photo = PhotoId::from_bytes([1; 16]);
    let whole = picture(9, 300_000);
    let sent = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        let offset = answer.headers().get("upload-offset").map(|value| value.to_str().unwrap().to_owned());
        let status = answer.status().as_u16();
        let said: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default();
        (status, offset, code(&said).to_owned())
    };

    assert_eq!(sent(uploader.request(Method::HEAD, photo, &whole)).await.0, 404);
    // Too long, without its name, in another version of the protocol, signed by nobody or for something else.
    let long = uploader.request(Method::POST, photo, &whole).header("upload-length", "30000000");
    assert_eq!(sent(long).await.2, "photo_too_large");
    let nameless = uploader.request(Method::POST, photo, &whole).header("upload-length", "300000");
    assert_eq!(sent(nameless).await.0, 400);
    let unsigned = reqwest::Client::new()
        .post(format!("{}/files", server.url))
        .header("miaopi-device", mine.device.to_string())
        .header("tus-resumable", "1.0.0")
        .header("upload-length", "300000")
        .header("upload-metadata", "photo AA==");
    assert_eq!(sent(unsigned).await.0, 401);
    let other_version = reqwest::Client::new()
        .post(format!("{}/files", server.url))
        .header("miaopi-device", mine.device.to_string());
    assert_eq!(sent(other_version).await.0, 412);
    let mut altered = uploader.create(photo, &whole).build().unwrap();
    altered.headers_mut().insert("upload-length", "299999".parse().unwrap());
    let altered = reqwest::Client::new().execute(altered).await.unwrap();
    assert_eq!(altered.status().as_u16(), 401, "another length than the one that was signed");

    assert_eq!(sent(uploader.create(photo, &whole)).await, (201, Some("0".to_owned()), String::new()));
    assert_eq!(sent(uploader.create(photo, &whole)).await.0, 201, "the same again");
    assert_eq!(sent(uploader.create(photo, &picture(10, 300_000))).await.2, "upload_reused");
    let mut borrowed = other.request(Method::HEAD, photo, &whole).build().unwrap();
    borrowed.headers_mut().insert("miaopi-device", mine.device.to_string().parse().unwrap());
    let borrowed = reqwest::Client::new().execute(borrowed).await.unwrap();
    assert_eq!(borrowed.status().as_u16(), 401, "signed by another device");

    // Slices: in order, of the right kind, and not beyond the end.
    let first = sent(uploader.slice(photo, &whole, 0, &whole[..200_000])).await;
    assert_eq!((first.0, first.1.as_deref()), (204, Some("200000")));
    assert_eq!(sent(uploader.slice(photo, &whole, 0, &whole[..200_000])).await.2, "upload_offset");
    let beyond = [&whole[200_000..], b"x"].concat();
    assert_eq!(sent(uploader.slice(photo, &whole, 200_000, &beyond)).await.0, 413);
    let kind = uploader.request(Method::PATCH, photo, &whole).header("upload-offset", "200000").body(vec![1]);
    assert_eq!(sent(kind).await.0, 415);
    assert_eq!(sent(uploader.request(Method::HEAD, photo, &whole)).await.1.as_deref(), Some("200000"));

    // Two at once: one is taken in, the other is told to wait or to look again.
    let rest = &whole[200_000..];
    let (a, b) = tokio::join!(
        sent(uploader.slice(photo, &whole, 200_000, rest)),
        sent(uploader.slice(photo, &whole, 200_000, rest))
    );
    let mut statuses = [a.0, b.0];
    statuses.sort_unstable();
    assert!(statuses[0] == 204 && [409, 423].contains(&statuses[1]), "{statuses:?}");
    assert_eq!(sent(uploader.request(Method::HEAD, photo, &whole)).await.1.as_deref(), Some("300000"));

    // Bytes that are not those that were signed: thrown away, and it begins again.
    let swapped = PhotoId::from_bytes([2; 16]);
    assert_eq!(sent(uploader.create(swapped, &whole)).await.0, 201);
    let wrong = sent(uploader.slice(swapped, &whole, 0, &picture(11, 300_000))).await;
    assert_eq!((wrong.0, wrong.2.as_str()), (460, "photo_digest"));
    assert_eq!(sent(uploader.request(Method::HEAD, swapped, &whole)).await.0, 404);

    // Out of use.
    let path = format!("/api/v1/devices/{}/revoke", mine.device);
    assert_eq!(advisor.post(&path, &json!({"how": "hand_over"})).await.unwrap().0, 204);
    assert_eq!(sent(uploader.create(PhotoId::from_bytes([3; 16]), &whole)).await.2, "sync_revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_card_says_is_told_to_the_device_that_photographed_it_and_to_nobody_else() {
    let server = server().await;
    let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
    let manager = Staff::sign_in(&server, "manager").await.unwrap();
    let mut phone = Phone::enrol(&advisor, "手机", 71).await.unwrap();
    let other = Enrolment::new(&manager, "平板", 72).await.unwrap();
    phone.until("what is on offer", PATIENCE, |phone| phone.storage.on_offer.is_some()).await.unwrap();
    let document = phone.begin().unwrap();
    let card = std::fs::read(in_checkout("assets/cards/sample-1.jpg")).unwrap();
    let front = phone.photograph(document, Slot::IdFront, &card, &stamp()).unwrap();
    let noise = phone.photograph(document, Slot::IdBack, &picture(8, 90_000), &stamp()).unwrap();
    let mine = Uploader::new(&server.url, phone.enrolment.clone()).unwrap();
    let theirs = Uploader::new(&server.url, other).unwrap();
    let asked = async |request: reqwest::RequestBuilder| {
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        (status, answer.json::<serde_json::Value>().await.unwrap_or_default())
    };
    assert_eq!(asked(mine.reading(front)).await.0, 404, "nothing of it is here");
    let whole = phone.storage.photos[&front].clone();
    assert_eq!(mine.create(front, &whole).send().await.unwrap().status(), 201);
    let (status, said) = asked(mine.reading(front)).await;
    assert_eq!((status, code(&said)), (409, "photo_not_whole"));
    phone
        .until("both photos to be safe", PATIENCE, |phone| {
            [front, noise].iter().all(|photo| phone.photo_state(*photo) == Some(Upload::Stored))
        })
        .await
        .unwrap();

    let (status, said) = asked(mine.reading(front)).await;
    assert_eq!(status, 200, "{said}");
    let read = PhotoProposals::read(said.to_string().as_bytes()).unwrap();
    let text =
        |key: &str| read.fields.iter().find(|field| field.field == key).map(|field| field.text.clone());
    assert_eq!(text("id_number").as_deref(), Some(NUMBER));
    let number = read.fields.iter().find(|field| field.field == "id_number").unwrap();
    let [left, top, right, bottom] = number.region;
    assert!(left < right && top < bottom && top > 500, "the number stands at the foot: {:?}", number.region);
    assert!(text("name").is_some() && text("birth").is_some());

    let (status, said) = asked(mine.reading(noise)).await;
    assert_eq!((status, code(&said)), (422, "photo_not_an_image"));
    assert_eq!(asked(theirs.reading(front)).await.0, 404, "it is another device's photo");
    let bare = || reqwest::Client::new().post(format!("{}/files/{front}/reading", server.url));
    let device = phone.enrolment.device.to_string();
    let forged = bare().header("miaopi-device", device).header("miaopi-signature", "00".repeat(64));
    assert_eq!(asked(forged).await.0, 401);
    assert_eq!(asked(bare()).await.0, 404);
}
