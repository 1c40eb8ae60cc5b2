//! Files that people and attackers hand in instead of a plain JPEG: bombs, films, documents, photos with metadata.
//! Each function makes the bytes of one; nothing here is read from a collection of real files.

mod gif_and_webp;
mod jpeg;
mod png;

pub use gif_and_webp::{animated_gif, animated_webp, still_gif, still_webp};
pub use jpeg::{CAMERA, exif, on_its_side, sized_as, with_exif, with_page_appended, with_zip_appended};
pub use png::{Pixels, animated_png, png_of, png_of_zeros, png_with_long_text, sixteen_bit_png};
