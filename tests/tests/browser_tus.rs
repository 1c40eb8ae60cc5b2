//! A photo sent by somebody else's client: the tus project's own, in a real browser. What it makes of our answers is what
//! the protocol means by them.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use base64::{Engine, engine::general_purpose::STANDARD};
use rand::{RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use reqwest::Method;
use serde_json::{Value, json};
use shared::domain::{PhotoHash, PhotoId};
use tests::browser::{Browser, PHONE, Page};
use tests::intake::Staff;
use tests::phone::{Enrolment, Uploader};
use tests::world::{Server, Start, Wire};

/// tus-js-client as published; see `vendor/README.md`.
const TUS: &str = include_str!("../vendor/tus.min.js");
/// The client sends a photo in parts of this size, in bytes.
const SLICE_BYTES: usize = 256 * 1024;
/// Most photos that several clients fight over until one of them comes while another one's slice is taken in.
const MOST_FIGHTS: u8 = 60;

/// `send(job, more)` uploads and says how it ended: the status of the last answer, and its code where it was refused.
/// `more` are further options of the client's; without `retryDelays` it gives up at the first refusal.
const SEND: &str = r"
window.broken = 0;
window.code = answer => { try { return JSON.parse(answer.getBody()).code } catch { return '' } };
window.send = (job, more = {}) => new Promise(done => new tus.Upload(new Blob([job.bytes]), {
    endpoint: '/files', chunkSize: 262144, headers: job.headers, metadata: job.metadata, retryDelays: null,
    storeFingerprintForResuming: false,
    onSuccess: () => done([204, '']),
    onError: error => done(error.originalResponse
        ? [error.originalResponse.getStatus(), code(error.originalResponse)] : [0, error.message]),
    ...more
}).start());
window.slice = (job, from) => fetch('/files/' + job.metadata.photo, {
    method: 'PATCH', body: job.bytes.slice(from, from + 262144),
    headers: {...job.headers, 'tus-resumable': '1.0.0', 'upload-offset': String(from),
        'content-type': 'application/offset+octet-stream'}
});";

/// So many bytes that nothing can shorten.
fn picture(seed: u64, bytes: usize) -> Vec<u8> {
    let mut picture = vec![0; bytes];
    ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut picture);
    picture
}

/// A server, an enrolled device and a browser.
struct Scene {
    server: Server,
    uploader: Uploader,
    browser: Browser,
}

impl Scene {
    async fn set(seed: u64) -> Self {
        let server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await.unwrap();
        let advisor = Staff::sign_in(&server, "advisor").await.unwrap();
        let device = Enrolment::new(&advisor, "手机", seed).await.unwrap();
        let uploader = Uploader::new(&server.url, device).unwrap();
        Self { server, uploader, browser: Browser::launch().await.unwrap() }
    }

    /// A page of the server's, reached at this address, with the client in it.
    async fn page(&self, url: &str) -> Page {
        let page = self.browser.page(PHONE).await.unwrap();
        page.goto(&format!("{url}/office/sign-in")).await.unwrap();
        assert!(page.eval::<bool>(&format!("{TUS}\n;{SEND};true")).await.unwrap());
        page
    }

    /// Puts what the device signed (`whole`) and what is sent (`bytes`) into the page, as `job`.
    async fn give(&self, page: &Page, photo: PhotoId, whole: &[u8], bytes: &[u8]) {
        let signed = self.uploader.create(photo, whole).build().unwrap();
        let header = |name: &str| signed.headers()[name].to_str().unwrap().to_owned();
        let job: Value = json!({
            "headers": {"Miaopi-Device": header("miaopi-device"), "Miaopi-Signature": header("miaopi-signature")},
            "metadata": {"photo": photo.to_string(), "sha256": PhotoHash::of(whole).to_string()},
        });
        let bytes = STANDARD.encode(bytes);
        let script = format!(
            "window.job = {job}; job.bytes = Uint8Array.from(atob('{bytes}'), letter => letter.charCodeAt(0)); true"
        );
        assert!(page.eval::<bool>(&script).await.unwrap());
    }

    /// How much of the photo is durable, as the server says; all of it means that its digest was checked.
    async fn stored(&self, photo: PhotoId, whole: &[u8]) -> Option<usize> {
        let answer = self.uploader.request(Method::HEAD, photo, whole).send().await.unwrap();
        answer.headers().get("upload-offset")?.to_str().ok()?.parse().ok()
    }
}

type End = (u16, String);

fn done() -> End {
    (204, String::new())
}

fn refused(status: u16, code: &str) -> End {
    (status, code.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tus_projects_own_client_sends_a_whole_photo_and_goes_on_after_a_broken_line() {
    let scene = Scene::set(71).await;
    let page = scene.page(&scene.server.url).await;
    let (photo, whole) = (PhotoId::from_bytes([1; 16]), picture(1, 700_000));
    scene.give(&page, photo, &whole, &whole).await;
    assert_eq!(page.eval::<End>("send(job)").await.unwrap(), done());
    assert_eq!(scene.stored(photo, &whole).await, Some(whole.len()));
    // The same once more: it is there, and nothing is sent.
    assert_eq!(
        page.eval::<End>("send(job, {uploadUrl: '/files/' + job.metadata.photo})").await.unwrap(),
        done()
    );

    let wire = Wire::to(&scene.server.url).await.unwrap();
    let page = scene.page(&wire.url).await;
    let (photo, whole) = (PhotoId::from_bytes([2; 16]), picture(2, 1_500_000));
    scene.give(&page, photo, &whole, &whole).await;
    let before = wire.sent();
    wire.cut_after(700_000);
    let start = "window.ended = null; send(job, {
        retryDelays: Array(600).fill(50),
        onShouldRetry: () => { window.broken += 1; return true }
    }).then(end => { window.ended = end }); true";
    assert!(page.eval::<bool>(start).await.unwrap());
    page.until("the line to break", "window.broken > 1").await.unwrap();
    let arrived = scene.stored(photo, &whole).await.unwrap();
    assert!(arrived > 0 && arrived < whole.len() && arrived % SLICE_BYTES == 0, "{arrived} arrived");
    wire.mend();
    page.until("the photo to arrive", "window.ended !== null").await.unwrap();
    assert_eq!(page.eval::<End>("window.ended").await.unwrap(), done());
    assert_eq!(scene.stored(photo, &whole).await, Some(whole.len()));
    // From where it was: what was on its way is sent twice, and nothing else.
    let sent = usize::try_from(wire.sent() - before).unwrap();
    assert!(sent < whole.len() + 2 * SLICE_BYTES, "{sent} bytes were sent");
    scene.browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tus_projects_own_client_understands_every_refusal() {
    let scene = Scene::set(72).await;
    let page = scene.page(&scene.server.url).await;

    // Too large, whatever was signed.
    let (photo, whole) = (PhotoId::from_bytes([1; 16]), picture(3, 600_000));
    scene.give(&page, photo, &whole, &whole).await;
    let large = "send({...job, bytes: new Uint8Array(30000000)})";
    assert_eq!(page.eval::<End>(large).await.unwrap(), refused(413, "photo_too_large"));

    // Other bytes than those that were signed: thrown away.
    let other = picture(4, whole.len());
    scene.give(&page, photo, &whole, &other).await;
    assert_eq!(page.eval::<End>("send(job)").await.unwrap(), refused(460, "photo_digest"));
    assert_eq!(scene.stored(photo, &whole).await, None);

    // Somebody sent the first slice since the client asked how far it is.
    scene.give(&page, photo, &whole, &whole).await;
    let overtaken = "{ let first = true; return {onBeforeRequest: async request => {
        if (request.getMethod() === 'PATCH' && first) { first = false; await slice(job, 0) } }} }";
    let overtaken = |more: &str| format!("send(job, {{...(() => {overtaken})(), {more}}})");
    assert_eq!(page.eval::<End>(&overtaken("")).await.unwrap(), refused(409, "upload_offset"));
    assert_eq!(scene.stored(photo, &whole).await, Some(SLICE_BYTES));
    // It asks again by itself where it may, and goes on from there.
    let (photo, whole) = (PhotoId::from_bytes([2; 16]), picture(5, 600_000));
    scene.give(&page, photo, &whole, &whole).await;
    assert_eq!(page.eval::<End>(&overtaken("retryDelays: [0]")).await.unwrap(), done());
    assert_eq!(scene.stored(photo, &whole).await, Some(whole.len()));

    fight(&scene, &page).await;
    scene.browser.close().await.unwrap();
}

/// Several clients send one photo at once: one is taken in, the others are told to wait or to look again, until each of
/// them finds it whole.
async fn fight(scene: &Scene, page: &Page) {
    let several = "Promise.all(Array.from({length: 5}, () => send(job, {retryDelays: Array(100).fill(20),
        onShouldRetry: error => { window.told.push(error.originalResponse?.getStatus() ?? 0); return true }})))";
    for number in 0..MOST_FIGHTS {
        let (photo, whole) =
            (PhotoId::from_bytes([100 + number; 16]), picture(u64::from(number), 4 * SLICE_BYTES));
        scene.give(page, photo, &whole, &whole).await;
        let ends: Vec<End> = page.eval(&format!("window.told = []; {several}")).await.unwrap();
        assert!(ends.iter().all(|end| *end == done()), "{ends:?}");
        assert_eq!(scene.stored(photo, &whole).await, Some(whole.len()));
        let told: Vec<u16> = page.eval("window.told").await.unwrap();
        assert!(told.iter().all(|status| [409, 423].contains(status)), "{told:?}");
        if told.contains(&423) {
            return;
        }
    }
    panic!("nobody was ever told to wait");
}
