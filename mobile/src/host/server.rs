//! The server as this device reaches it: requests, and the connection for sync.

use std::{sync::Arc, sync::LazyLock, time::Duration};

use futures_util::{SinkExt, StreamExt};
use reqwest::{Client, Method, header};
use rustls::{ClientConfig, RootCertStore};
use serde::Deserialize;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_tungstenite::{
    Connector, connect_async_tls_with_config,
    tungstenite::{Message, client::IntoClientRequest, protocol::WebSocketConfig},
};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);
const SIGN_IN_TIMEOUT: Duration = Duration::from_secs(20);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// More than the server ever sends at once.
const MAX_MESSAGE_BYTES: usize = 16 * 1_024 * 1_024;
/// How much of what the server sent may wait for the engine, bytes. When it is used up nothing is read from the connection.
const MAX_WAITING_BYTES: u32 = 2 * MAX_MESSAGE_BYTES as u32;
/// What a message takes of it at least, bytes: the smallest ones are not free either.
const MIN_WAITING_BYTES: u32 = 1_024;
/// The largest contract, or what a photo says.
const MAX_BODY_BYTES: usize = 32 * 1_024 * 1_024;
const PROTOCOL: &str = "miaopi-sync.1";

static TLS: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    // Fails only for a provider without the protocol's suites.
    #[allow(clippy::expect_used)]
    Arc::new(config.expect("ring has TLS 1.2 and 1.3").with_root_certificates(roots).with_no_client_auth())
});

/// A server's address: `https`, or `http` on this machine only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address(String);

impl Address {
    /// Reads what a person typed: a host is enough.
    ///
    /// # Errors
    /// `server_odd`, or `server_not_secure` where people's data would travel in the clear.
    pub(crate) fn parse(text: &str) -> Result<Address, &'static str> {
        let text = text.trim().trim_end_matches('/');
        let whole = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = reqwest::Url::parse(&whole).map_err(|_| "server_odd")?;
        let host = url.host_str().unwrap_or_default();
        let plain = url.username().is_empty() && url.password().is_none() && url.path() == "/";
        if host.is_empty() || !plain || url.query().is_some() || url.fragment().is_some() {
            return Err("server_odd");
        }
        match url.scheme() {
            "https" => {}
            "http" if matches!(host, "127.0.0.1" | "localhost" | "[::1]") => {}
            "http" => return Err("server_not_secure"),
            _ => return Err("server_odd"),
        }
        Ok(Address(url.origin().ascii_serialization()))
    }

    /// As it is kept and shown.
    pub(crate) fn text(&self) -> &str {
        &self.0
    }

    fn web_socket(&self) -> String {
        format!("{}/sync", self.0.replacen("http", "ws", 1))
    }
}

/// What came back on a request.
pub(crate) struct Fetched {
    pub(crate) status: u16,
    pub(crate) offset: Option<u32>,
    /// As the next request sends them.
    cookies: String,
    pub(crate) body: Vec<u8>,
}

/// A device as the server enrolled it.
#[derive(Deserialize)]
pub(crate) struct Enrolled {
    pub(crate) device: String,
    pub(crate) tenant: String,
    pub(crate) scope: String,
}

/// Makes requests.
#[derive(Clone)]
pub(crate) struct Server {
    client: Client,
    address: Address,
}

impl Server {
    /// # Errors
    /// `no_network` where no client can be made on this system.
    pub(crate) fn new(address: Address) -> Result<Server, &'static str> {
        let client = Client::builder()
            .tls_backend_preconfigured((**TLS).clone())
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("Miaopi/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Server { client: client.map_err(|_| "no_network")?, address })
    }

    pub(crate) fn address(&self) -> &Address {
        &self.address
    }

    /// One request; `None` where no whole answer came.
    pub(crate) async fn fetch(
        &self,
        method: &str,
        path: &str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Option<Fetched> {
        let method = Method::from_bytes(method.as_bytes()).ok()?;
        let mut request = self.client.request(method, format!("{}{path}", self.address.0));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if !body.is_empty() {
            request = request.body(body);
        }
        timeout(REQUEST_TIMEOUT, read(request)).await.ok()?
    }

    /// Signs in, enrols this public key, and signs out again: the session was for this only.
    ///
    /// # Errors
    /// The server's stable code, or `no_network`.
    pub(crate) async fn enrol(
        &self,
        (user, password): (&str, &str),
        name: &str,
        public_key: &str,
    ) -> Result<Enrolled, String> {
        let at = |path: &str| format!("{}{path}", self.address.0);
        let mut form = reqwest::Url::parse("form:/").map_err(|_| "enrolment_odd")?;
        form.query_pairs_mut().append_pair("user", user).append_pair("password", password);
        let sign_in = self
            .client
            .post(at("/office/sign-in"))
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form.query().unwrap_or_default().to_owned());
        let within = |request| async { timeout(SIGN_IN_TIMEOUT, read(request)).await.ok().flatten() };
        let signed_in = within(sign_in).await.ok_or("no_network")?;
        if !matches!(signed_in.status, 200..400) {
            return Err(code(&signed_in, "sign_in_wrong"));
        }
        let signed = |request: reqwest::RequestBuilder| {
            request.header(header::ACCEPT, "application/json").header(header::COOKIE, &signed_in.cookies)
        };
        let body = serde_json::json!({"name": name, "public_key": public_key});
        let answer = within(signed(self.client.post(at("/api/v1/devices"))).json(&body)).await;
        let _ = within(signed(self.client.delete(at("/api/v1/devices/session")))).await;
        let answer = answer.ok_or("no_network")?;
        if !matches!(answer.status, 200..300) {
            return Err(code(&answer, "enrolment_refused"));
        }
        serde_json::from_slice(&answer.body).map_err(|_| "enrolment_odd".to_owned())
    }

    /// Opens the connection; what comes goes to `heard`, what is put into the channel it gives goes out. It closes when
    /// that channel is dropped. As long as too much of what came was not taken, nothing more is read.
    pub(crate) async fn connect(
        self,
        heard: impl Fn(Heard) -> bool + Send,
        mut outgoing: mpsc::UnboundedReceiver<Vec<u8>>,
    ) {
        let Some(mut socket) = timeout(CONNECT_TIMEOUT, self.open_socket()).await.ok().flatten() else {
            heard(Heard::Closed);
            return;
        };
        heard(Heard::Open);
        let room = Arc::new(Semaphore::new(MAX_WAITING_BYTES as usize));
        loop {
            let goes_on = tokio::select! {
                message = socket.next() => match message {
                    Some(Ok(Message::Binary(bytes))) => match Came::once_there_is_room(&room, bytes.into()).await {
                        Some(message) => heard(Heard::Message(message)),
                        None => false,
                    },
                    Some(Ok(Message::Close(_)) | Err(_)) | None => false,
                    Some(Ok(_)) => true,
                },
                bytes = outgoing.recv() => match bytes {
                    Some(bytes) => {
                        let sent = timeout(REQUEST_TIMEOUT, socket.send(Message::Binary(bytes.into()))).await;
                        matches!(sent, Ok(Ok(())))
                    }
                    None => {
                        let _ = timeout(CONNECT_TIMEOUT, socket.close(None)).await;
                        return;
                    }
                },
            };
            if !goes_on {
                break;
            }
        }
        heard(Heard::Closed);
    }

    async fn open_socket(
        &self,
    ) -> Option<tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>>
    {
        let mut request = self.address.web_socket().into_client_request().ok()?;
        request.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL.parse().ok()?);
        let limits = WebSocketConfig::default()
            .max_message_size(Some(MAX_MESSAGE_BYTES))
            .max_frame_size(Some(MAX_MESSAGE_BYTES));
        let connector = self.address.0.starts_with("https").then(|| Connector::Rustls(TLS.clone()));
        let (socket, _) = connect_async_tls_with_config(request, Some(limits), true, connector).await.ok()?;
        Some(socket)
    }
}

/// What happens on the connection.
pub(crate) enum Heard {
    Open,
    Message(Came),
    Closed,
}

/// A message that waits for the engine. It holds its room until it is dropped.
pub(crate) struct Came {
    pub(crate) bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl Came {
    async fn once_there_is_room(room: &Arc<Semaphore>, bytes: Vec<u8>) -> Option<Came> {
        let size = u32::try_from(bytes.len()).ok()?.clamp(MIN_WAITING_BYTES, MAX_WAITING_BYTES);
        Some(Came { bytes, _room: room.clone().acquire_many_owned(size).await.ok()? })
    }
}

async fn read(request: reqwest::RequestBuilder) -> Option<Fetched> {
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let offset = answer.headers().get("Upload-Offset").and_then(|offset| offset.to_str().ok()?.parse().ok());
    let cookies = cookies(answer.headers());
    let mut body = Vec::new();
    let mut parts = answer.bytes_stream();
    while let Some(part) = parts.next().await {
        let part = part.ok()?;
        if body.len() + part.len() > MAX_BODY_BYTES {
            return None;
        }
        body.extend_from_slice(&part);
    }
    Some(Fetched { status, offset, cookies, body })
}

/// The code of a problem document.
pub(crate) fn problem_code(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Problem {
        code: String,
    }
    serde_json::from_slice::<Problem>(body).ok().map(|problem| problem.code)
}

fn code(answer: &Fetched, otherwise: &str) -> String {
    problem_code(&answer.body).unwrap_or_else(|| otherwise.to_owned())
}

/// The cookies that an answer sets, as the next request sends them.
fn cookies(headers: &header::HeaderMap) -> String {
    let set = headers.get_all(header::SET_COOKIE).iter().filter_map(|cookie| cookie.to_str().ok());
    set.filter_map(|cookie| cookie.split(';').next()).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc as inbox,
    };

    use super::*;

    const FRAME: usize = 1_024 * 1_024;
    const FRAMES: u8 = 120;

    #[test]
    fn a_server_that_floods_waits_and_no_frame_of_it_is_lost() {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = Address::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        runtime.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            #[allow(clippy::result_large_err)] // as the library wants it
            let agree = |_: &_, mut answer: tokio_tungstenite::tungstenite::handshake::server::Response| {
                answer.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, PROTOCOL.parse().unwrap());
                Ok(answer)
            };
            let mut socket = tokio_tungstenite::accept_hdr_async(stream, agree).await.unwrap();
            for number in 0..FRAMES {
                socket.send(Message::Binary(vec![number; FRAME].into())).await.unwrap();
            }
            let _ = socket.close(None).await;
        });
        let (waiting, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (heard, takes) = inbox::channel();
        let (_outgoing, comes_out) = mpsc::unbounded_channel();
        let (count, peak) = (waiting.clone(), most.clone());
        runtime.spawn(Server::new(address).unwrap().connect(
            move |what| {
                if let Heard::Message(came) = &what {
                    peak.fetch_max(
                        count.fetch_add(came.bytes.len(), Ordering::SeqCst) + FRAME,
                        Ordering::SeqCst,
                    );
                }
                heard.send(what).is_ok()
            },
            comes_out,
        ));
        // Nobody takes anything until there is no room for another one.
        while waiting.load(Ordering::SeqCst) + FRAME <= MAX_WAITING_BYTES as usize {
            std::thread::yield_now();
        }
        let mut came = Vec::new();
        for what in takes {
            match what {
                Heard::Message(Came { bytes, _room }) => {
                    waiting.fetch_sub(bytes.len(), Ordering::SeqCst);
                    assert!(bytes.len() == FRAME && bytes.iter().all(|byte| *byte == bytes[0]));
                    came.push(bytes[0]);
                }
                Heard::Open => {}
                Heard::Closed => break,
            }
        }
        assert_eq!(came, (0..FRAMES).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= MAX_WAITING_BYTES as usize, "{most:?} bytes waited");
    }

    #[test]
    fn an_address_is_https_or_on_this_machine() {
        for (typed, kept) in [
            ("miaopi.example.com", Ok("https://miaopi.example.com")),
            (" https://miaopi.example.com:8443/ ", Ok("https://miaopi.example.com:8443")),
            ("http://127.0.0.1:8080", Ok("http://127.0.0.1:8080")),
            ("http://[::1]:8080", Ok("http://[::1]:8080")),
            ("http://miaopi.example.com", Err("server_not_secure")),
            ("http://127.0.0.1.example.com", Err("server_not_secure")),
            ("ftp://miaopi.example.com", Err("server_odd")),
            ("https://user:secret@example.com", Err("server_odd")),
            ("https://example.com/office", Err("server_odd")),
            ("https://example.com?x", Err("server_odd")),
            ("", Err("server_odd")),
        ] {
            assert_eq!(Address::parse(typed).as_ref().map(Address::text), kept.as_ref().copied(), "{typed}");
        }
        assert_eq!(Address::parse("http://localhost:1").unwrap().web_socket(), "ws://localhost:1/sync");
    }
}
