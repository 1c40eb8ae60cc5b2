//! Changes that a stranger made up: what passes our own reading goes into a new application and into one that two
//! people worked on. Nothing panics out of it, an error leaves everything as it was, and what is taken in stays small.

#![no_main]

use std::sync::{LazyLock, Mutex, PoisonError};

use fuzz::{documents, memory, seeds};
use libfuzzer_sys::fuzz_target;
use shared::document::{Application, ChangeHeader};

/// What taking in one input may hold at once, in bytes.
const MOST_BYTES: usize = 64 * 1024 * 1024;

static FRESH: LazyLock<Application> = LazyLock::new(|| documents::fresh(3));
static BUSY: LazyLock<Application> = LazyLock::new(documents::busy);
/// What the last panic said. Automerge's own are caught, which is allowed, so that they are shown only if one gets out.
static LAST_WORDS: Mutex<String> = Mutex::new(String::new());

fuzz_target!(init: begin(), |input: &[u8]| {
    if let Err(panic) = std::panic::catch_unwind(|| try_out(input)) {
        eprintln!("{}", LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner));
        std::panic::resume_unwind(panic);
    }
});

fn begin() {
    std::panic::set_hook(Box::new(|said| {
        *LAST_WORDS.lock().unwrap_or_else(PoisonError::into_inner) = said.to_string();
    }));
    seeds::sow(documents::seeds());
}

fn try_out(input: &[u8]) {
    let changes: Vec<Vec<u8>> =
        documents::changes(input).into_iter().filter(|change| ChangeHeader::read(change).is_ok()).collect();
    if changes.is_empty() {
        return;
    }
    for before in [&*FRESH, &*BUSY] {
        memory::within(MOST_BYTES, || take(before, &changes));
    }
}

fn take(before: &Application, changes: &[Vec<u8>]) {
    let mut after = before.clone();
    if after.take(changes).is_err() {
        assert_eq!(after.heads(), before.heads(), "an error changed the application");
        return;
    }
    // What a device does next: show it, keep it either way and read that again, go on working.
    let shown = after.view();
    let saved = Application::open(after.id(), actor(), &after.save());
    assert_eq!(saved.map(|saved| saved.view()).as_ref(), Ok(&shown), "what was saved is not what was shown");
    let again = Application::replay(after.id(), actor(), &after.changes_since(&[]));
    assert_eq!(again.map(|again| again.view()), Ok(shown), "what was kept is not what was shown");
    let _ = documents::go_on(&mut after);
}

fn actor() -> shared::document::Actor {
    shared::document::Actor::fresh([9; 16])
}
