//! Which part of a photo shows the card, or one of its fields.

use ui::components::cutout::Cutout;

use crate::photos::{CardReading, PhotoReading, Region};

/// Width and height of a straightened card, in whose pixels regions are given.
const CARD: (f32, f32) = (1000.0, 631.0);
/// Room left around what is cut out, in the same pixels.
const ROOM: f32 = 16.0;

/// The card, or a region of it, in the photo at `url`, turned so that its print is level.
pub fn cutout(url: String, photo: &PhotoReading, card: &CardReading, region: Option<Region>) -> Cutout {
    let [left_top, right_top, right_bottom, left_bottom] = card.corners;
    let length = |from: [f32; 2], to: [f32; 2]| (to[0] - from[0]).hypot(to[1] - from[1]);
    let width = (length(left_top, right_top) + length(left_bottom, right_bottom)) / 2.0;
    let height = (length(left_top, left_bottom) + length(right_top, right_bottom)) / 2.0;
    let turn = (right_top[1] - left_top[1]).atan2(right_top[0] - left_top[0]).to_degrees();
    let middle = |axis: usize| card.corners.iter().map(|corner| corner[axis]).sum::<f32>() / 4.0;
    let (x, y) = (middle(0), middle(1));
    let (from, to) = match region {
        Some(at) => (
            (at.left as f32 - ROOM, at.top as f32 - ROOM),
            ((at.left + at.width) as f32 + ROOM, (at.top + at.height) as f32 + ROOM),
        ),
        None => ((-ROOM, -ROOM), (CARD.0 + ROOM, CARD.1 + ROOM)),
    };
    let place = |at: (f32, f32)| (x + (at.0 / CARD.0 - 0.5) * width, y + (at.1 / CARD.1 - 0.5) * height);
    let (from, to) = (place(from), place(to));
    Cutout {
        url,
        width: photo.width,
        height: photo.height,
        window: format!("{:.0} {:.0} {:.0} {:.0}", from.0, from.1, to.0 - from.0, to.1 - from.1),
        turn: format!("rotate({:.1} {x:.0} {y:.0})", -turn),
    }
}
