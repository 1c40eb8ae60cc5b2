//! The office beside a finished case: who may look, what they see, and how the lender gets at the contract. The accounts
//! that do it come and go.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::Value;
use sha2::{Digest, Sha256};
use tests::world::{Server, http, in_checkout};

/// The person of the sample card; invented.
const ID_NUMBER: &str = "110105198004197592";
const NAME: &str = "唐飞";

/// A browser of somebody who signed in.
struct Office {
    url: String,
    cookie: String,
}

/// Signs in with the demo's account of this role; `None` when that is refused.
async fn sign_in(server: &Server, role: &str) -> Option<Office> {
    let account = server.account(role).unwrap();
    sign_in_as(server, &account.user, &account.password).await
}

async fn sign_in_as(server: &Server, user: &str, password: &str) -> Option<Office> {
    let form = [("user", user), ("password", password)];
    let post = http().unwrap().post(format!("{}/office/sign-in", server.url));
    let answer = as_form(post, &form).send().await.unwrap();
    let cookie = answer.headers().get("set-cookie")?.to_str().unwrap().split(';').next().unwrap().to_owned();
    Some(Office { url: server.url.clone(), cookie })
}

/// The body that a browser sends for a form with these fields.
fn as_form(request: reqwest::RequestBuilder, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
    let escaped = |text: &str| -> String {
        let escape = |byte: u8| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        };
        text.bytes().map(escape).collect()
    };
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    request.header("content-type", "application/x-www-form-urlencoded").body(pairs.join("&"))
}

impl Office {
    async fn ask(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let answer = request.header("cookie", &self.cookie).send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    }

    async fn page(&self, path: &str) -> (u16, String) {
        self.ask(http().unwrap().get(format!("{}{path}", self.url))).await
    }

    /// Sends a form of the page at `from`.
    async fn send(&self, from: &str, to: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let (_, page) = self.page(from).await;
        let form_id = page.split("name=\"form_id\"").nth(1).unwrap().split("value=\"").nth(1).unwrap();
        let form_id = form_id.split('"').next().unwrap();
        let form: Vec<(&str, &str)> = fields.iter().copied().chain([("form_id", form_id)]).collect();
        self.ask(as_form(http().unwrap().post(format!("{}{to}", self.url)), &form)).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lender_gets_the_contract_and_staff_see_no_more_than_they_ask_for() {
    let server = Server::start_demo().await.unwrap();
    let card = in_checkout("assets/cards/sample-1.jpg");
    let arguments = ["--id-number", ID_NUMBER, "--photo", card.to_str().unwrap(), "--accept"];
    let submitted = server.submit(&server.customer_link, &arguments).await.unwrap();
    assert_eq!(submitted.code, 0, "{submitted:?}");
    let case = submitted.expect_report().case.clone().unwrap();

    let client = http().unwrap();
    let ask = |path: String| {
        client.get(format!("{}/api/v1/cases/{path}", server.url)).bearer_auth(&server.api_key).send()
    };
    let standing: Value = ask(case.clone()).await.unwrap().json().await.unwrap();
    assert_eq!(standing["decision"], "approved", "{standing}");
    assert!(!standing.to_string().contains(NAME) && !standing.to_string().contains(ID_NUMBER));
    assert!(standing["steps"].as_array().unwrap().len() > 8 && standing["funder"].is_string(), "{standing}");
    let pdf = ask(format!("{case}/contract.pdf")).await.unwrap().bytes().await.unwrap();
    assert_eq!(hex::encode(Sha256::digest(&pdf)), standing["contract_sha256"].as_str().unwrap());

    let reviewer = sign_in(&server, "reviewer").await.unwrap();
    let page = format!("/office/cases/{case}");
    let (_, list) = reviewer.page("/office/cases?state=approved&lang=en").await;
    assert!(list.contains(&format!("href=\"{page}\"")), "{list}");
    let (_, found) = reviewer.send("/office/cases", "/office/cases/find", &[("what", ID_NUMBER)]).await;
    assert!(found.contains(&format!("href=\"{page}\"")), "{found}");
    let (_, shown) = reviewer.page(&page).await;
    assert!(!shown.contains(NAME) && shown.contains("唐*"), "{shown}");
    assert!(shown.contains("class=\"excluded\""), "nothing says why funders or plans were excluded: {shown}");
    let (_, revealed) = reviewer.send(&page, &format!("{page}/reveal"), &[("why", "compare")]).await;
    assert!(revealed.contains(NAME) && revealed.contains(ID_NUMBER), "{revealed}");
    let (status, _) = reviewer.page(&format!("{page}/contract.pdf")).await;
    assert_eq!(status, 200);

    // The customer lost the link: a fresh one leads to the same case, and the old one ends.
    let manager = sign_in(&server, "manager").await.unwrap();
    let (_, links) = manager.page("/office/links").await;
    let renew =
        links.split("action=\"/office/links/").find_map(|rest| rest.split_once("/renew\"")).unwrap().0;
    let (status, made) = manager.send("/office/links", &format!("/office/links/{renew}/renew"), &[]).await;
    assert_eq!(status, 200, "{made}");
    let fresh = made.split("/c/").nth(1).unwrap()[..32].to_owned();
    let open = |link: String| async { client.get(link).send().await.unwrap().text().await.unwrap() };
    let (old, new) =
        (open(server.customer_link.clone()).await, open(format!("{}/c/{fresh}", server.url)).await);
    assert!(old.contains("data-page=\"link-ended\""), "{old}");
    assert!(new.contains("data-page=\"locked\""), "{new}");
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_and_keys_end_on_the_command_line_too() {
    let mut server = Server::start_demo().await.unwrap();
    assert!(sign_in(&server, "reviewer").await.is_some());
    server.stop().await.unwrap();
    let data = server.data();
    let admin = async |arguments: &[&str]| {
        let line: Vec<&str> = ["admin"]
            .into_iter()
            .chain(arguments.iter().copied())
            .chain(["--data", data.to_str().unwrap()])
            .collect();
        server.cli(&line).unwrap().run().await.unwrap()
    };
    let disabled = admin(&["disable", "--login", "reviewer"]).await;
    assert_eq!(disabled.code, 0, "{disabled:?}");
    let unknown = admin(&["api-key", "--label", "CRM", "--scope", "cases:write"]).await;
    assert_eq!((unknown.code, unknown.stderr.contains("cases:write")), (1, true), "{unknown:?}");
    let made = admin(&["api-key", "--label", "CRM", "--scope", "links:write"]).await;
    let word = |said: &str, name: &str| {
        let line = said.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    let (key, secret) = (word(&made.stdout, "key"), word(&made.stdout, "secret"));
    assert_eq!(admin(&["revoke-key", "--key", &key]).await.code, 0);
    let reset = admin(&["password", "--login", "advisor"]).await;
    let password = word(&reset.stdout, "password");
    let last = admin(&["disable", "--login", "tenant-admin"]).await;
    assert_eq!((last.code, last.stderr.contains("last_admin")), (1, true), "{last:?}");
    assert_eq!(admin(&["enable", "--login", "nobody"]).await.code, 1);

    server.restart().await.unwrap();
    assert!(sign_in(&server, "reviewer").await.is_none(), "a disabled account came in");
    assert!(sign_in(&server, "advisor").await.is_none(), "the old password still opens");
    assert!(sign_in_as(&server, "advisor", &password).await.is_some());
    let refused = http()
        .unwrap()
        .post(format!("{}/api/v1/links", server.url))
        .bearer_auth(secret)
        .json(&serde_json::json!({}))
        .send()
        .await
        .unwrap();
    assert_eq!(refused.status(), 401);
}
