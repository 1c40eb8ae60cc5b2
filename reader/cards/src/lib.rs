//! Synthetic ID cards and photographs of them: invented people, drawn cards marked 样本, and desks, light and
//! cameras to take their picture with. Everything follows from a seed, so a failing photo can be made again.
//!
//! Start at [`Shoot`]: it makes one photo with its truth; [`write_set()`] makes a folder of them.

mod desk;
pub mod draw;
mod face;
mod fonts;
mod people;
mod photograph;
mod portrait;
mod shoot;
mod write_set;

pub use desk::Desk;
pub use draw::Ink;
pub use face::{CARD_HEIGHT_MM, CARD_WIDTH_MM, draw_card};
pub use fonts::{Typeface, Typefaces};
pub use people::{Person, Sex, id_number};
pub use photograph::{Glare, Scene, encode_jpeg, photograph};
pub use shoot::{Photo, Shoot, Spoil, Truth};
pub use write_set::{SetOptions, write_set};
