//! Devices of the company's advisors, as they last said they stand: most are well, some are late, some hold what they set
//! aside, some run an old app.

use std::path::Path;

use anyhow::Result;
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::domain::DeviceId;

/// Connections kept of each.
const VISITS: i64 = 30;
const MINUTE: i64 = 60_000;

/// Writes so many devices, and their connections, into a folder that no server owns.
///
/// # Errors
/// When there is no such folder, a server owns it, or it cannot be written.
pub async fn write_devices(data: &Path, devices: u32, seed: u64, until: Timestamp) -> Result<()> {
    let (store, _) = super::open(data)?;
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let now = until.as_millisecond();
    store.write(move |conn| all(conn, devices, &mut random, now).map_err(super::rows::as_problem)).await?;
    Ok(())
}

fn all(conn: &Connection, devices: u32, random: &mut impl Rng, now: i64) -> Result<()> {
    let mut owners = conn.prepare("SELECT tenant, id FROM accounts ORDER BY id")?;
    let owners: Vec<(String, String)> =
        owners.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    for number in 0..devices {
        let (tenant, account) = &owners[random.gen_range(0..owners.len())];
        one(conn, (tenant, account), number, random, now)?;
    }
    Ok(())
}

fn one(
    conn: &Connection,
    (tenant, account): (&str, &str),
    number: u32,
    random: &mut impl Rng,
    now: i64,
) -> Result<()> {
    let id = DeviceId::from_bytes(random.r#gen()).to_string();
    let seen = now - MINUTE * random.gen_range(0..3 * 24 * 60);
    let unsynced = if random.gen_ratio(1, 10) { random.gen_range(1..9) } else { 0 };
    conn.prepare_cached(
        "INSERT INTO devices(id, tenant, account, name, public_key, enrolled_at, last_seen_at, unsynced)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        id,
        tenant,
        account,
        format!("Phone {number}"),
        random.r#gen::<[u8; 32]>(),
        now - 90 * 24 * 60 * MINUTE,
        seen,
        unsynced
    ])?;
    let oldest = (unsynced > 0).then(|| seen - MINUTE * random.gen_range(0..180));
    let app = if random.gen_ratio(1, 20) { "0.0.1" } else { env!("CARGO_PKG_VERSION") };
    let items: Vec<_> = (0..unsynced)
        .map(|_| json!({"document": DeviceId::from_bytes(random.r#gen()).to_string(), "changes": 1}))
        .collect();
    conn.prepare_cached(
        "INSERT INTO device_reports(device, tenant, at, app, unsynced, aside, photo_bytes, oldest, ahead_ms, kept,
           free, cursors, items) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, 4000000000, '[]', ?10)",
    )?
    .execute(params![
        id,
        tenant,
        seen,
        app,
        unsynced,
        i64::from(unsynced > 0 && random.gen_ratio(1, 20)),
        unsynced * 400_000,
        oldest,
        random.gen_range(-3_000..3_000),
        json!(items).to_string()
    ])?;
    for visit in 0..VISITS {
        let came = seen - visit * 30 * MINUTE;
        conn.prepare_cached(
            "INSERT INTO device_visits(id, tenant, device, came_at, heard_at, left_at, pushed) VALUES (?1, ?2, ?3, ?4, ?5, ?5, 3)",
        )?
        .execute(params![
            DeviceId::from_bytes(random.r#gen()).to_string(),
            tenant,
            id,
            came,
            came + 10 * MINUTE
        ])?;
    }
    Ok(())
}
