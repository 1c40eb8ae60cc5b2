//! Each finding, by one change to a sound flow.

use serde_json::{Value, json};

use super::super::journeys::{LEASEBACK, NEW_CAR};
use super::super::{Baseline, BlockId, Finding, Flow, FlowError, Severity};
use super::{check_against as all_findings, for_sale};

/// What forbids a flow to go live.
fn check_against(flow: &Flow, baseline: &Baseline) -> Vec<Finding> {
    let forbidding = |f: &Finding| f.forbids() && !f.code.starts_with("table_");
    all_findings(flow, baseline).into_iter().filter(forbidding).collect()
}

type Change = fn(&mut Value);

fn blocks(flow: &mut Value) -> &mut Value {
    &mut flow["blocks"]
}

fn changed(text: &str, change: Change) -> Result<Flow, FlowError> {
    let mut flow: Value = serde_json::from_str(text).unwrap();
    change(&mut flow);
    Flow::parse(&flow.to_string())
}

#[test]
fn each_structural_slip_is_found_and_named() {
    let table: [(&str, &str, Change); 19] = [
        ("flow_unknown_kind", "notify", |f| blocks(f)["notify"]["kind"] = json!("email")),
        ("flow_bad_params", "disclose", |f| {
            blocks(f)["disclose"]["params"]["min_reading_seconds"] = json!(0)
        }),
        ("flow_bad_params", "disclose", |f| blocks(f)["disclose"]["params"]["surprise"] = json!(1)),
        ("rule_not_allowed", "policy", |f| {
            blocks(f)["policy"]["params"]["table"]["rules"][1]["when"] = json!("rand(9) > 3")
        }),
        ("rule_unreadable", "policy", |f| {
            blocks(f)["policy"]["params"]["table"]["rules"][1]["when"] = json!("1 +")
        }),
        ("flow_open_outcome", "bureau", |f| {
            drop(blocks(f)["bureau"]["next"].as_object_mut().unwrap().remove("timeout"))
        }),
        ("flow_open_outcome", "sign", |f| blocks(f)["sign"]["max_visits"] = json!(2)),
        ("flow_unknown_outcome", "sign", |f| blocks(f)["sign"]["next"]["maybe"] = json!("notify")),
        ("flow_missing_block", "sign", |f| blocks(f)["sign"]["next"]["failed"] = json!("nowhere")),
        ("flow_bad_max_visits", "checks", |f| blocks(f)["checks"]["max_visits"] = json!(3)),
        ("flow_start_missing", "", |f| f["start"] = json!("nowhere")),
        ("flow_person_missing", "", |f| f["person"] = json!("nowhere")),
        ("flow_person_not_review", "plan", |f| f["person"] = json!("plan")),
        ("flow_unreachable", "end_no_plan", |f| blocks(f)["plan"]["next"]["none"] = json!("offer_review")),
        ("flow_endless_loop", "", |f| {
            let photo = blocks(f)["ask_photo"].as_object_mut().unwrap();
            photo.remove("max_visits");
            photo["next"].as_object_mut().unwrap().remove("exhausted");
        }),
        ("flow_branch_entered", "ocr", |f| blocks(f)["ask_photo"]["next"]["given"] = json!("ocr")),
        ("flow_branch_shared", "ocr", |f| blocks(f)["duplicate"]["next"]["none"] = json!("ocr")),
        ("flow_fork_without_join", "checks", |f| blocks(f)["checks_done"]["params"]["of"] = json!("plan")),
        ("flow_unknown_fact", "score", |f| {
            blocks(f)["score"]["params"]["table"]["inputs"][0]["field"] = json!("id.agee.years")
        }),
    ];
    for (n, (code, block, change)) in table.into_iter().enumerate() {
        if code == "flow_unknown_fact" {
            continue; // `id` as a whole is written by intake; a namespace nobody writes is tested below.
        }
        let error = changed(NEW_CAR, change).unwrap_err();
        let named = |f: &Finding| {
            f.code == code && (block.is_empty() || f.block.as_ref().is_some_and(|b| b.as_str() == block))
        };
        assert!(error.findings().iter().any(named), "{n} {code} {block}: {error}");
        assert!(error.findings().iter().all(|f| f.text.is_complete()));
    }
    for path in ["ocrr.name", "partner.burau.score", "outcome.nobody"] {
        let mut flow: Value = serde_json::from_str(NEW_CAR).unwrap();
        flow["blocks"]["score"]["params"]["table"]["inputs"][0]["field"] = json!(path);
        assert_eq!(Flow::parse(&flow.to_string()).unwrap_err().code(), "flow_unknown_fact", "{path}");
    }
}

#[test]
fn what_is_no_flow_file_is_unreadable() {
    let many: String = (0..600).map(|i| format!("\"b{i}\": {{\"kind\": \"end\"}},")).collect();
    let with = |blocks: &str| {
        format!(
            "{{\"format\":1,\"key\":\"k\",\"name\":{{\"zh-CN\":\"x\",\"en\":\"x\"}},\"start\":\"a\",\"blocks\":{{{blocks}}}}}"
        )
    };
    for (text, code) in [
        (String::new(), "flow_unreadable"),
        ("[]".to_owned(), "flow_unreadable"),
        (" ".repeat(super::super::MAX_BYTES + 1), "flow_too_large"),
        (with("\"A b\": {\"kind\": \"end\"}"), "flow_unreadable"),
        (with("\"a\": {\"kind\": \"end\"}, \"a\": {\"kind\": \"end\"}"), "flow_unreadable"),
        (with(many.trim_end_matches(',')), "flow_unreadable"),
        (NEW_CAR.replacen("\"format\": 1", "\"format\": 2", 1), "flow_format_unknown"),
    ] {
        assert_eq!(Flow::parse(&text).unwrap_err().code(), code);
    }
}

#[test]
fn each_broken_rule_is_found_with_a_path() {
    let table: [(&str, &str, Change); 10] = [
        ("gate_disclosure_before_sign", "sign", |f| {
            blocks(f)["funder"]["next"]["matched"] = json!("contract")
        }),
        ("gate_disclosure_before_contract", "contract", |f| {
            blocks(f)["disclose"]["next"]["refused"] = json!("contract")
        }),
        ("gate_contract_before_sign", "sign", |f| blocks(f)["disclose"]["next"]["confirmed"] = json!("sign")),
        ("gate_approved_only_signed", "end_approved", |f| {
            blocks(f)["sign"]["next"]["failed"] = json!("notify")
        }),
        ("gate_score_before_offer", "plan", |f| {
            blocks(f)["identity_lead"]["next"]["approve"] = json!("plan")
        }),
        ("gate_name_before_funder", "funder", |f| {
            blocks(f)["person_consent"]["next"]["given"] = json!("consent")
        }),
        // A better photo is handed in with the same kind of block, and is no confirmation of the name.
        ("gate_name_before_sign", "sign", |f| {
            blocks(f)["confirm_reading"]["params"]["ask"] = json!(["photo"])
        }),
        ("gate_consent_before_use", "bureau", |f| {
            blocks(f)["consent"]["params"]["ask"] = json!(["share_with_funder", "issue_certificate"])
        }),
        ("gate_partner_failure_unhandled", "bureau", |f| {
            blocks(f)["bureau"]["next"]["timeout"] = json!("score")
        }),
        ("gate_wait_too_long", "intake", |f| {
            blocks(f)["intake"]["params"]["due_minutes"] = json!(60 * 24 * 60)
        }),
    ];
    let baseline = Baseline::platform().unwrap();
    for (code, block, change) in table {
        let flow = changed(NEW_CAR, change).unwrap_or_else(|e| panic!("{code}: {e}"));
        let findings = check_against(&flow, &baseline);
        let found =
            findings.iter().find(|f| f.code == code).unwrap_or_else(|| panic!("{code}: {findings:?}"));
        assert_eq!(found.block.as_ref().unwrap().as_str(), block, "{code}");
        if code != "gate_wait_too_long" {
            assert!(found.path.len() > 1, "{code}");
            let entries = ["intake", "person_review"];
            assert!(entries.contains(&found.path[0].as_str()), "{code}: {:?}", found.path);
        }
    }
}

/// Each sort of rule that the samples keep or that no sample has, by a change or a rule that it does not allow.
#[test]
fn each_sort_of_rule_can_be_broken_and_kept() {
    let rule = |rule: Value| {
        let mut named = json!({"code": "gate_own", "text": {"zh-CN": "自定", "en": "own"}});
        named.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        Baseline::parse(&json!({"format": 1, "rules": [named]}).to_string()).unwrap_or_else(|e| panic!("{e}"))
    };
    let flow = Flow::parse(NEW_CAR).unwrap();
    let blocks = |baseline: &Baseline| -> Vec<String> {
        let findings = check_against(&flow, baseline);
        assert!(findings.iter().all(|f| f.code == "gate_own"), "{findings:?}");
        findings.iter().filter_map(|f| f.block.as_ref()).map(ToString::to_string).collect()
    };
    for (kept, broken, at) in [
        (
            json!({"rule": "never_before", "first": "sign", "outcome": "signed", "then": "score-card"}),
            json!({"rule": "never_before", "first": "disclose", "outcome": "changed", "then": "score-card"}),
            "score",
        ),
        (
            json!({"rule": "two_person", "after": "request-more", "outcome": "given", "queues": ["x"],
                "second": "sign", "second_outcome": "signed", "before": "end"}),
            json!({"rule": "two_person", "after": "manual-review", "outcome": "approve", "queues": ["credit"],
                "second": "sign", "second_outcome": "signed", "before": "generate-contract"}),
            "contract",
        ),
        (
            json!({"rule": "followed_by", "first": "manual-review", "outcome": "changed",
                "by": [{"kind": "recommend-plan", "outcome": "found"}], "before": ["match-funder", "disclose"]}),
            json!({"rule": "followed_by", "first": "manual-review", "outcome": "approve",
                "by": [{"kind": "recommend-plan", "outcome": "found"}], "before": ["end", "generate-contract"]}),
            "contract",
        ),
        (
            json!({"rule": "must_handle", "kind": "ocr", "outcomes": ["no_such_outcome"]}),
            json!({"rule": "must_handle", "kind": "generate-contract", "outcomes": ["generated"]}),
            "contract",
        ),
        (
            json!({"rule": "bound", "kind": "ocr", "param": "min_number_confidence", "least": 60, "most": 60}),
            json!({"rule": "bound", "kind": "ocr", "param": "min_number_confidence", "least": 61}),
            "ocr",
        ),
        (
            json!({"rule": "consent_covers"}),
            json!({"rule": "consent_covers", "since_write": ["match"]}),
            "realname",
        ),
    ] {
        let kept = blocks(&rule(kept.clone()));
        assert!(kept.is_empty(), "{kept:?}");
        let found = blocks(&rule(broken.clone()));
        assert!(found.iter().any(|block| block == at), "{broken}: {found:?}");
    }
    let unknown = rule(json!({"rule": "bound", "kind": "ocr", "param": "no_such_parameter", "most": 1}));
    assert_eq!(all_findings(&flow, &unknown)[0].severity, Severity::Unproved);
}

#[test]
fn a_path_shows_how_the_rule_is_broken() {
    let flow = changed(NEW_CAR, |f| blocks(f)["disclose"]["next"]["refused"] = json!("contract")).unwrap();
    let findings = check_against(&flow, &Baseline::platform().unwrap());
    let found = findings.iter().find(|f| f.code == "gate_disclosure_before_contract").unwrap();
    let path: Vec<&str> = found.path.iter().map(|id| id.as_str()).collect();
    assert_eq!(path.first(), Some(&"intake"));
    assert_eq!(path.last(), Some(&"contract"));
    for pair in path.windows(2) {
        let block = flow.block(&BlockId::parse(pair[0]).unwrap()).unwrap();
        let next = block.next.iter().any(|(_, to)| flow.blocks[*to].id.as_str() == pair[1]);
        // Inside parallel branches the blocks of several branches follow each other.
        let inside = ["id_rules", "photo_quality", "ocr", "duplicate"].contains(&pair[0]);
        assert!(next || inside, "{pair:?} in {path:?}");
    }
}

#[test]
fn what_a_product_asks_for_is_held_against_the_law() {
    let gate = |terms: Value| {
        let mut flow: Value = serde_json::from_str(LEASEBACK).unwrap();
        flow["product"] = terms;
        let flow = Flow::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{e}"));
        let findings = check_against(&flow, &Baseline::platform().unwrap());
        findings.into_iter().map(|f| (f.code, f.text.en)).collect::<Vec<_>>()
    };
    let terms = |condition: &str, least: u8, usual: u8| {
        json!({"condition": condition, "new_energy": true, "kinds": ["leaseback"],
            "least_down_payment_percent": least, "usual_down_payment_percent": usual})
    };
    assert_eq!(gate(terms("used", 30, 40)), []);
    let found = gate(terms("used", 10, 40));
    assert_eq!(found[0].0, "gate_down_payment_too_low");
    assert!(found[0].1.contains("30 %") && found[0].1.contains("10 %"), "{}", found[0].1);
    assert_eq!(gate(terms("new", 0, 20)), [], "the platform sets no least share for new cars");
    let unsold = |change: Change| {
        let codes = for_sale(&changed(NEW_CAR, change).unwrap()).into_iter().map(|f| f.code);
        codes.collect::<Vec<_>>()
    };
    assert_eq!(unsold(|_| {}), [""; 0]);
    assert_eq!(unsold(|f| drop(f.as_object_mut().unwrap().remove("product"))), ["flow_product_missing"]);
    let odd: Change = |f| {
        f["key"] = json!("A b");
        f["product"]["kinds"] = json!([]);
        f["product"]["least_down_payment_percent"] = json!(50);
    };
    assert_eq!(unsold(odd), ["flow_key_form", "flow_product_no_kind", "flow_product_down_payment"]);
}

#[test]
fn a_tenant_can_only_be_stricter() {
    let own = r#"{"format": 1, "rules": [{"code": "own", "text": {"zh-CN": "自", "en": "own"}, "rule": "max_wait", "minutes": 5}]}"#;
    let both = Baseline::platform().unwrap().with(Baseline::parse(own).unwrap()).unwrap();
    let flow = Flow::parse(NEW_CAR).unwrap();
    assert!(check_against(&flow, &both).iter().any(|f| f.code == "own"));
    assert_eq!(both.rules.len(), Baseline::platform().unwrap().rules.len() + 1);
}

#[test]
fn tables_are_proved_to_leave_nothing_out() {
    let policy = |change: Change| {
        let flow = changed(NEW_CAR, change).unwrap_or_else(|e| panic!("{e}"));
        let findings = all_findings(&flow, &Baseline { format: 1, rules: Vec::new() });
        let of_policy =
            findings.into_iter().filter(|f| f.block.as_ref().is_some_and(|b| b.as_str() == "policy"));
        of_policy.map(|f| (f.code.clone(), f.severity, f.text.en)).collect::<Vec<_>>()
    };
    fn rows(flow: &mut Value) -> &mut Vec<Value> {
        flow["blocks"]["policy"]["params"]["table"]["rules"].as_array_mut().unwrap()
    }
    let codes = |change: Change| {
        let found = policy(change).into_iter().filter(|(_, severity, _)| *severity != Severity::Hint);
        found.map(|(code, ..)| code).collect::<Vec<_>>()
    };
    assert_eq!(codes(|_| {}), [""; 0]);
    assert_eq!(codes(|f| rows(f).push(json!({"grade": "'A'", "outcome": "'approve'"}))), ["table_row_never"]);
    let gap: Change = |f| {
        drop(rows(f).pop());
        f["blocks"]["policy"]["next"]["no_rule"] = json!("credit_review");
    };
    assert_eq!(codes(gap), ["table_gap"]);
    assert!(policy(gap)[0].2.contains("request.finance_fen = "), "{:?}", policy(gap));
    assert_eq!(codes(|f| rows(f)[3]["when"] = json!("abs(request.finance_fen) > 5")), ["table_row_unproved"]);
}

#[test]
fn a_partner_failure_after_a_join_must_be_looked_at() {
    let blind: Change = |f| blocks(f)["queries_done"]["next"]["done"] = json!("score");
    let error = changed(LEASEBACK, blind).unwrap_err();
    assert_eq!(error.code(), "flow_unreachable", "answers hangs loose then");
    let half: Change = |f| {
        let rules = blocks(f)["answers"]["params"]["table"]["rules"].as_array_mut().unwrap();
        rules.iter_mut().for_each(|rule| drop(rule.as_object_mut().unwrap().remove("valuation")));
        let inputs = blocks(f)["answers"]["params"]["table"]["inputs"].as_array_mut().unwrap();
        inputs.retain(|input| input["id"] != "valuation");
    };
    let flow = changed(LEASEBACK, half).unwrap();
    let findings = check_against(&flow, &Baseline::platform().unwrap());
    let failing: Vec<_> =
        findings.iter().map(|f| (f.code.as_str(), f.block.as_ref().unwrap().as_str())).collect();
    assert_eq!(failing, [("gate_partner_failure_unhandled", "valuation"); 3], "{findings:?}");
}

/// intake → parallel { asks for the consent ; something else } → join → bureau → end.
fn forked(need: Value, other: Value) -> Vec<String> {
    let mut flow = json!({"format": 1, "key": "k", "name": {"zh-CN": "试", "en": "try"}, "start": "intake", "blocks": {
        "intake": {"kind": "intake", "params": {"require": ["phone"], "due_minutes": 10}, "next": {"complete": "fork", "expired": "end"}},
        "fork": {"kind": "parallel", "params": {"branches": ["a", "b"]}, "next": {"a": "consent", "b": "other"}},
        "consent": {"kind": "consent-check", "params": {"ask": ["credit_query"], "due_minutes": 10},
            "next": {"given": "join", "refused": "end", "expired": "end"}},
        "join": {"kind": "join", "params": {"of": "fork", "need": need}, "next": {"done": "bureau"}},
        "bureau": {"kind": "partner-query", "params": {"partner": "bureau"},
            "next": {"found": "end", "no_record": "end", "timeout": "end", "error": "end", "no_consent": "end"}},
        "end": {"kind": "end", "params": {"decision": "declined", "reason": "done"}}
    }});
    flow["blocks"]["other"] = other;
    let flow = Flow::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{e}"));
    let rules = r#"{"format": 1, "rules": [{"code": "c", "text": {"zh-CN": "授", "en": "c"}, "rule": "consent_before_use"}]}"#;
    check_against(&flow, &Baseline::parse(rules).unwrap())
        .iter()
        .map(|f| f.block.as_ref().unwrap().to_string())
        .collect()
}

#[test]
fn a_join_guarantees_only_what_any_of_its_completions_guarantee() {
    let notify =
        json!({"kind": "notify", "params": {"message": "m"}, "next": {"sent": "join", "error": "join"}});
    assert_eq!(forked(json!("all"), notify.clone()), [""; 0]);
    assert_eq!(forked(json!("any"), notify.clone()), ["bureau"]);
    assert_eq!(forked(json!(2), notify), [""; 0]);
    let consent = json!({"kind": "consent-check", "params": {"ask": ["credit_query"], "due_minutes": 10},
        "next": {"given": "join", "refused": "end", "expired": "end"}});
    assert_eq!(forked(json!("any"), consent), [""; 0], "both branches bring it");
    let query = json!({"kind": "partner-query", "params": {"partner": "bureau"},
        "next": {"found": "join", "no_record": "join", "timeout": "join", "error": "join", "no_consent": "join"}});
    assert_eq!(forked(json!("all"), query), ["other"], "the other branch does not wait for the consent");
}

/// disclose ‖ recommend-plan, then contract: the plan may be written after the confirmation.
#[test]
fn a_branch_that_rewrites_the_terms_undoes_the_disclosure_beside_it() {
    let flow = |second: Value| {
        let mut flow = json!({"format": 1, "key": "k", "name": {"zh-CN": "试", "en": "try"}, "start": "fork", "blocks": {
            "fork": {"kind": "parallel", "params": {"branches": ["a", "b"]}, "next": {"a": "disclose", "b": "other"}},
            "disclose": {"kind": "disclose", "params": {"min_reading_seconds": 5, "due_minutes": 10},
                "next": {"confirmed": "join", "refused": "end", "changed": "end", "expired": "end"}},
            "join": {"kind": "join", "params": {"of": "fork", "need": "all"}, "next": {"done": "contract"}},
            "contract": {"kind": "generate-contract", "params": {},
                "next": {"generated": "end", "terms_changed": "end", "needs_person": "end", "error": "end"}},
            "end": {"kind": "end", "params": {"decision": "declined", "reason": "done"}}
        }});
        flow["blocks"]["other"] = second;
        let flow = Flow::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{e}"));
        let baseline = Baseline::platform().unwrap();
        let codes = check_against(&flow, &baseline).into_iter().map(|f| f.code);
        codes.filter(|code| code == "gate_disclosure_before_contract").count()
    };
    assert_eq!(
        flow(
            json!({"kind": "notify", "params": {"message": "m"}, "next": {"sent": "join", "error": "join"}})
        ),
        0
    );
    assert_eq!(
        flow(
            json!({"kind": "recommend-plan", "params": {}, "next": {"found": "join", "none": "join", "error": "join"}})
        ),
        1
    );
}

/// The shipped flow with a counter-offer between the confirmed disclosure and the contract, going on to `then`.
fn countered(then: &str) -> Flow {
    let mut flow: Value = serde_json::from_str(NEW_CAR).unwrap();
    let mut again = flow["blocks"]["disclose"].clone();
    again["next"]["changed"] = json!("offer_review");
    flow["blocks"]["disclose_again"] = again;
    flow["blocks"]["disclose"]["next"]["confirmed"] = json!("counter");
    flow["blocks"]["disclose"]["next"]["refused"] = json!("disclose_again");
    flow["blocks"]["counter"] = json!({
        "kind": "counter-offer", "params": {"max_less_percent": 30, "most_down_payment_percent": 60},
        "next": {"offered": then, "none": "offer_review", "error": "offer_review"}
    });
    Flow::parse(&flow.to_string()).unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn a_counter_offer_after_the_disclosure_must_be_disclosed_before_anybody_signs() {
    let baseline = Baseline::platform().unwrap();
    let mut codes = Vec::new();
    for (then, through) in [("contract", "contract"), ("sign", "sign")] {
        for finding in check_against(&countered(then), &baseline) {
            let block = finding.block.as_ref().map(BlockId::as_str);
            if block == Some(through) {
                let way: Vec<&str> = finding.path.iter().map(BlockId::as_str).collect();
                assert_eq!(way[way.len() - 3..], ["disclose", "counter", through], "{}", finding.code);
                codes.push(finding.code);
            }
        }
    }
    for code in
        ["gate_disclosure_before_contract", "gate_disclosure_before_sign", "gate_contract_before_sign"]
    {
        assert!(codes.iter().any(|found| found == code), "{code}: {codes:?}");
    }
    let found = check_against(&countered("disclose_again"), &baseline);
    assert!(found.is_empty(), "disclosed again, it may be signed: {found:?}");
}

#[test]
fn a_counter_offer_needs_a_score_and_never_follows_a_signature() {
    let early = changed(NEW_CAR, |f| {
        let next = json!({"offered": "funder", "none": "end_no_plan", "error": "offer_review"});
        let params = json!({"max_less_percent": 30, "most_down_payment_percent": 60});
        blocks(f)["counter"] = json!({"kind": "counter-offer", "params": params, "next": next});
        blocks(f)["identity_lead"]["next"]["approve"] = json!("counter");
    });
    let late = changed(NEW_CAR, |f| {
        let next = json!({"offered": "notify", "none": "notify", "error": "notify"});
        let params = json!({"max_less_percent": 30, "most_down_payment_percent": 60});
        blocks(f)["counter"] = json!({"kind": "counter-offer", "params": params, "next": next});
        blocks(f)["sign"]["next"]["signed"] = json!("counter");
    });
    for (flow, code) in
        [(early, "gate_score_before_counter_offer"), (late, "gate_counter_offer_after_signing")]
    {
        let found = check_against(&flow.unwrap(), &Baseline::platform().unwrap());
        assert!(found.iter().any(|f| f.code == code), "{code}: {found:?}");
    }
}

/// Another kind that asks the same partner is held to the same rules.
#[test]
fn a_valuation_of_its_own_kind_needs_the_consent_and_its_failures_handled_and_costs() {
    let own: Change = |f| {
        let next = ["within", "above", "unknown", "timeout", "error", "no_consent"];
        let next: Value =
            next.into_iter().map(|outcome| (outcome.to_owned(), json!("queries_done"))).collect();
        blocks(f)["valuation"] = json!({"kind": "vehicle-valuation", "params": {}, "next": next});
        let text = f.to_string().replace("\"'valued'\"", "\"'within', 'above'\"");
        *f = serde_json::from_str(&text).unwrap();
    };
    let flow = changed(LEASEBACK, own).unwrap();
    let broken = |flow: &Flow, baseline: &Baseline| -> Vec<(String, String)> {
        let block = |f: &Finding| f.block.as_ref().map(ToString::to_string).unwrap_or_default();
        check_against(flow, baseline).iter().map(|f| (f.code.clone(), block(f))).collect()
    };
    let platform = Baseline::platform().unwrap();
    assert_eq!(broken(&flow, &platform), []);

    let mut file: Value = serde_json::from_str(LEASEBACK).unwrap();
    own(&mut file);
    for (_, block) in file["blocks"].as_object_mut().unwrap() {
        if let Some(ask) = block["params"].get_mut("ask").and_then(Value::as_array_mut) {
            ask.retain(|purpose| purpose != "vehicle_valuation");
        }
    }
    let unasked = Flow::parse(&file.to_string()).unwrap();
    assert!(
        broken(&unasked, &platform).contains(&("gate_consent_before_use".into(), "valuation".into())),
        "{:?}",
        broken(&unasked, &platform)
    );
    let budget = |fen: u64| {
        let rule = json!({"code": "gate_own", "text": {"zh-CN": "自定", "en": "own"}, "rule": "budget",
            "partner_fen": fen, "prices_fen": {"valuation": 100}});
        Baseline::parse(&json!({"format": 1, "rules": [rule]}).to_string()).unwrap()
    };
    let query = Flow::parse(LEASEBACK).unwrap();
    let least = (0..1_000).map(|n| n * 100).find(|fen| broken(&query, &budget(*fen)).is_empty()).unwrap();
    assert!(least > 0 && broken(&flow, &budget(least)).is_empty());
    assert_eq!(
        broken(&flow, &budget(least - 1)).len(),
        1,
        "it costs what the query of the same partner does"
    );
}

#[test]
fn a_wait_for_what_nobody_brings_is_a_slip() {
    let waits = |fact: &str| {
        let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
        file["blocks"]["consent"]["next"]["given"] = json!("wait");
        file["blocks"]["wait"] = json!({"kind": "wait", "params": {"fact": fact, "minutes": 5},
            "next": {"arrived": "bureau", "expired": "bureau"}});
        Flow::parse(&file.to_string())
    };
    for there in ["partner.realname.verdict", "outcome.bureau", "request.finance_fen"] {
        let flow = waits(there).unwrap_or_else(|e| panic!("{there}: {e}"));
        assert!(check_against(&flow, &Baseline::platform().unwrap()).is_empty(), "{there}");
    }
    for slip in ["partner.realnam.verdict", "outcome.buro", "weather"] {
        assert_eq!(waits(slip).unwrap_err().code(), "flow_unknown_fact", "{slip}");
    }
}
