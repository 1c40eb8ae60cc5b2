//! Facts about a vehicle as types that cannot hold a wrong value.

mod plate;
mod vehicle;
mod vin;

pub use plate::{Plate, PlateError, PlateKind};
pub use vehicle::{Condition, Energy, Vehicle, VehicleClass};
pub use vin::{Vin, VinError, VinWarning};
