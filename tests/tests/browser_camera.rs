//! The camera view of the advisor's app, with a film in place of a camera: a card is photographed, a blurred one is not,
//! the camera goes off with its view, and without a camera there is the file.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::{Path, PathBuf};

use image::imageops;
use tempfile::TempDir;
use tests::browser::{Advisor, Browser, Look, PHONE, SMALL_PHONE, Screen, TABLET};
use tests::world::{Server, in_checkout};

/// Notes every camera that the page is given, so that a test sees whether one is still on.
const NOTE_CAMERAS: &str = "(() => { const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
    window.cameras = [];
    devices.getUserMedia = async wish => { const camera = await open(wish); cameras.push(camera); return camera; };
    return true; })()";
/// How many of their tracks are still on.
const ON: &str =
    "cameras.flatMap(camera => camera.getTracks()).filter(track => track.readyState === 'live').length";

/// What the camera shows: the sample card, as sharp as it is or through a lens that is out of focus.
fn film(folder: &Path, blur: Option<f32>) -> PathBuf {
    let card = image::open(in_checkout("assets/cards/sample-1.jpg")).unwrap();
    let mut frame = card.resize_to_fill(1280, 960, imageops::FilterType::Triangle).into_rgb8();
    if let Some(sigma) = blur {
        frame = imageops::blur(&frame, sigma);
    }
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 92);
    frame.write_with_encoder(encoder).unwrap();
    let path = folder.join("film.mjpeg");
    std::fs::write(&path, jpeg.repeat(3)).unwrap();
    path
}

/// A browser with this film for a camera, and the app with a case open in it.
struct Yard {
    _server: Server,
    _folder: TempDir,
    browser: Browser,
    app: Advisor,
    case: String,
}

impl Yard {
    async fn open(blur: Option<f32>, screen: Screen, lang: &str) -> Yard {
        let folder = tempfile::tempdir().unwrap();
        let film = format!("use-file-for-fake-video-capture={}", film(folder.path(), blur).display());
        let flags = ["use-fake-ui-for-media-stream", "use-fake-device-for-media-stream", &film];
        Yard::with(folder, &flags, screen, lang).await
    }

    async fn with(folder: TempDir, flags: &[&str], screen: Screen, lang: &str) -> Yard {
        let server = Server::start_demo().await.unwrap();
        let browser = Browser::launch_with(flags).await.unwrap();
        let app = Advisor::open(&browser, screen, &server.url, lang).await.unwrap();
        app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
        let case = app.begin().await.unwrap();
        app.page.eval::<bool>(NOTE_CAMERAS).await.unwrap();
        Yard { _server: server, _folder: folder, browser, app, case }
    }

    /// Opens the camera's view for photos of one kind.
    async fn look_through(&self, part: &str, slot: &str) {
        self.app.part(&self.case, part).await.unwrap();
        self.app.page.click(&format!("#camera-{slot}")).await.unwrap();
        let playing = "document.querySelector('#viewfinder-video')?.videoWidth > 0";
        self.app.page.until("the camera to show something", playing).await.unwrap();
    }

    async fn hint(&self, words: &str) {
        let says = format!("document.querySelector('.viewfinder-hint')?.innerText.includes('{words}')");
        self.app.page.until(&format!("the hint “{words}”"), &says).await.unwrap();
    }

    async fn photos(&self, slot: &str, how_many: usize) {
        let there = format!(
            "document.querySelectorAll('[aria-labelledby=slot-{slot}] .thumb').length === {how_many}"
        );
        self.app.page.until(&format!("{how_many} photos of {slot}"), &there).await.unwrap();
    }

    /// The view is gone, the camera off, and the focus where it was.
    async fn camera_is_off(&self, slot: &str) {
        self.app.page.wait_gone("#viewfinder").await.unwrap();
        assert_eq!(self.app.page.eval::<u32>(ON).await.unwrap(), 0, "a camera is still on");
        let back = format!("document.activeElement.id === 'camera-{slot}'");
        self.app.page.until("the focus to be back where it was", &back).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_photographed_in_its_frame_kept_and_shown() {
    let yard = Yard::open(None, PHONE, "zh-CN").await;
    let mut look = Look::new("k-zh-camera").dark_too();
    yard.look_through("id-card", "IdFront").await;
    assert_eq!(yard.app.page.eval::<u32>(ON).await.unwrap(), 1);
    yard.hint("清晰").await;
    let frame: f64 = yard
        .app
        .page
        .eval("(b => b.width / b.height)(document.querySelector('.viewfinder-card').getBoundingClientRect())")
        .await
        .unwrap();
    assert!((frame - 85.6 / 54.0).abs() < 0.02, "the frame has the shape {frame}");
    let shutter: f64 = yard.app.page.eval("document.querySelector('#shutter').offsetHeight").await.unwrap();
    assert!(shutter >= 64.0, "{shutter}");
    look.at(&yard.app.page, "card").await.unwrap();
    yard.app.page.click("#shutter").await.unwrap();
    yard.photos("IdFront", 1).await;
    yard.camera_is_off("IdFront").await;

    // Shown as it was taken, at the camera's full size.
    let size = "createImageBitmap(document.querySelector('.thumb img')).then(i => [i.width, i.height])";
    yard.app
        .page
        .until("the photo", "document.querySelector('.thumb img')?.complete === true")
        .await
        .unwrap();
    assert_eq!(yard.app.page.eval::<(u32, u32)>(size).await.unwrap(), (1280, 960));
    look.at(&yard.app.page, "kept").await.unwrap();
    yard.app.all_safe().await.unwrap();
    look.is_clean();
    yard.browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_of_a_vehicle_are_taken_one_after_the_other_and_counted() {
    let yard = Yard::open(None, SMALL_PHONE, "en").await;
    let mut look = Look::new("k-en-series");
    yard.look_through("vehicle", "Vehicle").await;
    assert!(!yard.app.page.shows(".viewfinder-card").await.unwrap(), "a vehicle has no card's frame");
    for (taken, count) in [(1, "1 of 4"), (2, "2 of 4"), (3, "3 of 4")] {
        yard.app.page.click("#shutter").await.unwrap();
        yard.photos("Vehicle", taken).await;
        let says = format!("document.querySelector('.viewfinder-count').innerText === '{count}'");
        yard.app.page.until(count, &says).await.unwrap();
    }
    yard.hint("Kept").await;
    look.at(&yard.app.page, "three").await.unwrap();
    yard.app.page.click("[data-close]").await.unwrap();
    yard.camera_is_off("Vehicle").await;

    // Up to the most that a case can hold; then there is nothing left to take.
    yard.look_through("vehicle", "Vehicle").await;
    for taken in 4..=8 {
        yard.app.page.click("#shutter").await.unwrap();
        yard.photos("Vehicle", taken).await;
    }
    yard.app.page.wait_gone("#viewfinder").await.unwrap();
    assert_eq!(yard.app.page.eval::<u32>(ON).await.unwrap(), 0);
    yard.app
        .page
        .until("the heading to have the focus", "document.activeElement.id === 'slot-Vehicle'")
        .await
        .unwrap();
    look.at(&yard.app.page, "eight").await.unwrap();
    look.is_clean();
    yard.browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_out_of_focus_is_said_to_be_and_is_not_kept() {
    let yard = Yard::open(Some(9.0), TABLET, "en").await;
    let mut look = Look::new("k-en-blurred").dark_too();
    yard.look_through("id-card", "IdFront").await;
    yard.hint("Not sharp yet").await;
    look.at(&yard.app.page, "hint").await.unwrap();
    for _ in 0..2 {
        yard.app.page.click("#shutter").await.unwrap();
        yard.hint("not kept").await;
        yard.hint("Not sharp yet").await;
    }
    assert_eq!(yard.app.page.count(".thumb").await.unwrap(), 0);
    // The third time it is left to the person.
    yard.app.page.click("#shutter").await.unwrap();
    yard.camera_is_off("IdFront").await;
    look.at(&yard.app.page, "anyway").await.unwrap();
    yard.app.page.click("text=Use it anyway").await.unwrap();
    yard.photos("IdFront", 1).await;
    look.is_clean();
    yard.browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn escape_another_screen_and_the_lock_all_turn_the_camera_off() {
    let yard = Yard::open(None, PHONE, "zh-CN").await;
    yard.look_through("id-card", "IdBack").await;
    assert_eq!(yard.app.page.focused().await.unwrap(), "shutter");
    // The focus stays inside.
    for _ in 0..4 {
        yard.app.page.press("Tab").await.unwrap();
        let inside =
            "!!document.activeElement.closest('#viewfinder') || document.activeElement === document.body";
        assert!(yard.app.page.eval::<bool>(inside).await.unwrap());
    }
    yard.app.page.press("Escape").await.unwrap();
    yard.camera_is_off("IdBack").await;

    yard.app.part(&yard.case, "vehicle").await.unwrap();
    yard.look_through("id-card", "IdBack").await;
    yard.app.page.back().await.unwrap();
    yard.app.page.wait_gone("#viewfinder").await.unwrap();
    assert_eq!(yard.app.page.eval::<u32>(ON).await.unwrap(), 0, "the way back leaves the camera on");

    yard.look_through("id-card", "IdBack").await;
    let lock = "(c => (c.postMessage({to: 'leader', from: 'test', id: 1, ask: '{\"ask\":\"lock\"}'}), true))(new BroadcastChannel('miaopi-engine'))";
    yard.app.page.eval::<bool>(lock).await.unwrap();
    yard.app.page.wait_for("#unlock-pin").await.unwrap();
    assert_eq!(yard.app.page.eval::<u32>(ON).await.unwrap(), 0, "the lock leaves the camera on");
    yard.browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_for_the_camera_a_photo_comes_as_a_file() {
    let flags = ["use-fake-device-for-media-stream", "deny-permission-prompts"];
    let yard = Yard::with(tempfile::tempdir().unwrap(), &flags, PHONE, "zh-CN").await;
    let mut look = Look::new("k-zh-denied").dark_too();
    yard.app.part(&yard.case, "id-card").await.unwrap();
    yard.app.page.click("#camera-IdFront").await.unwrap();
    yard.app.page.wait_text("没有使用相机的权限").await.unwrap();
    yard.app.page.wait_for("input#camera-IdFront[capture]").await.unwrap();
    yard.app
        .page
        .until("the focus on the file", "document.activeElement.id === 'camera-IdFront'")
        .await
        .unwrap();
    look.at(&yard.app.page, "refused").await.unwrap();
    yard.app.photograph("IdFront", &in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    yard.app.page.click("text=再试相机").await.unwrap();
    yard.app.page.wait_for("button#camera-IdBack").await.unwrap();
    look.is_clean();
    yard.browser.close().await.unwrap();
}
