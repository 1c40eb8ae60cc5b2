//! How a device comes to be somebody's, is opened, locked and forgotten. Each step leaves the folder so that the next start
//! finds either all of it or nothing.

use engine::{Engine, Me};
use shared::app::{Answer, Ask, Gate, LinkState, MAX_PIN_DIGITS, MIN_PIN_DIGITS, Standing};
use tokio::sync::oneshot;
use zeroize::Zeroizing;

use super::{Core, Running};
use crate::host::{
    Event, Reply, Wish, database, draw,
    server::{Address, Enrolled, Server},
    vault::Key,
    world,
};

impl Running {
    /// Where we are, whether the database is open or not.
    pub(super) fn standing_reply(&mut self) -> Reply {
        match &mut self.core {
            Some(core) => Reply::new(&core.engine.handle_ask(Ask::Standing, &[]).0),
            None => match self.closed() {
                Ok(standing) => Reply::new(&Answer::Standing(standing)),
                Err(code) => Reply::refused(code),
            },
        }
    }

    /// Where we are while the database is closed.
    pub(super) fn closed(&self) -> Result<Standing, &'static str> {
        let kept = self.vault.read().map_err(|error| error.code())?;
        let there = database::is_there(&self.folder)?;
        let gate = match &kept {
            _ if self.erased => Gate::Revoked,
            None => Gate::New,
            Some(_) if !there => Gate::Lost,
            Some(kept) if kept.waits(self.now_ms()) => Gate::Waiting,
            Some(_) => Gate::Locked,
        };
        let server = kept.as_ref().map_or(&self.proposed, |kept| &kept.server).clone();
        Ok(Standing {
            gate,
            link: LinkState::Offline,
            unsynced: if kept.is_some() { self.vault.unsynced() } else { 0 },
            aside: 0,
            photo_bytes: 0,
            sending_percent: None,
            account: None,
            device_name: kept.map(|kept| kept.device_name),
            capturing: None,
            server: Some(server),
        })
    }

    pub(super) fn enrol(
        &mut self,
        server: &str,
        (user, password): (String, Zeroizing<String>),
        (device_name, pin): (String, Zeroizing<String>),
        done: oneshot::Sender<Reply>,
    ) {
        let fits = (MIN_PIN_DIGITS..=MAX_PIN_DIGITS).contains(&pin.len());
        let ready = match () {
            () if !fits || !pin.bytes().all(|byte| byte.is_ascii_digit()) => Err("pin_form"),
            () if self.enrolling => Err("enrolled_already"),
            () => self.is_free().and_then(|()| Address::parse(server)).and_then(Server::new),
        };
        // Before the server makes a device of it.
        let ready = ready.and_then(|server| {
            self.vault.try_keystore().map_err(|error| error.code())?;
            Ok(server)
        });
        let server = match ready {
            Ok(server) => server,
            Err(code) => {
                let _ = done.send(Reply::refused(code));
                return;
            }
        };
        let mut secret = Zeroizing::new([0; 32]);
        draw(&mut secret[..]);
        let public = ed25519_dalek::SigningKey::from_bytes(&secret).verifying_key();
        let public_key = hex::encode(public.as_bytes());
        self.enrolling = true;
        let wish = Wish { server: server.clone(), secret, device_name, pin, done };
        let events = self.events.clone();
        self.runtime.spawn(async move {
            let result = server.enrol((&user, &password), &wish.device_name, &public_key).await;
            let _ = events.send(Event::EnrolAnswered { wish: Box::new(wish), result });
        });
    }

    pub(super) fn enrol_answered(&mut self, wish: Wish, result: Result<Enrolled, String>) {
        self.enrolling = false;
        let Wish { server, secret, device_name, pin, done } = wish;
        let enrolled = result.and_then(|device| {
            let Enrolled { device, tenant, scope } = &device;
            let me = Me::read((device, tenant, scope), &device_name, &secret[..]).ok_or("enrolment_odd")?;
            self.begin(me, server, &device_name, &pin).map_err(str::to_owned)
        });
        let reply = match enrolled {
            Ok(()) => self.standing_reply(),
            Err(code) => Reply::refused(&code),
        };
        let _ = done.send(reply);
    }

    /// May it be enrolled? Not over what somebody can still open.
    fn is_free(&self) -> Result<(), &'static str> {
        let kept = self.vault.read().map_err(|error| error.code())?.is_some();
        let taken = self.core.is_some() || kept && database::is_there(&self.folder)?;
        if taken { Err("enrolled_already") } else { Ok(()) }
    }

    fn begin(&mut self, me: Me, server: Server, device_name: &str, pin: &str) -> Result<(), &'static str> {
        self.is_free()?;
        // What an earlier attempt, or an earlier owner, left behind cannot be read by anybody any more. The vault first: one
        // beside a database that it does not open would keep everybody out.
        self.vault.forget().map_err(|error| error.code())?;
        database::delete(&self.folder).map_err(|_| "storage_failed")?;
        let mut key = Zeroizing::new([0; 32]);
        draw(&mut key[..]);
        let world = world(self.wall);
        let begun = database::create(&self.folder, &key).and_then(|store| Engine::enrol(store, world, me));
        let begun = begun.map_err(|error| error.code()).and_then(|engine| {
            let kept = self.vault.create(pin, &key, device_name, server.address().text());
            kept.map(|()| engine).map_err(|error| error.code())
        });
        match begun {
            Ok(engine) => {
                self.erased = false;
                self.opened(engine, key, server);
                Ok(())
            }
            Err(code) => {
                // Nobody has its key.
                let _ = database::delete(&self.folder);
                Err(code)
            }
        }
    }

    pub(super) fn unlock(&mut self, pin: &str) -> Reply {
        let there = match database::is_there(&self.folder) {
            Ok(there) => there,
            Err(code) => return Reply::refused(code),
        };
        if self.core.is_none() && there {
            let opened = self.vault.open(pin, self.now_ms()).map_err(|error| error.code());
            let opened = opened.and_then(|(key, server)| {
                let server = Address::parse(&server).and_then(Server::new)?;
                self.open(key, server)
            });
            if let Err(code) = opened {
                return Reply::refused(code);
            }
        }
        self.standing_reply()
    }

    pub(super) fn open(&mut self, key: Key, server: Server) -> Result<(), &'static str> {
        let store = database::open(&self.folder, &key).map_err(|error| database::code(&error))?;
        match Engine::open(store, world(self.wall)).map_err(|error| error.code())? {
            Ok(engine) => self.opened(engine, key, server),
            // Empty: whatever was in it is gone, and the next standing says so.
            Err(nobodys) => {
                drop(nobodys);
                database::delete(&self.folder).map_err(|_| "storage_failed")?;
            }
        }
        Ok(())
    }

    fn opened(&mut self, engine: Engine, key: Key, server: Server) {
        self.count += 1;
        self.core = Some(Core { engine, key, server, number: self.count });
        self.touched();
        self.look_at_storage();
    }

    /// From a database that does not open otherwise. It is not touched by that.
    pub(super) fn rescue_closed(&self, pin: &str, after: &str) -> Reply {
        let key = match database::is_there(&self.folder) {
            Ok(true) => self.vault.open(pin, self.now_ms()).map_err(|error| error.code()),
            Ok(false) => Err("nothing_unsynced"),
            Err(code) => Err(code),
        };
        let conn = key.and_then(|(key, _)| {
            database::connect(&self.folder, &key).map_err(|error| database::code(&error.into()))
        });
        match conn.and_then(|conn| engine::rescue(conn, &world(self.wall), after)) {
            Ok(file) => {
                let (answer, bytes) = file.answer();
                Reply { bytes: Some(bytes), ..Reply::new(&answer) }
            }
            Err(code) => Reply::refused(code),
        }
    }

    pub(super) fn lock(&mut self) {
        self.socket = None;
        self.core = None;
        self.tell_closed();
    }

    pub(super) fn erase(&mut self) {
        self.socket = None;
        self.erased = true;
        self.core = None;
        // The key first: what stays behind after a failure cannot be read.
        let _ = self.vault.forget();
        let _ = database::delete(&self.folder);
        self.tell_closed();
    }
}
