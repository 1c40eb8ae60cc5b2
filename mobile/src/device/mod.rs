//! What the app uses of the device, a file for each.

pub(crate) mod files;
pub(crate) mod notifications;
pub mod secure_key;
