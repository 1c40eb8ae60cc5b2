//! The photo in the browser: a bad one, one that lies on its side, one from the camera, a line that breaks.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::PathBuf;

use image::imageops;
use tempfile::TempDir;
use tests::browser::{Browser, Customer, Look, PHONE, SAMPLE};
use tests::cards::{Shoot, Spoil, Typefaces};
use tests::world::{Server, Wire, in_checkout};

const SEEN: &str = "document.querySelector('.photo-remark')?.innerText ?? ''";

fn sample() -> PathBuf {
    in_checkout("assets/cards/sample-1.jpg")
}

/// A spoilt photo of some card.
fn spoilt(folder: &TempDir, how: Spoil) -> PathBuf {
    let shoot = Shoot { long_side: Some(1600), ..Shoot::tuning(77) };
    let photo = shoot.photo(0, Some(how), &mut Typefaces::default()).unwrap();
    let path = folder.path().join(format!("{how:?}.jpg"));
    std::fs::write(&path, photo.jpeg).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_photo_is_asked_for_again_and_nothing_else() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let browser = Browser::launch().await.unwrap();
    let look = Look::new("e-bad-photo");
    let link = server.customer_link.clone();
    let mut customer = Customer::open(&server, &browser, PHONE, true, &link, look).await.unwrap();
    customer.consent().await.unwrap();
    customer.hand_in(SAMPLE.0, &spoilt(&folder, Spoil::BlankPage)).await.unwrap();

    customer.look("ask").await.unwrap();
    let reason = customer.page.text(".reason").await.unwrap();
    assert!(reason.contains("没有找到身份证"), "{reason}");
    let asked: Vec<String> = customer
        .page
        .eval("[...document.querySelectorAll('main form[action$=\"/redo\"] input:not([type=hidden])')].map(i => i.type)")
        .await
        .unwrap();
    assert!(asked.iter().all(|kind| kind == "file"), "more than the photo is asked for: {asked:?}");
    customer.hand_in_nothing("ask").await.unwrap();

    customer.choose_photo(&spoilt(&folder, Spoil::TooSmall)).await.unwrap();
    customer.go_on().await.unwrap();
    customer.page.wait_text("证件在照片里太小").await.unwrap();
    customer.look("ask").await.unwrap();

    // The third poor photo may be used as it is; a person looks at it.
    customer.choose_photo(&spoilt(&folder, Spoil::TooSmall)).await.unwrap();
    customer.go_on().await.unwrap();
    customer.page.wait_for("[name=use_anyway]").await.unwrap();
    customer.look("ask").await.unwrap();
    customer.page.click("[name=use_anyway]").await.unwrap();
    customer.look("in-review").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn warns_of_blur_and_glare_while_the_card_is_at_hand() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let browser = Browser::launch().await.unwrap();
    let link = server.customer_link.clone();
    let look = Look::new("f-warnings");
    let mut customer = Customer::open(&server, &browser, PHONE, true, &link, look).await.unwrap();
    customer.consent().await.unwrap();
    let cases =
        [(spoilt(&folder, Spoil::Blur), "模糊"), (under_a_lamp(&folder), "反光"), (sample(), "照片已上传")];
    for (photo, warned) in cases {
        customer.page.upload("#photo_file", &[&photo]).await.unwrap();
        let says = format!("({SEEN}).includes('{warned}')");
        customer.page.until(&format!("{} to be called {warned}", photo.display()), &says).await.unwrap();
        customer.look.at(&customer.page, "remark").await.unwrap();
    }
    // A wrong number does not cost the photo: it is still there, and sent with the right one.
    customer.page.fill("#id_number", "110105198004197593").await.unwrap();
    customer.go_on().await.unwrap();
    customer.page.wait_for("#problems").await.unwrap();
    customer.look.at(&customer.page, "wrong-number").await.unwrap();
    assert!(customer.page.shows(".photo-preview canvas").await.unwrap(), "the photo has to be taken again");
    customer.page.fill("#id_number", SAMPLE.0).await.unwrap();
    customer.go_on().await.unwrap();
    customer.on("reading").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

/// The sample with a lamp over the number, so bright that nothing of the print is left.
fn under_a_lamp(folder: &TempDir) -> PathBuf {
    let mut picture = image::open(sample()).unwrap().into_rgb8();
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let away = (x as f32 / width - 0.58).hypot((y as f32 - height * 0.66) / width) / 0.14;
        let light = (2.0 - 1.6 * away).clamp(0.0, 1.0);
        pixel.0 = pixel.0.map(|part| (f32::from(part) + 255.0 * light).min(255.0) as u8);
    }
    let path = folder.path().join("lamp.jpg");
    picture.save(&path).unwrap();
    path
}

/// The sample with the grain of a cheap sensor: close to the largest file that is sent.
fn grainy(folder: &TempDir) -> PathBuf {
    let mut picture =
        image::open(sample()).unwrap().resize(2040, 2040, imageops::FilterType::CatmullRom).into_rgb8();
    let mut state = 7_u32;
    for pixel in picture.pixels_mut() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let grain = (state >> 28) as i16 - 8;
        pixel.0 = pixel.0.map(|part| (i16::from(part) + grain).clamp(0, 255) as u8);
    }
    let path = folder.path().join("grain.jpg");
    picture.save(&path).unwrap();
    path
}

/// The script sends a photo in parts of this size.
const SLICE_BYTES: f64 = 262_144.0;

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_breaks_loses_nothing() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let browser = Browser::launch().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let link = wire.over(&server.customer_link);
    let look = Look::new("i-broken-line");
    let customer = Customer::open(&server, &browser, PHONE, true, &link, look).await.unwrap();
    customer.consent().await.unwrap();
    customer.page.fill("#id_number", SAMPLE.0).await.unwrap();

    // The photo goes out in slices; the line breaks in the second one.
    let before = wire.sent();
    wire.cut_after(400_000);
    customer.page.upload("#photo_file", &[&grainy(&folder)]).await.unwrap();
    customer.page.wait_for("#line.broken").await.unwrap();
    customer.page.screenshot("i-broken-line-01-photo").await.unwrap();
    assert!(customer.page.axe().await.unwrap().is_empty());
    let share = "document.querySelector('.photo-preview progress').value";
    let arrived: f64 = customer.page.eval(share).await.unwrap();
    assert!(arrived > 0.0 && arrived < 1.0, "{arrived} of the photo has arrived");
    assert_eq!(customer.page.value("#id_number").await.unwrap(), SAMPLE.0);

    // Pressing on without a line keeps everything; back on the line it goes out, from where it was.
    customer.go_on().await.unwrap();
    wire.mend();
    customer.on("reading").await.unwrap();
    let (sent, size) = ((wire.sent() - before) as f64, SLICE_BYTES / arrived);
    assert!(sent < size + SLICE_BYTES, "{sent} bytes were sent for a photo of {size}");

    // The same where a form goes out.
    wire.cut();
    customer.go_on().await.unwrap();
    customer.page.wait_for("#line.broken").await.unwrap();
    customer.page.screenshot("i-broken-line-02-form").await.unwrap();
    wire.mend();
    customer.page.click("#line button").await.unwrap();
    customer.on("consent-partners").await.unwrap();
    browser.close().await.unwrap();
}

/// A phone's camera writes the picture as its sensor lies and says how it was held.
fn on_its_side(folder: &TempDir) -> PathBuf {
    let upright = image::open(sample()).unwrap().into_rgb8();
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 88);
    // Orientation 6: the first row is on the right; a quarter turn clockwise makes it upright.
    imageops::rotate270(&upright).write_with_encoder(encoder).unwrap();
    let exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let mut file = jpeg[..2].to_vec();
    file.extend([0xFF, 0xE1]);
    file.extend(u16::try_from(exif.len() + 2).unwrap().to_be_bytes());
    file.extend(exif);
    file.extend(&jpeg[2..]);
    let path = folder.path().join("side.jpg");
    std::fs::write(&path, file).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_lies_on_its_side_is_shown_upright() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let browser = Browser::launch().await.unwrap();
    for scripts in [true, false] {
        let link = server.link_with(serde_json::json!({})).await.unwrap().url;
        let look = Look::new(if scripts { "g-exif-js" } else { "g-exif-nojs" });
        let mut customer = Customer::open(&server, &browser, PHONE, scripts, &link, look).await.unwrap();
        customer.consent().await.unwrap();
        customer.page.fill("#id_number", SAMPLE.0).await.unwrap();
        customer.choose_photo(&on_its_side(&folder)).await.unwrap();
        if scripts {
            let size = "(c => [c.width, c.height])(document.querySelector('.photo-preview canvas'))";
            assert_eq!(customer.page.eval::<(u32, u32)>(size).await.unwrap(), (1700, 1275));
            customer.look.at(&customer.page, "preview").await.unwrap();
        }
        customer.go_on().await.unwrap();
        customer.look("reading").await.unwrap();
        let size = "fetch(document.querySelector('figure image').getAttribute('href')).then(a => a.blob())
            .then(createImageBitmap).then(i => [i.width, i.height])";
        assert_eq!(customer.page.eval::<(u32, u32)>(size).await.unwrap(), (1700, 1275), "scripts: {scripts}");
        customer.look.is_clean();
    }
    browser.close().await.unwrap();
}

/// What the fake camera shows: the sample card, a few frames long.
fn film(folder: &TempDir) -> PathBuf {
    let frame = image::open(sample()).unwrap().resize_to_fill(1280, 960, imageops::FilterType::Triangle);
    let mut jpeg = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 92);
    frame.into_rgb8().write_with_encoder(encoder).unwrap();
    let path = folder.path().join("card.mjpeg");
    std::fs::write(&path, jpeg.repeat(3)).unwrap();
    path
}

#[tokio::test(flavor = "multi_thread")]
async fn the_camera_view_frames_the_card_and_its_picture_is_read() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let shown = format!("use-file-for-fake-video-capture={}", film(&folder).display());
    let flags = ["use-fake-ui-for-media-stream", "use-fake-device-for-media-stream", &shown];
    let browser = Browser::launch_with(&flags).await.unwrap();
    let link = server.customer_link.clone();
    let look = Look::new("h-camera");
    let mut customer = Customer::open(&server, &browser, PHONE, true, &link, look).await.unwrap();
    customer.consent().await.unwrap();
    customer.page.fill("#id_number", SAMPLE.0).await.unwrap();
    customer.page.click("label[for=photo_camera]").await.unwrap();
    customer.page.wait_for("dialog.camera .card-frame").await.unwrap();
    let playing = "document.querySelector('dialog.camera video').videoWidth > 0";
    customer.page.until("the camera to show something", playing).await.unwrap();
    customer.look.at(&customer.page, "view").await.unwrap();
    customer.page.click("dialog.camera .button.main").await.unwrap();
    customer.page.wait_gone("dialog.camera").await.unwrap();
    let arrived = "document.querySelector('.photo-preview progress')?.value === 1";
    customer.page.until("the picture to have arrived", arrived).await.unwrap();
    customer.look.at(&customer.page, "taken").await.unwrap();
    customer.go_on().await.unwrap();
    customer.on("reading").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}
