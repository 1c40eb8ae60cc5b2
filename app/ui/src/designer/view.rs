//! Which part of the canvas is seen, and how large.

/// From the canvas's units to the screen's pixels: first scaled, then moved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct View {
    /// Pixels to the right.
    pub x: f64,
    /// Pixels down.
    pub y: f64,
    /// Pixels for each unit.
    pub zoom: f64,
}

/// Smallest and largest zoom.
pub const ZOOMS: [f64; 2] = [0.05, 2.0];
/// The least zoom at which names can be read with ease.
const READABLE: f64 = 0.7;
/// Room around what is shown as a whole, pixels.
const MARGIN: f64 = 40.0;

impl View {
    /// Everything at its own size, from the upper left corner.
    pub const START: Self = Self { x: 0.0, y: 0.0, zoom: 1.0 };

    /// The place on the canvas under a pixel.
    pub fn place(self, pixel: [f64; 2]) -> [f64; 2] {
        [(pixel[0] - self.x) / self.zoom, (pixel[1] - self.y) / self.zoom]
    }

    /// The pixel over a place on the canvas.
    pub fn pixel(self, place: [f64; 2]) -> [f64; 2] {
        [place[0] * self.zoom + self.x, place[1] * self.zoom + self.y]
    }

    /// Moved by so many pixels.
    pub fn moved(self, by: [f64; 2]) -> Self {
        Self { x: self.x + by[0], y: self.y + by[1], ..self }
    }

    /// Zoomed by a factor; what is under the pixel stays there.
    pub fn zoomed(self, factor: f64, pixel: [f64; 2]) -> Self {
        let zoom = (self.zoom * factor).clamp(ZOOMS[0], ZOOMS[1]);
        let [x, y] = self.place(pixel);
        Self { x: pixel[0] - x * zoom, y: pixel[1] - y * zoom, zoom }
    }

    /// All of this area (left, top, right, bottom) in the middle of a screen, never larger than its own size.
    pub fn fitting(area: [f64; 4], screen: [f64; 2]) -> Self {
        let [left, top, right, bottom] = area;
        let (width, height) = ((right - left).max(1.0), (bottom - top).max(1.0));
        let room = [(screen[0] - 2.0 * MARGIN).max(50.0), (screen[1] - 2.0 * MARGIN).max(50.0)];
        let zoom = (room[0] / width).min(room[1] / height).clamp(ZOOMS[0], 1.0);
        Self {
            x: (screen[0] - width * zoom) / 2.0 - left * zoom,
            y: (screen[1] - height * zoom) / 2.0 - top * zoom,
            zoom,
        }
    }

    /// A block's left edge at the left, half way down, large enough to read.
    pub fn beginning_at(at: [f64; 2], screen: [f64; 2]) -> Self {
        Self { x: MARGIN - at[0] * READABLE, y: screen[1] * 0.4 - at[1] * READABLE, zoom: READABLE }
    }

    /// Whether names can be read.
    pub fn is_readable(self) -> bool {
        self.zoom >= READABLE * 0.8
    }

    /// Moved as little as it takes to see this area.
    pub fn showing(self, area: [f64; 4], screen: [f64; 2]) -> Self {
        let ([left, top], [right, bottom]) = (self.pixel([area[0], area[1]]), self.pixel([area[2], area[3]]));
        let shift = |low: f64, high: f64, room: f64| {
            if low < MARGIN {
                MARGIN - low
            } else if high > room - MARGIN {
                (room - MARGIN - high).max(MARGIN - low)
            } else {
                0.0
            }
        };
        self.moved([shift(left, right, screen[0]), shift(top, bottom, screen[1])])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_under_the_pointer_stays_there() {
        let view = View { x: 30.0, y: -10.0, zoom: 0.5 };
        let pixel = [200.0, 100.0];
        let zoomed = view.zoomed(1.5, pixel);
        assert_eq!(zoomed.zoom, 0.75);
        let (a, b) = (view.place(pixel), zoomed.place(pixel));
        assert!((a[0] - b[0]).abs() < 1e-9 && (a[1] - b[1]).abs() < 1e-9);
        assert_eq!(view.zoomed(1e9, pixel).zoom, ZOOMS[1]);
        assert_eq!(view.pixel(view.place([7.0, 9.0])), [7.0, 9.0]);
    }

    #[test]
    fn an_area_is_fitted_and_brought_into_view() {
        let fit = View::fitting([0.0, 0.0, 2_000.0, 500.0], [1_080.0, 600.0]);
        assert_eq!((fit.zoom, fit.pixel([0.0, 0.0])[0]), (0.5, 40.0));
        assert_eq!(View::fitting([0.0, 0.0, 10.0, 10.0], [500.0, 500.0]).zoom, 1.0);
        let begun = View::beginning_at([320.0, 100.0], [500.0, 500.0]);
        assert!(begun.is_readable() && begun.pixel([320.0, 100.0]) == [40.0, 200.0]);
        let seen = View::START.showing([900.0, 10.0, 1_000.0, 60.0], [500.0, 500.0]);
        assert_eq!((seen.x, seen.y), (-540.0, 30.0));
        assert_eq!(View::START.showing([100.0, 100.0, 200.0, 200.0], [500.0, 500.0]), View::START);
    }
}
