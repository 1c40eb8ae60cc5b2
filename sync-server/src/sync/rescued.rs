//! What a device could not send any more, brought as a file by a person: taken in by the same rules as if the device had
//! sent it.

use axum::http::StatusCode;
use bytes::Bytes;
use serde_json::json;
use shared::domain::DeviceId;
use shared::protocol::{
    rescued::{self, Rescued},
    sync::{self as wire, ReceiptState, SyncCode},
};
use shared::sync::{Committed, Work};

use super::{
    commit::{self, Means},
    read,
};
use crate::{accounts::Staff, app::App, audit, captures, problem::Problem};

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
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
pub(crate) async fn take_in(app: &App, staff: &Staff, file: Bytes) -> Result<(DeviceId, TakenIn), Problem> {
    let device = rescued::device_of(&file).ok_or_else(not_ours)?;
    let (keys, tenant) = (app.keys.clone(), staff.tenant);
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
    note(app, staff, device, taken).await?;
    Ok((device, taken))
}

async fn carry_out(app: &App, device: DeviceId, work: Work, taken: &mut TakenIn) -> Result<(), Problem> {
    let changes = match &work {
        Work::Push(push) => push.documents.iter().map(|(_, _, changes)| changes.len()).sum(),
        Work::Manifest(_) => 0,
    };
    let means =
        Means { keys: app.keys.clone(), random: app.world.random.clone(), now: app.world.clock.now() };
    let Ok(_place) = app.news.place().await else { return Err(crate::store::StoreError::Unavailable.into()) };
    let done = app.store.write(move |conn| commit::commit(conn, device, &work, &means)).await;
    let (committed, news) = done?;
    news.into_iter().for_each(|news| app.news.tell(news));
    match committed {
        Committed::Push { refused, quarantined, .. } => {
            taken.refused += refused.len();
            let kept = changes.saturating_sub(refused.len());
            taken.changes += kept;
            taken.quarantined += if quarantined { kept } else { 0 };
        }
        Committed::Manifest(receipt) => {
            taken.submissions += 1;
            if receipt.state == ReceiptState::Complete {
                app.submissions.ring();
            }
        }
        Committed::Refused { code: SyncCode::StorageFull | SyncCode::StorageFailed, .. } => {
            return Err(crate::store::StoreError::Unavailable.into());
        }
        Committed::Refused { .. } => taken.refused += changes.max(1),
    }
    Ok(())
}

async fn note(app: &App, staff: &Staff, device: DeviceId, taken: TakenIn) -> Result<(), Problem> {
    let TakenIn { changes, submissions, photos, quarantined, refused } = taken;
    let detail = json!({"changes": changes, "submissions": submissions, "photos": photos,
        "quarantined": quarantined, "refused": refused});
    let (tenant, actor, now) = (staff.tenant.to_string(), staff.actor(), app.world.clock.now());
    app.store
        .write(move |conn| {
            let (subject, detail) = (device.to_string(), detail.to_string());
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action: "device.rescue_taken_in",
                subject: &subject,
                detail: &detail,
            };
            audit::record(conn, entry)
        })
        .await?;
    app.news.tell_of_devices(staff.tenant);
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
