//! Lists in pages: how many at once, and after which row the next page begins.
//!
//! A cursor names the last row of the page before, so that rows added meanwhile neither double nor hide another. It is
//! sealed with the tenant's key for this one list: whoever shows it elsewhere, or another's, is told that it is none.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use shared::domain::TenantId;
use subtle::ConstantTimeEq;
use utoipa::IntoParams;

use crate::{crypt::Keys, problem::Problem};

/// Rows on a page where nobody asks for another number.
const USUAL: usize = 50;
/// Most rows on a page.
const MOST: usize = 200;
/// Longest cursor that is looked at, characters.
const MAX_CURSOR: usize = 400;
/// Bytes of the seal in front of what a cursor says.
const SEAL_BYTES: usize = 16;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Most entries in this answer, 1 to 200; 50 where it is missing.
    #[param(value_type = u16, required = false, minimum = 1, maximum = 200, example = 50)]
    limit: Option<String>,
    /// `next` of the page before, as it came; the first page where it is missing.
    #[param(value_type = String, required = false)]
    cursor: Option<String>,
}

/// One list of one tenant.
#[derive(Clone)]
pub struct List {
    keys: Keys,
    tenant: TenantId,
    name: String,
}

/// A page that was asked for; `P` is where a row stands in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<P> {
    /// Most rows.
    pub limit: usize,
    /// The last row of the page before; nothing for the first page.
    pub after: Option<P>,
}

impl<P> Page<P> {
    /// What to ask the store for: one more than is shown says whether there is a next page.
    pub fn rows(&self) -> i64 {
        i64::try_from(self.limit + 1).unwrap_or(i64::MAX)
    }
}

impl List {
    /// `name` holds everything that makes this list another than its neighbours, such as whose messages it lists.
    pub fn new(keys: &Keys, tenant: TenantId, name: impl Into<String>) -> Self {
        Self { keys: keys.clone(), tenant, name: name.into() }
    }

    /// The page asked for.
    ///
    /// # Errors
    /// 422 `page_limit` and `page_cursor`.
    pub fn page<P: DeserializeOwned>(&self, asked: &Asked) -> Result<Page<P>, Problem> {
        let limit = asked.limit.as_deref().map_or(Some(USUAL), number);
        let limit = limit.ok_or_else(|| {
            Problem::invalid("limit", "page_limit", "Ask for 1 to 200 entries at once, or leave `limit` out.")
        })?;
        let after = asked.cursor.as_deref().map(|cursor| {
            self.opened(cursor).ok_or_else(|| {
                Problem::invalid(
                    "cursor",
                    "page_cursor",
                    "This is no cursor of this list. Send `next` of the page before as it came, or begin anew without one.",
                )
            })
        });
        Ok(Page { limit, after: after.transpose()? })
    }

    /// Cuts what was read to the page, and says where the next one begins.
    pub fn cut<T, P: Serialize>(
        &self,
        mut rows: Vec<T>,
        limit: usize,
        place: impl Fn(&T) -> P,
    ) -> (Vec<T>, Option<String>) {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|last| self.cursor(&place(last)));
        (rows, next)
    }

    fn cursor(&self, place: &impl Serialize) -> String {
        // Places are numbers and ids: they always are JSON.
        let said = serde_json::to_string(place).unwrap_or_default();
        URL_SAFE_NO_PAD.encode([&self.seal(&said), said.as_bytes()].concat())
    }

    fn opened<P: DeserializeOwned>(&self, cursor: &str) -> Option<P> {
        if cursor.len() > MAX_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (seal, said) = bytes.split_at_checked(SEAL_BYTES)?;
        let said = std::str::from_utf8(said).ok()?;
        bool::from(self.seal(said).ct_eq(seal)).then_some(())?;
        serde_json::from_str(said).ok()
    }

    fn seal(&self, said: &str) -> Vec<u8> {
        let whole = self.keys.tenant(self.tenant).derived("page cursor", &[&self.name, said]);
        whole[..SEAL_BYTES].to_vec()
    }
}

fn number(text: &str) -> Option<usize> {
    let digits = text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|limit| digits && (1..=MOST).contains(limit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Random;

    fn list(tenant: u8, name: &str) -> List {
        let folder = tempfile::tempdir().unwrap();
        let keys = Keys::open_or_create(&folder.path().join("key"), &Random::seeded(1)).unwrap();
        List::new(&keys, TenantId::from_bytes([tenant; 16]), name)
    }

    fn asked(limit: Option<&str>, cursor: Option<&str>) -> Asked {
        Asked { limit: limit.map(str::to_owned), cursor: cursor.map(str::to_owned) }
    }

    #[test]
    fn a_page_has_a_bounded_number_of_rows() {
        let list = list(1, "cases");
        let page = |limit| list.page::<i64>(&asked(limit, None)).map(|page| page.limit);
        assert_eq!(page(None).unwrap(), 50);
        assert_eq!(page(Some("1")).unwrap(), 1);
        assert_eq!(page(Some("200")).unwrap(), 200);
        for wrong in ["0", "201", "abc", "", "-1", "+5", "1.0", " 5", "9999999999999999999999", "٣"] {
            let refused = page(Some(wrong)).unwrap_err();
            assert_eq!((refused.status, refused.code, refused.field), (422, "page_limit", Some("limit")));
        }
    }

    #[test]
    fn a_cursor_leads_on_in_its_own_list_only() {
        let own = list(1, "cases");
        let (rows, next) = own.cut(vec![9, 8, 7], 2, |row| *row);
        let next = next.unwrap();
        assert_eq!(rows, [9, 8]);
        let page: Page<i64> = own.page(&asked(Some("2"), Some(&next))).unwrap();
        assert_eq!(page, Page { limit: 2, after: Some(8) });
        assert_eq!(own.cut(vec![7], 2, |row| *row), (vec![7], None));
        let mut changed = URL_SAFE_NO_PAD.decode(&next).unwrap();
        *changed.last_mut().unwrap() ^= 1;
        for (list, cursor) in [
            (&list(2, "cases"), next.as_str()),
            (&list(1, "links"), &next),
            (&own, &URL_SAFE_NO_PAD.encode(changed)),
            (&own, &next[1..]),
            (&own, ""),
            (&own, "8"),
            (&own, "字"),
            (&own, &"A".repeat(401)),
        ] {
            let refused = list.page::<i64>(&asked(None, Some(cursor))).unwrap_err();
            assert_eq!((refused.status, refused.code, refused.field), (422, "page_cursor", Some("cursor")));
        }
    }
}
