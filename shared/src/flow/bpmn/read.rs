//! Reads a flow from a BPMN file's tree.

use std::collections::{HashMap, HashSet};

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::super::definition::{BlockFile, BlockId, FlowFile, MAX_BLOCKS};
use super::guess::{self, Sort};
use super::ours::{OurBlock, OurFlow, plain};
use super::tree::{Element, Space};
use super::{BpmnError, CELL, Imported, SCALE, USUAL_CELL, too_many_blocks};
use crate::domain::Texts;

/// Most outcomes of one block: what a flow file may hold.
const MAX_OUTCOMES: usize = MAX_BLOCKS + 1;

/// Most elements that are connected, gateways and events among them.
const MAX_NODES: usize = 4 * MAX_BLOCKS;

/// Most bends that one connection is followed through.
const MAX_BENDS: usize = 64;

pub(super) fn read(root: &Element) -> Result<Imported, BpmnError> {
    if !root.is(Space::Model, "definitions") {
        return Err(BpmnError::at_byte(
            root.byte,
            format!("根元素是“{}”，不是 BPMN 2.0 的 definitions", root.name),
            format!("its root is {}, not definitions of BPMN 2.0", root.name),
        ));
    }
    let processes: Vec<&Element> = root.children(Space::Model, "process").collect();
    let mut ours: Option<(OurFlow, &Element)> = None;
    for process in &processes {
        if let (None, Some(found)) = (&ours, process.extension("flow")) {
            ours = Some((said(found)?, process));
        }
    }
    let graph = Graph::of(&processes)?;
    if ours.is_none() && graph.blocks().next().is_none() {
        return Err(BpmnError::NothingOfOurs);
    }
    let places = places(root);
    let (scale, cell) = if ours.is_some() { (SCALE, CELL) } else { (1.0, USUAL_CELL) };
    let Blocks { blocks, guessed, ids } = graph.read_blocks(|bounds| place(bounds, scale, cell), &places)?;
    let started = graph.start().and_then(|node| ids.get(&node).cloned());
    let first = || graph.first().and_then(|node| ids.get(&node).cloned());
    let (format, key, name, start, person, product) = match ours {
        Some((flow, process)) => {
            let drawn = plain(process.attribute("name").unwrap_or_default());
            let zh = if drawn == plain(&flow.name.zh) { flow.name.zh } else { drawn };
            let name = Texts::new(zh, flow.name.en);
            (flow.format, flow.key, name, started.unwrap_or(flow.start), flow.person, flow.product)
        }
        None => {
            let (key, name) = named(processes.first().copied());
            let start = started.or_else(first).ok_or(BpmnError::NothingOfOurs)?;
            (1, key, name, start, None, None)
        }
    };
    Ok(Imported { flow: FlowFile { format, key, name, start, person, product, blocks }, guessed })
}

/// Key and name of a process drawn elsewhere.
fn named(process: Option<&Element>) -> (String, Texts) {
    let attribute = |name| plain(process.and_then(|process| process.attribute(name)).unwrap_or_default());
    let (id, name) = (attribute("id"), attribute("name"));
    let name = if name.is_empty() { id.clone() } else { name };
    let key = [guess::code(&name), guess::code(&id)].into_iter().find(|code| !code.is_empty());
    (key.unwrap_or_else(|| "flow".into()).replace('_', "-"), Texts::new(name.clone(), name))
}

/// What one of our extension elements says.
fn said<T: DeserializeOwned>(element: &Element) -> Result<T, BpmnError> {
    serde_json::from_str(&element.text).map_err(|error| {
        let name = &element.name;
        BpmnError::at_byte(
            element.byte,
            format!("扩展元素“{name}”的内容不对（{error}）"),
            format!("the extension element {name} does not hold what it should ({error})"),
        )
    })
}

/// Upper left corner and size of each drawn element, by its id.
fn places(root: &Element) -> HashMap<&str, [f64; 4]> {
    let mut places = HashMap::new();
    let planes = root
        .children(Space::Diagram, "BPMNDiagram")
        .flat_map(|diagram| diagram.children(Space::Diagram, "BPMNPlane"));
    for shape in planes.flat_map(|plane| plane.children(Space::Diagram, "BPMNShape")) {
        let bounds = shape.child(Space::Dc, "Bounds");
        let number = |name| {
            let number: f64 = bounds?.attribute(name)?.trim().parse().ok()?;
            (number.abs() <= 1e6).then_some(number)
        };
        if let (Some(of), Some(x), Some(y)) = (shape.attribute("bpmnElement"), number("x"), number("y")) {
            let size = |name, usual: i64| number(name).unwrap_or(usual as f64);
            places.entry(of).or_insert([x, y, size("width", USUAL_CELL.0), size("height", USUAL_CELL.1)]);
        }
    }
    places
}

struct Node<'x> {
    element: &'x Element,
    sort: Sort,
    ours: Option<OurBlock>,
    outgoing: Vec<usize>,
    incoming: Vec<usize>,
    /// For a choice: the task whose outcomes these are.
    of: Option<usize>,
    /// For a block: the choice that names its outcomes, and the events attached to it.
    choice: Option<usize>,
    events: Vec<usize>,
}

struct Flow<'x> {
    element: &'x Element,
    from: usize,
    to: usize,
}

/// The elements of all processes and how they are connected.
struct Graph<'x> {
    nodes: Vec<Node<'x>>,
    flows: Vec<Flow<'x>>,
}

/// The blocks in the file's order, which of them are guesses, and each one's id by its node.
struct Blocks {
    blocks: Vec<(BlockId, BlockFile)>,
    guessed: Vec<BlockId>,
    ids: HashMap<usize, BlockId>,
}

impl<'x> Graph<'x> {
    fn of(processes: &[&'x Element]) -> Result<Self, BpmnError> {
        let mut nodes = Vec::new();
        let mut index = HashMap::new();
        let inside = || processes.iter().flat_map(|process| &process.children);
        for element in inside().filter(|element| element.space == Space::Model) {
            let ours = element.extension("block").map(said::<OurBlock>).transpose()?;
            let sort = if ours.is_some() { Some(Sort::Block) } else { guess::sort(&element.name) };
            let Some(sort) = sort else { continue };
            if nodes.len() >= MAX_NODES {
                return Err(too_many_blocks());
            }
            index.entry(element.attribute("id").unwrap_or_default()).or_insert(nodes.len());
            let (outgoing, incoming, events) = Default::default();
            nodes.push(Node { element, sort, ours, outgoing, incoming, of: None, choice: None, events });
        }
        let mut flows = Vec::new();
        for element in inside().filter(|element| element.is(Space::Model, "sequenceFlow")) {
            let end = |name| element.attribute(name).and_then(|id| index.get(id)).copied();
            if let (Some(from), Some(to)) = (end("sourceRef"), end("targetRef")) {
                nodes[from].outgoing.push(flows.len());
                nodes[to].incoming.push(flows.len());
                flows.push(Flow { element, from, to });
            }
        }
        let mut graph = Self { nodes, flows };
        for node in 0..graph.nodes.len() {
            let attached = graph.nodes[node].element.attribute("attachedToRef");
            match graph.nodes[node].sort {
                Sort::Choice => graph.give_to_its_task(node),
                Sort::Boundary => {
                    if let Some(task) = attached.and_then(|id| index.get(id)) {
                        graph.nodes[*task].events.push(node);
                        graph.nodes[node].of = Some(*task);
                    }
                }
                Sort::Start | Sort::Block => {}
            }
        }
        if graph.blocks().nth(MAX_BLOCKS).is_some() {
            return Err(too_many_blocks());
        }
        Ok(graph)
    }

    /// A choice that only one task leads to names the task's outcomes; what leads straight out of that task besides
    /// is a further one.
    fn give_to_its_task(&mut self, choice: usize) {
        let [flow] = self.nodes[choice].incoming[..] else { return };
        let task = self.flows[flow].from;
        let before = &self.nodes[task];
        if before.sort == Sort::Block && before.choice.is_none() && before.element.name != "parallelGateway" {
            self.nodes[task].choice = Some(choice);
            self.nodes[choice].of = Some(task);
        }
    }

    /// What is attached to nothing is no part of the flow; a choice with one way on is only a bend in it.
    fn is_block(&self, node: usize) -> bool {
        let node = &self.nodes[node];
        match node.sort {
            Sort::Block => true,
            Sort::Choice => node.of.is_none() && node.outgoing.len() != 1,
            Sort::Start | Sort::Boundary => false,
        }
    }

    fn blocks(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|node| self.is_block(*node))
    }

    /// The block that a flow to this element leads to.
    fn leads_to(&self, mut node: usize) -> Option<usize> {
        for _ in 0..MAX_BENDS {
            if self.is_block(node) {
                return Some(node);
            }
            node = match (self.nodes[node].sort, self.nodes[node].of) {
                (Sort::Choice, None) => self.flows[*self.nodes[node].outgoing.first()?].to,
                (_, of) => of?,
            };
        }
        None
    }

    /// The block that the first start event leads to.
    fn start(&self) -> Option<usize> {
        let starts = self.nodes.iter().filter(|node| node.sort == Sort::Start);
        starts.flat_map(|node| &node.outgoing).find_map(|flow| self.leads_to(self.flows[*flow].to))
    }

    /// The first block that nothing leads to, else the first.
    fn first(&self) -> Option<usize> {
        let open = |node: &usize| self.nodes[*node].incoming.is_empty();
        self.blocks().find(open).or_else(|| self.blocks().next())
    }

    fn read_blocks(
        &self,
        place: impl Fn(&[f64; 4]) -> [f64; 2],
        places: &HashMap<&str, [f64; 4]>,
    ) -> Result<Blocks, BpmnError> {
        let ids = self.ids()?;
        let (mut blocks, mut guessed) = (Vec::with_capacity(ids.len()), Vec::new());
        for node in self.blocks() {
            let element = self.nodes[node].element;
            let bounds = places.get(element.attribute("id").unwrap_or_default());
            let id = ids[&node].clone();
            let block = match &self.nodes[node].ours {
                Some(ours) => BlockFile {
                    kind: ours.kind.clone(),
                    params: ours.params.clone(),
                    next: self.next(node, &ours.kind, &ours.loose, &ids)?,
                    max_visits: ours.max_visits,
                    at: match bounds {
                        Some(bounds) if moved(ours, bounds) => Some(place(bounds)),
                        _ => ours.at(),
                    },
                },
                None => {
                    guessed.push(id.clone());
                    let kind = guess::kind(&element.name, self.nodes[node].outgoing.len());
                    let next = self.next(node, kind, &[], &ids)?;
                    let at = bounds.map(&place);
                    BlockFile { kind: kind.into(), params: Value::Null, next, max_visits: None, at }
                }
            };
            blocks.push((id, block));
        }
        let parallels: Vec<BlockId> =
            blocks.iter().filter(|(_, block)| block.kind == "parallel").map(|(id, _)| id.clone()).collect();
        let parallels: Vec<&BlockId> = parallels.iter().collect();
        let drafts: HashSet<&BlockId> = guessed.iter().collect();
        for (_, block) in blocks.iter_mut().filter(|(id, _)| drafts.contains(id)) {
            block.params = guess::params(&block.kind, &block.next, &parallels);
        }
        Ok(Blocks { blocks, guessed, ids })
    }

    /// Each block's id, by its node: our own first, so that a drawn one never takes it.
    fn ids(&self) -> Result<HashMap<usize, BlockId>, BpmnError> {
        let (mut ids, mut taken) = (HashMap::new(), HashSet::new());
        let (known, new): (Vec<usize>, Vec<usize>) =
            self.blocks().partition(|node| self.nodes[*node].ours.is_some());
        for node in known.into_iter().chain(new) {
            let element = self.nodes[node].element;
            let attribute = |name| element.attribute(name).unwrap_or_default();
            let id = match &self.nodes[node].ours {
                Some(ours) => guess::free(ours.id.as_str(), &taken),
                None => guess::id(attribute("name"), attribute("id"), &taken),
            };
            let id = id.ok_or_else(too_many_blocks)?;
            taken.insert(id.clone());
            ids.insert(node, id);
        }
        Ok(ids)
    }

    /// Where a block's outcomes lead.
    fn next(
        &self,
        node: usize,
        kind: &str,
        loose: &[(usize, String, BlockId)],
        ids: &HashMap<usize, BlockId>,
    ) -> Result<Vec<(String, BlockId)>, BpmnError> {
        let choice = self.nodes[node].choice;
        let chosen = choice.into_iter().flat_map(|choice| &self.nodes[choice].outgoing);
        let straight = self.nodes[node].outgoing.iter();
        let straight = straight.filter(|flow| choice.is_none_or(|choice| self.flows[**flow].to != choice));
        let own = chosen.chain(straight).map(|flow| (*flow, None));
        let events = self.nodes[node].events.iter().flat_map(|event| {
            let flows = &self.nodes[*event].outgoing;
            flows.iter().map(|flow| (*flow, Some(self.nodes[*event].element)))
        });
        let mut next: Vec<(String, BlockId)> = Vec::new();
        let mut taken = HashSet::new();
        for (flow, event) in own.chain(events) {
            let Some(to) = self.leads_to(self.flows[flow].to).and_then(|node| ids.get(&node)) else {
                continue;
            };
            let named = outcome(self.flows[flow].element, event)?;
            // The branches of a parallel block are codes, because its parameters name them.
            let named = match self.nodes[node].ours {
                None if kind == "parallel" => named.map(|name| guess::code(&name)),
                _ => named,
            };
            let named = named.filter(|name| !name.is_empty() || self.nodes[node].ours.is_some());
            let named = named.unwrap_or_else(|| guess::outcome(kind, next.len()));
            next.push((unlike(named, &mut taken), to.clone()));
            if next.len() > MAX_OUTCOMES {
                return Err(BpmnError::too_large(
                    format!("一个积木有超过 {MAX_OUTCOMES} 个结果"),
                    format!("a block has more than {MAX_OUTCOMES} outcomes"),
                ));
            }
        }
        for (at, outcome, to) in loose.iter().take(MAX_OUTCOMES) {
            let named = unlike(outcome.clone(), &mut taken);
            next.insert((*at).min(next.len()), (named, to.clone()));
        }
        Ok(next)
    }
}

/// The outcome that a sequence flow names: exactly what we wrote unless somebody renamed it since.
fn outcome(flow: &Element, event: Option<&Element>) -> Result<Option<String>, BpmnError> {
    let drawn = plain(flow.attribute("name").unwrap_or_default());
    if let Some(found) = flow.extension("outcome") {
        let written: String = said(found)?;
        if plain(&written) == drawn {
            return Ok(Some(written));
        }
    }
    let drawn = match event {
        Some(event) if drawn.is_empty() => plain(event.attribute("name").unwrap_or_default()),
        _ => drawn,
    };
    if !drawn.is_empty() {
        return Ok(Some(drawn));
    }
    Ok(event.map(|event| guess::event(event.children.iter().map(|child| child.name.clone())).to_owned()))
}

/// The outcome itself, or with a number behind it where the block has it already.
fn unlike(outcome: String, taken: &mut HashSet<String>) -> String {
    let mut named = outcome.clone();
    let mut number = 2;
    while taken.contains(&named) {
        named = format!("{outcome}_{number}");
        number += 1;
    }
    taken.insert(named.clone());
    named
}

fn moved(ours: &OurBlock, [x, y, ..]: &[f64; 4]) -> bool {
    (x - ours.drawn[0] as f64).abs() >= 0.5 || (y - ours.drawn[1] as f64).abs() >= 0.5
}

/// The designer's place of an element that is drawn here: by its middle, because elements differ in size.
fn place([x, y, width, height]: &[f64; 4], scale: f64, cell: (i64, i64)) -> [f64; 2] {
    let corner = |from: f64, size: f64, cell: i64| ((from + (size - cell as f64) / 2.0) / scale).round();
    [corner(*x, *width, cell.0), corner(*y, *height, cell.1)]
}
