//! Blocks on their way from one place to another: copied, cut, pasted, also through the system's clipboard.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::canvas::{Canvas, Drawn};
use super::ids;

/// Copied blocks, with the connections among them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Clip(Vec<Arc<Drawn>>);

impl Canvas {
    /// Copies these blocks; connections to others are left out.
    pub fn copy(&self, ids: &[String]) -> Clip {
        let copied = self.blocks.iter().filter(|block| ids.contains(&block.id)).map(|block| {
            let mut block = block.as_ref().clone();
            block.next.retain(|(_, to)| ids.contains(to));
            Arc::new(block)
        });
        Clip(copied.collect())
    }
}

impl Clip {
    /// Whether nothing was copied.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many blocks were copied.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The upper left corner of what was copied.
    pub fn corner(&self) -> [f64; 2] {
        let least = |axis: usize| self.0.iter().map(|block| block.at[axis]).fold(f64::INFINITY, f64::min);
        if self.0.is_empty() { [0.0, 0.0] } else { [least(0), least(1)] }
    }

    /// The clip as text for the system's clipboard: a flow file of nothing but its blocks.
    pub fn to_text(&self) -> String {
        let mut canvas = Canvas::empty("", crate::domain::Texts::new("", ""));
        canvas.blocks.clone_from(&self.0);
        json!({"miaopi": "blocks", "blocks": canvas.write()["blocks"]}).to_string()
    }

    /// Reads what [`Clip::to_text`] wrote; `None` for any other text.
    pub fn from_text(text: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(text).ok()?;
        if value.get("miaopi") != Some(&json!("blocks")) {
            return None;
        }
        Canvas::read(&value).ok().map(|canvas| Self(canvas.blocks))
    }

    /// The blocks under ids that the canvas does not have, naming each other by them.
    pub(super) fn fresh(&self, canvas: &Canvas, by: [f64; 2]) -> Vec<Drawn> {
        let mut taken: Vec<String> = canvas.blocks.iter().map(|block| block.id.clone()).collect();
        let mut new: HashMap<&str, String> = HashMap::new();
        for block in &self.0 {
            let free = ids::well_formed(&block.id) && !taken.contains(&block.id);
            let id =
                if free { block.id.clone() } else { ids::fresh(&block.id, taken.iter().map(String::as_str)) };
            taken.push(id.clone());
            new.insert(&block.id, id);
        }
        let pasted = self.0.iter().map(|block| {
            let mut block = block.as_ref().clone();
            block.id = new[block.id.as_str()].clone();
            ids::follow(&mut block, &|id| new.get(id).cloned());
            block.at = [block.at[0] + by[0], block.at[1] + by[1]];
            block.placed = true;
            block
        });
        pasted.collect()
    }
}
