//! Out and back again: our flows, random drafts, diagrams drawn elsewhere, and files that mean harm.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::*;
use crate::domain::{Condition, PlanKind, ProductTerms};
use crate::flow::definition::BlockFile;
use crate::flow::{Flow, kinds};

const SAMPLES: [&str; 2] = [
    include_str!("../../../../assets/flows/new-car-loan.json"),
    include_str!("../../../../assets/flows/used-car-leaseback.json"),
];

fn samples() -> Vec<FlowFile> {
    SAMPLES.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// The same, the order of keys inside parameters included.
#[track_caller]
fn comes_back(file: &FlowFile) {
    let back = from_bpmn(&to_bpmn(file)).unwrap();
    assert_eq!(&back, file);
    assert_eq!(serde_json::to_string(&back).unwrap(), serde_json::to_string(file).unwrap());
}

#[test]
fn the_sample_flows_come_back_as_they_were_and_can_still_run() {
    for file in samples() {
        comes_back(&file);
        let imported = import(&to_bpmn(&file)).unwrap();
        assert_eq!(imported.guessed, []);
        Flow::from_file(imported.flow).unwrap();
    }
}

#[test]
fn random_drafts_come_back_as_they_were() {
    let config = Config { cases: 400, failure_persistence: None, ..Config::default() };
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]);
    TestRunner::new_with_rng(config, rng)
        .run(&draft(), |file| {
            comes_back(&file);
            Ok(())
        })
        .unwrap();
}

fn id() -> impl Strategy<Value = BlockId> {
    // Few, so that they meet; sometimes the longest.
    prop_oneof![9 => "[a-e]", 2 => "[a-z][a-z0-9_]{0,39}"].prop_map(|text| BlockId::parse(&text).unwrap())
}

fn words() -> impl Strategy<Value = String> {
    let odd = r#"[ -~\n\r\t\u{0}\u{1}\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{feff}中文&<>"']{0,8}"#;
    prop_oneof!["[a-z_]{1,8}", Just(String::new()), odd, any::<String>()]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // As far as JSON itself brings numbers back.
        any::<i16>().prop_map(|quarters| json!(f64::from(quarters) / 4.0)),
        words().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((words(), inner), 0..4)
                .prop_map(|pairs| Value::Object(pairs.into_iter().collect())),
        ]
    })
}

fn unique<K: PartialEq, V>(pairs: Vec<(K, V)>) -> Vec<(K, V)> {
    let mut kept: Vec<(K, V)> = Vec::new();
    for (key, value) in pairs {
        if !kept.iter().any(|(known, _)| *known == key) {
            kept.push((key, value));
        }
    }
    kept
}

fn block() -> impl Strategy<Value = BlockFile> {
    let known: Vec<String> = kinds::catalogue().iter().map(|kind| kind.key().to_owned()).collect();
    let kind = prop_oneof![8 => prop::sample::select(known), 1 => words()];
    let number = any::<f64>().prop_filter("a number", |number| number.is_finite());
    let at = prop::option::of(prop_oneof![[-900.0..2000.0, -900.0..2000.0], [number.clone(), number]]);
    let next = prop::collection::vec((words(), id()), 0..6).prop_map(unique);
    (kind, value(), next, prop::option::of(any::<u16>()), at)
        .prop_map(|(kind, params, next, max_visits, at)| BlockFile { kind, params, next, max_visits, at })
}

fn draft() -> impl Strategy<Value = FlowFile> {
    let terms = ProductTerms {
        condition: Condition::Used,
        new_energy: Some(true),
        kinds: vec![PlanKind::Leaseback],
        least_down_payment_percent: 30,
        usual_down_payment_percent: 40,
    };
    let blocks = prop::collection::vec((id(), block()), 0..8).prop_map(unique);
    let rest = (any::<u32>(), words(), words(), words(), prop::option::of(Just(terms)));
    (rest, id(), prop::option::of(id()), blocks).prop_map(
        |((format, key, zh, en, product), start, person, blocks)| FlowFile {
            format,
            key,
            name: Texts::new(zh, en),
            start,
            person,
            product,
            blocks,
        },
    )
}

#[test]
fn bytes_changed_at_random_never_end_the_program() {
    let text = to_bpmn(&samples()[1]);
    let short = to_bpmn(&from_bpmn(DRAWN_ELSEWHERE).unwrap());
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    let (mut read, mut refused) = (0, 0);
    for round in 0..4000 {
        let mut bytes = if round % 20 == 0 { text.clone() } else { short.clone() }.into_bytes();
        for _ in 0..=random(3) {
            let at = random(bytes.len());
            match random(4) {
                0 => bytes[at] = u8::try_from(random(256)).unwrap(),
                1 => bytes[at] = b"<>&\"'/ 0a"[random(9)],
                2 => drop(bytes.drain(at..(at + random(40)).min(bytes.len()))),
                _ => {
                    let piece = bytes[at..(at + random(200)).min(bytes.len())].to_vec();
                    let to = random(bytes.len());
                    bytes.splice(to..to, piece);
                }
            }
        }
        match from_bpmn(&String::from_utf8_lossy(&bytes)) {
            Ok(file) => {
                read += 1;
                comes_back(&file);
            }
            Err(_) => refused += 1,
        }
    }
    assert!(read > 500 && refused > 500, "{read} read, {refused} refused");
}

/// As an editor on the web writes one: its own prefixes, ids without a meaning, one gateway that chooses and one that
/// only brings ways together, a timer on a task.
const DRAWN_ELSEWHERE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:di2="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:omgdc="http://www.omg.org/spec/DD/20100524/DC" id="Definitions_1" targetNamespace="http://bpmn.io/schema/bpmn">
  <process id="Process_0x3f" name="车贷 Car loan">
    <startEvent id="StartEvent_1"><outgoing>F1</outgoing></startEvent>
    <sequenceFlow id="F1" sourceRef="StartEvent_1" targetRef="Activity_1" />
    <userTask id="Activity_1" name="Check the papers!" />
    <boundaryEvent id="Late" attachedToRef="Activity_1"><timerEventDefinition id="T" /></boundaryEvent>
    <exclusiveGateway id="Gateway_1" name="Fine?" />
    <sequenceFlow id="F2" sourceRef="Activity_1" targetRef="Gateway_1" />
    <sequenceFlow id="F3" name=" yes " sourceRef="Gateway_1" targetRef="Fork" />
    <sequenceFlow id="F4" name="no" sourceRef="Gateway_1" targetRef="Merge" />
    <sequenceFlow id="F5" sourceRef="Late" targetRef="Merge" />
    <exclusiveGateway id="Merge" />
    <sequenceFlow id="F6" sourceRef="Merge" targetRef="End_1" />
    <parallelGateway id="Fork" />
    <sequenceFlow id="F7" name="Bureau 1" sourceRef="Fork" targetRef="Activity_2" />
    <sequenceFlow id="F8" sourceRef="Fork" targetRef="Activity_3" />
    <serviceTask id="Activity_2" name="征信查询" />
    <businessRuleTask id="Activity_3" name="征信查询" />
    <sequenceFlow id="F9" sourceRef="Activity_2" targetRef="Sync" />
    <sequenceFlow id="F10" sourceRef="Activity_3" targetRef="Sync" />
    <parallelGateway id="Sync" />
    <sequenceFlow id="F11" sourceRef="Sync" targetRef="End_1" />
    <endEvent id="End_1" />
    <textAnnotation id="Note"><text>a &amp; b &#x4e2d;</text></textAnnotation>
  </process>
  <di2:BPMNDiagram id="D"><di2:BPMNPlane id="P" bpmnElement="Process_0x3f">
    <di2:BPMNShape id="S1" bpmnElement="Activity_1"><omgdc:Bounds x="240" y="80.4" width="100" height="80" /></di2:BPMNShape>
    <di2:BPMNShape id="S2" bpmnElement="End_1"><omgdc:Bounds x="932" y="102" width="36" height="36" /></di2:BPMNShape>
  </di2:BPMNPlane></di2:BPMNDiagram>
</definitions>"#;

#[test]
fn a_diagram_drawn_elsewhere_becomes_the_start_of_a_draft() {
    let imported = import(DRAWN_ELSEWHERE).unwrap();
    let expected = json!({
        "format": 1, "key": "car-loan", "name": {"zh-CN": "车贷 Car loan", "en": "车贷 Car loan"},
        "start": "check_the_papers",
        "blocks": {
            "check_the_papers": {"kind": "manual-review", "at": [240.0, 80.0],
                "next": {"yes": "fork", "no": "end_1", "expired": "end_1"}},
            "fork": {"kind": "parallel", "params": {"branches": ["bureau_1", "branch_2"]},
                "next": {"bureau_1": "activity_2", "branch_2": "activity_3"}},
            "activity_2": {"kind": "partner-query", "next": {"match": "sync"}},
            "activity_3": {"kind": "rule-table", "next": {"next_1": "sync"}},
            "sync": {"kind": "join", "params": {"of": "fork", "need": "all"}, "next": {"done": "end_1"}},
            "end_1": {"kind": "end", "next": {}, "at": [900.0, 80.0]},
        }
    });
    assert_eq!(serde_json::to_value(&imported.flow).unwrap(), expected);
    assert_eq!(imported.guessed.len(), imported.flow.blocks.len());
    comes_back(&imported.flow);
}

#[test]
fn what_somebody_changed_in_the_diagram_is_changed_in_the_flow() {
    let file = &samples()[0];
    let text = to_bpmn(file);
    let at = |file: &FlowFile, id: &str| {
        file.blocks.iter().find(|(known, _)| known.as_str() == id).map(|(_, block)| block.clone()).unwrap()
    };
    // Moved by 400 of the diagram's units to the right.
    let bounds = |x: i64| format!("bpmnElement=\"Block_realname\">\n        <dc:Bounds x=\"{x}\"");
    let from = (at(file, "realname").at.unwrap()[0] * SCALE) as i64;
    let changed = text.replace(&bounds(from), &bounds(from + 400));
    assert_ne!(changed, text);
    let moved = from_bpmn(&changed).unwrap();
    assert_eq!(at(&moved, "realname").at.unwrap()[0], at(file, "realname").at.unwrap()[0] + 200.0);
    assert_eq!(at(&moved, "realname").params, at(file, "realname").params);

    // Renamed, and led elsewhere.
    let flow = text.lines().find(|line| line.contains("sequenceFlow id=\"Flow_realname_0\"")).unwrap();
    let other = flow.replace("name=\"match\"", "name=\"fits\"").replace("Block_matrix", "Block_consent");
    assert_ne!(flow, other);
    let next = at(&from_bpmn(&text.replace(flow, &other)).unwrap(), "realname").next;
    assert_eq!((next[0].0.as_str(), next[0].1.as_str()), ("fits", "consent"));

    // A task more after one that has its outcomes already, as editors append it.
    let more = "<bpmn:task id=\"T9\" name=\"Call back\" /><bpmn:sequenceFlow id=\"F9\" sourceRef=\"Block_notify\" \
                targetRef=\"T9\" /><bpmn:sequenceFlow";
    let appended = from_bpmn(&text.replacen("<bpmn:sequenceFlow", more, 1)).unwrap();
    let mut expected = at(file, "notify").next;
    expected.push(("next_3".into(), BlockId::parse("call_back").unwrap()));
    assert_eq!(at(&appended, "notify").next, expected);

    // One more task, and the process called otherwise.
    let more = text
        .replace("<bpmn:startEvent", "<bpmn:userTask id=\"Activity_9\" name=\"Realname\" /><bpmn:startEvent")
        .replace(&format!("name=\"{}\"", file.name.zh), "name=\"新名\"");
    let imported = import(&more).unwrap();
    assert_eq!(imported.guessed, [BlockId::parse("realname_2").unwrap()]);
    assert_eq!(imported.flow.name, Texts::new("新名", &*file.name.en));
}

#[test]
fn what_cannot_be_read_says_why_and_where() {
    let model = tree::MODEL;
    let wrap = |inside: &str| format!("<definitions xmlns=\"{model}\">{inside}</definitions>");
    let deep = format!("{}{}", "<a>".repeat(70), "</a>".repeat(70));
    let tasks = |count: usize| {
        let tasks: String = (0..count).map(|number| format!("<task id=\"t{number}\"/>")).collect();
        wrap(&format!("<process>{tasks}</process>"))
    };
    let attributes: String = (0..100).map(|number| format!(" a{number}=\"\"")).collect();
    let gateways = "<exclusiveGateway/>".repeat(3000);
    let broken = "<process><task id=\"a\"><extensionElements><o:block xmlns:o=\"https://miaopi.example/bpmn/1\">{\
                  </o:block></extensionElements></task></process>";
    let cases = [
        (String::new(), "bpmn_unreadable"),
        ("no XML".into(), "bpmn_unreadable"),
        ("{\"format\": 1}".into(), "bpmn_unreadable"),
        ("<a></b>".into(), "bpmn_unreadable"),
        ("<a>".into(), "bpmn_unreadable"),
        ("<a x=\"1\" x=\"2\"/>".into(), "bpmn_unreadable"),
        ("<svg xmlns=\"http://www.w3.org/2000/svg\"/>".into(), "bpmn_unreadable"),
        ("<definitions/>".into(), "bpmn_unreadable"),
        (format!("{0}{0}", wrap("")), "bpmn_unreadable"),
        (format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{}", tasks(1)), "bpmn_unreadable"),
        (wrap("&lol;"), "bpmn_unreadable"),
        (wrap("<process name=\"&lol;\"/>"), "bpmn_unreadable"),
        (wrap(broken), "bpmn_unreadable"),
        (wrap(""), "bpmn_nothing_of_ours"),
        (wrap("<process><startEvent id=\"s\"/></process>"), "bpmn_nothing_of_ours"),
        (wrap(&deep), "bpmn_too_large"),
        (wrap(&"<a/>".repeat(MAX_ELEMENTS)), "bpmn_too_large"),
        (wrap(&format!("<a{attributes}/>")), "bpmn_too_large"),
        (wrap(&format!("<process>{gateways}</process>")), "bpmn_too_large"),
        (tasks(501), "bpmn_too_large"),
        (" ".repeat(MAX_BPMN_BYTES + 1), "bpmn_too_large"),
    ];
    for (text, code) in cases {
        let shown = text.chars().take(80).collect::<String>();
        let error = from_bpmn(&text).expect_err(&shown);
        assert_eq!(error.code(), code, "{shown}: {error}");
        let text = error.text();
        assert!(text.is_complete() && text.zh.ends_with('。') && text.en.ends_with('.'), "{text:?}");
    }
    assert_eq!(from_bpmn(&tasks(500)).unwrap().blocks.len(), 500);

    let error = from_bpmn("<a>\n  <b>中</c></a>").unwrap_err();
    let BpmnError::Unreadable { place, .. } = &error else { panic!("{error}") };
    assert_eq!(*place, Some((2, 7)), "{error}");
}

#[test]
fn every_block_and_every_connection_is_drawn_and_no_two_blocks_lie_on_each_other() {
    for mut file in samples() {
        for placed in [true, false] {
            if !placed {
                file.blocks.iter_mut().for_each(|(_, block)| block.at = None);
                comes_back(&file);
            }
            let drawing = draw::Drawing::of(&file);
            let outcomes: usize = file.blocks.iter().map(|(_, block)| block.next.len()).sum();
            assert_eq!(drawing.edges.iter().filter(|edge| edge.outcome.is_some()).count(), outcomes);
            let text = to_bpmn(&file);
            assert_eq!(text.matches("<bpmndi:BPMNShape ").count(), drawing.nodes.len() + 1);
            assert_eq!(text.matches("<bpmndi:BPMNEdge ").count(), drawing.edges.len() + 1);
            for (i, one) in drawing.nodes.iter().enumerate() {
                for other in &drawing.nodes[..i] {
                    let (a, b) = (&one.bounds, &other.bounds);
                    let apart = a.right() <= b.x
                        || b.right() <= a.x
                        || a.y + a.height <= b.y
                        || b.y + b.height <= a.y;
                    assert!(apart, "{} lies on {}", one.id, other.id);
                }
            }
        }
    }
}
