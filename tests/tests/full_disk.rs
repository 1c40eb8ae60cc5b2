//! A full disk, a store that cannot write: nothing is acknowledged that is not there, reading goes on, and everything
//! works again as soon as it can.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::{Duration, Instant};

use miaopi::store::{Store, StoreError};
use serde_json::{Value, json};
use tests::world::{
    Customer, Interrupt, Lab, PATIENCE, Server, SmallDisk, Who, demo_offer, fill_up, http, in_a_hurry,
    wait_until,
};

/// The server is to work again this soon after there is room.
const BACK_WITHIN: Duration = Duration::from_secs(5);
/// The number on the sample card.
const NUMBER: &str = "110105198004197592";

async fn start(lab: &Lab) -> Server {
    lab.serves(in_a_hurry()).start().await.unwrap()
}

fn on(page: &'static str) -> impl Fn(&Value) -> bool {
    move |view| view["page"] == page
}

fn card() -> Vec<u8> {
    std::fs::read(Who::sample().photo).unwrap()
}

/// Looks into a stopped server's data.
async fn count(store: &Store, sql: &'static str) -> i64 {
    let counted = store.read(move |conn| Ok::<_, StoreError>(conn.query_row(sql, (), |row| row.get(0))?));
    counted.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_takes_nothing_more_and_works_again_when_there_is_room() {
    let disk = SmallDisk::mount(24);
    let lab = Lab::start().unwrap();
    let mut server = lab.serves(in_a_hurry().data(disk.folder().join("data"))).start().await.unwrap();
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13800000701").await.unwrap();
    customer.walk(on("identity")).await.unwrap();

    let filler = disk.folder().join("filler");
    fill_up(&filler).unwrap();
    let answer = customer.hand_in("hand-in", NUMBER, &card()).await.unwrap();
    assert_eq!((answer.status, answer.code()), (507, "storage_full"), "{answer:?}");
    assert!(answer.body["detail"].as_str().unwrap().contains("Nothing was recorded"));
    // Small changes may still find room inside the log file: what is acknowledged counts, the rest is refused.
    let (client, url) = (http().unwrap(), format!("{}/api/v1/links", server.url));
    let mut acknowledged = Vec::new();
    let refused = wait_until("a link to be refused", PATIENCE, async || {
        let made =
            client.post(&url).bearer_auth(&server.api_key).json(&demo_offer().unwrap()).send().await.unwrap();
        let (status, body) = (made.status().as_u16(), made.json::<Value>().await.unwrap());
        if status == 201 {
            acknowledged.push(body["url"].as_str().unwrap().to_owned());
            return None;
        }
        Some((status, body))
    });
    let (status, body) = refused.await.unwrap();
    assert_eq!((status, &body["code"]), (507, &json!("storage_full")), "{body}");
    // Reading goes on.
    assert_eq!(customer.get("case").await.unwrap().body["page"], "identity");
    let (status, _) = customer.page().await.unwrap();
    assert_eq!(status, 200);
    let ready = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    for link in &acknowledged {
        assert_eq!(client.get(link).send().await.unwrap().status(), 200, "an acknowledged link is lost");
    }

    std::fs::remove_file(&filler).unwrap();
    let room = Instant::now();
    wait_until("the server to take changes again", BACK_WITHIN, async || {
        let ready = client.get(format!("{}/readyz", server.url)).send().await.unwrap();
        ready.status().is_success().then_some(())
    })
    .await
    .unwrap();
    assert!(room.elapsed() < BACK_WITHIN);
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");

    assert!(server.stop().await.unwrap().success());
    let store = Store::open(&server.data()).unwrap();
    // The demo's own, this customer's and the acknowledged ones: no refused link left a case behind.
    let cases = count(&store, "SELECT count(*) FROM cases").await;
    assert_eq!(cases, 2 + i64::try_from(acknowledged.len()).unwrap());
    assert_eq!(count(&store, "SELECT count(*) FROM photos").await, 1);
    let broken = store.read(miaopi::audit::verify).await.unwrap();
    assert_eq!(broken, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_while_the_machine_works_holds_the_case_only_until_there_is_room() {
    let disk = SmallDisk::mount(24);
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry().data(disk.folder().join("data"))).start().await.unwrap();
    let filler = disk.folder().join("filler");
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13800000711").await.unwrap();
    // Before the contract is written, and before the signature is kept.
    for page in ["disclosure", "code"] {
        let view = customer.walk(on(page)).await.unwrap();
        let body = if page == "disclosure" {
            customer.read_the_costs().await.unwrap();
            json!({"act_id": page, "terms_sha256": view["terms_sha256"], "read": true})
        } else {
            let code =
                wait_until("the code", PATIENCE, async || customer.new_code().await.unwrap()).await.unwrap();
            json!({"act_id": page, "code": code})
        };
        fill_up(&filler).unwrap();
        let what = if page == "disclosure" { "disclosure" } else { "signature" };
        let answer = customer.post(what, &body).await.unwrap();
        assert!(matches!(answer.status, 204 | 507), "{answer:?}");
        assert_eq!(customer.get("case").await.unwrap().status, 200);
        std::fs::remove_file(&filler).unwrap();
        let again = customer.post(what, &body).await.unwrap();
        assert_eq!(again.status, 204, "{again:?}");
    }
    let over = wait_until("the case to end", BACK_WITHIN * 2, async || {
        let view = customer.view().await.unwrap();
        view["decision"].is_string().then_some(view)
    });
    let view = over.await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_cannot_write_says_so_and_comes_back() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13800000721").await.unwrap();
    customer.walk(on("identity")).await.unwrap();
    for (calls, error, expected) in [
        ("pwrite64", "EIO", (503, "store_unavailable")),
        ("fdatasync,fsync", "EIO", (503, "store_unavailable")),
        ("pwrite64", "ENOSPC", (507, "storage_full")),
    ] {
        let broken = Interrupt::fail(server.pid(), calls, error).unwrap();
        let answer = customer.hand_in("hand-in", NUMBER, &card()).await.unwrap();
        assert_eq!((answer.status, answer.code()), expected, "{calls} {error}: {answer:?}");
        let link = http().unwrap().post(format!("{}/api/v1/links", server.url));
        let link = link.bearer_auth(&server.api_key).json(&demo_offer().unwrap()).send().await.unwrap();
        assert_eq!(link.status().as_u16(), expected.0, "{calls} {error}");
        assert_eq!(customer.get("case").await.unwrap().body["page"], "identity", "{calls} {error}");
        drop(broken);
        let again = wait_until("the store to take changes again", BACK_WITHIN, async || {
            let ready = http().unwrap().get(format!("{}/readyz", server.url)).send().await.unwrap();
            ready.status().is_success().then_some(())
        });
        again.await.unwrap();
    }
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
}
