//! What the app uses of the device, a file for each.

pub(crate) mod files;
pub mod secure_key;
