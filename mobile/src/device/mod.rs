//! What the app uses of the device, a file for each.

pub(crate) mod camera;
pub(crate) mod files;
pub(crate) mod links;
pub(crate) mod network;
pub(crate) mod notifications;
pub mod secure_key;
pub(crate) mod share;
