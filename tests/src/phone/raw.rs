//! Frames by hand, for what no honest phone says.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use shared::document::ChangeHeader;
use shared::domain::{ChangeHash, DeviceId, DocumentId, ScopeId};
use shared::protocol::sync::{
    self as wire, Auth, Bytes, Frame, Hello, Push, PushAck, Pushed, Refusal, Welcome,
    signed::{self, Signatory},
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest, protocol::frame::coding::CloseCode},
};

use super::Enrolment;

/// A connection to `/sync`.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How long the server may take to answer.
const WITHIN: Duration = Duration::from_secs(20);

/// Opens a connection to the server at this address.
pub(super) async fn connect(url: &str) -> Result<Socket> {
    let address = format!("{}/sync", url.replacen("http", "ws", 1));
    let mut request = address.into_client_request()?;
    request.headers_mut().insert("sec-websocket-protocol", "miaopi-sync.1".parse()?);
    Ok(connect_async(request).await?.0)
}

/// A connection on which anything can be said.
pub struct Raw(Socket);

impl Raw {
    /// Connects and says nothing yet.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn connect(url: &str) -> Result<Self> {
        connect(url).await.map(Self)
    }

    /// Connects and proves itself as this device.
    ///
    /// # Errors
    /// When the server does not let it in.
    pub async fn come_in(url: &str, enrolment: &Enrolment) -> Result<(Self, Welcome)> {
        let mut raw = Self::connect(url).await?;
        match raw.prove(enrolment.device, &enrolment.key, 1).await? {
            Frame::Welcome(welcome) => Ok((raw, welcome)),
            other => bail!("not let in: {other:?}"),
        }
    }

    /// Says who it is and proves it with this key; gives the server's answer to that.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn prove(&mut self, device: DeviceId, key: &SigningKey, schema: u32) -> Result<Frame> {
        self.say(&Frame::Hello(Hello { device, schema, unsynced: 0 })).await?;
        match self.hear().await? {
            Frame::Challenge(challenge) => {
                let signature = signed::sign(key, &signed::auth_bytes(device, &challenge.nonce));
                self.say(&Frame::Auth(Auth { signature })).await?;
                self.hear().await
            }
            other => Ok(other),
        }
    }

    /// Says this.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn say(&mut self, frame: &Frame) -> Result<()> {
        self.send(wire::pack(&wire::encode(frame))).await
    }

    /// Sends these bytes as a message.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn send(&mut self, bytes: Vec<u8>) -> Result<()> {
        Ok(self.0.send(Message::Binary(bytes.into())).await?)
    }

    /// The server's next answer; what it tells unasked about offers and cases is passed over.
    ///
    /// # Errors
    /// When it says nothing, or no frame.
    pub async fn hear(&mut self) -> Result<Frame> {
        loop {
            match self.hear_all().await? {
                Frame::OnOffer(_) | Frame::Case(_) => {}
                frame => return Ok(frame),
            }
        }
    }

    /// The next frame, whatever it is about.
    ///
    /// # Errors
    /// When the server says nothing, or no frame.
    pub async fn hear_all(&mut self) -> Result<Frame> {
        loop {
            let message = tokio::time::timeout(WITHIN, self.0.next()).await.context("no answer")?;
            match message.context("the connection is over")?? {
                Message::Binary(bytes) => {
                    let frame = wire::unpack(&bytes).and_then(|frame| wire::decode(&frame));
                    return frame.map_err(|code| anyhow::anyhow!("no frame: {code}"));
                }
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("no frame but {other:?}"),
            }
        }
    }

    /// The refusal that the server answers with.
    ///
    /// # Errors
    /// When it says something else.
    pub async fn refusal(&mut self) -> Result<Refusal> {
        match self.hear().await? {
            Frame::Error(refusal) => Ok(refusal),
            other => bail!("no refusal but {other:?}"),
        }
    }

    /// Whether the server ends the connection now, politely or not.
    ///
    /// # Errors
    /// When it says something instead.
    pub async fn is_over(&mut self) -> Result<bool> {
        let message = tokio::time::timeout(WITHIN, self.0.next()).await.context("still open")?;
        match message {
            None | Some(Err(_)) => Ok(true),
            Some(Ok(Message::Close(frame))) => Ok(frame.is_none_or(|frame| {
                matches!(frame.code, CloseCode::Away | CloseCode::Size | CloseCode::Normal)
            })),
            Some(Ok(other)) => bail!("still open: {other:?}"),
        }
    }
}

impl Raw {
    /// A push of these changes of one document, signed as it should be.
    pub fn push_of(
        &self,
        who: &Enrolment,
        document: DocumentId,
        scope: ScopeId,
        changes: Vec<Vec<u8>>,
    ) -> Push {
        let name = |bytes: &Vec<u8>| match ChangeHeader::read(bytes) {
            Ok(header) => header.hash,
            Err(_) => ChangeHash::of(bytes.get(8..).unwrap_or_default()),
        };
        let names = vec![(document, scope, changes.iter().map(name).collect())];
        let signatory = Signatory { tenant: who.tenant, device: who.device };
        let signature = signed::sign(&who.key, &signed::push_bytes(signatory, &names));
        let changes = changes.into_iter().map(Bytes).collect();
        Push { number: 1, documents: vec![Pushed { document, scope, changes }], signature }
    }

    /// Pushes these changes and gives what came of it.
    ///
    /// # Errors
    /// When the push as a whole is not taken.
    pub async fn acknowledged(
        &mut self,
        who: &Enrolment,
        document: DocumentId,
        scope: ScopeId,
        changes: Vec<Vec<u8>>,
    ) -> Result<PushAck> {
        let push = self.push_of(who, document, scope, changes);
        self.say(&Frame::Push(push)).await?;
        match self.hear().await? {
            Frame::PushAck(ack) => Ok(ack),
            other => bail!("not acknowledged: {other:?}"),
        }
    }
}
