//! A disk that fills up.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// A file system of a few megabytes in memory, for as long as this lives.
pub struct SmallDisk {
    folder: tempfile::TempDir,
}

impl SmallDisk {
    /// With so many megabytes.
    ///
    /// # Panics
    /// Without the right to mount: the tests need root, or a run below `unshare -rm`.
    #[must_use]
    pub fn mount(megabytes: u32) -> Self {
        let folder = tempfile::Builder::new().prefix("miaopi-disk-").tempdir();
        let disk = Self { folder: folder.unwrap_or_else(|error| panic!("{error}")) };
        disk.set("", megabytes).unwrap_or_else(|error| {
            panic!("a small disk needs the right to mount (run the tests as root, or below `unshare -rm`): {error:#}")
        });
        disk
    }

    /// Makes it larger.
    ///
    /// # Errors
    /// When it does not become so.
    pub fn grow(&self, megabytes: u32) -> Result<()> {
        self.set("remount,", megabytes)
    }

    fn set(&self, how: &str, megabytes: u32) -> Result<()> {
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("{how}size={megabytes}m"), "tmpfs"]).arg(self.folder());
        let mounted = mount.output().context("there is no `mount`")?;
        ensure!(mounted.status.success(), "{}", String::from_utf8_lossy(&mounted.stderr));
        Ok(())
    }

    /// Where it is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Lazily: whoever uses it may still be going.
        let _ = Command::new("umount").arg("-l").arg(self.folder.path()).status();
    }
}
