//! What keeps a drawn flow from going live, found while it is drawn.

use serde_json::Value;

use super::canvas::Canvas;
use super::ids;
use crate::domain::{ProductTerms, Texts};
use crate::flow::{Baseline, Finding, Flow, FlowError, FlowFile, check_against, expand, for_sale};

/// One thing to put right.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Stable code.
    pub code: String,
    /// Only worth a look: the flow may go live with it.
    pub hint: bool,
    /// The block to go to; `None` for the flow as a whole.
    pub block: Option<String>,
    /// What is wrong and what to do.
    pub text: Texts,
    /// A path that shows it, from the start; may be empty.
    pub path: Vec<String>,
}

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        let path = finding.path.iter().map(ToString::to_string).collect();
        let hint = !finding.forbids();
        Self {
            hint,
            code: finding.code,
            block: finding.block.map(|id| id.to_string()),
            text: finding.text,
            path,
        }
    }
}

impl Problem {
    /// The same with blocks that are drawn: one inside a sub-flow is the block that stands for it.
    pub fn on(mut self, canvas: &Canvas) -> Self {
        let drawn = |id: String| {
            let parts = || canvas.blocks().iter().filter(|block| block.kind == "sub-flow");
            let within = parts()
                .find(|part| id.strip_prefix(part.id.as_str()).is_some_and(|rest| rest.starts_with('_')));
            match within {
                Some(part) if canvas.block(&id).is_none() => part.id.clone(),
                _ => id,
            }
        };
        self.block = self.block.map(drawn);
        self.path = self.path.into_iter().map(drawn).collect();
        self.path.dedup();
        self
    }

    /// A problem as the server writes one in JSON; `None` where it is none.
    pub fn read(value: &Value) -> Option<Self> {
        let text = |key: &str| value.get(key)?.as_str().map(str::to_owned);
        let texts = value.get("text").cloned().and_then(|texts| serde_json::from_value(texts).ok())?;
        let path = value.get("path").and_then(Value::as_array).into_iter().flatten();
        let path = path.filter_map(|id| id.as_str().map(str::to_owned)).collect();
        let hint = text("severity").as_deref() == Some("hint");
        Some(Self { code: text("code")?, hint, block: text("block"), text: texts, path })
    }

    fn new(code: &str, block: Option<&str>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        let (code, block) = (code.to_owned(), block.map(str::to_owned));
        Self { code, hint: false, block, text: Texts::new(zh, en), path: Vec::new() }
    }
}

/// Versions of flows by their hashes: what sub-flows contain.
pub type Parts<'a> = &'a dyn Fn(&str) -> Option<FlowFile>;

/// Everything that is wrong: what the drawing lacks, then the structure, then, once that is sound, the platform's rules and
/// the company's own beside them. What is wrong inside a sub-flow is said at the block that stands for it.
pub fn problems(canvas: &Canvas, company: Option<&Baseline>, parts: Parts) -> Vec<Problem> {
    let found = all_problems(canvas, company, parts);
    found.into_iter().map(|problem| problem.on(canvas)).collect()
}

fn all_problems(canvas: &Canvas, company: Option<&Baseline>, parts: Parts) -> Vec<Problem> {
    let flow = match sound(canvas, parts) {
        Ok(flow) => flow,
        Err(problems) => return problems,
    };
    let rules = Baseline::platform().and_then(|platform| match company {
        Some(company) => platform.with(company.clone()),
        None => Ok(platform),
    });
    match rules {
        Ok(rules) => {
            check_against(&flow, &rules).into_iter().chain(for_sale(&flow)).map(Problem::from).collect()
        }
        Err(broken) => vec![Problem::new(broken.code(), None, "规则无法读取。", broken.to_string())],
    }
}

/// The flow as it would run.
///
/// # Errors
/// Everything that keeps it from running; never empty.
pub fn sound(canvas: &Canvas, parts: Parts) -> Result<Flow, Vec<Problem>> {
    let mut problems = lacking(canvas);
    let mut whole = canvas.clone();
    // What is said above need not hide what is wrong elsewhere.
    if problems.iter().any(|problem| problem.code == "flow_start_missing") {
        whole.start = whole.blocks.first().map(|block| block.id.clone());
    }
    if problems.iter().any(|problem| problem.code == "flow_bad_product") {
        whole.product = None;
    }
    if whole.is_empty() || problems.iter().any(|problem| problem.code == "flow_bad_id") {
        return Err(problems);
    }
    let plain = |file| expand(file, parts).map_err(FlowError::Unsound);
    match serde_json::from_value::<FlowFile>(whole.write()).map(|file| plain(file).and_then(Flow::from_file))
    {
        Ok(Ok(flow)) if problems.is_empty() => return Ok(flow),
        Ok(Ok(_)) => {}
        Ok(Err(FlowError::Unsound(findings))) => {
            let invented = problems.iter().any(|problem| problem.code == "flow_start_missing");
            let about_start = |finding: &Finding| invented && finding.code == "flow_unreachable";
            problems.extend(findings.into_iter().filter(|finding| !about_start(finding)).map(Problem::from));
        }
        Ok(Err(other)) => {
            problems.push(Problem::new(other.code(), None, "这个流程无法读取。", other.to_string()))
        }
        Err(unreadable) => {
            let en = format!("The flow cannot be read: {unreadable}.");
            problems.push(Problem::new(
                "flow_unreadable",
                None,
                format!("这个流程无法读取：{unreadable}。"),
                en,
            ));
        }
    }
    Err(problems)
}

/// What the drawing itself lacks.
fn lacking(canvas: &Canvas) -> Vec<Problem> {
    let mut problems = Vec::new();
    if canvas.is_empty() {
        let en = "The canvas is still empty: add the first block from the list on the left.";
        problems.push(Problem::new("flow_empty", None, "画布还是空的：请从左侧添加第一个积木。", en));
        return problems;
    }
    if !canvas.name.is_complete() {
        let en = "Give the flow a name in both languages.";
        problems.push(Problem::new("flow_unnamed", None, "请为流程填写中英文名称。", en));
    }
    if canvas.start.as_deref().is_none_or(|start| canvas.block(start).is_none()) {
        let en = "Say in which block a case starts.";
        problems.push(Problem::new("flow_start_missing", None, "请指定案件从哪个积木开始。", en));
    }
    if let Some(product) = &canvas.product
        && let Err(bad) = serde_json::from_value::<ProductTerms>(product.clone())
    {
        let en = format!("What the product sells is not complete: {bad}.");
        problems.push(Problem::new("flow_bad_product", None, format!("产品条款不完整：{bad}。"), en));
    }
    for block in canvas.blocks().iter().filter(|block| !ids::well_formed(&block.id)) {
        let en =
            "This is no block id: start with a lower-case letter, then lower-case letters, digits and _.";
        let zh = "积木编号不合规：以小写字母开头，只含小写字母、数字和下划线。";
        problems.push(Problem::new("flow_bad_id", Some(&block.id), zh, en));
    }
    problems
}
