//! Extending and cutting a region by one freehand stroke across its border.
//!
//! A stroke that begins inside, leaves and comes back adds what lies between it and the region; one that begins outside,
//! enters and leaves takes the smaller side away (after the correction tools of MITK and OsiriX). Here both are one question
//! of the plane's topology, so that any number of crossings, components and holes needs no case of its own: neighbouring
//! pixels (of four) whose centres lie on either side of the stroke are parted, and a component of the background (extend) or
//! of the region (cut) that thereby falls apart keeps its largest part, the outer background the part that reaches
//! everywhere. The other parts change sides. A hole or component that the stroke does not part stays as it is.

mod parts;

use self::parts::Parts;
use super::bitmap::Bitmap;
use super::{FARTHEST_PIXEL, Pixels};

/// What a stroke changes of a region.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Correction {
    /// Pixels that it gains.
    pub add: Pixels,
    /// Pixels that it loses.
    pub erase: Pixels,
}

/// What a stroke through these points, in pixel units, changes of a region on a slice with these distances between pixels: a
/// stroke that begins inside extends the region, one that begins outside cuts it; `invert` swaps the two. A stroke that ends
/// before it comes back (or, where swapped, begins on the wrong side) is led straight to the nearest pixel of the other side.
/// A stroke that parts nothing changes nothing.
pub fn correct(region: &Pixels, stroke: &[[f64; 2]], spacing_mm: [f64; 2], invert: bool) -> Correction {
    let (Some(&first), Some(&last)) = (stroke.first(), stroke.last()) else { return Correction::default() };
    if region.is_empty() || !stroke.iter().flatten().all(|x| x.abs() < FARTHEST_PIXEL) {
        return Correction::default();
    }
    // The outermost pixels of the box are background that no stroke reaches.
    let Some(bitmap) = Bitmap::around(region, stroke, 2) else { return Correction::default() };
    let extends = bitmap.has(pixel_of(first)) != invert;
    let mut line = stroke.to_vec();
    if let Some(begin) = led(&bitmap, first, extends, spacing_mm) {
        line.insert(0, begin);
    }
    line.extend(led(&bitmap, last, extends, spacing_mm));
    let parts = Parts::of(&bitmap, !extends, &line);
    let loose = bitmap.pixels(|place| parts.is_loose(place));
    if extends {
        Correction { add: loose, erase: Pixels::default() }
    } else {
        Correction { add: Pixels::default(), erase: loose }
    }
}

fn pixel_of(point: [f64; 2]) -> [i64; 2] {
    point.map(|x| x.round() as i64)
}

/// The pixel nearest in mm to an end of the stroke that is of the region (`inside`) or of the background, where the end
/// itself is not.
fn led(bitmap: &Bitmap, end: [f64; 2], inside: bool, spacing_mm: [f64; 2]) -> Option<[f64; 2]> {
    if bitmap.has(pixel_of(end)) == inside {
        return None;
    }
    let width = bitmap.size[0].max(1);
    let wanted = bitmap.inside.iter().enumerate().filter(|(_, has)| **has == inside);
    let places = wanted.map(|(n, _)| {
        let at = [(n % width) as i64 + bitmap.low[0], (n / width) as i64 + bitmap.low[1]].map(|x| x as f64);
        let [dx, dy] = [0, 1].map(|axis| (at[axis] - end[axis]) * spacing_mm[axis]);
        (dx * dx + dy * dy, at)
    });
    places.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, at)| at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{Brush, disc, fill};
    use proptest::prelude::*;

    const SQUARE: [f64; 2] = [1.0, 1.0];

    fn circle(centre: [f64; 2], radius_mm: f64) -> Pixels {
        disc(centre, Brush { radius_mm, spacing_mm: SQUARE })
    }

    fn rectangle(low: [f64; 2], high: [f64; 2]) -> Pixels {
        fill(&[low, [high[0], low[1]], high, [low[0], high[1]]])
    }

    /// The region after a stroke.
    fn after(region: &Pixels, stroke: &[[f64; 2]], invert: bool) -> Pixels {
        let Correction { add, erase } = correct(region, stroke, SQUARE, invert);
        assert!(add.intersection(region).is_empty() && erase.minus(region).is_empty());
        region.union(&add).minus(&erase)
    }

    #[test]
    fn a_stroke_from_inside_adds_exactly_what_it_encloses() {
        let region = rectangle([-0.5, -0.5], [19.5, 19.5]);
        let bump = [[10.0, 5.0], [30.2, 5.2], [30.2, 12.3], [10.0, 12.3]];
        assert_eq!(after(&region, &bump, false), region.union(&fill(&bump)));
        let backward: Vec<[f64; 2]> = bump.iter().rev().copied().collect();
        assert_eq!(after(&region, &backward, false), region.union(&fill(&bump)));
    }

    #[test]
    fn a_stroke_from_outside_cuts_the_smaller_side_off() {
        let region = rectangle([-0.5, -0.5], [19.5, 19.5]);
        let across = [[6.3, -5.0], [6.3, 30.0]];
        assert_eq!(after(&region, &across, false), rectangle([6.5, -0.5], [19.5, 19.5]));
        assert_eq!(after(&region, &[[13.7, 30.0], [13.7, -5.0]], false), rectangle([-0.5, -0.5], [13.5, 19.5]));
    }

    #[test]
    fn a_stroke_through_pixel_centres_parts_them_without_a_leak() {
        let region = rectangle([-0.5, -0.5], [19.5, 19.5]);
        for stroke in [[[-4.0, 3.0], [7.0, 14.0], [-4.0, 25.0]], [[-1.0, 4.0], [8.0, 4.0], [8.0, -1.0]]] {
            let gone = region.count() - after(&region, &stroke, false).count();
            assert!((20..200).contains(&gone), "{gone} pixels for {stroke:?}");
        }
    }

    #[test]
    fn control_swaps_the_two() {
        let region = rectangle([-0.5, -0.5], [19.5, 19.5]);
        // Begins inside and leaves at both ends: cuts the corner although it begins inside.
        let corner = [[1.2, 5.1], [5.3, 5.4], [5.4, -6.0]];
        let cut = after(&region, &corner, true);
        assert!(!cut.contains(1, 1) && !cut.contains(0, 0) && cut.contains(10, 10) && cut.contains(0, 7));
        // Begins outside near the border and ends so: extends.
        let bump = [[20.4, 5.2], [27.1, 5.2], [27.1, 9.4], [20.4, 9.4]];
        assert!(after(&region, &bump, false) == region);
        assert_eq!(after(&region, &bump, true), region.union(&fill(&bump)).union(&rectangle([19.5, 5.2], [21.0, 9.4])));
    }

    #[test]
    fn a_stroke_that_does_not_come_back_is_led_to_the_nearest_border() {
        let region = rectangle([-0.5, -0.5], [19.5, 19.5]);
        let open = [[10.0, 5.1], [24.3, 5.1], [24.3, 11.2]];
        assert_eq!(after(&region, &open, false), region.union(&rectangle([19.0, 5.1], [24.3, 11.1])));
        // The nearest border in mm, not in pixels.
        let flat = correct(&region, &[[10.0, 5.1], [22.3, 5.1], [22.3, 21.0]], [5.0, 1.0], false);
        assert!(flat.add.contains(21, 18) && flat.erase.is_empty());
        let cut = after(&region, &[[-5.0, 3.2], [12.4, 3.2]], false);
        assert_eq!(cut, rectangle([-0.5, 3.2], [19.5, 19.5]).union(&rectangle([12.5, -0.5], [19.5, 3.2])));
    }

    #[test]
    fn every_crossing_of_a_long_stroke_counts() {
        let region = rectangle([-0.5, -0.5], [39.5, 9.5]);
        let wave =
            [[2.0, 5.0], [2.1, -6.2], [8.2, -6.2], [8.2, 5.0], [20.3, 5.0], [20.3, 16.1], [28.4, 16.1], [28.4, 5.0]];
        let grown = after(&region, &wave, false);
        assert!(grown.contains(5, -4) && grown.contains(24, 14) && !grown.contains(12, -2));
        assert_eq!(grown.count(), 400 + 6 * 6 + 8 * 7);
    }

    #[test]
    fn holes_and_other_components_survive() {
        let hole = circle([20.0, 20.0], 4.0);
        let other = circle([60.0, 20.0], 6.0);
        let region = circle([20.0, 20.0], 12.0).minus(&hole).union(&other);
        let bump = after(&region, &[[20.0, 12.0], [20.3, 0.4], [38.2, 0.4], [38.2, 20.0], [28.0, 20.0]], false);
        assert!(bump.contains(30, 5) && hole.intersection(&bump).is_empty() && other.minus(&bump).is_empty());
        let bridged = after(&region, &[[30.0, 16.2], [60.0, 16.2], [60.0, 24.3], [28.0, 24.3]], false);
        assert!(bridged.contains(45, 20) && !bridged.contains(45, 10) && hole.intersection(&bridged).is_empty());
        let cut = after(&region, &[[20.3, 0.0], [20.3, 40.0]], false);
        // Half of the ring, and neither hole nor the other component.
        assert!((cut.count() as f64 - other.count() as f64) / (region.minus(&other).count() as f64) > 0.45);
        assert!(other.minus(&cut).is_empty() && hole.intersection(&cut).is_empty());
        // Across a hole from inside: its smaller side is filled.
        let filled = after(&region, &[[10.0, 18.2], [30.0, 18.2]], false);
        assert!(filled.contains(20, 17) && !filled.contains(20, 19));
    }

    proptest! {
        #[test]
        fn whatever_the_stroke_pixels_change_sides_once_and_untouched_parts_stay(
            points in proptest::collection::vec((-10.0f64..50.0, -10.0f64..50.0), 1..12), invert in any::<bool>()
        ) {
            // The stroke never reaches the component far to the right, nor its hole.
            let far = circle([120.0, 20.0], 9.0).minus(&circle([120.0, 20.0], 3.0));
            let near = circle([20.0, 20.0], 12.0).minus(&circle([22.0, 20.0], 4.0)).union(&circle([36.0, 30.0], 2.0));
            let region = near.union(&far);
            let stroke: Vec<[f64; 2]> = points.iter().map(|(x, y)| [*x, *y]).collect();
            let Correction { add, erase } = correct(&region, &stroke, SQUARE, invert);
            prop_assert!(add.intersection(&region).is_empty() && erase.minus(&region).is_empty());
            prop_assert!(add.is_empty() || erase.is_empty());
            prop_assert!(erase.intersection(&far).is_empty());
            prop_assert!(add.runs().iter().all(|run| run.end < 60));
            let backward: Vec<[f64; 2]> = stroke.iter().rev().copied().collect();
            if near.contains(stroke[0][0].round() as i64, stroke[0][1].round() as i64)
                == near.contains(backward[0][0].round() as i64, backward[0][1].round() as i64)
            {
                prop_assert_eq!(correct(&region, &backward, SQUARE, invert), Correction { add, erase });
            }
        }
    }

    #[test]
    fn strokes_that_part_nothing_change_nothing() {
        let region = circle([20.0, 20.0], 10.0);
        let strokes: [&[[f64; 2]]; 5] = [
            &[],
            &[[20.0, 20.0]],
            &[[18.0, 20.0], [22.0, 21.0]],
            &[[0.0, 0.0], [40.0, 1.0]],
            &[[20.0, 20.0], [f64::NAN, 50.0]],
        ];
        for stroke in strokes {
            assert_eq!(correct(&region, stroke, SQUARE, false), Correction::default(), "{stroke:?}");
        }
        assert_eq!(correct(&Pixels::default(), &[[0.0, 0.0], [9.0, 9.0]], SQUARE, false), Correction::default());
    }
}
