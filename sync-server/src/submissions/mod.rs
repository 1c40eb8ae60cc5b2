//! What an advisor handed in becomes a case, and the advisor's devices hear how it stands.
//!
//! Where to start: [`note()`] leaves a row in the commit that completes a submission; `work.rs` settles such rows, whatever
//! interrupts it; `open_case.rs` makes the case, or says why the office has to look; `news.rs` is what devices hear. What
//! the advisor brought waits in [`crate::cases::brought`] for the customer's own consent.

mod news;
mod note;
mod offer;
mod open_case;
mod work;

pub(crate) use news::{of_scopes, tell_of_cases};
pub(crate) use note::note;
pub(crate) use work::{Bell, settle_all};
