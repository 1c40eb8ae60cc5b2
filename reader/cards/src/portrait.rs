//! A drawn face where a card has its photograph: no two seeds look alike, nobody is meant.

use image::RgbImage;
use rand::Rng;

use super::draw::{Ink, blend, ellipse};

/// Draws a head and shoulders into `area` = `[left, top, right, bottom]` in pixels.
pub(super) fn draw_portrait(canvas: &mut RgbImage, area: [f32; 4], rng: &mut impl Rng) {
    let (width, height) = (area[2] - area[0], area[3] - area[1]);
    let at = |u: f32, v: f32| (area[0] + u * width, area[1] + v * height);
    let backdrop = Ink::solid(rng.gen_range(225..245), rng.gen_range(230..248), rng.gen_range(235..252));
    for y in area[1] as i32..area[3] as i32 {
        for x in area[0] as i32..area[2] as i32 {
            blend(canvas, x, y, backdrop, 0.85);
        }
    }
    let skin_light = rng.gen_range(0.72..1.0f32);
    let skin = Ink::solid((238.0 * skin_light) as u8, (205.0 * skin_light) as u8, (180.0 * skin_light) as u8);
    let dark = rng.gen_range(15..70u8);
    let hair = Ink::solid(dark, dark - 8, dark - 10);
    let coat = Ink::solid(rng.gen_range(20..200), rng.gen_range(20..190), rng.gen_range(30..200));
    let (face_w, face_h) = (rng.gen_range(0.21..0.29f32), rng.gen_range(0.22..0.29f32));
    let centre_v = rng.gen_range(0.38..0.45f32);
    let long_hair = rng.gen_bool(0.45);

    if long_hair {
        let radii = (width * (face_w + 0.07), height * rng.gen_range(0.34..0.46));
        ellipse(canvas, at(0.5, centre_v + 0.1), radii, area, hair);
    }
    ellipse(canvas, at(0.5, 1.08), (width * rng.gen_range(0.42..0.56), height * 0.34), area, coat);
    ellipse(canvas, at(0.5, 0.72), (width * 0.1, height * 0.12), area, skin);
    let top = rng.gen_range(0.05..0.1);
    ellipse(canvas, at(0.5, centre_v - top), (width * (face_w + 0.025), height * face_h), area, hair);
    ellipse(canvas, at(0.5, centre_v + 0.02), (width * face_w, height * face_h), area, skin);
    let fringe = (width * rng.gen_range(0.12..face_w), height * rng.gen_range(0.04..0.09));
    ellipse(canvas, at(rng.gen_range(0.42..0.58), centre_v - face_h + 0.05), fringe, area, hair);

    let eye_gap = rng.gen_range(0.085..0.12);
    let eye_v = centre_v + rng.gen_range(-0.02..0.02);
    let glasses = rng.gen_bool(0.3);
    for side in [-1.0, 1.0] {
        let brow = rng.gen_range(0.04..0.06);
        ellipse(canvas, at(0.5 + side * eye_gap, eye_v - brow), (width * 0.055, height * 0.008), area, hair);
        let eye = (width * 0.035, height * rng.gen_range(0.009..0.016));
        ellipse(canvas, at(0.5 + side * eye_gap, eye_v), eye, area, Ink::solid(30, 25, 25));
        if glasses {
            let rim = (width * 0.08, height * 0.05);
            ellipse(canvas, at(0.5 + side * eye_gap, eye_v), rim, area, Ink::solid(20, 20, 30).faint(0.35));
        }
    }
    let mouth = (width * rng.gen_range(0.05..0.09), height * rng.gen_range(0.008..0.018));
    ellipse(canvas, at(0.5, centre_v + face_h * 0.55), mouth, area, Ink::solid(170, 90, 90));
    let nose = (width * rng.gen_range(0.015..0.03), height * rng.gen_range(0.02..0.045));
    ellipse(canvas, at(0.5, centre_v + 0.06), nose, area, Ink::solid(190, 150, 130).faint(0.6));
}
