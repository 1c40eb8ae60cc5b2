//! Keeping the draft: about a second after the last change, again where it did not get through, never over somebody else's.

use super::{
    api::{self, Refusal, UNREACHABLE},
    board::{Board, Dialog, Open},
};
use crate::browser;
use crate::texts::problem_short;
use dioxus::prelude::*;
use shared::flow::Baseline;
use shared::flow::draw::{Canvas, Problem};
use shared::protocol::flows::{KeepDraft, SubmitDraft};
use std::rc::Rc;

/// From the last change until it is kept, milliseconds.
const REST_MS: i32 = 1_000;
/// From the last change until problems are looked for, milliseconds.
const CHECK_MS: i32 = 200;
/// Until a draft that did not get through is tried again, milliseconds.
const AGAIN_MS: i32 = 5_000;

/// How far the drawing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// All of it.
    All,
    /// There are changes that are not on their way yet.
    Changed,
    /// They are on their way.
    Keeping,
    /// They did not get through; they are tried again.
    Failed,
    /// The draft was changed elsewhere: nothing more is kept here.
    Elsewhere,
    /// It was handed in.
    Submitted,
}

/// Reads the draft that the address names, and keeps it from then on.
pub fn use_keeping(board: Board) {
    use_future(move || load(board));
    use_effect(move || {
        let now = *board.changes.read();
        if now > 0 {
            spawn(check_soon(board, now));
            spawn(keep_soon(board, now));
        }
    });
    use_effect(move || {
        let safe = matches!(*board.kept.read(), Kept::All | Kept::Submitted);
        browser::hold_page(!safe);
    });
}

/// The id at the end of the address.
fn draft_id() -> String {
    browser::path().trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

/// Reads the draft.
pub async fn load(mut board: Board) {
    match api::read(&draft_id()).await {
        Ok(draft) => match Canvas::read(&draft.file) {
            Ok(canvas) => {
                board.open.set(Some(Open { id: draft.id, revision: draft.revision }));
                board.shut.set(None);
                board.kept.set(Kept::All);
                board.show(canvas);
                browser::sleep(20).await;
                board.begin();
                company_rules(board).await;
                estimate(board).await;
            }
            Err(not) => board.shut.set(Some(not.code().to_owned())),
        },
        Err(refusal) => refused(board, &refusal),
    }
}

/// What a refusal means before the draft is open.
fn refused(mut board: Board, refusal: &Refusal) {
    if refusal.code == "sign_in_needed" {
        let _ = browser::window().location().set_href(&format!("/office/sign-in?next={}", browser::path()));
        return;
    }
    board.shut.set(Some(refusal.code.clone()));
}

async fn check_soon(board: Board, now: u32) {
    browser::sleep(CHECK_MS).await;
    if *board.changes.peek() == now {
        board.check();
    }
}

async fn keep_soon(mut board: Board, now: u32) {
    if *board.kept.peek() == Kept::Elsewhere {
        return;
    }
    if *board.kept.peek() != Kept::Keeping {
        board.kept.set(Kept::Changed);
    }
    browser::sleep(REST_MS).await;
    if *board.changes.peek() == now {
        keep(board).await;
    }
}

/// Keeps the drawing as it now is. Whether all of it is kept.
pub async fn keep(mut board: Board) -> bool {
    // One at a time: the next one needs the revision that this one brings.
    while *board.kept.peek() == Kept::Keeping {
        browser::sleep(100).await;
    }
    if *board.kept.peek() == Kept::Elsewhere {
        return false;
    }
    let Some(open) = board.open.peek().clone() else { return false };
    let now = *board.changes.peek();
    let file = board.drawing.peek().canvas().write();
    board.kept.set(Kept::Keeping);
    match api::keep(&open.id, &KeepDraft { revision: open.revision, file }).await {
        Ok(kept) => {
            board.open.set(Some(Open { id: open.id, revision: kept.revision }));
            let all = *board.changes.peek() == now;
            board.kept.set(if all { Kept::All } else { Kept::Changed });
            if all {
                dioxus::core::spawn_forever(estimate(board));
            }
            all
        }
        Err(refusal) if refusal.code == "draft_changed" => {
            board.kept.set(Kept::Elsewhere);
            false
        }
        Err(refusal) => {
            board.kept.set(Kept::Failed);
            if refusal.code != UNREACHABLE {
                tell(board, &refusal);
            }
            dioxus::core::spawn_forever(async move {
                browser::sleep(AGAIN_MS).await;
                if *board.kept.peek() == Kept::Failed {
                    Box::pin(keep(board)).await;
                }
            });
            false
        }
    }
}

/// Reads the company's own rules and looks for problems anew. Until then the platform's are shown; where it fails, the
/// server says the rest when the draft is handed in.
async fn company_rules(mut board: Board) {
    let rules = api::rules().await.ok();
    board.rules.set(rules.and_then(|rules| Baseline::parse(&rules.company.to_string()).ok()));
    board.check();
}

/// Asks what a case would take on the draft as it is kept; nothing is said of one that cases cannot go through.
async fn estimate(mut board: Board) {
    let Some(open) = board.open.peek().clone() else { return };
    let said = api::estimate(&open.id).await.ok();
    // Of two that were asked one after the other, the later one counts.
    if board.open.peek().as_ref().is_some_and(|now| now.revision == open.revision) {
        board.estimate.set(said);
    }
}

/// Hands the draft in; the list of problems shows what the server finds.
pub async fn submit(mut board: Board, note: String) {
    if *board.kept.peek() != Kept::All && !keep(board).await {
        tell(board, &Refusal { code: "designer_not_kept".to_owned(), body: serde_json::Value::Null });
        return;
    }
    let Some(open) = board.open.peek().clone() else { return };
    match api::submit(&open.id, &SubmitDraft { revision: open.revision, note }).await {
        // The draft goes on from what was handed in.
        Ok(draft) => {
            board.open.set(Some(Open { id: draft.id, revision: draft.revision }));
            board.kept.set(Kept::Submitted);
        }
        Err(refusal) => {
            let findings = refusal.body.get("findings").and_then(serde_json::Value::as_array);
            let found = findings.into_iter().flatten().filter_map(Problem::read);
            let drawing = board.drawing.peek();
            let found: Vec<Problem> = found.map(|problem| problem.on(drawing.canvas())).collect();
            drop(drawing);
            if !found.is_empty() {
                board.problems.set(Rc::new(found));
                board.listing.set(true);
            }
            if refusal.code == "draft_changed" {
                board.kept.set(Kept::Elsewhere);
            }
            board.dialog.set(Dialog::None);
            tell(board, &refusal);
        }
    }
}

fn tell(board: Board, refusal: &Refusal) {
    let lang = *board.lang.peek();
    let words = crate::texts::Words(lang);
    let own = words.find(&format!("designer-refused-{}", refusal.code.replace('_', "-")));
    let text =
        own.or_else(|| problem_short(&refusal.code, lang)).unwrap_or_else(|| words.t("problem-unknown"));
    board.tell(text);
}
