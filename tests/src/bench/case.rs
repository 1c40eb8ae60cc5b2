//! A whole case without photo and PDF: link, consents, checks, real name, bureau, score, policy, plan and funder, up to
//! the disclosure. The lab is asked over HTTP and answers at once; the customer is a program that never hesitates.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use miaopi::{flows::journal::CaseRef, store::StoreError};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::domain::{CaseId, TenantId};

use super::{
    Part, Report,
    durable::Durable,
    inside::Inside,
    lab::Pace,
    measure::{Spread, cpu_ms, ms},
    people,
    report::{Aim, Figure},
};
use crate::{cards::Person, world};

/// Customers at the same time: enough that a slow disk's flush is shared.
const CUSTOMERS: usize = 32;
/// How long cases are measured.
const SPAN: Duration = Duration::from_secs(10);
/// How long the floor is.
const FLOOR_SPAN: Duration = Duration::from_secs(4);
/// More people than this machine can serve in [`SPAN`], warming up included.
const PEOPLE: usize = 12_000;

const BARE: &str = "3 bare HTTP calls, as many grouped writes";

/// Measures cases.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let part = Part::Case;
    let bench = Arc::new(Bench::start(Pace::Instant).await?);
    let warm = bench.run(Duration::from_secs(2)).await?;
    let writes = u32::try_from(warm.changes.round() as i64)?;
    let before = bench.bare(writes).await?;
    let ran = bench.run(SPAN).await?;
    let after = bench.bare(writes).await?;
    bench.check(warm.spread.count + ran.spread.count).await?;

    report.add(
        Figure::higher(part, "cases up to the disclosure, 32 at once", "1/s", ran.rate)
            .floor(BARE, before.rate, after.rate)
            .aim(Aim::AtLeast(150.0))
            .note("no photo is decoded or read and no PDF is set; waited_ms 0: the customer never hesitates"),
    );
    report.add(Figure::lower(part, "a case, p50", "ms", ran.spread.p50).floor(
        BARE,
        before.spread.p50,
        after.spread.p50,
    ));
    report.add(Figure::lower(part, "a case, p99", "ms", ran.spread.p99).floor(
        BARE,
        before.spread.p99,
        after.spread.p99,
    ));
    report.add(
        Figure::lower(part, "processor time a case, customer included", "ms", ran.cpu_ms)
            .floor(BARE, before.cpu_ms, after.cpu_ms)
            .note(format!("of it the lab's {:.2} ms", ran.lab_ms)),
    );
    report.add(
        Figure::lower(part, "commits a case", "", ran.commits)
            .floor(BARE, before.commits, after.commits)
            .note(format!("{:.1} changes a case in groups of {:.1}", ran.changes, ran.changes / ran.commits)),
    );
    for (kind, took) in bench.slowest_blocks().await? {
        report.add(Figure::lower(part, format!("of it in {kind} blocks, mean"), "ms", took));
    }
    Ok(())
}

pub(super) struct Bench {
    pub(super) inside: Inside,
    people: Vec<Person>,
    http: reqwest::Client,
    next: AtomicUsize,
}

struct Ran {
    rate: f64,
    spread: Spread,
    cpu_ms: f64,
    lab_ms: f64,
    commits: f64,
    changes: f64,
}

#[derive(Deserialize)]
struct Made {
    token: String,
    case: CaseId,
}

impl Bench {
    pub(super) async fn start(pace: Pace) -> Result<Self> {
        let people = people::invent(PEOPLE, 7);
        let inside = Inside::start(&people, pace).await?;
        Ok(Self { inside, people, http: world::http()?, next: AtomicUsize::new(0) })
    }

    async fn run(self: &Arc<Self>, span: Duration) -> Result<Ran> {
        let (me, lab) = (std::process::id(), self.inside.lab.pid());
        let (began, cpu, lab_cpu, stats) =
            (Instant::now(), cpu_ms(me), cpu_ms(lab), self.inside.app.store.stats());
        let mut customers = Vec::new();
        for _ in 0..CUSTOMERS {
            let bench = self.clone();
            customers.push(tokio::spawn(async move {
                let mut took = Vec::new();
                while began.elapsed() < span {
                    let start = Instant::now();
                    bench.one().await?;
                    took.push(ms(start.elapsed()));
                }
                Ok::<_, anyhow::Error>(took)
            }));
        }
        let mut took = Vec::new();
        for customer in customers {
            took.extend(customer.await??);
        }
        let (done, now) = (took.len() as f64, self.inside.app.store.stats());
        let lab_ms = (cpu_ms(lab) - lab_cpu) / done;
        Ok(Ran {
            rate: done / began.elapsed().as_secs_f64(),
            cpu_ms: (cpu_ms(me) - cpu) / done + lab_ms,
            lab_ms,
            commits: (now.commits - stats.commits) as f64 / done,
            changes: (now.changes - stats.changes) as f64 / done,
            spread: Spread::of(took),
        })
    }

    /// One customer's case from the link to the disclosure; how long each of the customer's acts took to be answered, ms.
    pub(super) async fn one(&self) -> Result<Vec<f64>> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let person =
            self.people.get(number).context("more cases than people: give the bench more of them")?;
        let company = number % self.inside.keys.len();
        let made = self.make_link(company).await?;
        let of = CaseRef { tenant: TenantId::from_bytes([u8::try_from(company)? + 1; 16]), case: made.case };
        self.inside.listen(of);
        let customer = At { bench: self, token: &made.token };
        let first = json!({"fields": ["process_identity", "real_name_check"]});
        let mut answered = vec![customer.act("consents", first).await?];
        let read = people::reading(person, number as u64)?;
        self.inside.hand_in(of, person.id_number.clone(), read).await?;
        self.inside.until_customer_in(of, "request-more").await?;
        answered.push(customer.act("confirmation", json!({})).await?);
        self.inside.until_customer_in(of, "consent-check").await?;
        let fields = customer.fields().await?;
        answered.push(customer.act("consents", json!({"fields": fields})).await?);
        self.inside.until_customer_in(of, "disclose").await?;
        self.inside.forget(of);
        Ok(answered)
    }

    async fn make_link(&self, company: usize) -> Result<Made> {
        let request = self.http.post(format!("{}/api/v1/links", self.inside.url));
        let offer: Value = serde_json::from_str(miaopi::demo::OFFER)?;
        let answer = request.bearer_auth(&self.inside.keys[company]).json(&offer).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        ensure!(status.is_success(), "no link: {status} {text}");
        Ok(serde_json::from_str(&text)?)
    }

    /// The same partner calls and as many durable writes, one after the other, with nothing around them.
    async fn bare(self: &Arc<Self>, writes: u32) -> Result<super::durable::Bare> {
        let folder = self.inside.folder().join("bare");
        std::fs::create_dir_all(&folder)?;
        let durable = Durable::start(&folder)?;
        let (me, lab) = (std::process::id(), self.inside.lab.pid());
        let (began, cpu, commits) = (Instant::now(), cpu_ms(me) + cpu_ms(lab), durable.commits());
        let mut customers = Vec::new();
        for _ in 0..CUSTOMERS {
            let (bench, durable) = (self.clone(), durable.clone());
            customers.push(tokio::spawn(async move {
                let mut took = Vec::new();
                while began.elapsed() < FLOOR_SPAN {
                    let (instance, start) = (durable.instance(), Instant::now());
                    let person = &bench.people[instance as usize % bench.people.len()];
                    for step in 0..writes {
                        durable.write(instance, step).await?;
                    }
                    bench.inside.lab.ask_bare(&bench.http, person).await?;
                    took.push(ms(start.elapsed()));
                }
                Ok::<_, anyhow::Error>(took)
            }));
        }
        let mut took = Vec::new();
        for customer in customers {
            took.extend(customer.await??);
        }
        let done = took.len() as f64;
        Ok(super::durable::Bare {
            rate: done / began.elapsed().as_secs_f64(),
            cpu_ms: (cpu_ms(me) + cpu_ms(lab) - cpu) / done,
            commits: (durable.commits() - commits) as f64 / done,
            spread: Spread::of(took),
        })
    }

    /// Every case must stand at an offer of a funder that was asked for it.
    async fn check(&self, cases: usize) -> Result<()> {
        let sql = "SELECT (SELECT count(*) FROM offers), (SELECT count(DISTINCT case_id) FROM partner_calls WHERE partner IN ('realname', 'bureau')),
            (SELECT count(*) FROM tasks WHERE kind = 'disclose')";
        let found = self.inside.app.store.read(move |conn| {
            Ok::<_, StoreError>(conn.query_row(sql, [], |row| {
                Ok([row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?])
            })?)
        });
        let (found, cases) = (found.await?, i64::try_from(cases)?);
        ensure!(
            found == [cases; 3],
            "of {cases} cases these have an offer, were checked, await disclosure: {found:?}"
        );
        Ok(())
    }

    /// Where the time of the machine's blocks went: mean milliseconds a case by kind, the largest three.
    async fn slowest_blocks(&self) -> Result<Vec<(String, f64)>> {
        let found = self.inside.app.store.read(|conn| {
            let mut statement = conn.prepare(
                "SELECT kind, sum(at - since) * 1.0 / (SELECT count(*) FROM cases) FROM steps
                 WHERE kind NOT IN ('intake', 'request-more', 'consent-check') GROUP BY kind ORDER BY 2 DESC LIMIT 3",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok::<_, StoreError>(rows.collect::<Result<Vec<(String, f64)>, _>>()?)
        });
        Ok(found.await?)
    }
}

/// The customer of one link.
struct At<'a> {
    bench: &'a Bench,
    token: &'a str,
}

impl At<'_> {
    async fn act(&self, what: &str, mut body: Value) -> Result<f64> {
        let began = Instant::now();
        body["act_id"] = json!(hex::encode(rand::random::<[u8; 12]>()));
        let url = format!("{}/api/v1/customer/{what}", self.bench.inside.url);
        let answer = self.bench.http.post(url).bearer_auth(self.token).json(&body).send().await?;
        let status = answer.status();
        ensure!(status.is_success(), "{what}: {status} {}", answer.text().await?);
        Ok(ms(began.elapsed()))
    }

    /// The consents asked for now: the page names them.
    async fn fields(&self) -> Result<Vec<Value>> {
        let url = format!("{}/api/v1/customer/case", self.bench.inside.url);
        let view: Value = self.bench.http.get(url).bearer_auth(self.token).send().await?.json().await?;
        Ok(view["consents"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|consent| consent["field"].clone())
            .collect())
    }
}
