//! The typefaces of a contract: found once in the font folders, loaded on first use, asked for coverage.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use typst::{
    foundations::Bytes,
    text::{Font, FontBook, FontInfo},
    utils::LazyHash,
};

use super::ContractError;

/// Most folder entries looked at while searching for typefaces.
const MAX_ENTRIES: usize = 20_000;
/// Deepest folder looked into.
const MAX_DEPTH: usize = 6;
/// Largest font file read, bytes.
const MAX_FONT_BYTES: u64 = 64 * 1024 * 1024;

/// What a typeface is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Body,
    Sans,
    SansBold,
    Signature,
    Fallback,
}

/// A typeface we look for: the first of `files` that exists and holds one of `families`.
struct Wanted {
    role: Role,
    files: &'static [&'static str],
    families: &'static [&'static str],
    required: bool,
}

/// Noto CJK first (Debian's fonts-noto-cjk, then the names other systems use); rare characters (生僻字) from the rest.
const WANTED: &[Wanted] = &[
    Wanted {
        role: Role::Body,
        files: &["NotoSerifCJK-Regular.ttc", "NotoSerifCJKsc-Regular.otf", "NotoSerifSC-Regular.otf"],
        families: &["Noto Serif CJK SC", "Noto Serif SC"],
        required: true,
    },
    Wanted {
        role: Role::Sans,
        files: &["NotoSansCJK-Regular.ttc", "NotoSansCJKsc-Regular.otf", "NotoSansSC-Regular.otf"],
        families: &["Noto Sans CJK SC", "Noto Sans SC"],
        required: true,
    },
    Wanted {
        role: Role::SansBold,
        files: &["NotoSansCJK-Bold.ttc", "NotoSansCJKsc-Bold.otf", "NotoSansSC-Bold.otf"],
        families: &["Noto Sans CJK SC", "Noto Sans SC"],
        required: true,
    },
    Wanted { role: Role::Signature, files: &["ukai.ttc"], families: &["AR PL UKai CN"], required: false },
    Wanted { role: Role::Fallback, files: &["uming.ttc"], families: &["AR PL UMing CN"], required: false },
    Wanted {
        role: Role::Fallback,
        files: &["wqy-zenhei.ttc"],
        families: &["WenQuanYi Zen Hei"],
        required: false,
    },
    Wanted { role: Role::Fallback, files: &["HanaMinA.ttf"], families: &["HanaMinA"], required: false },
    Wanted { role: Role::Fallback, files: &["HanaMinB.ttf"], families: &["HanaMinB"], required: false },
];

/// How the installed typefaces cover a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Coverage {
    /// The contract's own typefaces have every character.
    Full,
    /// Some characters come from a fallback typeface; the contract can be made.
    Fallback,
    /// These characters are in no installed typeface: a person has to settle the spelling.
    Missing(Vec<char>),
}

/// The folders Linux distributions keep fonts in.
pub fn system_font_folders() -> Vec<PathBuf> {
    ["/usr/share/fonts", "/usr/local/share/fonts"].map(PathBuf::from).to_vec()
}

/// Says before signing whether `name` can be printed.
pub fn glyphs_cover(fonts: &Fonts, name: &str) -> Coverage {
    let wanted = || name.chars().filter(|c| !c.is_whitespace());
    let missing: Vec<char> = wanted().filter(|c| fonts.face_for(*c, &[]).is_none()).collect();
    if !missing.is_empty() {
        return Coverage::Missing(missing);
    }
    let own = [Role::Body, Role::Sans, Role::SansBold];
    let full = wanted().all(|c| own.iter().all(|role| fonts.has(*role, c)));
    if full { Coverage::Full } else { Coverage::Fallback }
}

/// The typefaces found. Cheap to keep; each file is read when first drawn from (about 20 MB each).
pub struct Fonts {
    faces: Vec<Face>,
    book: LazyHash<FontBook>,
}

struct Face {
    role: Role,
    path: PathBuf,
    index: u32,
    info: FontInfo,
    font: OnceLock<Option<Font>>,
}

impl Fonts {
    /// Looks for the contract's typefaces below `folders` (bounded: 20,000 entries, 6 levels, 64 MiB a file).
    ///
    /// # Errors
    /// [`ContractError::FontMissing`] when a required typeface is in none of them.
    pub fn find(folders: &[PathBuf]) -> Result<Self, ContractError> {
        let mut files = Vec::new();
        let mut left = MAX_ENTRIES;
        for folder in folders {
            collect_files(folder, MAX_DEPTH, &mut left, &mut files);
        }
        files.sort();
        let mut faces = Vec::new();
        for wanted in WANTED {
            match wanted.files.iter().find_map(|name| find_face(wanted, name, &files)) {
                Some(face) => faces.push(face),
                None if wanted.required => {
                    return Err(ContractError::FontMissing { family: wanted.families[0] });
                }
                None => {}
            }
        }
        let book = LazyHash::new(FontBook::from_infos(faces.iter().map(|face| face.info.clone())));
        Ok(Self { faces, book })
    }

    pub(super) fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// Loads the face on first use; `None` when its file has gone since [`Self::find`].
    pub(super) fn font(&self, index: usize) -> Option<Font> {
        let face = self.faces.get(index)?;
        face.font.get_or_init(|| Font::new(Bytes::new(read_font(&face.path)?), face.index)).clone()
    }

    /// The families of the body text, best first.
    pub(super) fn body_families(&self) -> Vec<&str> {
        self.families(&[Role::Body, Role::Fallback, Role::Signature])
    }

    /// The families of headings and tables, best first.
    pub(super) fn sans_families(&self) -> Vec<&str> {
        self.families(&[Role::Sans, Role::Fallback, Role::Signature])
    }

    /// The font for `c` in a drawn signature: handwriting style where there is one.
    pub(super) fn signature_font(&self, c: char) -> Option<Font> {
        self.font(self.face_for(c, &[Role::Signature, Role::Body])?)
    }

    /// The font for `c` in a drawn seal or note.
    pub(super) fn sans_font(&self, c: char) -> Option<Font> {
        self.font(self.face_for(c, &[Role::Sans])?)
    }

    fn families(&self, roles: &[Role]) -> Vec<&str> {
        roles
            .iter()
            .flat_map(|role| self.faces.iter().filter(move |face| face.role == *role))
            .map(|face| face.info.family.as_str())
            .collect()
    }

    fn face_for(&self, c: char, first: &[Role]) -> Option<usize> {
        let covers = |face: &Face| face.info.coverage.contains(u32::from(c));
        first
            .iter()
            .find_map(|role| self.faces.iter().position(|face| face.role == *role && covers(face)))
            .or_else(|| self.faces.iter().position(covers))
    }

    fn has(&self, role: Role, c: char) -> bool {
        self.faces.iter().any(|face| face.role == role && face.info.coverage.contains(u32::from(c)))
    }
}

fn find_face(wanted: &Wanted, name: &str, files: &[PathBuf]) -> Option<Face> {
    let path = files.iter().find(|path| path.file_name().is_some_and(|file| file == name))?;
    let data = read_font(path)?;
    let count = ttf_parser::fonts_in_collection(&data).unwrap_or(1);
    for index in 0..count {
        // Coverage costs milliseconds a face: the name is looked at first.
        let face = ttf_parser::Face::parse(&data, index).ok()?;
        if !wanted.families.iter().any(|family| has_family(&face, family)) {
            continue;
        }
        let info = FontInfo::new(&data, index)?;
        if wanted.families.iter().any(|family| info.family.eq_ignore_ascii_case(family)) {
            return Some(Face { role: wanted.role, path: path.clone(), index, info, font: OnceLock::new() });
        }
    }
    None
}

fn has_family(face: &ttf_parser::Face<'_>, family: &str) -> bool {
    face.names()
        .into_iter()
        .any(|name| name.to_string().is_some_and(|text| text.eq_ignore_ascii_case(family)))
}

fn read_font(path: &Path) -> Option<Vec<u8>> {
    let size = fs::metadata(path).ok()?.len();
    (size <= MAX_FONT_BYTES).then(|| fs::read(path).ok()).flatten()
}

fn collect_files(folder: &Path, depth: usize, left: &mut usize, out: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        let path = entry.path();
        if path.is_dir() {
            if depth > 0 {
                collect_files(&path, depth - 1, left, out);
            }
        } else {
            out.push(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_covered_fully_by_fallback_or_not() {
        let fonts = Fonts::find(&system_font_folders()).unwrap();
        assert_eq!(glyphs_cover(&fonts, "欧阳 慕容雪"), Coverage::Full);
        // U+20BB7 (𠮷) is in Noto; a private-use character is in no typeface that we trust.
        assert_ne!(glyphs_cover(&fonts, "张𠮷"), Coverage::Missing(vec!['𠮷']));
        assert_eq!(glyphs_cover(&fonts, "张\u{10FFFD}"), Coverage::Missing(vec!['\u{10FFFD}']));
    }

    #[test]
    fn an_empty_folder_names_the_missing_typeface() {
        let empty = tempfile::tempdir().unwrap();
        let Err(refused) = Fonts::find(&[empty.path().to_owned()]) else {
            panic!("found fonts in an empty folder")
        };
        assert_eq!(refused.code(), "contract_font_missing");
    }
}
