//! Handing photos in over public HTTP as a customer's program does, and looking at them as staff do.

mod customer;
mod staff;
mod upload;
mod workers;

pub use customer::{Answer, Customer};
pub use staff::{Seen, Staff};
pub use workers::PhotoWorker;
