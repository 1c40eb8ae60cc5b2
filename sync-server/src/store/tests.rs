use super::*;

type Answer<T> = Result<T, StoreError>;

fn note(connection: &Connection, key: &str) -> Answer<()> {
    connection.execute("INSERT INTO meta(key, value) VALUES (?1, 'x')", [key])?;
    Ok(())
}

async fn count(store: &Store) -> i64 {
    store
        .read::<_, StoreError>(|c| {
            Ok(c.query_row("SELECT count(*) FROM meta WHERE value = 'x'", [], |r| r.get(0))?)
        })
        .await
        .unwrap()
}

#[tokio::test]
async fn many_changes_share_few_commits() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let changes = (0..200).map(|n| {
        let store = store.clone();
        async move { store.write(move |c| note(c, &n.to_string())).await }
    });
    for answer in futures_util::future::join_all(changes).await {
        answer.unwrap();
    }
    assert_eq!(count(&store).await, 200);
    assert!(store.stats().commits < 100, "{:?}", store.stats());
}

#[tokio::test]
async fn a_refused_change_leaves_its_neighbours_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let good = store.write(|c| note(c, "good"));
    let bad = store.write(|c| {
        note(c, "half done")?;
        note(c, "half done")
    });
    let panics = store.write::<(), StoreError>(|c| {
        note(c, "before the panic")?;
        panic!("a bug in one use case")
    });
    let (good, bad, panics) = tokio::join!(good, bad, panics);
    good.unwrap();
    assert!(matches!(bad, Err(StoreError::Sql(_))));
    assert!(matches!(panics, Err(StoreError::Unavailable)));
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_full_disk_is_said_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let pages: i64 = store
        .read::<_, StoreError>(|c| Ok(c.query_row("PRAGMA page_count", [], |r| r.get(0))?))
        .await
        .unwrap();
    limit_pages(&store, pages + 2).await;
    let big = "y".repeat(100_000);
    let refused = store.write(move |c| note(c, &big)).await;
    assert!(matches!(refused, Err(StoreError::Full)), "{refused:?}");
    limit_pages(&store, 1_000_000).await;
    store.write(|c| note(c, "room again")).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

async fn limit_pages(store: &Store, pages: i64) {
    store
        .write::<_, StoreError>(move |c| {
            Ok(c.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |r| r.get::<_, i64>(0))?)
        })
        .await
        .unwrap();
}

#[test]
fn the_folder_has_one_owner() {
    let folder = tempfile::tempdir().unwrap();
    let first = Store::open(folder.path()).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::InUse(_))));
    drop(first);
    Store::open(folder.path()).unwrap();
}

#[test]
fn data_of_a_newer_release_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    drop(Store::open(folder.path()).unwrap());
    let connection = Connection::open(folder.path().join("miaopi.db")).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(Store::open(folder.path()), Err(StoreError::Newer { found: 99, .. })));
}

/// What one case or person has is found by an index, however many the company has.
#[tokio::test]
async fn nothing_of_one_case_is_looked_for_among_all_of_the_companys() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for (sql, index) in [
        ("SELECT opened_at FROM links WHERE tenant = ?1 AND case_id = ?2", "links_by_case"),
        ("UPDATE links SET opened_at = 1 WHERE tenant = ?1 AND case_id = ?2", "links_by_case"),
        ("SELECT purpose FROM consents WHERE tenant = ?1 AND case_id = ?2", "consents_by_case"),
        ("SELECT request FROM cases WHERE tenant = ?1 AND person = ?2", "cases_by_person"),
        (
            "SELECT request FROM cases WHERE tenant = ?1 AND decision = 'error' AND number < ?2 ORDER BY number DESC LIMIT 5",
            "cases_by_decision",
        ),
        (
            "SELECT request FROM cases WHERE tenant = ?1 AND number < ?2 ORDER BY number DESC LIMIT 5",
            "cases_by_number",
        ),
    ] {
        // On the writer's connection and on a reader's.
        for written in [true, false] {
            let plan = move |conn: &Connection| {
                let explain = format!("EXPLAIN QUERY PLAN {sql}");
                Ok::<String, StoreError>(conn.query_row(&explain, ["t", "c"], |row| row.get(3))?)
            };
            let plan = if written { store.write(plan).await } else { store.read(plan).await }.unwrap();
            assert!(plan.contains(index), "{sql}: {plan}");
        }
    }
}
