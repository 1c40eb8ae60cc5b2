//! What comes in from outside: time, randomness and the HTTP client. Only `main.rs` makes the real ones.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use rand::{RngCore, SeedableRng, rngs::StdRng};

/// Tells the time. Two implementations: the system's and a test's.
pub trait Clock: Send + Sync {
    /// The present moment, UTC.
    fn now(&self) -> Timestamp;
}

/// The system's clock.
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until a test moves it.
pub struct FixedClock(Mutex<Timestamp>);

impl FixedClock {
    /// Starts at `at`.
    pub fn at(at: Timestamp) -> Self {
        Self(Mutex::new(at))
    }

    /// Moves on by `span`.
    pub fn advance(&self, span: jiff::SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(|e| e.into_inner());
        *now += span;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Draws random bytes; seeded in tests, the system's source in main.
#[derive(Clone)]
pub struct Random(Arc<Mutex<StdRng>>);

impl Random {
    /// A cryptographically secure generator seeded by the system.
    pub fn system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_entropy())))
    }

    /// The same sequence for the same seed: tests only.
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0; N];
        self.fill(&mut out);
        out
    }

    /// Fills `out` with random bytes.
    pub fn fill(&self, out: &mut [u8]) {
        self.0.lock().unwrap_or_else(|e| e.into_inner()).fill_bytes(out);
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes())
    }

    fn next_u64(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        self.fill(out);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand::Error> {
        self.fill(out);
        Ok(())
    }
}

/// The source is a cryptographically secure generator; a seeded one is for tests.
impl rand::CryptoRng for Random {}

/// The outside world as the server sees it.
#[derive(Clone)]
pub struct World {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Random,
    /// Outgoing HTTP.
    pub http: reqwest::Client,
}

impl World {
    /// The real one. Call once, in `main`.
    ///
    /// # Errors
    /// When the HTTP client cannot be made (no usable TLS roots).
    pub fn system() -> anyhow::Result<Self> {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build()?;
        Ok(Self { clock: Arc::new(SystemClock), random: Random::system(), http })
    }
}
