//! The field's facts as types that cannot hold a wrong value: ID number, VIN, plate, money, plans, funders, consent, roles.

pub mod lang;

pub use lang::{Lang, Texts};
