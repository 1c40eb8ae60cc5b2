//! All that the page may ask of the program around it.

use std::{borrow::Cow, path::PathBuf};

use serde::Deserialize as _;
use shared::domain::DocumentId;
use tauri::{
    AppHandle, Manager, State, Wry,
    ipc::{Channel, Invoke, InvokeBody, Request, Response},
};

use crate::{
    device::{
        links::Links,
        network, notifications,
        share::{self, Handed},
    },
    frame::{pack, unpack},
    host::{Host, Reply, Room, Told, room},
};

/// Where everything is kept.
pub(crate) struct Folder(pub(crate) PathBuf);

/// Something for the engine: `Ask` and the bytes beside it, packed; the name under which it is carried out once comes in a
/// header. Not a command as the others are: those run beside each other, and what a page asks is answered in its order.
pub(crate) fn ask(invoke: Invoke<Wry>) -> bool {
    let Invoke { message, resolver, .. } = invoke;
    let name = message.headers().get("name").and_then(|name| name.to_str().ok()).map(str::to_owned);
    let packed = bytes_of(message.payload());
    let asked = packed.as_deref().and_then(unpack);
    let host = message.webview_ref().state::<Host>().inner().clone();
    let reply = asked.map(|(text, bytes)| host.ask(text.to_owned(), bytes.to_owned(), name));
    resolver.respond_async(async move {
        let reply = match reply {
            Some(reply) => reply.await,
            None => Reply::refused("ask_unknown"),
        };
        Ok(Response::new(pack(&reply.answer, reply.bytes.as_deref())))
    });
    true
}

/// What the page packed. Android's web view hands on no bytes: there they come as a list of numbers.
fn bytes_of(body: &InvokeBody) -> Option<Cow<'_, [u8]>> {
    match body {
        InvokeBody::Raw(packed) => Some(Cow::Borrowed(packed.as_slice())),
        InvokeBody::Json(numbers) => Vec::deserialize(numbers).ok().map(Cow::Owned),
    }
}

/// The page wants to hear what happens. `null` is the last thing that a page hears: the engine ended.
#[tauri::command]
pub(crate) fn listen(host: State<'_, Host>, page: String, news: Channel<Option<String>>) {
    let listener = move |told: Told<'_>| match told {
        Told::News(json) => news.send(Some(json.to_owned())).is_ok(),
        Told::Gone => {
            let _ = news.send(None);
            false
        }
    };
    host.listen(page, Box::new(listener));
}

/// The page wants to hear which case a link asks for.
#[tauri::command]
pub(crate) fn links(links: State<'_, Links>, page: Channel<DocumentId>) {
    links.listen(page);
}

/// Somebody touched the page, or the network came back.
#[tauri::command]
pub(crate) fn touched(host: State<'_, Host>, online: bool) {
    if online { network::came_back(&host) } else { host.touched() }
}

/// How much room there is; `null` where the system does not say.
#[tauri::command]
pub(crate) fn storage(folder: State<'_, Folder>) -> Option<Room> {
    room(&folder.0)
}

/// Somebody wants a file out of the app, on a phone: `Handed` and its bytes, packed.
#[tauri::command]
pub(crate) async fn hand_over(app: AppHandle, request: Request<'_>) -> Result<bool, ()> {
    let packed = bytes_of(request.body()).ok_or(())?;
    let (handed, bytes) = unpack(&packed).ok_or(())?;
    let handed: Handed = serde_json::from_str(handed).map_err(drop)?;
    Ok(share::hand_over(&app, &handed, bytes).await)
}

/// Something happened while nobody looks at the window.
#[tauri::command]
pub(crate) fn notify(app: AppHandle, text: &str) {
    notifications::show(&app, text);
}
