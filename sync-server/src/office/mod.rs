//! Staff pages, the front door, and what people see of a refusal.

mod front_door;
mod home;
mod reader;
mod refusal;
mod view;

pub use reader::Reader;
pub use view::{View, problem_at};

pub(crate) use front_door::{__path_docs, __path_front_door, docs, front_door};
pub(crate) use home::{__path_home, home};
pub(crate) use reader::remember;
pub(crate) use refusal::{as_page, to_sign_in, wants_page};
