//! `notify`: a short message to the customer's phone, or word to the company's own systems.

use std::sync::Arc;

use serde::Deserialize;
use shared::{
    flow::params::{Channel, Notify},
    protocol::partners::{PartnerToken, delivery::SmsMessage},
};

use super::{ask_partner::key, person_of};
use crate::{
    app::App,
    cases::{
        person::{Column, Person},
        row,
    },
    flows::{Performed, Record, Work},
    outgoing,
    problem::Problem,
};

/// Tells whom the block is to tell.
pub(super) async fn tell(app: &App, work: &Work) -> Result<Performed, Problem> {
    let params = Notify::deserialize(&*work.task.params).map_err(|error| Problem::internal(&error))?;
    match params.channel {
        Channel::Sms => tell_customer(app, work).await,
        Channel::Webhook => tell_systems(app, work, params.message).await,
    }
}

/// Notes the message for every address of the company in the block's own commit: once that is durable, it is sent until
/// it was taken. A company that entered no address has told nobody.
async fn tell_systems(app: &App, work: &Work, name: String) -> Result<Performed, Problem> {
    let of = work.of;
    let (number, addresses) = app
        .store
        .read(move |conn| {
            let tenant = of.tenant.to_string();
            Ok::<_, Problem>((row::number_of(conn, of)?, outgoing::room(conn, &tenant)?))
        })
        .await?;
    if addresses == 0 {
        return Ok(Performed::outcome("error"));
    }
    let signed = work.facts.get("signature").is_some();
    let event = outgoing::Event { of, number, name, at: work.task.at.to_string(), signed };
    let (outgoing, clock) = (app.outgoing.clone(), app.world.clock.clone());
    let record: Record = Arc::new(move |conn| {
        outgoing::tell(conn, &event, clock.now())?;
        outgoing.ring();
        Ok(())
    });
    Ok(Performed::outcome("sent").record(record))
}

/// Sends the block's message; a gateway that fails does not hold the case up for ever, the flow decides.
async fn tell_customer(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let keys = app.keys.clone();
    let (phone, number) = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            Ok::<_, Problem>((person.get(conn, Column::Phone)?, row::number_of(conn, of)?))
        })
        .await?;
    let Some(phone) = phone else { return Ok(Performed::outcome("error")) };
    let text = match work.task.params["message"].as_str() {
        Some("contract_signed") => {
            format!("【秒批】您的合同已签署完成（编号{number}），请通过原链接查看和下载。")
        }
        Some("declined") => format!("【秒批】您的申请（编号{number}）已有结果，请通过原链接查看原因。"),
        _ => format!("【秒批】您的申请（编号{number}）有新进展，请通过原链接查看。"),
    };
    let purpose = PartnerToken::parse("notice").map_err(|error| Problem::internal(&error))?;
    let message = SmsMessage { phone: phone.into(), text: text.into(), purpose };
    Ok(match app.partners.of(of.tenant).send_sms(&key(work, "sms"), None, &message).await {
        Ok(_) => Performed::outcome("sent"),
        Err(failure) => {
            tracing::warn!(case = %of.case, code = failure.code(), "a message could not be sent");
            Performed::outcome("error")
        }
    })
}
