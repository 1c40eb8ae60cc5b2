//! `miaopi blocks --docs`: a page for each kind of block, in both languages, out of what the kind declares about itself.

use std::{collections::BTreeMap, fmt::Write, path::Path};

use anyhow::Context;
use serde_json::{Value, json};
use shared::{
    domain::{Lang, Purpose},
    flow::{Kind, Shape, Who, Work, catalogue},
};
use ui::{
    designer::{
        form::{Param, Widget, params},
        looks::{choice_name, class_slug, in_words, param_name, unit},
    },
    texts::Words,
};

/// Writes all pages below the folder.
pub(super) fn write(folder: &Path) -> anyhow::Result<()> {
    for (path, page) in pages() {
        let file = folder.join(path);
        if let Some(above) = file.parent() {
            std::fs::create_dir_all(above).with_context(|| format!("{} cannot be made", above.display()))?;
        }
        std::fs::write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    Ok(())
}

/// Every page by its path below the folder.
fn pages() -> BTreeMap<String, String> {
    let mut pages = BTreeMap::new();
    for lang in Lang::ALL {
        let folder = folder(lang);
        pages.insert(format!("{folder}/README.md"), index(lang));
        for kind in catalogue() {
            pages.insert(format!("{folder}/{}.md", kind.key()), page(*kind, lang));
        }
    }
    pages
}

fn folder(lang: Lang) -> &'static str {
    lang.pick("zh", "en")
}

fn index(lang: Lang) -> String {
    let title = lang.pick("积木目录", "The catalogue of blocks");
    let lead = lang.pick(
        "流程由这些积木组成。每一页都由积木自己的声明生成，请勿手工修改；重新生成：",
        "Flows are made of these blocks. Each page is generated from what the kind declares: change the declaration, never the page. To generate them again:",
    );
    let heads = lang.pick("| 积木 | 类别 | 说明 |", "| Block | Class | What it does |");
    let mut page = format!(
        "# {title}\n\n{lead}\n\n```\n{AGAIN}\n```\n\n[{}](../{}/README.md)\n\n{heads}\n|---|---|---|\n",
        lang.pick("English", "中文"),
        lang.pick("en", "zh"),
    );
    for kind in catalogue() {
        let (key, class) = (kind.key(), Words(lang).t(class_slug(kind.class())));
        line(
            &mut page,
            &[&format!("[{}]({key}.md) `{key}`", kind.name().get(lang)), &class, kind.help().get(lang)],
        );
    }
    page
}

/// How the committed pages are made again.
const AGAIN: &str = "cargo run --bin miaopi -- blocks --docs docs/blocks";

fn page(kind: &dyn Kind, lang: Lang) -> String {
    let (key, name, help) = (kind.key(), kind.name(), kind.help());
    let w = Words(lang);
    let mut page = format!("# {} `{key}`\n\n{}\n\n", name.get(lang), help.get(lang));
    let _ = writeln!(
        page,
        "[{}](README.md) · [{}](../{}/{key}.md)\n",
        lang.pick("全部积木", "All blocks"),
        lang.pick("English", "中文"),
        lang.pick("en", "zh"),
    );
    let class = w.t(class_slug(kind.class()));
    let Ok(shape) = kind.shape(&kind.example()) else { return page };
    page.push_str("| | |\n|---|---|\n");
    line(&mut page, &[lang.pick("类别", "Class"), &class]);
    for (what, said) in time(&shape, kind, lang) {
        line(&mut page, &[what, &said]);
    }
    page.push_str(&parameters(kind, lang));
    page.push_str(&made_of_it(&shape, lang));
    let block = json!({"kind": key, "params": kind.example(), "next": next(&shape)});
    let _ = writeln!(
        page,
        "\n## {}\n\n```json\n{}\n```",
        lang.pick("示例", "Example"),
        serde_json::to_string_pretty(&block).unwrap_or_default()
    );
    page
}

/// Who acts, until when, and how long the machine is expected to need.
fn time(shape: &Shape, kind: &dyn Kind, lang: Lang) -> Vec<(&'static str, String)> {
    let who = lang.pick("由谁完成", "Who acts");
    let limit = lang.pick("期限", "Time limit");
    let minutes = |n: u32| {
        in_words(Words(lang), "due_minutes", n.into())
            .unwrap_or_else(|| with_unit("due_minutes", n.into(), lang))
    };
    let mut said = match &shape.work {
        Work::Machine { timeout_ms, on_due } => vec![
            (who, lang.pick("系统", "the machine").to_owned()),
            (limit, then(with_unit("timeout_ms", (*timeout_ms).into(), lang), on_due, lang)),
        ],
        Work::Wait { who: whom, due_minutes, on_due, .. } => {
            vec![(who, name_of(whom, lang)), (limit, then(minutes(*due_minutes), on_due, lang))]
        }
        Work::Parallel | Work::Join { .. } | Work::Part | Work::End { .. } => {
            vec![(
                who,
                lang.pick("流程本身，不停留", "the flow itself: a case does not stay in it").to_owned(),
            )]
        }
    };
    if kind.budget_ms() > 0 {
        let usual = lang.pick("预计用时（95% 的情况）", "Expected time (95 of 100)");
        said.push((usual, with_unit("budget_ms", kind.budget_ms().into(), lang)));
    }
    said
}

fn then(limit: String, on_due: &str, lang: Lang) -> String {
    match lang {
        Lang::Zh => format!("{limit}，到期走 `{on_due}`"),
        Lang::En => format!("{limit}, then `{on_due}`"),
    }
}

fn name_of(who: &Who, lang: Lang) -> String {
    match who {
        Who::Customer => lang.pick("客户本人", "the customer").to_owned(),
        Who::Queue(queue) => format!("{} `{queue}`", lang.pick("队列", "the queue")),
        Who::Partner(partner) => format!("{} `{partner}`", lang.pick("外部机构", "the partner")),
        Who::Clock => lang.pick("时间", "time itself").to_owned(),
    }
}

fn parameters(kind: &dyn Kind, lang: Lang) -> String {
    let schema = kind.schema();
    let mut rows = Vec::new();
    collect(&schema, &schema, &params(&schema), "", "", lang, &mut rows);
    let title = lang.pick("参数", "Parameters");
    if rows.is_empty() {
        return format!("\n## {title}\n\n{}\n", lang.pick("没有参数。", "None."));
    }
    let heads = lang.pick(
        "| 参数 | 名称 | 取值 | 默认 |\n|---|---|---|---|",
        "| Parameter | Name | Values | Default | What it is |\n|---|---|---|---|---|",
    );
    format!("\n## {title}\n\n{heads}\n{}", rows.concat())
}

/// A row for each parameter, those within lists and objects below their own.
fn collect(
    root: &Value,
    schema: &Value,
    list: &[Param],
    above: &str,
    within: &str,
    lang: Lang,
    rows: &mut Vec<String>,
) {
    for param in list {
        let declared = &schema["properties"][&param.name];
        let many = matches!(param.widget, Widget::Many(_));
        let label = param_name(Words(lang), if many { "many" } else { within }, &param.name);
        let default = match (&param.default, param.required) {
            (Some(default), _) => format!("`{default}`"),
            (None, true) => lang.pick("必填", "must be given").to_owned(),
            (None, false) => "–".to_owned(),
        };
        let help = declared["description"].as_str().unwrap_or_default().replace('\n', " ");
        let (name, values) = (format!("`{above}{}`", param.name), values(param, declared, lang));
        let mut row = String::new();
        match lang {
            Lang::Zh => line(&mut row, &[&name, &label, &values, &default]),
            Lang::En => line(&mut row, &[&name, &label, &values, &default, &help]),
        }
        rows.push(row);
        if let Widget::Rows(inner) | Widget::Fields(inner) = &param.widget {
            let dots = if matches!(param.widget, Widget::Rows(_)) { "[]." } else { "." };
            let below = format!("{above}{}{dots}", param.name);
            collect(root, behind(root, declared), inner, &below, &param.name, lang, rows);
        }
    }
}

/// The schema of an object, or of a list's entries, wherever it is written down.
fn behind<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().or_else(|| schema["items"]["$ref"].as_str());
    let named = reference.and_then(|name| root.pointer(name.trim_start_matches('#')));
    named.unwrap_or(if schema["items"].is_object() { &schema["items"] } else { schema })
}

fn values(param: &Param, declared: &Value, lang: Lang) -> String {
    let choices = |options: &[String]| {
        let named = |option: &String| match choice_name(Words(lang), option) {
            name if name == *option => format!("`{option}`"),
            name => format!("`{option}` {name}"),
        };
        options.iter().map(named).collect::<Vec<_>>().join(lang.pick("、", ", "))
    };
    match &param.widget {
        Widget::Whole { .. } => {
            let unit = unit(Words(lang), &param.name).map(|unit| format!(" {unit}")).unwrap_or_default();
            match (declared["minimum"].as_i64(), declared["maximum"].as_i64()) {
                (Some(least), Some(most)) => format!("{least}–{most}{unit}"),
                _ => format!("{}{unit}", lang.pick("整数", "a whole number")),
            }
        }
        Widget::Text => lang.pick("文字", "a text").to_owned(),
        Widget::Yes => lang.pick("`true` 或 `false`", "`true` or `false`").to_owned(),
        Widget::One(options) => choices(options),
        Widget::OneOrWhole(options) => {
            format!("{} {}", choices(options), lang.pick("或整数", "or a whole number"))
        }
        Widget::Many(options) => format!("{}{}", lang.pick("任选：", "any of "), choices(options)),
        Widget::Codes => lang
            .pick("代码列表（小写字母、数字、下划线）", "a list of codes (lower-case letters, digits, _)")
            .to_owned(),
        Widget::Table => lang.pick("规则表（GoRules JDM）", "a decision table (GoRules JDM)").to_owned(),
        Widget::Fields(_) => lang.pick("对象", "an object").to_owned(),
        Widget::Rows(_) => lang.pick("列表", "a list").to_owned(),
        Widget::Json => "JSON".to_owned(),
    }
}

/// Outcomes, facts and consents of a block with the example's parameters.
fn made_of_it(shape: &Shape, lang: Lang) -> String {
    let w = Words(lang);
    let mut page = String::new();
    let lead = lang.pick(
        "以下按示例的参数列出；参数不同，可能不同。",
        "As the example's parameters have it; with others they may differ.",
    );
    let _ = writeln!(page, "\n## {}\n\n{lead}\n", lang.pick("结果与事实", "Outcomes and facts"));
    page.push_str(lang.pick("| 结果 | 名称 |\n|---|---|\n", "| Outcome | Name |\n|---|---|\n"));
    for outcome in &shape.outcomes {
        line(&mut page, &[&format!("`{outcome}`"), &w.outcome(outcome)]);
    }
    if shape.outcomes.is_empty() {
        line(&mut page, &["–", lang.pick("案件到此结束", "the case ends here")]);
    }
    let codes = |paths: &[String]| match paths {
        [] => "–".to_owned(),
        paths => paths.iter().map(|path| format!("`{path}`")).collect::<Vec<_>>().join(", "),
    };
    let consents = |purposes: &[Purpose]| {
        let named = |purpose: &Purpose| format!("`{}` {}", purpose.code(), choice_name(w, purpose.code()));
        purposes.iter().map(named).collect::<Vec<_>>().join(lang.pick("、", ", "))
    };
    page.push_str("\n| | |\n|---|---|\n");
    line(&mut page, &[lang.pick("读取", "Reads"), &codes(&shape.reads)]);
    line(&mut page, &[lang.pick("写入", "Writes"), &codes(&shape.writes)]);
    if !shape.needs.is_empty() {
        line(
            &mut page,
            &[lang.pick("事先需要的授权", "Consents that must have been given"), &consents(&shape.needs)],
        );
    }
    for (outcome, purposes) in shape.gives.iter().filter(|(_, purposes)| !purposes.is_empty()) {
        let said = match lang {
            Lang::Zh => format!("走 `{outcome}` 时取得：{}", consents(purposes)),
            Lang::En => format!("with `{outcome}`: {}", consents(purposes)),
        };
        line(&mut page, &[lang.pick("取得的授权", "Consents it brings"), &said]);
    }
    page
}

/// A place to go on to for each outcome.
fn next(shape: &Shape) -> Value {
    shape
        .outcomes
        .iter()
        .map(|outcome| (outcome.clone(), json!(format!("after_{outcome}"))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn with_unit(name: &str, value: i64, lang: Lang) -> String {
    match unit(Words(lang), name) {
        Some(unit) => format!("{value} {unit}"),
        None => value.to_string(),
    }
}

/// One line of a table. A bar would end its cell.
fn line(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    let _ = writeln!(page, "| {} |", cells.join(" | "));
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn committed() -> PathBuf {
        // As cargo says now, not as it said when this was compiled: several checkouts may share one build folder.
        let here =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        Path::new(&here).join("../docs/blocks")
    }

    #[test]
    fn the_committed_pages_say_what_the_kinds_declare() {
        let pages = pages();
        for (path, page) in &pages {
            let there = std::fs::read_to_string(committed().join(path)).unwrap_or_default();
            assert!(there == *page, "docs/blocks/{path} is out of date. Run: {AGAIN}");
        }
        for lang in Lang::ALL {
            for file in std::fs::read_dir(committed().join(folder(lang))).unwrap() {
                let path = format!("{}/{}", folder(lang), file.unwrap().file_name().to_string_lossy());
                assert!(pages.contains_key(&path), "docs/blocks/{path} is of no kind: remove it");
            }
        }
    }

    #[test]
    fn a_page_has_ranges_units_defaults_and_consents() {
        let english = page(shared::flow::kind("partner-query").unwrap(), Lang::En);
        for part in [
            "| `timeout_ms` | Longest wait | 100–60000 milliseconds | `3000` | Time for all attempts together",
            "| `partner` |",
            "must be given",
            "`real_name_check`",
            "| Writes | `partner.realname` |",
            "3000 milliseconds, then `timeout`",
            "\"after_no_consent\"",
        ] {
            assert!(english.contains(part), "{part}: {english}");
        }
        let chinese = page(shared::flow::kind("manual-review").unwrap(), Lang::Zh);
        assert!(chinese.contains("| `due_minutes` | 期限 | 1–129600 分钟 | 必填 |"), "{chinese}");
        assert!(chinese.contains("| 期限 | 4 小时，到期走 `expired` |"), "{chinese}");
        let nested = page(shared::flow::kind("ab-split").unwrap(), Lang::En);
        assert!(nested.contains("| `ways[].percent` |"), "{nested}");
    }

    #[test]
    fn every_outcome_and_parameter_has_a_name_in_both_languages() {
        // Those that somebody drawing a flow names.
        let own = ["parallel", "gateway", "ab-split", "rule-table"];
        for kind in catalogue() {
            let shape = kind.shape(&kind.example()).unwrap();
            for w in Lang::ALL.map(Words) {
                for outcome in shape.outcomes.iter().filter(|_| !own.contains(&kind.key())) {
                    assert!(
                        w.find(&format!("port-{}", outcome.replace('_', "-"))).is_some(),
                        "{}: {outcome}",
                        kind.key()
                    );
                }
                for param in params(&kind.schema()) {
                    assert!(
                        w.find(&format!("param-{}", param.name.replace('_', "-"))).is_some(),
                        "{}: {}",
                        kind.key(),
                        param.name
                    );
                }
            }
        }
    }
}
