//! Pure machines.
