//! The parts that a line cuts the pixels of one kind into: flood filling that does not step across the line.
//!
//! Whether a step between two pixel centres crosses the line is decided exactly, so that a line has no width and no gaps.

use super::Bitmap;

/// The line is moved by this much along each axis, in pixels, so that it runs through no pixel's centre, where neither side
/// would be right. Far below what a hand or a screen resolves, far above rounding.
const MOVED_BY: [f64; 2] = [1.414_213e-7, 3.316_624e-7];

/// A part's number of a pixel that is of the other kind.
const NONE: u32 = 0;

/// The parts of the pixels of one kind.
pub(super) struct Parts {
    /// The number of each pixel's part, from 1.
    of_pixel: Vec<u32>,
    /// Whether the part of that number fell off from a larger one.
    loose: Vec<bool>,
}

/// The steps from pixel to pixel that cross a line.
struct Crossings {
    /// Whether the step from each pixel to the next along the first axis, and along the second, crosses the line.
    crossed: Vec<[bool; 2]>,
    /// Both pixels of each such step, once however often the line crosses it.
    steps: Vec<[usize; 2]>,
}

impl Parts {
    /// The parts of the pixels that the set has (`inside`) or has not, where no step crosses the line.
    pub fn of(bitmap: &Bitmap, inside: bool, line: &[[f64; 2]]) -> Self {
        let crossings = Crossings::of(bitmap, line);
        let (of_pixel, sizes) = flood(bitmap, inside, &crossings);
        let number = |place: usize| of_pixel.get(place).copied().unwrap_or(NONE);
        let mut groups: Vec<u32> = (0..sizes.len() as u32).collect();
        for [from, to] in crossings.steps {
            if number(from) != NONE && number(to) != NONE {
                let [a, b] = [from, to].map(|place| root(&mut groups, number(place)));
                if let Some(group) = groups.get_mut(a.max(b) as usize) {
                    *group = a.min(b);
                }
            }
        }
        // The outer background is without end, however much of it the box shows.
        let outer = number(0);
        let size = |part: u32| if part == outer { usize::MAX } else { sizes.get(part as usize).copied().unwrap_or(0) };
        let mut largest = groups.clone();
        for part in 1..sizes.len() as u32 {
            let group = root(&mut groups, part) as usize;
            if let Some(best) = largest.get_mut(group).filter(|best| size(part) > size(**best)) {
                *best = part;
            }
        }
        let mut is_loose = |part: u32| largest.get(root(&mut groups, part) as usize).is_some_and(|best| *best != part);
        let loose = (0..sizes.len() as u32).map(&mut is_loose).collect();
        Self { of_pixel, loose }
    }

    /// Whether the pixel at a place belongs to a part that fell off.
    pub fn is_loose(&self, place: usize) -> bool {
        let part = self.of_pixel.get(place).copied().unwrap_or(NONE);
        part != NONE && self.loose.get(part as usize).is_some_and(|loose| *loose)
    }
}

/// The number of the first part of a group; a part points to one before it or, the first, to itself. Ways that were gone are
/// halved, so that strokes that leave very many parts do not take time by their square.
fn root(groups: &mut [u32], mut part: u32) -> u32 {
    let before = |groups: &[u32], part: u32| groups.get(part as usize).copied().unwrap_or(part);
    while before(groups, part) != part {
        let next = before(groups, before(groups, part));
        if let Some(group) = groups.get_mut(part as usize) {
            *group = next;
        }
        part = next;
    }
    part
}

/// The number of every pixel's part, and how many pixels each part has.
fn flood(bitmap: &Bitmap, inside: bool, crossings: &Crossings) -> (Vec<u32>, Vec<usize>) {
    let width = bitmap.size[0];
    let mut of_pixel = vec![NONE; bitmap.inside.len()];
    let mut sizes = vec![0];
    let mut waiting = Vec::new();
    let crosses = |place: usize, axis: usize| crossings.crossed.get(place).is_none_or(|crossed| crossed[axis]);
    for begin in 0..of_pixel.len() {
        if bitmap.inside[begin] != inside || of_pixel[begin] != NONE {
            continue;
        }
        let part = sizes.len() as u32;
        let mut size = 0;
        of_pixel[begin] = part;
        waiting.push(begin);
        while let Some(at) = waiting.pop() {
            size += 1;
            let a = at % width;
            let steps = [
                (a + 1 < width && !crosses(at, 0)).then_some(at + 1),
                (a > 0 && !crosses(at.wrapping_sub(1), 0)).then_some(at.wrapping_sub(1)),
                (!crosses(at, 1)).then_some(at + width),
                (at >= width && !crosses(at.wrapping_sub(width), 1)).then_some(at.wrapping_sub(width)),
            ];
            for next in steps.into_iter().flatten() {
                if bitmap.inside.get(next) == Some(&inside) && of_pixel[next] == NONE {
                    of_pixel[next] = part;
                    waiting.push(next);
                }
            }
        }
        sizes.push(size);
    }
    (of_pixel, sizes)
}

impl Crossings {
    fn of(bitmap: &Bitmap, line: &[[f64; 2]]) -> Self {
        let mut found = Self { crossed: vec![[false; 2]; bitmap.inside.len()], steps: Vec::new() };
        for ends in line.windows(2) {
            let [p, q] = [ends[0], ends[1]].map(|end| [end[0] + MOVED_BY[0], end[1] + MOVED_BY[1]]);
            found.add(bitmap, p, q, 0);
            found.add(bitmap, p, q, 1);
        }
        found
    }

    /// Adds the steps along `axis` that the edge from `p` to `q` crosses: one for every line of pixels along that axis
    /// between its ends.
    fn add(&mut self, bitmap: &Bitmap, p: [f64; 2], q: [f64; 2], axis: usize) {
        let across = 1 - axis;
        let (low, high) = if p[across] <= q[across] { (p, q) } else { (q, p) };
        let slope = (high[axis] - low[axis]) / (high[across] - low[across]);
        let mut line = low[across].ceil();
        while line < high[across] {
            let before = (low[axis] + (line - low[across]) * slope).floor();
            let mut pixel = [before as i64; 2];
            pixel[across] = line as i64;
            let mut next = pixel;
            next[axis] += 1;
            if let (Some(from), Some(to)) = (bitmap.place(pixel), bitmap.place(next))
                && !std::mem::replace(&mut self.crossed[from][axis], true)
            {
                self.steps.push([from, to]);
            }
            line += 1.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Pixels;

    #[test]
    fn memory_follows_the_pixels_and_not_how_often_a_line_crosses_them() {
        let bitmap = Bitmap::around(&Pixels::default(), &[[0.0, 0.0], [9.0, 9.0]], 0).unwrap();
        let scribble: Vec<[f64; 2]> = (0..1000).map(|n| [f64::from(n % 2) * 9.0, 4.5]).collect();
        assert_eq!(Crossings::of(&bitmap, &scribble).steps.len(), 9);
    }
}
