//! Splits a case into branches that run side by side, and joins them again.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::definition::BlockId;
use super::shape::{About, BadParams, Class, KindOf, Need, Shape, Work};

pub(crate) struct Parallel;
pub(crate) struct Join;

/// Parameters of `parallel`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Branches {
    /// Names of the branches, from 2 on. Each is an outcome to connect.
    pub branches: Vec<String>,
}

impl KindOf for Parallel {
    type Params = Branches;
    const ABOUT: About = About {
        key: "parallel",
        class: Class::Control,
        name: ("并行", "Parallel"),
        help: ("同时进行多个分支。", "Runs several branches at the same time."),
        budget_ms: 0,
        example: r#"{"branches": ["one", "two"]}"#,
    };

    fn shape(params: Branches) -> Result<Shape, BadParams> {
        BadParams::unless_codes("branches", &params.branches)?;
        if params.branches.len() < 2 {
            return Err(BadParams::at("branches", "至少需要两个分支", "name at least two branches"));
        }
        let outcomes: Vec<&str> = params.branches.iter().map(String::as_str).collect();
        Ok(Shape::of(Work::Parallel, &outcomes))
    }
}

/// Parameters of `join`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Joined {
    /// The parallel block whose branches come together here.
    #[schemars(with = "String")]
    pub of: BlockId,
    /// How many branches are waited for; the others are cancelled.
    pub need: Need,
}

impl KindOf for Join {
    type Params = Joined;
    const ABOUT: About = About {
        key: "join",
        class: Class::Control,
        name: ("汇合", "Join"),
        help: ("等待并行分支汇合后继续。", "Waits for parallel branches and goes on."),
        budget_ms: 0,
        example: r#"{"of": "checks", "need": "all"}"#,
    };

    fn shape(params: Joined) -> Result<Shape, BadParams> {
        if params.need.count(usize::MAX) == 0 {
            return Err(BadParams::at("need", "至少等待一个分支", "wait for at least one branch"));
        }
        Ok(Shape::of(Work::Join { of: params.of, need: params.need }, &["done"]))
    }
}
