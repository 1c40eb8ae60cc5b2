//! Finds cases by words: vehicle, VIN, plate, dealer, product, who made the link, why it was decided so. Nothing of a
//! person's is among them.
//!
//! `split.rs` says what the words of a text are, and reads what somebody types as data: nothing typed is ever syntax of the
//! index. `keep.rs` writes a case's words in the commit that changes them, and reads in those from before there were words.
//! `find.rs` finds, newest first, within one company.

mod find;
mod keep;
mod split;

pub use find::{Condition, Mark, Named, find, holds, read_from};
pub use keep::{fill, keep, keep_up};
pub use split::{MOST_CHARS, Sought};

#[cfg(test)]
mod tests;
