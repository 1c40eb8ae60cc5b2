//! A stranger's XML as a tree of bounded size. Nothing that a file declares is expanded.

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

use super::{BpmnError, MAX_ATTRIBUTES, MAX_DEPTH, MAX_ELEMENTS, OURS};

pub(super) const MODEL: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";
pub(super) const DIAGRAM: &str = "http://www.omg.org/spec/BPMN/20100524/DI";
pub(super) const DC: &str = "http://www.omg.org/spec/DD/20100524/DC";
pub(super) const DI: &str = "http://www.omg.org/spec/DD/20100524/DI";

/// The namespaces that mean something to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    Model,
    Diagram,
    Dc,
    Ours,
    Other,
}

#[derive(Debug)]
pub(super) struct Element {
    pub space: Space,
    pub name: String,
    /// With their prefixes.
    attributes: Vec<(String, String)>,
    pub text: String,
    pub children: Vec<Element>,
    /// Where it begins, bytes from the start of the file.
    pub byte: usize,
}

impl Element {
    pub(super) fn is(&self, space: Space, name: &str) -> bool {
        self.space == space && self.name == name
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn children(&self, space: Space, name: &str) -> impl Iterator<Item = &Element> {
        self.children.iter().filter(move |child| child.is(space, name))
    }

    pub(super) fn child(&self, space: Space, name: &str) -> Option<&Element> {
        self.children(space, name).next()
    }

    /// Our own extension element of this name.
    pub(super) fn extension(&self, name: &str) -> Option<&Element> {
        self.children(Space::Model, "extensionElements").find_map(|all| all.child(Space::Ours, name))
    }
}

/// The file's root.
pub(super) fn parse(xml: &str) -> Result<Element, BpmnError> {
    grow(xml).map_err(|error| error.placed(xml))
}

fn grow(xml: &str) -> Result<Element, BpmnError> {
    let mut reader = NsReader::from_str(xml);
    let (mut open, mut root, mut elements) = (Vec::<Element>::new(), None, 0);
    loop {
        let byte = position(reader.buffer_position());
        let (space, event) = match reader.read_resolved_event() {
            Ok((resolved, event)) => (space(&resolved), event),
            Err(error) => return Err(not_xml(position(reader.error_position()), &error)),
        };
        match event {
            Event::Start(tag) | Event::Empty(tag) if open.is_empty() && root.is_some() => {
                let name = tag.local_name().into_inner();
                return Err(BpmnError::at_byte(byte, "有多个根元素", format!("a second root, {name}")));
            }
            Event::Start(tag) => {
                count(&mut elements)?;
                if open.len() >= MAX_DEPTH {
                    return Err(BpmnError::too_large(
                        format!("嵌套超过 {MAX_DEPTH} 层"),
                        format!("it is nested more than {MAX_DEPTH} levels deep"),
                    ));
                }
                open.push(element(&tag, space, byte)?);
            }
            Event::Empty(tag) => {
                count(&mut elements)?;
                let leaf = element(&tag, space, byte)?;
                close(leaf, &mut open, &mut root);
            }
            Event::End(_) => {
                if let Some(whole) = open.pop() {
                    close(whole, &mut open, &mut root);
                }
            }
            Event::Text(text) => write(&mut open, &text.xml10_content()),
            Event::CData(text) => write(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let text = referred(&reference, byte)?;
                write(&mut open, &text);
            }
            Event::DocType(_) => {
                return Err(BpmnError::at_byte(byte, "不接受 DOCTYPE", "a DOCTYPE is refused"));
            }
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match (open.last(), root) {
        (Some(left), _) => Err(BpmnError::at_byte(
            left.byte,
            format!("元素“{}”没有结束", left.name),
            format!("the element {} is never closed", left.name),
        )),
        (None, Some(root)) => Ok(root),
        (None, None) => Err(BpmnError::at_byte(xml.len(), "没有任何 XML 元素", "there is no XML element")),
    }
}

fn count(elements: &mut usize) -> Result<(), BpmnError> {
    *elements += 1;
    if *elements <= MAX_ELEMENTS {
        return Ok(());
    }
    Err(BpmnError::too_large(
        format!("超过 {MAX_ELEMENTS} 个元素"),
        format!("it has more than {MAX_ELEMENTS} elements"),
    ))
}

fn element(tag: &BytesStart<'_>, space: Space, byte: usize) -> Result<Element, BpmnError> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        // Counted before they are compared with each other.
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(BpmnError::too_large(
                format!("一个元素有超过 {MAX_ATTRIBUTES} 个属性"),
                format!("an element has more than {MAX_ATTRIBUTES} attributes"),
            ));
        }
        let attribute = attribute.map_err(|error| not_xml(byte, &error))?;
        let name = attribute.key.into_inner();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        attributes.push((name.to_owned(), value.map_err(|error| not_xml(byte, &error))?.into_owned()));
    }
    let name = tag.local_name().into_inner().to_owned();
    Ok(Element { space, name, attributes, text: String::new(), children: Vec::new(), byte })
}

fn close(whole: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(parent) => parent.children.push(whole),
        None => *root = Some(whole),
    }
}

fn write(open: &mut [Element], text: &str) {
    if let Some(inside) = open.last_mut() {
        inside.text.push_str(text);
    }
}

/// What `&name;` stands for: one of XML's own five, or a character by its number.
fn referred(reference: &BytesRef<'_>, byte: usize) -> Result<String, BpmnError> {
    if let Ok(Some(letter)) = reference.resolve_char_ref() {
        return Ok(letter.to_string());
    }
    resolve_predefined_entity(reference)
        .map(str::to_owned)
        .ok_or_else(|| BpmnError::at_byte(byte, "不接受自定义实体", "an entity of its own is refused"))
}

fn space(resolved: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(name) = resolved else { return Space::Other };
    match name.into_inner() {
        MODEL => Space::Model,
        DIAGRAM => Space::Diagram,
        DC => Space::Dc,
        OURS => Space::Ours,
        _ => Space::Other,
    }
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn not_xml(byte: usize, error: &dyn std::fmt::Display) -> BpmnError {
    BpmnError::at_byte(byte, format!("不是正确的 XML（{error}）"), format!("it is not sound XML ({error})"))
}
