//! Writes a drawn case: the rows that the server itself would have left, in the columns' own form.

use std::collections::HashMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use miaopi::{
    audit,
    cases::{
        CaseRequest,
        offer::{Offered, terms_sha256},
        person::{Column, Person},
        products::Products,
        words,
    },
    crypt::{Keys, token_hash},
    flows::SHIPPED,
    problem::Problem,
    world::{Random, World},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::{
    domain::{CaseId, Energy, Fen, LinkId, PlannedOffer, TenantId, Vehicle, Vin, rank},
    flow::{Facts, Flow},
};

use super::{
    draw::{Company, Drawn},
    ways::{Goes, Taken, Ways},
};

/// Which partner a block asks.
const PARTNERS: [(&str, &str); 3] =
    [("realname", "realname"), ("bureau", "bureau"), ("valuation", "valuation")];
/// Description, price in fen.
const CARS: [(&str, i64); 4] = [
    ("比亚迪 秦PLUS DM-i 2026款 120km 豪华型", 12_980_000),
    ("吉利 银河L7 2026款 115km", 14_570_000),
    ("大众 朗逸 2025款 280TSI", 11_890_000),
    ("丰田 凯美瑞 2026款 双擎", 17_980_000),
];

/// An error of ours as the store takes it.
#[allow(clippy::needless_pass_by_value, reason = "the form of `map_err`")]
pub(super) fn as_problem(error: anyhow::Error) -> Problem {
    eprintln!("{error:#}");
    Problem::internal(&error)
}

/// Writes cases one after another.
pub(super) struct Writer {
    pub(super) ways: Ways,
    pub(super) company: Company,
    tenant: TenantId,
    keys: Keys,
    random: Random,
    offers: HashMap<(&'static str, usize), PlannedOffer>,
    written: HashMap<(&'static str, usize, &'static str), (String, String, String)>,
}

impl Writer {
    pub(super) fn new(keys: Keys, world: World, ways: Ways, company: Company) -> Result<Self> {
        let products = Products::shipped()?;
        let now = world.clock.now();
        let mut offers = HashMap::new();
        for (key, definition) in SHIPPED {
            let flow = Flow::parse(definition)?;
            for car in 0..CARS.len() {
                let facts = Facts::new().with("id.age", 34).with("score.grade", "A");
                let request = request(key, car, 246_094, "31", "样例")?;
                let inquiry = products.inquiry_of(&request, &flow, &facts, now).context("no inquiry")?;
                let ranking = rank(&products.plans, &products.limits, &inquiry);
                offers.insert((key, car), ranking.offers.into_iter().next().context("no plan fits")?);
            }
        }
        let tenant = company.tenant.parse()?;
        Ok(Self { ways, company, tenant, keys, random: world.random, offers, written: HashMap::new() })
    }

    /// All rows of a case.
    pub(super) fn write(&mut self, conn: &Connection, case: &Drawn) -> Result<()> {
        let mut random = ChaCha8Rng::seed_from_u64(case.seed);
        let tenant = self.company.tenant.clone();
        let id = CaseId::from_bytes(id(case.at, case.place, &mut random)).to_string();
        let person = self.person(conn, case, &mut random)?;
        let car = random.gen_range(0..CARS.len());
        let began = case.at.as_millisecond();
        let way = self.ways.of(case.flow, case.goes)?;
        let (mut at, mut steps) = (began, Vec::new());
        for (step, ms) in way.steps.iter().zip(&case.times) {
            steps.push((step, at, at + ms));
            at += ms;
        }
        let decision = way.decision.as_ref();
        let ended = decision.map(|_| at);
        let number = self.company.last_number + i64::try_from(case.place)? + 1;
        let serial = random.gen_range(0..1_000_000);
        let request = request(case.flow, car, serial, case.province, &case.dealer)?;
        let confirmed = steps.iter().any(|(step, ..)| step.block == "confirm_reading");
        conn.prepare_cached(
            "INSERT INTO cases(tenant, id, number, person, flow, flow_hash, request, lang, created_by, photo_tries,
                               confirmed_reading, decision, reason, created_at, updated_at, ended_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'zh-CN', ?8, 1, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            tenant,
            id,
            number,
            person,
            case.flow,
            self.company.version(case.flow)?,
            json!(request).to_string(),
            case.maker,
            confirmed,
            decision.map(|(decision, _)| decision),
            decision.map(|(_, reason)| reason),
            began,
            ended.unwrap_or(began),
            ended,
        ])?;
        words::keep(conn, &tenant, &id)?;
        conn.prepare_cached(
            "INSERT INTO runs(tenant, case_id, state, seq, ended) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![tenant, id, way.state, steps.len() + 1, decision.is_some()])?;
        self.link(conn, &id, case, &mut random)?;
        if case.goes == Goes::Waits {
            conn.prepare_cached(
                "INSERT INTO tasks(tenant, case_id, block, visit, kind, owner, since, due_at)
                 VALUES (?1, ?2, 'intake', 1, 'intake', 'customer', ?3, ?4)",
            )?
            .execute(params![tenant, id, began, began + 604_800_000])?;
        }
        if case.opened && case.goes != Goes::Waits && case.goes != Goes::Nowhere {
            self.consent(conn, &id, began, &mut random)?;
        }
        for (place, (step, since, at)) in (2_i64..).zip(&steps) {
            conn.prepare_cached(
                "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at)
                 VALUES (?1, ?2, ?3, ?4, 1, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                tenant,
                id,
                place,
                step.block,
                step.kind,
                step.outcome,
                since,
                at
            ])?;
            self.call(conn, &id, case, (step, *since, *at), &mut random)?;
        }
        if case.goes == Goes::Signed {
            let made = steps.iter().find(|(step, ..)| step.block == "funder").map_or(at, |(.., at)| *at);
            self.offer(conn, &id, case, car, (made, at))?;
        }
        self.note(conn, &id, case.at, "case.opened", &case.maker)?;
        if let Some(at) = ended {
            self.note(conn, &id, Timestamp::from_millisecond(at)?, "case.ended", "machine")?;
        }
        conn.prepare_cached("INSERT OR REPLACE INTO counters(tenant, name, value) VALUES (?1, 'case', ?2)")?
            .execute(params![tenant, number])?;
        Ok(())
    }

    fn person(&self, conn: &Connection, case: &Drawn, random: &mut ChaCha8Rng) -> Result<String> {
        let person = Person::create(conn, &self.keys, self.tenant, &self.random, case.at)?;
        if case.opened {
            let birth = format!(
                "{}{:02}{:02}",
                random.gen_range(1970..2004),
                random.gen_range(1..13),
                random.gen_range(1..29)
            );
            // No such division: nobody has this number.
            let number = format!("990000{birth}{:03}X", random.gen_range(0..1_000));
            person.set(conn, Column::IdNumber, &number, &self.random)?;
            person.set(conn, Column::Name, "样本", &self.random)?;
        }
        Ok(person.id().to_string())
    }

    fn link(&self, conn: &Connection, id: &str, case: &Drawn, random: &mut ChaCha8Rng) -> Result<()> {
        let link = LinkId::from_bytes(self::id(case.at, case.place, random)).to_string();
        let token = token_hash(&format!("{link} {id}"));
        let began = case.at.as_millisecond();
        let opened = case.opened.then(|| began + random.gen_range(5_000..50_000));
        conn.prepare_cached(
            "INSERT INTO links(tenant, id, token_hash, case_id, opened_at, expires_at, created_by, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![self.company.tenant, link, token, id, opened, began + 604_800_000, case.maker, began])?;
        Ok(())
    }

    fn consent(&self, conn: &Connection, id: &str, at: i64, random: &mut ChaCha8Rng) -> Result<()> {
        conn.prepare_cached(
            "INSERT INTO consents(tenant, id, case_id, purpose, recipient, text_version, text_sha256, given_at, expires_at)
             VALUES (?1, ?2, ?3, 'process_identity', 'company', '1', '', ?4, ?5)",
        )?
        .execute(params![self.company.tenant, format!("{id}{:04x}", random.r#gen::<u16>()), id, at, at + 7_776_000_000])?;
        Ok(())
    }

    /// The call that a step made of a partner, if it made one.
    fn call(
        &self,
        conn: &Connection,
        id: &str,
        case: &Drawn,
        (step, since, at): (&Taken, i64, i64),
        random: &mut ChaCha8Rng,
    ) -> Result<()> {
        let asked = PARTNERS.iter().find(|(block, _)| *block == step.block);
        let (partner, outcome) = match (asked, step.block) {
            (Some((_, partner)), _) if random.gen_bool(0.004) => ((*partner).to_owned(), "partner_timeout"),
            (Some((_, partner)), _) => ((*partner).to_owned(), "ok"),
            (None, "funder") => {
                let said = if case.goes == Goes::Signed { "approved" } else { "declined" };
                (format!("funders/{}", case.funder), said)
            }
            _ => return Ok(()),
        };
        conn.prepare_cached(
            "INSERT INTO partner_calls(tenant, case_id, key, partner, outcome, at, ms)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            self.company.tenant,
            id,
            format!("{id}/{}/1/{partner}", step.block),
            partner,
            outcome,
            since,
            at - since
        ])?;
        Ok(())
    }

    fn offer(
        &mut self,
        conn: &Connection,
        id: &str,
        case: &Drawn,
        car: usize,
        (made, ended): (i64, i64),
    ) -> Result<()> {
        let key = (case.flow, car, case.funder);
        if !self.written.contains_key(&key) {
            let plan = self.offers.get(&(case.flow, car)).context("no offer")?.clone();
            let terms = plan.terms(Some(case.funder));
            let text = String::from_utf8(terms.canonical_bytes()?)?;
            let offered = Offered { plan, before: None, asked: None, stipulations: Vec::new() };
            self.written.insert(key, (text, terms_sha256(&terms), serde_json::to_string(&offered)?));
        }
        let (terms, sha256, offer) = self.written.get(&key).context("just put there")?;
        let accepted = made + (ended - made) / 4;
        conn.prepare_cached(
            "INSERT INTO offers(tenant, case_id, number, funder, reference, terms, terms_sha256, offer, made_at, accepted_at,
                                shown_at, confirmed_at)
             VALUES (?1, ?2, 1, ?3, 'sample', ?4, ?5, ?6, ?7, ?8, ?8, ?9)",
        )?
        .execute(params![self.company.tenant, id, case.funder, terms, sha256, offer, made, accepted, accepted + 15_000])?;
        Ok(())
    }

    fn note(&self, conn: &Connection, case: &str, at: Timestamp, action: &str, actor: &str) -> Result<()> {
        let tenant = self.company.tenant.as_str();
        Ok(audit::record(conn, audit::Entry { tenant, at, actor, action, subject: case, detail: "{}" })?)
    }
}

/// An id that goes up with time; its last bytes are random, as those of real ones.
fn id(at: Timestamp, place: u64, random: &mut ChaCha8Rng) -> [u8; 16] {
    let mut bytes: [u8; 16] = random.r#gen();
    bytes[..5].copy_from_slice(&at.as_second().to_be_bytes()[3..]);
    bytes[5..8].copy_from_slice(&place.to_be_bytes()[5..]);
    bytes
}

fn request(flow: &str, car: usize, serial: u32, province: &str, dealer: &str) -> Result<CaseRequest> {
    let (description, price) = CARS[car];
    let price = Fen::new(price)?;
    let vehicle = match flow {
        "used-car-leaseback" => Vehicle::used_car(Energy::Fuel, price, 36, 45_000),
        _ => Vehicle::new_car(Energy::PlugIn, price),
    };
    Ok(CaseRequest {
        product: flow.to_owned(),
        vehicle,
        description: description.to_owned(),
        vin: vin(serial)?,
        plate: None,
        region: format!("{province}0000"),
        dealer: dealer.to_owned(),
        down_payment: None,
        months: Some(12),
        max_monthly: None,
    })
}

/// The number of a vehicle with this serial number; its check digit fits.
fn vin(serial: u32) -> Result<Vin> {
    let checks = "0123456789X".chars();
    let mut all = checks.map(|check| Vin::parse(&format!("LSVWY418{check}KN{serial:06}")));
    all.find_map(Result::ok).context("no check digit fits")
}
