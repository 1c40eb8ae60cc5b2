//! What a new block of each kind begins with: parameters that fit, so that only the connections are left to draw.

use super::grid;
use serde_json::{Value, json};
use shared::flow::{draw::Canvas, kind};

/// The parameters of a new block: the kind's example, with a blank table and with a parallel block that there is.
pub fn starting_params(key: &str, canvas: &Canvas) -> Value {
    let mut params = kind(key).map(|kind| kind.example()).unwrap_or_else(|| json!({}));
    match key {
        "rule-table" => params["table"] = grid::blank(),
        "score-card" => params["table"] = grid::blank_of_points(),
        "join" => params["of"] = open_parallel(canvas).into(),
        _ => {}
    }
    params
}

/// A parallel block that has no join yet, else any.
fn open_parallel(canvas: &Canvas) -> &str {
    let joined: Vec<&str> =
        canvas.blocks().iter().filter_map(|block| block.params.get("of")?.as_str()).collect();
    let parallel =
        || canvas.blocks().iter().filter(|block| block.kind == "parallel").map(|block| block.id.as_str());
    parallel().find(|id| !joined.contains(id)).or(parallel().next()).unwrap_or("checks")
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::Texts;
    use shared::flow::catalogue;

    #[test]
    fn a_new_block_of_any_kind_fits_at_once() {
        let canvas = Canvas::empty("k", Texts::new("名", "n"));
        for kind in catalogue() {
            let params = starting_params(kind.key(), &canvas);
            assert!(kind.shape(&params).is_ok(), "{}: {params}", kind.key());
        }
    }
}
