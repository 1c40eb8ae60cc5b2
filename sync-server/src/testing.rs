//! A whole server in a temporary folder, asked without a network.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request, StatusCode, header},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::{
    domain::{AccountId, Role, Scopes, TenantId},
    flow::{At, Facts, Flow, Task},
};
use tower::ServiceExt;

use crate::{
    accounts::{
        create::{self, By, Company, Login, NewAccount, NewTenant},
        password::{self, Password},
    },
    app::App,
    cases::perform::Performers,
    config::Config,
    flows::{
        Library, Perform, Performed, Work,
        journal::{self, CaseRef},
    },
    http, router,
    world::{FixedClock, Random, World},
};

/// The password of every account.
pub(crate) const PASSWORD: &str = "a password for tests";

/// A server, a clock that a test moves, and a tenant.
pub(crate) struct TestServer {
    pub(crate) app: App,
    pub(crate) router: Router,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) tenant: TenantId,
    password_hash: String,
    _folder: tempfile::TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// `name=value` of the session's cookie.
    pub(crate) fn cookie(&self) -> String {
        self.header(header::SET_COOKIE).split(';').next().unwrap_or_default().to_owned()
    }
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(Config { undo_seconds: 0, ..Config::default() }).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::at(Timestamp::from_second(1_770_000_000).unwrap()));
        let world = World { clock: clock.clone(), random: Random::seeded(1), ..World::system().unwrap() };
        let app = App::open(Config { data: folder.path().join("data"), ..config }, world).unwrap();
        app.begin().await.unwrap();
        let password_hash = password::hash(&Password::from(PASSWORD.to_owned()), &app.world.random).unwrap();
        let tenant = TenantId::from_bytes([7; 16]);
        let server =
            Self { router: router::build(app.clone()), app, clock, tenant, password_hash, _folder: folder };
        server.make_tenant(tenant).await;
        server
    }

    pub(crate) async fn make_tenant(&self, id: TenantId) {
        let company = Company {
            credit_code: "91310000MA0000002X".to_owned(),
            address: "上海市浦东新区样本大道 2 号".to_owned(),
            phone: "400-000-0003".to_owned(),
        };
        let new = NewTenant { id, name_zh: "测试".to_owned(), name_en: "Test".to_owned(), company };
        let by = self.by();
        self.app.store.write(move |conn| create::tenant(conn, &new, &by)).await.unwrap();
    }

    /// The shell of this server around other routes.
    pub(crate) fn shell_around(&self, routes: Router<App>) -> Router {
        http::shell(routes, self.app.clone())
    }

    pub(crate) fn by(&self) -> By {
        By { actor: "console".to_owned(), at: self.app.world.clock.now() }
    }

    pub(crate) async fn account(&self, login: &str, roles: &[Role]) {
        self.account_of(self.tenant, login, roles).await;
    }

    pub(crate) async fn account_of(&self, tenant: TenantId, login: &str, roles: &[Role]) {
        let new = NewAccount {
            tenant,
            id: AccountId::from_bytes(self.app.world.random.bytes()),
            login: Login::parse(login).unwrap(),
            password_hash: self.password_hash.clone(),
            roles: roles.to_vec(),
        };
        let by = self.by();
        self.app.store.write(move |conn| create::account(conn, &new, &by)).await.unwrap();
    }

    pub(crate) async fn api_key(&self) -> String {
        self.api_key_of(self.tenant).await
    }

    /// A key with every scope.
    pub(crate) async fn api_key_of(&self, tenant: TenantId) -> String {
        self.api_key_with(tenant, Scopes::all()).await
    }

    pub(crate) async fn api_key_with(&self, tenant: TenantId, scopes: Scopes) -> String {
        let (secret, by) = (create::new_key(&self.app.world.random), self.by());
        let kept = secret.clone();
        let make =
            move |conn: &rusqlite::Connection| create::api_key(conn, tenant, ("test", &scopes), &kept, &by);
        self.app.store.write(make).await.unwrap();
        secret
    }

    /// Signs in and answers the session's cookie.
    pub(crate) async fn sign_in(&self, login: &str) -> String {
        let answer = self.try_to_sign_in(login, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        answer.cookie()
    }

    pub(crate) async fn try_to_sign_in(&self, login: &str, password: &str) -> Answer {
        let form = format!("user={login}&password={}", password.replace(' ', "+"));
        self.send(post_form("/office/sign-in", &form)).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        send(&self.router, request).await
    }
}

pub(crate) fn post_form(path: &str, form: &str) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form.to_owned()))
        .unwrap()
}

/// Sends a request from an address of this machine. Of a stream of events only the head is waited for: it does not end.
pub(crate) async fn send(router: &Router, mut request: Request<Body>) -> Answer {
    if request.extensions().get::<ConnectInfo<SocketAddr>>().is_none() {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
    }
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let is_stream = parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
    if is_stream {
        return Answer { status: parts.status, headers: parts.headers, body: Vec::new() };
    }
    let body = to_bytes(body, 16 * 1024 * 1024).await.unwrap().to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// Log lines of this thread, for as long as the guard lives.
pub(crate) fn captured_log() -> (Arc<Mutex<Vec<u8>>>, tracing::subscriber::DefaultGuard) {
    #[derive(Clone)]
    struct Lines(Arc<Mutex<Vec<u8>>>);
    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let lines = Arc::new(Mutex::new(Vec::new()));
    let writer = Lines(lines.clone());
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(crate::cli::logging::filter("trace").unwrap())
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    (lines, tracing::subscriber::set_default(subscriber))
}

/// Somebody at a desk in the office: signed in, with the session's form key.
pub(crate) struct Desk<'a> {
    server: &'a TestServer,
    cookie: String,
    form_key: String,
}

impl TestServer {
    /// Makes an account and sits it down.
    pub(crate) async fn desk(&self, login: &str, roles: &[Role]) -> Desk<'_> {
        self.account(login, roles).await;
        self.desk_of(login, PASSWORD).await
    }

    /// Signs in with a password of one's own.
    pub(crate) async fn desk_of(&self, login: &str, password: &str) -> Desk<'_> {
        let answer = self.try_to_sign_in(login, password).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
        let cookie = answer.cookie();
        let secret = crate::crypt::token_hash(cookie.split_once('=').unwrap().1);
        let form_key = self
            .app
            .store
            .read(move |conn| {
                let sql = "SELECT form_key FROM sessions WHERE token_hash = ?1";
                Ok::<_, crate::problem::Problem>(conn.query_row(sql, [secret], |row| row.get(0))?)
            })
            .await
            .unwrap();
        Desk { server: self, cookie, form_key }
    }

    /// Asks as a program with this key; an empty `body` is none.
    pub(crate) async fn program(&self, key: &str, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {key}"));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// A case of the demo's offer, just opened.
    pub(crate) async fn new_case(&self) -> CaseRef {
        let key = self.api_key().await;
        let made = self.program(&key, "POST", "/api/v1/links", crate::demo::OFFER).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        CaseRef { tenant: self.tenant, case: made.json()["case"].as_str().unwrap().parse().unwrap() }
    }

    /// A case that has just begun on this flow.
    pub(crate) async fn case_on(&self, file: &Value) -> CaseRef {
        let (of, now) = (self.new_case().await, self.app.world.clock.now());
        let (key, file) = (file["key"].as_str().unwrap().to_owned(), file.to_string());
        let set = self.app.store.write(move |conn| {
            let hash = Library::add(conn, &key, &file, now)?;
            let case = of.case.to_string();
            conn.execute("DELETE FROM tasks WHERE case_id = ?1", [&case])?;
            conn.execute("DELETE FROM runs WHERE case_id = ?1", [&case])?;
            conn.execute("UPDATE cases SET flow_hash = ?2 WHERE id = ?1", [&case, &hash])?;
            let flow = Arc::new(Flow::parse(&file).unwrap());
            Ok::<_, crate::problem::Problem>(journal::begin(conn, &flow, of, Facts::new(), now).map(drop)?)
        });
        set.await.unwrap();
        of
    }

    /// One task of a machine block of this kind.
    pub(crate) fn work(&self, of: CaseRef, kind: &str, params: Value, facts: Facts) -> Work {
        let outcomes = shared::flow::kind(kind).unwrap().shape(&params).unwrap().outcomes;
        let next: Value = outcomes.into_iter().map(|outcome| (outcome, json!("end"))).collect();
        let file = json!({"format": 1, "key": "k", "name": {"zh-CN": "试", "en": "try"}, "start": "it", "blocks": {
            "it": {"kind": kind, "params": params, "next": next},
            "end": {"kind": "end", "params": {"decision": "declined", "reason": "r"}, "next": {}}}});
        let flow = Flow::parse(&file.to_string()).unwrap();
        let block = flow.start();
        let task = Task {
            at: At { block: block.id.clone(), visit: 1 },
            kind: block.kind.key(),
            params: block.params.clone(),
            timeout_ms: 5_000,
            due: self.app.world.clock.now(),
        };
        Work { of, task, facts: Arc::new(facts), flow: Arc::new(flow) }
    }

    /// Carries such a task out.
    pub(crate) async fn perform(&self, of: CaseRef, kind: &str, params: Value, facts: Facts) -> Performed {
        let performers = Performers::default();
        performers.connect(self.app.clone());
        performers.perform(self.work(of, kind, params, facts)).await
    }

    /// Every audit row so far: who, what, about what, detail.
    pub(crate) async fn audit(&self) -> Vec<[String; 4]> {
        self.app
            .store
            .read(|conn| {
                let mut rows =
                    conn.prepare("SELECT actor, action, subject, detail FROM audit ORDER BY seq")?;
                let rows =
                    rows.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
                Ok::<_, crate::problem::Problem>(rows.collect::<Result<_, _>>()?)
            })
            .await
            .unwrap()
    }

    /// Changes rows as only a test may.
    pub(crate) async fn sql(&self, sql: &str) {
        let sql = sql.to_owned();
        let change =
            move |conn: &rusqlite::Connection| Ok::<_, crate::problem::Problem>(conn.execute_batch(&sql)?);
        self.app.store.write(change).await.unwrap();
    }
}

/// How the store would find the rows of this statement, whose `parameters` are numbered from 1.
pub(crate) async fn plan_of(server: &TestServer, sql: &'static str, parameters: usize) -> String {
    let plan = server.app.store.read(move |conn| {
        let mut statement = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let values = rusqlite::params_from_iter(std::iter::repeat_n("1", parameters));
        let steps = statement.query_map(values, |row| row.get::<_, String>(3))?;
        Ok::<_, crate::problem::Problem>(steps.collect::<Result<Vec<_>, _>>()?.join("\n"))
    });
    plan.await.unwrap()
}

impl Desk<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = Request::get(path).header(header::COOKIE, &self.cookie);
        self.server.send(request.body(Body::empty()).unwrap()).await
    }

    /// Sends a form of a page just loaded.
    pub(crate) async fn post(&self, path: &str, fields: &str) -> Answer {
        let number = hex::encode(self.server.app.world.random.bytes::<8>());
        self.post_form(path, fields, &number).await
    }

    /// Sends the form with this number.
    pub(crate) async fn post_form(&self, path: &str, fields: &str, number: &str) -> Answer {
        let mut request = post_form(path, &format!("form_id={}.{number}&{fields}", self.form_key));
        request.headers_mut().insert(header::COOKIE, self.cookie.parse().unwrap());
        self.server.send(request).await
    }

    /// Asks the API with the session.
    pub(crate) async fn api(&self, method: &str, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(path).header(header::COOKIE, &self.cookie);
        let request = request.header(header::CONTENT_TYPE, "application/json");
        self.server.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }
}
