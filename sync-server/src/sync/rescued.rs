//! What a device could not send any more, brought as a file by a person: taken in by the same rules as if the device had
//! sent it.

use axum::http::StatusCode;
use bytes::Bytes;
use serde::Serialize;
use shared::domain::{DeviceId, TenantId};
use shared::protocol::{
    rescued::{self, Rescued},
    sync::{self as wire, SyncCode},
};
use shared::sync::{Committed, Work};

use super::{commit, read};
use crate::{app::App, captures, problem::Problem, store::StoreError};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(crate) struct TakenIn {
    /// Changes that are here now, or were before.
    pub(crate) changes: usize,
    /// Submissions likewise.
    pub(crate) submissions: usize,
    /// Photos likewise.
    pub(crate) photos: usize,
    /// Of the changes, those that lie in quarantine: the device is out of use.
    pub(crate) quarantined: usize,
    /// Things that were not taken.
    pub(crate) refused: usize,
}

/// Takes in a file of one of the company's devices.
///
/// # Errors
/// 422 `rescue_form` for anything else; 5xx when it could not be kept: what was taken by then stays, and the same file again
/// goes on from there.
pub(crate) async fn take_in(
    app: &App,
    tenant: TenantId,
    file: Bytes,
) -> Result<(DeviceId, TakenIn), Problem> {
    let device = rescued::device_of(&file).ok_or_else(not_ours)?;
    let keys = app.keys.clone();
    let known = app.store.read(move |conn| read::device(conn, &keys, device)).await?;
    let known = known.filter(|known| known.tenant == tenant).ok_or_else(not_ours)?;
    let secret = app.keys.photo_secret(tenant);
    // Sixteen megabytes take a while: not where requests are answered.
    let opened = tokio::task::spawn_blocking(move || rescued::open(&file, tenant, &secret));
    let opened = opened.await.map_err(|error| Problem::internal(&error))?;
    let Rescued { frames, photos } = opened.map_err(|_| not_ours())?;
    let mut taken = TakenIn::default();
    for frame in frames {
        let work = wire::decode(&frame.0).and_then(|frame| Work::brought(frame, device, &known));
        match work {
            Ok(work) => carry_out(app, device, work, &mut taken).await?,
            Err(_) => taken.refused += 1,
        }
    }
    for photo in photos {
        match captures::bring(app, device, photo).await {
            Ok(()) => taken.photos += 1,
            Err(problem) if problem.status < 500 => taken.refused += 1,
            Err(problem) => return Err(problem),
        }
    }
    Ok((device, taken))
}

async fn carry_out(app: &App, device: DeviceId, work: Work, taken: &mut TakenIn) -> Result<(), Problem> {
    let changes = match &work {
        Work::Push(push) => push.documents.iter().map(|(_, _, changes)| changes.len()).sum(),
        Work::Manifest(_) => 0,
    };
    match commit::carry_out(app, device, work).await? {
        Committed::Push { refused, quarantined, .. } => {
            taken.refused += refused.len();
            let kept = changes.saturating_sub(refused.len());
            taken.changes += kept;
            taken.quarantined += if quarantined { kept } else { 0 };
        }
        Committed::Manifest(_) => taken.submissions += 1,
        Committed::Refused { code: SyncCode::StorageFull | SyncCode::StorageFailed, .. } => {
            return Err(StoreError::Unavailable.into());
        }
        Committed::Refused { .. } => taken.refused += changes.max(1),
    }
    Ok(())
}

fn not_ours() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "rescue_form",
        "This is no file that one of your company's devices exported, or it was changed. Export it again on the device.",
    )
    .field("file")
}
