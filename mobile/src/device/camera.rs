//! The camera, as the page uses it (`getUserMedia`): pictures of cards and vehicles. Nothing else that a web view can lend to
//! a page is lent to ours.
//!
//! On phones the system asks the person whether the app may use the camera, with the texts of their projects. On Linux
//! nobody would be asked, and nobody needs to be: the program is the person's own, and only its own page is ever in the window.

use tauri::{
    Webview, WebviewWindow,
    webview::{PermissionKind, PermissionResponse},
};

/// Answers what the page wants to use of the device.
pub(crate) fn answer(view: &Webview, wanted: PermissionKind) -> PermissionResponse {
    let ours = view.url().is_ok_and(|url| crate::is_our_own(&url));
    if ours && is_lent(&wanted) { PermissionResponse::Allow } else { PermissionResponse::Deny }
}

/// No sound, no place, no other screen: a case needs none of them.
fn is_lent(wanted: &PermissionKind) -> bool {
    matches!(wanted, PermissionKind::Camera)
}

/// Switches on what WebKit for Linux leaves off: without it a page finds no camera at all.
///
/// # Errors
/// When the window has closed.
pub(crate) fn switch_on(window: &WebviewWindow) -> tauri::Result<()> {
    window.with_webview(|view| {
        #[cfg(target_os = "linux")]
        {
            use webkit2gtk::{SettingsExt as _, WebViewExt as _};

            let Some(settings) = view.inner().settings() else { return };
            settings.set_enable_media_stream(true);
            // For tests: a picture that WebKit makes itself, where there is no camera.
            #[cfg(debug_assertions)]
            settings.set_enable_mock_capture_devices(std::env::var_os("MIAOPI_APP_MOCK_CAMERA").is_some());
        }
        #[cfg(not(target_os = "linux"))]
        let _ = view;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camera_is_lent_and_nothing_else() {
        assert!(is_lent(&PermissionKind::Camera));
        for other in [
            PermissionKind::Microphone,
            PermissionKind::Geolocation,
            PermissionKind::DisplayCapture,
            PermissionKind::Notifications,
            PermissionKind::ClipboardRead,
            PermissionKind::Other,
        ] {
            assert!(!is_lent(&other), "{other:?}");
        }
    }
}
