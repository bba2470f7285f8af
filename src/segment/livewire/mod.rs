//! Livewire: the outline from the last click to the pointer that follows the edges between, live.
//!
//! Mortensen and Barrett, Graph Models Image Process 1998;60:349 (intelligent scissors): pixels are nodes, steps to the eight
//! neighbours cost little along an edge, and the cheapest path to the pointer is shown. Steps are counted out from the click
//! only as far as the pointer asks (live wire on the fly; Falcao, Udupa and Miyazawa, IEEE Trans Med Imaging 2000;19:55).
//! Costs see the image as the display window shows it, so that the edge followed is the edge seen; they learn nothing from
//! edges drawn before.

mod cost;
mod search;

use std::ops::RangeInclusive;

use self::cost::Costs;
use self::search::Search;
use super::{FARTHEST_PIXEL, SliceImage, simplified};

/// How far, in pixels, a vertex that is left out may lie from the path.
const TOLERANCE: f64 = 0.25;

/// A slice whose edges are followed.
#[derive(Debug, Clone)]
pub struct Livewire {
    costs: Costs,
    /// The last click and the steps counted out from it.
    anchored: Option<([f64; 2], Search)>,
}

impl Livewire {
    /// A slice as it is shown: `shown` are the HU from black to white.
    pub fn new(image: &SliceImage, shown: &RangeInclusive<f64>) -> Self {
        Self { costs: Costs::of(image, shown), anchored: None }
    }

    /// Begins a path at a click, in pixel units. One far beyond any image begins none.
    pub fn set_anchor(&mut self, at: [f64; 2]) {
        let sound = at.iter().all(|x| x.abs() < FARTHEST_PIXEL) && !self.costs.is_empty();
        self.anchored = sound.then(|| (at, Search::from(&self.costs, at)));
    }

    /// The path from the last click to the pointer, in pixel units, with as few vertices as a quarter of a pixel allows; both
    /// its ends are exactly what was asked for. Farther from the click than [`Livewire::REACH`] pixels along either axis the
    /// rest of the way is straight. Without a click it is the pointer alone.
    pub fn path_to(&mut self, point: [f64; 2]) -> Vec<[f64; 2]> {
        let Some((anchor, search)) = self.anchored.as_mut() else { return vec![point] };
        if !point.iter().all(|x| x.abs() < FARTHEST_PIXEL) {
            return vec![*anchor];
        }
        let mut line: Vec<[f64; 2]> =
            search.path_to(&self.costs, point).map(|place| self.costs.edge_near(place)).collect();
        // The pixels of both ends give way to the ends themselves, unless the pointer is farther away than the path reaches.
        let [first, last] = [*anchor, point];
        let is_reached = line.last().is_some_and(|end| (end[0] - last[0]).hypot(end[1] - last[1]) < 2.0);
        if is_reached {
            line.pop();
        }
        if !line.is_empty() {
            line.remove(0);
        }
        line.insert(0, first);
        line.push(last);
        simplified(&smoothed(&line), TOLERANCE)
    }

    /// How far from the last click edges are followed, in pixels along either axis.
    pub const REACH: usize = search::REACH;
}

/// A line without the stairs of its pixels: every vertex but the ends moved half the way to the middle of its neighbours.
fn smoothed(line: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let inner = line.windows(3).map(|w| [0, 1].map(|axis| 0.25 * w[0][axis] + 0.5 * w[1][axis] + 0.25 * w[2][axis]));
    let ends = |point: Option<&[f64; 2]>| point.copied().into_iter();
    ends(line.first()).chain(inner).chain(ends(line.last().filter(|_| line.len() > 1))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;

    const SHOWN: RangeInclusive<f64> = -75.0..=175.0;

    /// An ellipse of `inside` HU in `outside`, with half axes of 60 and 40 mm about the middle, blurred and with noise.
    fn ellipse(spacing_mm: [f64; 2], size: [usize; 2], inside: f64, outside: f64, noise: f64) -> SliceImage {
        let mut stream = Stream::new(3, 1);
        let values = (0..size[0] * size[1]).map(|n| [(n % size[0]) as f64, (n / size[0]) as f64]).map(|at| {
            // A soft step of the width that scanners blur an edge to, about 1.5 mm.
            let share = 1.0 / (1.0 + (outwards(at, spacing_mm, size) / 0.5).exp());
            let normal: f64 = (0..12).map(|_| stream.between(-0.5, 0.5)).sum();
            (outside + (inside - outside) * share + noise * normal) as f32
        });
        SliceImage::new(values.collect(), size, spacing_mm).unwrap()
    }

    /// Distance outwards from the ellipse in mm, to first order.
    fn outwards(at: [f64; 2], spacing_mm: [f64; 2], size: [usize; 2]) -> f64 {
        let [x, y] = [0, 1].map(|axis| (at[axis] - size[axis] as f64 / 2.0) * spacing_mm[axis]);
        let level = (x / 60.0).powi(2) + (y / 40.0).powi(2);
        let slope = 2.0 * (x / 3600.0).hypot(y / 1600.0);
        if slope > 0.0 { (level - 1.0) / slope } else { -40.0 }
    }

    fn on_ellipse(t: f64, spacing_mm: [f64; 2], size: [usize; 2]) -> [f64; 2] {
        let mm = [60.0 * t.cos(), 40.0 * t.sin()];
        [0, 1].map(|axis| mm[axis] / spacing_mm[axis] + size[axis] as f64 / 2.0)
    }

    /// Mean distance in mm from the ellipse of an outline of `clicks` clicks, densely sampled.
    fn mean_distance(image: &SliceImage, clicks: usize) -> f64 {
        let (spacing, size) = (image.spacing_mm(), image.size());
        let mut wire = Livewire::new(image, &SHOWN);
        let mut distances = Vec::new();
        for n in 0..clicks {
            let [from, to] =
                [n, n + 1].map(|k| on_ellipse(k as f64 / clicks as f64 * std::f64::consts::TAU, spacing, size));
            wire.set_anchor(from);
            let path = wire.path_to(to);
            assert_eq!((path[0], path[path.len() - 1]), (from, to));
            for ends in path.windows(2) {
                let places = (0..10).map(|k| k as f64 / 10.0);
                let along = places.map(|s| [0, 1].map(|axis| ends[0][axis] + s * (ends[1][axis] - ends[0][axis])));
                let length = [0, 1].map(|axis| (ends[1][axis] - ends[0][axis]) * spacing[axis]);
                distances.extend(along.map(|at| (outwards(at, spacing, size).abs(), length[0].hypot(length[1]))));
            }
        }
        distances.iter().map(|(d, w)| d * w).sum::<f64>() / distances.iter().map(|(_, w)| w).sum::<f64>()
    }

    #[test]
    fn the_edge_of_an_organ_is_met_within_a_fraction_of_a_pixel() {
        // Half a pixel up to the noise of a good scan, a whole one where noise is two fifths of the contrast.
        for (noise, most) in [(0.0, 0.2), (10.0, 0.35), (20.0, 0.7)] {
            let mean = mean_distance(&ellipse([0.7, 0.7], [256, 220], 110.0, 60.0, noise), 8);
            assert!(mean < most, "{mean} mm at noise {noise}");
        }
    }

    #[test]
    fn pixels_that_are_not_square_are_followed_too() {
        let mean = mean_distance(&ellipse([0.7, 2.5], [256, 60], 110.0, 60.0, 5.0), 8);
        assert!(mean < 0.7, "{mean} mm");
    }

    #[test]
    fn an_edge_that_the_window_does_not_show_is_not_followed() {
        let hidden = mean_distance(&ellipse([0.7, 0.7], [256, 220], 600.0, 300.0, 0.0), 4);
        let shown = mean_distance(&ellipse([0.7, 0.7], [256, 220], 150.0, 50.0, 0.0), 4);
        assert!(hidden > 5.0 && shown < 0.35, "{hidden} mm and {shown} mm");
    }

    #[test]
    fn few_vertices_stay_and_the_far_part_is_straight() {
        let image = ellipse([0.35, 0.35], [500, 400], 110.0, 60.0, 8.0);
        let mut wire = Livewire::new(&image, &SHOWN);
        assert_eq!(wire.path_to([4.0, 5.0]), [[4.0, 5.0]]);
        wire.set_anchor(on_ellipse(0.0, image.spacing_mm(), image.size()));
        let near = wire.path_to(on_ellipse(0.8, image.spacing_mm(), image.size()));
        assert!((4..60).contains(&near.len()), "{} vertices", near.len());
        let far = wire.path_to([2.0, 200.0]);
        let [before, last] = [far[far.len() - 2], far[far.len() - 1]];
        assert!(last == [2.0, 200.0] && before[0] > 40.0, "{before:?}");
        wire.set_anchor([-30.0, 900.0]);
        assert_eq!(wire.path_to([7.0, 9.0])[0], [-30.0, 900.0]);
        wire.set_anchor([f64::NAN, 0.0]);
        assert_eq!(wire.path_to([7.0, 9.0]), [[7.0, 9.0]]);
    }

    #[test]
    fn paths_do_not_depend_on_where_the_pointer_was_before() {
        let image = ellipse([0.7, 0.7], [256, 220], 110.0, 60.0, 15.0);
        let mut wire = Livewire::new(&image, &SHOWN);
        let at = |t| on_ellipse(t, image.spacing_mm(), image.size());
        wire.set_anchor(at(0.0));
        let paths: Vec<_> = (1..10).map(|n| wire.path_to(at(0.1 * f64::from(n)))).collect();
        for (n, path) in paths.iter().enumerate().rev() {
            wire.set_anchor(at(0.0));
            assert_eq!(*path, wire.path_to(at(0.1 * (n as f64 + 1.0))));
        }
    }
}
