//! A form with a photo, from a page or a program.

use axum::{extract::Multipart, http::StatusCode};
use bytes::Bytes;

use crate::{app::App, links::Customer, problem::Problem};

/// A form with a photo, as it came.
#[derive(Default)]
pub(super) struct PhotoForm {
    pub(super) step_id: String,
    /// What a page asked for alone.
    pub(super) what: String,
    pub(super) id_number: String,
    pub(super) phone: Option<String>,
    pub(super) name: Option<String>,
    pub(super) photo: Option<Bytes>,
    pub(super) use_anyway: bool,
}

impl PhotoForm {
    /// Reads a multipart form; the first non-empty photo counts.
    pub(super) async fn read(app: &App, customer: &Customer, mut form: Multipart) -> Result<Self, Problem> {
        let mut read = Self::default();
        while let Some(field) = form.next_field().await.map_err(unreadable)? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(unreadable)?;
            let text = || String::from_utf8_lossy(&bytes).trim().chars().take(200).collect::<String>();
            match name.as_str() {
                "step_id" | "act_id" => read.step_id = text(),
                "what" => read.what = text(),
                "id_number" => read.id_number = text(),
                "phone" => read.phone = Some(text()).filter(|phone| !phone.is_empty()),
                "name" => read.name = Some(text()).filter(|name| !name.is_empty()),
                "use_anyway" => read.use_anyway = text() == "yes",
                "photo_upload" if !bytes.is_empty() => {
                    read.photo = Some(super::uploads::finished(app, customer, &text()).await?);
                }
                "photo" | "photo_camera" | "photo_file" if !bytes.is_empty() && read.photo.is_none() => {
                    read.photo = Some(bytes);
                }
                _ => {}
            }
        }
        Ok(read)
    }
}

fn unreadable(error: axum::extract::multipart::MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "photo_too_large",
            "The photo is larger than 20 MB. Choose a smaller one.",
        )
        .field("photo");
    }
    error.into()
}
