//! Whoever asks later what happened finds it in the audit: every act of the customer, and whether somebody changed it.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;

use miaopi::store::{Store, StoreError};
use serde_json::{Value, json};
use tests::world::{Cli, PATIENCE, Server, http, in_checkout, wait_until};

const ID_NUMBER: &str = "110105198004197592";

fn card() -> String {
    in_checkout("assets/cards/sample-1.jpg").to_string_lossy().into_owned()
}

async fn post_form(url: &str, form: &[(&str, &str)]) -> u16 {
    let body = reqwest::Url::parse_with_params("http://form/", form).unwrap();
    let post = http().unwrap().post(url).header("content-type", "application/x-www-form-urlencoded");
    post.body(body.query().unwrap_or_default().to_owned()).send().await.unwrap().status().as_u16()
}

async fn audit(server: &Server) -> (i32, String) {
    audit_in(&server.data()).await
}

async fn audit_in(data: &Path) -> (i32, String) {
    let said = Cli::new(&["admin", "audit", "--data", data.to_str().unwrap()]).unwrap().run().await.unwrap();
    (said.code, said.stdout + &said.stderr)
}

/// A customer of the API, up to the page that asks for the consents to partners.
async fn up_to_the_consents(server: &Server, token: &str) {
    let url = |what: &str| format!("{}/api/v1/customer/{what}", server.url);
    let client = http().unwrap();
    let view = async || -> Value {
        client.get(url("case")).bearer_auth(token).send().await.unwrap().json().await.unwrap()
    };
    let fields: Vec<Value> =
        view().await["consents"].as_array().unwrap().iter().map(|c| c["field"].clone()).collect();
    let consents = client.post(url("consents")).bearer_auth(token);
    let answer = consents.json(&json!({"act_id": "a1", "fields": fields})).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    let photo = reqwest::multipart::Part::bytes(std::fs::read(card()).unwrap()).file_name("photo");
    let form = reqwest::multipart::Form::new()
        .text("act_id", "a2")
        .text("id_number", ID_NUMBER)
        .part("photo", photo);
    let answer = client.post(url("identity")).bearer_auth(token).multipart(form).send().await.unwrap();
    assert_eq!(answer.status(), 204);
    wait_until("the consents to be asked", PATIENCE, async || {
        let page = view().await["page"].as_str().unwrap_or_default().to_owned();
        if page == "reading" {
            let body = json!({"act_id": "a3", "name": "唐飞"});
            let _ = client.post(url("confirmation")).bearer_auth(token).json(&body).send().await;
        }
        (page == "consent-partners").then_some(())
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_act_of_a_customer_is_recorded_and_no_change_goes_unseen() {
    let mut server = Server::start_demo().await.unwrap();

    // One customer reads in English, begins, and goes all the way to the signature.
    let link = server.customer_link.clone();
    for _ in 0..2 {
        http().unwrap().get(format!("{link}?lang=en")).send().await.unwrap();
        post_form(&format!("{link}/start"), &[("step_id", "s1")]).await;
    }
    let pdf = server.data().join("signed.pdf");
    let photo = card();
    let more = ["--id-number", ID_NUMBER, "--photo", &photo, "--accept", "--pdf", pdf.to_str().unwrap()];
    let signed = server.submit(&link, &more).await.unwrap();
    assert_eq!(signed.code, 0, "{:?}", signed.said);
    let case = signed.expect_report().case.clone().unwrap();
    // Later somebody tries codes until the page locks.
    post_form(&format!("{link}/unlock/send"), &[("step_id", "s2")]).await;
    for n in 0..6 {
        post_form(&format!("{link}/unlock"), &[("step_id", &format!("u{n}")), ("code", "000000")]).await;
    }

    // Another customer refuses that partners are asked.
    let other = server.new_link(&json!({})).await.unwrap();
    up_to_the_consents(&server, other.token.as_deref().unwrap()).await;
    assert_eq!(post_form(&format!("{}/refuse", other.url), &[("step_id", "s3")]).await, 303);

    whom_to_trust_is_said_for_each_signature(&server, pdf.to_str().unwrap()).await;

    let (code, said) = audit(&server).await;
    assert_eq!(code, 0, "while the server runs: {said}");
    server.stop().await.unwrap();
    let (code, said) = audit(&server).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("sealed   from row 1") && said.contains("all are in the chain"), "{said}");

    let acts = acts_of(&server, &case).await;
    let count =
        |actor: &str, action: &str| acts.iter().filter(|(who, what)| who == actor && what == action).count();
    for (action, times) in [
        ("language.chosen", 1),
        ("link.opened", 1),
        ("intake.handed_in", 1),
        ("offer.accepted", 1),
        ("disclosure.shown", 1),
        ("disclosure.confirmed", 1),
        ("sign.intended", 1),
        ("code.sent", 1),
        ("code.right", 1),
        ("code.wrong", 4),
        ("code.locked", 1),
        ("code.refused", 1),
    ] {
        assert_eq!(count("customer", action), times, "{action}: {acts:?}");
    }
    assert!(count("customer", "consent.given") >= 4, "{acts:?}");
    assert_eq!((count("machine", "code.sent"), count("machine", "contract.signed")), (1, 1), "{acts:?}");
    let refused = acts_of(&server, &other.case).await;
    assert!(refused.contains(&("customer".to_owned(), "consent.refused".to_owned())), "{refused:?}");

    changes_are_found(&server).await;
}

async fn acts_of(server: &Server, case: &str) -> Vec<(String, String)> {
    let (store, case) = (Store::open(&server.data()).unwrap(), case.to_owned());
    store
        .read::<_, StoreError>(move |conn| {
            let mut rows = conn.prepare("SELECT actor, action FROM audit WHERE subject = ?1 ORDER BY seq")?;
            let rows = rows.query_map([case], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
        .await
        .unwrap()
}

/// Each change is made in a copy of the stopped server's data.
async fn changes_are_found(server: &Server) {
    for (what, change) in [
        ("no change", ""),
        ("an edit", "UPDATE audit SET actor = 'machine' WHERE action = 'consent.refused'"),
        ("a deletion", "DELETE FROM audit WHERE action = 'code.locked'"),
        ("a cut-off end", "DELETE FROM audit WHERE seq > (SELECT max(seq) - 3 FROM audit)"),
        (
            "another order",
            "UPDATE audit SET seq = -1 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4;
             UPDATE audit SET seq = 4 WHERE seq = -1",
        ),
        ("seals taken off", "UPDATE audit SET seal = NULL; DELETE FROM meta WHERE key = 'audit_sealed_from'"),
    ] {
        let copy = tempfile::tempdir().unwrap();
        for name in ["miaopi.db", "miaopi.db-wal", "master.key", "audit-head.log"] {
            if server.data().join(name).exists() {
                std::fs::copy(server.data().join(name), copy.path().join(name)).unwrap();
            }
        }
        let store = Store::open(copy.path()).unwrap();
        store.write::<_, StoreError>(move |conn| Ok(conn.execute_batch(change)?)).await.unwrap();
        drop(store);
        let (code, said) = audit_in(copy.path()).await;
        let expected = if change.is_empty() { (0, "all are in the chain") } else { (2, "broken at row") };
        assert!(code == expected.0 && said.contains(expected.1), "{what}: exit {code}, {said}");
    }
}

async fn whom_to_trust_is_said_for_each_signature(server: &Server, pdf: &str) {
    let lab_root = server.data().join("authority.pem");
    let pem = http().unwrap().get(format!("{}/ca/root.pem", server.lab_url)).send().await.unwrap();
    std::fs::write(&lab_root, pem.bytes().await.unwrap()).unwrap();
    let seal_root = server.data().join("seal-root.pem");
    let (seal, lab) = (seal_root.to_str().unwrap(), lab_root.to_str().unwrap());
    for (flags, code) in [
        (vec!["--roots", seal, "--roots", lab], 0),
        (vec!["--seal-root", seal, "--ca-root", lab, "--tsa-root", lab], 0),
        (vec!["--seal-root", lab, "--ca-root", lab, "--tsa-root", lab], 2),
        (vec!["--seal-root", seal, "--ca-root", seal, "--tsa-root", lab], 2),
        (vec!["--seal-root", seal, "--ca-root", lab], 1),
        (vec![], 1),
    ] {
        let line: Vec<&str> = ["verify", pdf].into_iter().chain(flags.iter().copied()).collect();
        let said = Cli::new(&line).unwrap().run().await.unwrap();
        assert_eq!(said.code, code, "{flags:?}: {said:?}");
    }
}
