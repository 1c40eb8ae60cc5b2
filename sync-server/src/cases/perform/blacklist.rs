//! `blacklist`: ID number, phone and VIN held against the company's own list, by keyed hashes: nothing is opened.

use rusqlite::params;
use serde::Deserialize;
use serde_json::json;
use shared::flow::{
    Facts,
    params::{Blacklist, Listed},
};

use super::ask_partner::case_request;
use crate::{
    app::App,
    blacklist::vin_index,
    flows::{Performed, Work},
    problem::Problem,
};

/// What the case does not know yet is passed over; where it knows nothing of what is looked up, nothing is clear.
pub(super) async fn look(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let wanted =
        Blacklist::deserialize(&*work.task.params).map_err(|error| Problem::internal(&error))?.look_up;
    let vin = vin_index(&app.keys, of.tenant, &case_request(app, work).await?.vin);
    let (known, found) = app
        .store
        .read(move |conn| {
            let tenant = of.tenant.to_string();
            let (number, phone): (Option<Vec<u8>>, Option<Vec<u8>>) = conn
                .prepare_cached(
                    "SELECT o.id_number_index, o.phone_index FROM cases c
                     JOIN persons o ON o.tenant = c.tenant AND o.id = c.person WHERE c.tenant = ?1 AND c.id = ?2",
                )?
                .query_row(params![tenant, of.case.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let mut statement = conn
                .prepare_cached("SELECT id FROM blacklist WHERE tenant = ?1 AND sort = ?2 AND value_index = ?3")?;
            let (mut known, mut found) = (Vec::new(), Vec::<(Listed, String)>::new());
            for sort in wanted {
                let index = match sort {
                    Listed::IdNumber => number.as_ref(),
                    Listed::Phone => phone.as_ref(),
                    Listed::Vin => Some(&vin),
                };
                let Some(index) = index else { continue };
                known.push(sort.code());
                let mut rows = statement.query(params![tenant, sort.code(), index])?;
                if let Some(row) = rows.next()? {
                    found.push((sort, row.get(0)?));
                }
            }
            Ok::<_, Problem>((known, found))
        })
        .await?;
    let outcome = match (known.is_empty(), found.is_empty()) {
        (true, _) => return Ok(Performed::outcome("error")),
        (false, true) => "clear",
        (false, false) => "listed",
    };
    let sorts: Vec<&str> = found.iter().map(|(sort, _)| sort.code()).collect();
    let writes = Facts::new().with("blacklist.looked_up", known).with("blacklist.found", sorts);
    let entries: Vec<&String> = found.iter().map(|(_, entry)| entry).collect();
    let trace = (!entries.is_empty()).then(|| json!({"entries": entries}));
    Ok(Performed { trace, ..Performed::outcome(outcome).writes(writes) })
}
