//! Which version of a flow a new case gets, and which products are on offer because of it.
//!
//! The choice follows from the case's id alone: asked again, it is the same. A case stays on its version.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use shared::{
    domain::{CaseId, TenantId},
    flow::Flow,
};

use super::Library;
use crate::{cases::products::Product, store::StoreError};

/// The version of a new case.
#[derive(Clone)]
pub struct Chosen {
    /// Its flow.
    pub flow: Arc<Flow>,
    /// Its hash.
    pub hash: String,
    /// What it sells.
    pub product: Product,
}

/// The version that this case gets, a new one of this product in this region; `None` when the company does not offer it.
///
/// # Errors
/// When the rows cannot be read.
pub fn choose(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    product: &str,
    case: CaseId,
    region: &str,
) -> Result<Option<Chosen>, StoreError> {
    let Some(hash) = chosen(conn, tenant, product, case, region)? else { return Ok(None) };
    let Some(flow) = library.get(conn, &hash)? else { return Ok(None) };
    Ok(Product::of(&flow).map(|product| Chosen { flow, hash, product }))
}

/// The hash of that version. Said again in the commit that opens the case, for a version may be taken back at any time.
///
/// # Errors
/// When the rows cannot be read.
pub fn chosen(
    conn: &Connection,
    tenant: TenantId,
    product: &str,
    case: CaseId,
    region: &str,
) -> Result<Option<String>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT hash, share, regions FROM flow_releases WHERE tenant = ?1 AND key = ?2 AND until_at IS NULL",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), product])?;
    let (mut live, mut canary) = (None, None);
    while let Some(row) = rows.next()? {
        let (hash, share, regions): (String, u8, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let regions: Vec<String> = serde_json::from_str(&regions).unwrap_or_default();
        match share {
            100 => live = Some(hash),
            share if is_for(share, &regions, case, region) => canary = Some(hash),
            _ => {}
        }
    }
    // Without a live version the product is not on offer, and its canary gets no case either.
    Ok(live.map(|live| canary.unwrap_or(live)))
}

/// Whether a canary with this share in these regions gets this case.
fn is_for(share_percent: u8, regions: &[String], case: CaseId, region: &str) -> bool {
    let inside = regions.is_empty() || regions.iter().any(|wide| region.starts_with(wide.as_str()));
    inside && percentile(case) < share_percent
}

/// 0 to 99, evenly spread over cases.
fn percentile(case: CaseId) -> u8 {
    let hash = Sha256::new().chain_update(b"canary").chain_update(case.to_bytes()).finalize();
    let number = hash[..8].iter().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
    u8::try_from(number % 100).unwrap_or(0)
}

/// A key with the flow that is live under it; `None` where its file cannot be read.
pub type LiveFlow = (String, Option<Arc<Flow>>);

/// The live version of each of a company's flows, by their keys; `None` where this release cannot run it.
///
/// # Errors
/// When the rows cannot be read.
pub fn all_live(conn: &Connection, library: &Library, tenant: TenantId) -> Result<Vec<LiveFlow>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT key, hash FROM flow_releases WHERE tenant = ?1 AND until_at IS NULL AND share = 100 ORDER BY key",
    )?;
    let found: Vec<(String, String)> = statement
        .query_map([tenant.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    found.into_iter().map(|(key, hash)| Ok((key, library.get(conn, &hash)?))).collect()
}

/// The products that a company's live flows sell, by their keys.
///
/// # Errors
/// When the rows cannot be read.
pub fn on_offer(conn: &Connection, library: &Library, tenant: TenantId) -> Result<Vec<Product>, StoreError> {
    let live = all_live(conn, library, tenant)?;
    Ok(live.into_iter().filter_map(|(_, flow)| Product::of(&*flow?)).collect())
}

/// The live version of a flow.
///
/// # Errors
/// When the row cannot be read.
pub fn live(conn: &Connection, tenant: TenantId, key: &str) -> Result<Option<String>, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT hash FROM flow_releases WHERE tenant = ?1 AND key = ?2 AND until_at IS NULL AND share = 100",
        )?
        .query_row(params![tenant.to_string(), key], |row| row.get(0))
        .optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(number: u16) -> CaseId {
        let mut bytes = [0; 16];
        bytes[..2].copy_from_slice(&number.to_be_bytes());
        CaseId::from_bytes(bytes)
    }

    #[test]
    fn a_share_is_kept_and_a_case_that_a_small_share_takes_is_taken_by_every_larger_one() {
        for share in [1, 10, 50, 99] {
            let taken = (0..10_000).filter(|n| is_for(share, &[], case(*n), "310000")).count();
            let wanted = usize::from(share) * 100;
            assert!(taken.abs_diff(wanted) < 200, "{share} %: {taken}");
        }
        for number in 0..1_000 {
            let least = (0..=100).find(|share| is_for(*share, &[], case(number), "31")).unwrap();
            assert!((least..=100).all(|share| is_for(share, &[], case(number), "31")));
        }
    }

    #[test]
    fn a_case_outside_the_canarys_regions_is_not_for_it() {
        let regions = ["31".to_owned(), "44".to_owned()];
        for (region, inside) in
            [("310000", true), ("4403", true), ("44", true), ("110105", false), ("", false)]
        {
            assert_eq!(is_for(100, &regions, case(1), region), inside, "{region}");
        }
    }
}
