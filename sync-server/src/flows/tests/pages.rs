//! The office's pages: composed, compared, approved, released and taken back without a script.

use super::*;
use crate::store::StoreError;

#[tokio::test]
async fn a_version_is_compared_approved_released_and_taken_back_on_pages() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let shipped = flow(&two.approver, "new-car-loan").await["live"]["hash"].as_str().unwrap().to_owned();
    let new = "name=%E5%A4%9C%E5%B8%82&name_en=Night+market&key=night-market";
    let begun = two.designer.post("/office/flows/drafts", new).await;
    assert_eq!(begun.status.as_u16(), 303, "{}", begun.text());
    let draft = begun.header("location").trim_start_matches("/office/flows/design/").to_owned();
    let list = two.designer.get("/office/flows?lang=en").await.text();
    assert!(
        list.contains(&format!("/office/flows/design/{draft}")) && list.contains("Night market"),
        "{list}"
    );
    let refused = two.designer.post("/office/flows/drafts?lang=en", "name=a&name_en=b&key=AB").await.text();
    assert!(refused.contains("3 to 40 lower-case letters") && refused.contains("value=\"AB\""), "{refused}");
    let gone = two.designer.post(&format!("/office/flows/drafts/{draft}/delete"), "").await;
    assert_eq!((gone.status.as_u16(), gone.header("location")), (303, "/office/flows"));

    let change = |file: &mut Value| file["blocks"]["id_rules"]["params"]["max_age"] = json!(60);
    let hash = two.submit(&two.draft(change).await).await.json()["base"].as_str().unwrap().to_owned();
    let page = two.approver.get("/office/flows/new-car-loan?lang=en").await.text();
    for said in ["id_rules: Oldest age 65 → 60", &hash[..12], NOTE, "waits for approval", "live, 100 %"] {
        assert!(page.contains(said), "{said} is not on {page}");
    }
    let own = two.designer.get("/office/flows/new-car-loan?lang=en").await.text();
    assert!(!own.contains("/decide\"") && !own.contains("/take-back\""), "a designer gets no such button");
    let decide = format!("/office/flows/versions/{hash}/decide");
    let no_reason = two.approver.post(&decide, "decision=refuse&reason=").await;
    assert_eq!(no_reason.status.as_u16(), 422);
    assert!(no_reason.text().contains("5 到 500 字"), "{}", no_reason.text());
    assert_eq!(two.designer.post(&decide, "decision=approve&reason=").await.status.as_u16(), 403);
    let approved = two.approver.post(&decide, "decision=approve&reason=").await;
    assert_eq!((approved.status.as_u16(), approved.header("location")), (303, "/office/flows/new-car-loan"));
    let release = format!("/office/flows/versions/{hash}/release");
    let wrong = two.approver.post(&release, "share_percent=many&regions=").await;
    assert_eq!(wrong.status.as_u16(), 422, "{}", wrong.text());
    let odd = "share_percent=20&regions=&least_cases=few&most_errors_percent=5&most_approval_drift_points=5&most_p95_ms=900";
    let odd = two.approver.post(&release, odd).await;
    assert!(odd.status.as_u16() == 422 && odd.text().contains("value=\"few\""), "{}", odd.text());
    let band = "least_cases=50&most_errors_percent=3&most_approval_drift_points=7&most_p95_ms=900";
    let canary = two.approver.post(&release, &format!("share_percent=20&regions=31%2C+44&{band}")).await;
    assert_eq!(canary.status.as_u16(), 303, "{}", canary.text());
    let kept = "SELECT band FROM flow_releases WHERE share = 20";
    let kept: String = server
        .app
        .store
        .read(move |conn| conn.query_row(kept, [], |row| row.get(0)).map_err(StoreError::from))
        .await
        .unwrap();
    let kept: Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(
        [&kept["least_cases"], &kept["most_errors_percent"], &kept["most_p95_ms"]],
        [50, 3, 900],
        "{kept}"
    );
    let page = two.approver.get("/office/flows/new-car-loan?lang=en").await.text();
    assert!(page.contains("canary, 20 %") && page.contains("Guangdong"), "{page}");
    assert_eq!(two.approver.post(&release, "share_percent=100&regions=").await.status.as_u16(), 303);

    let take_back = "/office/flows/new-car-loan/take-back";
    let asked = two.approver.post(take_back, "").await.text();
    assert!(asked.contains("name=\"sure\""), "{asked}");
    assert_eq!(flow(&two.approver, "new-car-loan").await["live"]["hash"], json!(hash), "only asked");
    assert_eq!(two.approver.post(take_back, "sure=yes").await.status.as_u16(), 303);
    assert_eq!(flow(&two.approver, "new-car-loan").await["live"]["hash"], json!(shipped));
    let nothing = two.approver.post(take_back, "sure=yes").await;
    assert_eq!(nothing.status.as_u16(), 409, "{}", nothing.text());
}

#[tokio::test]
async fn flows_are_for_those_who_compose_or_approve_them() {
    let server = TestServer::start().await;
    for role in Role::ALL {
        let desk = server.desk(&role.code().replace('_', "-"), &[role]).await;
        let may = matches!(role, Role::Designer | Role::Approver);
        let status = if may { 200 } else { 403 };
        for path in ["/office/flows", "/office/flows/new-car-loan", "/api/v1/flows"] {
            assert_eq!(desk.get(path).await.status.as_u16(), status, "{role:?} {path}");
        }
        if may {
            assert_eq!(desk.get("/office/").await.header("location"), "/office/flows");
            assert_eq!(desk.get("/office/flows/night-market").await.status.as_u16(), 404);
            let unknown = format!("/office/flows/new-car-loan?to={}", "7".repeat(64));
            assert_eq!(desk.get(&unknown).await.status.as_u16(), 404);
        }
    }
}
