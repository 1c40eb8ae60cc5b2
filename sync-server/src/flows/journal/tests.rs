use super::*;

fn table(outcome: &str, next: &str, otherwise: &str) -> Value {
    let table = json!({
        "inputs": [{"id": "n", "field": "notice.number"}],
        "outputs": [{"id": "o", "field": "outcome"}],
        "rules": [{"n": "7", "o": format!("'{outcome}'")}, {"o": "'other'"}],
    });
    json!({"kind": "rule-table", "params": {"writes": format!("by_{outcome}"), "table": table},
        "next": {outcome: next, "other": otherwise, "error": otherwise}})
}

fn case(conn: &Connection) -> (Library, CaseRef, Advanced) {
    crate::store::bring_up(conn).unwrap();
    audit::seal::carry(conn, None).unwrap();
    let flow = json!({
        "format": 1, "key": "two-tables", "name": {"zh-CN": "两张表", "en": "Two tables"}, "start": "tell",
        "blocks": {
            "tell": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "first", "error": "bad"}},
            "first": table("good", "second", "bad"),
            "second": table("fine", "thank", "bad"),
            "thank": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "bad", "error": "bad"}},
            "bad": {"kind": "end", "params": {"decision": "error", "reason": "r"}, "next": {}},
        },
    })
    .to_string();
    let (library, now) = (Library::default(), Timestamp::from_second(1_770_000_000).unwrap());
    let hash = Library::add(conn, "two-tables", &flow, now).unwrap();
    let of = CaseRef { tenant: TenantId::from_bytes([1; 16]), case: CaseId::from_bytes([2; 16]) };
    conn.execute(
        "INSERT INTO cases(tenant, id, number, person, flow, flow_hash, request, lang, created_by, created_at, updated_at)
         VALUES (?1, ?2, 1, '', 'two-tables', ?3, '{}', 'en', 'test', 0, 0)",
        params![of.tenant.to_string(), of.case.to_string(), hash],
    )
    .unwrap();
    let begun = begin(conn, &Arc::new(Flow::parse(&flow).unwrap()), of, Facts::new(), now).unwrap();
    (library, of, begun)
}

fn tell(conn: &Connection, number: i64) -> (CaseRef, Advanced) {
    let (library, of, begun) = case(conn);
    let [Effect::Perform(task)] = begun.effects.as_slice() else { panic!("{:?}", begun.effects) };
    let writes = Facts::new().with("notice.number", number);
    let event = Event::Done { at: task.at.clone(), outcome: "sent".to_owned(), writes };
    let now = Timestamp::from_second(1_770_000_001).unwrap();
    (of, advance(conn, &library, of, event, None, now).unwrap())
}

fn column(conn: &Connection, sql: &str) -> Vec<String> {
    let mut statement = conn.prepare(sql).unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

#[test]
fn tables_are_decided_in_the_commit_that_reaches_them() {
    let conn = Connection::open_in_memory().unwrap();
    let (_, advanced) = tell(&conn, 7);
    assert!(
        matches!(advanced.effects.as_slice(), [Effect::Perform(task)] if task.at.block.as_str() == "thank")
    );
    let steps = column(
        &conn,
        "SELECT seq || ' ' || block || ' ' || outcome || ' ' || (trace IS NOT NULL) FROM steps ORDER BY seq",
    );
    assert_eq!(steps, ["2 tell sent 0", "3 first good 1", "4 second fine 1"]);
    assert_eq!(column(&conn, "SELECT block FROM tasks"), ["thank"]);
    assert_eq!(column(&conn, "SELECT CAST(seq AS TEXT) FROM runs"), ["4"]);
    assert_eq!(audit::verify(&conn).unwrap(), None);
}

#[test]
fn a_decision_may_end_the_case() {
    let conn = Connection::open_in_memory().unwrap();
    let (_, advanced) = tell(&conn, 8);
    assert!(matches!(advanced.effects.as_slice(), [Effect::End { .. }]), "{:?}", advanced.effects);
    assert_eq!(column(&conn, "SELECT decision FROM cases"), ["error"]);
    assert!(column(&conn, "SELECT block FROM tasks").is_empty());
}

/// Two branches: one tells and thanks, the other waits for the block `tell` to be left.
fn waiting(conn: &Connection, fact: &str, join: &str) -> (Library, CaseRef, Advanced) {
    let file = json!({
        "format": 1, "key": "waits", "name": {"zh-CN": "等", "en": "Waits"}, "start": "both", "blocks": {
            "both": {"kind": "parallel", "params": {"branches": ["a", "b"]}, "next": {"a": "wait", "b": "tell"}},
            "wait": {"kind": "wait", "params": {"fact": fact, "minutes": 5},
                "next": {"arrived": "first", "expired": "met"}},
            "first": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "met", "error": "met"}},
            "tell": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "thank", "error": "met"}},
            "thank": {"kind": "notify", "params": {"message": "m"}, "next": {"sent": "met", "error": "met"}},
            "met": {"kind": "join", "params": {"of": "both", "need": join}, "next": {"done": "end"}},
            "end": {"kind": "end", "params": {"decision": "error", "reason": "r"}, "next": {}},
        },
    });
    let now = Timestamp::from_second(1_770_000_000).unwrap();
    let (library, of, _) = case(conn);
    let hash = Library::add(conn, "waits", &file.to_string(), now).unwrap();
    conn.execute("DELETE FROM tasks", []).unwrap();
    conn.execute("DELETE FROM runs", []).unwrap();
    conn.execute("UPDATE cases SET flow_hash = ?1", [&hash]).unwrap();
    let flow = library.get(conn, &hash).unwrap().unwrap();
    let begun = begin(conn, &flow, of, Facts::new(), now).unwrap();
    (library, of, begun)
}

fn done(conn: &Connection, library: &Library, of: CaseRef, block: &str, writes: Facts) -> Advanced {
    let at = At { block: shared::flow::BlockId::parse(block).unwrap(), visit: 1 };
    let event = Event::Done { at, outcome: "sent".into(), writes };
    advance(conn, library, of, event, None, Timestamp::from_second(1_770_000_060).unwrap()).unwrap()
}

#[test]
fn a_wait_goes_on_in_the_commit_that_brings_its_fact() {
    let conn = Connection::open_in_memory().unwrap();
    let (library, of, begun) = waiting(&conn, "notice.number", "all");
    assert!(begun.effects.iter().any(|effect| matches!(effect, Effect::Await(wait) if wait.kind == "wait")));
    assert_eq!(column(&conn, "SELECT block FROM tasks ORDER BY block"), ["tell", "wait"]);
    let advanced = done(&conn, &library, of, "tell", Facts::new().with("notice.number", 7));
    assert_eq!(column(&conn, "SELECT block FROM tasks ORDER BY block"), ["first", "thank"]);
    assert!(advanced.effects.iter().all(|effect| matches!(effect, Effect::Perform(_))));
    let steps = column(&conn, "SELECT block || ' ' || outcome FROM steps ORDER BY seq");
    assert_eq!(steps, ["tell sent", "wait arrived"]);
    let (_, run) = load(&conn, &library, of).unwrap();
    assert_eq!(run.facts().text("outcome.wait"), Some("arrived"));
    assert_eq!(audit::verify(&conn).unwrap(), None);
}

#[test]
fn a_wait_for_something_else_stays_until_its_time_is_over() {
    let conn = Connection::open_in_memory().unwrap();
    let (library, of, _) = waiting(&conn, "notice.other", "all");
    let _ = done(&conn, &library, of, "tell", Facts::new().with("notice.number", 7));
    assert_eq!(column(&conn, "SELECT block FROM tasks ORDER BY block"), ["thank", "wait"]);
    let due = At { block: shared::flow::BlockId::parse("wait").unwrap(), visit: 1 };
    let late = Timestamp::from_second(1_770_000_300).unwrap();
    let _ = advance(&conn, &library, of, Event::Due { at: due }, None, late).unwrap();
    let (_, run) = load(&conn, &library, of).unwrap();
    assert_eq!(run.facts().text("outcome.wait"), Some("expired"));
    assert_eq!(column(&conn, "SELECT block FROM tasks"), ["thank"]);
}

#[test]
fn that_a_block_was_left_is_a_fact_as_well() {
    let conn = Connection::open_in_memory().unwrap();
    let (library, of, _) = waiting(&conn, "outcome.tell", "any");
    let _ = done(&conn, &library, of, "tell", Facts::new());
    assert_eq!(column(&conn, "SELECT block FROM tasks ORDER BY block"), ["first", "thank"]);
    let _ = done(&conn, &library, of, "first", Facts::new());
    assert!(column(&conn, "SELECT block FROM tasks").is_empty(), "the other branch is taken back");
}

#[test]
fn what_a_further_step_takes_back_was_never_given() {
    let conn = Connection::open_in_memory().unwrap();
    let (_, _, begun) = case(&conn);
    let Some(Effect::Perform(task)) = begun.effects.first().cloned() else { panic!("no task") };
    let mut effects = begun.effects;
    follow(&mut effects, vec![Effect::Cancel(task.at.clone())]);
    assert!(effects.is_empty());
    follow(&mut effects, vec![Effect::Cancel(task.at.clone())]);
    assert_eq!(effects, [Effect::Cancel(task.at)]);
}
