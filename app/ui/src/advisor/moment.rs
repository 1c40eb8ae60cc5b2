//! A moment in the device's own zone, as short as it can be understood.

use super::{browser, desk::Desk};
use dioxus::prelude::ReadableExt;
use jiff::Timestamp;

/// `14:05` of today, otherwise `11月22日 14:05`.
pub fn when(desk: Desk, at: Timestamp) -> String {
    let (month, day, hour, minute) = browser::local(at);
    let clock = format!("{hour}:{minute:02}");
    let today = *desk.today.read();
    let is_today = u32::try_from(today.month()) == Ok(month) && u32::try_from(today.day()) == Ok(day);
    if is_today {
        return clock;
    }
    let w = desk.words();
    w.with(
        "when-day",
        &[("month", w.t(&format!("month-{month}")).into()), ("day", day.into()), ("clock", clock.into())],
    )
}
