//! Devices as the office sees them.

use crate::office_samples::moment;
use shared::domain::lang::Lang;
use ui::office::{Device, DeviceRow, DeviceTotals, Devices, HandedOverRow, PlaceRow, UnsafeRow, VisitRow};

/// The list.
pub fn list(lang: Lang) -> Devices {
    let calm = DeviceRow { alarms: Vec::new(), unsynced: 0, photo_bytes: 0, oldest: None, ..row(lang) };
    let revoked = DeviceRow {
        revoked: Some("hand_over".into()),
        connected: false,
        alarms: vec!["aside".into()],
        ..calm.clone()
    };
    Devices {
        filter: String::new(),
        who: String::new(),
        totals: DeviceTotals {
            in_use: 4_812,
            connected: 311,
            unsynced: 1_204,
            photo_bytes: 734_003_200,
            late: 3,
            aside: 2,
            old_app: 0,
        },
        rows: vec![row(lang), calm, revoked],
        before: None,
        next: Some("/office/sync?page=1".into()),
        places: vec![
            PlaceRow {
                region: Some(lang.pick("上海市", "Shanghai").into()),
                dealer: lang.pick("恒信汽车浦东店", "Hengxin Motors Pudong").into(),
                in_use: 41,
                connected: 12,
                unsynced: 9,
                late: 2,
            },
            PlaceRow { region: None, dealer: String::new(), in_use: 3, connected: 0, unsynced: 0, late: 0 },
        ],
        left: 2,
        as_of: moment(lang),
    }
}

fn row(lang: Lang) -> DeviceRow {
    DeviceRow {
        device: "d1".into(),
        name: lang.pick("店里的平板", "The shop's tablet").into(),
        owner: "zhang.wei".into(),
        connected: true,
        last_seen: Some(moment(lang)),
        unsynced: 7,
        oldest: Some(moment(lang)),
        photo_bytes: 3_145_728,
        behind: 12,
        alarms: ["late", "aside", "locked", "not-kept", "old-app", "clock"].map(str::to_owned).into(),
        revoked: None,
    }
}

/// One device that needs somebody for everything there is.
pub fn one(lang: Lang) -> Device {
    let item = |what: &str, state: &str, why: Option<&str>, bytes| UnsafeRow {
        application: "7QK3M2VD".into(),
        case: Some(("c1".into(), "MP000042".into())),
        what: what.into(),
        state: state.into(),
        why: why.map(str::to_owned),
        count: 3,
        bytes,
    };
    let visit =
        |left, refused| VisitRow { came: moment(lang), left, pushed: 31, refused, pulled: 7, handed_in: 1 };
    Device {
        row: row(lang),
        enrolled: moment(lang),
        reported: Some(moment(lang)),
        app: Some("0.0.9".into()),
        kept: Some(false),
        free: Some(5_368_709_120),
        ahead_s: Some(-412),
        lease_until: Some(moment(lang)),
        lease_over: true,
        revoked_at: None,
        lost: None,
        aside: 2,
        items: vec![
            item("change", "aside", Some("sync_change_too_large"), 0),
            item("submission", "waiting", None, 0),
            item("photo", "sending", None, 524_288),
            item("photo", "aside", Some("photo_refused"), 524_288),
        ],
        handed_over: vec![HandedOverRow {
            document: "doc".into(),
            application: "7QK3M2VD".into(),
            case: None,
            changes: 4,
            received: moment(lang),
        }],
        visits: vec![visit(None, 0), visit(Some(moment(lang)), 2)],
        as_of: moment(lang),
    }
}
