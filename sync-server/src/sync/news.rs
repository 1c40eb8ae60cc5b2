//! Who is connected hears of what others did.

use std::sync::Arc;

use shared::domain::{DeviceId, ScopeId, TenantId};
use shared::protocol::sync::{CaseNews, Receipt, Revoked};
use tokio::sync::{AcquireError, Semaphore, SemaphorePermit, broadcast};

/// So much news may wait for a connection that is slow to listen; one that missed some looks for itself.
const WAITING: usize = 1_024;

/// Something happened that connected devices may want to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// The scope's newest change has this number.
    Scope(ScopeId, u64),
    /// A submission of a document in this scope went further.
    Receipt(ScopeId, Receipt),
    /// How a case stands that a document of this scope became.
    Case(ScopeId, Arc<CaseNews>),
    /// The device is revoked.
    Revoked(DeviceId, Revoked),
    /// The office wants what this device set aside offered once more.
    OfferAgain(DeviceId),
}

/// Pushes of all devices that are on their way into the store at once: each may hold a megabyte.
const PUSHES: usize = 32;

/// What all connections of this process share: news, and places for pushes.
#[derive(Clone)]
pub struct NewsDesk {
    news: broadcast::Sender<News>,
    /// For the office: a device of this tenant came, went, or said how it stands.
    devices: broadcast::Sender<TenantId>,
    places: Arc<Semaphore>,
}

impl Default for NewsDesk {
    fn default() -> Self {
        Self {
            news: broadcast::channel(WAITING).0,
            devices: broadcast::channel(WAITING).0,
            places: Arc::new(Semaphore::new(PUSHES)),
        }
    }
}

impl NewsDesk {
    /// Tells everybody who is connected.
    pub fn tell(&self, news: News) {
        let _ = self.news.send(news); // nobody is connected
    }

    /// Tells whoever watches devices that one of this tenant's stands otherwise.
    pub fn tell_of_devices(&self, tenant: TenantId) {
        let _ = self.devices.send(tenant); // nobody watches
    }

    /// Hears from now on of tenants whose devices stand otherwise; one that misses some hears so, and looks.
    pub fn watch_devices(&self) -> broadcast::Receiver<TenantId> {
        self.devices.subscribe()
    }

    /// Waits for a place to push; hold it until the push is durable.
    pub(super) async fn place(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.places.acquire().await
    }

    /// Hears everything from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
}
