//! What the words of the numbers are called.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;
use shared::domain::{FunderKey, Lang, Region};

use crate::{
    cases::{
        page::partner_name,
        products::{Product, Products},
    },
    flows::Library,
    numbers::{
        Dimension,
        case::FUNDERS,
        record::{NONE, OTHERS},
        words::Words,
    },
    store::StoreError,
};

/// A company's words with what they are called.
pub(crate) struct Names {
    pub(crate) words: Words,
    lang: Lang,
    products: BTreeMap<String, Product>,
    versions: HashMap<String, u32>,
    makers: HashMap<String, String>,
    funders: HashMap<String, String>,
}

impl Names {
    pub(crate) fn load(
        conn: &Connection,
        library: &Library,
        products: &Products,
        tenant: &str,
        words: Words,
        lang: Lang,
    ) -> Result<Self, StoreError> {
        let mut versions = HashMap::new();
        let mut statement =
            conn.prepare_cached("SELECT hash, number FROM company_flows WHERE tenant = ?1")?;
        let mut rows = statement.query([tenant])?;
        while let Some(row) = rows.next()? {
            versions.insert(row.get(0)?, row.get(1)?);
        }
        let hashes: Vec<String> =
            words.of_sort(Dimension::Version.code()).into_iter().map(|(_, hash)| hash.to_owned()).collect();
        let named = products.of_versions(conn, library, hashes)?;
        let mut makers = HashMap::new();
        for (sort, sql) in [
            ("account", "SELECT id, login FROM accounts WHERE tenant = ?1"),
            ("key", "SELECT id, label FROM api_keys WHERE tenant = ?1"),
        ] {
            let mut statement = conn.prepare_cached(sql)?;
            let mut rows = statement.query([tenant])?;
            while let Some(row) = rows.next()? {
                makers.insert(format!("{sort}:{}", row.get::<_, String>(0)?), row.get(1)?);
            }
        }
        let funders = tenant
            .parse()
            .map(|tenant| products.funders_of(tenant).names(lang).into_iter().collect())
            .unwrap_or_default();
        Ok(Self { words, lang, products: named, versions, makers, funders })
    }

    /// In which language.
    pub(crate) fn lang(&self) -> Lang {
        self.lang
    }

    /// What a word of a dimension is called; empty for the cases that have none.
    pub(crate) fn of(&self, dimension: Dimension, id: u16) -> String {
        match id {
            NONE => return String::new(),
            OTHERS => return self.lang.pick("其他", "all others").to_owned(),
            _ => {}
        }
        let Some(word) = self.words.word(dimension.code(), id) else {
            return self.lang.pick("未知", "unknown").to_owned();
        };
        match dimension {
            Dimension::Product => self.product(word),
            Dimension::Version => self.version(word),
            Dimension::Region => {
                word.parse::<Region>().map_or_else(|_| word.to_owned(), |region| region.text(self.lang))
            }
            Dimension::Dealer => word.to_owned(),
            Dimension::Advisor => self.makers.get(word).cloned().unwrap_or_else(|| word.to_owned()),
            Dimension::Funder => self.funder(word),
        }
    }

    /// What a partner is called, and the key of the funder that it is.
    pub(crate) fn partner(&self, id: u16) -> (String, Option<&str>) {
        let Some(word) = self.words.word(crate::numbers::case::sort::PARTNER, id) else {
            return (self.lang.pick("其他", "all others").to_owned(), None);
        };
        match word.strip_prefix(FUNDERS) {
            Some(funder) => (self.funder(funder), Some(funder)),
            None => (partner_name(word, self.lang).unwrap_or(word).to_owned(), None),
        }
    }

    pub(crate) fn funder(&self, key: &str) -> String {
        let known = FunderKey::try_from(key.to_owned()).ok().and_then(|key| self.funders.get(key.as_str()));
        known.cloned().unwrap_or_else(|| key.to_owned())
    }

    fn product(&self, key: &str) -> String {
        let product = self.products.values().find(|product| product.key == key);
        product.map_or_else(|| key.to_owned(), |product| product.name.get(self.lang).to_owned())
    }

    fn version(&self, hash: &str) -> String {
        let product = self.products.get(hash).map(|product| product.name.get(self.lang));
        let name = product.unwrap_or_else(|| hash.get(..8).unwrap_or(hash));
        match self.versions.get(hash) {
            Some(number) => format!("{name} · {}{number}", self.lang.pick("版本 ", "version ")),
            None => name.to_owned(),
        }
    }
}
