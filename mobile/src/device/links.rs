//! Links that open the app at a case: `miaopi://case/` and the case's 26 characters. Anybody can write one, so a link goes to
//! that screen and no further: it changes nothing, passes no lock, and a case that is not on this device is an unknown one.
//!
//! Phones and macOS hand a link to the app that runs. Elsewhere it is the argument of a second start; on Linux that start
//! finds the window of the same folder by the name that it has on the session's bus, gives it the link, and ends.

use std::sync::{Mutex, PoisonError};

use shared::domain::DocumentId;
use tauri::{AppHandle, Manager as _, RunEvent, ipc::Channel};

/// How every link begins.
const BEGINS: &str = "miaopi://case/";

/// The way to the page, and the case that was asked for before there was one.
#[derive(Default)]
pub(crate) struct Links(Mutex<Way>);

#[derive(Default)]
struct Way {
    page: Option<Channel<DocumentId>>,
    waiting: Option<DocumentId>,
}

impl Links {
    /// A page opened and wants to hear which case to show.
    pub(crate) fn listen(&self, page: Channel<DocumentId>) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = way.waiting.take() {
            let _ = page.send(document);
        }
        way.page = Some(page);
    }

    fn show(&self, document: DocumentId) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if way.page.as_ref().is_none_or(|page| page.send(document).is_err()) {
            way.waiting = Some(document);
        }
    }
}

/// Phones and macOS say that a link was opened, before and after there is a page.
pub(crate) fn heard(app: &AppHandle, event: RunEvent) {
    #[cfg(any(target_os = "macos", target_os = "ios", target_os = "android"))]
    if let RunEvent::Opened { urls } = event {
        urls.iter().for_each(|url| follow(app, url.as_str()));
    }
    #[cfg(not(any(target_os = "macos", target_os = "ios", target_os = "android")))]
    let _ = (app, event);
}

/// Goes where the program's arguments lead: a link is the only one.
#[cfg(desktop)]
pub(crate) fn follow_arguments(app: &AppHandle, arguments: impl IntoIterator<Item = String>) {
    let mut given = arguments.into_iter().skip(1);
    if let (Some(link), None) = (given.next(), given.next()) {
        follow(app, &link);
    }
}

/// Has a second start with the same folder end, and show the window that is open instead. Where there is no bus, or the window
/// does not answer, the second one opens and says that the first is open.
#[cfg(target_os = "linux")]
pub(crate) fn one_window(app: &AppHandle, folder: &std::path::Path) {
    use std::os::unix::fs::MetadataExt as _;

    // By its number, not by its path: one folder has many paths, and names on the bus are short.
    let Ok(folder) = std::fs::metadata(folder) else { return };
    let name = format!("{}.folder{}_{}", app.config().identifier, folder.dev(), folder.ino());
    let come_again = |app: &AppHandle, arguments: Vec<String>, _: String| {
        if let Some(window) = app.get_webview_window("main") {
            let _ = window.unminimize();
            let _ = window.set_focus();
        }
        follow_arguments(app, arguments);
    };
    let plugin = tauri_plugin_single_instance::Builder::new().callback(come_again).dbus_id(name);
    let _ = app.plugin(plugin.build());
}

/// Goes where a link leads, if it is one of ours.
fn follow(app: &AppHandle, link: &str) {
    if let Some(document) = document(link) {
        app.state::<Links>().show(document);
    }
}

/// The case that a link names; `None` for everything that is not such a link to the letter.
fn document(link: &str) -> Option<DocumentId> {
    link.strip_prefix(BEGINS)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_one_case_and_says_nothing_else() {
        let case = DocumentId::from_bytes([7; 16]);
        let link = format!("{BEGINS}{case}");
        assert_eq!(document(&link), Some(case));
        let id = case.to_string();
        for odd in [
            format!("https://case/{id}"),
            format!("miaopi://contract/{id}"),
            format!("miaopi:case/{id}"),
            format!("MIAOPI://case/{id}"),
            format!("miaopi://case@evil/{id}"),
            format!("{link}/"),
            format!("{link}?lock=no"),
            format!("{link}#x"),
            format!(" {link}"),
            format!("{link}\n"),
            format!("{BEGINS}../{id}"),
            format!("{BEGINS}{}", id.to_uppercase().replace(|c: char| c.is_ascii_digit(), "x")),
            format!("{BEGINS}{}", "a".repeat(10_240)),
            "javascript:alert(1)".to_owned(),
            BEGINS.to_owned(),
            String::new(),
        ] {
            assert_eq!(document(&odd), None, "{odd}");
        }
    }
}
