//! A flow as it is written down, and as it is held once its structure is known to be sound.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use super::check::structure;
use super::finding::Finding;
use super::kinds::{self, Kind, Shape, Work};
use crate::domain::{ProductTerms, Texts};

/// Largest flow file, bytes.
pub const MAX_BYTES: usize = 1 << 20;

/// Most blocks in one flow.
pub const MAX_BLOCKS: usize = 500;

/// Highest `max_visits` a block may ask for.
const MAX_MAX_VISITS: u16 = 20;

/// Longest block id, characters.
const MAX_ID: usize = 40;

/// A block's name inside its flow: a lower-case letter, then lower-case letters, digits and `_`; at most 40.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[a-z][a-z0-9_]{0,39}$"))]
pub struct BlockId(Arc<str>);

impl BlockId {
    /// The id in this text; `None` when it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let well_formed = text.len() <= MAX_ID
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        well_formed.then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BlockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for BlockId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| {
            format!("`{text}` is no block id: start with a lower-case letter, then lower-case letters, digits and _")
        })
    }
}

impl From<BlockId> for String {
    fn from(id: BlockId) -> String {
        id.0.as_ref().to_owned()
    }
}

/// A flow file, format 1, before anything but its shape as JSON is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowFile {
    /// Version of this format: 1.
    pub format: u32,
    /// Stable key of the flow, such as `used-car-leaseback`.
    pub key: String,
    /// Its name in both languages.
    pub name: Texts,
    /// The block a case starts in.
    pub start: BlockId,
    /// The review block that a customer reaches who asks for a person, at any time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<BlockId>,
    /// What the product sells that this flow is the process of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product: Option<ProductTerms>,
    /// The blocks by id, in the file's order.
    #[serde(serialize_with = "write_pairs", deserialize_with = "read_pairs")]
    #[schemars(with = "BTreeMap<BlockId, BlockFile>")]
    pub blocks: Vec<(BlockId, BlockFile)>,
}

/// One block in a flow file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BlockFile {
    /// Key of the block's kind, see [`kinds::catalogue`].
    pub kind: String,
    /// The kind's parameters.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub params: Value,
    /// Where each outcome leads.
    #[serde(default, serialize_with = "write_pairs", deserialize_with = "read_pairs")]
    #[schemars(with = "BTreeMap<String, BlockId>")]
    pub next: Vec<(String, BlockId)>,
    /// How often a case may enter the block; once more takes the outcome `exhausted`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_visits: Option<u16>,
    /// Where the designer draws it, in its own units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<[f64; 2]>,
}

/// A flow whose structure is sound: every kind known, every parameter valid, every outcome connected, every block
/// reachable, parallel branches well nested, every loop bounded, an end reachable from everywhere.
#[derive(Debug)]
pub struct Flow {
    /// Stable key of the flow.
    pub key: String,
    /// Its name in both languages.
    pub name: Texts,
    /// What the product sells that this flow is the process of.
    pub product: Option<ProductTerms>,
    pub(crate) start: usize,
    pub(crate) person: Option<usize>,
    pub(crate) blocks: Vec<Block>,
    index: HashMap<BlockId, usize>,
}

/// One block of a sound flow.
pub struct Block {
    /// Its id.
    pub id: BlockId,
    /// Its kind.
    pub kind: &'static dyn Kind,
    /// Its parameters, valid for the kind.
    pub params: Arc<Value>,
    /// How often a case may enter it, if that is limited.
    pub max_visits: Option<u16>,
    /// What the kind makes of the parameters: who acts, until when, outcomes, facts, consents.
    pub shape: Shape,
    pub(crate) next: Vec<(String, usize)>,
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Block").field("id", &self.id).field("kind", &self.kind.key()).finish_non_exhaustive()
    }
}

impl Flow {
    /// Reads a flow file of at most [`MAX_BYTES`] with at most [`MAX_BLOCKS`] blocks.
    ///
    /// # Errors
    /// [`FlowError::Unreadable`] when it is not a flow file at all; [`FlowError::Unsound`] with every structural
    /// finding otherwise. Platform rules are separate: see [`super::check_against`].
    pub fn parse(text: &str) -> Result<Self, FlowError> {
        if text.len() > MAX_BYTES {
            return Err(FlowError::Unreadable {
                code: "flow_too_large",
                reason: format!("it has more than {MAX_BYTES} bytes"),
            });
        }
        let file = serde_json::from_str(text)
            .map_err(|e| FlowError::Unreadable { code: "flow_unreadable", reason: e.to_string() })?;
        Self::from_file(file)
    }

    /// The same for a file that is already in memory.
    ///
    /// # Errors
    /// As [`Flow::parse`].
    pub fn from_file(file: FlowFile) -> Result<Self, FlowError> {
        if file.format != 1 {
            let reason = format!("it has format {}, and this program reads format 1", file.format);
            return Err(FlowError::Unreadable { code: "flow_format_unknown", reason });
        }
        if file.blocks.len() > MAX_BLOCKS {
            let reason = format!("it has more than {MAX_BLOCKS} blocks");
            return Err(FlowError::Unreadable { code: "flow_too_large", reason });
        }
        let mut findings = Vec::new();
        let flow = assemble(file, &mut findings);
        match flow {
            Some(flow) if findings.is_empty() => {
                let findings = structure::check(&flow);
                if findings.is_empty() { Ok(flow) } else { Err(FlowError::Unsound(findings)) }
            }
            _ => Err(FlowError::Unsound(findings)),
        }
    }

    /// The block with this id.
    pub fn block(&self, id: &BlockId) -> Option<&Block> {
        self.index.get(id).map(|i| &self.blocks[*i])
    }

    /// Every block, in the file's order.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Where a block leads when it is left by this outcome.
    pub fn after(&self, block: &BlockId, outcome: &str) -> Option<&Block> {
        let (_, next) = self.block(block)?.next.iter().find(|(name, _)| name == outcome)?;
        self.blocks.get(*next)
    }

    /// The block a case starts in.
    pub fn start(&self) -> &Block {
        &self.blocks[self.start]
    }

    /// The block that a customer reaches who asks for a person, if the flow has one.
    pub fn person(&self) -> Option<&Block> {
        self.person.map(|i| &self.blocks[i])
    }

    pub(crate) fn position(&self, id: &BlockId) -> Option<usize> {
        self.index.get(id).copied()
    }
}

impl Block {
    /// Whether the block waits for something to become known: whoever keeps the run looks, after each step, whether it
    /// is there ([`super::evaluate()`]).
    pub fn waits_for_a_fact(&self) -> bool {
        self.kind.key() == "wait"
    }

    /// Key of the partner that the block asks, if it asks one: `realname`, `bureau`, `valuation`, `funder`.
    pub fn partner(&self) -> Option<&str> {
        match self.kind.key() {
            "partner-query" => self.params["partner"].as_str(),
            "vehicle-valuation" => Some("valuation"),
            _ => None,
        }
    }

    pub(crate) fn leads_to(&self, outcome: &str) -> Option<usize> {
        self.next.iter().find(|(name, _)| name == outcome).map(|(_, to)| *to)
    }
}

/// Why a text is not a flow that could run.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// Not a flow file, or too large to look at.
    #[error("This is not a flow file we can read: {reason}. Correct the file and try again.")]
    Unreadable {
        /// `flow_unreadable`, `flow_too_large` or `flow_format_unknown`.
        code: &'static str,
        /// What is wrong, without the file's content beyond names.
        reason: String,
    },
    /// A flow file with structural findings.
    #[error("The flow cannot run: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Unsound(Vec<Finding>),
}

impl FlowError {
    /// Stable code: of the file, or of the first finding.
    pub fn code(&self) -> &str {
        match self {
            Self::Unreadable { code, .. } => code,
            Self::Unsound(findings) => findings.first().map_or("flow_unsound", |finding| &finding.code),
        }
    }

    /// The structural findings; empty for an unreadable file.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Self::Unreadable { .. } => &[],
            Self::Unsound(findings) => findings,
        }
    }
}

/// Turns the file into blocks that point at each other; whatever does not fit becomes a finding.
fn assemble(file: FlowFile, findings: &mut Vec<Finding>) -> Option<Flow> {
    let index: HashMap<BlockId, usize> =
        file.blocks.iter().enumerate().map(|(i, (id, _))| (id.clone(), i)).collect();
    let mut blocks = Vec::with_capacity(file.blocks.len());
    for (id, raw) in file.blocks {
        match block(id, raw, &index) {
            Ok(block) => blocks.push(block),
            Err(found) => findings.extend(found),
        }
    }
    let start = index.get(&file.start).copied();
    if start.is_none() {
        let text = format!("start names the block {}, which does not exist", file.start);
        findings.push(Finding::new("flow_start_missing", None, format!("起点“{}”不存在", file.start), text));
    }
    let person = file.person.as_ref().map(|id| index.get(id).copied().ok_or(id));
    if let Some(Err(id)) = person {
        let en = format!("person names the block {id}, which does not exist");
        findings.push(Finding::new("flow_person_missing", None, format!("人工积木“{id}”不存在"), en));
    }
    let person = person.and_then(Result::ok);
    Some(Flow { key: file.key, name: file.name, product: file.product, start: start?, person, blocks, index })
}

fn block(id: BlockId, raw: BlockFile, index: &HashMap<BlockId, usize>) -> Result<Block, Vec<Finding>> {
    let Some(kind) = kinds::kind(&raw.kind) else {
        let en = format!("there is no kind of block called {}: choose one of the catalogue", raw.kind);
        return Err(vec![Finding::new(
            "flow_unknown_kind",
            Some(&id),
            format!("没有“{}”这种积木", raw.kind),
            en,
        )]);
    };
    let mut shape = kind.shape(&raw.params).map_err(|bad| {
        let zh = format!("参数{}不对：{}", bad.path, bad.text.zh);
        let en = format!("parameter {} does not fit: {}", bad.path, bad.text.en);
        vec![Finding::new(bad.code, Some(&id), zh, en)]
    })?;
    let mut findings = Vec::new();
    if shape.work == Work::Part {
        let en = "what it contains has to be put in its place first: hand the flow in";
        let zh = "子流程还没有展开，提交后由系统展开";
        findings.push(Finding::new("flow_part_unexpanded", Some(&id), zh, en));
    }
    if let Some(max) = raw.max_visits {
        if !(1..=MAX_MAX_VISITS).contains(&max) || !shape.can_be_limited() {
            let zh = format!("max_visits 必须在 1 到 {MAX_MAX_VISITS} 之间，且不能用于并行、汇合和结束");
            let en = format!("max_visits must be 1 to {MAX_MAX_VISITS}, and not on parallel, join or end");
            findings.push(Finding::new("flow_bad_max_visits", Some(&id), zh, en));
        }
        shape.outcomes.push("exhausted".into());
    }
    let next = connect(&id, &shape, raw.next, index, &mut findings);
    if !findings.is_empty() {
        return Err(findings);
    }
    Ok(Block { id, kind, params: Arc::new(raw.params), max_visits: raw.max_visits, shape, next })
}

fn connect(
    id: &BlockId,
    shape: &Shape,
    raw: Vec<(String, BlockId)>,
    index: &HashMap<BlockId, usize>,
    findings: &mut Vec<Finding>,
) -> Vec<(String, usize)> {
    for outcome in &shape.outcomes {
        if !raw.iter().any(|(name, _)| name == outcome) {
            let en = format!("the outcome {outcome} leads nowhere: connect it to a block");
            let zh = format!("结果“{outcome}”没有去处，请接到一个积木");
            findings.push(Finding::new("flow_open_outcome", Some(id), zh, en));
        }
    }
    let mut next = Vec::with_capacity(raw.len());
    for (outcome, to) in raw {
        if !shape.outcomes.contains(&outcome) {
            let en = format!("the block has no outcome {outcome}: remove the connection");
            let zh = format!("这个积木没有“{outcome}”这个结果，请去掉这条连线");
            findings.push(Finding::new("flow_unknown_outcome", Some(id), zh, en));
        }
        match index.get(&to) {
            Some(position) => next.push((outcome, *position)),
            None => {
                let en = format!("the outcome {outcome} leads to {to}, which does not exist");
                let zh = format!("结果“{outcome}”指向的积木“{to}”不存在");
                findings.push(Finding::new("flow_missing_block", Some(id), zh, en));
            }
        }
    }
    if let Work::Join { of, .. } = &shape.work
        && !index.contains_key(of)
    {
        let en = format!("it joins {of}, which does not exist");
        findings.push(Finding::new("flow_missing_block", Some(id), format!("要汇合的积木“{of}”不存在"), en));
    }
    next
}

fn write_pairs<K: Serialize, V: Serialize, S: Serializer>(
    pairs: &[(K, V)],
    to: S,
) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(k, v)| (k, v)))
}

/// Reads a JSON object in its own order and refuses a key that comes twice, which a map would drop silently.
fn read_pairs<'de, K, V, D>(from: D) -> Result<Vec<(K, V)>, D::Error>
where
    K: Deserialize<'de> + PartialEq + fmt::Display,
    V: Deserialize<'de>,
    D: Deserializer<'de>,
{
    struct Pairs<K, V>(std::marker::PhantomData<(K, V)>);
    impl<'de, K: Deserialize<'de> + PartialEq + fmt::Display, V: Deserialize<'de>> Visitor<'de> for Pairs<K, V> {
        type Value = Vec<(K, V)>;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut pairs: Vec<(K, V)> = Vec::new();
            while let Some((key, value)) = map.next_entry::<K, V>()? {
                if pairs.len() > MAX_BLOCKS {
                    return Err(serde::de::Error::custom(format!("more than {MAX_BLOCKS} entries")));
                }
                if pairs.iter().any(|(known, _)| *known == key) {
                    return Err(serde::de::Error::custom(format!("`{key}` comes twice")));
                }
                pairs.push((key, value));
            }
            Ok(pairs)
        }
    }
    from.deserialize_map(Pairs(std::marker::PhantomData))
}
