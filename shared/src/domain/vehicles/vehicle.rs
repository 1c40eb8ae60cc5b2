//! What plans and funders want to know about a vehicle.

use crate::domain::{lang::Lang, money::Fen};
use serde::{Deserialize, Serialize};

/// New or used.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Not registered before (新车).
    New,
    /// Registered before (二手车).
    Used,
}

/// What drives the vehicle.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Energy {
    /// Petrol or diesel, also mild hybrids (燃油).
    Fuel,
    /// Battery only (纯电).
    Electric,
    /// Plug-in hybrid or range extender (插电混动, 增程).
    PlugIn,
    /// Hydrogen fuel cell (氢燃料).
    Hydrogen,
}

/// What the vehicle is for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Default,
    Serialize,
    Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum VehicleClass {
    /// A passenger car (乘用车).
    #[default]
    Passenger,
    /// A van or light truck (轻型商用车).
    LightCommercial,
    /// A heavy truck or tractor (重型货车).
    HeavyTruck,
}

/// A vehicle as far as plans and funders look at it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vehicle {
    /// What it is for.
    #[serde(default)]
    pub class: VehicleClass,
    /// New or used.
    pub condition: Condition,
    /// What drives it.
    pub energy: Energy,
    /// What is paid for it, or for a leaseback its value; in fen.
    pub price: Fen,
    /// Full months since first registration; 0 for a new one.
    pub age_months: u16,
    /// Kilometres driven; 0 for a new one.
    pub mileage_km: u32,
}

impl Vehicle {
    /// A new passenger car.
    pub fn new_car(energy: Energy, price: Fen) -> Vehicle {
        let class = VehicleClass::Passenger;
        Vehicle { class, condition: Condition::New, energy, price, age_months: 0, mileage_km: 0 }
    }

    /// A used passenger car.
    pub fn used_car(energy: Energy, price: Fen, age_months: u16, mileage_km: u32) -> Vehicle {
        Vehicle {
            class: VehicleClass::Passenger,
            condition: Condition::Used,
            energy,
            price,
            age_months,
            mileage_km,
        }
    }
}

impl Condition {
    /// The word on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Condition::New => lang.pick("新车", "new"),
            Condition::Used => lang.pick("二手车", "used"),
        }
    }
}

impl Energy {
    /// Whether it counts as new energy (新能源).
    pub fn is_new_energy(self) -> bool {
        self != Energy::Fuel
    }

    /// The word on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            Energy::Fuel => lang.pick("燃油", "petrol or diesel"),
            Energy::Electric => lang.pick("纯电", "electric"),
            Energy::PlugIn => lang.pick("插电混动", "plug-in hybrid"),
            Energy::Hydrogen => lang.pick("氢燃料", "hydrogen"),
        }
    }
}

impl VehicleClass {
    /// The word on screen.
    pub fn text(self, lang: Lang) -> &'static str {
        match self {
            VehicleClass::Passenger => lang.pick("乘用车", "passenger car"),
            VehicleClass::LightCommercial => lang.pick("轻型商用车", "van or light truck"),
            VehicleClass::HeavyTruck => lang.pick("重型货车", "heavy truck"),
        }
    }
}
