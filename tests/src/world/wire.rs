//! A line to the server that can break: a relay of bytes in between, which drops what is on its way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The relay; the line is whole until it breaks. Gone when dropped.
pub struct Wire {
    /// Where the server is reached over this line, without a slash at the end.
    pub url: String,
    ends: Arc<Ends>,
    relay: JoinHandle<()>,
}

struct Ends {
    server: String,
    whole: watch::Sender<bool>,
    /// Bytes that have left for the server.
    sent: AtomicU64,
    /// So many, and the line breaks by itself.
    breaks_at: AtomicU64,
}

impl Wire {
    /// A line to the server at `url`.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn to(url: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.context("no free port")?;
        let ends = Arc::new(Ends {
            server: url.trim_start_matches("http://").to_owned(),
            whole: watch::Sender::new(true),
            sent: AtomicU64::new(0),
            breaks_at: AtomicU64::new(u64::MAX),
        });
        let url = format!("http://{}", listener.local_addr()?);
        let relay = tokio::spawn({
            let ends = ends.clone();
            async move {
                while let Ok((near, _)) = listener.accept().await {
                    tokio::spawn(ends.clone().carry(near));
                }
            }
        });
        Ok(Self { url, ends, relay })
    }

    /// The same address over this line.
    pub fn over(&self, address: &str) -> String {
        let server = format!("http://{}", self.ends.server);
        address.strip_prefix(&server).map_or_else(|| address.to_owned(), |path| format!("{}{path}", self.url))
    }

    /// Breaks the line now.
    pub fn cut(&self) {
        self.ends.whole.send_replace(false);
    }

    /// Breaks the line as soon as `bytes` more have left for the server.
    pub fn cut_after(&self, bytes: u64) {
        self.ends.breaks_at.store(self.sent() + bytes, Ordering::SeqCst);
    }

    /// Makes the line whole again.
    pub fn mend(&self) {
        self.ends.breaks_at.store(u64::MAX, Ordering::SeqCst);
        self.ends.whole.send_replace(true);
    }

    /// Bytes that have left for the server so far.
    pub fn sent(&self) -> u64 {
        self.ends.sent.load(Ordering::SeqCst)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.relay.abort();
        self.cut();
    }
}

impl Ends {
    /// One connection, until either side ends it or the line breaks.
    async fn carry(self: Arc<Self>, near: TcpStream) {
        let mut whole = self.whole.subscribe();
        if !*whole.borrow_and_update() {
            return;
        }
        let Ok(far) = TcpStream::connect(&self.server).await else { return };
        let (mut from_near, to_near) = near.into_split();
        let (mut from_far, to_far) = far.into_split();
        tokio::select! {
            _ = async { tokio::join!(self.up(&mut from_near, to_far), down(&mut from_far, to_near)) } => {}
            _ = whole.wait_for(|whole| !whole) => {}
        }
    }

    async fn up(&self, from: &mut (impl AsyncRead + Unpin), mut to: impl AsyncWrite + Unpin) {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(n @ 1..) = from.read(&mut bytes).await {
            let sent = self.sent.fetch_add(n as u64, Ordering::SeqCst) + n as u64;
            if sent > self.breaks_at.load(Ordering::SeqCst) {
                self.whole.send_replace(false);
            }
            if to.write_all(&bytes[..n]).await.is_err() {
                return;
            }
        }
    }
}

async fn down(from: &mut (impl AsyncRead + Unpin), mut to: impl AsyncWrite + Unpin) {
    let _ = tokio::io::copy(from, &mut to).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_under_way_when_it_breaks_does_not_arrive() {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wire = Wire::to(&format!("http://{}", server.local_addr().unwrap())).await.unwrap();
        let near = wire.url.trim_start_matches("http://").to_owned();
        let echo = tokio::spawn(async move {
            let mut counts = Vec::new();
            for _ in 0..2 {
                let (mut far, _) = server.accept().await.unwrap();
                let mut bytes = Vec::new();
                let _ = far.read_to_end(&mut bytes).await;
                counts.push(bytes.len());
            }
            counts
        });
        wire.cut_after(100_000);
        let mut first = TcpStream::connect(&near).await.unwrap();
        let _ = first.write_all(&vec![1; 400_000]).await;
        let mut none = Vec::new();
        let _ = first.read_to_end(&mut none).await;
        let mut second = TcpStream::connect(&near).await.unwrap();
        assert_eq!(second.read(&mut [0; 1]).await.unwrap_or(0), 0, "a broken line takes a connection");
        wire.mend();
        let mut third = TcpStream::connect(&near).await.unwrap();
        third.write_all(&[1; 5]).await.unwrap();
        drop(third);
        let counts = echo.await.unwrap();
        assert!(counts[0] < 400_000 && counts[1] == 5, "{counts:?}");
        assert_eq!(wire.over("http://elsewhere/c/1"), "http://elsewhere/c/1");
    }
}
