//! Files that leave the app because somebody asked for them, saved among the person's downloads: a contract, which the
//! system's own viewer shows as well, and what is not yet safe, sealed for the office.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use tauri::{Manager, Webview, webview::DownloadEvent};
use tauri_plugin_opener::OpenerExt as _;

/// What a file is called that the page gave no name.
const UNNAMED: &str = "miaopi.pdf";
/// How the name of a file ends with what is not yet safe.
const RESCUE: &str = "rescue";
/// How a PDF begins (ISO 32000-2, 7.5.2).
pub(super) const PDF: [u8; 5] = *b"%PDF-";
/// How often one name is used.
const MOST_ALIKE: u32 = 1_000;

/// Saves what the page made itself, and nothing from anywhere else; says whether it may go on.
pub(crate) fn save(webview: &Webview, event: DownloadEvent<'_>) -> bool {
    match event {
        DownloadEvent::Requested { url, destination } => {
            let folder = webview.path().download_dir();
            let folder = folder.or_else(|_| webview.path().home_dir().map(|home| home.join("Downloads")));
            let Some(folder) = folder.ok().filter(|_| url.scheme() == "blob") else { return false };
            let name = destination.file_name().map_or_else(|| UNNAMED.into(), PathBuf::from);
            let name = harmless(name);
            let free = std::fs::create_dir_all(&folder).ok().and_then(|()| free(&folder, &name));
            free.is_some_and(|free| {
                *destination = free;
                true
            })
        }
        DownloadEvent::Finished { path: Some(path), success: true, .. } if is_pdf(&path) => {
            // Where no viewer is set up, the file still lies there.
            let _ = webview.opener().open_path(path.to_string_lossy(), None::<&str>);
            true
        }
        _ => true,
    }
}

/// Whatever the page calls it, the system takes it for a document, or for nothing that it knows, and never runs it.
pub(super) fn harmless(name: PathBuf) -> PathBuf {
    if name.extension().is_some_and(|ending| ending == RESCUE) { name } else { name.with_extension("pdf") }
}

fn is_pdf(path: &Path) -> bool {
    let mut begins = [0; PDF.len()];
    File::open(path).and_then(|mut file| file.read_exact(&mut begins)).is_ok() && begins == PDF
}

/// A path in the folder that nothing lies at: the name itself, or with a number behind it.
fn free(folder: &Path, name: &Path) -> Option<PathBuf> {
    let (stem, ending) = (name.file_stem()?.to_string_lossy(), name.extension());
    (1..MOST_ALIKE).find_map(|number| {
        let mut path = folder.join(if number == 1 { stem.to_string() } else { format!("{stem} ({number})") });
        if let Some(ending) = ending {
            // Not `set_extension`: a name may hold points of its own.
            path.as_mut_os_string().push(".");
            path.as_mut_os_string().push(ending);
        }
        (!path.exists()).then_some(path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pdf_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        for (bytes, shown) in [(&b"%PDF-1.7\n"[..], true), (b"%PDF", false), (b"#!/bin/sh\n", false)] {
            let path = folder.path().join("saved.pdf");
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(is_pdf(&path), shown, "{bytes:?}");
        }
        assert!(!is_pdf(&folder.path().join("nothing.pdf")));
    }

    #[test]
    fn nothing_that_runs_is_saved() {
        for (asked, saved) in [("MP1.pdf", "MP1.pdf"), ("a.desktop", "a.pdf"), ("b.sh.rescue", "b.sh.rescue")]
        {
            assert_eq!(harmless(asked.into()), PathBuf::from(saved));
        }
    }

    #[test]
    fn no_file_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        for saved in ["MP000002.pdf", "MP000002 (2).pdf", "MP000002 (3).pdf"] {
            let path = free(folder.path(), Path::new("MP000002.pdf")).unwrap();
            assert_eq!(path, folder.path().join(saved));
            std::fs::write(path, b"").unwrap();
        }
        assert_eq!(free(folder.path(), Path::new("v1.2 plan")).unwrap(), folder.path().join("v1.2 plan"));
    }
}
