//! Who is connected hears of what others did.

use shared::domain::{DeviceId, ScopeId};
use shared::protocol::sync::{Receipt, Revoked};
use tokio::sync::broadcast;

/// So much news may wait for a connection that is slow to listen; one that missed some looks for itself.
const WAITING: usize = 1_024;

/// Something happened that connected devices may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The scope's newest change has this number.
    Scope(ScopeId, u64),
    /// A submission of a document in this scope went further.
    Receipt(ScopeId, Receipt),
    /// The device is revoked.
    Revoked(DeviceId, Revoked),
}

/// Hands news to all connections of this process.
#[derive(Clone)]
pub struct NewsDesk(broadcast::Sender<News>);

impl Default for NewsDesk {
    fn default() -> Self {
        Self(broadcast::channel(WAITING).0)
    }
}

impl NewsDesk {
    /// Tells everybody who is connected.
    pub fn tell(&self, news: News) {
        let _ = self.0.send(news); // nobody is connected
    }

    /// Hears everything from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.0.subscribe()
    }
}
