use shared::domain::{Role, TenantId};

use crate::{
    demo::OFFER,
    numbers::keep::catch_up,
    testing::{Answer, Desk, TestServer},
};

/// A case of a dealer, opened by the key's program.
async fn open(server: &TestServer, key: &str, dealer: &str) {
    let mut offer: serde_json::Value = serde_json::from_str(OFFER).unwrap();
    offer["dealer"] = serde_json::json!(dealer);
    let made = server.program(key, "POST", "/api/v1/links", &offer.to_string()).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
}

async fn read_in(server: &TestServer) {
    let clock = server.app.world.clock.clone();
    catch_up(&server.app.store, move || clock.now(), || false).await.unwrap();
}

/// Ends cases as the journal would, for tests that need no run.
async fn end(server: &TestServer, number: i64, decision: &'static str, reason: &'static str) {
    let (tenant, now) = (server.tenant.to_string(), server.app.world.clock.now());
    server
        .app
        .store
        .write(move |conn| {
            let sql = "SELECT id FROM cases WHERE tenant = ?1 AND number = ?2";
            let case: String = conn.query_row(sql, rusqlite::params![tenant, number], |row| row.get(0))?;
            crate::flows::journal::note_end(conn, &tenant, &case, decision, reason, now)?;
            Ok::<_, crate::problem::Problem>(())
        })
        .await
        .unwrap();
}

fn numbers(page: &str) -> Vec<u32> {
    let mut found: Vec<u32> = page
        .split("class=\"number\"")
        .skip(1)
        .filter_map(|rest| rest.split('>').nth(1)?.get(2..8)?.parse().ok())
        .collect();
    found.dedup();
    found
}

/// Where the search for words leads.
async fn sought(desk: &Desk<'_>, what: &str) -> String {
    let answer = desk.post("/office/cases/find", &format!("what={what}")).await;
    assert_eq!(answer.status.as_u16(), 303, "{what}: {}", answer.text());
    answer.header("location").to_owned()
}

async fn listed(desk: &Desk<'_>, address: &str) -> Vec<u32> {
    let answer = desk.get(address).await;
    assert_eq!(answer.status.as_u16(), 200, "{address}: {}", answer.text());
    numbers(&answer.text())
}

fn lane(page: &Answer, state: &str) -> (String, Vec<u32>) {
    let text = page.text();
    let lane =
        text.split(&format!("id=\"lane-{state}\"")).nth(1).unwrap().split("</section>").next().unwrap();
    let count = lane.split("class=\"count\">").nth(1).unwrap().split('<').next().unwrap();
    (count.to_owned(), numbers(lane))
}

#[tokio::test]
async fn words_find_cases_and_stand_in_no_address() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for dealer in ["恒信汽车", "长顺汽车", "恒信汽车"] {
        open(&server, &key, dealer).await;
    }
    end(&server, 1, "declined", "under_age").await;
    read_in(&server).await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let address = sought(&desk, "恒信").await;
    assert!(address.starts_with("/office/cases?find="), "{address}");
    assert_eq!(listed(&desk, &address).await, [3, 1]);
    assert_eq!(listed(&desk, &format!("{address}&state=declined")).await, [1]);
    assert_eq!(listed(&desk, &format!("{address}&state=customer")).await, [3]);
    assert_eq!(listed(&desk, &format!("{address}&before=3")).await, [1]);
    assert_eq!(listed(&desk, &sought(&desk, "恒信 年龄").await).await, [1]);
    let page = desk.get(&address).await.text();
    assert!(page.contains("value=\"恒信\"") && page.contains("“恒信”"), "{page}");
    // A name, or an ID number with a slip in it, is words like all others: found nowhere, and readable nowhere.
    for (typed, plain) in [("王小明", "王小明"), ("110105194912310021", "110105194912310021")] {
        let address = sought(&desk, typed).await;
        assert!(!address.contains(plain), "{address}");
        let page = desk.get(&address).await.text();
        assert!(numbers(&page).is_empty() && page.contains("必须完整无误"), "{page}");
    }
    let looked_up = server.audit().await.into_iter().filter(|row| row[1] == "case.looked_up").count();
    assert_eq!(looked_up, 0);
    // Words of another company, or of nobody.
    let other = TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "theirs", &[Role::Manager]).await;
    let theirs = server.desk_of("theirs", crate::testing::PASSWORD).await;
    for stranger in [address.as_str(), "/office/cases?find=AAAA"] {
        assert_eq!(theirs.get(stranger).await.status.as_u16(), 404);
    }
    assert!(listed(&theirs, &sought(&theirs, "恒信").await).await.is_empty());
    for nothing in ["", "%22%2A", &"x".repeat(10_000)] {
        let refused = desk.post("/office/cases/find", &format!("what={nothing}")).await;
        assert!(refused.text().contains("id=\"what-error\""), "{}", refused.text());
    }
}

#[tokio::test]
async fn cases_are_narrowed_by_hand_over_all_days_or_some() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for dealer in ["恒信汽车", "长顺汽车"] {
        open(&server, &key, dealer).await;
    }
    // Another day, and not so late that the first ones would expire by themselves.
    server.clock.advance(jiff::SignedDuration::from_hours(24 * 6));
    open(&server, &key, "恒信汽车").await;
    end(&server, 1, "approved", "signed").await;
    read_in(&server).await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let page = desk.get("/office/cases?state=all&lang=en").await.text();
    let dealer = page.split("长顺汽车").next().unwrap().rsplit("value=\"").next();
    assert!(dealer.is_some() && page.contains("<details class=\"card choose\" id=\"narrow\""), "{page}");
    let dealer = |name: &str| {
        let sql = "SELECT id FROM numbers_words WHERE sort = 'dealer' AND word = ?1";
        let name = name.to_owned();
        server.app.store.read(move |conn| {
            Ok::<_, crate::problem::Problem>(conn.query_row(sql, [name], |row| row.get::<_, i64>(0))?)
        })
    };
    let hengxin = dealer("恒信汽车").await.unwrap();
    let today = crate::cases::today(server.app.world.clock.now());
    for (query, found) in [
        (format!("dealer={hengxin}"), vec![3, 1]),
        (format!("dealer={hengxin}&state=customer"), vec![3]),
        (format!("dealer={hengxin}&state=approved"), vec![1]),
        ("dealer=60000".to_owned(), vec![]),
        ("product=nothing%22%20OR%20x".to_owned(), vec![]),
        ("region=31".to_owned(), vec![3, 2, 1]),
        (format!("from={today}&to={today}"), vec![3]),
        (format!("from={today}&to={today}&state=approved"), vec![1]),
        (format!("from={today}&to={today}&state=ended"), vec![]),
        (format!("from={today}&to={today}&dealer={hengxin}&state=open"), vec![3]),
        ("state=ended".to_owned(), vec![]),
        ("state=partner".to_owned(), vec![]),
        ("state=system".to_owned(), vec![]),
    ] {
        assert_eq!(listed(&desk, &format!("/office/cases?{query}")).await, found, "{query}");
        // With words the same conditions hold.
        let words = sought(&desk, "汽车").await;
        assert_eq!(listed(&desk, &format!("{words}&{query}")).await, found, "words and {query}");
    }
    let refused = desk.get("/office/cases?from=2026-02-02&to=2026-02-01&lang=en").await.text();
    assert!(refused.contains("id=\"from-error\"") && numbers(&refused).len() == 3, "{refused}");
}

#[tokio::test]
async fn the_board_says_where_cases_are_and_counts_them() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for dealer in ["恒信汽车", "长顺汽车"].into_iter().cycle().take(26) {
        open(&server, &key, dealer).await;
    }
    for (number, decision) in [(1, "approved"), (2, "declined"), (3, "expired")] {
        end(&server, number, decision, "signed").await;
    }
    server
        .sql(
            "UPDATE tasks SET owner = 'queue:review' WHERE case_id = (SELECT id FROM cases WHERE number = 4);
             UPDATE tasks SET owner = 'partner:funder' WHERE case_id = (SELECT id FROM cases WHERE number = 5);
             UPDATE tasks SET owner = 'machine' WHERE case_id = (SELECT id FROM cases WHERE number = 6);",
        )
        .await;
    read_in(&server).await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let page = desk.get("/office/cases?view=board").await;
    assert_eq!(lane(&page, "customer"), ("20".to_owned(), (7..=26).rev().collect()));
    assert_eq!(lane(&page, "review"), ("1".to_owned(), vec![4]));
    assert_eq!(lane(&page, "partner"), ("1".to_owned(), vec![5]));
    assert_eq!(lane(&page, "system"), ("1".to_owned(), vec![6]));
    assert_eq!(lane(&page, "approved"), ("1".to_owned(), vec![1]));
    assert_eq!(lane(&page, "ended"), ("2".to_owned(), vec![3, 2]));
    for (state, found) in
        [("partner", vec![5]), ("system", vec![6]), ("review", vec![4]), ("ended", vec![3, 2])]
    {
        assert_eq!(listed(&desk, &format!("/office/cases?state={state}")).await, found, "{state}");
    }
    assert!(page.text().contains("/office/cases?state=approved&#38;period=today"), "{}", page.text());
    assert_eq!(listed(&desk, "/office/cases?state=ended&period=today").await, [3, 2]);
    // The same narrowed by words, and by a dealer who has none of them.
    let words = desk.post("/office/cases/find", "what=%E6%81%92%E4%BF%A1&view=board").await;
    let page = desk.get(words.header("location")).await;
    assert_eq!(lane(&page, "customer"), ("10".to_owned(), (7..=26).rev().filter(|n| n % 2 == 1).collect()));
    assert_eq!(lane(&page, "review"), ("0".to_owned(), vec![]));
    assert_eq!(lane(&page, "partner"), ("1".to_owned(), vec![5]));
    assert_eq!(lane(&page, "approved"), ("1".to_owned(), vec![1]));
    assert_eq!(lane(&page, "ended"), ("1".to_owned(), vec![3]));
    let page = desk.get("/office/cases?view=board&dealer=60000").await;
    assert_eq!(lane(&page, "customer"), ("0".to_owned(), vec![]));
    assert_eq!(lane(&page, "ended"), ("0".to_owned(), vec![]));
    // Today is over.
    server.clock.advance(jiff::SignedDuration::from_hours(24));
    let desk = server.desk_of("manager", crate::testing::PASSWORD).await;
    assert_eq!(lane(&desk.get("/office/cases?view=board").await, "approved"), ("0".to_owned(), vec![]));
}

#[tokio::test]
async fn a_filter_is_kept_opened_first_deleted_and_nobody_elses() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for dealer in ["恒信汽车", "长顺汽车"] {
        open(&server, &key, dealer).await;
    }
    end(&server, 1, "declined", "under_age").await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let words = sought(&desk, "恒信").await;
    let find = words.split_once("find=").unwrap().1;
    let asked = format!("state%3Ddeclined%26find%3D{find}");
    let keep = format!("name=%E6%81%92%E4%BF%A1%E5%A9%89%E6%8B%92&asked={asked}");
    let kept = desk.post_form("/office/cases/filters", &keep, "00000000000000f1").await;
    assert_eq!(kept.status.as_u16(), 303, "{}", kept.text());
    // The same form once more is the same filter; another form of the same name is refused.
    assert_eq!(desk.post_form("/office/cases/filters", &keep, "00000000000000f1").await.status.as_u16(), 303);
    let again = desk.post("/office/cases/filters", &keep).await.text();
    assert!(again.contains("您已有同名的筛选") && again.contains("id=\"keep\" open"), "{again}");
    let page = desk.get(kept.header("location")).await.text();
    assert_eq!(numbers(&page), [1]);
    assert!(page.contains("恒信婉拒") && page.matches("aria-current=\"true\"").count() >= 2, "{page}");
    let stored = server.app.store.read(|conn| {
        let sql = "SELECT asked, words FROM case_filters";
        Ok::<_, crate::problem::Problem>(
            conn.query_row(sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?,
        )
    });
    let (asked, sealed) = stored.await.unwrap();
    assert_eq!(asked, "state=declined");
    assert!(!sealed.windows(6).any(|bytes| bytes == "恒信".as_bytes()));

    // It opens first, for its keeper alone; all cases stay one click away.
    let path = "/office/cases/filters/00000000000000f1";
    assert_eq!(desk.post(path, "act=first").await.status.as_u16(), 303);
    let first = desk.get("/office/cases").await;
    assert_eq!(first.status.as_u16(), 303);
    assert_eq!(listed(&desk, first.header("location")).await, [1]);
    assert_eq!(listed(&desk, "/office/cases?state=all").await, [2, 1]);
    let other = server.desk("colleague", &[Role::Manager]).await;
    assert_eq!(listed(&other, "/office/cases").await, [2, 1]);
    assert!(!other.get("/office/cases").await.text().contains("恒信婉拒"));
    for act in ["delete", "first", "not_first"] {
        assert_eq!(other.post(path, &format!("act={act}")).await.status.as_u16(), 404, "{act}");
    }
    assert_eq!(desk.post(path, "act=nonsense").await.status.as_u16(), 404);
    assert_eq!(desk.post(path, "act=not_first").await.status.as_u16(), 303);
    assert_eq!(desk.get("/office/cases").await.status.as_u16(), 200);
    assert_eq!(desk.post(path, "act=delete").await.status.as_u16(), 303);
    assert_eq!(desk.post(path, "act=delete").await.status.as_u16(), 404);
    assert!(!desk.get("/office/cases").await.text().contains("恒信婉拒"));
    let noted: Vec<String> = server.audit().await.into_iter().map(|row| row[1].clone()).collect();
    for action in ["filter.kept", "filter.changed", "filter.deleted"] {
        assert!(noted.iter().any(|noted| noted == action), "{action}");
    }
}

#[tokio::test]
async fn filters_have_their_limits() {
    let server = TestServer::start().await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let refused = |answer: &Answer| answer.text().contains("id=\"name-error\"");
    for name in ["", "%20", &"x".repeat(41), "a%0Ab"] {
        assert!(
            refused(&desk.post("/office/cases/filters", &format!("name={name}&asked=state%3Dopen")).await),
            "{name}"
        );
    }
    for n in 0..20 {
        let name = format!("{n}{}", "%E5%AD%97".repeat(38));
        let kept = desk.post("/office/cases/filters", &format!("name={name}&asked=view%3Dboard")).await;
        assert_eq!(kept.status.as_u16(), 303, "{}", kept.text());
        assert_eq!(kept.header("location"), "/office/cases?view=board");
    }
    let full = desk.post("/office/cases/filters", "name=more&asked=state%3Dopen").await;
    assert!(refused(&full) && full.text().contains("您已有 20 个筛选"), "{}", full.text());
    let other = server.desk("colleague", &[Role::Manager]).await;
    assert_eq!(
        other.post("/office/cases/filters", "name=more&asked=state%3Dopen").await.status.as_u16(),
        303
    );
    // Nothing but what the page itself would ask for is kept.
    let odd = other
        .post(
            "/office/cases/filters",
            "name=odd&asked=state%3Dx%26dealer%3D%E7%8E%8B%26evil%3D1%26before%3D3",
        )
        .await;
    assert_eq!(odd.header("location"), "/office/cases?dealer=~");
    for broken in ["find%3DAAAA", "%00", &"a".repeat(2_000)] {
        let answer = other.post("/office/cases/filters", &format!("name=b&asked={broken}")).await;
        assert_eq!(answer.status.as_u16(), 404, "{broken}");
    }
    let advisor = server.desk("advisor", &[Role::Advisor]).await;
    assert_eq!(advisor.post("/office/cases/filters", "name=x&asked=").await.status.as_u16(), 403);
}
