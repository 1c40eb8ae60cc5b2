//! The app fails into a screen: what was entered is already kept, so a reload brings everything back.

use super::browser;
use crate::texts::Words;

/// Shows the screen when the program panics. It is built from the page's own elements: nothing of the app works then.
pub fn watch() {
    std::panic::set_hook(Box::new(|_| {
        show();
    }));
}

/// The screen itself, also for an engine that died.
pub fn show() {
    let w = Words(browser::language());
    let document = browser::document();
    let Some(body) = document.body() else { return };
    body.set_text_content(None);
    let Ok(main) = document.create_element("main") else { return };
    main.set_class_name("gate");
    let _ = main.set_attribute("role", "alert");
    for (element, class, text) in [
        ("h1", "", w.t("crash-title")),
        ("p", "lead", w.t("crash-text")),
        ("button", "button main", w.t("crash-go")),
    ] {
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
