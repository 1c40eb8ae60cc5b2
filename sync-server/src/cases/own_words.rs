//! What a customer adds of their own: a note for the person they ask, strokes of a drawn signature. Both are extra, never
//! required, and kept sealed under the customer's key.

use crate::{
    app::App,
    cases::hand_in::{open_object, seal_object},
    flows::journal::CaseRef,
    links::Customer,
    problem::Problem,
    store::ObjectKey,
};
use shared::domain::PersonId;

/// Longest note, in characters.
const MAX_NOTE: usize = 500;

/// Keeps the customer's note for whoever is asked; an empty one is no note.
///
/// # Errors
/// When it cannot be stored.
pub(super) async fn keep_note(app: &App, customer: &Customer, note: &str) -> Result<(), Problem> {
    let note: String = note.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(MAX_NOTE).collect();
    keep(app, customer, &note_of(customer.of), &note).await
}

/// The newest note of a case.
pub async fn note(app: &App, of: CaseRef, person: PersonId) -> Option<String> {
    let kept = open_object(app, of, person, &note_of(of)).await.ok()?;
    String::from_utf8(kept.to_vec()).ok()
}

/// Keeps the drawn signature, as the page describes it: strokes of `x,y` points.
///
/// # Errors
/// 422 `signature_too_long` for more than the page lets anybody draw; when it cannot be stored.
pub(super) async fn keep_signature(app: &App, customer: &Customer, strokes: &str) -> Result<(), Problem> {
    let drawn = strokes.bytes().all(|byte| byte.is_ascii_digit() || b",; ".contains(&byte));
    if strokes.len() > ui::customer::SIGNATURE_LIMIT || !drawn {
        return Err(Problem::invalid(
            "signature",
            "signature_too_long",
            "The drawn signature is too long. Clear it and sign more simply, or leave it out.",
        ));
    }
    let object = ObjectKey::new(customer.of.tenant, "strokes", customer.of.case);
    keep(app, customer, &object, strokes).await
}

fn note_of(of: CaseRef) -> ObjectKey {
    ObjectKey::new(of.tenant, "notes", of.case)
}

async fn keep(app: &App, customer: &Customer, object: &ObjectKey, text: &str) -> Result<(), Problem> {
    if text.is_empty() {
        return Ok(());
    }
    let sealed = seal_object(app, customer.of, customer.person, object, text.as_bytes()).await?;
    Ok(app.store.objects().put(object, sealed).await?)
}
