//! What is seen in a signature box: the round seal and the customer's signature, drawn as outlines. Outlines need no
//! font in the file, look the same everywhere and never fall back to another typeface.

use std::{f32::consts::PI, fmt::Write as _};

use lopdf::{Dictionary, Object, Stream, dictionary};
use ttf_parser::{Face, OutlineBuilder};
use typst::text::Font;

use super::{ContractError, Fonts, compose::SignatureBox};

const RED: &str = "0.78 0.09 0.11";
const INK: &str = "0.07 0.16 0.36";
const GREY: &str = "0.36 0.40 0.46";

/// Longest text drawn on one line, characters; a longer one is cut with an ellipsis (the contract's text has it whole).
const MAX_LINE: usize = 40;

/// The round contract seal (合同专用章) with notes beside it.
pub(super) fn seal(
    fonts: &Fonts,
    company: &str,
    notes: &[String],
    at: &SignatureBox,
) -> Result<Object, ContractError> {
    let mut pen = Pen::new(fonts, at);
    let radius = at.height / 2.0 - 4.0;
    let (cx, cy) = (at.height / 2.0 + 2.0, at.height / 2.0);
    pen.paint(RED);
    pen.ring(cx, cy, radius, 1.8);
    pen.ring(cx, cy, radius - 3.4, 0.5);
    pen.star(cx, cy + 1.0, radius * 0.26);
    pen.arc_text(company, cx, cy, radius - 6.0)?;
    pen.centred("电子合同专用章", cx, cy - radius * 0.62, radius * 0.17, Style::Print, radius)?;
    pen.notes(notes, at.height + 10.0, at)?;
    pen.form(at)
}

/// The customer's name in handwriting style above a rule, with notes beneath.
pub(super) fn signature(
    fonts: &Fonts,
    name: &str,
    notes: &[String],
    at: &SignatureBox,
) -> Result<Object, ContractError> {
    let mut pen = Pen::new(fonts, at);
    pen.paint(INK);
    let width = at.width - 24.0;
    pen.centred(name, at.width / 2.0, at.height * 0.56, 30.0, Style::Handwriting, width)?;
    pen.paint(GREY);
    pen.rule(12.0, at.width - 12.0, at.height * 0.45);
    let mut y = at.height * 0.45 - 12.0;
    for note in notes {
        pen.centred(note, at.width / 2.0, y, 7.0, Style::Print, width)?;
        y -= 10.0;
    }
    pen.form(at)
}

#[derive(Clone, Copy)]
enum Style {
    Print,
    Handwriting,
}

struct Pen<'a> {
    fonts: &'a Fonts,
    out: String,
    width: f32,
}

impl<'a> Pen<'a> {
    fn new(fonts: &'a Fonts, at: &SignatureBox) -> Self {
        Self { fonts, out: String::new(), width: at.width }
    }

    fn paint(&mut self, colour: &str) {
        let _ = writeln!(self.out, "{colour} rg {colour} RG");
    }

    fn rule(&mut self, from: f32, to: f32, y: f32) {
        let _ = writeln!(self.out, "0.4 w {from:.2} {y:.2} m {to:.2} {y:.2} l S");
    }

    fn ring(&mut self, cx: f32, cy: f32, r: f32, stroke: f32) {
        let k = r * 0.552_285; // the usual Bézier circle
        let _ = write!(self.out, "{stroke:.2} w {:.2} {cy:.2} m ", cx + r);
        for (dx, dy) in [(1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0_f32)] {
            let (ex, ey) = (-dy, dx); // the quarter turn's end
            let _ = write!(
                self.out,
                "{:.2} {:.2} {:.2} {:.2} {:.2} {:.2} c ",
                cx + r * dx + k * ex,
                cy + r * dy + k * ey,
                cx + r * ex + k * dx,
                cy + r * ey + k * dy,
                cx + r * ex,
                cy + r * ey,
            );
        }
        self.out.push_str("s\n");
    }

    fn star(&mut self, cx: f32, cy: f32, r: f32) {
        for point in 0..10 {
            let reach = if point % 2 == 0 { r } else { r * 0.382 };
            let angle = PI / 2.0 + PI * point as f32 / 5.0;
            let verb = if point == 0 { 'm' } else { 'l' };
            let (x, y) = (cx + reach * angle.cos(), cy + reach * angle.sin());
            let _ = write!(self.out, "{x:.2} {y:.2} {verb} ");
        }
        self.out.push_str("h f\n");
    }

    /// Letters along the upper arc, feet towards the middle.
    fn arc_text(&mut self, text: &str, cx: f32, cy: f32, outer: f32) -> Result<(), ContractError> {
        let letters: Vec<char> = shortened(text);
        let sweep = (PI / 9.0 * letters.len() as f32).min(PI * 1.35);
        let step = sweep / (letters.len().max(2) - 1) as f32;
        let size = (step * outer * 0.86).clamp(3.0, 10.5);
        let base = outer - size * 0.92;
        for (i, letter) in letters.iter().enumerate() {
            let angle = PI / 2.0 + sweep / 2.0 - step * i as f32;
            let turn = angle - PI / 2.0;
            let font = self.font(*letter, Style::Print)?;
            let half = advance(&font, *letter, size) / 2.0;
            let (x, y) = (cx + base * angle.cos(), cy + base * angle.sin());
            let (cos, sin) = (turn.cos(), turn.sin());
            self.glyph(&font, *letter, size, [cos, sin, -sin, cos, x - half * cos, y - half * sin]);
        }
        Ok(())
    }

    /// One line centred on `cx`, smaller where it would be wider than `room`.
    fn centred(
        &mut self,
        text: &str,
        cx: f32,
        y: f32,
        size: f32,
        style: Style,
        room: f32,
    ) -> Result<(), ContractError> {
        let full = self.width_of(text, size, style)?;
        let size = if full > room { size * room / full } else { size };
        let x = cx - self.width_of(text, size, style)? / 2.0;
        self.line(text, x, y, size, style)
    }

    fn notes(&mut self, notes: &[String], x: f32, at: &SignatureBox) -> Result<(), ContractError> {
        self.paint(GREY);
        let room = self.width - x - 6.0;
        let mut y = at.height / 2.0 + (notes.len() as f32 - 1.0) * 5.5 - 2.0;
        for note in notes {
            let full = self.width_of(note, 7.0, Style::Print)?;
            let size = if full > room { 7.0 * room / full } else { 7.0 };
            self.line(note, x, y, size, Style::Print)?;
            y -= 11.0;
        }
        Ok(())
    }

    fn line(&mut self, text: &str, x: f32, y: f32, size: f32, style: Style) -> Result<(), ContractError> {
        let mut x = x;
        for letter in shortened(text) {
            let font = self.font(letter, style)?;
            self.glyph(&font, letter, size, [1.0, 0.0, 0.0, 1.0, x, y]);
            x += advance(&font, letter, size);
        }
        Ok(())
    }

    fn width_of(&self, text: &str, size: f32, style: Style) -> Result<f32, ContractError> {
        shortened(text).into_iter().map(|c| Ok(advance(&self.font(c, style)?, c, size))).sum()
    }

    fn font(&self, c: char, style: Style) -> Result<Font, ContractError> {
        let font = match style {
            Style::Print => self.fonts.sans_font(c),
            Style::Handwriting => self.fonts.signature_font(c),
        };
        font.ok_or(ContractError::MissingGlyph { character: c })
    }

    fn glyph(&mut self, font: &Font, c: char, size: f32, place: [f32; 6]) {
        let Ok(face) = Face::parse(font.data(), font.index()) else { return };
        let Some(glyph) = face.glyph_index(c) else { return };
        let scale = size / f32::from(face.units_per_em());
        let [a, b, c, d, e, f] = place;
        let mut path = Path::default();
        if face.outline_glyph(glyph, &mut path).is_none() {
            return; // a space has no outline
        }
        let _ = writeln!(
            self.out,
            "q {:.6} {:.6} {:.6} {:.6} {e:.2} {f:.2} cm {}f Q",
            a * scale,
            b * scale,
            c * scale,
            d * scale,
            path.out
        );
    }

    /// The drawing as a form XObject.
    fn form(self, at: &SignatureBox) -> Result<Object, ContractError> {
        let dict = dictionary! {
            "Type" => "XObject",
            "Subtype" => "Form",
            "BBox" => vec![0.into(), 0.into(), at.width.into(), at.height.into()],
            "Resources" => Dictionary::new(),
        };
        let mut stream = Stream::new(dict, self.out.into_bytes());
        stream.compress().map_err(|_| ContractError::PdfForm("a drawing cannot be compressed"))?;
        Ok(Object::Stream(stream))
    }
}

fn shortened(text: &str) -> Vec<char> {
    let mut letters: Vec<char> = text.chars().take(MAX_LINE + 1).collect();
    if letters.len() > MAX_LINE {
        letters.truncate(MAX_LINE - 1);
        letters.push('…');
    }
    letters
}

fn advance(font: &Font, c: char, size: f32) -> f32 {
    let face = Face::parse(font.data(), font.index()).ok();
    let wide = face.and_then(|face| {
        let units = face.glyph_hor_advance(face.glyph_index(c)?)?;
        Some(f32::from(units) / f32::from(face.units_per_em()))
    });
    wide.unwrap_or(1.0) * size
}

/// Collects an outline as PDF path operators in font units.
#[derive(Default)]
struct Path {
    out: String,
    at: (f32, f32),
}

impl OutlineBuilder for Path {
    fn move_to(&mut self, x: f32, y: f32) {
        let _ = write!(self.out, "{x:.0} {y:.0} m ");
        self.at = (x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let _ = write!(self.out, "{x:.0} {y:.0} l ");
        self.at = (x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        // PDF knows cubic curves only: the usual degree elevation.
        let toward = |from: f32, control: f32| from + 2.0 / 3.0 * (control - from);
        let (x0, y0) = self.at;
        self.curve_to(toward(x0, x1), toward(y0, y1), toward(x, x1), toward(y, y1), x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let _ = write!(self.out, "{x1:.0} {y1:.0} {x2:.0} {y2:.0} {x:.0} {y:.0} c ");
        self.at = (x, y);
    }

    fn close(&mut self) {
        self.out.push_str("h ");
    }
}
