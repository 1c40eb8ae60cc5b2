//! The free typefaces that cards are set in.

use std::{collections::HashMap, path::Path, sync::Arc};

use ab_glyph::FontVec;
use anyhow::Context;

/// A free Chinese typeface as Debian installs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Typeface {
    /// Noto Sans CJK SC Regular.
    NotoSans,
    /// Noto Sans CJK SC DemiLight.
    NotoSansLight,
    /// Noto Sans CJK SC Medium.
    NotoSansMedium,
    /// Noto Serif CJK SC Medium.
    NotoSerif,
    /// WenQuanYi Zen Hei.
    ZenHei,
    /// WenQuanYi Micro Hei. Held out: never used for tuning the reader.
    MicroHei,
    /// AR PL UMing CN.
    UMing,
    /// AR PL UKai CN.
    UKai,
    /// DejaVu Sans Mono: digits only.
    DejaVuMono,
    /// DejaVu Sans: digits only.
    DejaVuSans,
}

impl Typeface {
    /// Typefaces that the reader may be tuned on.
    pub const TUNING: [Self; 7] = [
        Self::NotoSans,
        Self::NotoSansLight,
        Self::NotoSansMedium,
        Self::NotoSerif,
        Self::ZenHei,
        Self::UMing,
        Self::UKai,
    ];

    /// The typeface that only the report uses.
    pub const HELD_OUT: Self = Self::MicroHei;

    /// Its name on the command line and in truth files.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotoSans => "noto-sans",
            Self::NotoSansLight => "noto-sans-light",
            Self::NotoSansMedium => "noto-sans-medium",
            Self::NotoSerif => "noto-serif",
            Self::ZenHei => "zen-hei",
            Self::MicroHei => "micro-hei",
            Self::UMing => "uming",
            Self::UKai => "ukai",
            Self::DejaVuMono => "dejavu-mono",
            Self::DejaVuSans => "dejavu-sans",
        }
    }

    fn file_and_index(self) -> (&'static str, u32) {
        // Index 2 of a Noto collection is the simplified Chinese face.
        match self {
            Self::NotoSans => ("opentype/noto/NotoSansCJK-Regular.ttc", 2),
            Self::NotoSansLight => ("opentype/noto/NotoSansCJK-DemiLight.ttc", 2),
            Self::NotoSansMedium => ("opentype/noto/NotoSansCJK-Medium.ttc", 2),
            Self::NotoSerif => ("opentype/noto/NotoSerifCJK-Medium.ttc", 2),
            Self::ZenHei => ("truetype/wqy/wqy-zenhei.ttc", 0),
            Self::MicroHei => ("truetype/wqy/wqy-microhei.ttc", 0),
            Self::UMing => ("truetype/arphic/uming.ttc", 0),
            Self::UKai => ("truetype/arphic/ukai.ttc", 0),
            Self::DejaVuMono => ("truetype/dejavu/DejaVuSansMono.ttf", 0),
            Self::DejaVuSans => ("truetype/dejavu/DejaVuSans.ttf", 0),
        }
    }
}

/// Loaded typefaces; each file is read once.
#[derive(Default)]
pub struct Typefaces {
    loaded: HashMap<Typeface, Arc<FontVec>>,
}

impl Typefaces {
    /// The font of `face`.
    ///
    /// # Errors
    /// When the font's package is not installed.
    pub fn get(&mut self, face: Typeface) -> anyhow::Result<Arc<FontVec>> {
        if let Some(font) = self.loaded.get(&face) {
            return Ok(Arc::clone(font));
        }
        let (file, index) = face.file_and_index();
        let path = Path::new("/usr/share/fonts").join(file);
        let bytes = std::fs::read(&path).with_context(|| {
            format!(
                "{} is missing: apt-get install fonts-noto-cjk fonts-noto-cjk-extra fonts-wqy-zenhei \
                 fonts-wqy-microhei fonts-arphic-uming fonts-arphic-ukai fonts-dejavu-core",
                path.display()
            )
        })?;
        let font = Arc::new(FontVec::try_from_vec_and_index(bytes, index)?);
        self.loaded.insert(face, Arc::clone(&font));
        Ok(font)
    }
}
