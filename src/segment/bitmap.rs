//! Pixels as a box of yes and no, for what walks from pixel to neighbour. Its size follows the pixels, not the slice.

use super::Pixels;

/// The most pixels of a box: four times the largest slice that scanners make (4096 x 4096). What spans more is no drawing.
const MOST_PIXELS: i64 = 1 << 26;

/// A box of pixels around a set.
#[derive(Debug, Clone)]
pub(super) struct Bitmap {
    /// The pixel at the box's first corner.
    pub low: [i64; 2],
    /// Pixels along both axes.
    pub size: [usize; 2],
    /// Whether the set has each, the first axis running fastest.
    pub inside: Vec<bool>,
}

impl Bitmap {
    /// The box around a set and points, wider by `margin` on every side; none where it would be empty or larger than any
    /// image.
    pub fn around(pixels: &Pixels, points: &[[f64; 2]], margin: i64) -> Option<Self> {
        let of_runs = pixels.runs().iter().flat_map(|run| [[run.start, run.line], [run.end - 1, run.line]]);
        let of_points = points.iter().map(|point| point.map(|x| x.round() as i64));
        let (low, high) = of_runs
            .chain(of_points)
            .map(|at| (at, at))
            .reduce(|(l, h), (at, _)| ([l[0].min(at[0]), l[1].min(at[1])], [h[0].max(at[0]), h[1].max(at[1])]))?;
        let low = low.map(|x| x.saturating_sub(margin));
        let [width, height] = [0, 1].map(|a| high[a].saturating_add(margin).saturating_sub(low[a]).saturating_add(1));
        if width.checked_mul(height).is_none_or(|n| n > MOST_PIXELS) {
            return None;
        }
        let size = [width as usize, height as usize];
        let mut bitmap = Self { low, size, inside: vec![false; size[0] * size[1]] };
        for run in pixels.runs() {
            let first = (run.line - low[1]) as usize * size[0] + (run.start - low[0]) as usize;
            let length = (run.end - run.start) as usize;
            bitmap.inside.iter_mut().skip(first).take(length).for_each(|inside| *inside = true);
        }
        Some(bitmap)
    }

    /// The place of a pixel in the box.
    pub fn place(&self, [a, b]: [i64; 2]) -> Option<usize> {
        let [a, b] = [a.checked_sub(self.low[0])?, b.checked_sub(self.low[1])?];
        let [width, height] = self.size.map(|n| n as i64);
        ((0..width).contains(&a) && (0..height).contains(&b)).then_some((b * width + a) as usize)
    }

    /// Whether the set has a pixel; beyond the box it has none.
    pub fn has(&self, at: [i64; 2]) -> bool {
        self.place(at).and_then(|place| self.inside.get(place)).is_some_and(|inside| *inside)
    }

    /// The pixels of the box for which `keep` holds, told their places.
    pub fn pixels(&self, keep: impl Fn(usize) -> bool) -> Pixels {
        Pixels::from_lines((0..self.inside.len()).map(keep), self.size[0]).moved(self.low)
    }
}
