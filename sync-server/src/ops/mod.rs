//! Health, readiness, metrics, API description.
