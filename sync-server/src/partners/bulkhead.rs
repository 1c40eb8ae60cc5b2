//! The bulkhead: one partner may hold only so many calls, so that a hanging one cannot use up the server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for a number of calls under way and a number waiting for room.
pub(super) struct Bulkhead {
    room: Arc<Semaphore>,
    size: usize,
    queue: usize,
    waiting: AtomicUsize,
}

impl Bulkhead {
    pub(super) fn new(size: usize, queue: usize) -> Self {
        let size = size.clamp(1, Semaphore::MAX_PERMITS);
        Self { room: Arc::new(Semaphore::new(size)), size, queue, waiting: AtomicUsize::new(0) }
    }

    /// A place for one call, or `None` when the queue is full or no place came free within `patience`.
    pub(super) async fn enter(&self, patience: Duration) -> Option<OwnedSemaphorePermit> {
        if let Ok(permit) = self.room.clone().try_acquire_owned() {
            return Some(permit);
        }
        let _waiting = Waiting::join(&self.waiting, self.queue)?;
        tokio::time::timeout(patience, self.room.clone().acquire_owned()).await.ok()?.ok()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.size.saturating_sub(self.room.available_permits())
    }

    pub(super) fn is_made_for(&self, size: usize, queue: usize) -> bool {
        self.size == size && self.queue == queue
    }
}

/// One caller in the queue; leaving is automatic, also when the caller gives up.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn join(waiting: &'a AtomicUsize, queue: usize) -> Option<Self> {
        let joined = waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |now| (now < queue).then_some(now + 1));
        joined.ok().map(|_| Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn holds_its_size_queues_a_few_and_refuses_the_rest() {
        let bulkhead = Arc::new(Bulkhead::new(1, 1));
        let first = bulkhead.enter(Duration::ZERO).await.unwrap();
        assert_eq!(bulkhead.in_flight(), 1);
        let queued = tokio::spawn({
            let bulkhead = bulkhead.clone();
            async move { bulkhead.enter(Duration::from_secs(9)).await.is_some() }
        });
        while bulkhead.waiting.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
        assert!(bulkhead.enter(Duration::from_secs(9)).await.is_none(), "the queue is full");
        drop(first);
        assert!(queued.await.unwrap());
        assert_eq!(bulkhead.in_flight(), 0);
    }

    #[tokio::test]
    async fn waiting_ends_with_the_patience() {
        let bulkhead = Bulkhead::new(1, 5);
        let _held = bulkhead.enter(Duration::ZERO).await.unwrap();
        assert!(bulkhead.enter(Duration::from_millis(30)).await.is_none());
        assert_eq!(bulkhead.waiting.load(Ordering::Relaxed), 0);
    }
}
