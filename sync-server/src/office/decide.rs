//! What somebody does with a case that waits for a person: take it, give it back, decide, and take a decision back.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{
    domain::{AccountId, CaseId, Fen, Months},
    flow::params::{LookFor, Thing},
};
use ui::office::OfficePage;

use super::{Reader, View, case::review_page, dossier, partner_words::in_yuan};
use crate::{
    accounts::{
        FormOf, NoFields,
        permission::{CaseReader, Decider},
    },
    app::App,
    cases::{
        review::{self, Answer, NewTerms, Sent, Verdict, hold, pending},
        row,
    },
    flows::journal::CaseRef,
    http::input::Path,
    problem::Problem,
};

/// What was typed before, so that a page shown again has it.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) reason: String,
    pub(super) code: String,
    /// Ticked of what the customer can be asked for.
    pub(super) asks: Vec<Thing>,
    /// Down payment in yuan, and months, where other terms were set.
    pub(super) terms: Option<(String, String)>,
}

impl Typed {
    /// As it was typed for a decision that was taken back.
    fn of(given: &pending::Pending) -> Self {
        let (asks, terms) = match &given.answer {
            Answer::Ask(things) => (things.clone(), None),
            Answer::Change(terms) => {
                let down_payment = in_yuan(terms.down_payment_fen.get());
                (Vec::new(), Some((down_payment, terms.months.get().to_string())))
            }
            Answer::Verdict(_) | Answer::Visit(_) => (Vec::new(), None),
        };
        Self { reason: given.reason.clone(), code: given.code.clone().unwrap_or_default(), asks, terms }
    }
}

/// What the reviewer decided.
#[derive(Debug, Deserialize)]
pub(crate) struct Decision {
    #[serde(default)]
    action: String,
    #[serde(default)]
    reason: String,
    /// Why it is declined.
    #[serde(default)]
    code: String,
    #[serde(default)]
    revision: String,
    /// What a visit saw: a ticked box for each.
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    vehicle: Option<String>,
    /// What the customer is asked for: a ticked box for each.
    #[serde(default)]
    ask_photo: Option<String>,
    #[serde(default)]
    ask_confirm_reading: Option<String>,
    #[serde(default)]
    ask_confirm_name: Option<String>,
    #[serde(default)]
    ask_phone: Option<String>,
    /// Down payment in yuan, for other terms.
    #[serde(default)]
    down_payment: String,
    /// Term, likewise.
    #[serde(default)]
    months: String,
}

impl Decision {
    fn answer(&self) -> Result<Answer, Problem> {
        let unknown =
            || Problem::invalid("action", "action_unknown", "Choose approve, decline or ask for more.");
        Ok(match self.action.as_str() {
            "request" if self.asks().is_empty() => Answer::Verdict(Verdict::RequestMore),
            "request" => Answer::Ask(self.asks()),
            "change" => Answer::Change(self.terms()?),
            "visit" => {
                let ticked = [(LookFor::Address, &self.address), (LookFor::Vehicle, &self.vehicle)];
                Answer::Visit(
                    ticked.into_iter().filter_map(|(one, tick)| tick.as_ref().map(|_| one)).collect(),
                )
            }
            verdict => Answer::Verdict(Verdict::from_form(verdict).ok_or_else(unknown)?),
        })
    }

    fn asks(&self) -> Vec<Thing> {
        let ticked = |thing| match thing {
            Thing::Photo => &self.ask_photo,
            Thing::ConfirmReading => &self.ask_confirm_reading,
            Thing::ConfirmName => &self.ask_confirm_name,
            Thing::Phone => &self.ask_phone,
        };
        Thing::ALL.into_iter().filter(|thing| ticked(*thing).is_some()).collect()
    }

    fn terms(&self) -> Result<NewTerms, Problem> {
        let down_payment_fen = self.down_payment.trim().parse::<Fen>();
        let down_payment_fen = down_payment_fen
            .map_err(|error| Problem::invalid("down_payment", "amount_invalid", error.to_string()))?;
        let months = self.months.trim().parse().ok().and_then(|months| Months::new(months).ok());
        let months = months
            .ok_or_else(|| Problem::invalid("months", "terms_months_outside", "Give the term in months."))?;
        Ok(NewTerms { down_payment_fen, months })
    }

    fn typed(&self) -> Typed {
        let terms = (self.action == "change").then(|| (self.down_payment.clone(), self.months.clone()));
        Typed { reason: self.reason.clone(), code: self.code.clone(), asks: self.asks(), terms }
    }
}

/// Settles a case.
#[utoipa::path(post, path = "/office/cases/{case}/decide", tag = "page", params(("case" = String, Path)), responses((status = 303)))]
pub(crate) async fn decide(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Decision>,
) -> Result<Response, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    let typed = form.typed();
    let decided = match form.answer() {
        Ok(answer) => {
            let Decision { revision, code, reason, .. } = form;
            review::decide(&app, of, &staff, Sent { revision, answer, code, reason }).await
        }
        Err(problem) => Err(problem),
    };
    match decided {
        // The queue shows what was decided, with the way to take it back, and the next case.
        Ok(_) => Ok(Redirect::to("/office/queue").into_response()),
        Err(problem) => {
            reader.here = format!("/office/cases/{case}");
            let page = review_page(&app, &staff, of, reader.lang, typed, dossier::sight(&staff)).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response())
        }
    }
}

/// Takes a decision back that has not taken effect; the page comes again with what was typed.
#[utoipa::path(post, path = "/office/cases/{case}/undo", tag = "page", params(("case" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn undo_decision(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form: NoFields {}, .. }: FormOf<NoFields>,
) -> Result<View, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    reader.here = format!("/office/cases/{case}");
    let (account, actor, keys) = (staff.account, staff.actor(), app.keys.clone());
    let now = app.world.clock.now();
    let undone = app.store.write(move |conn| pending::undo(conn, of, account, &actor, &keys, now)).await;
    let typed = match &undone {
        Ok(given) => Typed::of(given),
        Err(_) => Typed::default(),
    };
    let said = reader.lang.pick(
        "决定已撤销，什么都没有发出。请重新决定。",
        "The decision is taken back; nothing of it was sent. Decide again.",
    );
    let page = review_page(&app, &staff, of, reader.lang, typed, dossier::sight(&staff)).await?;
    let view = View::of_staff(reader, &staff, &app, page);
    Ok(match undone {
        Ok(_) => view.notice(said),
        Err(problem) => view.problem(&problem),
    })
}

/// What is to be done with who works on a case.
#[derive(Debug, Deserialize)]
pub(crate) struct Holds {
    #[serde(default)]
    action: String,
    /// To whom it is given.
    #[serde(default)]
    account: String,
}

/// Takes a case, takes it over, gives it back, or gives it to a colleague.
#[utoipa::path(post, path = "/office/cases/{case}/hold", tag = "page", params(("case" = String, Path)), responses((status = 303), (status = 200, description = "Page")))]
pub(crate) async fn hold_case(
    State(app): State<App>,
    staff: Decider,
    Path(case): Path<CaseId>,
    mut reader: Reader,
    FormOf { form, .. }: FormOf<Holds>,
) -> Result<Response, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    let (decider, now) = (staff.clone(), app.world.clock.now());
    let done = app
        .store
        .write(move |conn| {
            row::expect(conn, of)?;
            match form.action.as_str() {
                "take" => hold::take(conn, of, &decider, false, now),
                "take_over" => hold::take(conn, of, &decider, true, now),
                "give_back" => hold::give_back(conn, of, &decider, now),
                "assign" => match form.account.parse::<AccountId>() {
                    Ok(account) => hold::assign(conn, of, &decider, account, now),
                    Err(_) => Err(hold::cannot_settle()),
                },
                _ => Err(Problem::invalid("action", "action_unknown", "Choose one of the buttons.")),
            }
        })
        .await;
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/office/cases/{case}")).into_response()),
        Err(problem) if problem.status == 404 => Err(problem),
        Err(problem) => {
            reader.here = format!("/office/cases/{case}");
            let sight = dossier::sight(&staff);
            let page = review_page(&app, &staff, of, reader.lang, Typed::default(), sight).await?;
            Ok(View::of_staff(reader, &staff, &app, page).problem(&problem).into_response())
        }
    }
}

/// Who works on a case, and what was decided a moment ago. Its page asks again and again, so this is no look at the case:
/// nothing of the customer stands there. A look by the holder moves the hold on.
#[utoipa::path(get, path = "/office/cases/{case}/holder", tag = "page", params(("case" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn holder(
    State(app): State<App>,
    staff: CaseReader,
    Path(case): Path<CaseId>,
    reader: Reader,
) -> Result<View, Problem> {
    let of = CaseRef { tenant: staff.tenant, case };
    let (account, now) = (staff.account, app.world.clock.now());
    if app.store.read(move |conn| hold::is_to_renew(conn, of, account, now)).await? {
        app.store.write(move |conn| hold::renew(conn, of, account, now)).await?;
    }
    let page = super::case::hold_page(&app, &staff, of, reader.lang).await?;
    Ok(View::of_staff(reader, &staff, &app, OfficePage::CaseHold(Box::new(page))))
}
