//! Checks the app's configuration, and makes a permission of each command of its own.

use tauri_build::{AppManifest, Attributes};

fn main() {
    let commands =
        AppManifest::new().commands(&["ask", "listen", "links", "touched", "storage", "notify", "hand_over"]);
    if let Err(error) = tauri_build::try_build(Attributes::new().app_manifest(commands)) {
        // A build script says what is wrong by ending with it.
        panic!("{error:#}");
    }
}
