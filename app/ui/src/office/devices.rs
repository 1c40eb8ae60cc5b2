//! The sync dashboard: how every device stands. The filter lies in the address (`?show=`, `?who=`, `?page=`).

use super::Cx;
use crate::components::{amounts::size, moment::Moment, tile::tile};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Values of the filter, in the order in which they are shown; the empty one is all that are in use.
pub const DEVICE_FILTERS: [&str; 5] = ["", "alarm", "unsafe", "connected", "revoked"];

/// What all devices come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceTotals {
    /// Devices that are in use.
    pub in_use: u64,
    /// Of these, connected now.
    pub connected: u64,
    /// Items that are not yet safe on the server.
    pub unsynced: u64,
    /// Bytes of photos that are still to be uploaded.
    pub photo_bytes: u64,
    /// Devices whose oldest unsafe item is older than an hour.
    pub late: u64,
    /// Items and changes that a person has to look at.
    pub aside: u64,
    /// Devices with another version of the app.
    pub old_app: u64,
}

/// One device as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRow {
    /// Its id, for the address.
    pub device: String,
    /// What its owner calls it.
    pub name: String,
    /// Whose it is.
    pub owner: String,
    /// It is connected.
    pub connected: bool,
    /// When it was last heard of.
    pub last_seen: Option<Moment>,
    /// Items that it alone has.
    pub unsynced: u32,
    /// Since when the oldest of them lies on it alone.
    pub oldest: Option<Moment>,
    /// Bytes of photos that are still to be uploaded.
    pub photo_bytes: u64,
    /// Changes of the server that it has not pulled.
    pub behind: u64,
    /// What it needs somebody for, as parts of text keys; the most pressing first.
    pub alarms: Vec<String>,
    /// It is out of use: `hand_over` or `erase`.
    pub revoked: Option<String>,
}

impl DeviceRow {
    /// Was it reported stolen or lost?
    pub(super) fn is_erased(&self) -> bool {
        self.revoked.as_deref() == Some("erase")
    }
}

/// What the devices of one place come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRow {
    /// The province; `None` before the first case of their owners.
    pub region: Option<String>,
    /// The dealer.
    pub dealer: String,
    /// Devices in use.
    pub in_use: u64,
    /// Of these, connected now.
    pub connected: u64,
    /// Items that are not yet safe on the server.
    pub unsynced: u64,
    /// Devices whose oldest unsafe item is older than an hour.
    pub late: u64,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Devices {
    /// The filter chosen: one of [`DEVICE_FILTERS`].
    pub filter: String,
    /// What is looked for among owners and names.
    pub who: String,
    /// What all devices come to.
    pub totals: DeviceTotals,
    /// The devices, those with an alarm first.
    pub rows: Vec<DeviceRow>,
    /// Address of the page before.
    pub before: Option<String>,
    /// Address of the next page.
    pub next: Option<String>,
    /// The devices by region and dealer, those that are late first; on the first page of all alone.
    pub places: Vec<PlaceRow>,
    /// Applications that were handed in and did not become cases, in the last thirty days.
    pub left: u64,
    /// When this was read.
    pub as_of: Moment,
}

/// Where the list is.
pub(super) const LIST: &str = "/office/sync";
/// Says that something changed, for the script.
pub(super) const EVENTS: &str = "/office/sync/events";

pub(super) fn list(cx: Cx, page: &Devices) -> Element {
    let searched = !page.who.is_empty();
    rsx! {
        {search(cx, page)}
        nav { class: "filters", aria_label: cx.t("devices-filter"),
            for filter in DEVICE_FILTERS {
                {filter_link(cx, filter, page)}
            }
        }
        div { id: "fresh", "data-events": EVENTS,
            {as_of(cx, &page.as_of)}
            {totals(cx, page)}
            if page.rows.is_empty() {
                p { class: "empty",
                    {cx.t(if searched || !page.filter.is_empty() { "devices-not-found" } else { "devices-none" })}
                }
            } else {
                {table(cx, &page.rows)}
            }
            p { class: "links",
                if let Some(before) = &page.before {
                    a { class: "button plain", href: "{before}", {cx.t("devices-before")} }
                }
                if let Some(next) = &page.next {
                    a { class: "button plain", href: "{next}", {cx.t("devices-next")} }
                }
            }
            if !page.places.is_empty() {
                {places(cx, &page.places)}
            }
        }
        {rescue(cx)}
    }
}

/// Takes in a file that a device exported; whose it is, the file says.
pub(super) fn rescue(cx: Cx) -> Element {
    rsx! {
        details { class: "acts",
            summary { {cx.t("device-rescue")} }
            p { {cx.t("device-rescue-says")} }
            form { method: "post", action: "{LIST}/rescue", enctype: "multipart/form-data",
                {cx.form_id()}
                label { r#for: "rescue-file", {cx.t("device-rescue-file")} }
                input { id: "rescue-file", r#type: "file", name: "file", accept: ".rescue", required: true }
                button { class: "button second", r#type: "submit", {cx.t("device-rescue-go")} }
            }
        }
    }
}

fn search(cx: Cx, page: &Devices) -> Element {
    rsx! {
        form { class: "search", method: "get", action: LIST, role: "search",
            if !page.filter.is_empty() {
                input { r#type: "hidden", name: "show", value: "{page.filter}" }
            }
            div { class: "field",
                label { r#for: "who", {cx.t("devices-who")} }
                input { id: "who", name: "who", r#type: "search", value: "{page.who}", maxlength: 40, autocomplete: "off" }
            }
            button { class: "button second", r#type: "submit", {cx.t("cases-find-go")} }
        }
    }
}

fn filter_link(cx: Cx, filter: &str, page: &Devices) -> Element {
    let who = match page.who.is_empty() {
        true => String::new(),
        false => format!("who={}", escaped(&page.who)),
    };
    let href = match (filter, who.as_str()) {
        ("", "") => LIST.to_owned(),
        ("", who) => format!("{LIST}?{who}"),
        (filter, "") => format!("{LIST}?show={filter}"),
        (filter, who) => format!("{LIST}?show={filter}&{who}"),
    };
    let name = if filter.is_empty() { "all" } else { filter };
    rsx! {
        a { href, aria_current: (filter == page.filter).then_some("true"), {cx.t(&format!("devices-show-{name}"))} }
    }
}

/// A text as it stands in an address.
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

pub(super) fn as_of(cx: Cx, at: &Moment) -> Element {
    rsx! {
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {at.element()}
            " · "
            a { href: cx.view.here.clone(), {cx.t("reload")} }
        }
    }
}

fn totals(cx: Cx, page: &Devices) -> Element {
    let Devices { totals, left, .. } = page;
    rsx! {
        dl { class: "tiles",
            {tile(&cx.t("devices-in-use"), rsx! { "{totals.connected} / {totals.in_use}" }, false)}
            {tile(&cx.t("devices-unsynced"), rsx! { "{totals.unsynced}" }, false)}
            {tile(&cx.t("devices-photos"), rsx! { {size(totals.photo_bytes)} }, false)}
            {tile(&cx.t("devices-late"), rsx! { "{totals.late}" }, totals.late > 0)}
            {tile(&cx.t("devices-aside"), rsx! { "{totals.aside}" }, totals.aside > 0)}
            {tile(&cx.t("devices-old-app"), rsx! { "{totals.old_app}" }, totals.old_app > 0)}
            {tile(
                &cx.t("devices-left"),
                rsx! {
                    if *left > 0 {
                        a { class: "tall", href: "/office/queue#left", "{left}" }
                    } else {
                        "0"
                    }
                },
                *left > 0,
            )}
        }
    }
}

fn table(cx: Cx, rows: &[DeviceRow]) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("col-device")} }
                    th { scope: "col", {cx.t("col-standing")} }
                    th { scope: "col", {cx.t("col-seen")} }
                    th { scope: "col", class: "sum", {cx.t("col-unsynced")} }
                    th { scope: "col", {cx.t("col-oldest")} }
                    th { scope: "col", class: "sum", {cx.t("col-behind")} }
                }
            }
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            a { href: "{LIST}/{row.device}", "{row.owner}" }
                            small { "{row.name}" }
                        }
                        td { "data-label": cx.t("col-standing"), {standing(cx, row)} }
                        td { "data-label": cx.t("col-seen"), {perhaps(row.last_seen.as_ref())} }
                        td { class: "sum", "data-label": cx.t("col-unsynced"), {unsynced(row)} }
                        td { "data-label": cx.t("col-oldest"), {perhaps(row.oldest.as_ref())} }
                        td { class: "sum", "data-label": cx.t("col-behind"), "{row.behind}" }
                    }
                }
            }
        }
    }
}

/// Where the devices are at work, by what their owners' newest cases say.
fn places(cx: Cx, rows: &[PlaceRow]) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "places",
            h2 { id: "places", {cx.t("devices-places")} }
            p { class: "hint", {cx.t("devices-places-hint")} }
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("col-region")} }
                        th { scope: "col", {cx.t("col-dealer")} }
                        th { scope: "col", {cx.t("devices-in-use")} }
                        th { scope: "col", {cx.t("col-unsynced")} }
                        th { scope: "col", {cx.t("devices-late")} }
                    }
                }
                tbody {
                    for row in rows {
                        tr {
                            th { scope: "row",
                                {row.region.clone().unwrap_or_else(|| cx.t("devices-no-place"))}
                            }
                            td { "data-label": cx.t("col-dealer"),
                                if row.dealer.is_empty() {
                                    span { class: "muted", "–" }
                                } else {
                                    "{row.dealer}"
                                }
                            }
                            td { "data-label": cx.t("devices-in-use"), "{row.connected} / {row.in_use}" }
                            td { "data-label": cx.t("col-unsynced"), "{row.unsynced}" }
                            td { "data-label": cx.t("devices-late"),
                                if row.late > 0 {
                                    span { class: "state waiting", "{row.late}" }
                                } else {
                                    "0"
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn standing(cx: Cx, row: &DeviceRow) -> Element {
    let (class, text) = match (&row.revoked, row.connected) {
        (Some(how), _) => (
            if row.is_erased() { "state over" } else { "state ended" },
            cx.t(&format!("device-revoked-{}", how.replace('_', "-"))),
        ),
        (None, true) => ("state open", cx.t("device-connected")),
        (None, false) => ("state", cx.t("device-away")),
    };
    rsx! {
        span { class, "{text}" }
        for alarm in &row.alarms {
            " "
            span { class: "state waiting", {cx.t(&format!("device-alarm-{alarm}"))} }
        }
    }
}

fn unsynced(row: &DeviceRow) -> Element {
    rsx! {
        "{row.unsynced}"
        if row.photo_bytes > 0 {
            small { {size(row.photo_bytes)} }
        }
    }
}

pub(super) fn perhaps(at: Option<&Moment>) -> Element {
    match at {
        Some(at) => at.element(),
        None => rsx! { span { class: "muted", "–" } },
    }
}
