//! Tesseract, warm: one instance for the number line's digits, one for Chinese.

use std::ffi::CString;

use image::GrayImage;
use tesseract::plumbing::{TessBaseApi, tesseract_sys::TessPageSegMode};

use super::lines::{ReadChar, Script, Second, SecondError};

/// Both instances.
pub(super) struct Ocr {
    digits: TessBaseApi,
    chinese: TessBaseApi,
}

/// Page segmentation mode: the image is one line of text.
const SINGLE_LINE: TessPageSegMode = 7;

impl Ocr {
    /// Loads both languages (about 150 ms).
    ///
    /// # Errors
    /// When the language data is not installed.
    pub(super) fn start() -> Result<Self, SecondError> {
        let mut digits = load("eng")?;
        set(&mut digits, "tessedit_char_whitelist", "0123456789X")?;
        let mut chinese = load("chi_sim")?;
        // What never stands on a card, so that a smudge does not become a punctuation mark.
        set(
            &mut chinese,
            "tessedit_char_blacklist",
            "|!\"#$%&'*+,/:;<=>?@[\\]^_`{}~“”‘’《》【】、，。！？；：…￥",
        )?;
        Ok(Self { digits, chinese })
    }
}

impl Second for Ocr {
    fn read_line(&mut self, script: Script, line: &GrayImage) -> Result<Vec<ReadChar>, SecondError> {
        let api = match script {
            Script::Digits => &mut self.digits,
            Script::Chinese => &mut self.chinese,
        };
        let (width, height) = (line.width() as i32, line.height() as i32);
        api.set_page_seg_mode(SINGLE_LINE);
        api.set_image(line.as_raw(), width, height, 1, width).map_err(|_| SecondError("image"))?;
        api.set_source_resolution(300);
        api.recognize().map_err(|_| SecondError("recognise"))?;
        let hocr = api.get_hocr_text(0).map_err(|_| SecondError("text"))?;
        Ok(characters(&hocr.as_ref().to_string_lossy()))
    }
}

fn load(language: &str) -> Result<TessBaseApi, SecondError> {
    let mut api = TessBaseApi::create();
    let name = CString::new(language).map_err(|_| SecondError("language"))?;
    api.init_2(None, Some(&name)).map_err(|_| SecondError("language data"))?;
    // Confidence for each character, not only for each word.
    set(&mut api, "hocr_char_boxes", "1")?;
    Ok(api)
}

fn set(api: &mut TessBaseApi, name: &str, value: &str) -> Result<(), SecondError> {
    let (name, value) = (CString::new(name), CString::new(value));
    match (name, value) {
        (Ok(name), Ok(value)) => api.set_variable(&name, &value).map_err(|_| SecondError("variable")),
        _ => Err(SecondError("variable")),
    }
}

/// Characters and confidences out of Tesseract's hOCR: `<span class='ocrx_cinfo' title='…; x_conf 98.7'>字</span>`.
fn characters(hocr: &str) -> Vec<ReadChar> {
    hocr.split("ocrx_cinfo")
        .skip(1)
        .filter_map(|part| {
            let confidence: f32 =
                part.split_once("x_conf ")?.1.split(['\'', ';', '"']).next()?.trim().parse().ok()?;
            let content = part.split_once('>')?.1.split("</span>").next()?;
            let c = match content {
                "&amp;" => '&',
                "&lt;" => '<',
                "&gt;" => '>',
                "&quot;" => '"',
                "&#39;" => '\'',
                other => other.chars().next()?,
            };
            (!c.is_whitespace()).then_some(ReadChar { c, confidence: (confidence / 100.0).clamp(0.0, 1.0) })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_and_confidences_are_taken_from_hocr() {
        let hocr = "<span class='ocrx_word' title='x'><span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 98.5'>王\
                    </span><span class='ocrx_cinfo' title='x_bboxes 1 2 3 4; x_conf 12'>&lt;</span></span>";
        let read = characters(hocr);
        assert_eq!(read.iter().map(|r| r.c).collect::<String>(), "王<");
        assert!((read[0].confidence - 0.985).abs() < 1e-4);
    }
}
