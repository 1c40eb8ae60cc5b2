//! The system's own board for what happened while nobody looks at the window.

use tauri::AppHandle;

/// Longest text, in characters: what the page says is a case's number and where it is now.
const MAX_CHARS: usize = 120;

/// Shows it, where the system has such a board. Phones are left alone: nothing there was tried yet.
pub(crate) fn show(app: &AppHandle, text: &str) {
    let text = shown(text);
    #[cfg(desktop)]
    {
        use tauri_plugin_notification::NotificationExt as _;

        // Where nobody listens, the screen says it all the same.
        let _ = app.notification().builder().title(app.package_info().name.as_str()).body(text).show();
    }
    #[cfg(mobile)]
    let _ = (app, text);
}

/// What stands on the board: one line, and no mark-up, which some boards draw.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>' | '&')).take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_shows_one_plain_line_there() {
        assert_eq!(shown("MP000042 客户已签约"), "MP000042 客户已签约");
        assert_eq!(shown("<a href=x>\n&"), "a href=x");
        assert_eq!(shown(&"x".repeat(1_000)).len(), MAX_CHARS);
    }
}
