//! Asking the engine behind a page of the advisor's app as the screens do, past the screens.

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use shared::app::{Answer, Ask, conformance::Face};

use super::find::quoted;
use super::page::Page;

/// One more asker on the page, with a way to the engine of its own.
const BEGIN: &str = "(async () => {
    const { engine } = await import('/advisor/link.js');
    const way = engine(), waiting = new Map(), me = crypto.randomUUID();
    let asked = 0;
    way.onmessage = ({ data }) => { waiting.get(data.id)?.(data); waiting.delete(data.id); };
    const text = bytes => { let all = ''; for (const byte of new Uint8Array(bytes)) all += String.fromCharCode(byte);
        return btoa(all); };
    window.talk = (name, ask, packed) => new Promise(done => {
        const id = name ?? `${me}-${++asked}`;
        waiting.set(id, ({ answer, bytes }) => done({ answer: answer ?? null, bytes: bytes ? text(bytes) : null }));
        const bytes = packed == null ? undefined : Uint8Array.from(atob(packed), letter => letter.charCodeAt(0)).buffer;
        way.postMessage({ id, ask, bytes }, bytes ? [bytes] : []);
    });
    return true;
})()";

/// The asker.
pub struct Talk {
    page: Page,
}

#[derive(Deserialize)]
struct Said {
    answer: Option<String>,
    bytes: Option<String>,
}

impl Talk {
    /// On this page.
    ///
    /// # Errors
    /// When it is no page of the app.
    pub async fn on(page: &Page) -> Result<Self> {
        page.eval::<bool>(BEGIN).await.context("this page has no engine")?;
        Ok(Self { page: page.clone() })
    }
}

impl Talk {
    async fn put(
        &self,
        name: Option<&str>,
        ask: &Ask,
        bytes: Option<&[u8]>,
    ) -> Result<(Answer, Option<Vec<u8>>)> {
        let name = name.map_or("null".to_owned(), quoted);
        let packed = bytes.map_or("null".to_owned(), |bytes| quoted(&BASE64.encode(bytes)));
        let script = format!("talk({name}, {}, {packed})", quoted(&serde_json::to_string(ask)?));
        let said: Said = self.page.eval(&script).await?;
        let answer = serde_json::from_str(&said.answer.context("the engine is gone")?)?;
        Ok((answer, said.bytes.map(|bytes| BASE64.decode(bytes)).transpose()?))
    }
}

impl Face for Talk {
    async fn say(
        &mut self,
        name: Option<&str>,
        ask: &Ask,
        bytes: Option<&[u8]>,
    ) -> Result<(Answer, Option<Vec<u8>>), String> {
        self.put(name, ask, bytes).await.map_err(|error| format!("{error:#}"))
    }
}
