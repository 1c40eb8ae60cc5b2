//! What is set for a partner: out of a form, into a form, and in words.

use std::collections::BTreeMap;

use shared::domain::{AmountRange, Fen, Lang, OpeningHours, PlanKind, Region, TenantId};
use ui::{
    office::{ControlForm, Otherwise},
    texts::Words,
};

use crate::{
    app::App,
    cases::page::partner_name,
    partners::{Control, LateAnswers, Partner, Switch},
    problem::Problem,
};

/// Kinds of plan, in the order in which they are listed.
const KINDS: [PlanKind; 3] = [PlanKind::Loan, PlanKind::DirectLease, PlanKind::Leaseback];

/// Fields of a form by name.
pub(super) type Fields = BTreeMap<String, String>;

/// What a partner is called.
pub(super) fn name_of(app: &App, tenant: TenantId, partner: &Partner, lang: Lang) -> String {
    match partner {
        Partner::Funder(key) => app.products.funder_name(tenant, key.as_str(), lang),
        partner => {
            let key = format!("steer-partner-{partner}");
            let words = Words(lang);
            let usual = || partner_name(&partner.to_string(), lang).unwrap_or_default().to_owned();
            words.find(&key).unwrap_or_else(usual)
        }
    }
}

/// What a form asks for. Without `full` it is the state alone, and everything else stays.
///
/// # Errors
/// 422 naming the field that cannot be read.
pub(super) fn asked(fields: &Fields, present: &Control) -> Result<Control, Problem> {
    let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
    let state = Switch::ALL.into_iter().find(|state| state.code() == text("state"));
    let state = state.ok_or_else(|| unfit("state"))?;
    if text("full").is_empty() {
        return Ok(Control { state, ..present.clone() });
    }
    let number = |name: &'static str| match text(name) {
        "" => Ok(None),
        text => text.parse::<u32>().map(Some).map_err(|_| unfit(name)),
    };
    let chosen = |kind: &PlanKind| !text(&format!("product-{}", kind.code())).is_empty();
    let regions = text("regions").split([',', '，', '、', ' ']).filter(|code| !code.is_empty());
    let regions: Result<Vec<Region>, Problem> =
        regions.map(|code| code.parse().map_err(|_| unfit("regions"))).collect();
    Ok(Control {
        state,
        per_second: number("per_second")?,
        timeout_ms: number("timeout_ms")?,
        quota: number("quota")?,
        hours: hours(&text)?,
        park_minutes: number("park_minutes")?.ok_or_else(|| unfit("park_minutes"))?,
        cost_fen: match text("cost_fen") {
            "" => 0,
            yuan => u32::try_from(fen(yuan, "cost_fen")?).map_err(|_| unfit("cost_fen"))?,
        },
        weight: number("weight")?,
        products: KINDS.into_iter().filter(chosen).collect(),
        regions: regions?,
        amount: amount(text("amount"), text("amount_max"))?,
        late: match text("late") {
            "" => LateAnswers::Keep,
            code => LateAnswers::of_code(code).ok_or_else(|| unfit("late"))?,
        },
    })
}

fn hours<'a>(text: &impl Fn(&str) -> &'a str) -> Result<Option<OpeningHours>, Problem> {
    let days: Vec<u8> = (1..=7).filter(|day| !text(&format!("day{day}")).is_empty()).collect();
    let (from, to) = (text("from"), text("to"));
    if days.is_empty() && from.is_empty() && to.is_empty() {
        return Ok(None);
    }
    let file = serde_json::json!({"days": days, "from": from, "to": to});
    serde_json::from_value(file).map(Some).map_err(|_| unfit("hours"))
}

fn amount(min: &str, max: &str) -> Result<Option<AmountRange>, Problem> {
    if min.is_empty() && max.is_empty() {
        return Ok(None);
    }
    let yuan = |text: &str, name| fen(text, name).and_then(|fen| Fen::new(fen).map_err(|_| unfit(name)));
    Ok(Some(AmountRange { min: yuan(min, "amount")?, max: yuan(max, "amount_max")? }))
}

/// Yuan with at most two decimals, in fen.
fn fen(text: &str, name: &'static str) -> Result<i64, Problem> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || part.len() > 2 || !digits(whole) || !digits(part) {
        return Err(unfit(name));
    }
    format!("{whole}{part:0<2}").parse().map_err(|_| unfit(name))
}

fn unfit(field: &'static str) -> Problem {
    Problem::invalid(
        field,
        "partner_control_form",
        "This value cannot be set. Keep within the range that the field names.",
    )
}

/// A form as it was sent, or with what is set.
pub(super) fn form(partner: &Partner, fields: &Fields, lang: Lang) -> ControlForm {
    let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
    let ticked = |name: String| fields.get(&name).is_some_and(|value| !value.is_empty());
    let kind = |kind: PlanKind| {
        let code = kind.code().to_owned();
        let chosen = ticked(format!("product-{code}"));
        (code, kind.text(lang).to_owned(), chosen)
    };
    let mut days = [false; 7];
    for (day, open) in (1..).zip(days.iter_mut()) {
        *open = ticked(format!("day{day}"));
    }
    ControlForm {
        state: Some(text("state")).filter(|state| !state.is_empty()).unwrap_or_else(|| "open".to_owned()),
        per_second: text("per_second"),
        timeout_ms: text("timeout_ms"),
        quota: text("quota"),
        days,
        from: text("from"),
        to: text("to"),
        park_minutes: text("park_minutes"),
        cost: text("cost_fen"),
        weight: text("weight"),
        products: KINDS.map(kind).to_vec(),
        regions: text("regions"),
        amount_min: text("amount"),
        amount_max: text("amount_max"),
        late: text("late"),
        funder: matches!(partner, Partner::Funder(_)),
        counted: partner.is_counted(),
    }
}

/// What is set, as the fields of a form.
pub(super) fn fields_of(control: &Control) -> Fields {
    let mut fields = Fields::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            fields.insert(name.to_owned(), value);
        }
    };
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    put("state", control.state.code().to_owned());
    put("per_second", number(control.per_second));
    put("timeout_ms", number(control.timeout_ms));
    put("quota", number(control.quota));
    put("park_minutes", control.park_minutes.to_string());
    put("cost_fen", if control.cost_fen == 0 { String::new() } else { in_yuan(i64::from(control.cost_fen)) });
    put("weight", number(control.weight));
    if let Some(hours) = &control.hours {
        for day in &hours.days {
            put(&format!("day{day}"), "1".to_owned());
        }
        put("from", clock(hours.from));
        put("to", clock(hours.to));
    }
    for kind in &control.products {
        put(&format!("product-{}", kind.code()), "1".to_owned());
    }
    put(
        "regions",
        control.regions.iter().map(|region| region.code().to_owned()).collect::<Vec<_>>().join(", "),
    );
    if control.late != LateAnswers::Keep {
        put("late", control.late.code().to_owned());
    }
    if let Some(amount) = control.amount {
        put("amount", in_yuan(amount.min.get()));
        put("amount_max", in_yuan(amount.max.get()));
    }
    fields
}

fn clock(time: jiff::civil::Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

pub(super) fn in_yuan(fen: i64) -> String {
    if fen % 100 == 0 { (fen / 100).to_string() } else { format!("{}.{:02}", fen / 100, fen % 100) }
}

/// Everything that is set, in words: the field's name, its value.
fn said(control: &Control, lang: Lang) -> Vec<(&'static str, String)> {
    let words = Words(lang);
    let usual = words.t("steer-word-usual");
    let number = |number: Option<u32>, unit: &str| match number {
        Some(number) => words.with(unit, &[("n", number.into())]),
        None => usual.clone(),
    };
    let list = |texts: Vec<String>| match texts.is_empty() {
        true => usual.clone(),
        false => texts.join(lang.pick("、", ", ")),
    };
    let hours = control.hours.as_ref().map_or_else(
        || words.t("steer-word-always"),
        |hours| {
            let day = |day: &u8| words.t(&format!("steer-day-{day}"));
            let days = list(hours.days.iter().map(day).collect());
            format!("{days} {}–{}", clock(hours.from), clock(hours.to))
        },
    );
    let amount =
        control.amount.map_or_else(|| usual.clone(), |amount| format!("¥{} – ¥{}", amount.min, amount.max));
    vec![
        ("state", words.t(&format!("steer-is-{}", control.state.code()))),
        ("park_minutes", number(Some(control.park_minutes), "steer-word-minutes")),
        ("hours", hours),
        ("per_second", number(control.per_second, "steer-word-calls")),
        ("timeout_ms", number(control.timeout_ms, "steer-word-ms")),
        ("quota", number(control.quota, "steer-word-calls")),
        ("cost_fen", format!("¥{}", in_yuan(i64::from(control.cost_fen)))),
        ("products", list(control.products.iter().map(|kind| kind.text(lang).to_owned()).collect())),
        ("regions", list(control.regions.iter().map(|region| region.text(lang)).collect())),
        ("amount", amount),
        ("late", words.t(&format!("steer-late-{}", control.late.code()))),
        ("weight", control.weight.map_or_else(|| usual.clone(), |weight| weight.to_string())),
    ]
}

fn label(field: &str, lang: Lang) -> String {
    Words(lang).t(&format!("steer-field-{}", field.replace('_', "-")))
}

/// What differs between two controls, in words.
pub(super) fn otherwise(before: &Control, after: &Control, lang: Lang) -> Vec<Otherwise> {
    let pairs = said(before, lang).into_iter().zip(said(after, lang));
    pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| (label(field, lang), before, after))
        .collect()
}

/// What is set otherwise than usual, in words.
pub(super) fn set(control: &Control, lang: Lang) -> Vec<(String, String)> {
    let differs = otherwise(&Control::default(), control, lang);
    differs.into_iter().map(|(label, _, now)| (label, now)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    fn rich() -> Control {
        Control {
            state: Switch::Draining,
            per_second: Some(5),
            timeout_ms: Some(900),
            quota: Some(70),
            hours: serde_json::from_str(r#"{"days": [1, 7], "from": "08:30", "to": "00:00"}"#).unwrap(),
            park_minutes: 45,
            cost_fen: 205,
            weight: Some(0),
            products: vec![PlanKind::Leaseback],
            regions: vec!["31".parse().unwrap(), "4403".parse().unwrap()],
            amount: Some(AmountRange { min: Fen::yuan(10_000), max: Fen::yuan(90_000) }),
            late: LateAnswers::Notice,
        }
    }

    #[test]
    fn what_is_set_goes_into_a_form_and_comes_out_the_same() {
        for control in [rich(), Control::default()] {
            let mut fields = fields_of(&control);
            fields.insert("full".to_owned(), "1".to_owned());
            assert_eq!(asked(&fields, &Control::default()).unwrap(), control);
        }
    }

    #[test]
    fn a_switch_alone_leaves_everything_else() {
        let opened = asked(&fields(&[("state", "open")]), &rich()).unwrap();
        assert_eq!(opened, Control { state: Switch::Open, ..rich() });
    }

    #[test]
    fn what_cannot_be_read_names_its_field() {
        for (name, value, field) in [
            ("state", "closed", "state"),
            ("per_second", "-1", "per_second"),
            ("timeout_ms", "1e3", "timeout_ms"),
            ("quota", "99999999999", "quota"),
            ("from", "08:30", "hours"),
            ("day1", "1", "hours"),
            ("park_minutes", "", "park_minutes"),
            ("cost_fen", "1.234", "cost_fen"),
            ("cost_fen", "-1", "cost_fen"),
            ("regions", "31, 99", "regions"),
            ("late", "reopen", "late"),
            ("amount", "5", "amount_max"),
            ("amount_max", "5", "amount"),
        ] {
            let mut all = fields(&[("full", "1"), ("state", "open"), ("park_minutes", "30")]);
            all.insert(name.to_owned(), value.to_owned());
            let refused = asked(&all, &Control::default()).unwrap_err();
            assert_eq!(
                (refused.field, refused.code),
                (Some(field), "partner_control_form"),
                "{name}={value}"
            );
        }
    }

    #[test]
    fn every_field_has_words_and_only_what_differs_is_listed() {
        for lang in Lang::ALL {
            assert!(otherwise(&rich(), &rich(), lang).is_empty());
            let all = set(&rich(), lang);
            assert_eq!(all.len(), 12, "{all:?}");
            for (label, value) in &all {
                assert!(!label.starts_with("steer-") && !value.contains("steer-"), "{label}: {value}");
            }
        }
    }
}
