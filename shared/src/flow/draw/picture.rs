//! The flow as a picture: an SVG file that stands alone.

use std::fmt::Write as _;

use super::canvas::Canvas;
use super::edge::{Box2, route};
use super::layout::{HEAD, PORT, WIDTH};
use crate::domain::Lang;
use crate::flow::kind;

/// Room around the blocks.
const MARGIN: f64 = 40.0;

/// The SVG of a canvas; `name` says what an outcome is called.
pub fn picture(canvas: &Canvas, lang: Lang, name: &dyn Fn(&str) -> String) -> String {
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
         <rect x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{high}\" fill=\"#f3f5f3\"/>\n",
        escaped(canvas.name.get(lang))
    );
    for (block, from) in canvas.blocks().iter().zip(&boxes) {
        for (row, port) in block.ports().iter().enumerate() {
            let to = port.to.as_deref().and_then(|to| canvas.position(to)).map(|place| boxes[place]);
            if let Some(to) = to {
                let _ = writeln!(
                    svg,
                    "<path d=\"{}\" fill=\"none\" stroke=\"#78887f\" stroke-width=\"1.5\"/>",
                    route(*from, row, to)
                );
            }
        }
    }
    for (block, place) in canvas.blocks().iter().zip(&boxes) {
        let [x, y] = place.at;
        let title =
            kind(&block.kind).map_or_else(|| block.kind.clone(), |kind| kind.name().get(lang).to_owned());
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{WIDTH}\" height=\"{}\" rx=\"10\" fill=\"#fff\" stroke=\"#78887f\"/>\n\
             <text x=\"{}\" y=\"{}\" font-size=\"15\" font-weight=\"600\" fill=\"#16211c\">{}</text>\n\
             <text x=\"{}\" y=\"{}\" font-size=\"12\" fill=\"#52615a\">{}</text>",
            place.height,
            x + 14.0,
            y + 26.0,
            escaped(&title),
            x + 14.0,
            y + 46.0,
            escaped(&block.id),
        );
        for (row, port) in block.ports().iter().enumerate() {
            let at = y + HEAD + PORT * (row as f64 + 0.5);
            let _ = writeln!(
                svg,
                "<text x=\"{}\" y=\"{}\" font-size=\"12\" text-anchor=\"end\" fill=\"#16211c\">{}</text>\n<circle cx=\"{}\" cy=\"{at}\" r=\"4\" fill=\"#0b6b57\"/>",
                x + WIDTH - 14.0,
                at + 4.0,
                escaped(&name(&port.outcome)),
                x + WIDTH,
            );
        }
    }
    svg + "</svg>\n"
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
        let svg = picture(&canvas, Lang::En, &|outcome| format!("«{outcome}»"));
        assert_eq!(svg.matches("<path ").count(), canvas.connections().count());
        assert!(svg.contains("no &lt;such&gt; kind") && svg.contains("«approve»"));
    }
}
