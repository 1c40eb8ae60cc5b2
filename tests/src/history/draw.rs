//! Draws one case: when, where, by whom, of which funder, and how it goes.

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp, tz};
use miaopi::{audit, cases::today, flows::SHIPPED};
use rand::{Rng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use shared::domain::AccountId;

use super::{
    STORY_FUNDER, Wanted,
    ways::{Goes, Ways},
};

/// Advisors besides the demo's own.
const ADVISORS: usize = 24;
/// Dealers; each lies in one province.
const DEALERS: usize = 160;
/// Of a hundred cases that get to a funder, those that it refuses on an ordinary day.
const REFUSED: f64 = 0.07;
/// The same of the story's funder on the day of the story.
const REFUSED_IN_THE_STORY: f64 = 0.78;
/// Cases in each hour of China's clock, as weights.
const BY_HOUR: [u32; 24] =
    [4, 2, 1, 1, 1, 3, 8, 18, 40, 62, 74, 70, 52, 58, 72, 76, 70, 60, 52, 56, 50, 36, 20, 10];
/// Provinces with their weights.
const PROVINCES: [(&str, u32); 12] = [
    ("31", 12),
    ("32", 14),
    ("33", 13),
    ("44", 16),
    ("51", 9),
    ("41", 8),
    ("37", 8),
    ("42", 7),
    ("11", 6),
    ("43", 5),
    ("61", 4),
    ("50", 4),
];
const FAMILIES: [&str; 16] = [
    "恒信", "众联", "宝通", "华盛", "鑫源", "瑞达", "长顺", "金桥", "安捷", "永泰", "远航", "东升", "百川",
    "万里", "正和", "启明",
];
/// Funders of each flow with their weights.
const FUNDERS: [(&str, [(&str, u32); 4]); 2] = [
    (
        "new-car-loan",
        [
            ("huaxing-bank", 36),
            (STORY_FUNDER, 30),
            ("lvneng-auto-finance", 19),
            ("tonglian-consumer-finance", 15),
        ],
    ),
    (
        "used-car-leaseback",
        [("hengtai-leasing", 34), ("ronghui-leasing", 28), ("anxin-leasing", 22), ("zhongka-leasing", 16)],
    ),
];

/// The company whose cases these are.
pub(super) struct Company {
    pub(super) tenant: String,
    /// Hash of the live version of each shipped flow.
    pub(super) versions: Vec<(&'static str, String)>,
    makers: Vec<String>,
    /// The number of the last case that there is.
    pub(super) last_number: i64,
}

impl Company {
    pub(super) fn read(conn: &Connection) -> Result<Self> {
        let tenant: String = conn.query_row("SELECT id FROM tenants LIMIT 1", [], |row| row.get(0))?;
        let mut versions = Vec::new();
        for (key, _) in SHIPPED {
            let hash = conn.query_row(
                "SELECT hash FROM flow_releases WHERE tenant = ?1 AND key = ?2 AND share = 100 AND until_at IS NULL",
                params![tenant, key],
                |row| row.get(0),
            )?;
            versions.push((key, hash));
        }
        let number = "SELECT coalesce((SELECT value FROM counters WHERE tenant = ?1 AND name = 'case'), 0)";
        let last_number = conn.query_row(number, [&tenant], |row| row.get(0))?;
        Ok(Self { tenant, versions, makers: Vec::new(), last_number })
    }

    /// Gives it advisors who cannot sign in.
    pub(super) fn with_advisors(mut self, conn: &Connection, random: &mut ChaCha8Rng) -> Result<Self> {
        for place in 1..=ADVISORS {
            let id = AccountId::from_bytes(random.r#gen()).to_string();
            let (login, at) =
                (format!("advisor-{place:02}-{}", random.gen_range(100..1_000)), Timestamp::now());
            conn.execute(
                "INSERT INTO accounts(tenant, id, login, password_hash, roles, created_at, disabled_at)
                 VALUES (?1, ?2, ?3, '', '[\"advisor\"]', ?4, ?4)",
                params![self.tenant, id, login, at.as_millisecond()],
            )?;
            let (tenant, actor, action, detail) = (self.tenant.as_str(), "console", "account.made", "{}");
            audit::record(conn, audit::Entry { tenant, at, actor, action, subject: &id, detail })?;
            self.makers.push(format!("account:{id}"));
        }
        Ok(self)
    }

    pub(super) fn version(&self, flow: &str) -> Result<&str> {
        let found = self.versions.iter().find(|(key, _)| *key == flow);
        found.map(|(_, hash)| hash.as_str()).context("the flow is not live")
    }
}

/// A case to write.
pub(super) struct Drawn {
    pub(super) place: u64,
    pub(super) at: Timestamp,
    pub(super) flow: &'static str,
    pub(super) province: &'static str,
    pub(super) dealer: String,
    pub(super) maker: String,
    pub(super) funder: &'static str,
    pub(super) goes: Goes,
    /// Milliseconds of each step.
    pub(super) times: Vec<i64>,
    pub(super) opened: bool,
    /// For ids, names and numbers.
    pub(super) seed: u64,
}

fn weighted<T: Copy>(random: &mut ChaCha8Rng, list: &[(T, u32)]) -> T {
    let sum: u32 = list.iter().map(|(_, weight)| weight).sum();
    let mut left = random.gen_range(0..sum);
    for (value, weight) in list {
        if left < *weight {
            return *value;
        }
        left -= weight;
    }
    list[0].0
}

/// Spreads cases evenly over the days and by the clock within each, in the order of time.
fn moment(random: &mut ChaCha8Rng, wanted: Wanted, place: u64) -> Timestamp {
    let days = f64::from(wanted.days.max(1));
    let day = (place as f64 / wanted.cases.max(1) as f64 * days).floor().min(days - 1.0);
    let share = place as f64 / wanted.cases.max(1) as f64 * days - day;
    // The share of the day's cases before this one says the hour.
    let all: u32 = BY_HOUR.iter().sum();
    let mut left = share * f64::from(all);
    let mut hour = 0;
    for (clock, weight) in BY_HOUR.iter().enumerate() {
        hour = clock;
        if left < f64::from(*weight) {
            break;
        }
        left -= f64::from(*weight);
    }
    let within = (left / f64::from(BY_HOUR[hour].max(1))).clamp(0.0, 0.999);
    let minutes = hour as f64 * 60.0 + within * 60.0;
    let first = today(wanted.until).to_zoned(tz::TimeZone::fixed(tz::offset(8))).map(|day| day.timestamp());
    let first = first.unwrap_or(wanted.until) - SignedDuration::from_hours(24 * i64::from(wanted.days));
    let jitter = SignedDuration::from_millis(random.gen_range(0..20_000));
    let spread = SignedDuration::from_secs((day * 86_400.0 + minutes * 60.0) as i64);
    first + spread + jitter
}

/// The case of this place in time.
pub(super) fn case(
    random: &mut ChaCha8Rng,
    company: &Company,
    ways: &Ways,
    wanted: Wanted,
    place: u64,
) -> Drawn {
    let at = moment(random, wanted, place);
    let flow = weighted(random, &[("new-car-loan", 70), ("used-car-leaseback", 30)]);
    let funders = FUNDERS.iter().find(|(key, _)| *key == flow).map_or(&FUNDERS[0].1, |(_, funders)| funders);
    let funder = weighted(random, funders);
    let (province, dealer) = dealer(random);
    let maker = company.makers.choose(random).cloned().unwrap_or_default();
    let yesterday = today(wanted.until).yesterday().ok();
    let in_the_story = funder == STORY_FUNDER && Some(today(at)) == yesterday;
    let refused = if in_the_story { REFUSED_IN_THE_STORY } else { REFUSED };
    let goes = match random.gen_range(0.0..1.0) {
        n if n < 0.14 => Goes::Nowhere,
        n if n < 0.165 => Goes::Withdrawn,
        n if n < 0.18 => Goes::TooOld,
        n if n < 0.22 => Goes::Overdue,
        n if n < 0.30 => Goes::LowGrade,
        _ if random.gen_bool(refused) => Goes::NoFunder,
        _ => Goes::Signed,
    };
    let is_recent = wanted.until.duration_since(at) < SignedDuration::from_hours(24 * 7 + 1);
    let goes = if goes == Goes::Nowhere && is_recent { Goes::Waits } else { goes };
    let mut times: Vec<i64> = ways
        .of(flow, goes)
        .map(|way| way.steps.iter().map(|step| log_uniform(random, step.ms)).collect())
        .unwrap_or_default();
    let story_waits = random.gen_range(0..3_000);
    if in_the_story && let Some(last) = times.last_mut() {
        *last += story_waits;
    }
    Drawn {
        place,
        at,
        flow,
        province,
        dealer,
        maker,
        funder,
        goes,
        times,
        opened: !matches!(goes, Goes::Nowhere | Goes::Waits) || random.gen_bool(0.6),
        seed: random.r#gen(),
    }
}

fn dealer(random: &mut ChaCha8Rng) -> (&'static str, String) {
    let province = weighted(random, &PROVINCES);
    let of_province = DEALERS / PROVINCES.len();
    let place = random.gen_range(0..of_province);
    let family = FAMILIES[(place * 7 + usize::from(province.as_bytes()[1])) % FAMILIES.len()];
    (province, format!("{family}汽车 {province}-{:02} 店", place + 1))
}

/// Between two times, short ones more often than long ones.
fn log_uniform(random: &mut ChaCha8Rng, (from, to): (i64, i64)) -> i64 {
    if to <= from + 1 {
        return from;
    }
    let (low, high) = ((from.max(1) as f64).ln(), (to as f64).ln());
    random.gen_range(low..high).exp() as i64
}
