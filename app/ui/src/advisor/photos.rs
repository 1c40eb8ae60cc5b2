//! The photos of one kind: what is there with its state, the camera beside a file, a hint for a poor photo.

use super::errand::{errand, note};
use super::{
    browser,
    camera::{self, Camera},
    desk::{Desk, use_desk},
    engine,
    measure::Verdict,
    missing::slot_name,
    prepare_photo::{self, Prepared},
    viewfinder::{Closed, Remark, Viewfinder},
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Answer, Ask, PhotoShown, PhotoState};
use shared::document::{DocumentId, Needs, Slot};
use shared::domain::PhotoId;
use web_sys::HtmlCanvasElement;

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
    let view = use_signal(|| None::<Camera>);
    let remark = use_signal(|| None::<Remark>);
    let refused = use_signal(|| None::<&'static str>);
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let photos: Vec<PhotoShown> = case.photos.iter().filter(|photo| photo.slot == slot).cloned().collect();
    let bounds = Needs::standard().photos.into_iter().find(|(needed, ..)| *needed == slot);
    let (least, most) = bounds.map_or((0, 4), |(_, least, most)| (least, most));
    let here = photos.len();
    let place = Place { desk, document, slot, most, poor, tries, working, view, remark, refused };
    rsx! {
        section { class: "card photos", aria_labelledby: "slot-{slot:?}",
            div { class: "photos-head",
                h2 { id: "slot-{slot:?}", tabindex: "-1",
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
                {decide(w, place, waits)}
            }
            if *working.read() {
                p { class: "hint", role: "status", {w.t("photo-preparing")} }
            }
            if case.is_draft() && here < most {
                {ways(w, place)}
            }
            if let Some(camera) = view.read().clone() {
                Viewfinder {
                    camera,
                    document,
                    slot,
                    count: place.several().then(|| count(w, here, least, most)),
                    working,
                    remark,
                    on_shot: move |picture| errand(place.take(picture)),
                    on_close: move |why| place.close(why),
                }
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

/// Where photos of one kind are taken, and what the screen shows of it.
#[derive(Clone, Copy)]
struct Place {
    desk: Desk,
    document: DocumentId,
    slot: Slot,
    most: usize,
    poor: Signal<Option<Poor>>,
    tries: Signal<u32>,
    working: Signal<bool>,
    /// The camera, while its view is open.
    view: Signal<Option<Camera>>,
    remark: Signal<Option<Remark>>,
    /// Why the camera could not be used here.
    refused: Signal<Option<&'static str>>,
}

/// The camera, in the app's own view where the browser has one for us and otherwise by the system's app; beside it a file.
fn ways(w: Words, place: Place) -> Element {
    let Place { desk, slot, .. } = place;
    let (camera, file) = (format!("camera-{slot:?}"), format!("file-{slot:?}"));
    let (from_camera, from_file) = (camera.clone(), file.clone());
    let choose = move |input: String| {
        let files = prepare_photo::chosen(&input);
        errand(async move {
            over(place.document).await;
            place.take_all(files).await;
        });
    };
    let what = slot_name(w, slot);
    rsx! {
        if let Some(code) = *place.refused.read() {
            {refusal(w, place, code)}
        }
        div { class: "photo-ways live",
            if camera::possible() && !*desk.camera_refused.read() {
                button {
                    id: "{camera}",
                    class: "file",
                    r#type: "button",
                    aria_label: w.with("photo-take-of", &[("what", what.clone().into())]),
                    onclick: move |_| errand(place.open()),
                    {icon(Icon::Camera)}
                    span { {w.t("photo-take")} }
                }
            } else {
                label { class: "file", r#for: "{camera}",
                    {icon(Icon::Camera)}
                    span { {w.t("photo-take")} }
                    input {
                        id: "{camera}",
                        r#type: "file",
                        accept: "image/*",
                        capture: "environment",
                        aria_label: w.with("photo-take-of", &[("what", what.clone().into())]),
                        onclick: move |_| errand(place.begin()),
                        onchange: move |_| choose(from_camera.clone()),
                        oncancel: move |_| errand(over(place.document)),
                    }
                }
            }
            label { class: "file", r#for: "{file}",
                {icon(Icon::Picture)}
                span { {w.t("photo-choose")} }
                input {
                    id: "{file}",
                    r#type: "file",
                    accept: "image/*",
                    multiple: place.several(),
                    aria_label: w.with("photo-choose-of", &[("what", what.into())]),
                    onchange: move |_| choose(from_file.clone()),
                }
            }
        }
    }
}

/// Why the camera's own view is not there, and the way back to it.
fn refusal(w: Words, place: Place, code: &str) -> Element {
    let Place { mut desk, slot, mut refused, .. } = place;
    let why = match code {
        "camera_missing" => "photo-camera-missing",
        "camera_busy" => "photo-camera-busy",
        _ => "photo-camera-denied",
    };
    rsx! {
        div { class: "banner warn camera-refused", role: "alert",
            {icon(Icon::Alert)}
            div { class: "asks",
                p { {w.t(why)} }
                div { class: "pair",
                    button {
                        class: "button small",
                        r#type: "button",
                        onclick: move |_| {
                            refused.set(None);
                            desk.camera_refused.set(false);
                            errand(come_back_to(slot));
                        },
                        {w.t("photo-camera-again")}
                    }
                }
            }
        }
    }
}

async fn over(document: DocumentId) {
    let _ = engine::ask(Ask::Capturing { document, slot: None }, None).await;
}

/// The focus goes where photos of this kind are taken, or to their heading where there are enough.
async fn come_back_to(slot: Slot) {
    // The screen without the camera's view is drawn after this.
    browser::sleep(30).await;
    if !browser::focus_in_place(&format!("camera-{slot:?}")) {
        browser::focus_in_place(&format!("slot-{slot:?}"));
    }
}

impl Place {
    /// Are photos taken one after the other here?
    fn several(self) -> bool {
        self.most > 2
    }

    /// The camera is about to open, and may end the app.
    async fn begin(self) {
        let Place { document, slot, .. } = self;
        let _ = engine::ask(Ask::Capturing { document, slot: Some(slot) }, None).await;
    }

    /// Opens the camera's view, or says why it does not open.
    async fn open(self) {
        let Place { mut desk, document, slot, view, .. } = self;
        self.begin().await;
        note(self.refused, None);
        match camera::open().await {
            // Whoever left meanwhile does not find the camera on.
            Ok(_) if view.try_peek().is_err() => over(document).await,
            Ok(camera) => {
                forget(self.poor);
                note(self.remark, None);
                note(view, Some(camera));
            }
            Err(code) => {
                over(document).await;
                desk.camera_refused.set(true);
                note(self.refused, Some(code));
                come_back_to(slot).await;
            }
        }
    }

    /// Closes the camera's view.
    fn close(self, why: Closed) {
        let Place { slot, view, .. } = self;
        let Some(camera) = view.try_peek().ok().and_then(|view| view.clone()) else { return };
        camera.close();
        note(view, None);
        if why == Closed::Lost {
            self.desk.tell_problem("camera_lost");
        }
        errand(come_back_to(slot));
    }

    /// Takes what the camera's view showed at the shutter. A poor picture leaves the view open for another try, until it is
    /// clear that it does not get better.
    async fn take(self, picture: HtmlCanvasElement) {
        let Place { desk, document, slot, most, tries, working, remark, .. } = self;
        note(working, true);
        match prepare_photo::finish(picture).await {
            Err(code) => {
                self.close(Closed::Done);
                desk.tell_problem(code);
            }
            Ok(photo) if photo.verdict == Verdict::Good => {
                if !self.several() {
                    self.close(Closed::Done);
                }
                let kept = desk.change(Ask::TakePhoto { document, slot }, Some(photo.bytes)).await;
                forget(self.poor);
                note(tries, 0);
                if kept.is_err() || photos_of(desk, slot) >= most {
                    self.close(Closed::Done);
                } else if self.several() {
                    note(remark, Some(Remark::Kept));
                    // The camera is still open, and a kept photo says that it is not.
                    if self.view.try_peek().is_ok_and(|view| view.is_some()) {
                        self.begin().await;
                    }
                }
            }
            Ok(photo) => {
                note(remark, Some(Remark::Poor(photo.verdict)));
                if self.set_aside(photo) >= POOR_BEFORE_ANYWAY {
                    self.close(Closed::Done);
                }
            }
        }
        note(working, false);
    }

    async fn take_all(self, files: Vec<web_sys::File>) {
        let Place { desk, document, slot, poor, tries, working, .. } = self;
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
                    self.set_aside(photo);
                }
            }
        }
        note(working, false);
    }

    /// One more poor photo waits for a decision; gives how many there were in a row.
    fn set_aside(self, photo: Prepared) -> u32 {
        let Place { poor, tries, .. } = self;
        forget(poor);
        let so_far = tries.try_peek().map_or(1, |tries| *tries + 1);
        note(tries, so_far);
        let url = browser::picture_url(&photo.bytes, "image/jpeg").unwrap_or_default();
        note(poor, Some(Poor { photo, url }));
        so_far
    }
}

fn photos_of(desk: Desk, slot: Slot) -> usize {
    let case = desk.case.peek();
    case.as_ref().map_or(0, |case| case.photos.iter().filter(|photo| photo.slot == slot).count())
}

fn forget(poor: Signal<Option<Poor>>) {
    let url = poor.try_peek().ok().and_then(|poor| poor.as_ref().map(|poor| poor.url.clone()));
    if let Some(url) = url {
        browser::forget_url(&url);
        note(poor, None);
    }
}

/// A poor photo, why it is poor, and what can be done.
fn decide(w: Words, place: Place, waits: &Poor) -> Element {
    let Place { desk, document, slot, poor, tries, .. } = place;
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

/// An address under which the page can show a photo, where this device has it; [`browser::forget_url`] gives it back.
pub async fn picture_of(photo: PhotoId) -> Option<String> {
    match engine::ask(Ask::Picture { photo }, None).await {
        (Answer::Picture, Some(bytes)) if bytes.byte_length() > 0 => {
            browser::picture_url(&bytes, "image/jpeg")
        }
        _ => None,
    }
}

/// The address of a photo's picture, as long as the screen shows it.
fn use_picture(photo: PhotoId) -> Signal<Option<String>> {
    let mut url = use_signal(|| None::<String>);
    use_future(move || async move {
        url.set(picture_of(photo).await);
    });
    use_drop(move || {
        if let Some(url) = url.try_peek().ok().and_then(|url| url.clone()) {
            browser::forget_url(&url);
        }
    });
    url
}
