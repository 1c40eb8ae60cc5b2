//! Parts that screens are made of: document frame, form fields, lists of facts, icons, amounts.

pub mod amounts;
pub mod brand;
pub mod cutout;
pub mod document;
pub mod facts;
pub mod form;
pub mod icons;
pub mod moment;
pub mod qr;
pub mod schedule;
