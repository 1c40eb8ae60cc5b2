//! The browser's half in Rust: the engine on an encrypted database in the browser's own file system, as an object that
//! the worker's script (`assets/advisor/worker.js`) holds. Connections, requests and screens are the script's.
//!
//! Runs in a dedicated worker only, and in one at a time: the file system's pool has one holder.

use std::cell::RefCell;

use jiff::Timestamp;
use js_sys::{Array, Date, Object, Reflect, Uint8Array};
use rusqlite::{Connection, OpenFlags};
use shared::app::{Answer, Ask, News};
use shared::domain::PhotoId;
use sqlite_wasm_rs::vfs::VfsFilesManager;
use sqlite_wasm_vfs::sahpool::{self, OpfsSAHPoolCfgBuilder, OpfsSAHPoolUtil};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

use crate::{Deed, Engine, Me, Store, Upload, World};

/// The database's name within the pool.
const FILE: &str = "miaopi.db";
/// The pool.
const POOL: &str = "miaopi-pool";

thread_local! {
    static INSTALLED: RefCell<Option<OpfsSAHPoolUtil>> = const { RefCell::new(None) };
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &Uint8Array);
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// Makes the browser's file system ready, as the one holder of the pool.
///
/// # Errors
/// A stable code when the browser has none, or another tab holds it.
#[wasm_bindgen]
pub async fn install() -> Result<(), JsValue> {
    if INSTALLED.with_borrow(Option::is_some) {
        return Ok(());
    }
    let config = OpfsSAHPoolCfgBuilder::new().vfs_name(POOL).directory(&format!(".{POOL}")).build();
    let pool = sahpool::install::<sqlite_wasm_rs::WasmOsCallback>(&config, false)
        .await
        .map_err(|error| failure("storage_unavailable", &error.to_string()))?;
    INSTALLED.set(Some(pool));
    Ok(())
}

/// Is there a database?
#[wasm_bindgen]
pub fn database_exists() -> bool {
    INSTALLED.with_borrow(|pool| pool.as_ref().is_some_and(|pool| pool.contains(FILE).unwrap_or(false)))
}

/// Deletes the database: its key is gone, or the device is somebody else's now.
#[wasm_bindgen]
pub fn delete_database() {
    let pool = INSTALLED.take();
    if let Some(pool) = &pool {
        // The journal first: without it nothing could be restored from the rest.
        for file in [&format!("{FILE}-journal"), FILE] {
            let _ = pool.remove(file);
        }
    }
    INSTALLED.set(pool);
}

/// The Ed25519 public key of this secret, as hexadecimal digits.
#[wasm_bindgen]
pub fn public_key(secret: &[u8]) -> Option<String> {
    let secret: &[u8; 32] = secret.try_into().ok()?;
    Some(hex::encode(ed25519_dalek::SigningKey::from_bytes(secret).verifying_key().as_bytes()))
}

/// The engine, or a database that is nobody's yet.
#[wasm_bindgen]
pub struct Core {
    engine: Option<Engine>,
    nobodys: Option<(Store, World)>,
}

#[wasm_bindgen]
impl Core {
    /// Opens the database with this key of 32 bytes, and makes it where there is none.
    ///
    /// # Errors
    /// A stable code: `storage_failed` with a wrong key, `storage_newer`, `storage_full`.
    pub fn open(key: Vec<u8>) -> Result<Core, JsValue> {
        let key = Zeroizing::new(key);
        let store = connection(&key)
            .and_then(|conn| Store::open(conn).map_err(|error| failure(error.code(), &error.to_string())))?;
        match Engine::open(store, world()).map_err(|error| failure(error.code(), ""))? {
            Ok(engine) => Ok(Core { engine: Some(engine), nobodys: None }),
            Err(nobodys) => Ok(Core { engine: None, nobodys: Some(nobodys) }),
        }
    }

    /// Makes the database that of this device, as the server enrolled it.
    ///
    /// # Errors
    /// A stable code.
    pub fn enrol(
        &mut self,
        device: &str,
        tenant: &str,
        scope: &str,
        name: &str,
        secret: &[u8],
    ) -> Result<(), JsValue> {
        let me =
            Me::read((device, tenant, scope), name, secret).ok_or_else(|| failure("enrolment_odd", ""))?;
        let (store, world) = self.nobodys.take().ok_or_else(|| failure("enrolled_already", ""))?;
        let engine = Engine::enrol(store, world, me).map_err(|error| failure(error.code(), ""))?;
        self.engine = Some(engine);
        Ok(())
    }

    /// Answers a screen: `{answer, bytes}`. What changes something is carried out once under each name.
    pub fn ask(&mut self, ask: &str, bytes: Option<Vec<u8>>, name: Option<String>) -> JsValue {
        let (answer, bytes) = match (&mut self.engine, serde_json::from_str::<Ask>(ask)) {
            (Some(engine), Ok(ask)) => {
                let bytes = bytes.unwrap_or_default();
                match name {
                    Some(name) => engine.handle_named_ask(&name, ask, &bytes),
                    None => engine.handle_ask(ask, &bytes),
                }
            }
            (None, _) => (Answer::refused("device_locked"), None),
            (_, Err(_)) => (Answer::refused("ask_unknown"), None),
        };
        reply(&answer, bytes.as_deref())
    }

    /// The request for the contract of a case: `{path, headers}`, or `{code}` where there is none to make.
    pub fn contract(&self, document: &str) -> JsValue {
        let engine = self.engine.as_ref().ok_or("device_locked");
        let request =
            engine.and_then(|engine| engine.contract_request(document.parse().map_err(|_| "case_unknown")?));
        let object = Object::new();
        match request {
            Ok(request) => {
                set(&object, "path", &request.path.into());
                set(&object, "headers", &named(request.headers));
            }
            Err(code) => set(&object, "code", &code.into()),
        }
        object.into()
    }

    /// What the script has to do now, each as `{deed, …}`.
    pub fn deeds(&mut self) -> Array {
        let deeds = self.engine.as_mut().map(Engine::take_deeds).unwrap_or_default();
        deeds.into_iter().map(deed).collect()
    }

    /// The connection is open.
    pub fn connected(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.handle_connected();
        }
    }

    /// The connection is gone, or could not be opened.
    pub fn disconnected(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.handle_disconnected();
        }
    }

    /// A message came.
    pub fn message(&mut self, bytes: &[u8]) {
        if let Some(engine) = &mut self.engine {
            engine.handle_message(bytes);
        }
    }

    /// How safely the browser keeps the database, and the bytes that are free where it says so.
    pub fn storage(&mut self, kept: bool, free: Option<f64>) {
        if let Some(engine) = &mut self.engine {
            engine.handle_storage(kept, free.map(|free| free.max(0.0) as u64));
        }
    }

    /// Time has passed.
    pub fn tick(&mut self) {
        if let Some(engine) = &mut self.engine {
            engine.handle_tick();
        }
    }

    /// What became of an upload's request.
    pub fn uploaded(&mut self, photo: &str, status: u16, offset: Option<u32>) {
        let photo: Option<PhotoId> = photo.parse().ok();
        if let (Some(engine), Some(photo)) = (&mut self.engine, photo) {
            engine.handle_uploaded(photo, status, offset);
        }
    }

    /// What the server says of a photo.
    pub fn read(&mut self, photo: &str, status: u16, body: &[u8]) {
        let photo: Option<PhotoId> = photo.parse().ok();
        if let (Some(engine), Some(photo)) = (&mut self.engine, photo) {
            engine.handle_read(photo, status, body);
        }
    }
}

/// What is not yet safe in the database with this key, as [`Core::ask`] answers [`Ask::Rescue`], where it does not open.
///
/// # Errors
/// A stable code.
#[wasm_bindgen]
pub fn rescue(key: Vec<u8>, after: &str) -> Result<JsValue, JsValue> {
    let conn = connection(&Zeroizing::new(key))?;
    let file = crate::rescue(conn, &world(), after).map_err(|code| failure(code, ""))?;
    let (answer, bytes) = file.answer();
    Ok(reply(&answer, Some(&bytes)))
}

fn world() -> World {
    World {
        wall: Box::new(|| Timestamp::from_millisecond(Date::now() as i64).unwrap_or_default()),
        ticks: Box::new(|| performance_now() as u64),
        draw: Box::new(draw),
        reading: Box::new(|_| {}),
    }
}

fn reply(answer: &Answer, bytes: Option<&[u8]>) -> JsValue {
    let all = Object::new();
    set(&all, "answer", &json(answer).into());
    if let Some(bytes) = bytes {
        set(&all, "bytes", &Uint8Array::from(bytes).buffer());
    }
    all.into()
}

fn connection(key: &[u8]) -> Result<Connection, JsValue> {
    let open = || -> Result<Connection, rusqlite::Error> {
        // Only through the layer that encrypts: the pool's own name would write in the clear.
        let vfs = format!("multipleciphers-{POOL}");
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE;
        let conn = Connection::open_with_flags_and_vfs(FILE, flags, vfs.as_str())?;
        let text = Zeroizing::new(format!("PRAGMA key = 'raw:{}';", *Zeroizing::new(hex::encode(key))));
        conn.execute_batch(&text)?;
        // One connection: the journal's file stays, and only its head is wiped.
        conn.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST;")?;
        Ok(conn)
    };
    open().map_err(|error| failure("storage_failed", &error.to_string()))
}

fn draw(into: &mut [u8]) {
    for part in into.chunks_mut(32_768) {
        let drawn = Uint8Array::new_with_length(u32::try_from(part.len()).unwrap_or_default());
        get_random_values(&drawn);
        drawn.copy_to(part);
    }
}

fn deed(deed: Deed) -> JsValue {
    let object = Object::new();
    let named = |name: &str| set(&object, "deed", &name.into());
    match deed {
        Deed::Connect => named("connect"),
        Deed::Disconnect => named("disconnect"),
        Deed::Send(message) => {
            named("send");
            set(&object, "bytes", &Uint8Array::from(message.as_slice()));
        }
        Deed::Upload(upload) => {
            named("upload");
            request(&object, upload);
        }
        Deed::Read(upload) => {
            named("read");
            request(&object, upload);
        }
        Deed::Tell(news) => {
            named("tell");
            set(&object, "news", &news_json(&news).into());
        }
        Deed::Erase => named("erase"),
    }
    object.into()
}

fn named(headers: Vec<(&'static str, String)>) -> Object {
    let object = Object::new();
    for (name, value) in headers {
        set(&object, name, &value.into());
    }
    object
}

fn request(object: &Object, upload: Upload) {
    set(object, "photo", &upload.photo.to_string().into());
    set(object, "method", &upload.method.into());
    set(object, "path", &upload.path.into());
    set(object, "headers", &named(upload.headers));
    if upload.method == "PATCH" {
        set(object, "body", &Uint8Array::from(upload.body.as_slice()));
    }
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // Fails only for frozen objects.
    let _ = Reflect::set(object, &name.into(), value);
}

fn json(answer: &Answer) -> String {
    serde_json::to_string(answer).unwrap_or_else(|_| r#"{"answer":"refused","code":"answer_odd"}"#.into())
}

fn news_json(news: &News) -> String {
    serde_json::to_string(news).unwrap_or_default()
}

/// An error as the script reads it: `{code, detail}`.
fn failure(code: &str, detail: &str) -> JsValue {
    let object = Object::new();
    set(&object, "code", &code.into());
    set(&object, "detail", &detail.into());
    object.into()
}
