//! All that the page may ask of the program around it.

use std::{borrow::Cow, path::PathBuf};

use serde::Deserialize as _;

use tauri::{
    AppHandle, Manager, State, Wry,
    ipc::{Channel, Invoke, InvokeBody, Response},
};

use crate::{
    device::notifications,
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
    // Android's web view hands on no bytes: there they come as a list of numbers.
    let packed = match message.payload() {
        InvokeBody::Raw(packed) => Some(Cow::Borrowed(packed.as_slice())),
        InvokeBody::Json(numbers) => Vec::deserialize(numbers).ok().map(Cow::Owned),
    };
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

/// Somebody touched the page, or the network came back.
#[tauri::command]
pub(crate) fn touched(host: State<'_, Host>, online: bool) {
    if online { host.online() } else { host.touched() }
}

/// How much room there is; `null` where the system does not say.
#[tauri::command]
pub(crate) fn storage(folder: State<'_, Folder>) -> Option<Room> {
    room(&folder.0)
}

/// Something happened while nobody looks at the window.
#[tauri::command]
pub(crate) fn notify(app: AppHandle, text: &str) {
    notifications::show(&app, text);
}
