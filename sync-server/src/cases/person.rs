//! A case's person: sealed columns, opened only where a use case needs them.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::{PersonId, TenantId};

use super::row;
use crate::{
    crypt::{Keys, PersonKey, Place, TenantKeys, Unreadable},
    flows::journal::CaseRef,
    problem::Problem,
    store::StoreError,
    world::Random,
};

/// Which personal column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// Resident identity number.
    IdNumber,
    /// Full name.
    Name,
    /// Mobile number.
    Phone,
    /// Address on the card.
    Address,
}

impl Column {
    fn name(self) -> &'static str {
        match self {
            Self::IdNumber => "id_number",
            Self::Name => "name",
            Self::Phone => "phone",
            Self::Address => "address",
        }
    }

    /// The column of the blind index, where the value can be looked up.
    fn index(self) -> Option<&'static str> {
        match self {
            Self::IdNumber => Some("id_number_index"),
            Self::Phone => Some("phone_index"),
            Self::Name | Self::Address => None,
        }
    }
}

/// What a person's column is looked up by: equal values have equal indexes, and nothing else can be told from them.
pub fn blind_index(keys: &Keys, tenant: TenantId, column: Column, value: &str) -> Vec<u8> {
    keys.tenant(tenant).blind_index(column.name(), value)
}

/// Why a person's data could not be used.
#[derive(Debug, thiserror::Error)]
pub enum PersonError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A sealed value could not be opened.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// The person was erased, or never was.
    #[error("the person's data is gone")]
    Gone,
}

impl From<rusqlite::Error> for PersonError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::QueryReturnedNoRows => Self::Gone,
            other => Self::Store(other.into()),
        }
    }
}

impl From<PersonError> for Problem {
    fn from(error: PersonError) -> Self {
        match error {
            PersonError::Store(error) => error.into(),
            other => Problem::internal(&other),
        }
    }
}

/// A person's row, with the key that opens it.
pub struct Person {
    id: PersonId,
    key: PersonKey,
    tenant: TenantId,
    tenant_keys: TenantKeys,
}

impl Person {
    /// Makes a person without any data yet.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn create(
        conn: &Connection,
        keys: &Keys,
        tenant: TenantId,
        random: &Random,
        now: Timestamp,
    ) -> Result<Self, PersonError> {
        let id = PersonId::from_bytes(random.bytes());
        let tenant_keys = keys.tenant(tenant);
        let (key, wrapped) = tenant_keys.new_person(&id.to_string(), random)?;
        conn.prepare_cached(
            "INSERT INTO persons(tenant, id, wrapped_key, created_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![tenant.to_string(), id.to_string(), wrapped, now.as_millisecond()])?;
        Ok(Self { id, key, tenant, tenant_keys })
    }

    /// The person of a row.
    ///
    /// # Errors
    /// [`PersonError::Gone`] when there is none or it was erased.
    pub fn load(conn: &Connection, keys: &Keys, tenant: TenantId, id: PersonId) -> Result<Self, PersonError> {
        let wrapped: Option<Vec<u8>> = conn
            .prepare_cached("SELECT wrapped_key FROM persons WHERE tenant = ?1 AND id = ?2")?
            .query_row(params![tenant.to_string(), id.to_string()], |row| row.get(0))?;
        let tenant_keys = keys.tenant(tenant);
        let key = tenant_keys.person(&id.to_string(), &wrapped.ok_or(PersonError::Gone)?)?;
        Ok(Self { id, key, tenant, tenant_keys })
    }

    /// The person of a case.
    ///
    /// # Errors
    /// 404 for a case that this tenant does not have; as [`Person::load`].
    pub fn of_case(conn: &Connection, keys: &Keys, of: CaseRef) -> Result<Self, Problem> {
        Ok(Self::load(conn, keys, of.tenant, row::person_of(conn, of)?)?)
    }

    /// The person's id.
    pub fn id(&self) -> PersonId {
        self.id
    }

    /// Seals what else belongs to this person (photos, readings, answers).
    pub fn key(&self) -> &PersonKey {
        &self.key
    }

    /// Reads one column; `None` when it was never filled.
    ///
    /// # Errors
    /// When the value cannot be opened.
    pub fn get(&self, conn: &Connection, column: Column) -> Result<Option<String>, PersonError> {
        let name = column.name();
        let sealed: Option<Vec<u8>> = conn
            .prepare_cached(&format!("SELECT {name} FROM persons WHERE tenant = ?1 AND id = ?2"))?
            .query_row(params![self.tenant.to_string(), self.id.to_string()], |row| row.get(0))?;
        Ok(match sealed {
            None => None,
            Some(sealed) => Some(self.key.open_text(self.place(&self.id.to_string(), name), &sealed)?),
        })
    }

    /// Writes one column, and its blind index where it has one.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn set(
        &self,
        conn: &Connection,
        column: Column,
        value: &str,
        random: &Random,
    ) -> Result<(), PersonError> {
        let (tenant, id, name) = (self.tenant.to_string(), self.id.to_string(), column.name());
        let sealed = self.key.seal(self.place(&id, name), value.as_bytes(), random)?;
        match column.index() {
            Some(index) => {
                let blind = self.tenant_keys.blind_index(name, value);
                conn.prepare_cached(&format!(
                    "UPDATE persons SET {name} = ?3, {index} = ?4 WHERE tenant = ?1 AND id = ?2"
                ))?
                .execute(params![tenant, id, sealed, blind])?
            }
            None => conn
                .prepare_cached(&format!("UPDATE persons SET {name} = ?3 WHERE tenant = ?1 AND id = ?2"))?
                .execute(params![tenant, id, sealed])?,
        };
        Ok(())
    }

    fn place<'a>(&self, id: &'a str, column: &'a str) -> Place<'a> {
        Place { table: "persons", row: id, column }
    }
}
