use super::*;
use crate::flow::draw::{Drawing, Port, Problem, long_flow, problems, tidy};
use crate::flow::kinds::catalogue;
use serde_json::json;

fn shipped() -> Canvas {
    let file = serde_json::from_str(include_str!("../../../../../assets/flows/new-car-loan.json")).unwrap();
    Canvas::read(&file).unwrap()
}

fn add(kind: &str, params: Value) -> Edit {
    Edit::Add(Box::new(Drawn::new(kind, kind, params, [33.0, 47.0])))
}

fn connect(from: &str, outcome: &str, to: &str) -> Edit {
    Edit::Connect { from: from.into(), outcome: outcome.into(), to: to.into() }
}

fn ends() -> Value {
    json!({"decision": "declined", "reason": "x"})
}

#[test]
fn every_edit_is_taken_back_exactly() {
    let canvas = shipped();
    let clip = canvas.copy(&["realname".into(), "confirm_name".into()]);
    let edits = [
        add("ocr", json!({"min_number_confidence": 60})),
        Edit::Remove(vec!["intake".into(), "person_review".into(), "ocr".into()]),
        Edit::Move(vec![("ocr".into(), [1.0, 999.0]), ("matrix".into(), [-55.0, 3.0])]),
        connect("realname", "match", "consent"),
        Edit::Disconnect { from: "realname".into(), outcome: "match".into() },
        Edit::SetParams { id: "realname".into(), params: json!({"partner": "bureau"}) },
        Edit::Rename { id: "ocr".into(), to: "reading".into() },
        Edit::SetMaxVisits { id: "ask_photo".into(), max: None },
        Edit::SetStart(None),
        Edit::SetPerson(Some("identity_review".into())),
        Edit::SetProduct(None),
        Edit::SetName(Texts::new("新", "New")),
        Edit::SetKey("other".into()),
        Edit::Paste { clip, by: [20.0, 20.0] },
        tidy(&canvas),
    ];
    for edit in edits {
        let mut changed = canvas.clone();
        let back = changed.apply(edit.clone()).unwrap_or_else(|why| panic!("{edit:?}: {why}"));
        assert_ne!(changed, canvas, "{edit:?}");
        let after = changed.clone();
        let again = changed.apply(back).unwrap();
        assert_eq!(changed, canvas, "{edit:?}");
        changed.apply(again).unwrap();
        assert_eq!(changed, after, "{edit:?}");
    }
}

#[test]
fn what_does_not_fit_changes_nothing() {
    let canvas = shipped();
    for (edit, code) in [
        (Edit::Move(vec![("ocr".into(), [5.0, 5.0]), ("gone".into(), [0.0, 0.0])]), "draw_no_block"),
        (Edit::Rename { id: "ocr".into(), to: "consent".into() }, "draw_id_taken"),
        (Edit::Rename { id: "ocr".into(), to: "No id".into() }, "draw_bad_id"),
        (Edit::Rename { id: "ocr".into(), to: "ocr".into() }, "draw_same"),
        (Edit::SetStart(Some("gone".into())), "draw_no_block"),
        (connect("realname", "perhaps", "consent"), "draw_no_outcome"),
        (connect("realname", "match", "gone"), "draw_no_block"),
        (connect("matrix", "match", "matrix"), "draw_itself"),
        (connect("checks", "id", "photo_quality"), "draw_branch_taken"),
        (connect("realname", "match", "checks_done"), "draw_same"),
        (Edit::Disconnect { from: "end_expired".into(), outcome: "done".into() }, "draw_same"),
    ] {
        let mut changed = canvas.clone();
        if code == "draw_same" {
            let _ = changed.apply(edit);
            continue;
        }
        assert_eq!(changed.apply(edit.clone()).unwrap_err().code(), code, "{edit:?}");
        assert_eq!(changed, canvas);
    }
}

#[test]
fn a_join_takes_only_what_comes_from_its_own_branches() {
    let mut canvas = Canvas::empty("k", Texts::new("名", "n"));
    for (id, kind, params) in [
        ("start", "ocr", json!({"min_number_confidence": 60})),
        ("split", "parallel", json!({"branches": ["a", "b"]})),
        ("left", "ocr", json!({"min_number_confidence": 60})),
        ("join", "join", json!({"of": "split", "need": "all"})),
    ] {
        canvas.apply(Edit::Add(Box::new(Drawn::new(id, kind, params, [0.0, 0.0])))).unwrap();
    }
    assert!(
        canvas.accepts("left", "clear", "join").is_ok(),
        "nothing leads to it yet: it may become a branch"
    );
    canvas.apply(connect("start", "clear", "split")).unwrap();
    canvas.apply(connect("split", "a", "left")).unwrap();
    assert!(canvas.accepts("left", "clear", "join").is_ok());
    canvas.apply(connect("left", "clear", "join")).unwrap();
    canvas.apply(connect("left", "error", "start")).unwrap();
    assert_eq!(canvas.targets("split", "b"), ["start", "join"]);
    canvas.apply(Edit::Disconnect { from: "split".into(), outcome: "a".into() }).unwrap();
    assert_eq!(canvas.accepts("start", "error", "join").unwrap_err().code(), "draw_other_join");
}

#[test]
fn undo_and_redo_have_no_end() {
    let mut drawing = Drawing::of(Canvas::empty("k", Texts::new("名", "n")));
    assert!(!drawing.undo() && !drawing.redo());
    let mut past = vec![drawing.canvas().clone()];
    for i in 0..200 {
        drawing.edit(add("end", ends())).unwrap();
        if i % 3 == 0 {
            drawing.edit(Edit::Move(vec![("end".into(), [f64::from(i) * 40.0 + 40.0, 0.0])])).unwrap();
            past.push(drawing.canvas().clone());
        } else {
            past.push(drawing.canvas().clone());
        }
        if i % 3 == 0 {
            let len = past.len();
            past.insert(len - 1, {
                let mut before = drawing.clone();
                before.undo();
                before.canvas().clone()
            });
        }
    }
    for expected in past.iter().rev() {
        assert_eq!(drawing.canvas(), expected);
        drawing.undo();
    }
    assert!(!drawing.can_undo());
    for expected in past.iter().skip(1) {
        assert!(drawing.redo());
        assert_eq!(drawing.canvas(), expected);
    }
    drawing.undo();
    drawing.edit(Edit::SetKey("fork".into())).unwrap();
    assert!(!drawing.can_redo(), "another way was taken");
}

#[test]
fn pasted_blocks_get_fresh_ids_and_keep_their_own_connections() {
    let mut canvas = shipped();
    let count = canvas.blocks().len();
    let ids: Vec<String> =
        ["checks", "id_rules", "photo_quality", "ocr", "duplicate", "checks_done", "triage"]
            .map(str::to_owned)
            .into();
    let clip = Clip::from_text(&canvas.copy(&ids).to_text()).unwrap();
    assert_eq!((clip.len(), clip.corner()), (7, [280.0, 80.0]));
    canvas.apply(Edit::Paste { clip, by: [40.0, 600.0] }).unwrap();
    assert_eq!(canvas.blocks().len(), count + 7);
    let copied = |id: &str| canvas.block(&format!("{id}_2")).unwrap();
    assert_eq!(copied("checks").leads_to("photo"), Some("photo_quality_2"));
    assert_eq!(copied("checks_done").leads_to("done"), Some("triage_2"));
    assert_eq!(copied("checks_done").params["of"], "checks_2");
    assert_eq!(copied("triage").params["table"]["inputs"][0]["field"], "outcome.id_rules_2");
    assert_eq!(copied("triage").leads_to("clear"), None, "it led out of what was copied");
    assert_eq!(copied("triage").at, [920.0, 680.0]);
    assert!(Clip::from_text("{}").is_none() && Clip::from_text("words").is_none());
}

#[test]
fn a_renamed_block_is_followed_everywhere() {
    let mut canvas = shipped();
    canvas.apply(Edit::Rename { id: "checks".into(), to: "first_checks".into() }).unwrap();
    canvas.apply(Edit::Rename { id: "photo_quality".into(), to: "photo".into() }).unwrap();
    canvas.apply(Edit::Rename { id: "person_review".into(), to: "helper".into() }).unwrap();
    canvas.apply(Edit::Rename { id: "intake".into(), to: "entry".into() }).unwrap();
    assert_eq!((canvas.start.as_deref(), canvas.person.as_deref()), (Some("entry"), Some("helper")));
    assert_eq!(broken(&canvas), []);
}

#[test]
fn outcomes_follow_the_parameters() {
    let mut canvas = shipped();
    let params = json!({"queue": "identity", "due_minutes": 60, "may": ["approve"]});
    canvas.apply(Edit::SetParams { id: "name_review".into(), params }).unwrap();
    let open = |port: &Port| port.to.is_none();
    let ports = canvas.block("name_review").unwrap().ports();
    assert_eq!(
        ports.iter().map(|port| port.outcome.as_str()).collect::<Vec<_>>(),
        ["approve", "expired", "exhausted"]
    );
    assert!(!ports.iter().any(open));
    // Parameters that do not fit leave every connection as it is.
    canvas.apply(Edit::SetParams { id: "name_review".into(), params: json!({"queue": 1}) }).unwrap();
    assert_eq!(canvas.block("name_review").unwrap().ports().len(), 3);
    canvas.apply(Edit::SetMaxVisits { id: "name_review".into(), max: None }).unwrap();
    assert_eq!(canvas.block("name_review").unwrap().leads_to("exhausted"), None);
    let unknown = Drawn::new("x", "from-the-future", Value::Null, [0.0, 0.0]);
    assert!(unknown.ports().is_empty() && !unknown.can_be_limited());
}

#[test]
fn problems_are_named_at_their_block_while_drawing() {
    let mut canvas = Canvas::empty("k", Texts::new("名", "n"));
    let codes = |canvas: &Canvas| {
        problems(canvas, None, &|_| None).into_iter().map(|p| (p.code, p.block)).collect::<Vec<_>>()
    };
    assert_eq!(codes(&canvas), [("flow_empty".into(), None)]);
    canvas.apply(add("ocr", json!({"min_number_confidence": 60}))).unwrap();
    assert_eq!(canvas.start.as_deref(), Some("ocr"), "the first block is where a case starts");
    let open = codes(&canvas);
    assert_eq!(open.len(), 4);
    assert!(open.iter().all(|(code, block)| code == "flow_open_outcome" && block.as_deref() == Some("ocr")));
    canvas.apply(Edit::SetStart(None)).unwrap();
    canvas.apply(Edit::SetProduct(Some(json!({"condition": "new"})))).unwrap();
    let found = codes(&canvas);
    assert_eq!(found[0].0, "flow_start_missing");
    assert_eq!(found[1].0, "flow_bad_product");
    assert_eq!(found.len(), 6);
    canvas.apply(add("no-such-kind", Value::Null)).unwrap();
    assert!(codes(&canvas).contains(&("flow_unknown_kind".into(), Some("no_such_kind".into()))));
}

#[test]
fn the_shipped_flows_have_no_problems_and_long_ones_only_those_of_the_platform() {
    assert_eq!(broken(&shipped()), []);
    let long = long_flow(300);
    assert_eq!(long.blocks().len(), 300);
    assert!(
        broken(&long)
            .iter()
            .all(|problem| problem.code.starts_with("gate_") || problem.code == "flow_product_missing"),
        "{:?}",
        problems(&long, None, &|_| None)
    );
}

#[test]
fn every_kind_of_the_catalogue_can_be_put_down_at_once() {
    let mut canvas = Canvas::empty("k", Texts::new("名", "n"));
    for kind in catalogue() {
        canvas.apply(add(kind.key(), json!({}))).unwrap();
        let id = kind.key().replace('-', "_");
        assert!(canvas.block(&id).is_some(), "{id}");
    }
}

/// What keeps it from going live.
fn broken(canvas: &Canvas) -> Vec<Problem> {
    problems(canvas, None, &|_| None).into_iter().filter(|problem| !problem.hint).collect()
}
