//! The shell around the engine, without a server: what lies on the disk, and what a person hears when something is wrong
//! with it.

use std::{fs, path::Path, time::Duration};

use engine::{Engine, Me};
use shared::{
    app::{Answer, Ask, Gate, Standing},
    domain::{DeviceId, ScopeId, TenantId},
};
use tempfile::TempDir;
use zeroize::Zeroizing;

use super::{
    Host, Reply, Settings, Timestamp, Told, database, files,
    vault::{Key, Vault},
    world,
};
use crate::device::secure_key::InMemory;

const PIN: &str = "271828";
const NOBODY: &str = "http://127.0.0.1:9";

/// A device in a folder, with its keystore.
struct Device {
    folder: TempDir,
    keystore: InMemory,
    runtime: tokio::runtime::Runtime,
}

impl Device {
    fn new() -> Device {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        Device { folder: tempfile::tempdir().unwrap(), keystore: InMemory::default(), runtime }
    }

    /// As the server enrolled it, which nobody can reach.
    fn enrolled() -> Device {
        let device = Device::new();
        let key = key(7);
        let me = Me {
            device: DeviceId::from_bytes([2; 16]),
            tenant: TenantId::from_bytes([1; 16]),
            scope: ScopeId::from_bytes([4; 16]),
            name: "前台手机".into(),
            secret: [9; 32],
        };
        let store = database::create(device.path(), &key).unwrap();
        Engine::enrol(store, world(Timestamp::now), me).unwrap();
        device.vault().create(PIN, &key, "前台手机", NOBODY).unwrap();
        device
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn vault(&self) -> Vault {
        Vault::new(self.path(), Box::new(self.keystore.clone()))
    }

    fn start(&self) -> Running<'_> {
        let host = Host::start(Settings {
            folder: self.path().to_owned(),
            server: NOBODY.into(),
            runtime: self.runtime.handle().clone(),
            wall: Timestamp::now,
            keystore: Box::new(self.keystore.clone()),
        });
        Running { host, device: self }
    }

    /// Everything that lies in the folder, by name.
    fn files(&self) -> Vec<(String, Vec<u8>)> {
        let entries = fs::read_dir(self.path()).unwrap().map(|entry| entry.unwrap());
        entries
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
            .collect()
    }
}

struct Running<'a> {
    host: Host,
    device: &'a Device,
}

impl Running<'_> {
    fn say(&self, ask: &str) -> Answer {
        let asked = self.host.ask(ask.to_owned(), Vec::new(), None);
        let Reply { answer, bytes } = self.device.runtime.block_on(asked);
        assert_eq!(bytes, None);
        serde_json::from_str(&answer).unwrap()
    }

    fn ask(&self, ask: &Ask) -> Answer {
        self.say(&serde_json::to_string(ask).unwrap())
    }

    fn standing(&self) -> Standing {
        standing(self.ask(&Ask::Standing))
    }

    fn unlock(&self) -> Answer {
        self.ask(&Ask::Unlock { pin: PIN.into() })
    }
}

fn standing(answer: Answer) -> Standing {
    match answer {
        Answer::Standing(standing) => standing,
        other => panic!("{other:?}"),
    }
}

fn key(byte: u8) -> Key {
    Zeroizing::new([byte; 32])
}

fn enrol(server: &str, pin: &str) -> Ask {
    Ask::Enrol {
        user: "advisor".into(),
        password: "secret".into(),
        device_name: "手机".into(),
        pin: pin.into(),
        server: server.into(),
    }
}

#[test]
fn a_new_device_asks_for_its_server_and_says_what_is_wrong_with_what_was_typed() {
    let device = Device::new();
    let app = device.start();
    let standing = app.standing();
    assert_eq!((standing.gate, standing.server.as_deref()), (Gate::New, Some(NOBODY)));
    for (ask, code) in [
        (enrol(NOBODY, "12345"), "pin_form"),
        (enrol(NOBODY, "12345x"), "pin_form"),
        (enrol("", PIN), "server_odd"),
        (enrol("http://miaopi.example.com", PIN), "server_not_secure"),
        (enrol(NOBODY, PIN), "no_network"),
        (Ask::Begin, "device_locked"),
    ] {
        assert_eq!(app.ask(&ask), Answer::refused(code));
    }
    assert_eq!(app.say("{"), Answer::refused("ask_unknown"));
    let files: Vec<String> = device.files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(files, ["held"], "nothing was kept");
    assert_eq!(device.keystore.count(), 0);
}

#[test]
fn only_the_pin_opens_it_and_it_opens_again_after_the_app_ended() {
    let device = Device::enrolled();
    let app = device.start();
    assert_eq!(app.standing().gate, Gate::Locked);
    assert_eq!(app.ask(&Ask::Unlock { pin: "000000".into() }), Answer::refused("pin_wrong"));
    // Open, and without a lease: it has never reached a server.
    assert_eq!(standing(app.unlock()).gate, Gate::LeaseOver);
    // Another window of the same app.
    assert_eq!(device.start().unlock(), Answer::refused("storage_in_use"));
    assert_eq!(standing(app.ask(&Ask::Lock)).gate, Gate::Locked);
    assert_eq!(device.start().unlock(), Answer::refused("storage_in_use"), "locked, it is still this one's");
    drop(app);
    let app = device.start();
    // The thread of the one before ends by itself.
    let opened = std::iter::repeat_with(|| app.unlock()).find(|answer| matches!(answer, Answer::Standing(_)));
    assert_eq!(standing(opened.unwrap()).gate, Gate::LeaseOver);
}

/// Does something to a device.
type Spoil = fn(&Device);

#[test]
fn a_database_that_does_not_open_is_left_as_it_is_and_the_screen_says_why() {
    let spoil: [(&str, Spoil); 4] = [
        ("storage_unreadable", |device| {
            // Another database's key.
            device.vault().create(PIN, &key(8), "前台手机", NOBODY).unwrap();
        }),
        ("storage_unreadable", |device| {
            let file = database::path(device.path());
            let bytes = fs::read(&file).unwrap();
            fs::write(&file, &bytes[..bytes.len() / 2 + 100]).unwrap();
        }),
        ("storage_newer", |device| {
            let file = database::path(device.path());
            let conn = rusqlite::Connection::open(file).unwrap();
            conn.execute_batch(&format!("PRAGMA key = \"x'{}'\"", hex::encode(&key(7)[..]))).unwrap();
            conn.pragma_update(None, "user_version", 9_999).unwrap();
        }),
        ("keystore_lost", |device| device.keystore.clear()),
    ];
    for (code, spoil) in spoil {
        let device = Device::enrolled();
        spoil(&device);
        let before = fs::read(database::path(device.path())).unwrap();
        let app = device.start();
        assert_eq!(app.standing().gate, Gate::Locked);
        assert_eq!(app.unlock(), Answer::refused(code));
        assert_eq!(app.unlock(), Answer::refused(code), "again the same");
        assert!(fs::read(database::path(device.path())).unwrap() == before, "{code}: the file was touched");
        assert_eq!(app.ask(&enrol(NOBODY, PIN)), Answer::refused("enrolled_already"), "{code}");
    }
}

#[test]
fn a_device_whose_database_is_gone_says_so_and_can_be_enrolled_anew() {
    let device = Device::enrolled();
    fs::remove_file(database::path(device.path())).unwrap();
    let app = device.start();
    assert_eq!(app.standing().gate, Gate::Lost);
    assert_eq!(app.ask(&enrol(NOBODY, PIN)), Answer::refused("no_network"), "as a new one would");
}

#[test]
fn pages_hear_what_happens() {
    let device = Device::enrolled();
    let app = device.start();
    let (told, hears) = std::sync::mpsc::channel();
    app.host.listen(
        "page".into(),
        Box::new(move |what| match what {
            Told::News(json) => told.send(json.to_owned()).is_ok(),
            Told::Gone => false,
        }),
    );
    app.unlock();
    app.ask(&Ask::Lock);
    let news = std::iter::from_fn(|| hears.recv_timeout(Duration::from_secs(10)).ok());
    let locked = news.into_iter().find(|json| json.contains(r#""gate":"locked""#));
    assert!(locked.is_some(), "nobody said that the device was locked");
}

#[test]
fn a_file_is_replaced_whole() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("vault.json");
    for text in ["one", "two"] {
        files::write_whole(&file, text.as_bytes()).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), text);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
}
