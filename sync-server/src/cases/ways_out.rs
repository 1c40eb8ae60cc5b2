//! The ways out beside every automated result: ask a person, withdraw.

use shared::flow::Event;

use super::{
    acts::{self, ActId, Seen},
    hand_in::advance,
    own_words,
};
use crate::{app::App, links::Customer, problem::Problem};

/// The customer asks for a person, with a note if they wish; also after a decline, which reopens the case.
///
/// # Errors
/// 409 when a person is on it already or the case is over for good.
pub async fn ask_person(app: &App, customer: &Customer, act: ActId, note: &str) -> Result<(), Problem> {
    own_words::keep_note(app, customer, note).await?;
    happen(app, customer, act, Event::AskPerson, "person.asked").await
}

/// The customer withdraws: the case ends, nothing more is asked of anybody.
///
/// # Errors
/// 409 when the case is over.
pub async fn withdraw(app: &App, customer: &Customer, act: ActId) -> Result<(), Problem> {
    happen(app, customer, act, Event::Withdraw, "case.withdrawn").await
}

async fn happen(
    app: &App,
    customer: &Customer,
    act: ActId,
    event: Event,
    action: &'static str,
) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, action, &[], now)? == Seen::Before {
                return Ok(None);
            }
            let reopened = matches!(event, Event::AskPerson);
            let advanced = advance(conn, &library, of, event, action, now)?;
            if reopened {
                conn.prepare_cached(
                    "UPDATE cases SET decision = NULL, reason = NULL, ended_at = NULL, human_asked = human_asked + 1
                     WHERE tenant = ?1 AND id = ?2",
                )?
                .execute(rusqlite::params![of.tenant.to_string(), of.case.to_string()])?;
            }
            Ok::<_, Problem>(Some(advanced))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}
