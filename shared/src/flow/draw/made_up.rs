//! Flows of any length for tests and measurements.

use serde_json::json;

use super::canvas::{Canvas, Drawn};
use super::edits::Edit;
use super::layout::{self, COLUMN};
use crate::domain::Texts;

/// A made-up flow with so many blocks (at least 4): reviews in rows, each handing on to the next, and one end.
pub fn long_flow(blocks: usize) -> Canvas {
    let mut canvas = Canvas::empty("long-flow", Texts::new("很长的流程", "A long flow"));
    let reviews = blocks.max(4) - 1;
    let add = |canvas: &mut Canvas, id: String, kind: &str, params, at| {
        let _ = canvas.apply(Edit::Add(Box::new(Drawn::new(id, kind, params, at))));
    };
    for i in 0..reviews {
        let at = [COLUMN * (i / 10) as f64, layout::height(5) * 1.4 * (i % 10) as f64];
        let params =
            json!({"queue": "identity", "due_minutes": 240, "may": ["approve", "decline", "request_more"]});
        add(&mut canvas, format!("review_{}", i + 1), "manual-review", params, at);
    }
    let at = [COLUMN * (reviews / 10 + 1) as f64, 0.0];
    add(&mut canvas, "end".into(), "end", json!({"decision": "declined", "reason": "made_up"}), at);
    let id = |i: usize| if i < reviews { format!("review_{}", i + 1) } else { "end".into() };
    for i in 0..reviews {
        for (outcome, to) in [
            ("approve", i + 1),
            ("request_more", (i + 10).min(reviews)),
            ("decline", (i + 11).min(reviews)),
            ("expired", reviews),
        ] {
            let _ = canvas.apply(Edit::Connect { from: id(i), outcome: outcome.into(), to: id(to) });
        }
    }
    let _ = canvas.apply(Edit::SetPerson(Some(id(0))));
    canvas
}
