//! Staff pages that are rendered on the server: sign in, links, cases, the review queue, flows, accounts and keys; the front
//! door and the API's description.
//!
//! [`render`] turns an [`OfficeView`] into a complete HTML document. Forms carry a hidden `form_id`, so that the server
//! recognises a second submit.

mod accounts;
mod api_docs;
mod blacklist;
mod case;
mod cases;
mod cases_board;
mod cases_filters;
mod device;
mod devices;
mod dossier;
mod duties;
mod flow_moves;
mod flow_picture;
mod flow_replay;
mod flow_rules;
mod flow_version;
mod flows;
mod front_door;
mod holding;
mod inbound;
mod keys;
mod links;
mod message;
mod nav;
mod numbers;
mod numbers_charts;
mod numbers_tables;
mod numbers_wall;
mod own_funder;
mod own_mapping;
mod partner_change;
mod partner_form;
mod partner_recording;
mod partners;
mod queue;
mod record;
mod sign_in;
mod webhooks;

pub use accounts::{AccountRow, Accounts, ShownOnce};
pub use api_docs::ApiDocs;
pub use blacklist::{Blacklist, ListedRow};
pub use case::{Decided, FieldCheck, Match, MayRequest, OtherTerms, ReviewCase, TimelineBlock};
pub use cases::{CASE_FILTERS, CaseRow, CaseState, Cases, Counted, Narrowed};
pub use cases_board::Lane;
pub use cases_filters::{Narrow, SavedFilter};
pub use device::{Device, HandedOverRow, UnsafeRow, VisitRow};
pub use devices::{DEVICE_FILTERS, DeviceRow, DeviceTotals, Devices, PlaceRow, escaped};
pub use dossier::{Dossier, Excluded, Matching, REVEAL_REASONS, Sight};
pub use duties::Duties;
pub use flow_moves::FlowMoves;
pub use flow_picture::{FlowLive, LiveRow, flow_picture};
pub use flow_replay::{FlowReplay, ReplayedCase, ReplayedTo};
pub use flow_rules::FlowRuleList;
pub use flows::{Acted, Compared, DraftLine, FlowLine, FlowList, FlowVersions, NewFlow, VersionLine};
pub use front_door::{DemoAccount, DemoDoor, FrontDoor};
pub use holding::{CaseHold, DECLINE_CODES, Holding, PendingDecision, decline_text};
pub use inbound::{Inbound, InboundRow, RefusedRow};
pub use keys::{ApiKeys, KeyRow};
pub use links::{LinkForm, LinkRow, LinkState, Links, MadeLink};
pub use message::Message;
pub use numbers::{
    Beside, BlockTimes, DayRate, Figures, FunderFigures, MovedPart, NumberFilter, Numbers, PartnerFigures,
    Reason, percent, reason_text,
};
pub use numbers_wall::NumbersWall;
pub use own_funder::{OwnCard, OwnFunder};
pub use own_mapping::{OwnMapping, SAMPLES, TriedSample};
pub use partner_change::{ConcernedCases, PartnerChange};
pub use partner_form::ControlForm;
pub use partner_recording::{AnswerRead, PartnerRecording, RecordingRow, Recordings, ReplayedAnswer};
pub use partners::{Asked, ChangeBy, Health, Otherwise, PartnerList, PartnerPage, PartnerRow};
pub use queue::{LateRow, LeftRow, PendingRow, Queue, QueueRow, QueueTab};
pub use record::{
    CaseRecord, CurrentStep, FiredRule, RecordAudit, RecordConsent, RecordDeed, RecordDocument, RecordStep,
};
pub use sign_in::SignIn;
pub use webhooks::{DELIVERY_FILTERS, Deliveries, DeliveryRow, WebhookRow, Webhooks};

use crate::components::{
    document::{self, Frame, banner, document},
    form::{Problem, Problems, hidden},
};
use crate::texts::Words;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::lang::Lang;

/// The ES module that improves the staff pages (copying a link).
pub const SCRIPT: &str = "/assets/office/office.js";

/// Everything a staff page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OfficeView {
    /// The language of the page.
    pub lang: Lang,
    /// Address of this page without its query, for the change of language.
    pub here: String,
    /// Large text: `?large=1` was chosen.
    pub large: bool,
    /// Id of the forms on this page: a second submit carries the same one.
    pub form_id: String,
    /// Who is signed in; none on the front door and the sign-in page.
    pub staff: Option<Staff>,
    /// The page came without HTTPS: signing in from another machine is not safe.
    pub insecure_context: bool,
    /// Something that was just done, in the reader's language.
    pub notice: Option<String>,
    /// What was wrong with the last submit.
    pub problems: Vec<Problem>,
    /// The page itself.
    pub page: OfficePage,
}

/// The person who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Staff {
    /// Name shown.
    pub name: String,
    /// Roles in words.
    pub role: String,
    /// The tenant: always visible.
    pub tenant: String,
    /// May see links.
    pub may_see_links: bool,
    /// May make links.
    pub may_make_links: bool,
    /// May see the company's cases.
    pub may_see_cases: bool,
    /// May see the review queue.
    pub may_review: bool,
    /// May look after accounts.
    pub may_keep_accounts: bool,
    /// May look after API keys.
    pub may_keep_keys: bool,
    /// May see flows.
    pub may_see_flows: bool,
    /// May see how devices stand.
    pub may_see_devices: bool,
    /// May see numbers.
    pub may_see_figures: bool,
    /// May steer partners.
    pub may_steer_partners: bool,
    /// May keep the company's settings.
    pub may_keep_settings: bool,
    /// May keep the company's blacklist.
    pub may_keep_blacklist: bool,
}

/// The staff page: exactly one.
#[allow(clippy::large_enum_variant)] // one is made for a request and rendered at once
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum OfficePage {
    /// The front door at `/`.
    FrontDoor(FrontDoor),
    /// Sign in.
    SignIn(SignIn),
    /// Make a link, and the links made so far.
    Links(Links),
    /// Cases that wait for a person.
    Queue(Queue),
    /// All cases.
    Cases(Cases),
    /// One case, perhaps to settle.
    Case(Box<ReviewCase>),
    /// Who works on a case.
    CaseHold(Box<CaseHold>),
    /// Everything on record of a case.
    CaseRecord(Box<CaseRecord>),
    /// How every device stands.
    Devices(Devices),
    /// One device.
    Device(Box<Device>),
    /// The company's accounts.
    Accounts(Accounts),
    /// The company's API keys.
    Keys(ApiKeys),
    /// The company's flows.
    Flows(FlowList),
    /// One flow with its versions.
    Flow(Box<FlowVersions>),
    /// What happened today on a flow's live version.
    FlowLive(Box<FlowLive>),
    /// What every flow is held against.
    FlowRules(Box<FlowRuleList>),
    /// Running cases that go on on a flow's live version.
    FlowMoves(Box<FlowMoves>),
    /// What the company's cases amount to.
    Numbers(Box<Numbers>),
    /// A few of these figures for a screen on a wall.
    NumbersWall(Box<NumbersWall>),
    /// The company's partners.
    Partners(PartnerList),
    /// One partner.
    Partner(Box<PartnerPage>),
    /// What a change of a partner would do.
    PartnerChange(Box<PartnerChange>),
    /// A recording of a partner's answers.
    PartnerRecording(Box<PartnerRecording>),
    /// A funder of the company's own, to add or change.
    OwnFunder(Box<OwnFunder>),
    /// How its answers are read.
    OwnMapping(Box<OwnMapping>),
    /// The addresses at which the company's systems are told.
    Webhooks(Webhooks),
    /// What one of them was told.
    Deliveries(Box<Deliveries>),
    /// What partners sent on their own.
    Inbound(Inbound),
    /// The company's blacklist.
    Blacklist(Blacklist),
    /// What one's roles are for.
    Duties(Duties),
    /// A plain message, such as "not found" or "signed out".
    Message(Message),
    /// The description of the HTTP API.
    ApiDocs(ApiDocs),
}

/// The staff page as a complete HTML document.
pub fn render(view: &OfficeView) -> String {
    let cx = Cx { view, w: Words(view.lang) };
    let title = title(cx);
    let frame = Frame {
        words: cx.w,
        title: &title,
        large: view.large,
        face: "office",
        page: key(&view.page),
        script: has_script(&view.page).then_some(SCRIPT),
        here: &view.here,
        refresh_s: None,
        base: None,
        live: false,
        problems: &view.problems,
    };
    let whose = view.staff.as_ref().map(|staff| staff.tenant.as_str());
    let home = if view.staff.is_some() { "/office/" } else { "/" };
    let header = document::header(&frame, home, whose, nav::tabs(cx));
    document(&frame, header, main(cx, &title), footer(cx))
}

/// What every staff page can reach: the view and its words.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) view: &'a OfficeView,
    pub(crate) w: Words,
}

impl<'a> Cx<'a> {
    /// The text for a key.
    pub(crate) fn t(self, key: &str) -> String {
        self.w.t(key)
    }

    /// A case by its number or id: a link for those who may look at it.
    pub(crate) fn case_link(self, case: &str, shown: &str) -> Element {
        let may = self.view.staff.as_ref().is_some_and(|staff| staff.may_see_cases);
        rsx! {
            if may {
                a { class: "tall", href: "/office/cases/{case}", "{shown}" }
            } else {
                code { "{shown}" }
            }
        }
    }

    /// The hidden value that every form carries.
    pub(crate) fn form_id(self) -> Element {
        hidden("form_id", &self.view.form_id)
    }

    /// The problems of the last submit.
    pub(crate) fn problems(self) -> Problems<'a> {
        Problems { words: self.w, list: &self.view.problems }
    }
}

fn has_script(page: &OfficePage) -> bool {
    matches!(
        page,
        OfficePage::Links(_)
            | OfficePage::Case(_)
            | OfficePage::Queue(_)
            | OfficePage::CaseRecord(_)
            | OfficePage::Cases(_)
            | OfficePage::Accounts(_)
            | OfficePage::Keys(_)
            | OfficePage::Flow(_)
            | OfficePage::FlowLive(_)
            | OfficePage::Devices(_)
            | OfficePage::Device(_)
            | OfficePage::Partners(_)
            | OfficePage::Partner(_)
            | OfficePage::PartnerChange(_)
            | OfficePage::Webhooks(_)
            | OfficePage::Deliveries(_)
            | OfficePage::Inbound(_)
            | OfficePage::Blacklist(_)
    )
}

fn key(page: &OfficePage) -> &'static str {
    match page {
        OfficePage::FrontDoor(_) => "front-door",
        OfficePage::SignIn(_) => "sign-in",
        OfficePage::Links(_) => "links",
        OfficePage::Queue(_) => "queue",
        OfficePage::Cases(_) => "cases",
        OfficePage::Case(_) | OfficePage::CaseHold(_) => "case",
        OfficePage::CaseRecord(_) => "case-record",
        OfficePage::Devices(_) | OfficePage::Device(_) => "devices",
        OfficePage::Accounts(_) => "accounts",
        OfficePage::Keys(_) => "keys",
        OfficePage::Flows(_) => "flows",
        OfficePage::Flow(_)
        | OfficePage::FlowLive(_)
        | OfficePage::FlowMoves(_)
        | OfficePage::FlowRules(_) => "flow",
        OfficePage::Numbers(_) => "numbers",
        OfficePage::NumbersWall(_) => "numbers-wall",
        OfficePage::Partners(_) => "partners",
        OfficePage::Partner(_) => "partner",
        OfficePage::PartnerChange(_) => "partner-change",
        OfficePage::PartnerRecording(_) => "partner-recording",
        OfficePage::OwnFunder(_) => "own-funder",
        OfficePage::OwnMapping(_) => "own-mapping",
        OfficePage::Webhooks(_) => "webhooks",
        OfficePage::Deliveries(_) => "deliveries",
        OfficePage::Inbound(_) => "inbound",
        OfficePage::Blacklist(_) => "blacklist",
        OfficePage::Duties(_) => "duties",
        OfficePage::Message(_) => "message",
        OfficePage::ApiDocs(_) => "api-docs",
    }
}

fn title(cx: Cx) -> String {
    match &cx.view.page {
        OfficePage::Case(case) => cx.w.with("title-case", &[("number", case.case_number.as_str().into())]),
        OfficePage::CaseHold(hold) => {
            cx.w.with("title-case", &[("number", hold.case_number.as_str().into())])
        }
        OfficePage::CaseRecord(record) => {
            cx.w.with("title-record", &[("number", record.case_number.as_str().into())])
        }
        OfficePage::Flow(flow) => flow.name.clone(),
        OfficePage::FlowLive(flow) => flow.name.clone(),
        OfficePage::FlowMoves(flow) => flow.name.clone(),
        OfficePage::FlowRules(_) => cx.t("title-flow-rules"),
        OfficePage::Device(device) => format!("{} · {}", device.row.owner, device.row.name),
        OfficePage::Partner(partner) => partner.row.name.clone(),
        OfficePage::PartnerChange(change) => change.name.clone(),
        OfficePage::PartnerRecording(recording) => {
            cx.w.with("title-recording", &[("name", recording.name.as_str().into())])
        }
        OfficePage::OwnFunder(page) if page.slug.is_some() => page.name.clone(),
        OfficePage::OwnMapping(page) => page.name.clone(),
        OfficePage::Deliveries(page) => page.webhook.label.clone(),
        OfficePage::Message(message) => message.title.clone(),
        page => cx.t(&format!("title-{}", key(page))),
    }
}

fn main(cx: Cx, title: &str) -> Element {
    let view = cx.view;
    rsx! {
        if view.insecure_context {
            {banner("warn", rsx! { p { {cx.t("office-insecure")} } })}
        }
        if let Some(notice) = &view.notice {
            div { class: "banner good", role: "status",
                p { "{notice}" }
            }
        }
        {cx.problems().summary()}
        {nav::within_settings(cx)}
        h1 { "{title}" }
        match &view.page {
            OfficePage::FrontDoor(page) => front_door::page(cx, page),
            OfficePage::SignIn(page) => sign_in::page(cx, page),
            OfficePage::Links(page) => links::page(cx, page),
            OfficePage::Queue(page) => queue::page(cx, page),
            OfficePage::Cases(page) => cases::page(cx, page),
            OfficePage::Case(page) => case::page(cx, page),
            OfficePage::CaseHold(page) => holding::page(cx, page),
            OfficePage::CaseRecord(page) => record::page(cx, page),
            OfficePage::Devices(page) => devices::list(cx, page),
            OfficePage::Device(page) => device::page(cx, page),
            OfficePage::Accounts(page) => accounts::page(cx, page),
            OfficePage::Keys(page) => keys::page(cx, page),
            OfficePage::Flows(page) => flows::list(cx, page),
            OfficePage::Flow(page) => flows::versions(cx, page),
            OfficePage::FlowLive(page) => flow_picture::live(cx, page),
            OfficePage::FlowMoves(page) => flow_moves::page(cx, page),
            OfficePage::FlowRules(page) => flow_rules::page(cx, page),
            OfficePage::Numbers(page) => numbers::page(cx, page),
            OfficePage::NumbersWall(page) => numbers_wall::page(cx, page),
            OfficePage::Partners(page) => partners::list(cx, page),
            OfficePage::Partner(page) => partners::one(cx, page),
            OfficePage::PartnerChange(page) => partner_change::page(cx, page),
            OfficePage::PartnerRecording(page) => partner_recording::page(cx, page),
            OfficePage::OwnFunder(page) => own_funder::page(cx, page),
            OfficePage::OwnMapping(page) => own_mapping::page(cx, page),
            OfficePage::Webhooks(page) => webhooks::list(cx, page),
            OfficePage::Deliveries(page) => webhooks::one(cx, page),
            OfficePage::Inbound(page) => inbound::page(cx, page),
            OfficePage::Blacklist(page) => blacklist::page(cx, page),
            OfficePage::Duties(page) => duties::page(cx, page),
            OfficePage::Message(page) => message::page(cx, page),
            OfficePage::ApiDocs(page) => api_docs::page(cx, page),
        }
    }
}

fn footer(cx: Cx) -> Element {
    rsx! {
        footer { class: "bottom",
            p { {cx.t("office-footer")} }
        }
    }
}
