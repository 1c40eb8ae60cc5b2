//! What stands on the list: a value that is recognised again, and never shown but masked.

use std::fmt;

use jiff::civil::Date;
use rusqlite::Row;
use serde::{Deserialize, Serialize};
use shared::{
    domain::{IdNumber, Phone, TenantId, Vin},
    flow::params::Listed,
};
use utoipa::ToSchema;

use crate::{
    cases::person::{Column, blind_index},
    crypt::{Keys, Place, Unreadable},
    problem::Problem,
};

/// Longest reason, in characters.
pub(super) const MAX_REASON: usize = 500;

/// Something that can be listed, as somebody typed it.
#[derive(Deserialize, ToSchema)]
#[schema(as = BlacklistValue, example = json!({"sort": "phone", "value": "13800000001"}))]
pub struct Value {
    /// `id_number`, `phone` or `vin`.
    #[schema(value_type = String)]
    sort: Listed,
    /// The number itself. It is not kept in the clear.
    value: String,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Value").field("sort", &self.sort).finish_non_exhaustive()
    }
}

/// A value that is one of its sort, as far as the list needs it.
#[derive(Clone)]
pub struct Entry {
    pub(super) sort: Listed,
    pub(super) index: Vec<u8>,
    pub(super) masked: String,
}

impl Value {
    /// As it was typed into a form; a sort that is none has no value that fits.
    pub(crate) fn typed(sort: &str, value: &str) -> Option<Self> {
        let sort = Listed::ALL.into_iter().find(|one| one.code() == sort)?;
        Some(Self { sort, value: value.to_owned() })
    }

    /// What the list needs of the value.
    ///
    /// # Errors
    /// 422 naming what does not fit.
    pub(crate) fn read(&self, keys: &Keys, tenant: TenantId, today: Date) -> Result<Entry, Problem> {
        let text = self.value.trim();
        let unfit = || {
            let detail = "Give an ID number of 18 characters, a mobile number of 11 digits, or a VIN of 17 characters.";
            Problem::invalid("value", "blacklist_value_form", detail)
        };
        let (index, masked) = match self.sort {
            Listed::IdNumber => {
                let number = IdNumber::parse(text, today).map_err(|_| unfit())?;
                (blind_index(keys, tenant, Column::IdNumber, number.reveal()), number.masked())
            }
            Listed::Phone => {
                let phone = Phone::parse(text).map_err(|_| unfit())?;
                (blind_index(keys, tenant, Column::Phone, phone.reveal()), phone.masked())
            }
            Listed::Vin => {
                let vin = Vin::parse_overridden(text).map_err(|_| unfit())?;
                (vin_index(keys, tenant, &vin), masked_vin(&vin))
            }
        };
        Ok(Entry { sort: self.sort, index, masked })
    }
}

/// What a vehicle is looked up by.
pub(crate) fn vin_index(keys: &Keys, tenant: TenantId, vin: &Vin) -> Vec<u8> {
    keys.tenant(tenant).blind_index("vin", vin.as_str())
}

/// The last six tell vehicles of one make apart.
fn masked_vin(vin: &Vin) -> String {
    let text = vin.as_str();
    let open = text.len().saturating_sub(6);
    format!("{}{}", "*".repeat(open), text.get(open..).unwrap_or_default())
}

/// An entry as staff see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = BlacklistEntry, example = json!({"entry": "5f3k9q0m7t2v8x1y4z6b0c2d4k", "sort": "phone",
    "masked": "138****0001", "reason": "default", "added_by": "5f3k9q0m7t2v8x1y4z6b0c2d4n", "added_at": 1_795_766_400_000_i64}))]
pub struct EntryLine {
    /// Its id.
    pub entry: String,
    /// `id_number`, `phone` or `vin`.
    pub sort: String,
    /// The value, masked.
    pub masked: String,
    /// Why it is listed.
    pub reason: String,
    /// The account that listed it.
    pub added_by: String,
    /// When, UTC milliseconds since 1970.
    pub added_at: i64,
}

impl EntryLine {
    /// The columns that [`EntryLine::of`] reads.
    pub(super) const COLUMNS: &str = "id, sort, wrapped_key, masked, reason, added_by, added_at";

    /// From a row, opened with the tenant's key.
    pub(super) fn of(row: &Row<'_>, keys: &Keys, tenant: TenantId) -> Result<Self, Problem> {
        let entry: String = row.get("id")?;
        let (wrapped, masked, reason): (Vec<u8>, Vec<u8>, Vec<u8>) =
            (row.get("wrapped_key")?, row.get("masked")?, row.get("reason")?);
        let open = || -> Result<(String, String), Unreadable> {
            let key = keys.tenant(tenant).listed(&entry, &wrapped)?;
            let place = |column| Place { table: TABLE, row: &entry, column };
            Ok((key.open_text(place("masked"), &masked)?, key.open_text(place("reason"), &reason)?))
        };
        let (masked, reason) = open().map_err(|error| Problem::internal(&error))?;
        Ok(Self {
            sort: row.get("sort")?,
            added_by: row.get("added_by")?,
            added_at: row.get("added_at")?,
            entry,
            masked,
            reason,
        })
    }
}

/// Where sealed values of entries stand.
pub(super) const TABLE: &str = "blacklist";
