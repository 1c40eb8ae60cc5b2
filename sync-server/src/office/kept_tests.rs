//! The pages of webhooks and of the blacklist, as a browser without a script uses them.

use axum::http::{StatusCode, header};
use shared::domain::Role;

use crate::testing::TestServer;

const WEBHOOKS: &str = "/office/webhooks";
const BLACKLIST: &str = "/office/blacklist";
const PHONE: &str = "13900000001";

#[tokio::test]
async fn an_address_is_added_with_its_secret_shown_once_and_removed() {
    let server = TestServer::start().await;
    let desk = server.desk("admin", &[Role::TenantAdmin]).await;
    let refused = desk.post(WEBHOOKS, "url=http%3A%2F%2F10.0.0.1%2F&label=CRM").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("id=\"url-error\"") && refused.text().contains("http://10.0.0.1/"));

    let made = desk.post(WEBHOOKS, "url=https%3A%2F%2Fexample.com%2Fhook&label=CRM").await;
    assert!(made.status == StatusCode::OK && made.text().contains("whsec_"), "{}", made.text());
    let list = desk.get(WEBHOOKS).await.text();
    assert!(list.contains("https://example.com/hook") && !list.contains("whsec_"), "{list}");
    let id = list.split("href=\"/office/webhooks/wh_").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = format!("{WEBHOOKS}/wh_{id}");

    let of = server.new_case().await;
    for (message, state, last) in [("msg_1", "given_up", "status_500"), ("msg_2", "delivered", "timeout")] {
        server
            .sql(&format!(
                "INSERT INTO webhook_messages(tenant, id, webhook, case_id, event, body, state, tries, last, made_at, due_at)
                 VALUES ('{}', '{message}', 'wh_{id}', '{}', 'signed', '{{}}', '{state}', 3, '{last}', 0, 0)",
                server.tenant, of.case
            ))
            .await;
    }
    let all = desk.get(&page).await.text();
    assert!(all.contains("msg_1") && all.contains("对方返回 500") && all.contains("msg_2"), "{all}");
    assert!(!all.contains("对方没有及时答复"), "what was taken has not failed: {all}");
    let given_up = desk.get(&format!("{page}?state=given_up")).await.text();
    assert!(given_up.contains("msg_1") && !given_up.contains("msg_2"), "{given_up}");
    let resent = desk.post(&format!("{page}/deliveries/msg_1/resend"), "").await;
    assert_eq!(resent.header(header::LOCATION), format!("{page}?done=resent"));
    let waiting = desk.get(&format!("{page}?state=waiting")).await.text();
    assert!(waiting.contains("msg_1") && waiting.contains("下次发送"), "{waiting}");

    let removed = desk.post(&format!("{page}/remove"), "").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.get(&page).await.status, StatusCode::NOT_FOUND);
    assert_eq!(desk.post(&format!("{page}/remove"), "").await.status, StatusCode::NOT_FOUND);
    let controller = server.desk("controller", &[Role::Controller]).await;
    assert_eq!(controller.get(WEBHOOKS).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_number_is_listed_found_and_taken_off_and_never_shown_whole() {
    let server = TestServer::start().await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    assert!(desk.get(BLACKLIST).await.text().contains("名单是空的"));
    let refused = desk.post(BLACKLIST, &format!("sort=phone&value={PHONE}&reason=")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("id=\"reason-error\"") && !refused.text().contains(PHONE));
    let unfit = desk.post(BLACKLIST, "sort=vin&value=123&reason=fraud").await;
    assert!(unfit.text().contains("id=\"value-error\"") && unfit.text().contains("fraud"));
    let no_sort = desk.post(BLACKLIST, "sort=name&value=123&reason=fraud").await;
    assert_eq!(no_sort.status, StatusCode::UNPROCESSABLE_ENTITY);

    let find = |value: &'static str| {
        let desk = &desk;
        async move { desk.post(&format!("{BLACKLIST}/find"), &format!("sort=phone&value={value}")).await.text() }
    };
    assert!(find(PHONE).await.contains("这个号码没有列入"));
    let listed = desk.post(BLACKLIST, &format!("sort=phone&value={PHONE}&reason=fraud")).await;
    assert_eq!(listed.header(header::LOCATION), "/office/blacklist?done=added");
    let again = desk.post(BLACKLIST, &format!("sort=phone&value={PHONE}&reason=other")).await;
    assert_eq!(again.header(header::LOCATION), "/office/blacklist?done=there");
    let found = find(PHONE).await;
    assert!(found.contains("139****0001") && found.contains("fraud") && !found.contains("other"), "{found}");
    assert!(find("13900000002").await.contains("这个号码没有列入"));
    let list = desk.get(BLACKLIST).await.text();
    assert!(list.contains("139****0001") && list.contains("manager") && !list.contains(PHONE), "{list}");

    let remove =
        list.split("action=\"/office/blacklist/").nth(2).or(list.split("action=\"/office/blacklist/").nth(1));
    let remove = format!("/office/blacklist/{}", remove.unwrap().split('"').next().unwrap());
    assert_eq!(desk.post(&remove, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(desk.post(&remove, "").await.status, StatusCode::NOT_FOUND);
    assert!(find(PHONE).await.contains("这个号码没有列入"));
    let reviewer = server.desk("reviewer", &[Role::Reviewer]).await;
    assert_eq!(reviewer.get(BLACKLIST).await.status, StatusCode::FORBIDDEN);
}
