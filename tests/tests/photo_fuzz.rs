//! Any bytes at all as a photo, over public HTTP: a bounded time, bounded memory, an answer with a code, and a server
//! that works afterwards. Everything follows from a seed.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::Duration;

use image::{GenericImageView, RgbImage, imageops};
use miaopi::photos::PhotoRefusal;
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use tests::{
    cards::encode_jpeg,
    intake::{Customer, PhotoWorker},
    odd_files::{self, Pixels},
    world::{Server, Start, in_checkout},
};

const NUMBER: &str = "110105198004197592";
const WORKER_BYTES: u64 = 256 * 1024 * 1024;
/// The worker's own limits on wall time, twice: for decoding and for reading.
const LONGEST: Duration = Duration::from_secs(45);
/// What other refusals of a hand-in may say: the case has moved on, because an earlier photo of the run was taken.
const MOVED_ON: u16 = 409;

#[tokio::test(flavor = "multi_thread")]
async fn a_few_hundred_broken_files_get_an_answer_each() {
    run(1, 300).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "thousands of broken files; cargo xtask test --long"]
async fn thousands_of_broken_files_get_an_answer_each() {
    let tally = run(2, 4_000).await;
    println!("report: {tally}");
}

async fn run(seed: u64, cases: u32) -> String {
    let server = Start::demo()
        .env("MIAOPI_REQUESTS_PER_MINUTE_LINK", "0")
        .env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0")
        .env("MIAOPI_PHOTO_WORKERS", "2")
        .start()
        .await
        .unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let seeds = seed_files();
    let mut customer = Customer::fresh(&server).await.unwrap();
    let (mut taken, mut refused, mut slowest) = (0, 0, Duration::ZERO);
    for case in 0..cases {
        let (origin, bytes) = seeds.choose(&mut rng).unwrap();
        let bytes = broken(bytes, &mut rng);
        let name = format!("case {case} of seed {seed}, from {origin}, {} bytes", bytes.len());
        let answer =
            customer.hand_in(NUMBER, bytes).await.unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let known = PhotoRefusal::ALL.iter().find(|refusal| refusal.code() == answer.code);
        match answer.status {
            204 => {
                taken += 1;
                customer = Customer::fresh(&server).await.unwrap();
            }
            status => {
                refused += 1;
                let refusal = known.unwrap_or_else(|| panic!("{name}: {answer:?}"));
                assert!(status == refusal.status() && status != MOVED_ON, "{name}: {answer:?}");
                assert_ne!(*refusal, PhotoRefusal::PhotoReaderUnavailable, "{name}: {answer:?}");
            }
        }
        slowest = slowest.max(answer.took);
        assert!(answer.took < LONGEST, "{name} took {:?}", answer.took);
        for worker in PhotoWorker::of(&server).unwrap() {
            assert!(worker.peak_bytes < WORKER_BYTES + WORKER_BYTES / 4, "{name}: {worker:?}");
        }
    }
    works_as_before(&server).await;
    format!(
        "{cases} files: {taken} taken, {refused} refused with a code, the slowest in {} ms",
        slowest.as_millis()
    )
}

async fn works_as_before(server: &Server) {
    let customer = Customer::fresh(server).await.unwrap();
    let sample = std::fs::read(in_checkout("assets/cards/sample-1.jpg")).unwrap();
    assert_eq!(customer.hand_in(NUMBER, sample).await.unwrap().status, 204);
    assert_eq!(customer.settled().await.unwrap()["page"], "reading");
}

/// One small file of each kind that a decoder of ours looks into.
fn seed_files() -> Vec<(&'static str, Vec<u8>)> {
    let whole = image::load_from_memory(&std::fs::read(in_checkout("assets/cards/sample-1.jpg")).unwrap());
    let picture = imageops::resize(&whole.unwrap().to_rgb8(), 320, 240, imageops::FilterType::Triangle);
    let fixture = |name: &str| std::fs::read(in_checkout("tests/fixtures/photos").join(name)).unwrap();
    vec![
        ("a JPEG", encode_jpeg(&picture, 75).unwrap()),
        ("a JPEG with metadata", odd_files::with_exif(&encode_jpeg(&picture, 60).unwrap(), 6)),
        ("a progressive JPEG", fixture("progressive.jpg")),
        ("a CMYK JPEG", fixture("cmyk.jpg")),
        ("a PNG", odd_files::png_of(&picture).unwrap()),
        ("a 16-bit PNG", odd_files::sixteen_bit_png(&small(&picture)).unwrap()),
        ("a black PNG", odd_files::png_of_zeros(3_000, 2_000, Pixels::Rgb)),
        ("an animated PNG", odd_files::animated_png(&small(&picture)).unwrap()),
        ("a GIF", odd_files::still_gif(&small(&picture)).unwrap()),
        ("a WebP", odd_files::still_webp(&picture).unwrap()),
        ("an animated WebP", odd_files::animated_webp(&small(&picture)).unwrap()),
        ("a BMP", written(&picture, image::ImageFormat::Bmp)),
        ("a TIFF", written(&picture, image::ImageFormat::Tiff)),
        ("a HEIC", fixture("phone.heic")),
    ]
}

fn small(picture: &RgbImage) -> RgbImage {
    picture.view(0, 0, 96, 64).to_image()
}

fn written(picture: &RgbImage, format: image::ImageFormat) -> Vec<u8> {
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, format).unwrap();
    out.into_inner()
}

/// One to four things done to a file; most of them where decoders keep their sizes: near the beginning.
fn broken(whole: &[u8], rng: &mut impl Rng) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for _ in 0..rng.gen_range(1..=4) {
        let at = place(bytes.len(), rng);
        match rng.gen_range(0..9) {
            0 => bytes.truncate(at),
            1 => bytes[at] ^= 1 << rng.gen_range(0..8),
            2 => bytes[at] = *[0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF].choose(rng).unwrap_or(&0),
            3 => {
                let end = (at + rng.gen_range(1..64)).min(bytes.len());
                bytes[at..end].iter_mut().for_each(|byte| *byte = rng.r#gen());
            }
            4 => {
                let end = (at + rng.gen_range(1..2_000)).min(bytes.len());
                bytes.drain(at..end);
            }
            5 => {
                let end = (at + rng.gen_range(1..2_000)).min(bytes.len());
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            6 => {
                // A length or a size of four bytes becomes enormous.
                let end = (at + 4).min(bytes.len());
                bytes[at..end].fill(*[0x00, 0x7F, 0xFF].choose(rng).unwrap_or(&0xFF));
            }
            7 => {
                let noise: Vec<u8> = (0..rng.gen_range(1..512)).map(|_| rng.r#gen()).collect();
                bytes.splice(at..at, noise);
            }
            _ => bytes.extend((0..rng.gen_range(1..5_000)).map(|i| (i * 31) as u8)),
        }
        if bytes.is_empty() {
            break;
        }
    }
    bytes
}

fn place(length: usize, rng: &mut impl Rng) -> usize {
    let reach = if rng.gen_bool(0.6) { length.min(600) } else { length };
    rng.gen_range(0..reach.max(1))
}
