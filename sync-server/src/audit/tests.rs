use rusqlite::Connection;
use zeroize::Zeroizing;

use super::{head::Head, *};

/// Somebody who wrote a row by hand, with every hash made again as it should be: all that is missing is the key.
const FORGER: u8 = 9;

fn key(byte: u8) -> ChainKey {
    ChainKey::new(Zeroizing::new([byte; 32]))
}

fn empty(key: Option<ChainKey>) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(include_str!("../../migrations/0001_house.sql")).unwrap();
    connection.execute_batch(include_str!("../../migrations/0003_audit_seal.sql")).unwrap();
    seal::carry(&connection, key).unwrap();
    connection
}

fn add(connection: &Connection, rows: std::ops::Range<i64>) {
    for n in rows {
        let subject = format!("case-{n}");
        let at = Timestamp::from_millisecond(1_700_000_000_000 + n).unwrap();
        let entry =
            Entry { tenant: "t", at, actor: "machine", action: "flow.step", subject: &subject, detail: "{}" };
        record(connection, entry).unwrap();
    }
}

fn chain(rows: i64) -> Connection {
    let connection = empty(Some(key(1)));
    seal::begin(&connection, &key(1)).unwrap();
    add(&connection, 0..rows);
    connection
}

fn head(connection: &Connection) -> Head {
    head::newest(connection, Timestamp::UNIX_EPOCH).unwrap().unwrap()
}

fn examined(connection: &Connection, heads: &[Head]) -> Result<i64, i64> {
    let found = examine(connection, &key(1), heads.to_vec()).unwrap();
    found.map(|sound| sound.rows).map_err(|broken| broken.row)
}

#[test]
fn an_untouched_chain_holds() {
    assert_eq!(verify(&chain(0)).unwrap(), None);
    assert_eq!(verify(&chain(20)).unwrap(), None);
    assert_eq!(examined(&chain(0), &[]), Ok(0));
    let connection = chain(20);
    let early = head(&connection);
    add(&connection, 20..30);
    assert_eq!(examined(&connection, &[early, head(&connection)]), Ok(30));
}

#[test]
fn edits_deletions_and_swaps_are_found() {
    for (change, found) in [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 5", 5),
        ("UPDATE audit SET at = at + 1 WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 3", 4),
        (
            "UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 4;
              UPDATE audit SET seq = 4 WHERE seq = -1",
            2,
        ),
    ] {
        let connection = chain(10);
        connection.execute_batch(change).unwrap();
        assert_eq!(verify(&connection).unwrap(), Some(found), "{change}");
        assert_eq!(examined(&connection, &[]), Err(found), "{change}");
    }
}

#[test]
fn a_cut_off_end_is_missed_by_the_head() {
    let connection = chain(10);
    let noted = head(&connection);
    connection.execute_batch("DELETE FROM audit WHERE seq > 8").unwrap();
    assert_eq!(verify(&connection).unwrap(), None, "inside the database nothing is missing");
    assert_eq!(examined(&connection, std::slice::from_ref(&noted)), Err(9));
    // Rows that came afterwards do not hide it, and neither does a newer head.
    add(&connection, 108..120);
    assert_eq!(examined(&connection, &[noted, head(&connection)]), Err(10));
}

#[test]
fn a_chain_made_again_without_the_key_is_found() {
    let forged = chain(4);
    // The forger rewrites row 3 and all after it, and makes every hash anew.
    forged.execute_batch("DELETE FROM audit WHERE seq > 2").unwrap();
    for other in [None, Some(key(FORGER))] {
        let copy = empty(other);
        copy_rows(&forged, &copy);
        add(&copy, 50..60);
        assert_eq!(verify(&copy).unwrap(), None, "every hash is as it should be");
        assert_eq!(examined(&copy, &[]), Err(3));
    }
}

#[test]
fn a_row_slipped_in_is_not_taken_over_by_the_next_one() {
    let connection = chain(4);
    seal::carry(&connection, None).unwrap();
    add(&connection, 4..5);
    seal::carry(&connection, Some(key(1))).unwrap();
    add(&connection, 5..9);
    assert_eq!(examined(&connection, &[]), Err(5));
}

#[test]
fn rows_from_before_the_seals_still_verify() {
    let connection = empty(None);
    add(&connection, 0..6);
    assert_eq!(examined(&connection, &[]), Ok(6));
    seal::carry(&connection, Some(key(1))).unwrap();
    seal::begin(&connection, &key(1)).unwrap();
    add(&connection, 6..12);
    assert_eq!(examined(&connection, &[]), Ok(12));
    connection.execute_batch("UPDATE audit SET seal = NULL WHERE seq = 7").unwrap();
    assert_eq!(examined(&connection, &[]), Err(7));
}

#[test]
fn the_seals_cannot_be_taken_off() {
    let connection = chain(6);
    let noted = head(&connection);
    connection.execute_batch("UPDATE audit SET seal = NULL").unwrap();
    assert_eq!(examined(&connection, &[]), Err(1));
    // Nor by moving the note of where they begin, nor by taking it out.
    connection.execute_batch("UPDATE meta SET value = '7:00' WHERE key = 'audit_sealed_from'").unwrap();
    assert_eq!(examined(&connection, &[]), Err(1));
    connection.execute_batch("DELETE FROM meta").unwrap();
    assert_eq!(examined(&connection, &[noted]), Err(1));
}

#[test]
fn heads_are_added_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(head::read(folder.path()).unwrap(), []);
    let line =
        |seq| Head { at: Timestamp::from_second(1_700_000_000 + seq).unwrap(), seq, hash: vec![7; 32] };
    head::append(folder.path(), &line(1)).unwrap();
    head::append(folder.path(), &line(2)).unwrap();
    let file = folder.path().join(head::FILE);
    // A crash cut a line short: the next one begins on its own.
    let mut text = std::fs::read_to_string(&file).unwrap();
    text.push_str("2026-01-01T00:00:00Z 3 07");
    std::fs::write(&file, &text).unwrap();
    assert_eq!(head::read(folder.path()).unwrap(), [line(1), line(2)]);
    head::append(folder.path(), &line(4)).unwrap();
    assert_eq!(head::read(folder.path()).unwrap(), [line(1), line(2), line(4)]);
    std::fs::write(&file, format!("{}\n", text.replace("Z 2 ", "Z two "))).unwrap();
    assert!(head::read(folder.path()).is_err());
}

fn copy_rows(from: &Connection, to: &Connection) {
    let mut rows = from
        .prepare("SELECT seq, tenant, at, actor, action, subject, detail, hash, seal FROM audit")
        .unwrap();
    let mut rows = rows.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let values: Vec<rusqlite::types::Value> = (0..9).map(|n| row.get(n).unwrap()).collect();
        to.execute(
            "INSERT INTO audit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            rusqlite::params_from_iter(values),
        )
        .unwrap();
    }
    let note: String = from
        .query_row("SELECT value FROM meta WHERE key = 'audit_sealed_from'", [], |row| row.get(0))
        .unwrap();
    to.execute("INSERT INTO meta(key, value) VALUES ('audit_sealed_from', ?1)", [note]).unwrap();
}
