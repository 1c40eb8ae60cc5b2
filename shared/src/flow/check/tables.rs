//! Rule tables: values that no row takes, rows that never take any, rows that say different things of the same values.

use super::super::definition::{Block, Flow};
use super::super::finding::{Finding, Severity};
use super::super::rules::Coverage;

/// Findings for every table of the flow that decides by its first fitting row.
pub(super) fn check(flow: &Flow) -> Vec<Finding> {
    let tables = flow.blocks().iter().filter_map(|block| Some((block, block.shape.decides_by.as_ref()?)));
    tables.flat_map(|(block, table)| of_table(block, &table.coverage())).collect()
}

fn of_table(block: &Block, coverage: &Coverage) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |code: &str, severity: Severity, zh: String, en: String| {
        findings.push(Finding::new(code, Some(&block.id), zh, en).weighing(severity));
    };
    if coverage.too_large {
        let zh = "规则表的组合太多，无法证明没有空缺和永不生效的行：请拆成几个表".to_owned();
        let en = "the table has too many combinations to prove that it has no gaps and no rows that never apply: split it";
        say("table_too_large", Severity::Unproved, zh, en.to_owned());
        return findings;
    }
    for row in &coverage.never {
        let row = row + 1;
        say(
            "table_row_never",
            Severity::Broken,
            format!("第 {row} 行永远不会生效：前面的行已经包含了它"),
            format!("row {row} never applies: the rows above take all of its values"),
        );
    }
    for row in &coverage.unsure {
        let row = row + 1;
        say(
            "table_row_unproved",
            Severity::Unproved,
            format!("无法证明第 {row} 行会生效：请只用区间、列表或等于"),
            format!("it cannot be proved that row {row} ever applies: use intervals, lists or equality only"),
        );
    }
    if let Some(example) = &coverage.gap {
        say(
            "table_gap",
            Severity::Broken,
            format!("没有一行适用于 {example}：请补上一行，或在最后加一行“其他情况”"),
            format!("no row takes {example}: add one, or a last row for everything else"),
        );
    } else if coverage.gap_unsure {
        say(
            "table_gap_unproved",
            Severity::Unproved,
            "无法证明每种情况都有适用的行：请在最后加一行“其他情况”".to_owned(),
            "it cannot be proved that every value has a row: add a last row for everything else".to_owned(),
        );
    }
    if let Some((first, second)) = coverage.overlaps.first() {
        let (first, second, pairs) = (first + 1, second + 1, coverage.overlaps.len());
        say(
            "table_overlap",
            Severity::Hint,
            format!("有 {pairs} 对行会同时适用且结果不同，以上面的行为准，例如第 {first} 行和第 {second} 行"),
            format!(
                "{pairs} pairs of rows can apply at once and differ; the upper one counts, as with rows {first} and {second}"
            ),
        );
    }
    findings
}
