//! Random histories of cases, read in pieces, with crashes, doubled and late commits: the hours are those that a reading
//! from the beginning gives, and agree with what a naive look at the rows counts.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use shared::domain::CaseId;

use super::{
    Dimension, Filter, Totals, add_up,
    case::{Ending, Stage},
    find::{self, Which},
    keep::{News, catch_up, put, read},
    period::{Asked, Hours, Period},
    record::{Packed, Sort, unpacked},
    words::Words,
};
use crate::{audit, flows::journal::DECIDED_AT_ONCE, problem::Problem, store::Store};

const TENANTS: [&str; 2] = ["one", "two"];
const KINDS: [&str; 6] = ["intake", "partner-query", "manual-review", "rule-table", "sign", "ocr"];
const DECISIONS: [&str; 5] = ["approved", "declined", "withdrawn", "expired", "error"];

struct History {
    store: Store,
    random: ChaCha8Rng,
    now: Timestamp,
    cases: Vec<(&'static str, String)>,
    _folder: tempfile::TempDir,
}

fn note(conn: &Connection, tenant: &str, subject: &str, now: Timestamp) -> Result<(), Problem> {
    let entry = audit::Entry { tenant, at: now, actor: "machine", action: "test", subject, detail: "{}" };
    Ok(audit::record(conn, entry)?)
}

impl History {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            store: Store::open(folder.path()).unwrap(),
            random: ChaCha8Rng::seed_from_u64(seed),
            now: "2026-11-20T00:00:00Z".parse().unwrap(),
            cases: Vec::new(),
            _folder: folder,
        }
    }

    async fn write(&self, change: impl FnOnce(&Connection) -> Result<(), Problem> + Send + 'static) {
        self.store.write(change).await.unwrap();
    }

    async fn open_case(&mut self) {
        let tenant = *TENANTS.choose(&mut self.random).unwrap();
        let case = CaseId::from_bytes(self.random.r#gen()).to_string();
        let number = i64::try_from(self.cases.len()).unwrap() + 1;
        let dealer = format!("车行 {}", self.random.gen_range(0..4));
        let request = serde_json::json!({"region": "310000", "dealer": dealer}).to_string();
        let (now, by) = (self.now, format!("account:{}", self.random.gen_range(0..3)));
        self.cases.push((tenant, case.clone()));
        self.write(move |conn| {
            conn.execute(
                "INSERT INTO cases(tenant, id, number, person, flow, flow_hash, request, lang, created_by, created_at, updated_at)
                 VALUES (?1, ?2, ?3, 'p', 'loan', 'v1', ?4, 'zh-CN', ?5, ?6, ?6)",
                params![tenant, case, number, request, by, now.as_millisecond()],
            )?;
            note(conn, tenant, &case, now)
        })
        .await;
    }

    /// One change of one case, with its audit row, as the server writes them.
    async fn change_a_case(&mut self) {
        let Some((tenant, case)) = self.cases.choose(&mut self.random).cloned() else { return };
        let now = self.now;
        let which = self.random.gen_range(0..9);
        let n: i64 = self.random.gen_range(0..1_000_000);
        let kind = *KINDS.choose(&mut self.random).unwrap();
        let decision = *DECISIONS.choose(&mut self.random).unwrap();
        self.write(move |conn| {
            let at = now.as_millisecond();
            let sql = match which {
                0 => "INSERT INTO links(tenant, id, token_hash, case_id, opened_at, expires_at, created_by, created_at)
                      VALUES (?1, hex(randomblob(8)), randomblob(32), ?2, ?3, ?3 + ?4, ?5 || ?6, ?3)",
                1 => "INSERT INTO consents(tenant, id, case_id, purpose, recipient, text_version, text_sha256, given_at, expires_at)
                      VALUES (?1, hex(randomblob(8)), ?2, ?5, ?6, '1', '', ?3, ?4)",
                2 | 3 => "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at)
                      SELECT ?1, ?2, count(*) + 1, 'b' || (?4 % 3), 1, ?5, iif(?5 = 'sign', 'signed', 'complete'), ?3 - ?4, ?3
                      FROM steps WHERE tenant = ?1 AND case_id = ?2 AND ?6 IS NOT NULL",
                // Of ten keys: some calls are repeated at another hour under the same key.
                4 => "INSERT OR REPLACE INTO partner_calls(tenant, case_id, key, partner, outcome, at, ms)
                      VALUES (?1, ?2, 'k' || (?4 % 10), iif(?4 % 2, 'bureau', 'funders/f' || (?4 % 3)),
                              iif(?5 = 'ocr', 'partner_timeout', iif(?6 = 'declined', 'declined', 'approved')), ?3, ?4)",
                5 => "INSERT INTO offers(tenant, case_id, number, funder, reference, terms, terms_sha256, offer, made_at, accepted_at)
                      SELECT ?1, ?2, count(*) + 1, 'f' || (?4 % 3), '', '', '', '{}', ?3, iif(?5 = 'ocr', ?3, NULL)
                      FROM offers WHERE tenant = ?1 AND case_id = ?2 AND ?6 IS NOT NULL",
                6 => "UPDATE cases SET decision = ?6, reason = ?5, ended_at = ?3
                      WHERE tenant = ?1 AND id = ?2 AND decision IS NULL AND ?4 IS NOT NULL",
                7 => "UPDATE cases SET decision = NULL, reason = NULL, ended_at = NULL
                      WHERE tenant = ?1 AND id = ?2 AND decision = 'declined' AND ?3 + ?4 > 0 AND ?5 || ?6 IS NOT NULL",
                _ => "UPDATE cases SET flow_hash = 'v' || (?4 % 3), confirmed_reading = ?4 % 2
                      WHERE tenant = ?1 AND id = ?2 AND ?3 > 0 AND ?5 || ?6 IS NOT NULL",
            };
            conn.execute(sql, params![tenant, case, at, n, kind, decision])?;
            note(conn, tenant, &case, now)
        })
        .await;
    }

    async fn next_news(&mut self) -> Option<News> {
        let most = self.random.gen_range(1..30);
        self.store.read(move |conn| read(conn, most)).await.unwrap()
    }

    async fn put(&self, news: News) {
        let now = self.now;
        self.write(move |conn| put(conn, &news, now)).await;
    }

    /// Everything in the hours, in words.
    async fn hours(&self) -> BTreeSet<String> {
        self.store
            .read(|conn| {
                let mut all = BTreeSet::new();
                for tenant in TENANTS {
                    let words = Words::load(conn, tenant)?;
                    for sort in Sort::ALL {
                        let mut rows = conn.prepare(
                            "SELECT hour, records FROM numbers_hours WHERE tenant = ?1 AND sort = ?2",
                        )?;
                        let mut rows = rows.query(params![tenant, sort.code()])?;
                        while let Some(row) = rows.next()? {
                            let (hour, records): (u32, Vec<u8>) = (row.get(0)?, row.get(1)?);
                            assert!(!records.is_empty(), "an hour without a record is kept");
                            let mut last = 0;
                            for (head, body) in Packed::new(sort, &records) {
                                assert!(head.number > last, "out of order, or twice");
                                last = head.number;
                                let of = Dimension::ALL.map(|d| words.word(d.code(), head.of[d as usize]));
                                // Words get their numbers in the order in which they are met.
                                let said = format!("{:?}", unpacked(sort, body).unwrap());
                                let said = in_words(&said, &words);
                                all.insert(format!("{tenant} {hour} {} {of:?} {said}", head.number));
                            }
                        }
                    }
                }
                Ok::<_, Problem>(all)
            })
            .await
            .unwrap()
    }

    async fn totals(&self, tenant: &'static str) -> (Totals, Vec<u32>) {
        let now = self.now;
        self.store
            .read(move |conn| {
                let words = Words::load(conn, tenant)?;
                let (first, last) = ("2026-11-15".parse().unwrap(), crate::cases::today(now));
                let period = Period::of(Asked::Days(first, last), now);
                let totals = add_up(conn, tenant, &words, &Filter::default(), &period)?;
                let which = Which::EndedAs(Ending::Declined);
                let all = Hours { from: 0, to: u32::MAX };
                let found = find::cases(conn, tenant, &Filter::default(), which, all, i64::MAX, 1_000)?;
                Ok::<_, Problem>((totals, found.0))
            })
            .await
            .unwrap()
    }

    async fn count(&self, tenant: &'static str, sql: &str) -> u32 {
        let sql = sql.to_owned();
        self.store
            .read(move |conn| Ok::<_, Problem>(conn.query_row(&sql, [tenant], |row| row.get(0))?))
            .await
            .unwrap()
    }
}

/// A record with words in the place of their numbers.
fn in_words(said: &str, words: &Words) -> String {
    let sorts = ["block", "partner", "reason"];
    let word = |id: u16| sorts.iter().find_map(|sort| words.word(sort, id)).map(str::to_owned);
    let mut out = String::new();
    for part in said.split_inclusive(['(', ' ']) {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        let is_word = out.ends_with('(') || out.ends_with("reason: ");
        match digits.parse().ok().filter(|_| is_word).and_then(word) {
            Some(word) => out.push_str(&format!("{word}{}", &part[digits.len()..])),
            None => out.push_str(part),
        }
    }
    out
}

#[tokio::test]
async fn the_hours_are_those_that_a_reading_from_the_beginning_gives() {
    for seed in 0..24 {
        let mut history = History::new(seed);
        let mut late: Option<News> = None;
        for _ in 0..160 {
            history.now += SignedDuration::from_mins(history.random.gen_range(0..90));
            match history.random.gen_range(0..20) {
                0..=3 => history.open_case().await,
                4..=14 => history.change_a_case().await,
                15 => {
                    if let Some(news) = history.next_news().await {
                        history.put(news).await;
                    }
                }
                16 => {
                    // The commit fails after everything was written.
                    if let Some(news) = history.next_news().await {
                        let now = history.now;
                        let crashed: Result<(), Problem> = history
                            .store
                            .write(move |conn| {
                                put(conn, &news, now)?;
                                Err(Problem::not_found())
                            })
                            .await;
                        crashed.unwrap_err();
                    }
                }
                17 => {
                    // The answer is lost, and the same is done again.
                    if let Some(news) = history.next_news().await {
                        history.put(news.clone()).await;
                        history.put(news).await;
                    }
                }
                18 => late = history.next_news().await,
                _ => {
                    // What was read a while ago comes to be written only now.
                    if let Some(news) = late.take() {
                        history.put(news).await;
                    }
                }
            }
        }
        let now = history.now;
        catch_up(&history.store, || now, || false).await.unwrap();
        let kept = history.hours().await;
        history
            .write(|conn| {
                Ok(conn.execute_batch(
                    "DELETE FROM numbers_hours; DELETE FROM numbers_words; UPDATE numbers_read SET seq = 0",
                )?)
            })
            .await;
        catch_up(&history.store, || now, || false).await.unwrap();
        assert_eq!(kept, history.hours().await, "seed {seed}");
        for tenant in TENANTS {
            agrees_with_the_rows(&history, tenant).await;
        }
    }
}

async fn agrees_with_the_rows(history: &History, tenant: &'static str) {
    let (totals, declined) = history.totals(tenant).await;
    let count = |sql: &'static str| history.count(tenant, sql);
    assert_eq!(totals.opened().now, count("SELECT count(*) FROM cases WHERE tenant = ?1").await);
    let decided = totals.decided().now;
    for (is, sql) in [
        (decided.approved, "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision = 'approved'"),
        (decided.declined, "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision = 'declined'"),
        (u32::try_from(declined.len()).unwrap(), "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision = 'declined'"),
        (totals.endings.now.iter().sum(), "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision IS NOT NULL"),
        (totals.calls.values().map(super::add_up::Calls::all).sum(), "SELECT count(*) FROM partner_calls WHERE tenant = ?1"),
        (
            totals.stages.now[Stage::Offered as usize],
            "SELECT count(*) FROM cases c WHERE tenant = ?1 AND (decision = 'approved'
               OR EXISTS (SELECT 1 FROM offers o WHERE o.tenant = ?1 AND o.case_id = c.id)
               OR EXISTS (SELECT 1 FROM steps s WHERE s.tenant = ?1 AND s.case_id = c.id AND s.kind = 'sign'))",
        ),
        (
            totals.by(Dimension::Dealer).values().map(|of| of.now.all()).sum(),
            "SELECT count(*) FROM cases WHERE tenant = ?1 AND decision IN ('approved', 'declined')",
        ),
    ] {
        assert_eq!(is, count(sql).await, "{tenant}: {sql}");
    }
    let timed: u64 = totals.blocks.values().map(super::buckets::Histogram::count).sum();
    let skipped = DECIDED_AT_ONCE.map(|kind| format!("'{kind}'")).join(", ");
    let sql = format!("SELECT count(*) FROM steps WHERE tenant = ?1 AND kind NOT IN ({skipped})");
    assert_eq!(timed, u64::from(history.count(tenant, &sql).await));
    let last: Vec<u32> = declined.windows(2).map(|two| two[0].saturating_sub(two[1])).collect();
    assert!(last.iter().all(|step| *step > 0), "not the highest first");
}
