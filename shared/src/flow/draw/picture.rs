//! The flow as a picture: an SVG file that stands alone. Its parts bear classes, so that a page that shows it can dress
//! them for the dark.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::canvas::Canvas;
use super::edge::{Box2, route};
use super::layout::{HEAD, PORT, WIDTH};
use crate::domain::Lang;
use crate::flow::kind;

/// Room around the blocks.
const MARGIN: f64 = 40.0;

/// What is painted onto blocks and connections besides.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Marks {
    /// By id of the block.
    pub blocks: BTreeMap<String, Mark>,
    /// By id of the block and outcome.
    pub outcomes: BTreeMap<(String, String), Mark>,
}

/// A colour and a few words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mark {
    /// The colour.
    pub tone: Tone,
    /// The words; empty for the colour alone.
    pub words: String,
}

/// What a colour means.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tone {
    /// Nothing in particular.
    #[default]
    Plain,
    /// New, or well.
    Good,
    /// Otherwise than before, or worth a look.
    Warn,
    /// Gone, or failed.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Good => " f-good",
            Self::Warn => " f-warn",
            Self::Bad => " f-bad",
        }
    }

    /// Colours of a line and of words, readable on white.
    fn colours(self) -> [&'static str; 2] {
        match self {
            Self::Plain => ["#78887f", "#52615a"],
            Self::Good => ["#0b6b57", "#0b6b57"],
            Self::Warn => ["#b26a00", "#8a5200"],
            Self::Bad => ["#b3261e", "#b3261e"],
        }
    }
}

/// The SVG of a canvas; `name` says what an outcome of a kind of block is called.
pub fn picture(canvas: &Canvas, lang: Lang, name: &dyn Fn(&str, &str) -> String, marks: &Marks) -> String {
    let boxes: Vec<Box2> = canvas.blocks().iter().map(|block| Box2::of(block)).collect();
    let left = boxes.iter().map(|b| b.at[0]).fold(f64::INFINITY, f64::min).min(1e9);
    let top = boxes.iter().map(|b| b.at[1]).fold(f64::INFINITY, f64::min).min(1e9);
    let right = boxes.iter().map(|b| b.at[0] + WIDTH).fold(0.0, f64::max);
    let bottom = boxes.iter().map(|b| b.at[1] + b.height).fold(0.0, f64::max);
    let (left, top) = if boxes.is_empty() { (0.0, 0.0) } else { (left - MARGIN, top - MARGIN) };
    let (width, high) = (right - left + MARGIN, bottom - top + 2.0 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{left} {top} {width} {high}\" width=\"{width}\" height=\"{high}\" \
         font-family=\"system-ui, 'PingFang SC', 'Noto Sans SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif\">\n<title>{}</title>\n\
         <rect class=\"f-ground\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{high}\" fill=\"#f3f5f3\"/>\n",
        escaped(canvas.name.get(lang))
    );
    for (block, from) in canvas.blocks().iter().zip(&boxes) {
        for (row, port) in block.ports().iter().enumerate() {
            let to = port.to.as_deref().and_then(|to| canvas.position(to)).map(|place| boxes[place]);
            if let Some(to) = to {
                let tone = marks.outcome(&block.id, &port.outcome).map_or(Tone::Plain, |mark| mark.tone);
                let wide = if tone == Tone::Plain { "1.5" } else { "2.5" };
                let _ = writeln!(
                    svg,
                    "<path class=\"f-way{}\" d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{wide}\"/>",
                    tone.class(),
                    route(*from, row, to),
                    tone.colours()[0],
                );
            }
        }
    }
    for (block, place) in canvas.blocks().iter().zip(&boxes) {
        let [x, y] = place.at;
        let title =
            kind(&block.kind).map_or_else(|| block.kind.clone(), |kind| kind.name().get(lang).to_owned());
        let mark = marks.blocks.get(&block.id);
        let tone = mark.map_or(Tone::Plain, |mark| mark.tone);
        let _ = writeln!(
            svg,
            "<rect class=\"f-block{}\" x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{}\" rx=\"10\" fill=\"#fff\" stroke=\"{}\" \
             stroke-width=\"{}\"/>\n\
             <text x=\"{}\" y=\"{}\" font-size=\"15\" font-weight=\"600\" fill=\"#16211c\">{}</text>\n\
             <text class=\"f-id\" x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"#52615a\">{}</text>",
            tone.class(),
            place.height,
            tone.colours()[0],
            if tone == Tone::Plain { "1" } else { "2.5" },
            x + 14.0,
            y + 26.0,
            escaped(&title),
            x + 14.0,
            y + 46.0,
            escaped(&block.id),
        );
        if let Some(mark) = mark.filter(|mark| !mark.words.is_empty()) {
            svg.push_str(&words([x + WIDTH - 14.0, y + 46.0], "end", mark));
        }
        for (row, port) in block.ports().iter().enumerate() {
            let at = y + HEAD + PORT * (row as f64 + 0.5);
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"end\" fill=\"#16211c\">{}</text>\n<circle class=\"f-port\" cx=\"{}\" cy=\"{at}\" r=\"4\" fill=\"#0b6b57\"/>",
                x + WIDTH - 14.0,
                at + 4.0,
                escaped(&name(&block.kind, &port.outcome)),
                x + WIDTH,
            );
            if let Some(mark) = marks.outcome(&block.id, &port.outcome).filter(|mark| !mark.words.is_empty())
            {
                svg.push_str(&words([x + 14.0, at + 4.0], "start", mark));
            }
        }
    }
    svg + "</svg>\n"
}

impl Marks {
    fn outcome(&self, block: &str, outcome: &str) -> Option<&Mark> {
        if self.outcomes.is_empty() {
            return None;
        }
        self.outcomes.get(&(block.to_owned(), outcome.to_owned()))
    }
}

fn words([x, y]: [f64; 2], anchor: &str, mark: &Mark) -> String {
    let (class, colour) = (mark.tone.class(), mark.tone.colours()[1]);
    format!(
        "<text class=\"f-mark{class}\" x=\"{x}\" y=\"{y}\" font-size=\"12\" font-weight=\"600\" text-anchor=\"{anchor}\" \
         fill=\"{colour}\">{}</text>\n",
        escaped(&mark.words)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::draw::{Drawn, Edit};

    #[test]
    fn a_picture_shows_every_block_and_connection_and_escapes_what_people_wrote() {
        let mut canvas = crate::flow::draw::long_flow(5);
        let odd = Drawn::new("odd", "no <such> kind", serde_json::json!(null), [900.0, 0.0]);
        canvas.apply(Edit::Add(Box::new(odd))).unwrap();
        let svg = picture(&canvas, Lang::En, &|_, outcome| format!("«{outcome}»"), &Marks::default());
        assert_eq!(svg.matches("<path ").count(), canvas.connections().count());
        assert!(svg.contains("no &lt;such&gt; kind") && svg.contains("«approve»"));
        assert!(!svg.contains("class=\"f-mark"), "nothing is marked that was not asked for");
    }

    #[test]
    fn marks_stand_at_their_block_and_outcome() {
        let canvas = crate::flow::draw::long_flow(5);
        let (from, outcome, _) = canvas.connections().next().unwrap();
        let mark = |tone, words: &str| Mark { tone, words: words.to_owned() };
        let marks = Marks {
            blocks: BTreeMap::from([(from.to_owned(), mark(Tone::Warn, "3 < 4"))]),
            outcomes: BTreeMap::from([((from.to_owned(), outcome.to_owned()), mark(Tone::Bad, "12"))]),
        };
        let svg = picture(&canvas, Lang::En, &|_, outcome| outcome.to_owned(), &marks);
        assert_eq!(svg.matches("class=\"f-block f-warn\"").count(), 1);
        assert_eq!(svg.matches("class=\"f-way f-bad\"").count(), 1);
        assert!(svg.contains(">3 &lt; 4</text>") && svg.contains(">12</text>"));
    }
}
