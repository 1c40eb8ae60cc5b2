//! Funders.
