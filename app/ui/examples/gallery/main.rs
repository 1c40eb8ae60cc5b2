//! Writes every page in both languages to a folder, with everyday and with extreme content, to be looked at and to be
//! checked by outside tools: `cargo run -p ui --example gallery -- FOLDER`.

#![allow(unreachable_pub)] // the sample modules are shared with the tests

mod case_samples;
mod customer_content;
mod customer_samples;
mod devices_samples;
mod flows_samples;
mod office_samples;
mod own_samples;
mod pictures;
mod record_samples;
mod recording_samples;

use shared::domain::lang::Lang;
use std::{fs, path::Path};

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| "gallery".to_owned());
    let folder = Path::new(&folder);
    fs::create_dir_all(folder)?;
    fs::write(folder.join("card.svg"), pictures::CARD)?;
    fs::write(folder.join("name.svg"), pictures::NAME)?;
    let mut index = String::from("<!doctype html><html lang=\"en\"><title>Gallery</title><ul>");
    for lang in Lang::ALL {
        let customer =
            customer_samples::views(lang).into_iter().map(|(name, view)| (name, ui::customer::render(&view)));
        let office =
            office_samples::views(lang).into_iter().map(|(name, view)| (name, ui::office::render(&view)));
        for (name, html) in customer.chain(office) {
            let file = format!("{name}.{}.html", lang.tag());
            fs::write(folder.join(&file), html)?;
            index.push_str(&format!("<li><a href=\"{file}\">{file}</a>"));
        }
    }
    fs::write(folder.join("index.html"), index)
}
