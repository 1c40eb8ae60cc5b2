//! A device's photo is opened: it must be sealed for this tenant under its own name, and the picture must be the one whose
//! digest was handed in.

use bytes::Bytes;
use shared::domain::{PhotoHash, PhotoId, TenantId};
use shared::protocol::sealed_photo;

use super::upload::{Upload, row, whole};
use crate::{app::App, problem::Problem};

/// Why a photo that arrived as it was signed cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WrongPhoto {
    /// Nothing was uploaded under this name.
    #[error("the photo is not here")]
    Missing,
    /// It was sealed for somebody else, under another name, or not at all.
    #[error("the photo does not open")]
    Seal,
    /// It opens, and is another picture than the one that was handed in.
    #[error("the photo is not the picture that was handed in")]
    Digest,
}

impl WrongPhoto {
    /// Stable code for programs.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "photo_missing",
            Self::Seal => "photo_not_sealed_for_us",
            Self::Digest => "photo_not_as_handed_in",
        }
    }
}

/// Opens a photo and holds it against the digest that was handed in.
///
/// # Errors
/// Inside, what is wrong with the photo; outside, when the store cannot be read.
pub(crate) async fn open_sealed(
    app: &App,
    tenant: TenantId,
    photo: PhotoId,
    plain: PhotoHash,
) -> Result<Result<Bytes, WrongPhoto>, Problem> {
    let Some(upload) = app.store.read(move |conn| row(conn, tenant, photo)).await? else {
        return Ok(Err(WrongPhoto::Missing));
    };
    opened(app, tenant, &upload, Some(plain)).await
}

/// Opens an upload; where a digest is given, it has to be the picture's.
///
/// # Errors
/// As [`open_sealed`].
pub(super) async fn opened(
    app: &App,
    tenant: TenantId,
    upload: &Upload,
    plain: Option<PhotoHash>,
) -> Result<Result<Bytes, WrongPhoto>, Problem> {
    let sealed = whole(app, tenant, upload).await?;
    let (photo, secret) = (upload.promised.photo, app.keys.photo_secret(tenant));
    // Twenty megabytes take a while: not where requests are answered.
    let opened = tokio::task::spawn_blocking(move || {
        let picture = sealed_photo::open(&sealed, tenant, photo, &secret).map_err(|_| WrongPhoto::Seal)?;
        let fits = plain.is_none_or(|plain| PhotoHash::of(&picture) == plain);
        if fits { Ok(Bytes::from(picture)) } else { Err(WrongPhoto::Digest) }
    });
    opened.await.map_err(|error| Problem::internal(&error))
}
