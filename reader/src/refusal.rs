//! Why a photo is not taken, and how to bring one that is.

use serde::{Deserialize, Serialize};

/// A photo that cannot be used. Each has a stable code and says what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[error("{}: {}", self.code(), self.sentence_en())]
pub enum PhotoRefusal {
    /// No bytes.
    PhotoEmpty,
    /// More than [`super::reading::MAX_PHOTO_BYTES`].
    PhotoTooLarge,
    /// Bytes of no image format that we know.
    PhotoNotAnImage,
    /// Begins as an image and ends too early.
    PhotoTruncated,
    /// More than fifty million pixels, said by its header.
    PhotoTooManyPixels,
    /// Several frames.
    PhotoAnimated,
    /// HEIC, HEIF or AVIF.
    PhotoHeic,
    /// SVG, PDF, HTML and other files that are not photographs, whatever their name says.
    PhotoUnsupportedKind,
    /// A known format whose content could not be decoded within memory and time.
    PhotoDecodeFailed,
    /// Too many photos at once; the same photo can be sent again.
    PhotoBusy,
    /// No worker can be started: Tesseract or its language data is missing on the server.
    PhotoReaderUnavailable,
}

impl PhotoRefusal {
    /// Every refusal, for documentation and tests.
    pub const ALL: [Self; 11] = [
        Self::PhotoEmpty,
        Self::PhotoTooLarge,
        Self::PhotoNotAnImage,
        Self::PhotoTruncated,
        Self::PhotoTooManyPixels,
        Self::PhotoAnimated,
        Self::PhotoHeic,
        Self::PhotoUnsupportedKind,
        Self::PhotoDecodeFailed,
        Self::PhotoBusy,
        Self::PhotoReaderUnavailable,
    ];

    /// Stable for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::PhotoEmpty => "photo_empty",
            Self::PhotoTooLarge => "photo_too_large",
            Self::PhotoNotAnImage => "photo_not_an_image",
            Self::PhotoTruncated => "photo_truncated",
            Self::PhotoTooManyPixels => "photo_too_many_pixels",
            Self::PhotoAnimated => "photo_animated",
            Self::PhotoHeic => "photo_heic",
            Self::PhotoUnsupportedKind => "photo_unsupported_kind",
            Self::PhotoDecodeFailed => "photo_decode_failed",
            Self::PhotoBusy => "photo_busy",
            Self::PhotoReaderUnavailable => "photo_reader_unavailable",
        }
    }

    /// HTTP status that fits: 413 for size, 503 when busy, 422 otherwise.
    pub fn status(self) -> u16 {
        match self {
            Self::PhotoTooLarge => 413,
            Self::PhotoBusy | Self::PhotoReaderUnavailable => 503,
            _ => 422,
        }
    }

    /// Seconds after which sending the same photo again makes sense.
    pub fn retry_after_s(self) -> Option<u32> {
        match self {
            Self::PhotoBusy => Some(2),
            Self::PhotoReaderUnavailable => Some(60),
            _ => None,
        }
    }

    /// What to do next, in Chinese.
    pub fn sentence_zh(self) -> &'static str {
        match self {
            Self::PhotoEmpty => "照片文件是空的，请重新拍摄或重新选择照片。",
            Self::PhotoTooLarge => "照片超过 20 MB，请用手机相机的普通模式重拍，或选择较小的照片。",
            Self::PhotoNotAnImage => "这个文件不是照片，请选择 JPEG 或 PNG 格式的照片。",
            Self::PhotoTruncated => "照片没有传完整，请重新上传。",
            Self::PhotoTooManyPixels => "照片超过 5000 万像素，请用手机相机的普通模式重拍。",
            Self::PhotoAnimated => "动图不能使用，请拍一张静态照片。",
            Self::PhotoHeic => {
                "暂不支持 HEIC 格式，请在相机设置中选择“兼容性最佳”（JPEG）后重拍，或用截图代替。"
            }
            Self::PhotoUnsupportedKind => "这类文件不能使用，请选择 JPEG 或 PNG 格式的照片。",
            Self::PhotoDecodeFailed => "照片无法打开，请重新拍摄一张。",
            Self::PhotoBusy => "现在上传的人较多，请几秒后再试，照片不用重拍。",
            Self::PhotoReaderUnavailable => "我们暂时无法处理照片，请一分钟后再试，照片不用重拍。",
        }
    }

    /// What to do next, in English.
    pub fn sentence_en(self) -> &'static str {
        match self {
            Self::PhotoEmpty => "The photo file is empty. Take or choose the photo again.",
            Self::PhotoTooLarge => {
                "The photo is larger than 20 MB. Use the camera's ordinary mode or choose a smaller photo."
            }
            Self::PhotoNotAnImage => "This file is not a photo. Choose a JPEG or PNG photo.",
            Self::PhotoTruncated => "The photo did not arrive whole. Upload it again.",
            Self::PhotoTooManyPixels => {
                "The photo has more than 50 megapixels. Take it again in the camera's ordinary mode."
            }
            Self::PhotoAnimated => "Animated images cannot be used. Take a still photo.",
            Self::PhotoHeic => {
                "HEIC photos cannot be read yet. Choose \"Most Compatible\" (JPEG) in the camera's settings and take \
                 it again, or send a screenshot of it."
            }
            Self::PhotoUnsupportedKind => "This kind of file cannot be used. Choose a JPEG or PNG photo.",
            Self::PhotoDecodeFailed => "The photo could not be opened. Take a new one.",
            Self::PhotoBusy => {
                "Many photos are arriving just now. Try again in a few seconds with the same photo."
            }
            Self::PhotoReaderUnavailable => {
                "We cannot read photos just now. Try again in a minute with the same photo."
            }
        }
    }
}
