//! The server's photo workers as the system sees them (Linux).

use anyhow::{Context, Result};

use crate::world::Server;

/// One child process that decodes and reads photos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhotoWorker {
    /// Its process id.
    pub pid: u32,
    /// Most memory it has had in use so far, bytes, the pages of libraries included.
    pub peak_bytes: u64,
    /// Most memory for data that it may take, bytes; none where there is no limit.
    pub data_limit: Option<u64>,
}

impl PhotoWorker {
    /// All that this server runs just now.
    ///
    /// # Errors
    /// Where there is no `/proc`.
    pub fn of(server: &Server) -> Result<Vec<Self>> {
        let parent = format!("PPid:\t{}\n", server.pid());
        let mut found = Vec::new();
        for entry in std::fs::read_dir("/proc").context("no /proc: these tests need Linux")? {
            let entry = entry?;
            let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let read = |file: &str| std::fs::read_to_string(entry.path().join(file)).unwrap_or_default();
            let status = read("status");
            if !status.contains(&parent) || !read("cmdline").ends_with("photo-worker\0") {
                continue;
            }
            let number = |text: &str, from: &str, at: usize| {
                let line = text.lines().find_map(|line| line.strip_prefix(from))?;
                line.split_whitespace().nth(at)?.parse::<u64>().ok()
            };
            found.push(Self {
                pid,
                peak_bytes: number(&status, "VmHWM:", 0).unwrap_or(0) * 1024,
                data_limit: number(&read("limits"), "Max data size", 0),
            });
        }
        Ok(found)
    }
}
