//! Writes a flow as BPMN 2.0 with its diagram.

use std::collections::HashSet;

use super::super::definition::{BlockId, FlowFile};
use super::super::kinds;
use super::OURS;
use super::draw::{Bounds, Drawing, Edge, Node, Stands};
use super::ours::{OurBlock, OurFlow, escaped, json, plain};
use super::tree::{DC, DI, DIAGRAM, MODEL};
use crate::domain::Texts;

/// The flow as a BPMN 2.0 file (XML with diagram) that opens in BPMN editors and that [`super::from_bpmn`] reads back
/// exactly. Blocks are expected to have different ids, and their outcomes different names, as in every flow that was
/// read from a file.
pub fn to_bpmn(file: &FlowFile) -> String {
    let drawing = Drawing::of(file);
    let mut page = Page::default();
    page.line("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
    page.open(&format!(
        "bpmn:definitions xmlns:bpmn=\"{MODEL}\" xmlns:bpmndi=\"{DIAGRAM}\" xmlns:dc=\"{DC}\" xmlns:di=\"{DI}\" \
         xmlns:miaopi=\"{OURS}\" id=\"Definitions\" targetNamespace=\"{OURS}\" exporter=\"Miaopi\" \
         exporterVersion=\"1\""
    ));
    process(&mut page, file, &drawing);
    diagram(&mut page, &drawing);
    page.close();
    page.text
}

fn process(page: &mut Page, file: &FlowFile, drawing: &Drawing<'_>) {
    page.open(&format!("bpmn:process id=\"Flow\"{} isExecutable=\"false\"", name(&file.name.zh)));
    page.leaf("bpmn:documentation", &file.name.en);
    extension(page, "flow", &json(&OurFlow::of(file)));
    let mut touching = vec![(Vec::new(), Vec::new()); drawing.nodes.len()];
    for edge in &drawing.edges {
        touching[edge.to].0.push(edge.id.as_str());
        touching[edge.from].1.push(edge.id.as_str());
    }
    let known = file.blocks.iter().map(|(id, _)| id).collect();
    for (node, (incoming, outgoing)) in drawing.nodes.iter().zip(&touching) {
        node_begins(page, file, &known, node);
        for id in incoming {
            page.leaf("bpmn:incoming", id);
        }
        for id in outgoing {
            page.leaf("bpmn:outgoing", id);
        }
        page.close();
    }
    for edge in &drawing.edges {
        sequence_flow(page, drawing, edge);
    }
    if let Some(node) = drawing.person {
        page.open("bpmn:textAnnotation id=\"Person\"");
        page.leaf("bpmn:text", "客户随时可以找人\nMay be asked for at any time");
        page.close();
        let to = &drawing.nodes[node].id;
        page.line(&format!(
            "<bpmn:association id=\"ToPerson\" associationDirection=\"None\" sourceRef=\"Person\" targetRef=\"{to}\" />"
        ));
    }
    page.close();
}

fn node_begins(page: &mut Page, file: &FlowFile, known: &HashSet<&BlockId>, node: &Node) {
    let (id, tag) = (&node.id, node.tag);
    match node.stands {
        Stands::Start => {
            page.open(&format!("bpmn:startEvent id=\"{id}\" name=\"开始\""));
            page.leaf("bpmn:documentation", "Start");
        }
        Stands::Choice(block) => {
            page.open(&format!("bpmn:exclusiveGateway id=\"{id}\""));
            page.leaf("bpmn:documentation", &format!("Outcome of {}", file.blocks[block].0));
        }
        Stands::Block(block) => {
            let (block_id, block) = &file.blocks[block];
            let kind = kinds::kind(&block.kind);
            let called = kind.map_or_else(|| Texts::new(&*block.kind, &*block.kind), |kind| kind.name());
            let title = format!("{}\n{block_id}", plain(&called.zh));
            page.open(&format!("bpmn:{tag} id=\"{id}\" name=\"{}\"", escaped(&title)));
            let help = kind.map_or_else(|| "No such kind of block.".into(), |kind| kind.help().en);
            page.leaf("bpmn:documentation", &format!("{} ({block_id}): {help}", plain(&called.en)));
            let drawn = [node.bounds.x, node.bounds.y];
            extension(page, "block", &json(&OurBlock::of(block_id, block, drawn, known)));
        }
    }
}

fn sequence_flow(page: &mut Page, drawing: &Drawing<'_>, edge: &Edge<'_>) {
    let (from, to) = (&drawing.nodes[edge.from].id, &drawing.nodes[edge.to].id);
    let name = edge.outcome.map(name).unwrap_or_default();
    let tag = format!("bpmn:sequenceFlow id=\"{}\"{name} sourceRef=\"{from}\" targetRef=\"{to}\"", edge.id);
    match edge.outcome {
        // What a name in a diagram cannot hold.
        Some(outcome) if plain(outcome) != outcome || outcome.is_empty() => {
            page.open(&tag);
            extension(page, "outcome", &json(&outcome));
            page.close();
        }
        _ => page.line(&format!("<{tag} />")),
    }
}

fn diagram(page: &mut Page, drawing: &Drawing<'_>) {
    page.open("bpmndi:BPMNDiagram id=\"Diagram\"");
    page.open("bpmndi:BPMNPlane id=\"Plane\" bpmnElement=\"Flow\"");
    for node in &drawing.nodes {
        let marked = if node.tag == "exclusiveGateway" { " isMarkerVisible=\"true\"" } else { "" };
        shape(page, &node.id, marked, &node.bounds);
    }
    for edge in &drawing.edges {
        way(page, &edge.id, &edge.way.points, edge.way.label.as_ref());
    }
    if let Some(node) = drawing.person {
        let Bounds { x, y, height, .. } = drawing.nodes[node].bounds;
        let note = Bounds { x: x - 10, y: y + height + 12, width: 200, height: 36 };
        shape(page, "Person", "", &note);
        way(page, "ToPerson", &[(x + 20, note.y), (x + 20, y + height)], None);
    }
    page.close();
    page.close();
}

fn shape(page: &mut Page, of: &str, more: &str, bounds: &Bounds) {
    page.open(&format!("bpmndi:BPMNShape id=\"{of}_di\" bpmnElement=\"{of}\"{more}"));
    page.bounds(bounds);
    page.close();
}

fn way(page: &mut Page, of: &str, points: &[(i64, i64)], label: Option<&Bounds>) {
    page.open(&format!("bpmndi:BPMNEdge id=\"{of}_di\" bpmnElement=\"{of}\""));
    for (x, y) in points {
        page.line(&format!("<di:waypoint x=\"{x}\" y=\"{y}\" />"));
    }
    if let Some(bounds) = label {
        page.open("bpmndi:BPMNLabel");
        page.bounds(bounds);
        page.close();
    }
    page.close();
}

fn extension(page: &mut Page, name: &str, content: &str) {
    page.open("bpmn:extensionElements");
    page.leaf(&format!("miaopi:{name}"), content);
    page.close();
}

/// As an attribute with the blank before it; nothing for a name of blanks.
fn name(text: &str) -> String {
    match plain(text) {
        name if name.is_empty() => name,
        name => format!(" name=\"{}\"", escaped(&name)),
    }
}

/// XML with one element a line.
#[derive(Default)]
struct Page {
    text: String,
    open: Vec<String>,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.open.len()));
        self.text.push_str(line);
        self.text.push('\n');
    }

    /// Opens an element: its name, and its attributes as they are written.
    fn open(&mut self, tag: &str) {
        self.line(&format!("<{tag}>"));
        self.open.push(tag.split(' ').next().unwrap_or_default().to_owned());
    }

    fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.line(&format!("</{name}>"));
        }
    }

    fn leaf(&mut self, name: &str, content: &str) {
        self.line(&format!("<{name}>{}</{name}>", escaped(content)));
    }

    fn bounds(&mut self, Bounds { x, y, width, height }: &Bounds) {
        self.line(&format!("<dc:Bounds x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" />"));
    }
}
