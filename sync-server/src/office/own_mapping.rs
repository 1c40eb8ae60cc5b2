//! How an own funder's answers are read: tried on samples as often as one likes, and kept.

use std::collections::BTreeMap;

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    domain::{Lang, Rate},
    protocol::partners::dialect::{
        Dialect, Found, FunderOutcome, Misread, MoneyUnit, Part, RateUnit, Unmapped,
    },
};
use ui::{
    components::{amounts::yuan, form},
    office::{OfficePage, OwnMapping, SAMPLES, TriedSample},
    texts::Words,
};

use super::{
    Reader, View,
    own_funders::{own, seen, wrong},
    partners::{HERE, by, refused},
};
use crate::{
    accounts::{FormOf, permission::PartnerSteerer},
    app::App,
    http::input::Path,
    own_funders::{
        Own, Stage,
        form::Fields,
        keep, refresh,
        samples::{MAX_SAMPLE_BYTES, Sample, Tried, pass, tried},
    },
    problem::Problem,
};

/// How an own funder's answers are read.
#[utoipa::path(get, path = "/office/partners/{partner}/mapping", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn mapping(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
) -> Result<View, Problem> {
    let own = own(&app, &staff, &slug).await?;
    let samples = keep::samples_of(&app.keys, staff.tenant, &own)?;
    let values = fields_of(&own.mapping, &samples);
    let read = (own.mapping.clone(), numbered(samples));
    let page = page(slug, &own, values, Some(&read), reader.lang);
    Ok(View::of_staff(reader, &staff, &app, OfficePage::OwnMapping(Box::new(page))))
}

/// Tries a mapping on samples, or keeps both.
#[utoipa::path(post, path = "/office/partners/{partner}/mapping", tag = "page", params(("partner" = String, Path)), responses((status = 200, description = "Page")))]
pub(crate) async fn map_answers(
    State(app): State<App>,
    staff: PartnerSteerer,
    reader: Reader,
    Path(slug): Path<String>,
    FormOf { form: fields, .. }: FormOf<Fields>,
) -> Result<Response, Problem> {
    let before = own(&app, &staff, &slug).await?;
    let (lang, seen, keeps) =
        (reader.lang, seen(&fields), fields.get("do").is_some_and(|what| what == "keep"));
    let read = (mapping_of(&fields), samples_of(&fields));
    let problems = faults(&read.0, &read.1, lang);
    let values = fields.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    if !keeps || !problems.is_empty() {
        let tried = Some(&read).filter(|_| problems.is_empty());
        let page = OwnMapping { number: seen, ..page(slug, &before, values, tried, lang) };
        let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let view = View::of_staff(reader, &staff, &app, OfficePage::OwnMapping(Box::new(page)));
        return Ok((status, view.problems(problems)).into_response());
    }
    let (by, keys, random) = (by(&app, &staff), app.keys.clone(), app.world.random.clone());
    let key = before.terms.key.to_string();
    let kept = (read.0.clone(), read.1.iter().map(|(_, sample)| sample.clone()).collect());
    let write = move |conn: &rusqlite::Connection| keep::map(conn, (&keys, &random), &by, (&key, seen), kept);
    match app.store.write(write).await {
        Ok(own) => {
            refresh(&app, staff.tenant).await?;
            let done = if own.stage == Stage::Draft { "unmapped" } else { "mapped" };
            Ok(Redirect::to(&format!("{HERE}/{slug}?done={done}")).into_response())
        }
        Err(problem) => {
            let page = page(slug, &before, values, Some(&read), lang);
            refused((&app, &staff, reader), problem, OfficePage::OwnMapping(Box::new(page)))
        }
    }
}

/// Samples by their number in the form, from 1.
type Numbered = Vec<(usize, Sample)>;

fn numbered(samples: Vec<Sample>) -> Numbered {
    (1..).zip(samples).collect()
}

fn page(
    slug: String,
    own: &Own,
    values: BTreeMap<String, String>,
    read: Option<&(Dialect, Numbered)>,
    lang: Lang,
) -> OwnMapping {
    let (mapping, samples) = read.map(|(mapping, samples)| (mapping, samples.as_slice())).unzip();
    let (mapping, samples) = (mapping.unwrap_or(&own.mapping), samples.unwrap_or_default());
    let plain: Vec<Sample> = samples.iter().map(|(_, sample)| sample.clone()).collect();
    OwnMapping {
        slug,
        name: own.terms.name.get(lang).to_owned(),
        number: own.number,
        values,
        tried: samples.iter().map(|(n, sample)| (*n, shown(tried(mapping, sample), lang))).collect(),
        passes: pass(mapping, &plain),
    }
}

fn shown(tried: Tried, lang: Lang) -> TriedSample {
    let part = |(part, found): (Part, Result<Found, Misread>)| {
        let (found, why) = match found {
            Ok(found) => (Some(in_words(found, lang)), None),
            Err(misread) => (None, Some(misread.why.code().to_owned())),
        };
        (part.code().to_owned(), found, why)
    };
    TriedSample {
        says: tried.says.code().to_owned(),
        fits: tried.fits,
        parts: tried.parts.into_iter().map(part).collect(),
    }
}

fn in_words(found: Found, lang: Lang) -> String {
    let words = Words(lang);
    match found {
        Found::Outcome(outcome) => outcome.code().to_owned(),
        Found::Word(word) => word,
        Found::Fen(fen) => yuan(fen),
        Found::AsAsked => words.t("own-word-as-asked"),
        Found::Months(months) => words.with("months", &[("n", months.into())]),
        Found::Rate(rate) => Rate::new(rate).map_or_else(|_| rate.to_string(), |rate| rate.to_string()),
        Found::Texts(texts) => texts.join(lang.pick("；", "; ")),
        Found::Is(is) => words.t(if is { "own-word-is" } else { "own-word-is-not" }),
        Found::Seconds(seconds) => words.with("own-word-seconds", &[("n", seconds.into())]),
    }
}

/// What a form declares.
fn mapping_of(fields: &Fields) -> Dialect {
    let text = |name: &str| fields.get(name).map(|text| text.trim()).unwrap_or_default();
    if text("speaks") != "its" {
        return Dialect::default();
    }
    let pointers = Part::ALL.into_iter().map(|part| (part, text(&format!("at-{}", part.code()))));
    let words = FunderOutcome::ALL.into_iter().map(|outcome| {
        let words = text(&format!("words-{}", outcome.code())).split([',', '，', '、']);
        let words: Vec<String> = words.map(str::trim).filter(|w| !w.is_empty()).map(str::to_owned).collect();
        (outcome, words)
    });
    Dialect {
        at: pointers.filter(|(_, at)| !at.is_empty()).map(|(part, at)| (part, at.to_owned())).collect(),
        words: words.filter(|(_, words)| !words.is_empty()).collect(),
        money: if text("money") == "yuan" { MoneyUnit::Yuan } else { MoneyUnit::Fen },
        rate: if text("rate") == "percent" { RateUnit::Percent } else { RateUnit::Fraction },
    }
}

fn samples_of(fields: &Fields) -> Numbered {
    let sample = |n: usize| {
        let answer = fields.get(&format!("sample-{n}")).filter(|answer| !answer.trim().is_empty())?;
        let says = fields.get(&format!("says-{n}")).and_then(|code| FunderOutcome::of_code(code))?;
        Some((n, Sample { answer: answer.clone(), says }))
    };
    (1..=SAMPLES).filter_map(sample).collect()
}

fn fields_of(mapping: &Dialect, samples: &[Sample]) -> Fields {
    let mut fields = Fields::new();
    let mut set = |name: String, value: &str| drop(fields.insert(name, value.to_owned()));
    set("speaks".to_owned(), if mapping.is_ours() { "ours" } else { "its" });
    for (part, at) in &mapping.at {
        set(format!("at-{}", part.code()), at);
    }
    for (outcome, words) in &mapping.words {
        set(format!("words-{}", outcome.code()), &words.join(", "));
    }
    set("money".to_owned(), if mapping.money == MoneyUnit::Yuan { "yuan" } else { "fen" });
    set("rate".to_owned(), if mapping.rate == RateUnit::Percent { "percent" } else { "fraction" });
    for (n, sample) in (1..).zip(samples) {
        set(format!("sample-{n}"), &sample.answer);
        set(format!("says-{n}"), sample.says.code());
    }
    fields
}

/// Everything that is wrong with what a form declares, at its fields.
fn faults(mapping: &Dialect, samples: &Numbered, lang: Lang) -> Vec<form::Problem> {
    let declared = mapping.faults().into_iter().map(|fault| match fault {
        Unmapped::Missing(part) => wrong(&format!("at-{}", part.code()), "own-map-missing", lang),
        Unmapped::Pointer(part) => wrong(&format!("at-{}", part.code()), "own-map-pointer", lang),
        Unmapped::NoWord(outcome) => wrong(&format!("words-{}", outcome.code()), "own-map-no-word", lang),
        Unmapped::Word(outcome) => wrong(&format!("words-{}", outcome.code()), "own-map-bad-word", lang),
        Unmapped::Twice(outcome) => wrong(&format!("words-{}", outcome.code()), "own-map-twice", lang),
    });
    let large = samples.iter().filter(|(_, sample)| sample.answer.len() > MAX_SAMPLE_BYTES);
    let large = large.map(|(n, _)| wrong(&format!("sample-{n}"), "own-word-sample-large", lang));
    declared.chain(large).collect()
}
