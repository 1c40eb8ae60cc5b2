//! Files that leave the app on a phone, because somebody asked for them: nothing is saved there by a page. On Android the file
//! lies unencrypted in a folder of the app until the app is next started or closed, lent to the one program that the person
//! chooses. On iOS the page hands it to the system itself (`assets/advisor/link.js`); on desktops `files.rs` saves it.

use serde::Deserialize;
use tauri::AppHandle;

/// What the page wants to hand over, beside the bytes.
#[derive(Deserialize)]
pub(crate) struct Handed {
    /// What the file is called.
    pub(crate) name: String,
    /// It is to be shown. Otherwise the person says where it goes.
    pub(crate) shown: bool,
}

/// Hands a file to the system; says whether the person was asked, or saw it.
#[cfg_attr(not(target_os = "android"), expect(clippy::unused_async))] // only there is somebody to wait for
pub(crate) async fn hand_over(app: &AppHandle, handed: &Handed, bytes: &[u8]) -> bool {
    #[cfg(target_os = "android")]
    return android::hand_over(app, handed, bytes).await.is_some();
    #[cfg(not(target_os = "android"))]
    {
        let _ = (app, &handed.name, handed.shown, bytes);
        false
    }
}

#[cfg(target_os = "android")]
pub(crate) use android::plugin;

#[cfg(target_os = "android")]
mod android {
    use tauri::{
        AppHandle, Manager as _, Wry,
        plugin::{Builder, PluginHandle, TauriPlugin},
    };

    use super::Handed;
    use crate::device::files;

    /// Below the app's cache: what `res/xml/file_paths.xml` lends and `MainActivity.kt` empties.
    const FOLDER: &str = "handed";

    struct Kotlin(PluginHandle<Wry>);

    /// What `HandOver.kt` is asked.
    #[derive(serde::Serialize)]
    struct Show<'a> {
        path: &'a std::path::Path,
        pdf: bool,
        shown: bool,
    }

    /// The end of it that speaks Kotlin.
    pub(crate) fn plugin() -> TauriPlugin<Wry> {
        Builder::new("hand-over")
            .setup(|app, api| {
                app.manage(Kotlin(api.register_android_plugin("dev.miaopi.advisor", "HandOver")?));
                Ok(())
            })
            .build()
    }

    pub(super) async fn hand_over(app: &AppHandle, handed: &Handed, bytes: &[u8]) -> Option<()> {
        let folder = app.path().app_cache_dir().ok()?.join(FOLDER);
        std::fs::create_dir_all(&folder).ok()?;
        let path = folder.join(files::harmless(std::path::Path::new(&handed.name).file_name()?.into()));
        std::fs::write(&path, bytes).ok()?;
        let ask = Show { path: &path, pdf: bytes.starts_with(&files::PDF), shown: handed.shown };
        app.state::<Kotlin>().0.run_mobile_plugin_async::<serde_json::Value>("show", ask).await.ok()?;
        Some(())
    }
}
