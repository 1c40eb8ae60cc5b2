//! Stands for the blocks of another flow of the company. Before anything runs or is proved, they take its place.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape, Work};

pub(crate) struct SubFlow;

/// Parameters of `sub-flow`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// SHA-256 (hex) of the version that it contains.
    pub flow: String,
    /// The ends of that version by their ids: each is an outcome of this block.
    pub ends: Vec<String>,
}

/// Hex digits of a version's hash.
const HASH_DIGITS: usize = 64;

impl KindOf for SubFlow {
    type Params = Params;
    const ABOUT: About = About {
        key: "sub-flow",
        class: Class::Control,
        name: ("子流程", "Sub-flow"),
        help: (
            "包含本公司另一个流程的某个版本；提交时展开，它的每个结束就是这里的一个结果。",
            "Contains a version of another flow of the company; handing in puts its blocks here, and each of its ends is an outcome.",
        ),
        budget_ms: 0,
        example: r#"{"flow": "0000000000000000000000000000000000000000000000000000000000000000", "ends": ["clear", "unclear"]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        let digits = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if params.flow.len() != HASH_DIGITS || !params.flow.bytes().all(digits) {
            return Err(BadParams::at(
                "flow",
                "请填写流程版本的编号（64 位十六进制）",
                "give the version's hash: 64 hexadecimal digits",
            ));
        }
        BadParams::unless_codes("ends", &params.ends)?;
        let ends: Vec<&str> = params.ends.iter().map(String::as_str).collect();
        Ok(Shape::of(Work::Part, &ends))
    }
}
