//! Numbers that must stay within bounds: parameters of blocks, and the product's down payment against the law.

use serde_json::Value;

use super::super::definition::Flow;
use super::super::finding::{Finding, Severity};
use super::baseline::NamedRule;
use super::prove::broken;
use crate::domain::Limits;

/// Limits as the release ships them: where the law sets a share, flows are held against it before they go live, and
/// every offer again when it is made.
const LIMITS: &str = include_str!("../../../../assets/plans/limits.json");

/// A finding for every block of the kind whose parameter is outside, or cannot be told.
pub(super) fn out_of_bounds(
    flow: &Flow,
    named: &NamedRule,
    kind: &str,
    param: &str,
    least: Option<f64>,
    most: Option<f64>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for block in flow.blocks().iter().filter(|block| block.kind.key() == kind) {
        let schema = block.kind.schema();
        let default = schema["properties"][param]["default"].as_f64();
        match block.params.get(param).map_or(default, Value::as_f64) {
            Some(value)
                if least.is_none_or(|least| value >= least) && most.is_none_or(|most| value <= most) => {}
            Some(_) => findings.push(broken(named, Some(block))),
            None => findings.push(broken(named, Some(block)).weighing(Severity::Unproved)),
        }
    }
    findings
}

/// A finding when the product asks for less down payment than the law leaves to be paid.
pub(super) fn down_payment(flow: &Flow, named: &NamedRule) -> Vec<Finding> {
    let Some(product) = &flow.product else { return Vec::new() };
    let Ok(limits) = Limits::parse(LIMITS) else {
        return vec![broken(named, None).weighing(Severity::Unproved)];
    };
    let floor = limits.least_down_payment_percent(product.condition, product.new_energy);
    let mut findings = Vec::new();
    if product.least_down_payment_percent < floor {
        let mut finding = broken(named, None);
        let least = product.least_down_payment_percent;
        finding.text.zh = format!("{}：这类车辆至少 {floor}%，产品只要求 {least}%", finding.text.zh);
        finding.text.en = format!(
            "{}: at least {floor} % for these vehicles, and the product asks for {least} %",
            finding.text.en
        );
        findings.push(finding);
    }
    findings
}
