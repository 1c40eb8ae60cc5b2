//! Before one may work: enrol this device, unlock it, or learn why it does not open.

use super::{
    browser,
    desk::{problem_text, use_desk},
    errand::errand,
    link,
    rescue::{self, Rescue},
    settings::language,
};
use crate::components::{
    brand::wordmark,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, Gate, MAX_PIN_DIGITS, MIN_PIN_DIGITS, Standing};

/// The gate that is shut.
#[component]
pub fn GateScreen(standing: Standing) -> Element {
    let desk = use_desk();
    let w = desk.words();
    rsx! {
        main { id: "main", class: "gate", "data-gate": gate_name(standing.gate),
            div { class: "gate-brand", {wordmark(&w.t("brand"))} }
            match standing.gate {
                Gate::New => rsx! { Enrol { below: false, server: standing.server.clone() } },
                Gate::Locked | Gate::Waiting => rsx! { Unlock { waiting: standing.gate == Gate::Waiting, unsynced: standing.unsynced } },
                Gate::LeaseOver => rsx! { Stopped { title: "gate-lease-title", text: "gate-lease-text", again: true } },
                Gate::Revoked => rsx! { Stopped { title: "gate-revoked-title", text: "gate-revoked-text", again: false } },
                Gate::Lost => rsx! { Stopped { title: "gate-lost-title", text: "gate-lost-text", again: false } },
                Gate::Open => rsx! {},
            }
            if standing.gate == Gate::Lost {
                Enrol { below: true, server: standing.server.clone() }
            }
            {language(desk, w)}
        }
    }
}

/// The gate's name, as the interface writes it.
fn gate_name(gate: Gate) -> String {
    serde_json::to_value(gate).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Signing in; `below` another heading where that says why. An app that has to be told its `server` asks for it.
#[component]
fn Enrol(below: bool, server: Option<String>) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let asks_server = server.is_some();
    let server = use_signal(|| server.unwrap_or_default());
    let user = use_signal(String::new);
    let password = use_signal(String::new);
    let device = use_signal(|| w.t("enrol-device-first"));
    let pin = use_signal(String::new);
    let again = use_signal(String::new);
    let mut problem = use_signal(|| None::<String>);
    let mut busy = use_signal(|| false);
    let send = move |event: FormEvent| {
        event.prevent_default();
        let wrong = match () {
            () if asks_server && server.peek().trim().is_empty() => Some("server_odd"),
            () if user.peek().trim().is_empty() || password.peek().is_empty() => Some("enrol_incomplete"),
            () if !pin_fits(&pin.peek()) => Some("pin_too_short"),
            () if too_easy(&pin.peek()) => Some("pin_too_easy"),
            () if *pin.peek() != *again.peek() => Some("pin_differs"),
            () => None,
        };
        problem.set(wrong.map(str::to_owned));
        if wrong.is_some() || *busy.peek() {
            return;
        }
        busy.set(true);
        spawn(async move {
            let ask = Ask::Enrol {
                user: user.peek().trim().to_owned(),
                password: password.peek().clone(),
                device_name: device.peek().trim().to_owned(),
                pin: pin.peek().clone(),
                server: server.peek().trim().to_owned(),
            };
            let failed = desk.learn_standing(ask).await.err();
            if failed.is_none() {
                // From now on something is kept here: ask the browser to leave it alone.
                errand(async move {
                    link::persist().await;
                });
                return;
            }
            problem.set(failed);
            busy.set(false);
        });
    };
    rsx! {
        if below {
            h2 { {w.t("enrol-title")} }
        } else {
            h1 { id: "heading", tabindex: "-1", {w.t("enrol-title")} }
        }
        p { class: "lead", {w.t("enrol-lead")} }
        if !*desk.network.read() {
            p { class: "banner warn", {icon(Icon::Alert)} {w.t("enrol-needs-network")} }
        }
        form { class: "card fields", onsubmit: send, novalidate: true,
            if asks_server {
                {entry(w, "enrol-server", "url", "url", server)}
            }
            {entry(w, "enrol-user", "text", "username", user)}
            {entry(w, "enrol-password", "password", "current-password", password)}
            {entry(w, "enrol-device", "text", "off", device)}
            {digits(w, "enrol-pin", pin, Some(w.with("enrol-pin-hint", &[("n", MIN_PIN_DIGITS.into())])))}
            {digits(w, "enrol-pin-again", again, None)}
            // Beside the button that was pressed: the form is taller than a phone.
            {failure(w, problem)}
            button { class: "button main", r#type: "submit", disabled: *busy.read(),
                {w.t(if *busy.read() { "enrol-busy" } else { "enrol-go" })}
            }
        }
    }
}

#[component]
fn Unlock(waiting: bool, unsynced: usize) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut pin = use_signal(String::new);
    let mut problem = use_signal(|| None::<String>);
    let mut busy = use_signal(|| false);
    // The PIN that was right, of a device that does not open all the same.
    let mut right = use_signal(String::new);
    let send = move |event: FormEvent| {
        event.prevent_default();
        if *busy.peek() {
            return;
        }
        if !pin_fits(&pin.peek()) {
            problem.set(Some("pin_too_short".into()));
            return;
        }
        busy.set(true);
        spawn(async move {
            let ask = Ask::Unlock { pin: pin.peek().clone() };
            let failed = desk.learn_standing(ask).await.err();
            let opens_never = failed.as_deref().is_some_and(rescue::helps);
            right.set(if opens_never { pin.peek().clone() } else { String::new() });
            problem.set(failed);
            pin.set(String::new());
            busy.set(false);
            browser::focus("unlock-pin");
        });
    };
    rsx! {
        h1 { id: "heading", tabindex: "-1", {w.t("unlock-title")} }
        if unsynced > 0 {
            p { class: "banner note", {icon(Icon::Info)} {w.with("unlock-unsynced", &[("n", unsynced.into())])} }
        }
        if waiting {
            p { class: "banner warn", role: "alert", {icon(Icon::Clock)} {w.t("unlock-wait")} }
        }
        form { class: "card fields", onsubmit: send, novalidate: true,
            {failure(w, problem)}
            {digits(w, "unlock-pin", pin, None)}
            button { class: "button main", r#type: "submit", disabled: *busy.read(),
                {w.t(if *busy.read() { "unlock-busy" } else { "unlock-go" })}
            }
        }
        if !right.read().is_empty() {
            Rescue { pin: right.read().clone() }
        }
        p { class: "hint", {w.t("unlock-forgotten")} }
    }
}

#[component]
fn Stopped(title: &'static str, text: &'static str, again: bool) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let unsynced = desk.standing.read().as_ref().map_or(0, |standing| standing.unsynced);
    let connect = move |_| {
        spawn(async move {
            let _ = super::engine::ask(Ask::ConnectNow, None).await;
            if let Err(code) = desk.learn_standing(Ask::Standing).await {
                desk.tell_problem(&code);
            }
        });
    };
    rsx! {
        h1 { id: "heading", tabindex: "-1", {w.t(title)} }
        p { class: "banner warn", role: "alert", {icon(Icon::Alert)} {w.t(text)} }
        if again {
            button { class: "button main", r#type: "button", onclick: connect, {w.t("sync-connect")} }
            if unsynced > 0 {
                Rescue {}
            }
        }
    }
}

fn failure(w: Words, problem: Signal<Option<String>>) -> Element {
    rsx! {
        if let Some(code) = problem.read().as_ref() {
            p { class: "error", role: "alert", {problem_text(w, code)} }
        }
    }
}

fn entry(
    w: Words,
    id: &'static str,
    kind: &'static str,
    autocomplete: &'static str,
    mut value: Signal<String>,
) -> Element {
    rsx! {
        div { class: "field",
            label { r#for: id, {w.t(id)} }
            input {
                id,
                r#type: kind,
                autocomplete,
                autocapitalize: "off",
                spellcheck: "false",
                maxlength: 100,
                value: "{value}",
                oninput: move |event| value.set(event.value()),
            }
        }
    }
}

fn digits(w: Words, id: &'static str, mut value: Signal<String>, hint: Option<String>) -> Element {
    rsx! {
        div { class: "field",
            label { r#for: id, {w.t(id)} }
            if let Some(hint) = &hint {
                p { class: "hint", id: "{id}-hint", "{hint}" }
            }
            input {
                id,
                class: "w-code",
                r#type: "password",
                inputmode: "numeric",
                autocomplete: "off",
                maxlength: MAX_PIN_DIGITS as i64,
                aria_describedby: hint.is_some().then(|| format!("{id}-hint")),
                value: "{value}",
                oninput: move |event| value.set(event.value().chars().filter(char::is_ascii_digit).collect()),
            }
        }
    }
}

fn pin_fits(pin: &str) -> bool {
    (MIN_PIN_DIGITS..=MAX_PIN_DIGITS).contains(&pin.len())
}

/// One digit over and over, or digits in a row: the first that a thief tries.
fn too_easy(pin: &str) -> bool {
    let steps: Vec<i16> =
        pin.as_bytes().windows(2).map(|pair| i16::from(pair[1]) - i16::from(pair[0])).collect();
    [0, 1, -1].iter().any(|same| steps.iter().all(|step| step == same))
}
