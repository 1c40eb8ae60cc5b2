//! A flow while somebody draws it: any kind, open outcomes and parameters that do not fit yet are all allowed.
//!
//! Where to start: [`Canvas`] is what is drawn; every change is an [`Edit`] that [`Canvas::apply`] answers with its
//! opposite, and [`Drawing`] keeps those for undo and redo. [`problems()`] says what keeps the flow from going live,
//! [`tidy`] finds a place for every block, [`Trial`] walks a case through it. No I/O, no clock, no browser.

mod accepts;
mod canvas;
mod clip;
mod drawing;
mod edge;
mod edits;
mod ids;
mod insert;
mod layout;
mod made_up;
mod picture;
mod ports;
mod problems;
mod trial;

pub use canvas::{Canvas, Drawn, NotDrawable};
pub use clip::Clip;
pub use drawing::Drawing;
pub use edge::{Box2, route};
pub use edits::{Edit, Unchanged};
pub use layout::{COLUMN, GRID, HEAD, PORT, WIDTH, height, near, overlap, snap, tidy};
pub use made_up::long_flow;
pub use picture::{Mark, Marks, Tone, picture};
pub use ports::Port;
pub use problems::{Parts, Problem, problems, sound};
pub use trial::{Choice, Trial};
