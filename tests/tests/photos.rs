//! What people hand in instead of a good photo of their own card, and what becomes of it. Never an error of ours, never
//! an approval, and never the bytes that they chose.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::{Duration, Instant};

use image::{GenericImageView, RgbImage, imageops};
use miaopi::photos::{MAX_PHOTO_BYTES, PhotoRefusal};
use tests::{
    cards::encode_jpeg,
    intake::{Customer, PhotoWorker, Staff},
    odd_files::{self, Pixels},
    world::{PATIENCE, Server, Start, http, in_checkout, wait_until},
};

/// On the sample card.
const NUMBER: &str = "110105198004197592";
/// Memory that a worker may take for its data, bytes.
const WORKER_BYTES: u64 = 256 * 1024 * 1024;
/// Longest side of the copy that we keep, pixels.
const KEPT_SIDE: u32 = 2048;

fn fixture(path: &str) -> Vec<u8> {
    std::fs::read(in_checkout(path)).unwrap()
}

fn sample_card() -> Vec<u8> {
    fixture("assets/cards/sample-1.jpg")
}

/// The sample photo's pixels, small enough that every format of it is quickly written.
fn sample_picture() -> RgbImage {
    let whole = image::load_from_memory(&sample_card()).unwrap().to_rgb8();
    imageops::resize(&whole, 1200, 900, imageops::FilterType::CatmullRom)
}

/// A demo in which a test may knock as often as it likes.
async fn patient_server() -> Server {
    Start::demo()
        .env("MIAOPI_REQUESTS_PER_MINUTE_LINK", "0")
        .env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0")
        .env("MIAOPI_PHOTO_WORKERS", "2")
        .start()
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_photo_is_refused_with_its_code_and_nothing_of_it_is_kept() {
    let server = patient_server().await;
    let customer = Customer::fresh(&server).await.unwrap();
    let (whole, picture) = (sample_card(), sample_picture());
    let small = imageops::resize(&picture, 120, 90, imageops::FilterType::Triangle);
    let text = |text: &str| text.as_bytes().to_vec();
    let long = |length: usize| [&whole[..], &vec![0; length - whole.len()]].concat();
    let heic_brand = [&[0, 0, 0, 24][..], b"ftypmif1\0\0\0\0mif1heic", &[0; 64]].concat();
    let rows: Vec<(&str, Vec<u8>, &[PhotoRefusal])> = vec![
        ("0 bytes", Vec::new(), &[PhotoRefusal::PhotoEmpty]),
        ("no image", text("not a picture at all"), &[PhotoRefusal::PhotoNotAnImage]),
        (
            "noise",
            (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect(),
            &[PhotoRefusal::PhotoNotAnImage],
        ),
        ("a JPEG's first bytes", vec![0xFF, 0xD8, 0xFF], &[PhotoRefusal::PhotoTruncated]),
        ("a quarter of a JPEG", whole[..whole.len() / 4].to_vec(), &[PhotoRefusal::PhotoTruncated]),
        ("most of a JPEG", whole[..whole.len() - 2_000].to_vec(), &[PhotoRefusal::PhotoTruncated]),
        ("half a PNG", half(odd_files::png_of(&picture).unwrap()), &[PhotoRefusal::PhotoTruncated]),
        (
            "half a WebP",
            half(odd_files::still_webp(&picture).unwrap()),
            &[PhotoRefusal::PhotoTruncated, PhotoRefusal::PhotoDecodeFailed],
        ),
        ("a byte over 20 MB", long(MAX_PHOTO_BYTES + 1), &[PhotoRefusal::PhotoTooLarge]),
        ("30 MB", long(30_000_000), &[PhotoRefusal::PhotoTooLarge]),
        (
            "50 MP by a PNG's header",
            odd_files::png_of_zeros(10_000, 5_001, Pixels::Bit),
            &[PhotoRefusal::PhotoTooManyPixels],
        ),
        (
            "a bomb of 50,000 × 50,000 pixels",
            odd_files::png_of_zeros(50_000, 50_000, Pixels::Bit),
            &[PhotoRefusal::PhotoTooManyPixels],
        ),
        (
            "a JPEG whose header says so",
            odd_files::sized_as(&whole, 50_000, 50_000).unwrap(),
            &[PhotoRefusal::PhotoTooManyPixels],
        ),
        (
            "49 MP of eight bytes each",
            odd_files::png_of_zeros(7_000, 7_000, Pixels::Rgba16),
            &[PhotoRefusal::PhotoTooManyPixels],
        ),
        ("an animated GIF", odd_files::animated_gif(&small).unwrap(), &[PhotoRefusal::PhotoAnimated]),
        ("an animated WebP", odd_files::animated_webp(&small).unwrap(), &[PhotoRefusal::PhotoAnimated]),
        ("an animated PNG", odd_files::animated_png(&small).unwrap(), &[PhotoRefusal::PhotoAnimated]),
        (
            "SVG",
            text("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            &[PhotoRefusal::PhotoUnsupportedKind],
        ),
        (
            "SVG after a declaration",
            text("<?xml version='1.0'?>\n<svg/>"),
            &[PhotoRefusal::PhotoUnsupportedKind],
        ),
        ("PDF", text("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"), &[PhotoRefusal::PhotoUnsupportedKind]),
        (
            "HTML",
            text("<!DOCTYPE html><html><script>alert(1)</script></html>"),
            &[PhotoRefusal::PhotoUnsupportedKind],
        ),
        (
            "HTML after a comment",
            text("\u{feff}  <!-- hello -->\n<html><body></body></html>"),
            &[PhotoRefusal::PhotoUnsupportedKind],
        ),
        ("HEIC", fixture("tests/fixtures/photos/phone.heic"), &[PhotoRefusal::PhotoHeic]),
        ("HEIC by another brand", heic_brand, &[PhotoRefusal::PhotoHeic]),
        (
            "a film",
            [&[0, 0, 0, 24][..], b"ftypisom\0\0\0\0isommp42", &[0; 64]].concat(),
            &[PhotoRefusal::PhotoUnsupportedKind],
        ),
    ];
    for (name, bytes, expected) in rows {
        let answer =
            customer.hand_in(NUMBER, bytes).await.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let found = expected.iter().find(|refusal| refusal.code() == answer.code);
        let refusal = found.unwrap_or_else(|| panic!("{name}: {answer:?}"));
        assert_eq!(answer.status, refusal.status(), "{name}: {answer:?}");
        assert!(answer.detail.ends_with('.'), "{name} does not say what to do: {answer:?}");
    }
    let case = customer.case().await.unwrap();
    assert_eq!(case["page"], "identity", "{case}");
    let staff = Staff::sign_in(&server, "reviewer").await.unwrap();
    assert_eq!(staff.see(&photo_of(&case)).await.unwrap().status, 404, "something of it was kept");
    // After all that, the right photo is still welcome.
    assert_eq!(customer.hand_in(NUMBER, whole).await.unwrap().status, 204);
    assert_eq!(customer.settled().await.unwrap()["page"], "reading");
}

fn half(whole: Vec<u8>) -> Vec<u8> {
    whole[..whole.len() / 2].to_vec()
}

fn photo_of(case: &serde_json::Value) -> String {
    format!("/office/cases/{}/photo.jpg", case["case"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_be_decoded_is_kept_and_shown_only_as_our_own_copy() {
    let server = patient_server().await;
    let staff = Staff::sign_in(&server, "reviewer").await.unwrap();
    let (whole, picture) = (sample_card(), sample_picture());
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("CMYK", fixture("tests/fixtures/photos/cmyk.jpg")),
        ("progressive", fixture("tests/fixtures/photos/progressive.jpg")),
        ("PNG", odd_files::png_of(&picture).unwrap()),
        ("16-bit PNG", odd_files::sixteen_bit_png(&picture).unwrap()),
        ("still WebP", odd_files::still_webp(&picture).unwrap()),
        ("a camera's name and place", odd_files::with_exif(&whole, 1)),
        ("lying on its side", odd_files::on_its_side(&picture).unwrap()),
        ("a page behind it", odd_files::with_page_appended(&whole)),
        ("an archive behind it", odd_files::with_zip_appended(&whole)),
    ];
    for (name, bytes) in rows {
        let customer = Customer::fresh(&server).await.unwrap();
        let answer = customer.hand_in(NUMBER, bytes.clone()).await.unwrap();
        assert_eq!(answer.status, 204, "{name}: {answer:?}");
        let case = customer.settled().await.unwrap();
        assert_eq!(case["page"], "reading", "{name}: {case}");
        let seen = staff.see(&photo_of(&case)).await.unwrap();
        assert_eq!((seen.status, seen.header("content-type")), (200, "image/jpeg"), "{name}");
        assert_eq!(seen.header("x-content-type-options"), "nosniff", "{name}");
        assert_ne!(seen.body, bytes, "{name} was kept as it came");
        assert!(seen.body.starts_with(&[0xFF, 0xD8]) && seen.body.ends_with(&[0xFF, 0xD9]), "{name}");
        for trace in ["Exif", odd_files::CAMERA, "GPS", "miaopi-polyglot", "<script", "PK\u{3}\u{4}"] {
            assert!(!holds(&seen.body, trace.as_bytes()), "{name}: {trace} is still in it");
        }
        let copy = image::load_from_memory(&seen.body).unwrap();
        assert!(copy.width() > copy.height(), "{name} is not upright: {:?}", copy.dimensions());
        assert!(copy.width() <= KEPT_SIDE, "{name}: {:?}", copy.dimensions());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_photo_is_kept_small_and_a_gif_is_a_photo_too() {
    let server = patient_server().await;
    let staff = Staff::sign_in(&server, "reviewer").await.unwrap();
    let picture = sample_picture();
    let large = imageops::resize(&picture, 4_000, 3_000, imageops::FilterType::Triangle);
    for bytes in [encode_jpeg(&large, 90).unwrap(), odd_files::still_gif(&picture).unwrap()] {
        let customer = Customer::fresh(&server).await.unwrap();
        assert_eq!(customer.hand_in(NUMBER, bytes).await.unwrap().status, 204);
        let case = customer.settled().await.unwrap();
        assert!(["reading", "ask"].contains(&case["page"].as_str().unwrap()), "{case}");
        let copy = image::load_from_memory(&staff.see(&photo_of(&case)).await.unwrap().body).unwrap();
        assert!(copy.width() <= KEPT_SIDE, "{:?}", copy.dimensions());
    }
}

fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_within_the_header_limits_die_in_their_worker() {
    let server = patient_server().await;
    let small = RgbImage::from_pixel(64, 48, image::Rgb([200, 200, 200]));
    let truncated_scan = odd_files::sized_as(&encode_jpeg(&small, 80).unwrap(), 7_000, 7_000).unwrap();
    let rows = [
        ("49 MP of nothing", odd_files::png_of_zeros(7_000, 7_000, Pixels::Rgb)),
        ("a comment of 1 GB", odd_files::png_with_long_text(&small, 1 << 30).unwrap()),
        ("a JPEG that promises 49 MP", truncated_scan),
    ];
    for (name, bytes) in rows {
        let customer = Customer::fresh(&server).await.unwrap();
        let answer = customer.hand_in(NUMBER, bytes).await.unwrap();
        match answer.status {
            204 => {
                let case = customer.settled().await.unwrap();
                assert_eq!(case["asked_because"], "photo_no_card", "{name}: {case}");
            }
            _ => {
                let known = PhotoRefusal::ALL.iter().any(|refusal| refusal.code() == answer.code);
                assert!(known && answer.status == 422, "{name}: {answer:?}");
            }
        }
        for worker in PhotoWorker::of(&server).unwrap() {
            assert_eq!(worker.data_limit, Some(WORKER_BYTES), "{name}");
            // Pages of libraries and language data are not data; they add some tens of megabytes.
            assert!(worker.peak_bytes < WORKER_BYTES + WORKER_BYTES / 4, "{name}: {worker:?}");
        }
    }
    let customer = Customer::fresh(&server).await.unwrap();
    assert_eq!(customer.hand_in(NUMBER, sample_card()).await.unwrap().status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn thirty_bombs_at_once_leave_the_server_answering_others() {
    const BOMBS: usize = 30;
    const QUICKLY: Duration = Duration::from_secs(3);
    let server = patient_server().await;
    let mut customers = Vec::new();
    for _ in 0..BOMBS {
        customers.push(Customer::fresh(&server).await.unwrap());
    }
    let bomb = odd_files::png_of_zeros(7_000, 7_000, Pixels::Rgb);
    let flying: Vec<_> = customers
        .into_iter()
        .map(|customer| {
            let bomb = bomb.clone();
            tokio::spawn(async move { customer.hand_in(NUMBER, bomb).await.unwrap() })
        })
        .collect();
    let client = http().unwrap();
    let mut slowest = Duration::ZERO;
    let mut looks = 0;
    wait_until("the burst to be over", 3 * PATIENCE, async || {
        for page in ["/healthz", "/"] {
            let began = Instant::now();
            let answer = client.get(format!("{}{page}", server.url)).send().await.unwrap();
            assert!(answer.status().is_success(), "{page}: {}", answer.status());
            slowest = slowest.max(began.elapsed());
        }
        looks += 1;
        let workers = PhotoWorker::of(&server).unwrap();
        assert!(workers.len() <= 2, "{workers:?}");
        flying.iter().all(tokio::task::JoinHandle::is_finished).then_some(())
    })
    .await
    .unwrap();
    assert!(slowest < QUICKLY, "others waited {slowest:?} in {looks} looks");
    for bomb in flying {
        let answer = bomb.await.unwrap();
        let known = PhotoRefusal::ALL.iter().any(|refusal| refusal.code() == answer.code);
        assert!(answer.status == 204 || known, "{answer:?}");
        assert_ne!(answer.status, 500, "{answer:?}");
        if answer.status == 503 {
            assert_eq!(answer.code, PhotoRefusal::PhotoBusy.code());
        }
    }
    let customer = Customer::fresh(&server).await.unwrap();
    let taken = wait_until("an honest photo to be taken", PATIENCE, async || {
        let answer = customer.hand_in(NUMBER, sample_card()).await.ok()?;
        (answer.code != PhotoRefusal::PhotoBusy.code()).then_some(answer.status)
    });
    assert_eq!(taken.await.unwrap(), 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_slices_sent_at_once_for_one_place_one_is_taken_and_kept_whole() {
    const ROUNDS: usize = 12;
    let server = patient_server().await;
    let card = sample_card();
    let half = card.len() / 2;
    // The same length, other bytes: what a second tab or a broken relay would send.
    let foreign: Vec<u8> = card[..half].iter().map(|byte| !byte).collect();
    let customer = Customer::fresh(&server).await.unwrap();
    for round in 0..ROUNDS {
        let upload = customer.begin_upload(card.len()).await.unwrap();
        let (own, other) = tokio::join!(
            customer.send_slice(&upload, 0, &card[..half]),
            customer.send_slice(&upload, 0, &foreign)
        );
        let (own, other) = (own.unwrap().as_u16(), other.unwrap().as_u16());
        assert!([own, other] == [204, 409] || [own, other] == [409, 204], "{round}: {own}, {other}");
        assert_eq!(customer.send_slice(&upload, half, &card[half..]).await.unwrap(), 204);
        if own == 204 {
            assert_eq!(customer.hand_in_upload(NUMBER, &upload).await.unwrap(), 204, "{round}");
            assert_eq!(customer.settled().await.unwrap()["page"], "reading");
            return;
        }
        // The foreign bytes are no picture, and no part of the card was mixed into them.
        assert_eq!(customer.hand_in_upload(NUMBER, &upload).await.unwrap(), 422, "{round}");
    }
    panic!("the card's own slice was never the first of two");
}
