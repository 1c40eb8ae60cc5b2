//! What a flow needs besides the rules before a company can sell by it: a key that fits into addresses, names, and the
//! product's terms.

use super::super::definition::Flow;
use super::super::finding::Finding;

/// Lengths of a key, characters.
const KEY: std::ops::RangeInclusive<usize> = 3..=40;

/// Names that the pages about flows have in their addresses.
const TAKEN: [&str; 4] = ["design", "drafts", "rules", "versions"];

/// Whether a text can be a flow's key: 3 to 40 lower-case letters, digits and hyphens, beginning with a letter,
/// and not one of the names that the pages' addresses have.
pub fn is_key(text: &str) -> bool {
    KEY.contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !TAKEN.contains(&text)
}

/// Findings for what is missing of these.
pub fn for_sale(flow: &Flow) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut need = |holds: bool, code: &str, zh: &str, en: &str| {
        if !holds {
            findings.push(Finding::new(code, None, zh, en));
        }
    };
    need(
        is_key(&flow.key),
        "flow_key_form",
        "流程标识须为 3 到 40 个小写字母、数字或连字符，并以字母开头",
        "the key needs 3 to 40 lower-case letters, digits and hyphens and begins with a letter",
    );
    need(
        flow.name.is_complete(),
        "flow_name_form",
        "请填写流程的中英文名称",
        "give the flow a name in both languages",
    );
    let Some(terms) = &flow.product else {
        need(
            false,
            "flow_product_missing",
            "请说明这个流程销售什么：车辆、方案种类和首付",
            "say what the flow sells: vehicles, kinds of plan and down payment",
        );
        return findings;
    };
    need(
        !terms.kinds.is_empty(),
        "flow_product_no_kind",
        "请至少选择一种方案",
        "choose at least one kind of plan",
    );
    let (least, usual) = (terms.least_down_payment_percent, terms.usual_down_payment_percent);
    need(
        least <= usual && usual < 100,
        "flow_product_down_payment",
        "最低首付不得高于通常首付，且都须低于 100%",
        "the least down payment is at most the usual one, and both are below 100 %",
    );
    findings
}
