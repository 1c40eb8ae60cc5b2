//! Bad input on the server's side, over public HTTP: each is answered with a stable code and what to do, and nothing
//! is recorded that should not be.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::{Path, PathBuf};

use miaopi::store::{Store, StoreError};
use serde_json::{Value, json};
use tests::cards::id_number;
use tests::world::{Customer, Lab, PATIENCE, Server, Who, demo_offer, in_a_hurry, wait_until};

/// The number on the sample card.
const NUMBER: &str = "110105198004197592";

async fn start(lab: &Lab) -> Server {
    lab.serves(in_a_hurry()).start().await.unwrap()
}

fn on(page: &'static str) -> impl Fn(&Value) -> bool {
    move |view| view["page"] == page
}

fn card() -> Vec<u8> {
    std::fs::read(Who::sample().photo).unwrap()
}

/// Looks into a stopped server's data.
async fn count(store: &Store, sql: &'static str) -> i64 {
    let counted = store.read(move |conn| Ok::<_, StoreError>(conn.query_row(sql, (), |row| row.get(0))?));
    counted.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_id_number_is_refused_with_its_own_code_and_only_the_attempt_is_kept() {
    let lab = Lab::start().unwrap();
    let mut server = start(&lab).await;
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000001").await.unwrap();
    customer.walk(on("identity")).await.unwrap();
    let next_year = 1 + year_of_today();
    let today = today();
    let rows = [
        (NUMBER[..17].to_owned(), "id_number_length"),
        (format!("{NUMBER}0"), "id_number_length"),
        (String::new(), "id_number_length"),
        ("1101O5198004197592".to_owned(), "id_number_letters"),
        ("11010519800419759A".to_owned(), "id_number_letters"),
        ("110105198004197593".to_owned(), "id_number_checksum"),
        (id_number("110105", (1980, 2, 30), 759), "id_number_birth_date"),
        (id_number("110105", (1980, 13, 1), 759), "id_number_birth_date"),
        (id_number("110105", (next_year, 1, 1), 759), "id_number_future"),
        // Eighteen tomorrow.
        (born_years_ago(18, today.tomorrow), "id_number_under_age"),
    ];
    for (n, (number, code)) in rows.iter().enumerate() {
        let answer = customer.hand_in(&format!("try-{n}"), number, &card()).await.unwrap();
        assert_eq!((answer.status, answer.code()), (422, *code), "{number}: {answer:?}");
        assert_eq!(answer.body["field"], "id_number");
        let sentence = answer.body["detail"].as_str().unwrap();
        assert!(
            sentence.len() > 20 && !sentence.contains(number.as_str()) || number.is_empty(),
            "{sentence}"
        );
    }
    assert_eq!(customer.view().await.unwrap()["page"], "identity");
    assert!(lab.effects().await.unwrap().is_empty(), "a partner was asked");

    assert!(server.stop().await.unwrap().success());
    let store = Store::open(&server.data()).unwrap();
    assert_eq!(
        count(
            &store,
            "SELECT count(*) FROM persons WHERE id_number IS NOT NULL OR id_number_index IS NOT NULL"
        )
        .await,
        0
    );
    assert_eq!(count(&store, "SELECT count(*) FROM photos").await, 0);
    assert_eq!(count(&store, "SELECT count(*) FROM acts WHERE kind <> 'consent'").await, 0);
    assert_eq!(objects(&server.data().join("objects")), Vec::<PathBuf>::new());
    let refused = count(
        &store,
        "SELECT count(*) FROM audit WHERE action = 'intake.refused' AND detail LIKE '{\"code\":\"id_number_%\"}'",
    );
    assert_eq!(refused.await, i64::try_from(rows.len()).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_eighteen_today_may_apply() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000002").await.unwrap();
    customer.walk(on("identity")).await.unwrap();
    let answer = customer.hand_in("act", &born_years_ago(18, today().date), &card()).await.unwrap();
    assert_eq!(answer.status, 204, "{answer:?}");
    // It is another person's card, so a person looks.
    let view = customer.wait_for_another_page("progress").await.unwrap();
    assert_ne!(view["page"], "offer");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_act_twice_is_answered_as_the_first_time_and_other_content_is_refused() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000003").await.unwrap();
    let view = customer.view().await.unwrap();
    let fields = json!(view["consents"].as_array().unwrap().iter().map(|c| &c["field"]).collect::<Vec<_>>());
    let same = json!({"act_id": "a", "fields": fields});
    twice(&customer, "consents", same, json!({"act_id": "a", "fields": []})).await;

    for _ in 0..2 {
        let answer = customer.hand_in("b", NUMBER, &card()).await.unwrap();
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    for (number, photo) in [("110105199001018012", card()), (NUMBER, other_photo())] {
        let answer = customer.hand_in("b", number, &photo).await.unwrap();
        assert_eq!((answer.status, answer.code()), (409, "act_reused"));
    }

    customer.walk(on("reading")).await.unwrap();
    let confirmed = json!({"act_id": "c", "name": "唐飞"});
    twice(&customer, "confirmation", confirmed, json!({"act_id": "c", "name": "唐飞飞"})).await;

    let view = customer.walk(on("offer")).await.unwrap();
    let terms = view["terms_sha256"].clone();
    let other = "0".repeat(64);
    let accepted = json!({"act_id": "d", "terms_sha256": terms});
    twice(&customer, "acceptance", accepted, json!({"act_id": "d", "terms_sha256": other})).await;

    customer.read_the_costs().await.unwrap();
    let read = json!({"act_id": "e", "terms_sha256": terms, "read": true});
    let unread = json!({"act_id": "e", "terms_sha256": other, "read": true});
    twice(&customer, "disclosure", read, unread).await;

    customer.walk(on("code")).await.unwrap();
    let code = wait_until("the code", PATIENCE, async || customer.new_code().await.unwrap()).await.unwrap();
    let signed = json!({"act_id": "f", "code": code});
    twice(&customer, "signature", signed, json!({"act_id": "f", "code": "000000"})).await;

    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved");
    let steps = view["steps"].as_array().unwrap();
    for kind in ["intake", "generate-contract", "sign"] {
        assert_eq!(steps.iter().filter(|step| step["kind"] == kind).count(), 1, "{kind}: {steps:?}");
    }
    for effect in lab.effects().await.unwrap() {
        assert_eq!(effect.same_body_under_other_keys, 0, "{effect:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ways_out_taken_twice_are_taken_once() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000004").await.unwrap();
    customer.walk(on("reading")).await.unwrap();
    for what in ["human-review", "withdrawal"] {
        for _ in 0..2 {
            let answer = customer.post(what, &json!({"act_id": what})).await.unwrap();
            assert_eq!(answer.status, 204, "{what}: {answer:?}");
        }
    }
    let view = customer.view().await.unwrap();
    assert_eq!(view["decision"], "withdrawn", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_has_five_attempts_and_then_a_fresh_one_is_needed() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry().env("MIAOPI_CODE_RESEND_SECONDS", "3")).start().await.unwrap();
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000005").await.unwrap();
    customer.walk(on("code")).await.unwrap();
    let code = wait_until("the code", PATIENCE, async || customer.new_code().await.unwrap()).await.unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for left in (0..5).rev() {
        let body = json!({"act_id": format!("wrong-{left}"), "code": wrong});
        let answer = customer.post("signature", &body).await.unwrap();
        assert_eq!((answer.status, answer.code()), (422, "code_wrong"), "{answer:?}");
        assert!(answer.body["detail"].as_str().unwrap().contains(&format!("{left} attempts")), "{answer:?}");
        assert_eq!(customer.view().await.unwrap()["code"]["attempts_left"], left);
    }
    // The right one no longer helps.
    let body = json!({"act_id": "late", "code": code});
    let answer = customer.post("signature", &body).await.unwrap();
    assert_eq!((answer.status, answer.code()), (409, "code_attempts"));
    assert!(answer.body["detail"].as_str().unwrap().contains("Ask for a fresh code"));

    let fresh = wait_until("a fresh code to be allowed", PATIENCE, async || {
        let answer = customer.post("code", &json!({})).await.unwrap();
        match (answer.status, answer.code()) {
            (204, _) => Some(()),
            (429, "code_too_soon") => {
                assert!((1..=3).contains(&answer.body["retry_after_s"].as_u64().unwrap()), "{answer:?}");
                None
            }
            _ => panic!("{answer:?}"),
        }
    });
    fresh.await.unwrap();
    let stale = customer.post("signature", &json!({"act_id": "old", "code": code})).await.unwrap();
    assert_eq!((stale.status, stale.code()), (422, "code_wrong"), "the code before is no longer good");
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_whose_time_is_over_is_refused_and_the_page_counts_down() {
    let lab = Lab::start().unwrap();
    let short = in_a_hurry().env("MIAOPI_CODE_SECONDS", "10").env("MIAOPI_CODE_RESEND_SECONDS", "0");
    let server = lab.serves(short).start().await.unwrap();
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000006").await.unwrap();
    customer.walk(on("code")).await.unwrap();
    let code = wait_until("the code", PATIENCE, async || customer.new_code().await.unwrap()).await.unwrap();
    let left = customer.view().await.unwrap()["code"]["seconds_left"].as_u64().unwrap();
    assert!((1..=10).contains(&left), "{left}");
    let over = wait_until("the code's time to be over", PATIENCE, async || {
        (customer.view().await.unwrap()["code"]["seconds_left"] == 0).then_some(())
    });
    over.await.unwrap();
    let answer = customer.post("signature", &json!({"act_id": "late", "code": code})).await.unwrap();
    assert_eq!((answer.status, answer.code()), (409, "code_expired"));
    assert!(answer.body["detail"].as_str().unwrap().contains("Ask for a fresh one"), "{answer:?}");
    assert_eq!(customer.post("code", &json!({})).await.unwrap().status, 204);
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disclosure_posted_too_early_is_refused_with_the_seconds_left() {
    let lab = Lab::start().unwrap();
    let server =
        lab.serves(in_a_hurry().env("MIAOPI_DISCLOSURE_READING_SECONDS", "4")).start().await.unwrap();
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13900000007").await.unwrap();
    let view = customer.walk(on("disclosure")).await.unwrap();
    let confirm =
        |act: &str, read: bool| json!({"act_id": act, "terms_sha256": view["terms_sha256"], "read": read});
    // Never shown: all of the reading time is left.
    let answer = customer.post("disclosure", &confirm("early", true)).await.unwrap();
    assert_eq!((answer.status, answer.code()), (409, "disclosure_too_early"));
    assert_eq!(answer.body["retry_after_s"], 4);

    let (status, page) = customer.page().await.unwrap();
    assert_eq!(status, 200);
    let answer = customer.post("disclosure", &confirm("early", true)).await.unwrap();
    assert_eq!((answer.status, answer.code()), (409, "disclosure_too_early"));
    let left = answer.body["retry_after_s"].as_u64().unwrap();
    assert!((1..=4).contains(&left) && answer.body["detail"].as_str().unwrap().contains("seconds are left"));
    assert!(page.contains("data-seconds") || page.contains("秒"), "the page does not show the seconds left");
    let sheet = customer.get("disclosure").await.unwrap();
    assert!(sheet.body["seconds_left"].as_u64().unwrap() <= 4);

    customer.read_the_costs().await.unwrap();
    let answer = customer.post("disclosure", &confirm("unticked", false)).await.unwrap();
    assert_eq!((answer.status, answer.code()), (422, "disclosure_unread"));
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
}

/// The same act twice is a success both times; its id with other content is refused.
async fn twice(customer: &Customer, what: &str, same: Value, other: Value) {
    for _ in 0..2 {
        let answer = customer.post(what, &same).await.unwrap();
        assert_eq!(answer.status, 204, "{what}: {answer:?}");
    }
    let answer = customer.post(what, &other).await.unwrap();
    assert_eq!((answer.status, answer.code()), (409, "act_reused"), "{what}: {answer:?}");
    assert!(answer.body["detail"].as_str().unwrap().contains("Load the page again"));
    let answer = customer.post(what, &same).await.unwrap();
    assert_eq!(answer.status, 204, "{what}, once more after that: {answer:?}");
}

/// The card again, with another byte after its end: other content.
fn other_photo() -> Vec<u8> {
    let mut photo = card();
    photo.push(0);
    photo
}

struct Today {
    date: (u16, u16, u16),
    tomorrow: (u16, u16, u16),
}

/// Today and tomorrow in China.
fn today() -> Today {
    let day = |offset: u64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
        civil((now + 8 * 3_600) / 86_400 + offset)
    };
    Today { date: day(0), tomorrow: day(1) }
}

fn year_of_today() -> u16 {
    today().date.0
}

/// Year, month and day of the `days`-th day after 1970-01-01.
fn civil(mut days: u64) -> (u16, u16, u16) {
    let leap = |year: u16| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, u16::try_from(days).unwrap() + 1)
}

/// A valid number of somebody born on this day so many years ago.
fn born_years_ago(years: u16, (year, month, day): (u16, u16, u16)) -> String {
    // Who is born on 29 February has a birthday on 1 March in other years.
    let (month, day) = if (month, day) == (2, 29) { (3, 1) } else { (month, day) };
    id_number("110105", (year - years, u8::try_from(month).unwrap(), u8::try_from(day).unwrap()), 759)
}

fn objects(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .flat_map(|entry| match entry.path().is_dir() {
            true => objects(&entry.path()),
            false => vec![entry.path()],
        })
        .collect()
}
