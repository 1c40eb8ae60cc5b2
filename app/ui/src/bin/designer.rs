//! The flow designer in the browser.

fn main() {
    ui::designer::launch();
}
