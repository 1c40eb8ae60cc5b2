//! The advisor's app as an app of its own: a window with the same screens as in the browser, and the engine running
//! natively behind them, on an encrypted database whose key the operating system's keystore guards.
//!
//! Where to start: [`run`] opens the window; `commands.rs` is all that its page may ask; [`host`] is the engine's shell,
//! as `assets/advisor/worker.js` is in a browser; `device/` has a file for each thing of the device that is used.

mod commands;
pub mod device;
pub mod frame;
pub mod host;

use std::{env, fs, io::Write as _, path::PathBuf};

use jiff::Timestamp;
use tauri::{App, Manager, Url, WebviewWindowBuilder, Wry, ipc::Invoke, webview::NewWindowResponse};

use device::{links::Links, secure_key::OfThisSystem};
use host::{Host, Settings};

/// Where everything is kept, for tests and for several profiles on one computer; otherwise the system's place for it.
const FOLDER: &str = "MIAOPI_APP_FOLDER";
/// The server that is proposed to whoever enrols the device: set when the app is built for a company, or when it starts.
const SERVER: &str = "MIAOPI_APP_SERVER";

/// Opens the app's window and stays until it is closed.
///
/// # Panics
/// When the system has no web view, or the app's folder cannot be made.
#[allow(clippy::expect_used)] // there is no screen yet that could say so
pub fn run() {
    quiet_panics();
    let builder = tauri::Builder::default();
    #[cfg(desktop)]
    let builder = builder.plugin(tauri_plugin_notification::init());
    #[cfg(target_os = "android")]
    let builder = builder.plugin(device::share::plugin());
    builder
        .plugin(tauri_plugin_opener::Builder::new().open_js_links_on_click(false).build())
        .manage(Links::default())
        .setup(|app| {
            let folder = folder(app)?;
            #[cfg(target_os = "linux")]
            device::links::one_window(app.handle(), &folder);
            let host = start(folder.clone());
            app.manage(commands::Folder(folder));
            app.manage(host);
            let window = app.config().app.windows.first().ok_or("tauri.conf.json names no window")?;
            let window = WebviewWindowBuilder::from_config(app.handle(), window)?
                .on_download(|view, event| device::files::save(&view, event))
                // A stray link, or a script that is not ours, would take people's data along in an address.
                .on_navigation(is_our_own)
                .on_new_window(|_, _| NewWindowResponse::Deny)
                .on_permission_request(|view, wanted| device::camera::answer(&view, wanted))
                .build()?;
            device::camera::switch_on(&window)?;
            #[cfg(desktop)]
            device::links::follow_arguments(app.handle(), env::args());
            Ok(())
        })
        .invoke_handler(|invoke| {
            let others: fn(Invoke<Wry>) -> bool = tauri::generate_handler![
                commands::listen,
                commands::links,
                commands::hand_over,
                commands::touched,
                commands::storage,
                commands::notify
            ];
            if invoke.message.command() == "ask" { commands::ask(invoke) } else { others(invoke) }
        })
        .build(tauri::generate_context!())
        .expect("the window opens")
        .run(device::links::heard);
}

/// Where a phone's system enters the program.
#[cfg(mobile)]
#[allow(missing_docs)] // what the macro makes has none
mod entry {
    #[tauri::mobile_entry_point]
    fn enter() {
        super::run();
    }
}

/// The page's own addresses: tauri's scheme, or on Android and Windows the host that stands for it.
fn is_our_own(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => true,
        "https" => url.host_str() == Some("tauri.localhost"),
        scheme => scheme == "blob" || url.as_str() == "about:blank",
    }
}

/// The folder that everything is kept in, and nobody else's.
fn folder(app: &App) -> Result<PathBuf, Box<dyn std::error::Error>> {
    let folder = match env::var_os(FOLDER) {
        Some(folder) => PathBuf::from(folder),
        None => app.path().app_local_data_dir()?,
    };
    fs::create_dir_all(&folder)?;
    // Without links on the way: the database is not opened through any.
    let folder = fs::canonicalize(folder)?;
    #[cfg(unix)]
    fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
    Ok(folder)
}

fn start(folder: PathBuf) -> Host {
    let server = env::var(SERVER).ok().or(option_env!("MIAOPI_APP_SERVER").map(str::to_owned));
    Host::start(Settings {
        folder,
        server: server.unwrap_or_default(),
        runtime: tauri::async_runtime::handle().inner().clone(),
        wall: Timestamp::now,
        keystore: Box::new(OfThisSystem),
    })
}

/// A panic's message may hold what somebody typed: only its place is printed.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // Where nobody listens, that is no reason for another one.
        let _ = writeln!(std::io::stderr(), "miaopi-advisor: a part of the program ended at {place}");
    }));
}
