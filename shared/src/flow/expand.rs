//! Sub-flows: the blocks of another flow take the place of the one block that stands for them, before anything else looks
//! at the flow. So the gate, the run, replays and moves know plain blocks only.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::definition::{BlockFile, BlockId, FlowFile};
use super::finding::Finding;
use super::kinds::params::SubFlow;

/// Key of the kind.
const KIND: &str = "sub-flow";
/// How deep flows may contain flows.
pub const MAX_DEPTH: usize = 4;
/// Most blocks of a flow with everything that it contains.
pub const MAX_EXPANDED: usize = 300;

/// Parts that cannot be put in of which it is said at once: each is looked up.
const MAX_SAID: usize = 20;

/// The versions that a flow file names as its parts, by their hashes.
pub fn parts(file: &FlowFile) -> Vec<String> {
    let of = |block: &BlockFile| block.params["flow"].as_str().map(str::to_owned);
    file.blocks.iter().filter(|(_, block)| block.kind == KIND).filter_map(|(_, block)| of(block)).collect()
}

/// The file with every sub-flow's blocks in its place; without one it stays as it is. `find` knows versions by their
/// hashes.
///
/// # Errors
/// What keeps a part from being put in: `flow_part_unknown`, `flow_part_circle`, `flow_part_too_deep`, `flow_part_ends`,
/// `flow_part_id`, `flow_part_empty`, `flow_too_large`, each with the block that stands for the part.
pub fn expand(file: FlowFile, find: &dyn Fn(&str) -> Option<FlowFile>) -> Result<FlowFile, Vec<Finding>> {
    let is_plain = file.blocks.iter().all(|(_, block)| block.kind != KIND);
    if is_plain {
        return Ok(file);
    }
    let expanded = within(file, find, &mut Vec::new())?;
    if expanded.blocks.len() > MAX_EXPANDED {
        let zh = format!("展开子流程后超过 {MAX_EXPANDED} 个积木");
        let en = format!("with everything that it contains it has more than {MAX_EXPANDED} blocks");
        return Err(vec![Finding::new("flow_too_large", None, zh, en)]);
    }
    Ok(expanded)
}

fn within(
    mut file: FlowFile,
    find: &dyn Fn(&str) -> Option<FlowFile>,
    above: &mut Vec<String>,
) -> Result<FlowFile, Vec<Finding>> {
    let mut findings = Vec::new();
    while let Some(place) = file.blocks.iter().position(|(_, block)| block.kind == KIND) {
        let (id, block) = file.blocks[place].clone();
        match part(&id, &block, find, above) {
            Ok((inner, ends)) => match put_in(&mut file, place, inner, &ends) {
                Ok(()) if file.blocks.len() <= MAX_EXPANDED => continue,
                Ok(()) => return Ok(file),
                Err(found) => findings.push(found),
            },
            Err(found) => findings.extend(found),
        }
        if findings.len() >= MAX_SAID {
            return Err(findings);
        }
        // What cannot be put in is said, and the others are still looked at.
        file.blocks.remove(place);
    }
    if findings.is_empty() { Ok(file) } else { Err(findings) }
}

/// The flow that a block stands for, plain, with the ends that the block names.
fn part(
    id: &BlockId,
    block: &BlockFile,
    find: &dyn Fn(&str) -> Option<FlowFile>,
    above: &mut Vec<String>,
) -> Result<(FlowFile, Vec<String>), Vec<Finding>> {
    let refused = |code: &str, zh: &str, en: &str| vec![Finding::new(code, Some(id), zh, en)];
    let params = SubFlow::deserialize(&block.params).map_err(|_| {
        refused(
            "flow_bad_params",
            "请指定子流程的版本和结束",
            "name the version that it contains, and its ends",
        )
    })?;
    if block.max_visits.is_some() {
        return Err(refused(
            "flow_bad_max_visits",
            "子流程不能限制次数，请在其中的积木上限制",
            "a sub-flow cannot be limited: limit the blocks that it contains",
        ));
    }
    if above.contains(&params.flow) {
        return Err(refused("flow_part_circle", "子流程包含了它自己", "the sub-flow contains itself"));
    }
    if above.len() >= MAX_DEPTH {
        return Err(refused(
            "flow_part_too_deep",
            "子流程嵌套过深，最多 4 层",
            "flows contain flows more than 4 deep here",
        ));
    }
    let Some(inner) = find(&params.flow) else {
        return Err(refused(
            "flow_part_unknown",
            "本公司没有这个流程版本",
            "the company has no version of a flow with this hash",
        ));
    };
    above.push(params.flow.clone());
    let plain = within(inner, find, above);
    above.pop();
    let plain = plain.map_err(|found| {
        // The place is said by the block that can be seen.
        found
            .into_iter()
            .map(|inner| Finding { block: Some(id.clone()), path: Vec::new(), ..inner })
            .collect::<Vec<_>>()
    })?;
    Ok((plain, params.ends))
}

/// Puts the blocks of `inner` in the place of the block at `place`.
fn put_in(file: &mut FlowFile, place: usize, inner: FlowFile, ends: &[String]) -> Result<(), Finding> {
    let (id, block) = file.blocks[place].clone();
    let refused = |code: &str, zh: String, en: String| Finding::new(code, Some(&id), zh, en);
    // Whoever asks for a person reaches the review inside where the flow around says so.
    let inner_person = inner.person.clone().filter(|_| file.person.as_ref() == Some(&id));
    let used = reached(&inner, inner_person.as_ref());
    let is_end = |id: &BlockId| inner.blocks.iter().any(|(known, block)| known == id && block.kind == "end");
    if is_end(&inner.start) {
        let en = "the flow that it contains has no block but an end";
        return Err(refused("flow_part_empty", "子流程里没有积木".to_owned(), en.to_owned()));
    }
    let there: Vec<String> = inner
        .blocks
        .iter()
        .map(|(id, _)| id)
        .filter(|id| used.contains(id) && is_end(id))
        .map(ToString::to_string)
        .collect();
    if there.iter().collect::<HashSet<_>>() != ends.iter().collect::<HashSet<_>>() {
        let all = there.join(", ");
        return Err(refused(
            "flow_part_ends",
            format!("子流程的结束是：{all}，请逐一列出"),
            format!("the ends of what it contains are {all}: name exactly these"),
        ));
    }
    let mut leads = HashMap::new();
    for end in &there {
        let Some((_, to)) = block.next.iter().find(|(outcome, _)| outcome == end) else {
            return Err(refused(
                "flow_open_outcome",
                format!("结果“{end}”没有去处，请接到一个积木"),
                format!("the outcome {end} leads nowhere: connect it to a block"),
            ));
        };
        leads.insert(end.clone(), to.clone());
    }
    let mut names = HashMap::new();
    for (inner_id, _) in inner.blocks.iter().filter(|(id, _)| used.contains(id) && !is_end(id)) {
        let name = BlockId::parse(&format!("{id}_{inner_id}"));
        let name = name.filter(|name| file.blocks.iter().all(|(known, _)| known != name));
        let Some(name) = name else {
            return Err(refused(
                "flow_part_id",
                format!("积木“{inner_id}”放进这里后名称过长或重复，请换一个更短的编号"),
                format!(
                    "the block {inner_id} has no free name of at most 40 characters in here: rename this block"
                ),
            ));
        };
        names.insert(inner_id.clone(), name);
    }
    let Some(first) = names.get(&inner.start).cloned() else {
        let en = format!("the flow that it contains starts in {}, which does not exist", inner.start);
        return Err(refused("flow_start_missing", "子流程没有起点".to_owned(), en));
    };
    let renamed = |to: &BlockId| names.get(to).or_else(|| leads.get(to.as_str())).unwrap_or(to).clone();
    let mut blocks = Vec::new();
    for (inner_id, mut inner_block) in inner.blocks {
        let Some(name) = names.get(&inner_id) else { continue };
        for (_, to) in &mut inner_block.next {
            *to = renamed(to);
        }
        if inner_block.kind == "join"
            && let Some(of) = inner_block.params["of"].as_str().and_then(BlockId::parse)
        {
            inner_block.params["of"] = renamed(&of).as_str().into();
        }
        rename_facts(&mut inner_block.params, &names);
        inner_block.at = None;
        blocks.push((name.clone(), inner_block));
    }
    file.blocks.splice(place..=place, blocks);
    for (_, block) in &mut file.blocks {
        for (_, to) in block.next.iter_mut().filter(|(_, to)| *to == id) {
            *to = first.clone();
        }
    }
    if file.start == id {
        file.start = first;
    }
    if let Some(person) = inner_person.and_then(|person| names.get(&person)) {
        file.person = Some(person.clone());
    }
    Ok(())
}

/// The blocks that a case may come through, from the start on, and from the review for those who ask for a person.
fn reached(flow: &FlowFile, person: Option<&BlockId>) -> HashSet<BlockId> {
    let mut seen = HashSet::new();
    let mut todo: Vec<BlockId> = person.cloned().into_iter().chain([flow.start.clone()]).collect();
    while let Some(id) = todo.pop() {
        if seen.insert(id.clone())
            && let Some((_, block)) = flow.blocks.iter().find(|(known, _)| *known == id)
        {
            todo.extend(block.next.iter().map(|(_, to)| to.clone()));
        }
    }
    seen
}

/// `outcome.bureau` of a rule inside becomes `outcome.part_bureau`. Descriptions, whose names begin with `_`, stay.
fn rename_facts(value: &mut Value, names: &HashMap<BlockId, BlockId>) {
    match value {
        Value::String(text) => *text = rename_in(text, names),
        Value::Array(list) => list.iter_mut().for_each(|value| rename_facts(value, names)),
        Value::Object(map) => {
            let said = map.iter_mut().filter(|(key, _)| !key.starts_with('_'));
            said.for_each(|(_, value)| rename_facts(value, names));
        }
        _ => {}
    }
}

fn rename_in(text: &str, names: &HashMap<BlockId, BlockId>) -> String {
    const PATH: &str = "outcome.";
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PATH) {
        let (before, after) = rest.split_at(at + PATH.len());
        out.push_str(before);
        let begins = before[..at].chars().next_back().is_none_or(|c| !is_word(c) && c != '.');
        let end = after.find(|c| !is_word(c)).unwrap_or(after.len());
        let named = BlockId::parse(&after[..end]).filter(|_| begins);
        match named.and_then(|id| names.get(&id)) {
            Some(name) => out.push_str(name.as_str()),
            None => out.push_str(&after[..end]),
        }
        rest = &after[end..];
    }
    out.push_str(rest);
    out
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::super::check::check;
    use super::super::journeys::NEW_CAR;
    use super::super::{Event, Facts, Flow, Run, Status, step};
    use super::*;
    use serde_json::json;

    fn hash(letter: char) -> String {
        letter.to_string().repeat(64)
    }

    fn file(value: Value) -> FlowFile {
        serde_json::from_value(value).unwrap()
    }

    fn new_car() -> FlowFile {
        serde_json::from_str(NEW_CAR).unwrap()
    }

    /// The ends of the new-car loan.
    fn ends() -> Vec<String> {
        new_car().blocks.into_iter().filter(|(_, b)| b.kind == "end").map(|(id, _)| id.to_string()).collect()
    }

    /// A flow whose only part is the new-car loan; its ends are those of the part, and so is its review.
    fn around(part: &str) -> Value {
        let whole: Value = serde_json::from_str(NEW_CAR).unwrap();
        let mut blocks = serde_json::Map::new();
        let next: Value = ends().into_iter().map(|end| (end.clone(), json!(end))).collect();
        blocks.insert(
            "loan".into(),
            json!({"kind": "sub-flow", "params": {"flow": part, "ends": ends()}, "next": next}),
        );
        for end in ends() {
            blocks.insert(end.clone(), whole["blocks"][&end].clone());
        }
        json!({"format": 1, "key": "around", "name": {"zh-CN": "外", "en": "Around"}, "start": "loan", "person": "loan",
            "product": whole["product"], "blocks": blocks})
    }

    fn codes(found: Result<FlowFile, Vec<Finding>>) -> Vec<(String, String)> {
        let place = |f: &Finding| f.block.as_ref().map(ToString::to_string).unwrap_or_default();
        found.err().unwrap_or_default().iter().map(|f| (f.code.clone(), place(f))).collect()
    }

    #[test]
    fn a_flow_without_parts_stays_as_it_is() {
        assert_eq!(expand(new_car(), &|_| None).unwrap(), new_car());
    }

    #[test]
    fn a_whole_product_in_one_block_is_plain_blocks_that_pass_the_gate_and_run() {
        let find = |wanted: &str| (wanted == hash('a')).then(new_car);
        let expanded = expand(file(around(&hash('a'))), &find).unwrap();
        assert_eq!(expanded.start.as_str(), "loan_intake");
        let plain = Flow::from_file(expanded).unwrap_or_else(|e| panic!("{e}"));
        let forbidding: Vec<_> = check(&plain).unwrap().into_iter().filter(Finding::forbids).collect();
        assert!(forbidding.is_empty(), "{forbidding:?}");
        // Whoever asks for a person is helped inside; the part's rules look at its own blocks' outcomes.
        assert_eq!(plain.person().unwrap().id.as_str(), "loan_person_review");
        let triage = BlockId::parse("loan_triage").unwrap();
        let said = plain.block(&triage).unwrap().params.to_string();
        assert!(said.contains("outcome.loan_id_rules") && !said.contains("outcome.id_rules"), "{said}");
        let now = jiff::Timestamp::UNIX_EPOCH;
        let begun = step(&plain, Run::new(&plain), Event::Start { facts: Facts::new() }, now).unwrap();
        let at = begun.run.active()[0].at.clone();
        assert_eq!(at.block.as_str(), "loan_intake");
        let due = now + jiff::SignedDuration::from_hours(24 * 30);
        let over = step(&plain, begun.run, Event::Due { at }, due).unwrap();
        assert!(matches!(over.run.status(), Status::Ended { .. }), "{:?}", over.run.status());
    }

    #[test]
    fn parts_within_parts_are_put_in_and_circles_and_depth_are_bounded() {
        let deep = |levels: usize| {
            let find = move |wanted: &str| -> Option<FlowFile> {
                let level = wanted.chars().next()?.to_digit(16)? as usize;
                if level + 1 >= levels {
                    return Some(file(
                        json!({"format": 1, "key": "in", "name": {"zh-CN": "内", "en": "in"}, "start": "n", "blocks": {
                        "n": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "e", "error": "e"}},
                        "e": {"kind": "end", "params": {"decision": "declined", "reason": "r"}}}}),
                    ));
                }
                let next = std::char::from_digit(level as u32 + 1, 16)?;
                Some(file(
                    json!({"format": 1, "key": "in", "name": {"zh-CN": "内", "en": "in"}, "start": "p", "blocks": {
                    "p": {"kind": "sub-flow", "params": {"flow": hash(next), "ends": ["e"]}, "next": {"e": "e"}},
                    "e": {"kind": "end", "params": {"decision": "declined", "reason": "r"}}}}),
                ))
            };
            find("0").map(|outer| expand(outer, &find)).unwrap()
        };
        let four = deep(MAX_DEPTH + 1).unwrap();
        assert_eq!(four.start.as_str(), "p_p_p_p_n");
        assert_eq!(codes(deep(MAX_DEPTH + 2)), [("flow_part_too_deep".to_owned(), "p".to_owned())]);
        let circle = |wanted: &str| {
            (wanted == hash('a')).then(|| {
            file(json!({"format": 1, "key": "in", "name": {"zh-CN": "内", "en": "in"}, "start": "p", "blocks": {
                "p": {"kind": "sub-flow", "params": {"flow": hash('a'), "ends": ["e"]}, "next": {"e": "e"}},
                "e": {"kind": "end", "params": {"decision": "declined", "reason": "r"}}}}))
        })
        };
        let outer = circle(&hash('a')).unwrap();
        assert_eq!(codes(expand(outer, &circle)), [("flow_part_circle".to_owned(), "p".to_owned())]);
    }

    #[test]
    fn each_slip_is_named_with_the_block_that_stands_for_the_part() {
        let find = |wanted: &str| (wanted == hash('a')).then(new_car);
        let slip = |change: fn(&mut Value)| {
            let mut flow = around(&hash('a'));
            change(&mut flow["blocks"]["loan"]);
            codes(expand(file(flow), &find))
                .into_iter()
                .map(|(code, place)| {
                    assert_eq!(place, "loan");
                    code
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(slip(|b| b["params"]["flow"] = json!("b".repeat(64))), ["flow_part_unknown"]);
        assert_eq!(slip(|b| b["params"]["ends"] = json!(["end_approved"])), ["flow_part_ends"]);
        assert_eq!(
            slip(|b| drop(b["next"].as_object_mut().unwrap().remove("end_nobody"))),
            ["flow_open_outcome"]
        );
        assert_eq!(slip(|b| b["max_visits"] = json!(2)), ["flow_bad_max_visits"]);
        assert_eq!(slip(|b| b["params"] = json!({})), ["flow_bad_params"]);
        let mut large = around(&hash('a'));
        for n in 0..8 {
            large["blocks"][format!("loan{n}")] = large["blocks"]["loan"].clone();
        }
        assert_eq!(codes(expand(file(large), &find)), [("flow_too_large".to_owned(), String::new())]);
    }

    #[test]
    fn what_was_not_put_in_never_becomes_a_flow() {
        let error = Flow::from_file(file(around(&hash('a')))).unwrap_err();
        assert!(error.findings().iter().any(|f| f.code == "flow_part_unexpanded"), "{error}");
    }

    #[test]
    fn only_paths_of_outcomes_are_renamed() {
        let names = HashMap::from([(BlockId::parse("a").unwrap(), BlockId::parse("p_a").unwrap())]);
        for (text, renamed) in [
            ("outcome.a == 'x'", "outcome.p_a == 'x'"),
            (
                "outcome.ab == 'a' and outcome.a == outcome.a",
                "outcome.ab == 'a' and outcome.p_a == outcome.p_a",
            ),
            ("my_outcome.a", "my_outcome.a"),
            ("x.outcome.a", "x.outcome.a"),
            ("outcome.", "outcome."),
            ("a", "a"),
        ] {
            assert_eq!(rename_in(text, &names), renamed);
        }
    }
}
