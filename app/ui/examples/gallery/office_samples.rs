//! The staff pages with invented cases.

use crate::case_samples::*;
use crate::customer_content;
use crate::devices_samples;
use crate::flows_samples;
use crate::own_samples;
use shared::domain::lang::Lang;
use ui::components::{
    form::{Choice, Problem},
    moment::Moment,
};
use ui::office::*;

/// Every page by name.
pub fn views(lang: Lang) -> Vec<(&'static str, OfficeView)> {
    let mut failed =
        view(lang, OfficePage::SignIn(SignIn { user: "zhou".into(), next: "/office/queue".into() }), false);
    failed.problems = vec![Problem::whole("sign_in_wrong")];
    failed.insecure_context = true;
    let mut made = links(lang);
    made.made = Some(MadeLink {
        url: "https://miaopi.example/c/7yQm2Jr0a9Vt4XkPz1LcWd".into(),
        case_number: "MP-2026-004218".into(),
        expires: moment(lang),
    });
    let mut wrong = view(lang, OfficePage::Links(links(lang)), true);
    wrong.problems = vec![Problem::at("price", "price_invalid"), Problem::at("region", "region_missing")];
    let mut own_funder = view(lang, OfficePage::OwnFunder(Box::new(own_samples::form())), true);
    own_funder.problems = vec![Problem::at("hours", "partner_control_form")];
    vec![
        ("o01-front-door", view(lang, OfficePage::FrontDoor(front_door(lang)), false)),
        ("o02-sign-in", failed),
        ("o03-links", view(lang, OfficePage::Links(links(lang)), true)),
        ("o03-links-made", view(lang, OfficePage::Links(made), true)),
        ("o03-links-errors", wrong),
        ("o04-queue", view(lang, OfficePage::Queue(queue(lang, true)), true)),
        ("o05-case-held", view(lang, OfficePage::Case(Box::new(case_held(lang))), true)),
        ("o05-case-pending", view(lang, OfficePage::Case(Box::new(case_pending(lang))), true)),
        ("o05-case-hold", view(lang, OfficePage::CaseHold(Box::new(case_held(lang).hold)), true)),
        (
            "o05-case-record",
            view(lang, OfficePage::CaseRecord(Box::new(crate::record_samples::record(lang))), true),
        ),
        ("o04-queue-empty", view(lang, OfficePage::Queue(queue(lang, false)), true)),
        ("o05-case", view(lang, OfficePage::Case(Box::new(case(lang))), true)),
        ("o05-case-decided", view(lang, OfficePage::Case(Box::new(decided(lang))), true)),
        ("o05-case-revealed", view(lang, OfficePage::Case(Box::new(revealed(lang))), true)),
        ("o05-case-signed", view(lang, OfficePage::Case(Box::new(signed(lang))), true)),
        ("o08-cases", view(lang, OfficePage::Cases(cases(lang, Shows::Table)), true)),
        ("o08-cases-not-found", view(lang, OfficePage::Cases(cases(lang, Shows::NotFound)), true)),
        ("o08-cases-board", view(lang, OfficePage::Cases(cases(lang, Shows::Board)), true)),
        ("o09-accounts", view(lang, OfficePage::Accounts(accounts(lang)), true)),
        ("o10-keys", view(lang, OfficePage::Keys(keys(lang)), true)),
        ("o12-flows", view(lang, OfficePage::Flows(flows_samples::list(lang)), true)),
        ("o12-flow", view(lang, OfficePage::Flow(Box::new(flows_samples::versions(lang, false))), true)),
        ("o12-flow-sure", view(lang, OfficePage::Flow(Box::new(flows_samples::versions(lang, true))), true)),
        ("o13-devices", view(lang, OfficePage::Devices(devices_samples::list(lang)), true)),
        ("o13-device", view(lang, OfficePage::Device(Box::new(devices_samples::one(lang))), true)),
        (
            "o14-recording",
            view(
                lang,
                OfficePage::PartnerRecording(Box::new(crate::recording_samples::recording(lang))),
                true,
            ),
        ),
        ("o11-duties", view(lang, OfficePage::Duties(Duties { roles: duties() }), true)),
        ("o14-own-funder", own_funder),
        ("o14-own-mapping", view(lang, OfficePage::OwnMapping(Box::new(own_samples::mapping(lang))), true)),
        ("o06-message", view(lang, OfficePage::Message(message(lang)), false)),
        ("o07-api-docs", view(lang, OfficePage::ApiDocs(ApiDocs { openapi: openapi() }), false)),
    ]
}

fn view(lang: Lang, page: OfficePage, signed_in: bool) -> OfficeView {
    OfficeView {
        lang,
        here: "/office/".into(),
        large: false,
        form_id: "form-31".into(),
        staff: signed_in.then(|| Staff {
            name: lang.pick("周晓岚", "Zhou Xiaolan").into(),
            role: lang.pick("审核员、顾问", "Reviewer, advisor").into(),
            tenant: lang.pick("远山汽车金融", "Yuanshan Auto Finance").into(),
            may_see_links: true,
            may_make_links: true,
            may_see_cases: true,
            may_review: true,
            may_keep_accounts: true,
            may_keep_keys: true,
            may_see_flows: true,
            may_see_devices: true,
            may_see_figures: true,
            may_steer_partners: true,
            may_keep_settings: true,
            may_keep_blacklist: true,
        }),
        insecure_context: false,
        notice: None,
        problems: Vec::new(),
        page,
    }
}

pub fn moment(lang: Lang) -> Moment {
    Moment::new("2026-11-22T21:04:00+08:00", lang.pick("11月22日 21:04", "22 Nov, 21:04"))
}

fn front_door(lang: Lang) -> FrontDoor {
    let account = |zh: &str, en: &str, user: &str| DemoAccount {
        role: lang.pick(zh, en).into(),
        user: user.into(),
        password: "demo-7391-river".into(),
    };
    FrontDoor {
        demo: Some(DemoDoor {
            accounts: vec![
                account("顾问", "Advisor", "advisor@demo"),
                account("审核员", "Reviewer", "reviewer@demo"),
                account("平台运维（看不到申请内容）", "Operator (sees no case data)", "operator@demo"),
            ],
            customer_link: "/c/3xAmpLeT0ken".into(),
            inbox_url: "/lab/sms".into(),
        }),
        version: "0.1.0".into(),
    }
}

fn links(lang: Lang) -> Links {
    let choice =
        |value: &str, zh: &str, en: &str| Choice { value: value.into(), label: lang.pick(zh, en).into() };
    let row = |id: &str, number: &str, vehicle: &str, state: LinkState, zh: &str, en: &str, overdue: bool| {
        LinkRow {
            id: id.into(),
            case_number: number.into(),
            product: lang.pick("二手车售后回租", "Used-car leaseback").into(),
            vehicle: vehicle.into(),
            price_fen: 10_680_000,
            customer: "阿** 138****6021".into(),
            made: moment(lang),
            state,
            progress: lang.pick(zh, en).into(),
            due: (state == LinkState::Waiting || state == LinkState::Open).then(|| moment(lang)),
            overdue,
            may_be_renewed: state != LinkState::Revoked,
            may_be_revoked: state.may_be_revoked(),
        }
    };
    Links {
        form: LinkForm {
            vehicle: "2022 款 长安 UNI-V".into(),
            price: "106800".into(),
            condition: "used".into(),
            ..LinkForm::default()
        },
        products: vec![
            choice("new-car-loan", "新车贷款", "New-car loan"),
            choice("used-leaseback", "二手车售后回租", "Used-car leaseback"),
        ],
        regions: vec![choice("510000", "四川", "Sichuan"), choice("650000", "新疆", "Xinjiang")],
        terms: vec![12, 24, 36, 48, 60],
        made: None,
        rows: vec![
            row(
                "l1",
                "MP-2026-004217",
                "2022 款 长安 UNI-V 1.5T 尊贵型",
                LinkState::Waiting,
                "姓名有出入，等审核员",
                "Name differs, with a reviewer",
                true,
            ),
            row(
                "l2",
                "MP-2026-004216",
                "2026 款 比亚迪 秦 PLUS",
                LinkState::Open,
                "正在阅读成本明示表",
                "reading the sheet of costs",
                false,
            ),
            row(
                "l3",
                "MP-2026-004215",
                "2025 款 五菱 缤果",
                LinkState::Unopened,
                "链接还没打开",
                "link not opened yet",
                false,
            ),
            row(
                "l4",
                "MP-2026-004214",
                "2021 款 大众 朗逸",
                LinkState::Signed,
                "合同 YL-2026-1100416",
                "contract YL-2026-1100416",
                false,
            ),
            row(
                "l5",
                "MP-2026-004213",
                "2016 款 丰田 卡罗拉",
                LinkState::Ended,
                "车龄超限",
                "car too old",
                false,
            ),
            row(
                "l6",
                "MP-2026-004212",
                "2024 款 理想 L6",
                LinkState::Expired,
                "停在：提交身份证",
                "stopped at: ID card",
                false,
            ),
            row(
                "l7",
                "MP-2026-004211",
                "2024 款 理想 L6",
                LinkState::Revoked,
                "由周晓岚收回",
                "by Zhou Xiaolan",
                false,
            ),
        ],
        older: Some("/office/?before=l7".into()),
        as_of: moment(lang),
    }
}

fn cases(lang: Lang, found: Shows) -> Cases {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let row = |number: &str, state: CaseState, waits: &str, over: bool| CaseRow {
        case: number.into(),
        case_number: number.into(),
        opened: moment(lang),
        product: z("二手车售后回租", "Used-car leaseback"),
        vehicle: "2022 款 长安 UNI-V 1.5T 尊贵型".into(),
        amount_fen: 8_544_000,
        state,
        waits_for: waits.into(),
        since: (!over).then(|| moment(lang)),
        decided: over.then(|| moment(lang)),
    };
    let rows = vec![
        row("MP004219", CaseState::Customer, &z("客户", "the customer"), false),
        row("MP004218", CaseState::Review, &z("身份或照片需要核对", "Identity to be compared"), false),
        row("MP004217", CaseState::System, &z("系统", "the system"), false),
        row("MP004216", CaseState::Approved, "", true),
        row("MP004215", CaseState::Declined, "", true),
        row("MP004214", CaseState::Withdrawn, "", true),
    ];
    let all = rows.clone();
    let lane = |state: &str, n: u32, more: bool, rows: &[CaseRow]| Lane {
        state: state.into(),
        today: false,
        count: Counted { n, more },
        all: format!("/office/cases?state={state}"),
        rows: rows.to_vec(),
    };
    let board = vec![
        lane("customer", 1_000, true, &[all[0].clone(), all[0].clone(), all[0].clone()]),
        lane("review", 12, false, &all[1..2]),
        lane("partner", 0, false, &[]),
        lane("system", 1, false, &all[2..3]),
        lane("approved", 214, false, &all[3..4]),
        lane("ended", 38, false, &all[4..6]),
    ];
    let kept = |name: String, chosen: bool| SavedFilter {
        id: name.clone(),
        name,
        href: "/office/cases?state=review".into(),
        opens_first: chosen,
        chosen,
    };
    Cases {
        filter: String::new(),
        is_search: found == Shows::NotFound,
        sought: if found == Shows::Board { z("长安 UNI-V", "UNI-V") } else { String::new() },
        narrowed: (found == Shows::Board).then(|| Narrowed {
            days: String::new(),
            parts: vec![z("“长安 UNI-V”", "“UNI-V”")],
            all: None,
        }),
        rows: if found == Shows::Table { rows } else { Vec::new() },
        older: (found == Shows::Table).then(|| "/office/cases?before=4214".into()),
        stopped: false,
        board: (found == Shows::Board).then_some(board),
        saved: vec![
            kept(z("待我方处理的二手车", "Used cars with us"), false),
            kept(z("今天", "Today"), true),
        ],
        narrow: Narrow {
            filters: vec![NumberFilter {
                name: "product".into(),
                chosen: String::new(),
                choices: vec![Choice {
                    value: "p".into(), label: z("二手车售后回租", "Used-car leaseback")
                }],
            }],
            asked: "state=all".into(),
            is_board: found == Shows::Board,
            ..Narrow::default()
        },
        kept: String::new(),
        read_from: (found == Shows::Table).then(|| "MP004100".into()),
        as_of: moment(lang),
    }
}

/// What the list of cases shows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shows {
    Table,
    NotFound,
    Board,
}

fn accounts(lang: Lang) -> Accounts {
    let row = |login: &str, role: (&str, &str), disabled, own| AccountRow {
        id: login.into(),
        login: login.into(),
        roles: lang.pick(role.0, role.1).into(),
        made: moment(lang),
        sessions: u32::from(own),
        disabled,
        own,
        queues: (role.1 == "Reviewer").then(|| {
            let named = lang.pick("信用结论需要复核", "Credit decision to be reviewed");
            (vec!["credit".to_owned()], named.to_owned())
        }),
    };
    let choice =
        |value: &str, zh: &str, en: &str| Choice { value: value.into(), label: lang.pick(zh, en).into() };
    Accounts {
        rows: vec![
            row("zhou", ("租户管理员", "Tenant administrator"), false, true),
            row("li.lei", ("审核员", "Reviewer"), false, false),
            row("han.mei", ("客户经理", "Advisor"), true, false),
        ],
        older: None,
        roles: vec![choice("advisor", "客户经理", "Advisor"), choice("reviewer", "审核员", "Reviewer")],
        queues: vec![choice("credit", "信用结论需要复核", "Credit decision to be reviewed")],
        login: String::new(),
        ticked: vec!["reviewer".into()],
        made: Some(ShownOnce { whose: "li.lei".into(), secret: "demo-7391-river".into() }),
    }
}

fn keys(lang: Lang) -> ApiKeys {
    let row = |id: &str, label: &str, revoked| KeyRow {
        id: id.into(),
        label: label.into(),
        scopes: vec!["links:write".into(), "cases:read".into()],
        made: moment(lang),
        revoked: if revoked { Some(moment(lang)) } else { None },
    };
    ApiKeys {
        rows: vec![row("a1b2c3d4e5f60718", "CRM", false), row("0718a1b2c3d4e5f6", "test", true)],
        label: String::new(),
        ticked: vec!["links:write".into()],
        made: Some(ShownOnce { whose: "CRM".into(), secret: "mpk_demo".into() }),
    }
}

fn duties() -> Vec<shared::domain::Role> {
    use shared::domain::Role::{Approver, Controller, Designer, Operator};
    vec![Designer, Approver, Controller, Operator]
}

fn message(lang: Lang) -> Message {
    Message {
        title: lang.pick("没有找到", "Not found").into(),
        text: ui::texts::problem("not_found", lang),
        code: Some("not_found".into()),
        next: Some(("/office/".into(), lang.pick("回到首页", "Back to the start").into())),
    }
}

fn openapi() -> serde_json::Value {
    let number = customer_content::schedule().len();
    serde_json::json!({
        "openapi": "3.1.0",
        "info": {"title": "Miaopi", "version": "0.1.0", "description": "Links, cases and their progress."},
        "paths": {
            "/api/v1/links": {"post": {
                "summary": "Make a customer link", "description": "Makes one case and one link. The address is answered once.",
                "parameters": [{"name": "Idempotency-Key", "in": "header", "description": "Doing it again answers the same."}],
                "security": [{"api_key": ["links:write"]}, {"session": []}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/NewLink"},
                    "example": {"product": "new-car-loan", "price_fen": 12_980_000, "months": 36}}}},
                "responses": {"201": {"description": "made", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Link"}}}},
                              "422": {"description": "a field is wrong"}}}},
            "/api/v1/cases/{case}": {"get": {"summary": "Where a case stands", "responses": {"200": {"description": "the case"}}},
                                     "delete": {"summary": "Erase a person's data", "responses": {"204": {"description": "erased"}}}}
        },
        "components": {"schemas": {
            "NewLink": {"type": "object", "required": ["product", "price_fen"], "properties": {
                "product": {"type": "string"}, "price_fen": {"type": "integer", "format": "int64"}, "months": {"enum": [12, 24, number]},
                "vehicle": {"$ref": "#/components/schemas/Vehicle"}, "phone": {"type": ["string", "null"]}}},
            "Vehicle": {"type": "object", "properties": {"description": {"type": "string"}, "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Vehicle"}}}},
            "Link": {"type": "object", "required": ["url"], "properties": {"url": {"type": "string", "format": "uri"}, "expires_at": {"type": "string", "format": "date-time"}}}
        }}
    })
}
