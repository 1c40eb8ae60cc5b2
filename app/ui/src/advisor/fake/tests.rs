//! The stand-in answers as the engines do.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use super::*;
use shared::app::conformance::{Face, conforms};

impl Face for Fake {
    async fn say(
        &mut self,
        name: Option<&str>,
        ask: &Ask,
        bytes: Option<&[u8]>,
    ) -> Result<(Answer, Option<Vec<u8>>), String> {
        Ok(self.ask(name, ask.clone(), bytes))
    }
}

#[test]
fn the_stand_in_answers_as_every_engine() {
    let clock = || (Timestamp::from_second(1_790_000_000).unwrap(), Date::constant(2026, 9, 21));
    for how in ["", "?fake=empty", "?fake=offline"] {
        let mut fake = Fake::start(how, clock);
        // Nothing in it waits.
        let held = pin!(conforms(&mut fake, PIN)).poll(&mut Context::from_waker(Waker::noop()));
        assert_eq!(held, Poll::Ready(Ok(())), "{how}");
        assert!(!fake.news.is_empty(), "nobody was told");
    }
}
