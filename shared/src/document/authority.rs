//! Which value of a field counts: a rule over its three lanes, never a race between clocks.

use super::{Application, Entry, Field, MAX_PEOPLE_CONCURRENT, genesis::keys};
use automerge::{ChangeHash, ROOT, ReadDoc, ScalarValue, Value};

/// All that the document says about one field. Each lane holds every concurrent value, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldView {
    /// What people typed.
    pub typed: Vec<Entry>,
    /// What readers proposed.
    pub read: Vec<Entry>,
    /// What partners confirmed.
    pub confirmed: Vec<Entry>,
    /// Values that this program cannot read (damaged, or written by a newer app). They are kept.
    pub unreadable: usize,
    regulated: bool,
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing<'a> {
    /// Nobody has said anything, or it was emptied.
    Empty,
    /// A reader proposes this; a person still has to take it over.
    Proposed(&'a Entry),
    /// This value counts.
    Clear(&'a Entry),
    /// People typed different things without seeing each other's. The first is shown until somebody settles it.
    Conflict(&'a Entry),
    /// A partner confirmed something else than what was typed. The partner's is shown until somebody settles it.
    Discrepancy(&'a Entry),
}

impl FieldView {
    /// Where the field stands.
    pub fn standing(&self) -> Standing<'_> {
        let typed = distinct(&self.typed);
        let overruled = |entry: &Entry| typed.len() == 1 && typed[0].overrules(&entry.text);
        let confirmed: Vec<&Entry> =
            distinct(&self.confirmed).into_iter().filter(|entry| !overruled(entry)).collect();
        match (typed.as_slice(), confirmed.as_slice()) {
            ([], []) => self.read.last().map_or(Standing::Empty, Standing::Proposed),
            ([], [only]) => Standing::Clear(only),
            ([_, _, ..], []) if self.regulated => Standing::Conflict(newest(&typed)),
            ([_, _, ..], [first, ..]) if self.regulated => Standing::Conflict(first),
            (typed, []) => {
                let counts = newest(typed);
                if counts.text.is_empty() { Standing::Empty } else { Standing::Clear(counts) }
            }
            (typed, [only]) if typed.iter().all(|entry| entry.text == only.text) => Standing::Clear(only),
            (_, [first, ..]) => Standing::Discrepancy(first),
        }
    }

    /// The value to show, if there is one.
    pub fn shown(&self) -> Option<&Entry> {
        match self.standing() {
            Standing::Empty => None,
            Standing::Proposed(entry)
            | Standing::Clear(entry)
            | Standing::Conflict(entry)
            | Standing::Discrepancy(entry) => Some(entry),
        }
    }

    /// The value that counts: nobody else has to say anything about it.
    pub fn settled(&self) -> Option<&Entry> {
        match self.standing() {
            Standing::Clear(entry) => Some(entry),
            _ => None,
        }
    }

    /// Does somebody have to settle it?
    pub fn is_open(&self) -> bool {
        matches!(self.standing(), Standing::Conflict(_) | Standing::Discrepancy(_))
    }

    /// Every value there is to choose from when it is settled.
    pub fn choices(&self) -> impl Iterator<Item = &Entry> {
        self.typed.iter().chain(&self.confirmed).chain(&self.read)
    }
}

/// One entry for each different value.
fn distinct(entries: &[Entry]) -> Vec<&Entry> {
    let mut found: Vec<&Entry> = Vec::new();
    for entry in entries {
        if !found.iter().any(|other| other.text == entry.text) {
            found.push(entry);
        }
    }
    found
}

/// The one with the latest date; equal dates are decided by the rest of the entry, so that every device agrees.
fn newest<'a>(entries: &[&'a Entry]) -> &'a Entry {
    let mut best = entries[0];
    for entry in &entries[1..] {
        if *entry > best {
            best = entry;
        }
    }
    best
}

impl Application {
    /// What the document says about a field, at the sealed heads once it was handed in.
    pub fn field(&self, field: Field) -> FieldView {
        self.field_at(field, self.reading_heads().as_deref())
    }

    pub(super) fn field_at(&self, field: Field, heads: Option<&[ChangeHash]>) -> FieldView {
        let mut view = FieldView { regulated: field.is_regulated(), ..FieldView::default() };
        for (map, lane) in [
            (keys::TYPED, &mut view.typed),
            (keys::READ, &mut view.read),
            (keys::CONFIRMED, &mut view.confirmed),
        ] {
            for bytes in self.registers(map, field.key(), heads) {
                match bytes.as_deref().and_then(Entry::from_bytes) {
                    Some(entry) => lane.push(entry),
                    None => view.unreadable += 1,
                }
            }
            lane.sort();
        }
        view
    }

    /// All concurrent values of one register of a map; `None` for one that is no bytes at all.
    pub(super) fn registers(
        &self,
        map: &str,
        key: &str,
        heads: Option<&[ChangeHash]>,
    ) -> Vec<Option<Vec<u8>>> {
        let Ok(Some((_, map))) = self.doc.get(ROOT, map) else { return Vec::new() };
        self.all_values(&map, key, heads)
    }

    pub(super) fn all_values(
        &self,
        object: &automerge::ObjId,
        key: &str,
        heads: Option<&[ChangeHash]>,
    ) -> Vec<Option<Vec<u8>>> {
        let all = match heads {
            Some(heads) => self.doc.get_all_at(object, key, heads),
            None => self.doc.get_all(object, key),
        };
        let bytes = |value: Value<'_>| match value {
            Value::Scalar(scalar) => match scalar.as_ref() {
                ScalarValue::Bytes(bytes) => Some(bytes.clone()),
                _ => None,
            },
            Value::Object(_) => None,
        };
        let all = all.unwrap_or_default();
        all.into_iter().take(MAX_PEOPLE_CONCURRENT).map(|(value, _)| bytes(value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Source;
    use jiff::Timestamp;

    fn entry(source: Source, second: i64, text: &str) -> Entry {
        Entry::new(source, Timestamp::from_second(second).unwrap(), text.into()).unwrap()
    }

    fn customer(second: i64, text: &str) -> Entry {
        entry(Source::Customer, second, text)
    }

    fn partner(text: &str) -> Entry {
        entry(Source::Partner("registry".into()), 5, text)
    }

    fn view(typed: Vec<Entry>, confirmed: Vec<Entry>) -> FieldView {
        FieldView { typed, confirmed, regulated: true, ..FieldView::default() }
    }

    #[test]
    fn the_rule_as_a_table() {
        let word = |view: &FieldView| match view.standing() {
            Standing::Empty => "empty".to_owned(),
            Standing::Proposed(entry) => format!("proposed {}", entry.text),
            Standing::Clear(entry) => format!("clear {}", entry.text),
            Standing::Conflict(entry) => format!("conflict {}", entry.text),
            Standing::Discrepancy(entry) => format!("discrepancy {}", entry.text),
        };
        let settled = customer(9, "A").over(["B"].into_iter());
        for (typed, confirmed, expected) in [
            (vec![], vec![], "empty"),
            (vec![customer(1, "")], vec![], "empty"),
            (vec![customer(1, "A")], vec![], "clear A"),
            (vec![customer(1, "A"), customer(2, "A")], vec![], "clear A"),
            (vec![customer(1, "A"), customer(2, "B")], vec![], "conflict B"),
            (vec![customer(1, "A"), customer(2, "")], vec![], "conflict "),
            (vec![], vec![partner("B")], "clear B"),
            (vec![customer(1, "A")], vec![partner("A")], "clear A"),
            (vec![customer(1, "A")], vec![partner("B")], "discrepancy B"),
            (vec![settled.clone()], vec![partner("B")], "clear A"),
            (vec![settled.clone()], vec![partner("C")], "discrepancy C"),
            (vec![customer(1, "A"), customer(2, "B")], vec![partner("A")], "conflict A"),
            (vec![settled, customer(2, "D")], vec![partner("B")], "conflict B"),
            (vec![], vec![partner("A"), partner("B")], "discrepancy A"),
        ] {
            assert_eq!(word(&view(typed.clone(), confirmed.clone())), expected, "{typed:?} {confirmed:?}");
        }
        let free = FieldView { regulated: false, ..view(vec![customer(1, "A"), customer(2, "B")], vec![]) };
        assert_eq!(word(&free), "clear B", "an unregulated field shows the newest");
        let reader = entry(Source::reader(88, crate::domain::PhotoId::from_bytes([1; 16]), [0; 4]), 1, "R");
        let proposed = FieldView { read: vec![reader], ..view(vec![], vec![]) };
        assert_eq!(word(&proposed), "proposed R");
    }
}
