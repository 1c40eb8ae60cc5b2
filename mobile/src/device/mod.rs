//! What the app uses of the device, a file for each.

pub mod secure_key;
