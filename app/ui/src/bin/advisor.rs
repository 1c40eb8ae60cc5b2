//! The advisor's app in the browser.

fn main() {
    ui::advisor::launch();
}
