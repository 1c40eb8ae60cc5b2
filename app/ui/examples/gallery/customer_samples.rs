//! The customer's pages with invented people, everyday and extreme.

use crate::customer_content::*;
use shared::domain::lang::Lang;
use ui::components::form::Problem;
use ui::customer::*;

/// Every page by name.
pub fn views(lang: Lang) -> Vec<(&'static str, CustomerView)> {
    let z = |zh: &str, en: &str| lang.pick(zh, en).to_owned();
    let mut pages = vec![
        ("c01-welcome", view(lang, CustomerPage::Welcome(welcome(lang)))),
        (
            "c02-consent-identity",
            view(lang, CustomerPage::ConsentIdentity(ConsentIdentity { items: identity_items(lang) })),
        ),
        ("c03-identity", view(lang, identity("", PhotoAsk::First))),
        (
            "c03-identity-kept",
            view(lang, identity("65010019900307000", PhotoAsk::Kept { photo_url: "card.svg".into() })),
        ),
        ("c03-identity-poor", view(lang, identity("65010019900307000X", poor("photo_glare", true)))),
        ("c04-reading", view(lang, CustomerPage::Reading(reading(NameConfidence::Sure, lang)))),
        ("c04-reading-unsure", view(lang, CustomerPage::Reading(reading(NameConfidence::Unsure, lang)))),
        (
            "c04-reading-partner",
            view(lang, CustomerPage::Reading(reading(NameConfidence::PartnerDisagrees, lang))),
        ),
        ("c05-consent-partners", view(lang, CustomerPage::ConsentPartners(partners(lang, false)))),
        ("c05-consent-new-funder", view(lang, CustomerPage::ConsentPartners(partners(lang, true)))),
        ("c06-progress", view(lang, CustomerPage::Progress(progress(false)))),
        ("c06-progress-slow", view(lang, CustomerPage::Progress(progress(true)))),
        (
            "c07-ask-photo",
            view(lang, ask(AskWhat::Photo(poor("photo_blurred", false)), "photo_blurred", None)),
        ),
        (
            "c07-ask-name",
            view(
                lang,
                ask(
                    AskWhat::Name("张玮".into()),
                    "name_mismatch",
                    Some(z(
                        "您好，证件上是“玮”还是“伟”？请按证件填写。",
                        "Is it 玮 or 伟 on your card? Please write it as there.",
                    )),
                ),
            ),
        ),
        ("c07-ask-phone", view(lang, ask(AskWhat::Phone("138".into()), "phone_invalid", None))),
        ("c08-offer", view(lang, CustomerPage::Offer(offer(lang)))),
        ("c08-offer-changed", view(lang, CustomerPage::Offer(changed_offer(lang)))),
        ("c08-offer-counter", view(lang, CustomerPage::Offer(counter_offer(lang)))),
        ("c09-disclosure", view(lang, CustomerPage::Disclosure(disclosure(lang, 18)))),
        ("c09-disclosure-read", view(lang, CustomerPage::Disclosure(disclosure(lang, 0)))),
        ("c10-code", view(lang, CustomerPage::Code(code(lang, 284)))),
        ("c10-code-expired", view(lang, CustomerPage::Code(code(lang, 0)))),
        ("c11-contract", view(lang, CustomerPage::Contract(contract(lang)))),
        ("c12-done", view(lang, CustomerPage::Done(done(lang)))),
        ("c13-in-review", view(lang, CustomerPage::InReview(in_review(lang)))),
        ("c14-declined", view(lang, CustomerPage::Declined(declined(lang)))),
        (
            "c15-person-asked",
            view(lang, CustomerPage::PersonAsked(PersonAsked { until: moment(lang), team: team(lang) })),
        ),
        ("c16-withdrawn", view(lang, CustomerPage::Withdrawn(withdrawn(lang)))),
        ("c17-locked", bare(lang, CustomerPage::FinishedLocked(locked(false)))),
        ("c17-locked-sent", bare(lang, CustomerPage::FinishedLocked(locked(true)))),
        ("c18-link-ended", bare(lang, CustomerPage::LinkEnded)),
        ("c19-not-found", bare(lang, CustomerPage::NotFound)),
        ("c20-busy", bare(lang, CustomerPage::Busy)),
        ("c21-trouble", bare(lang, CustomerPage::Trouble(Trouble { reference: "01K9-7Q2M-XZ".into() }))),
    ];
    pages.extend(extremes(lang));
    pages
}

/// Pages with errors, banners, and content as long as it comes.
fn extremes(lang: Lang) -> Vec<(&'static str, CustomerView)> {
    let mut errors = view(lang, identity("6501001990030700011", poor("photo_cut_off", false)));
    errors.problems = vec![
        Problem::at("id_number", "id_number_length"),
        Problem::at("phone", "phone_invalid"),
        Problem::at("photo", "photo_cut_off"),
    ];
    let mut consents =
        view(lang, CustomerPage::ConsentIdentity(ConsentIdentity { items: identity_items(lang) }));
    consents.problems = vec![Problem::at("consent_registry", "consent_missing")];
    let mut funders = view(lang, CustomerPage::ConsentPartners(partners(lang, false)));
    funders.problems = vec![Problem::at("funders", "consent_funder_missing")];
    let mut code = view(lang, CustomerPage::Code(code(lang, 120)));
    code.problems = vec![Problem::at("code", "code_wrong")];
    code.large = true;
    let mut early = view(lang, CustomerPage::Disclosure(disclosure(lang, 9)));
    early.problems = vec![Problem::at("read", "disclosure_too_early")];
    let mut long = view(lang, CustomerPage::Welcome(long_welcome(lang)));
    long.insecure_context = true;
    long.wechat = true;
    long.demo_inbox = Some("/lab/sms".into());
    let mut inert = welcome(lang);
    inert.request.vehicle = "<script>alert(1)</script>\"><img src=x onerror=alert(1)>".into();
    vec![
        ("x01-welcome-long", long),
        ("x02-identity-errors", errors),
        ("x03-consent-errors", consents),
        ("x04-funder-errors", funders),
        ("x05-code-wrong-large", code),
        ("x06-disclosure-early", early),
        ("x07-welcome-hostile", view(lang, CustomerPage::Welcome(inert))),
    ]
}

fn view(lang: Lang, page: CustomerPage) -> CustomerView {
    CustomerView {
        lang,
        base: "/c/3xAmpLeT0ken".into(),
        step_id: "step-0007".into(),
        large: false,
        insecure_context: false,
        wechat: false,
        tenant: Some(lang.pick("远山汽车金融", "Yuanshan Auto Finance").into()),
        case_number: Some("MP-2026-004217".into()),
        back: None,
        demo_inbox: None,
        problems: Vec::new(),
        page,
    }
}

/// Without case data.
fn bare(lang: Lang, page: CustomerPage) -> CustomerView {
    CustomerView { tenant: None, case_number: None, ..view(lang, page) }
}
