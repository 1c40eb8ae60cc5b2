//! Parts that screens are made of: document frame, form fields, tables, lists of facts, tiles, icons, amounts.

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
pub mod table;
pub mod tile;
