//! Photos: sealed for the server the moment they are taken, kept, then made part of the document, then uploaded.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use shared::document::{Photo, Slot};
use shared::domain::{DocumentId, PhotoHash, PhotoId};
use shared::protocol::sealed_photo;
use shared::protocol::sync::signed::{self, Signatory};
use shared::sync::{Link, TusAnswer, TusRequest, Upload as State};

use super::{Deed, Engine, Upload, ask::Refusal};
use crate::store::{Act, NewPhoto};

/// Longest picture, in bytes (2 MiB): one as prepared has at most 600 KB.
const MAX_PICTURE_BYTES: usize = 2 * 1024 * 1024;

impl Engine {
    /// Keeps a photo and makes it part of the case, in one commit: a document never names a photo that nobody has.
    pub(super) fn take_photo(
        &mut self,
        document: DocumentId,
        slot: Slot,
        picture: &[u8],
    ) -> Result<(), Refusal> {
        let (photo, taken) = self.seal_photo(document, slot, picture)?;
        let act = Act { taken: Some(taken), ..Act::default() };
        self.edit_with(document, act, |application| application.attach_photo(&photo))?;
        self.photo_taken(&photo);
        Ok(())
    }

    /// A photo as the document names it, and as it is kept.
    pub(super) fn seal_photo(
        &self,
        document: DocumentId,
        slot: Slot,
        picture: &[u8],
    ) -> Result<(Photo, NewPhoto), Refusal> {
        if !is_picture(picture) {
            return Err("photo_form");
        }
        if picture.len() > MAX_PICTURE_BYTES {
            return Err("photo_too_large");
        }
        let offer = self.on_offer.as_ref().ok_or("on_offer_unknown")?;
        let server_key = offer.photo_key_bytes().ok_or("on_offer_unknown")?;
        let stamp = self.stamp()?;
        let id = PhotoId::from_bytes(self.world.bytes());
        let fresh = self.world.bytes();
        let sealed = sealed_photo::seal(picture, self.me.tenant, id, &server_key, fresh);
        let photo = Photo {
            id,
            slot,
            plain: PhotoHash::of(picture),
            cipher: PhotoHash::of(&sealed),
            cipher_bytes: u32::try_from(sealed.len()).map_err(|_| "photo_too_large")?,
            source: stamp.source,
            at: stamp.at,
        };
        Ok((
            photo,
            NewPhoto {
                id,
                document,
                slot,
                picture: picture.to_vec(),
                sealed,
                taken_at: self.now().as_millisecond(),
            },
        ))
    }

    /// A photo is kept: it is uploaded when there is time.
    pub(super) fn photo_taken(&mut self, photo: &Photo) {
        self.uploads.add(photo.id, photo.cipher_bytes);
        self.count_anew();
        self.upload_next();
    }

    /// Asks the photo machine what it wants next.
    pub(super) fn upload_next(&mut self) {
        let quiet = self.device.is_quiet() && self.device.link() == Link::Online && !self.erased;
        let Some(request) = self.uploads.next(quiet, self.world.moment()) else { return };
        self.count_anew();
        let (TusRequest::Offset(photo) | TusRequest::Create(photo, _) | TusRequest::Slice { photo, .. }) =
            request;
        match self.store.sealed(photo) {
            Ok(Some(whole)) => {
                self.uploading = u32::try_from(whole.len()).ok().map(|bytes| (photo, bytes));
                let upload = self.request(request, photo, &whole);
                self.deeds.push_back(Deed::Upload(upload));
            }
            Ok(None) => self.uploads.forget(photo),
            // It is read again later: that it could not be read now says nothing about the server.
            Err(_) => self.photo_answered(photo, TusAnswer::Lost),
        }
    }

    /// The server waits for these photos, whatever it said of them before: those that are here are offered again.
    pub(super) fn offer_again(&mut self, awaited: &[PhotoId]) {
        for photo in self.store.all_photos().unwrap_or_default() {
            if photo.here
                && awaited.contains(&photo.id)
                && self.uploads.state(photo.id) != Some(State::Queued)
            {
                let uploading = matches!(self.uploads.state(photo.id), Some(State::Uploading(_)));
                if uploading || self.store.photo_answered(photo.id, None).is_err() {
                    continue;
                }
                self.uploads.forget(photo.id);
                self.uploads.add(photo.id, photo.bytes);
            }
        }
    }

    /// The office wants photos that the server refused offered once more.
    pub(super) fn offer_refused_photos_again(&mut self) {
        let photos = self.store.all_photos().unwrap_or_default();
        let refused = photos.iter().filter(|photo| photo.stored == Some(false)).map(|photo| photo.id);
        self.offer_again(&refused.collect::<Vec<_>>());
    }

    pub(super) fn photo_answered(&mut self, photo: PhotoId, answer: TusAnswer) {
        self.count_anew();
        self.uploads.handle_answer(photo, answer, self.world.moment());
        let verified = match self.uploads.state(photo) {
            Some(State::Stored) => true,
            Some(State::Rejected) => false,
            _ => return,
        };
        // Where this cannot be noted, the server says it again after the next start.
        let _ = self.store.photo_answered(photo, Some(verified));
        let kept = self.store.photos().unwrap_or_default();
        let kept = kept.iter().find(|kept| kept.id == photo);
        self.changed.extend(kept.map(|kept| kept.document));
        match kept {
            _ if !verified => self.say("photo_refused"),
            Some(kept) => self.readings.want(photo, kept.slot),
            None => {}
        }
    }

    /// Who asks, and for what they signed.
    pub(super) fn signed_headers(&self, bytes: &[u8]) -> Vec<(&'static str, String)> {
        let key = ed25519_dalek::SigningKey::from_bytes(&self.me.secret);
        vec![
            ("Miaopi-Device", self.me.device.to_string()),
            ("Miaopi-Signature", hex::encode(signed::sign(&key, bytes).0)),
        ]
    }

    fn request(&self, request: TusRequest, photo: PhotoId, whole: &[u8]) -> Upload {
        let cipher = PhotoHash::of(whole);
        let who = Signatory { tenant: self.me.tenant, device: self.me.device };
        let length = u32::try_from(whole.len()).unwrap_or(u32::MAX);
        let mut headers = self.signed_headers(&signed::upload_bytes(who, photo, cipher, length));
        headers.push(("Tus-Resumable", "1.0.0".to_owned()));
        let path = format!("/files/{photo}");
        match request {
            TusRequest::Offset(_) => Upload { photo, method: "HEAD", path, headers, body: Vec::new() },
            TusRequest::Create(..) => {
                let metadata = format!(
                    "photo {},sha256 {}",
                    STANDARD.encode(photo.to_string()),
                    STANDARD.encode(cipher.to_string())
                );
                headers.push(("Upload-Length", whole.len().to_string()));
                headers.push(("Upload-Metadata", metadata));
                Upload { photo, method: "POST", path: "/files".to_owned(), headers, body: Vec::new() }
            }
            TusRequest::Slice { offset, length, .. } => {
                let from = offset as usize;
                let slice = whole.get(from..from.saturating_add(length as usize)).unwrap_or_default();
                headers.push(("Content-Type", "application/offset+octet-stream".to_owned()));
                headers.push(("Upload-Offset", offset.to_string()));
                Upload { photo, method: "PATCH", path, headers, body: slice.to_vec() }
            }
        }
    }
}

/// JPEG, or PNG as the signature is drawn.
fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0xff, 0xd8, 0xff]) || bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}
