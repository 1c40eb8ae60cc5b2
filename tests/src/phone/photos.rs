//! A phone's photos: taken, kept encrypted as it were, and uploaded by the real machine over real HTTP.

use std::time::Duration;

use anyhow::Result;
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use reqwest::{Method, RequestBuilder};
use shared::domain::{DocumentId, PhotoHash, PhotoId};
use shared::protocol::sync::signed::{self, Signatory};
use shared::sync::{TusAnswer, TusRequest};

use super::Enrolment;
use crate::world::http;

/// How long one slice may take.
const WITHIN: Duration = Duration::from_secs(20);

/// Uploads as an enrolled device does.
#[derive(Clone)]
pub struct Uploader {
    url: String,
    client: reqwest::Client,
    who: Enrolment,
}

impl Uploader {
    /// To the server at this address.
    ///
    /// # Errors
    /// When the HTTP client cannot be made.
    pub fn new(url: &str, who: Enrolment) -> Result<Self> {
        Ok(Self { url: url.to_owned(), client: http()?, who })
    }

    /// A request about this photo, signed as it should be.
    pub fn request(&self, method: Method, photo: PhotoId, whole: &[u8]) -> RequestBuilder {
        let path = if method == Method::POST { String::new() } else { format!("/{photo}") };
        let who = Signatory { tenant: self.who.tenant, device: self.who.device };
        let length = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        let signature =
            signed::sign(&self.who.key, &signed::upload_bytes(who, photo, PhotoHash::of(whole), length));
        self.client
            .request(method, format!("{}/files{path}", self.url))
            .timeout(WITHIN)
            .header("tus-resumable", "1.0.0")
            .header("miaopi-device", self.who.device.to_string())
            .header("miaopi-signature", hex::encode(signature.0))
    }

    /// Asks to begin.
    pub fn create(&self, photo: PhotoId, whole: &[u8]) -> RequestBuilder {
        let metadata = format!(
            "photo {},sha256 {}",
            STANDARD.encode(photo.to_string()),
            STANDARD.encode(PhotoHash::of(whole).to_string())
        );
        self.request(Method::POST, photo, whole)
            .header("upload-length", whole.len().to_string())
            .header("upload-metadata", metadata)
    }

    /// Asks what this photo says.
    pub fn reading(&self, photo: PhotoId) -> RequestBuilder {
        let who = Signatory { tenant: self.who.tenant, device: self.who.device };
        let signature = signed::sign(&self.who.key, &signed::reading_bytes(who, photo));
        self.client
            .post(format!("{}/files/{photo}/reading", self.url))
            .timeout(WITHIN)
            .header("miaopi-device", self.who.device.to_string())
            .header("miaopi-signature", hex::encode(signature.0))
    }

    /// Asks for the contract that came of this document, at this moment of the device's clock.
    pub fn contract(&self, document: DocumentId, at: Timestamp) -> RequestBuilder {
        let who = Signatory { tenant: self.who.tenant, device: self.who.device };
        let at = at.as_millisecond();
        let signature = signed::sign(&self.who.key, &signed::contract_bytes(who, document, at));
        self.client
            .get(format!("{}/files/{document}/contract", self.url))
            .timeout(WITHIN)
            .header("miaopi-device", self.who.device.to_string())
            .header("miaopi-signature", hex::encode(signature.0))
            .header("miaopi-at", at.to_string())
    }

    /// Sends a slice.
    pub fn slice(&self, photo: PhotoId, whole: &[u8], offset: usize, slice: &[u8]) -> RequestBuilder {
        self.request(Method::PATCH, photo, whole)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset.to_string())
            .body(slice.to_vec())
    }

    /// Carries out what the machine asks, and says what came of it.
    pub async fn carry_out(&self, request: TusRequest, whole: &[u8]) -> TusAnswer {
        let sent = match request {
            TusRequest::Offset(photo) => self.request(Method::HEAD, photo, whole),
            TusRequest::Create(photo, _) => self.create(photo, whole),
            TusRequest::Slice { photo, offset, length } => {
                let from = offset as usize;
                let slice = whole.get(from..from + length as usize).unwrap_or_default();
                self.slice(photo, whole, from, slice)
            }
        };
        let Ok(answer) = sent.send().await else { return TusAnswer::Lost };
        let offset =
            answer.headers().get("upload-offset").and_then(|value| value.to_str().ok()?.parse().ok());
        let whole = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        TusAnswer::of(answer.status().as_u16(), offset, whole)
    }
}
