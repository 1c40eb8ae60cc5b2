//! The photos of one kind: what is there with its state, the camera beside a file, a hint for a poor photo.

use super::errand::{errand, note};
use super::{
    browser,
    desk::{Desk, use_desk},
    engine,
    measure::Verdict,
    missing::slot_name,
    prepare_photo::{self, Prepared},
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Answer, Ask, PhotoShown, PhotoState};
use shared::document::{DocumentId, Needs, Slot};
use shared::domain::PhotoId;

/// A photo may be poor so often before it can be used as it is.
const POOR_BEFORE_ANYWAY: u32 = 3;

/// A poor photo that waits for a decision.
#[derive(Debug, Clone, PartialEq)]
struct Poor {
    photo: Prepared,
    url: String,
}

/// The photos of one kind of the open case.
#[component]
pub fn Photos(slot: Slot) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let poor = use_signal(|| None::<Poor>);
    let tries = use_signal(|| 0u32);
    let working = use_signal(|| false);
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let photos: Vec<PhotoShown> = case.photos.iter().filter(|photo| photo.slot == slot).cloned().collect();
    let bounds = Needs::standard().photos.into_iter().find(|(needed, ..)| *needed == slot);
    let (least, most) = bounds.map_or((0, 4), |(_, least, most)| (least, most));
    let here = photos.len();
    rsx! {
        section { class: "card photos", aria_labelledby: "slot-{slot:?}",
            div { class: "photos-head",
                h2 { id: "slot-{slot:?}",
                    {slot_name(w, slot)}
                    if least > 0 {
                        span { class: "needed", "aria-hidden": "true", "*" }
                    }
                }
                span { class: if here >= least && here > 0 { "chip good" } else { "chip" },
                    {count(w, here, least, most)}
                }
            }
            if here == 0 {
                p { class: "hint", {w.t(hint_key(slot))} }
            }
            if !photos.is_empty() {
                ul { class: "thumbs",
                    for photo in photos {
                        Thumb { key: "{photo.id}", document, photo, draft: case.is_draft() }
                    }
                }
            }
            if let Some(waits) = poor.read().as_ref() {
                {decide(desk, w, document, slot, waits, poor, tries)}
            }
            if *working.read() {
                p { class: "hint", role: "status", {w.t("photo-preparing")} }
            }
            if case.is_draft() && here < most {
                {inputs(Inputs { desk, w, document, slot, several: most > 2, poor, tries, working })}
            }
        }
    }
}

fn count(w: Words, here: usize, least: usize, most: usize) -> String {
    match least {
        0 if here == 0 => w.t("photos-optional"),
        _ if here < least => w.with("photos-of", &[("have", here.into()), ("need", least.into())]),
        _ => w.with("photos-have", &[("have", here.into()), ("most", most.into())]),
    }
}

fn hint_key(slot: Slot) -> &'static str {
    match slot {
        Slot::Vehicle => "photo-hint-vehicle",
        Slot::IdFront | Slot::IdBack => "photo-hint-card",
        _ => "photo-hint-paper",
    }
}

struct Inputs {
    desk: Desk,
    w: Words,
    document: DocumentId,
    slot: Slot,
    several: bool,
    poor: Signal<Option<Poor>>,
    tries: Signal<u32>,
    working: Signal<bool>,
}

fn inputs(i: Inputs) -> Element {
    let Inputs { desk, w, document, slot, several, poor, tries, working } = i;
    let camera = format!("camera-{slot:?}");
    let file = format!("file-{slot:?}");
    let take = move |input: String| {
        let files = prepare_photo::chosen(&input);
        errand(async move {
            over(document).await;
            take_all(desk, document, slot, files, poor, tries, working).await;
        });
    };
    let (from_camera, from_file) = (camera.clone(), file.clone());
    rsx! {
        div { class: "photo-ways live",
            label { class: "file", r#for: "{camera}",
                {icon(Icon::Camera)}
                span { {w.t("photo-take")} }
                input {
                    id: "{camera}",
                    r#type: "file",
                    accept: "image/*",
                    capture: "environment",
                    aria_label: w.with("photo-take-of", &[("what", slot_name(w, slot).into())]),
                    onclick: move |_| {
                        errand(async move {
                            let _ = engine::ask(Ask::Capturing { document, slot: Some(slot) }, None).await;
                        });
                    },
                    onchange: move |_| take(from_camera.clone()),
                    oncancel: move |_| {
                        errand(over(document));
                    },
                }
            }
            label { class: "file", r#for: "{file}",
                {icon(Icon::Picture)}
                span { {w.t("photo-choose")} }
                input {
                    id: "{file}",
                    r#type: "file",
                    accept: "image/*",
                    multiple: several,
                    aria_label: w.with("photo-choose-of", &[("what", slot_name(w, slot).into())]),
                    onchange: move |_| take(from_file.clone()),
                }
            }
        }
    }
}

async fn over(document: DocumentId) {
    let _ = engine::ask(Ask::Capturing { document, slot: None }, None).await;
}

async fn take_all(
    desk: Desk,
    document: DocumentId,
    slot: Slot,
    files: Vec<web_sys::File>,
    poor: Signal<Option<Poor>>,
    tries: Signal<u32>,
    working: Signal<bool>,
) {
    note(working, true);
    for file in files {
        match prepare_photo::prepare(&file).await {
            Err(code) => desk.tell_problem(code),
            Ok(photo) if photo.verdict == Verdict::Good => {
                let _ = desk.change(Ask::TakePhoto { document, slot }, Some(photo.bytes)).await;
                forget(poor);
                note(tries, 0);
            }
            Ok(photo) => {
                forget(poor);
                note(tries, tries.try_peek().map_or(1, |tries| *tries + 1));
                let url = browser::picture_url(&photo.bytes, "image/jpeg").unwrap_or_default();
                note(poor, Some(Poor { photo, url }));
            }
        }
    }
    note(working, false);
}

fn forget(poor: Signal<Option<Poor>>) {
    let url = poor.try_peek().ok().and_then(|poor| poor.as_ref().map(|poor| poor.url.clone()));
    if let Some(url) = url {
        browser::forget_url(&url);
        note(poor, None);
    }
}

/// A poor photo, why it is poor, and what can be done.
fn decide(
    desk: Desk,
    w: Words,
    document: DocumentId,
    slot: Slot,
    waits: &Poor,
    poor: Signal<Option<Poor>>,
    tries: Signal<u32>,
) -> Element {
    let why = if waits.photo.verdict == Verdict::Glare { "photo-poor-glare" } else { "photo-poor-blurred" };
    let bytes = waits.photo.bytes.clone();
    rsx! {
        div { class: "poor", role: "alert",
            img { src: "{waits.url}", alt: w.t("photo-poor-alt") }
            p { {icon(Icon::Alert)} {w.t(why)} }
            div { class: "pair",
                if *tries.read() >= POOR_BEFORE_ANYWAY {
                    button {
                        class: "button small",
                        r#type: "button",
                        onclick: move |_| {
                            let bytes = bytes.clone();
                            errand(async move {
                                if desk.change(Ask::TakePhoto { document, slot }, Some(bytes)).await.is_ok() {
                                    forget(poor);
                                    note(tries, 0);
                                }
                            });
                        },
                        {w.t("photo-anyway-use")}
                    }
                }
                button { class: "button small", r#type: "button", onclick: move |_| forget(poor), {w.t("photo-drop")} }
            }
        }
    }
}

/// One photo with its state.
#[component]
fn Thumb(document: DocumentId, photo: PhotoShown, draft: bool) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let picture = use_picture(photo.id);
    let name = slot_name(w, photo.slot);
    let (state, class) = state(w, photo.state);
    let id = photo.id;
    let mut asked = use_signal(|| false);
    rsx! {
        li { class: "thumb",
            if let Some(url) = picture.read().as_ref() {
                img { src: "{url}", alt: "{name}" }
            } else {
                span { class: "no-picture", {icon(Icon::Picture)} }
            }
            span { class: "chip {class}", "{state}" }
            if let PhotoState::Sending(percent) = photo.state {
                progress { max: "100", value: "{percent}", aria_label: "{state}" }
            }
            if draft {
                if *asked.read() {
                    button {
                        class: "button small danger",
                        r#type: "button",
                        onclick: move |_| {
                            errand(async move {
                                let _ = desk.change(Ask::RemovePhoto { document, photo: id }, None).await;
                            });
                        },
                        {w.t("photo-remove-sure")}
                    }
                } else {
                    button {
                        class: "remove",
                        r#type: "button",
                        aria_label: w.with("photo-remove", &[("what", name.clone().into())]),
                        onclick: move |_| asked.set(true),
                        {icon(Icon::Cross)}
                    }
                }
            }
        }
    }
}

fn state(w: Words, state: PhotoState) -> (String, &'static str) {
    match state {
        PhotoState::Kept => (w.t("photo-state-kept"), ""),
        PhotoState::Sending(percent) => (w.with("photo-state-sending", &[("n", percent.into())]), "busy"),
        PhotoState::Safe => (w.t("photo-state-safe"), "good"),
        PhotoState::Rejected => (w.t("photo-state-rejected"), "bad"),
        PhotoState::Elsewhere => (w.t("photo-state-elsewhere"), ""),
    }
}

/// The address of a photo's picture, as long as the screen shows it.
fn use_picture(photo: PhotoId) -> Signal<Option<String>> {
    let mut url = use_signal(|| None::<String>);
    use_future(move || async move {
        let answer = engine::ask(Ask::Picture { photo }, None).await;
        if let (Answer::Picture, Some(bytes)) = answer
            && bytes.byte_length() > 0
        {
            url.set(browser::picture_url(&bytes, "image/jpeg"));
        }
    });
    use_drop(move || {
        if let Some(url) = url.try_peek().ok().and_then(|url| url.clone()) {
            browser::forget_url(&url);
        }
    });
    url
}
