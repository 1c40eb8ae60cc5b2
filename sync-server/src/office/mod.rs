//! Staff pages, the front door, and what people see of a refusal.

mod front_door;
mod home;
mod links;
mod reader;
mod refusal;
mod review;
mod timeline;
mod view;

pub use reader::Reader;
pub use view::{View, problem_at};

pub(crate) use front_door::{__path_docs, __path_front_door, docs, front_door};
pub(crate) use home::{__path_home, home};
pub(crate) use links::{__path_links, __path_make_one, __path_revoke_one, links, make_one, revoke_one};
pub(crate) use reader::remember;
pub(crate) use refusal::{as_page, to_sign_in, wants_page};
pub(crate) use review::{__path_case, __path_decide, __path_photo, __path_queue, case, decide, photo, queue};
