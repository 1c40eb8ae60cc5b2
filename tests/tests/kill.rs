//! `kill -9` anywhere in a case's life: the server comes back, everything acknowledged is there, nothing is asked of
//! the customer a second time, no partner does anything twice, and the case ends signed once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use miaopi::store::{Store, StoreError};
use reqwest::Method;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tests::world::{Cli, Customer, Interrupt, Lab, Server, demo_offer, in_a_hurry, wait_until};

/// The calls at which the server is killed: what makes changes durable, and what it says to and hears from others.
const CALLS: [&str; 9] =
    ["pwrite64", "fdatasync", "fsync", "rename", "openat", "write", "writev", "sendto", "recvfrom"];
/// Points of the test that always runs.
const FEW: usize = 8;
/// Points that the long test must have reached.
const MANY: usize = 200;
/// So many are tried over the whole of a case; others only where too few of these are reached, because threads share
/// work differently each time.
const TRIED: usize = 210;
/// Cases in one data folder, before a fresh one is taken.
const CASES_PER_WORLD: usize = 60;
/// A case takes a few seconds; one that takes longer is stuck.
const CASE_WITHIN: Duration = Duration::from_secs(120);

/// The server is killed when one of its threads begins its `nth` call of `call` after a case's link was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Point {
    call: &'static str,
    nth: u32,
}

/// What came of one point.
enum Outcome {
    /// The server was killed while the customer was on this page.
    Killed(String),
    /// The case was over before.
    NotReached,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_survives_kill_9_at_points_of_every_kind() {
    let mut world = World::start().await.unwrap();
    let most = world.count_calls().await.unwrap();
    let mut killed = 0;
    for point in planned(&candidates(&most), FEW) {
        if killed < FEW {
            killed += usize::from(matches!(world.kill_at(point).await.unwrap(), Outcome::Killed(_)));
        }
    }
    world.end().await.unwrap();
    assert_eq!(killed, FEW, "too few points were reached");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: cargo xtask test --long"]
async fn a_case_survives_kill_9_at_two_hundred_points() {
    let folder = std::env::var_os("MIAOPI_LONG_DIR").map(PathBuf::from);
    let mut notes = Notes::open(folder.as_deref()).unwrap();
    let started = Instant::now();
    let mut world = World::start().await.unwrap();
    let most = world.count_calls().await.unwrap();
    for (n, point) in planned(&candidates(&most), TRIED).into_iter().enumerate() {
        if n >= TRIED && notes.reached() >= MANY {
            break;
        }
        if notes.knows(point) {
            continue;
        }
        if world.cases >= CASES_PER_WORLD {
            world.end().await.unwrap();
            world = World::start().await.unwrap();
        }
        let outcome = world.kill_at(point).await.unwrap_or_else(|error| panic!("{point:?}: {error:#}"));
        notes.write(point, &outcome).unwrap();
    }
    world.end().await.unwrap();
    for line in notes.report(started.elapsed()) {
        println!("report: {line}");
    }
    assert!(notes.reached() >= MANY, "only {} points were reached", notes.reached());
}

/// A lab, a server that asks it, and one case after the other.
struct World {
    lab: Lab,
    server: Server,
    cases: usize,
    seal_root: String,
    lab_root: String,
    logged: usize,
}

impl World {
    async fn start() -> Result<Self> {
        let lab = Lab::start()?;
        let server = lab.serves(in_a_hurry()).start().await?;
        ensure!(server.lab_url == lab.url, "the demo does not use the lab that the settings name");
        let seal_root = server.data().join("seal-root.pem").to_string_lossy().into_owned();
        let lab_root = lab.root().await?.to_string_lossy().into_owned();
        Ok(Self { lab, server, cases: 0, seal_root, lab_root, logged: 0 })
    }

    /// A new case with a phone of its own, so that its messages can be told from others'.
    async fn customer(&mut self) -> Result<Customer> {
        self.lab.reset().await?;
        self.cases += 1;
        Customer::new(&self.server, demo_offer()?, &format!("139{:08}", self.cases)).await
    }

    /// How often one thread makes each call in a case that nothing disturbs.
    async fn count_calls(&mut self) -> Result<BTreeMap<&'static str, u32>> {
        let mut customer = self.customer().await?;
        let file = self.server.data().with_extension("calls");
        let watching = Interrupt::watch(self.server.pid(), &CALLS.join(","), &file)?;
        let view = tokio::time::timeout(CASE_WITHIN, customer.walk(|_| false)).await??;
        drop(watching);
        self.check(&customer, &view).await?;
        let mut by_thread: BTreeMap<(&str, &'static str), u32> = BTreeMap::new();
        let text = std::fs::read_to_string(file)?;
        for line in text.lines() {
            let Some((thread, rest)) = line.split_once(' ') else { continue };
            let name = rest.trim_start().split('(').next().unwrap_or_default();
            if let Some(call) = CALLS.iter().find(|call| **call == name) {
                *by_thread.entry((thread, *call)).or_default() += 1;
            }
        }
        let mut most = BTreeMap::new();
        for ((_, call), count) in by_thread {
            let highest: &mut u32 = most.entry(call).or_default();
            *highest = count.max(*highest);
        }
        Ok(most)
    }

    /// Takes a case from link to contract, with the server killed at `point` and started again on the same data.
    async fn kill_at(&mut self, point: Point) -> Result<Outcome> {
        let mut customer = self.customer().await?;
        let place = customer.place.clone();
        let killer = Interrupt::kill_at(self.server.pid(), point.call, point.nth)?;
        let (over, server) = (Cell::new(false), &mut self.server);
        let walk = async {
            let view = tokio::time::timeout(CASE_WITHIN, customer.walk(|_| false)).await;
            over.set(true);
            view
        };
        let fate = async {
            wait_until("the kill or the case's end", CASE_WITHIN, async || {
                (!server.is_running() || over.get()).then_some(())
            })
            .await?;
            // The kill may come with the very last answer: only once strace has gone it can come no more.
            drop(killer);
            let page = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let killed = !server.is_running();
            if killed {
                server.restart().await?;
            }
            Ok::<_, anyhow::Error>((killed, page))
        };
        let (view, fate) = tokio::join!(walk, fate);
        let (killed, page) = fate?;
        let view = view.context("the case is stuck")?.with_context(|| format!("killed on page {page:?}"))?;
        self.check(&customer, &view).await?;
        Ok(if killed { Outcome::Killed(page) } else { Outcome::NotReached })
    }

    /// What must be true of a case that was signed, however often its server died.
    async fn check(&mut self, customer: &Customer, view: &Value) -> Result<()> {
        ensure!(view["decision"] == "approved" && view["page"] == "done", "not signed: {view}");
        let steps = view["steps"].as_array().context("no steps")?;
        for (kind, outcome) in
            [("intake", "complete"), ("generate-contract", "generated"), ("sign", "signed")]
        {
            let taken = steps.iter().filter(|step| step["kind"] == kind).collect::<Vec<_>>();
            ensure!(taken.len() == 1 && taken[0]["outcome"] == outcome, "{kind}: {taken:?}");
        }
        self.check_contract(customer, view).await?;
        self.check_partners(customer).await?;
        let log = self.server.log();
        let fresh = log.get(self.logged..).unwrap_or_default();
        if let Some(line) = fresh.lines().find(|line| line.contains("ERROR") || line.contains("panicked")) {
            bail!("the log has an error: {line}");
        }
        self.logged = log.len();
        Ok(())
    }

    async fn check_contract(&self, customer: &Customer, view: &Value) -> Result<()> {
        let answer = customer.request(Method::GET, "contract").send().await?.error_for_status()?;
        let pdf = answer.bytes().await?;
        ensure!(
            hex::encode(Sha256::digest(&pdf)) == view["contract_sha256"],
            "another contract is given out"
        );
        let file = self.server.data().with_extension("pdf");
        std::fs::write(&file, &pdf)?;
        let file = file.to_string_lossy();
        let line = ["verify", &file, "--roots", &self.seal_root, "--roots", &self.lab_root];
        let verified = Cli::new(&line)?.run().await?;
        ensure!(verified.code == 0, "the contract does not verify: {verified:?}");
        Ok(())
    }

    async fn check_partners(&self, customer: &Customer) -> Result<()> {
        let mut done: BTreeMap<String, u32> = BTreeMap::new();
        for effect in self.lab.effects().await? {
            ensure!(
                effect.effects <= 1 && effect.same_body_under_other_keys == 0,
                "a partner did something twice: {effect:?}"
            );
            let partner = effect.partner.split('/').next().unwrap_or_default().to_owned();
            *done.entry(partner).or_default() += effect.effects;
        }
        let messages = self.lab.inbox(&customer.phone).await?;
        let of = |purpose: &str| messages.iter().filter(|sms| sms.purpose == purpose).count() as u32;
        let codes = of("sign_code");
        ensure!((1..=1 + customer.codes_asked).contains(&codes), "{codes} codes came: {messages:?}");
        ensure!(of("notice") == 1, "told more than once, or not: {messages:?}");
        let once = ["realname", "bureau", "funders", "ca", "tsa"].map(|partner| (partner.to_owned(), 1));
        let expected: BTreeMap<String, u32> =
            once.into_iter().chain([("sms".to_owned(), codes + 1)]).collect();
        ensure!(done == expected, "partners did {done:?}, not {expected:?}");
        Ok(())
    }

    /// Stops the server and looks into its data: every case signed once, nothing recorded twice, the audit chain whole.
    async fn end(mut self) -> Result<()> {
        ensure!(self.server.stop().await?.success(), "the server did not stop well");
        let store = Store::open(&self.server.data())?;
        let (broken, odd) = store
            .read(|conn| {
                let mut odd = Vec::new();
                for (what, sql) in ONCE {
                    let n: i64 = conn.query_row(sql, (), |row| row.get(0))?;
                    odd.extend((n > 0).then_some((what, n)));
                }
                Ok::<_, StoreError>((miaopi::audit::verify(conn)?, odd))
            })
            .await?;
        ensure!(broken.is_none(), "the audit chain is broken at row {broken:?}");
        ensure!(odd.is_empty(), "recorded more than once, or lost: {odd:?}");
        let signed = store
            .read(|conn| {
                let sql = "SELECT count(*) FROM contracts WHERE signed_at IS NOT NULL";
                Ok::<_, StoreError>(conn.query_row(sql, (), |row| row.get::<_, i64>(0))?)
            })
            .await?;
        ensure!(signed == i64::try_from(self.cases)?, "{signed} contracts for {} cases", self.cases);
        Ok(())
    }
}

/// Queries that count what must not be there.
const ONCE: [(&str, &str); 6] = [
    (
        "consents",
        "SELECT count(*) FROM (SELECT 1 FROM consents GROUP BY case_id, purpose, recipient HAVING count(*) > 1)",
    ),
    ("photos", "SELECT count(*) FROM (SELECT 1 FROM photos GROUP BY case_id HAVING count(*) > 1)"),
    ("contracts", "SELECT count(*) FROM (SELECT 1 FROM contracts GROUP BY case_id HAVING count(*) > 1)"),
    ("offers", "SELECT count(*) FROM (SELECT 1 FROM offers GROUP BY case_id HAVING count(*) > 1)"),
    ("partner calls", "SELECT count(*) FROM (SELECT 1 FROM partner_calls GROUP BY case_id, partner HAVING count(*) > 1)"),
    (
        "ended cases without a signed contract",
        "SELECT count(*) FROM cases c WHERE c.decision = 'approved' AND NOT EXISTS
           (SELECT 1 FROM contracts k WHERE k.case_id = c.id AND k.signed_at IS NOT NULL AND k.intent_at IS NOT NULL)",
    ),
];

/// Every point that a case has, ordered by how far into the case it lies, the calls in turn.
fn candidates(most: &BTreeMap<&'static str, u32>) -> Vec<Point> {
    let mut all: Vec<(u32, Point)> = most
        .iter()
        .flat_map(|(&call, &most)| (1..=most).map(move |nth| (nth * 1_000 / most, Point { call, nth })))
        .collect();
    all.sort();
    all.into_iter().map(|(_, point)| point).collect()
}

/// `n` points spread over the whole case, then as many again to fall back on where some are not reached.
fn planned(all: &[Point], n: usize) -> Vec<Point> {
    let first = spread(all, n);
    let others: Vec<Point> = all.iter().filter(|point| !first.contains(point)).copied().collect();
    first.into_iter().chain(spread(&others, n)).collect()
}

/// At most `n` of them, evenly.
fn spread(all: &[Point], n: usize) -> Vec<Point> {
    let n = n.min(all.len());
    let chosen: BTreeSet<usize> = (0..n).map(|i| (2 * i + 1) * all.len() / (2 * n)).collect();
    chosen.into_iter().map(|index| all[index]).collect()
}

/// Points done so far, kept in a file so that an interrupted test goes on where it was.
struct Notes {
    file: Option<File>,
    /// By point: the page it was killed on, or nothing where it was not reached.
    done: BTreeMap<(String, u32), Option<String>>,
}

impl Notes {
    fn open(folder: Option<&Path>) -> Result<Self> {
        let Some(folder) = folder else { return Ok(Self { file: None, done: BTreeMap::new() }) };
        std::fs::create_dir_all(folder)?;
        let path = folder.join("kill-points.txt");
        let mut done = BTreeMap::new();
        for line in std::fs::read_to_string(&path).unwrap_or_default().lines() {
            if let [call, nth, page] = line.split(' ').collect::<Vec<_>>()[..] {
                let page = (page != "-").then(|| page.to_owned());
                done.insert((call.to_owned(), nth.parse()?), page);
            }
        }
        Ok(Self { file: Some(File::options().create(true).append(true).open(path)?), done })
    }

    fn knows(&self, point: Point) -> bool {
        self.done.contains_key(&(point.call.to_owned(), point.nth))
    }

    fn reached(&self) -> usize {
        self.done.values().flatten().count()
    }

    fn write(&mut self, point: Point, outcome: &Outcome) -> Result<()> {
        let page = match outcome {
            Outcome::Killed(page) if page.is_empty() => Some("start".to_owned()),
            Outcome::Killed(page) => Some(page.clone()),
            Outcome::NotReached => None,
        };
        if let Some(file) = &mut self.file {
            writeln!(file, "{} {} {}", point.call, point.nth, page.as_deref().unwrap_or("-"))?;
        }
        self.done.insert((point.call.to_owned(), point.nth), page);
        Ok(())
    }

    fn report(&self, took: Duration) -> Vec<String> {
        let reached: Vec<(&str, &str)> = self
            .done
            .iter()
            .filter_map(|((call, _), page)| Some((call.as_str(), page.as_deref()?)))
            .collect();
        let tally = |of: &dyn Fn(&(&str, &str)) -> String| {
            let mut counts: BTreeMap<String, usize> = BTreeMap::new();
            reached.iter().for_each(|point| *counts.entry(of(point)).or_default() += 1);
            counts.iter().map(|(name, n)| format!("{name} {n}")).collect::<Vec<_>>().join(", ")
        };
        vec![
            format!(
                "{} different points, each signed once after the restart, nothing lost, nothing done twice ({} more \
                 were not reached); {} s this time",
                reached.len(),
                self.done.len() - reached.len(),
                took.as_secs()
            ),
            format!("killed at the begin of: {}", tally(&|(call, _)| (*call).to_owned())),
            format!("customer's page when killed: {}", tally(&|(_, page)| (*page).to_owned())),
        ]
    }
}

#[test]
fn points_are_spread_over_all_calls_and_the_whole_case() {
    let all = candidates(&BTreeMap::from([("fsync", 4), ("pwrite64", 100)]));
    assert_eq!(all.len(), 104);
    let few = spread(&all, 8);
    assert_eq!(few.len(), 8);
    assert!(few[0].nth < 15 && few[7].nth > 85, "{few:?}");
    assert_eq!(spread(&all, 1_000).len(), 104);
}
