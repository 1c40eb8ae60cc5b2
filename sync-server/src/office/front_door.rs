//! The front door and the API's description for people.

use std::sync::LazyLock;

use axum::extract::State;
use serde_json::Value;
use ui::office::{ApiDocs, DemoAccount, DemoDoor, FrontDoor, OfficePage};

use super::{Reader, View};
use crate::{app::App, demo::Card, router};

/// The front door: where to go from here; with `--demo`, the demo's doors.
#[utoipa::path(get, path = "/", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn front_door(State(app): State<App>, reader: Reader) -> View {
    let demo = app.demo.get().map(|card| demo_door(card, &reader));
    View::open(
        reader,
        OfficePage::FrontDoor(FrontDoor { demo, version: env!("CARGO_PKG_VERSION").to_owned() }),
    )
}

fn demo_door(card: &Card, reader: &Reader) -> DemoDoor {
    let account = |account: &crate::demo::DemoAccount| DemoAccount {
        role: account.role.text(reader.lang).to_owned(),
        user: account.user.clone(),
        password: account.password.clone(),
    };
    DemoDoor {
        accounts: card.accounts.iter().map(account).collect(),
        customer_link: card.customer_link.clone(),
        inbox_url: format!("{}/inbox", card.lab_url),
    }
}

static DESCRIPTION: LazyLock<Value> = LazyLock::new(router::description);

/// The API's description as a page.
#[utoipa::path(get, path = "/docs", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn docs(reader: Reader) -> View {
    View::open(reader, OfficePage::ApiDocs(ApiDocs { openapi: DESCRIPTION.clone() }))
}
