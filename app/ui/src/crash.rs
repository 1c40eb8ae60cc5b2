//! The app fails into a screen: what was entered is already kept, so a reload brings everything back.

use crate::browser;
use crate::texts::Words;

/// What a program says when it fails: keys of its title, its text and the way on.
pub type Said = [&'static str; 3];

/// The advisor's app.
pub const ADVISOR: Said = ["crash-title", "crash-text", "crash-go"];
/// The flow designer.
pub const DESIGNER: Said = ["designer-crash-title", "designer-crash-text", "crash-go"];

/// Shows the screen when the program panics. It is built from the page's own elements: nothing of the app works then.
pub fn watch(said: Said) {
    std::panic::set_hook(Box::new(move |_| {
        show(said);
    }));
}

/// The screen itself, also for an engine that died.
pub fn show(said: Said) {
    let lang = if said == ADVISOR { browser::language() } else { browser::page_language() };
    let w = Words(lang);
    let [title, text, go] = said.map(|key| w.t(key));
    let document = browser::document();
    let Some(body) = document.body() else { return };
    body.set_text_content(None);
    let Ok(main) = document.create_element("main") else { return };
    main.set_class_name("gate");
    let _ = main.set_attribute("role", "alert");
    for (element, class, text) in [("h1", "", title), ("p", "lead", text), ("button", "button main", go)] {
        let Ok(part) = document.create_element(element) else { return };
        part.set_class_name(class);
        part.set_text_content(Some(&text));
        if element == "button" {
            browser::listen(&part, "click", |_| browser::reload());
        }
        let _ = main.append_child(&part);
    }
    let _ = body.append_child(&main);
}
