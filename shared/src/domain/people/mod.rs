//! Facts about a person as types that cannot hold a wrong value. Those that name or reach a person print masked;
//! `reveal()` is the deliberate act of reading them in full, and none of them travels through serde by accident.

mod age;
mod bank_card;
mod ethnicity;
mod id_number;
mod name;
mod phone;
mod repair_id_number;
mod sex;
mod typed_text;

pub use age::{Age, AgeError};
pub use bank_card::{BankCard, BankCardError};
pub use ethnicity::Ethnicity;
pub use id_number::{ID_NUMBER_CHARS, IdNumber, IdNumberError, check_character};
pub use name::{MAX_HAN_NAME_CHARS, MAX_LATIN_NAME_CHARS, PersonName, PersonNameError};
pub use phone::{Phone, PhoneError};
pub use repair_id_number::{NumberLine, look_alikes, read_number_line};
pub use sex::Sex;

pub(crate) use typed_text::half_width;
