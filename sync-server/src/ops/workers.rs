//! Which background work is up.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Background work by name; several may do the same work. Clones are one.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<BTreeMap<&'static str, Count>>>);

#[derive(Clone, Copy, Default)]
struct Count {
    up: usize,
    /// The most that were up at once: so many are wanted.
    wanted: usize,
}

impl Workers {
    /// Says that `name` must be up for the server to be ready, and is up while the answer lives.
    pub fn running(&self, name: &'static str) -> Running {
        let mut all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let count = all.entry(name).or_default();
        count.up += 1;
        count.wanted = count.wanted.max(count.up);
        Running { workers: self.clone(), name }
    }

    /// What ought to be up and is not, or not all of it.
    pub fn down(&self) -> Vec<&'static str> {
        let all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        all.iter().filter(|(_, count)| count.up < count.wanted).map(|(name, _)| *name).collect()
    }
}

/// Held by a piece of background work; when it goes, also by a panic, the server is no longer ready.
pub struct Running {
    workers: Workers,
    name: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        let mut all = self.workers.0.lock().unwrap_or_else(|e| e.into_inner());
        if let Some(count) = all.get_mut(self.name) {
            count.up = count.up.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_is_down() {
        let workers = Workers::default();
        let driver = workers.running("flows");
        let _photos = workers.running("photos");
        assert!(workers.down().is_empty());
        drop(driver);
        assert_eq!(workers.down(), ["flows"]);
        let _again = workers.running("flows");
        assert!(workers.down().is_empty());
    }

    #[test]
    fn one_of_several_is_missed() {
        let workers = Workers::default();
        let (one, _two) = (workers.running("photos"), workers.running("photos"));
        assert!(workers.down().is_empty());
        drop(one);
        assert_eq!(workers.down(), ["photos"]);
        let _again = workers.running("photos");
        assert!(workers.down().is_empty());
    }
}
