//! A refusal reaches the one who is still sending.
//!
//! Who answers before the body has come and then closes the connection has it reset: most clients and all browsers
//! then report a broken connection instead of the answer, and a person tries the same too large photo again and again
//! (RFC 9112, section 9.6). So what is still on its way is read and thrown away, within bounds, before a refusal goes
//! out.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    body::{Body, BodyDataStream, Bytes, HttpBody as _},
    extract::Request,
    http::header,
    middleware::Next,
    response::Response,
};
use futures_util::{Stream, StreamExt as _};
use tokio::sync::oneshot;

/// Most that is read and thrown away of one body, in bytes: twice the largest photo that a phone makes.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Longest that is listened to after a refusal.
const LONGEST: Duration = Duration::from_secs(10);

/// Lets a refusal out only when the rest of the body has come or a bound is reached.
pub(super) async fn heard_out(request: Request, next: Next) -> Response {
    // Who waits for leave to send has sent nothing yet, and is told before they do.
    if request.body().is_end_stream() || request.headers().contains_key(header::EXPECT) {
        return next.run(request).await;
    }
    let (give_back, given_back) = oneshot::channel();
    let request = request.map(|body| {
        Body::from_stream(Lent { body: Some(body.into_data_stream()), give_back: Some(give_back) })
    });
    let response = next.run(request).await;
    if response.status().is_client_error() || response.status().is_server_error() {
        // Nothing comes where the body was read to its end or is still in somebody's hands.
        let rest = tokio::time::timeout(LONGEST, async {
            if let Ok(rest) = given_back.await {
                throw_away(rest).await;
            }
        });
        _ = rest.await;
    }
    response
}

async fn throw_away(mut rest: BodyDataStream) {
    let mut seen = 0;
    while let Some(Ok(piece)) = rest.next().await {
        seen += piece.len();
        if seen > MOST_BYTES {
            return;
        }
    }
}

/// A body that comes back when its reader lets go of it before the end.
struct Lent {
    body: Option<BodyDataStream>,
    give_back: Option<oneshot::Sender<BodyDataStream>>,
}

impl Stream for Lent {
    type Item = Result<Bytes, axum::Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let piece = Pin::new(body).poll_next(context);
        if matches!(piece, Poll::Ready(None | Some(Err(_)))) {
            self.body = None;
        }
        piece
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let (Some(body), Some(give_back)) = (self.body.take(), self.give_back.take()) {
            _ = give_back.send(body);
        }
    }
}
