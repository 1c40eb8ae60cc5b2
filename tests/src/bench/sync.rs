//! Devices and the server: a thousand drafts go in, come out on a fresh device, and a thousand single edits pass from
//! one device to another. The floor does the same bytes bare: deflated, one durable commit a batch, read back.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::document::{Field, Section, Source, Stamp};
use shared::domain::{AccountId, DocumentId};
use shared::protocol::sync::{AIM_FRAME_BYTES, pack, unpack};

use super::{
    Part, Report,
    measure::{cpu_ms, memory_mib, on_this_thread},
    peers,
    peers_here::{Here, Workload},
    report::{Aim, Figure},
};
use crate::{
    intake::Staff,
    phone::Phone,
    world::{Server, Start},
};

/// Drafts that travel.
const DRAFTS: usize = 1_000;
/// Nothing here may take longer.
const WITHIN: Duration = Duration::from_secs(300);
const MB: f64 = 1_000_000.0;

const BARE_PUSH: &str = "the same changes: deflated, inflated, stored in one commit a batch";
const BARE_PULL: &str = "the same changes: read back and deflated";

/// What one of the three came to.
struct Step {
    seconds: f64,
    server_cpu: f64,
    wire_mb: f64,
}

/// The one edit that every draft gets.
const EDIT: (Field, &str) = (Field::Mileage, "42000");

/// Measures all three, and others with the same drafts where they are installed.
pub(super) async fn measure(report: &mut Report, peers_folder: Option<&Path>) -> Result<()> {
    let part = Part::Sync;
    let server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await?;
    let advisor = Staff::sign_in(&server, "advisor").await?;
    let mut phone = Phone::enrol(&advisor, "phone", 1).await?;
    let mut tablet = Phone::enrol(&advisor, "tablet", 2).await?;
    phone.until("a lease", WITHIN, |phone| !phone.machine().is_locked()).await?;
    let at_rest = (memory_mib(server.pid(), "VmRSS"), folder_mb(&server.data()));

    // A yard without a signal: everything is filled in first.
    phone.cut();
    let stamp = Stamp { source: Source::advisor(AccountId::from_bytes([1; 16])), at: Timestamp::now() };
    let mut documents = Vec::new();
    for draft in 0..DRAFTS {
        documents.push(fill_in(&mut phone, draft, &stamp)?);
    }
    let changes: Vec<Vec<u8>> = phone.storage.log.values().flatten().cloned().collect();
    let floor_before = Floor::measure(&changes)?;

    let push = timed(&server, &mut phone, |phone| phone.unsynced().is_empty()).await?;
    let stored_mb = folder_mb(&server.data()) - at_rest.1;
    let pull = timed(&server, &mut tablet, |tablet| {
        tablet.storage.log.values().map(Vec::len).sum::<usize>() == changes.len()
    })
    .await?;
    let edits = edit_all(&server, &mut phone, &mut tablet, &documents, &stamp).await?;
    let floor_after = Floor::measure(&changes)?;
    let newest: Vec<Vec<u8>> =
        documents.iter().filter_map(|document| phone.storage.log.get(document)?.last().cloned()).collect();
    let edits_floor = (Floor::measure(&newest)?, Floor::measure(&newest)?);

    let rss = memory_mib(server.pid(), "VmRSS");
    let here = match peers_folder {
        Some(folder) => Here::measure(folder, &workload()).await?,
        None => Here::default(),
    };

    let cpu = |name: &str, step: &Step, what: &'static str, before: f64, after: f64| {
        Figure::lower(part, format!("{name}, server's processor time"), "s", step.server_cpu)
            .floor(what, before, after)
    };
    report.add(
        Figure::lower(part, "1,000 drafts pushed", "s", push.seconds)
            .peers(&here.beside(&[], |peer| peer.push.seconds)),
    );
    report.add(
        cpu("1,000 drafts pushed", &push, BARE_PUSH, floor_before.push, floor_after.push)
            .aim(Aim::ShareOfFloor(0.5))
            .peers(&here.beside(&peers::SYNC_PUSH_CPU, |peer| peer.push.server_cpu_s))
            .note(format!("{} changes of about sixty fields a draft, one commit a section", changes.len())),
    );
    report.add(
        Figure::lower(part, "1,000 drafts pushed, on the wire", "MB", push.wire_mb)
            .aim(Aim::AtMost(2.2 / 4.0))
            .peers(&here.beside(&peers::SYNC_PUSH_WIRE, |peer| peer.push.wire_mb())),
    );
    report.add(
        Figure::lower(part, "1,000 drafts pulled by a fresh device", "s", pull.seconds)
            .peers(&here.beside(&[], |peer| peer.pull.seconds)),
    );
    report.add(
        cpu("1,000 drafts pulled", &pull, BARE_PULL, floor_before.pull, floor_after.pull)
            .aim(Aim::AtMost(1.3 / 20.0))
            .peers(&here.beside(&peers::SYNC_PULL_CPU, |peer| peer.pull.server_cpu_s)),
    );
    report.add(
        Figure::lower(part, "1,000 drafts pulled, on the wire", "MB", pull.wire_mb)
            .aim(Aim::AtMost(2.1 / 4.0))
            .peers(&here.beside(&peers::SYNC_PULL_WIRE, |peer| peer.pull.wire_mb())),
    );
    report.add(
        Figure::lower(part, "1,000 single edits from one device to another", "s", edits.seconds)
            .peers(&here.beside(&[], |peer| peer.edits.seconds))
            .note("until the last is on the other device, both devices in this process"),
    );
    report.add(
        cpu("1,000 single edits", &edits, BARE_PUSH, edits_floor.0.push, edits_floor.1.push)
            .aim(Aim::AtMost(1.0 / 4.0))
            .peers(&here.beside(&peers::SYNC_EDITS_CPU, |peer| peer.edits.server_cpu_s)),
    );
    report.add(
        Figure::lower(part, "1,000 single edits, on the wire", "MB", edits.wire_mb)
            .peers(&here.beside(&peers::SYNC_EDITS_WIRE, |peer| peer.edits.wire_mb())),
    );
    report.add(
        Figure::lower(part, "1,000 drafts on the server's disk", "MB", stored_mb)
            .peers(&here.beside(&[], |peer| peer.push.disk_mb())),
    );
    report.add(
        Figure::lower(part, "server's memory afterwards", "MiB", rss)
            .peers(&here.beside(&[], |peer| peer.edits.memory_mib()))
            .note(format!("before: {:.0}; peers: at most", at_rest.0)),
    );
    Ok(())
}

/// A draft with every field filled, a commit a section.
fn fill_in(phone: &mut Phone, draft: usize, stamp: &Stamp) -> Result<DocumentId> {
    let document = phone.begin()?;
    for section in Section::ALL {
        let typed = typed(*section, draft);
        let typed: Vec<(Field, &str)> = typed.iter().map(|(field, text)| (*field, text.as_str())).collect();
        if !typed.is_empty() {
            phone.edit(document, |application| application.fill_section(&typed, stamp))?;
        }
    }
    Ok(document)
}

/// What is typed into a section of a draft.
fn typed(section: Section, draft: usize) -> Vec<(Field, String)> {
    Field::of(section)
        .filter(|field| *field != Field::Plan)
        .map(|field| (field, format!("{} {draft} of a usual length", field.key())))
        .collect()
}

/// The same drafts for others.
fn workload() -> Workload {
    let commit = |section: &Section, draft| -> Vec<_> {
        typed(*section, draft).into_iter().map(|(field, text)| (field.key(), text)).collect()
    };
    let draft = |draft| {
        Section::ALL.iter().map(|section| commit(section, draft)).filter(|typed| !typed.is_empty()).collect()
    };
    Workload { drafts: (0..DRAFTS).map(draft).collect(), edit: (EDIT.0.key(), EDIT.1) }
}

/// Lets the phone take part until it is done, and measures that.
async fn timed(server: &Server, phone: &mut Phone, met: impl FnMut(&mut Phone) -> bool) -> Result<Step> {
    let (began, cpu, wire) = (Instant::now(), cpu_ms(server.pid()), phone.wire_bytes());
    phone.until("all drafts", WITHIN, met).await?;
    Ok(Step {
        seconds: began.elapsed().as_secs_f64(),
        server_cpu: (cpu_ms(server.pid()) - cpu) / 1_000.0,
        wire_mb: (phone.wire_bytes() - wire) as f64 / MB,
    })
}

/// One field of every draft, one after the other, while the other device listens.
async fn edit_all(
    server: &Server,
    phone: &mut Phone,
    tablet: &mut Phone,
    documents: &[DocumentId],
    stamp: &Stamp,
) -> Result<Step> {
    let count = |phone: &Phone| phone.storage.log.values().map(Vec::len).sum::<usize>();
    let all = count(phone) + documents.len();
    ensure!(count(tablet) + documents.len() == all, "the tablet lacks something");
    let (began, cpu) = (Instant::now(), cpu_ms(server.pid()));
    let wire = phone.wire_bytes() + tablet.wire_bytes();
    let entering = async {
        for document in documents {
            phone.edit(*document, |application| application.enter_field(EDIT.0, EDIT.1, stamp))?;
            phone.live().await?;
        }
        phone.until("all edits to be safe", WITHIN, |phone| phone.unsynced().is_empty()).await
    };
    let listening = tablet.until("all edits", WITHIN, |tablet| count(tablet) == all);
    let (entered, heard) = tokio::join!(entering, listening);
    entered.and(heard).context("the edits did not get through")?;
    Ok(Step {
        seconds: began.elapsed().as_secs_f64(),
        server_cpu: (cpu_ms(server.pid()) - cpu) / 1_000.0,
        wire_mb: (phone.wire_bytes() + tablet.wire_bytes() - wire) as f64 / MB,
    })
}

/// Processor seconds of the bare work.
struct Floor {
    push: f64,
    pull: f64,
}

impl Floor {
    fn measure(changes: &[Vec<u8>]) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let ((connection, ()), push) = on_this_thread(|| {
            let connection = Connection::open(folder.path().join("bare.db"))?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.execute_batch("CREATE TABLE changes(seq INTEGER PRIMARY KEY, bytes BLOB)")?;
            for batch in batches(changes) {
                // Length before bytes, as in any frame.
                let frame: Vec<u8> = batch
                    .iter()
                    .flat_map(|change| [&(change.len() as u32).to_be_bytes(), &change[..]].concat())
                    .collect();
                let arrived = unpack(&pack(&frame)).map_err(|code| anyhow::anyhow!("{code}"))?;
                ensure!(arrived.len() == frame.len(), "a batch changed on its way");
                connection.execute_batch("BEGIN IMMEDIATE")?;
                let mut insert = connection.prepare_cached("INSERT INTO changes(bytes) VALUES (?1)")?;
                for change in batch {
                    insert.execute(params![change])?;
                }
                drop(insert);
                connection.execute_batch("COMMIT")?;
            }
            Ok((connection, ()))
        })?;
        let (read, pull) = on_this_thread(|| {
            let mut all = connection.prepare("SELECT bytes FROM changes ORDER BY seq")?;
            let rows = all.query_map([], |row| row.get::<_, Vec<u8>>(0))?;
            let (mut frame, mut read) = (Vec::new(), 0);
            for change in rows {
                frame.extend(change?);
                read += 1;
                if frame.len() > AIM_FRAME_BYTES {
                    pack(&std::mem::take(&mut frame));
                }
            }
            pack(&frame);
            Ok(read)
        })?;
        ensure!(read == changes.len(), "the floor lost changes");
        Ok(Self { push: push / 1_000.0, pull: pull / 1_000.0 })
    }
}

/// In pieces of the size that a push has.
fn batches(changes: &[Vec<u8>]) -> Vec<&[Vec<u8>]> {
    let mut pieces = Vec::new();
    let (mut from, mut bytes) = (0, 0);
    for (at, change) in changes.iter().enumerate() {
        bytes += change.len();
        if bytes > AIM_FRAME_BYTES {
            pieces.push(&changes[from..=at]);
            (from, bytes) = (at + 1, 0);
        }
    }
    pieces.push(&changes[from..]);
    pieces
}

fn folder_mb(folder: &Path) -> f64 {
    let mut bytes = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(data) if data.is_dir() => folders.push(entry.path()),
                Ok(data) => bytes += data.len(),
                Err(_) => {}
            }
        }
    }
    bytes as f64 / MB
}
