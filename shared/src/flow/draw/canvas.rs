//! What is drawn, read from a flow file and written back without losing anything of it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::domain::Texts;

/// A flow as it is drawn. Cloning it is cheap: blocks are shared until one of them changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// Stable key of the flow.
    pub key: String,
    /// Its name in both languages; either may still be empty.
    pub name: Texts,
    /// The block that a case starts in, once it is chosen.
    pub start: Option<String>,
    /// The review block that a customer reaches who asks for a person.
    pub person: Option<String>,
    /// What the product sells, as it stands in the file; see [`crate::domain::ProductTerms`].
    pub product: Option<Value>,
    pub(super) blocks: Vec<Arc<Drawn>>,
    /// What the file holds besides: kept as it is.
    pub(super) rest: Map<String, Value>,
}

/// A block as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Drawn {
    /// Its id.
    pub id: String,
    /// Key of its kind, known or not.
    pub kind: String,
    /// Its parameters, valid or not; null where there are none.
    pub params: Value,
    /// Where each outcome leads, in the file's order.
    pub next: Vec<(String, String)>,
    /// How often a case may enter it.
    pub max_visits: Option<u16>,
    /// Its upper left corner.
    pub at: [f64; 2],
    /// Whether the file says where it lies; a block that it does not place waits for [`super::tidy`].
    pub placed: bool,
    pub(super) rest: Map<String, Value>,
}

/// A file that is no flow at all, not even a half-finished one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("The flow file cannot be drawn: {0}")]
pub struct NotDrawable(pub String);

impl NotDrawable {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        "flow_unreadable"
    }
}

impl Canvas {
    /// An empty canvas for a flow.
    pub fn empty(key: impl Into<String>, name: Texts) -> Self {
        let (start, person, product, blocks, rest) = Default::default();
        Self { key: key.into(), name, start, person, product, blocks, rest }
    }

    /// Reads a flow file, sound or not. What is not understood is kept and written back.
    ///
    /// # Errors
    /// [`NotDrawable`] when it is no JSON object with blocks that are objects.
    pub fn read(file: &Value) -> Result<Self, NotDrawable> {
        let Value::Object(file) = file else { return Err(NotDrawable("it is no JSON object".into())) };
        let mut rest = file.clone();
        let blocks = match rest.shift_remove("blocks") {
            None => Map::new(),
            Some(Value::Object(blocks)) => blocks,
            Some(_) => return Err(NotDrawable("`blocks` is no JSON object".into())),
        };
        let read = |(id, block): (String, Value)| match block {
            Value::Object(block) => Ok(Arc::new(Drawn::read(id, block))),
            _ => Err(NotDrawable(format!("the block `{id}` is no JSON object"))),
        };
        let blocks = blocks.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let name = match rest.get("name").cloned().map(serde_json::from_value::<Texts>) {
            Some(Ok(name)) => {
                rest.shift_remove("name");
                name
            }
            _ => Texts::new("", ""),
        };
        rest.shift_remove("format");
        Ok(Self {
            key: text(&mut rest, "key").unwrap_or_default(),
            name,
            start: text(&mut rest, "start").filter(|id| !id.is_empty()),
            person: text(&mut rest, "person").filter(|id| !id.is_empty()),
            product: rest.shift_remove("product").filter(|product| !product.is_null()),
            blocks,
            rest,
        })
    }

    /// The flow file, format 1, with the file's own order of blocks and outcomes.
    pub fn write(&self) -> Value {
        let mut file = Map::new();
        file.insert("format".into(), json!(1));
        file.insert("key".into(), json!(self.key));
        file.insert("name".into(), json!(self.name));
        file.insert("start".into(), json!(self.start.as_deref().unwrap_or_default()));
        if let Some(person) = &self.person {
            file.insert("person".into(), json!(person));
        }
        if let Some(product) = &self.product {
            file.insert("product".into(), product.clone());
        }
        for (key, value) in &self.rest {
            file.entry(key.clone()).or_insert_with(|| value.clone());
        }
        let blocks = self.blocks.iter().map(|block| (block.id.clone(), block.write())).collect::<Map<_, _>>();
        file.insert("blocks".into(), Value::Object(blocks));
        Value::Object(file)
    }

    /// Every block, in the file's order.
    pub fn blocks(&self) -> &[Arc<Drawn>] {
        &self.blocks
    }

    /// The block with this id.
    pub fn block(&self, id: &str) -> Option<&Arc<Drawn>> {
        self.blocks.iter().find(|block| block.id == id)
    }

    /// Every connection: block, outcome, block.
    pub fn connections(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.blocks.iter().flat_map(|block| {
            block.next.iter().map(|(outcome, to)| (block.id.as_str(), outcome.as_str(), to.as_str()))
        })
    }

    /// Whether nothing is drawn yet.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.blocks.iter().position(|block| block.id == id)
    }
}

impl Drawn {
    /// A new block of a kind, with parameters and without connections.
    pub fn new(id: impl Into<String>, kind: impl Into<String>, params: Value, at: [f64; 2]) -> Self {
        let (next, rest) = Default::default();
        Self { id: id.into(), kind: kind.into(), params, next, max_visits: None, at, placed: true, rest }
    }

    /// Where an outcome leads.
    pub fn leads_to(&self, outcome: &str) -> Option<&str> {
        self.next.iter().find(|(name, _)| name == outcome).map(|(_, to)| to.as_str())
    }

    pub(super) fn read(id: String, mut rest: Map<String, Value>) -> Self {
        let next = match rest.get("next") {
            Some(Value::Object(next)) if next.values().all(Value::is_string) => {
                let next =
                    next.iter().filter_map(|(outcome, to)| Some((outcome.clone(), to.as_str()?.to_owned())));
                let next = next.collect();
                rest.shift_remove("next");
                next
            }
            _ => Vec::new(),
        };
        let max_visits = rest.get("max_visits").and_then(Value::as_u64).and_then(|n| u16::try_from(n).ok());
        if max_visits.is_some() {
            rest.shift_remove("max_visits");
        }
        let at = rest.get("at").cloned().and_then(|at| serde_json::from_value::<[f64; 2]>(at).ok());
        if at.is_some() {
            rest.shift_remove("at");
        }
        Self {
            id,
            kind: text(&mut rest, "kind").unwrap_or_default(),
            params: rest.shift_remove("params").unwrap_or_default(),
            next,
            max_visits,
            at: at.unwrap_or_default(),
            placed: at.is_some(),
            rest,
        }
    }

    fn write(&self) -> Value {
        let mut block = Map::new();
        block.insert("kind".into(), json!(self.kind));
        if self.placed {
            block.insert("at".into(), json!(self.at.map(whole)));
        }
        if !self.params.is_null() {
            block.insert("params".into(), self.params.clone());
        }
        if !self.next.is_empty() {
            let next = self.next.iter().map(|(outcome, to)| (outcome.clone(), json!(to)));
            block.insert("next".into(), Value::Object(next.collect()));
        }
        if let Some(max) = self.max_visits {
            block.insert("max_visits".into(), json!(max));
        }
        for (key, value) in &self.rest {
            block.entry(key.clone()).or_insert_with(|| value.clone());
        }
        Value::Object(block)
    }
}

/// Whole numbers as such: `80`, not `80.0`.
fn whole(number: f64) -> Value {
    let rounded = number.round();
    if (number - rounded).abs() < 1e-9 && rounded.abs() < 1e9 { json!(rounded as i64) } else { json!(number) }
}

/// Takes a text out; what is no text stays.
fn text(from: &mut Map<String, Value>, key: &str) -> Option<String> {
    match from.shift_remove(key)? {
        Value::String(text) => Some(text),
        other => {
            from.insert(key.to_owned(), other);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::FlowFile;

    fn shipped() -> [Value; 2] {
        [
            include_str!("../../../../assets/flows/new-car-loan.json"),
            include_str!("../../../../assets/flows/used-car-leaseback.json"),
        ]
        .map(|text| serde_json::from_str(text).unwrap())
    }

    #[test]
    fn shipped_flows_come_back_as_they_went_in() {
        for file in shipped() {
            let written = Canvas::read(&file).unwrap().write();
            let (before, after): (FlowFile, FlowFile) =
                (serde_json::from_value(file).unwrap(), serde_json::from_value(written).unwrap());
            assert_eq!(before, after);
        }
    }

    #[test]
    fn what_is_not_understood_is_kept() {
        let file = json!({"format": 1, "key": "k", "name": {"zh-CN": "名", "en": "n"}, "start": "", "later": [1],
            "blocks": {"a": {"kind": "from-the-future", "params": [1, 2], "next": {"x": 5}, "at": "left", "colour": "red"},
                "b": {"kind": "end", "max_visits": "many", "next": {"gone": "nowhere"}}}});
        let canvas = Canvas::read(&file).unwrap();
        assert_eq!(canvas.write(), file);
        assert_eq!(canvas.start, None);
        assert_eq!(canvas.connections().collect::<Vec<_>>(), [("b", "gone", "nowhere")]);
    }

    #[test]
    fn only_what_is_no_flow_at_all_is_refused() {
        assert!(Canvas::read(&json!({})).unwrap().is_empty());
        for file in [json!([]), json!({"blocks": []}), json!({"blocks": {"a": 1}})] {
            assert_eq!(Canvas::read(&file).unwrap_err().code(), "flow_unreadable");
        }
    }
}
