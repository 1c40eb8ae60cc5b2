//! Which background work is up.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

/// Background work by name. Clones are one.
#[derive(Clone, Default)]
pub struct Workers(Arc<Mutex<BTreeMap<&'static str, bool>>>);

impl Workers {
    /// Says that `name` must be up for the server to be ready, and is up while the answer lives.
    pub fn running(&self, name: &'static str) -> Running {
        self.set(name, true);
        Running { workers: self.clone(), name }
    }

    /// What ought to be up and is not.
    pub fn down(&self) -> Vec<&'static str> {
        let all = self.0.lock().unwrap_or_else(|e| e.into_inner());
        all.iter().filter(|(_, up)| !**up).map(|(name, _)| *name).collect()
    }

    fn set(&self, name: &'static str, up: bool) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).insert(name, up);
    }
}

/// Held by a piece of background work; when it goes, also by a panic, the server is no longer ready.
pub struct Running {
    workers: Workers,
    name: &'static str,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.workers.set(self.name, false);
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
}
