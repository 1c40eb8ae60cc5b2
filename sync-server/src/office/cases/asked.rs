//! Which cases are asked for, as it stands in an address.
//!
//! An address carries codes, ids and days, and never what somebody typed: somebody may type a name into the search, or an ID
//! number with a slip in it, and nobody can tell that from the name of a dealer. So the search is posted, and its answer leads
//! to an address (which can be paged, narrowed and kept) in which the words stand sealed under the company's key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use ui::office::CASE_FILTERS;

use crate::{
    cases::words::Sought,
    crypt::{PersonKey, Place, Unreadable},
    numbers::Dimension,
    office::numbers::Choice,
    problem::Problem,
    world::Random,
};

/// Where sealed words belong.
const FIND: Place<'static> = Place { table: "cases", row: "", column: "find" };
/// Longest code of a reason that is looked for.
const LONGEST_REASON: usize = 40;

/// What an address says besides [`Choice`].
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    state: String,
    pub(super) before: Option<i64>,
    reason: String,
    find: String,
    view: String,
}

impl Asked {
    /// Whether it says nothing at all.
    pub(super) fn is_bare(&self) -> bool {
        let Self { state, before, reason, find, view } = self;
        before.is_none() && [state, reason, find, view].into_iter().all(String::is_empty)
    }
}

/// Which cases, read.
#[derive(Debug, Clone, Default)]
pub(super) struct Ask {
    /// One of [`CASE_FILTERS`].
    pub(super) state: &'static str,
    pub(super) reason: String,
    pub(super) choice: Choice,
    pub(super) sought: Option<Sought>,
    /// The words as the address has them.
    token: String,
    /// As a board.
    pub(super) board: bool,
}

impl Ask {
    /// Reads an address.
    ///
    /// # Errors
    /// 404 where its words were sealed by nobody here.
    pub(super) fn read(asked: Asked, choice: Choice, key: &PersonKey) -> Result<Self, Problem> {
        let Asked { state, reason, find, view, .. } = asked;
        let is_code = reason.len() <= LONGEST_REASON
            && reason.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let sought = if find.is_empty() { None } else { Some(opened(&find, key)?) };
        // A board has all states, and no reasons.
        let (state, reason) = if view == "board" { Default::default() } else { (state, reason) };
        Ok(Self {
            state: CASE_FILTERS.into_iter().find(|known| *known == state).unwrap_or_default(),
            reason: if is_code { reason } else { "_".to_owned() },
            choice,
            sought,
            token: find,
            board: view == "board",
        })
    }

    /// These words, and nothing else.
    ///
    /// # Errors
    /// Never in practice.
    pub(super) fn of_words(sought: Sought, key: &PersonKey, random: &Random) -> Result<Self, Problem> {
        Self::default().with_words(sought, key, random)
    }

    /// With these words.
    ///
    /// # Errors
    /// Never in practice.
    pub(super) fn with_words(
        mut self,
        sought: Sought,
        key: &PersonKey,
        random: &Random,
    ) -> Result<Self, Problem> {
        let sealed = key.seal(FIND, sought.typed().as_bytes(), random)?;
        self.token = URL_SAFE_NO_PAD.encode(sealed);
        self.sought = Some(sought);
        Ok(self)
    }

    pub(super) fn on_a_board(mut self, board: bool) -> Self {
        self.board = board;
        self
    }

    /// In another state; of those of a day, where it is named.
    pub(super) fn in_state(&self, state: &'static str, today: bool) -> Self {
        let choice = if today { self.choice.of_today() } else { self.choice.clone() };
        Self { state, choice, board: false, ..self.clone() }
    }

    /// Whether it is narrowed to some cases in any way besides their state.
    pub(super) fn is_narrowed(&self) -> bool {
        self.choice.is_any() || !self.reason.is_empty() || self.sought.is_some()
    }

    /// Whether funders or reasons are asked for, which only the numbers know.
    pub(super) fn asks_numbers(&self) -> bool {
        self.choice.names_days()
            || !self.reason.is_empty()
            || Dimension::ALL.into_iter().any(|dimension| {
                let asked = self.choice.of(dimension);
                asked == crate::numbers::filter::THE_OTHERS
                    || (dimension == Dimension::Funder && !asked.is_empty())
            })
    }

    /// The parts of its address, without the words.
    pub(super) fn codes(&self) -> String {
        let mut pairs = vec![("state", self.state.to_owned())];
        pairs.extend(self.kept_pairs());
        pairs.push(("view", if self.board { "board".to_owned() } else { String::new() }));
        joined(pairs)
    }

    /// What is kept when another state is chosen, or the board.
    pub(super) fn kept(&self) -> String {
        joined(self.kept_pairs().chain([("find", self.token.clone())]))
    }

    fn kept_pairs(&self) -> impl Iterator<Item = (&'static str, String)> {
        self.choice.pairs().into_iter().chain([("reason", self.reason.clone())])
    }

    /// All of its address behind the question mark.
    pub(super) fn query(&self) -> String {
        match joined([("", self.codes()), ("find", self.token.clone())]) {
            nothing if nothing.is_empty() => "state=all".to_owned(),
            query => query,
        }
    }

    /// Its address.
    pub(super) fn address(&self) -> String {
        format!("/office/cases?{}", self.query())
    }

    /// The address of its cases below a number.
    pub(super) fn older(&self, before: i64) -> String {
        let query =
            joined([("", self.codes()), ("find", self.token.clone()), ("before", before.to_string())]);
        format!("/office/cases?{query}")
    }

    /// The words as an address has them.
    pub(super) fn token(&self) -> &str {
        &self.token
    }
}

fn joined(pairs: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let pairs = pairs.map(|(name, value)| if name.is_empty() { value } else { format!("{name}={value}") });
    pairs.collect::<Vec<_>>().join("&")
}

fn opened(token: &str, key: &PersonKey) -> Result<Sought, Problem> {
    let open = || {
        let sealed = URL_SAFE_NO_PAD.decode(token).map_err(|_| Unreadable)?;
        key.open_text(FIND, &sealed)
    };
    open().ok().and_then(|typed| Sought::read(&typed)).ok_or_else(Problem::not_found)
}
