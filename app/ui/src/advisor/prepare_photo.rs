//! A photo as it is kept: upright, long side at most [`LONGEST_SIDE`], at most [`LARGEST`] bytes where that can be had, as
//! JPEG without metadata; and what a look at it says.

use super::{
    browser::{bytes_of, document, window},
    measure::{self, Verdict},
};
use js_sys::{ArrayBuffer, Promise};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Blob, CanvasRenderingContext2d, File, HtmlCanvasElement, HtmlInputElement, HtmlVideoElement, ImageBitmap,
    ImageBitmapOptions, ImageOrientation,
};

/// Longest side, pixels.
const LONGEST_SIDE: f64 = 2_048.0;
/// Size aimed at, bytes.
const LARGEST: f64 = 600.0 * 1_024.0;
/// JPEG qualities, the best first.
const QUALITIES: [f64; 5] = [0.88, 0.8, 0.72, 0.64, 0.55];
/// Largest file that is opened, bytes (40 MB): beyond that a cheap phone runs out of memory.
const LARGEST_FILE: f64 = 40.0 * 1_024.0 * 1_024.0;

/// A photo that is ready to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// JPEG.
    pub bytes: ArrayBuffer,
    /// What a look at it says.
    pub verdict: Verdict,
}

/// The files chosen in an input; it is emptied, so that the same file can be chosen again.
pub fn chosen(input: &str) -> Vec<File> {
    let Some(input) =
        super::browser::element(input).and_then(|input| input.dyn_into::<HtmlInputElement>().ok())
    else {
        return Vec::new();
    };
    let files = input.files();
    let list =
        files.map(|files| (0..files.length()).filter_map(|at| files.get(at)).collect()).unwrap_or_default();
    input.set_value("");
    list
}

/// Prepares a file.
///
/// # Errors
/// `photo_empty`, `photo_too_large`, `photo_not_an_image`, `photo_decode_failed`.
pub async fn prepare(file: &File) -> Result<Prepared, &'static str> {
    if file.size() == 0.0 {
        return Err("photo_empty");
    }
    if file.size() > LARGEST_FILE {
        return Err("photo_too_large");
    }
    let bitmap = decode(file).await.ok_or("photo_not_an_image")?;
    let (width, height) = (f64::from(bitmap.width()), f64::from(bitmap.height()));
    let scale = (LONGEST_SIDE / width.max(height)).min(1.0);
    let canvas = scaled(&bitmap, width * scale, height * scale).ok_or("photo_decode_failed")?;
    bitmap.close();
    finish(canvas).await
}

/// What a camera shows at this moment, at most as large as a photo is kept.
pub fn grab(video: &HtmlVideoElement) -> Option<HtmlCanvasElement> {
    let (width, height) = (f64::from(video.video_width()), f64::from(video.video_height()));
    let scale = (LONGEST_SIDE / width.max(height).max(1.0)).min(1.0);
    let (width, height) = ((width * scale).round(), (height * scale).round());
    let (canvas, pen) = canvas(width as u32, height as u32)?;
    pen.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).ok()?;
    Some(canvas)
}

/// Prepares a picture that has its final size.
///
/// # Errors
/// `photo_decode_failed`.
pub async fn finish(canvas: HtmlCanvasElement) -> Result<Prepared, &'static str> {
    let verdict = look(&canvas).unwrap_or(Verdict::Good);
    let mut blob = None;
    for quality in QUALITIES {
        let next = canvas_blob(&canvas, "image/jpeg", quality).await.ok_or("photo_decode_failed")?;
        let fits = next.size() <= LARGEST;
        blob = Some(next);
        if fits {
            break;
        }
    }
    let bytes = bytes_of(&blob.ok_or("photo_decode_failed")?).await.ok_or("photo_decode_failed")?;
    Ok(Prepared { bytes, verdict })
}

/// A canvas as a file.
pub async fn canvas_blob(canvas: &HtmlCanvasElement, kind: &str, quality: f64) -> Option<Blob> {
    let promise = Promise::new(&mut |done, _| {
        let act = Closure::once_into_js(move |blob: JsValue| {
            let _ = done.call1(&JsValue::NULL, &blob);
        });
        let _ = canvas.to_blob_with_type_and_encoder_options(
            act.unchecked_ref(),
            kind,
            &JsValue::from_f64(quality),
        );
    });
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

/// A new canvas with its pen.
pub fn canvas(width: u32, height: u32) -> Option<(HtmlCanvasElement, CanvasRenderingContext2d)> {
    let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
    canvas.set_width(width);
    canvas.set_height(height);
    let pen = canvas.get_context("2d").ok()??.dyn_into().ok()?;
    Some((canvas, pen))
}

async fn decode(file: &File) -> Option<ImageBitmap> {
    let options = ImageBitmapOptions::new();
    options.set_image_orientation(ImageOrientation::FromImage);
    let promise = window().create_image_bitmap_with_blob_and_image_bitmap_options(file, &options).ok()?;
    JsFuture::from(promise).await.ok()?.dyn_into().ok()
}

fn scaled(bitmap: &ImageBitmap, width: f64, height: f64) -> Option<HtmlCanvasElement> {
    let (width, height) = (width.round().max(1.0), height.round().max(1.0));
    let (canvas, pen) = canvas(width as u32, height as u32)?;
    pen.draw_image_with_image_bitmap_and_dw_and_dh(bitmap, 0.0, 0.0, width, height).ok()?;
    Some(canvas)
}

fn look(photo: &HtmlCanvasElement) -> Option<Verdict> {
    let (width, height) = measured(photo.width(), photo.height());
    let (_small, pen) = canvas(measure::WIDTH, height as u32)?;
    pen.draw_image_with_html_canvas_element_and_dw_and_dh(photo, 0.0, 0.0, width, height).ok()?;
    judged(&pen, width, height)
}

/// The size at which a picture of this size is measured.
fn measured(width: u32, height: u32) -> (f64, f64) {
    let wide = f64::from(measure::WIDTH);
    (wide, (f64::from(height) / f64::from(width.max(1)) * wide).round().max(1.0))
}

fn judged(pen: &CanvasRenderingContext2d, width: f64, height: f64) -> Option<Verdict> {
    let data = pen.get_image_data(0.0, 0.0, width, height).ok()?;
    Some(measure::judge(&data.data(), data.width() as usize, data.height() as usize))
}

/// Looks at what a camera shows again and again, on one small canvas.
pub struct Lookout {
    canvas: HtmlCanvasElement,
    pen: CanvasRenderingContext2d,
}

impl Lookout {
    /// A lookout that has not looked yet.
    pub fn new() -> Option<Lookout> {
        let canvas: HtmlCanvasElement = document().create_element("canvas").ok()?.dyn_into().ok()?;
        // Its pixels are read four times a second: they stay where that costs least.
        let kept_at_hand = js_sys::JSON::parse(r#"{"willReadFrequently": true}"#).ok()?;
        let pen = canvas.get_context_with_context_options("2d", &kept_at_hand).ok()??.dyn_into().ok()?;
        Some(Lookout { canvas, pen })
    }

    /// What a photo would be like that was taken now; `None` while there is no picture.
    pub fn look(&self, video: &HtmlVideoElement) -> Option<Verdict> {
        let (wide, high) = (video.video_width(), video.video_height());
        if wide == 0 || high == 0 {
            return None;
        }
        let (width, height) = measured(wide, high);
        if (f64::from(self.canvas.width()), f64::from(self.canvas.height())) != (width, height) {
            self.canvas.set_width(width as u32);
            self.canvas.set_height(height as u32);
        }
        self.pen.draw_image_with_html_video_element_and_dw_and_dh(video, 0.0, 0.0, width, height).ok()?;
        judged(&self.pen, width, height)
    }
}
