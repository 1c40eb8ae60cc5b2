//! Health, readiness, metrics, API description.

pub mod backup;

mod cases;
mod describe;
mod figures;
mod health;
mod ticks;
mod workers;

pub use figures::Figures;
pub use health::Readiness;
pub use ticks::Ticks;
pub use workers::{Running, Workers};

pub(crate) use describe::{__path_openapi, openapi};
pub(crate) use figures::{__path_metrics, metrics};
pub(crate) use health::{__path_healthz, __path_readyz, healthz, readyz};

/// Whether `path` is asked for by a machine that watches over this one.
pub fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz" | "/metrics")
}
