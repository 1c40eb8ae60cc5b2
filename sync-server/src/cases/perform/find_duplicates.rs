//! `duplicate-check`: the same photo, or the same card, in another case of the tenant.

use jiff::SignedDuration;
use rusqlite::{OptionalExtension, params};
use shared::flow::Facts;

use crate::{
    app::App,
    flows::{Performed, Work},
    photos::CardHash,
    problem::Problem,
};

/// Most cards of other cases that are compared.
const MOST: u32 = 200_000;

/// Its SHA-256, the hash of its card, the blind index of its person's number.
type Photo = (Vec<u8>, Option<String>, Option<Vec<u8>>);

/// The same card under another number is a fraud signal; the same person's own photo again is only noted.
pub(super) async fn find(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let days = work.task.params["days"].as_i64().unwrap_or(365);
    let since = (app.world.clock.now() - SignedDuration::from_hours(24 * days)).as_millisecond();
    let (seen, other_number) = app
        .store
        .read(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let mine: Option<Photo> = conn
                .prepare_cached(
                    "SELECT p.sha256, p.phash, o.id_number_index FROM photos p
                     JOIN cases c ON c.tenant = p.tenant AND c.id = p.case_id
                     JOIN persons o ON o.tenant = c.tenant AND o.id = c.person
                     WHERE p.tenant = ?1 AND p.case_id = ?2 ORDER BY p.created_at DESC LIMIT 1",
                )?
                .query_row(params![tenant, case], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((sha256, phash, number)) = mine else { return Ok::<_, Problem>((0_u32, 0_u32)) };
            let mine = phash.and_then(|hash| CardHash::from_hex(&hash));
            let mut statement = conn.prepare_cached(
                "SELECT p.sha256, p.phash, o.id_number_index FROM photos p
                 JOIN cases c ON c.tenant = p.tenant AND c.id = p.case_id
                 JOIN persons o ON o.tenant = c.tenant AND o.id = c.person
                 WHERE p.tenant = ?1 AND p.case_id <> ?2 AND p.created_at >= ?3
                 ORDER BY p.created_at DESC LIMIT ?4",
            )?;
            let mut rows = statement.query(params![tenant, case, since, MOST])?;
            let (mut seen, mut other) = (0, 0);
            while let Some(row) = rows.next()? {
                let same_file = row.get::<_, Vec<u8>>(0)? == sha256;
                let theirs = row.get::<_, Option<String>>(1)?.and_then(|hash| CardHash::from_hex(&hash));
                let same_card =
                    mine.as_ref().zip(theirs).is_some_and(|(mine, theirs)| mine.same_card(&theirs));
                if same_file || same_card {
                    seen += 1;
                    other += u32::from(row.get::<_, Option<Vec<u8>>>(2)? != number);
                }
            }
            Ok((seen, other))
        })
        .await?;
    let outcome = match (seen, other_number) {
        (0, _) => "none",
        (_, 0) => "seen",
        _ => "other_number",
    };
    let writes = Facts::new().with("duplicate.seen", seen).with("duplicate.other_number", other_number);
    Ok(Performed::outcome(outcome).writes(writes))
}
