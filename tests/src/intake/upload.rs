//! A photo sent in slices, by tus 1.0.

use anyhow::{Context, Result, ensure};
use reqwest::{Method, RequestBuilder, StatusCode, multipart};

use super::Customer;

impl Customer {
    /// Begins an upload of so many bytes; its path.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn begin_upload(&self, bytes: usize) -> Result<String> {
        let answer = self.tus(Method::POST, "/files").header("Upload-Length", bytes).send().await?;
        ensure!(answer.status() == StatusCode::CREATED, "no upload: {}", answer.text().await?);
        let place = answer.headers().get("Location").context("an upload without a place")?;
        Ok(place.to_str()?.to_owned())
    }

    /// Sends a slice for the place `from`.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send_slice(&self, upload: &str, from: usize, slice: &[u8]) -> Result<StatusCode> {
        let request = self.tus(Method::PATCH, upload).header("Upload-Offset", from);
        let request = request.header("Content-Type", "application/offset+octet-stream");
        Ok(request.body(slice.to_vec()).send().await?.status())
    }

    /// Hands in a number and an uploaded photo.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn hand_in_upload(&self, id_number: &str, upload: &str) -> Result<StatusCode> {
        let id = upload.rsplit('/').next().unwrap_or_default().to_owned();
        let form = multipart::Form::new()
            .text("act_id", self.act())
            .text("id_number", id_number.to_owned())
            .text("photo_upload", id);
        let request = self.client.post(format!("{}/identity", self.api)).bearer_auth(&self.token);
        Ok(request.multipart(form).send().await?.status())
    }

    fn tus(&self, method: Method, path: &str) -> RequestBuilder {
        let server = self.api.trim_end_matches("/api/v1/customer");
        let request = self.client.request(method, format!("{server}{path}"));
        request.header("Tus-Resumable", "1.0.0").header("Miaopi-Link", &self.token)
    }
}
