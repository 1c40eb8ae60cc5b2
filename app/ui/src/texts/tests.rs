use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

const ZH: Sources = ALL.zh;
const EN: Sources = ALL.en;

/// Keys that a screen puts together from a beginning and a value.
const COMPOSED: [&str; 90] = [
    "own-field-",
    "own-wrong-",
    "own-stage-",
    "own-next-",
    "own-class-",
    "own-speaks-",
    "own-of-",
    "own-says-",
    "own-why-",
    "own-unit-",
    "own-map-",
    "own-word-",
    "devices-show-",
    "device-revoked-",
    "device-alarm-",
    "device-do-",
    "device-item-",
    "device-state-",
    "flow-stays-",
    "problem-",
    "tips-",
    "stage-",
    "title-",
    "link-state-",
    "condition-",
    "energy-",
    "text-",
    "reading-lead",
    "camera-",
    "match-",
    "cases-filter-",
    "case-state-",
    "lane-",
    "reveal-",
    "answer-",
    "duty-",
    "account-done-",
    "scope-",
    "field-",
    "option-",
    "part-",
    "block-",
    "outcome-",
    "partner-",
    "month-",
    "device-problem-",
    "slot-",
    "by-",
    "port-",
    "param-",
    "choice-",
    "class-",
    "draw-",
    "designer-refused-",
    "guide-",
    "numbers-period-",
    "numbers-by-",
    "numbers-tile-",
    "numbers-stage-",
    "audit-",
    "step-",
    "decline-",
    "declined-for-",
    "key-",
    "queue-none-",
    "queue-tab-",
    "steer-class-",
    "steer-concern-",
    "steer-day-",
    "steer-do-",
    "steer-done-",
    "steer-field-",
    "steer-group-",
    "steer-is-",
    "steer-late-",
    "steer-means-",
    "steer-partner-",
    "steer-word-",
    "tape-done-",
    "tape-is-",
    "tape-kind-",
    "tape-read-",
    "hook-done-",
    "hook-last-",
    "hook-state-",
    "inbound-is-",
    "inbound-late-",
    "inbound-refused-",
    "inbound-says-",
    "listed-",
];

#[test]
fn both_languages_have_the_same_keys_with_the_same_arguments() {
    assert_eq!(arguments_by_key(ZH), arguments_by_key(EN));
}

#[test]
fn every_source_is_read_without_an_error() {
    for source in ZH.iter().chain(EN) {
        if let Err((_, errors)) = FluentResource::try_new((*source).to_owned()) {
            panic!("{errors:?}");
        }
    }
}

#[test]
fn no_key_exists_twice() {
    for sources in [ZH, EN] {
        let mut seen = BTreeSet::new();
        for key in sources.iter().flat_map(|source| source.lines()).filter_map(key_of_line) {
            assert!(seen.insert(key), "{key} exists twice");
        }
    }
}

#[test]
fn every_key_a_screen_asks_for_exists() {
    let known = arguments_by_key(EN);
    let asked = keys_asked_for();
    assert!(asked.len() > 200, "the search for keys finds too little: {}", asked.len());
    let missing: Vec<&String> = asked.iter().filter(|key| !known.contains_key(*key)).collect();
    assert!(missing.is_empty(), "without text: {missing:?}");
}

#[test]
fn every_text_is_used() {
    let literals = all_literals();
    let unused: Vec<String> = arguments_by_key(EN)
        .into_keys()
        .filter(|key| !literals.contains(key) && !COMPOSED.iter().any(|start| key.starts_with(start)))
        .collect();
    assert!(unused.is_empty(), "never shown: {unused:?}");
}

#[test]
fn texts_with_arguments_are_filled_in() {
    assert_eq!(Words(Lang::Zh).with("step", &[("n", 2.into()), ("of", 6.into())]), "第 2 步，共 6 步");
    assert_eq!(Words(Lang::En).with("months", &[("n", 1.into())]), "1 month");
    assert_eq!(Words(Lang::En).with("months", &[("n", 36.into())]), "36 months");
}

#[test]
fn an_unknown_problem_gets_a_general_sentence() {
    for lang in Lang::ALL {
        assert_eq!(problem("never_heard_of", lang), Words(lang).t("problem-unknown"));
        assert_ne!(problem("photo_blurred", lang), problem("never_heard_of", lang));
        assert!(problem_short("never_heard_of", lang).is_none());
    }
}

/// Codes of the server's bad-input table: each needs a sentence of its own.
#[test]
fn known_problems_have_a_sentence_of_their_own() {
    let codes = "id_number_length id_number_letters id_number_checksum id_number_birth_date id_number_future \
        id_number_under_age photo_empty photo_too_large photo_not_an_image photo_truncated photo_too_many_pixels \
        photo_animated photo_heic photo_unsupported_kind photo_decode_failed photo_busy photo_blurred photo_glare \
        photo_too_small photo_cut_off photo_no_card photo_colourless photo_glare_elsewhere photo_number_unread \
        photo_asked_by_person photo_reader_unavailable name_invalid name_unconfirmed phone_invalid consent_missing \
        consent_funder_missing disclosure_too_early terms_changed code_wrong code_expired code_attempts code_too_soon \
        number_mismatch realname_mismatch duplicate_card in_review link_ended busy storage_full store_unavailable \
        sms_unavailable act_reused not_now disclosure_unread run_already_asked run_signed \
        second_person_needed internal";
    for (lang, code) in
        Lang::ALL.iter().flat_map(|lang| codes.split_whitespace().map(move |code| (lang, code)))
    {
        assert!(problem_short(code, *lang).is_some(), "{code} in {lang}");
    }
}

/// Whatever a document, the sync or a field can say no with has words on the advisor's device, and every field, every
/// choice and every part of a case has a name.
#[test]
fn an_advisor_is_never_shown_a_code() {
    use crate::advisor::{missing::field_name, parts::Part};
    use shared::document::{DocumentError, Field, fields::Rule};
    let codes = DocumentError::ALL.iter().map(|error| error.code());
    let codes = codes.chain(shared::protocol::sync::SyncCode::ALL.iter().map(|code| code.code()));
    let mut keys: Vec<String> =
        codes.map(|code| format!("device-problem-{}", code.replace('_', "-"))).collect();
    keys.extend(Part::ALL.map(|part| format!("part-{}", part.slug())));
    for field in Field::ALL {
        if let Rule::OneOf(words) = field.rule() {
            keys.extend(words.iter().map(|word| format!("option-{}", word.replace('_', "-"))));
        }
    }
    for words in Lang::ALL.map(Words) {
        for key in &keys {
            assert!(words.find(key).is_some(), "{key} in {}", words.0);
        }
        for code in shared::app::REFUSALS {
            let own = words.find(&format!("device-problem-{}", code.replace('_', "-")));
            assert!(own.or_else(|| problem_short(code, words.0)).is_some(), "{code} in {}", words.0);
        }
        for field in Field::ALL {
            assert!(!field_name(words, *field).starts_with("field-"), "{}", field.key());
        }
    }
}

/// Each key with the names of its arguments.
fn arguments_by_key(sources: Sources) -> BTreeMap<String, BTreeSet<String>> {
    let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut key = String::new();
    for line in sources.iter().flat_map(|source| source.lines()) {
        if let Some(next) = key_of_line(line) {
            key = next.to_owned();
            keys.entry(key.clone()).or_default();
        }
        for rest in line.split('$').skip(1) {
            let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
            keys.entry(key.clone()).or_default().insert(name);
        }
    }
    keys
}

fn key_of_line(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(" =")?;
    (key.starts_with(|c: char| c.is_ascii_lowercase())
        && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'))
    .then_some(key)
}

/// Literals that stand directly in a call which looks a text up.
fn keys_asked_for() -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for code in sources_of_screens() {
        for call in [".t(\"", "with(\"", "find(\""] {
            for rest in code.split(call).skip(1) {
                keys.extend(rest.split_once('"').map(|(key, _)| key.to_owned()));
            }
        }
    }
    keys.retain(|key| !key.contains(['{', ' ']));
    keys
}

fn all_literals() -> BTreeSet<String> {
    sources_of_screens().iter().flat_map(|code| code.split('"')).map(str::to_owned).collect()
}

fn sources_of_screens() -> Vec<String> {
    let mut folders = vec![PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut sources = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if is_screen(&path) {
                sources.push(std::fs::read_to_string(path).unwrap());
            }
        }
    }
    sources
}

fn is_screen(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "rs") && !path.ends_with("texts/tests.rs")
}
