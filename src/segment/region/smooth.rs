//! Smoothing of a region's surface: median, Gaussian, closing, opening, all in mm.
//!
//! What lies beyond the volume has no say: a liver that the last slice cuts keeps its cut face, where smoothing against an
//! outside of background would round it off.

use ndarray::{Array3, Axis, s};
use rayon::prelude::*;

use super::part::{BACKGROUND, INSIDE, Part, apply};
use super::{Extent, RegionError, gaussian, length};
use crate::base::{Cancelled, Progress};
use crate::volume::Mask;
use crate::volume::distance::{Between, reach_voxels, reaches, squared_mm2};

/// How a region is smoothed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Smoothing {
    /// Inside is what most voxels within a ball of this radius are (the median of 0 and 1); a tie changes nothing.
    Median {
        /// Radius of the ball in mm.
        radius_mm: f64,
    },
    /// Inside is where the region, smoothed by a Gaussian as 0 and 1, is above one half. Round parts shrink a little.
    Gaussian {
        /// Standard deviation in mm.
        sigma_mm: f64,
    },
    /// Grown by a ball, then shrunk by it: fills cracks narrower than the ball, takes nothing away.
    Closing {
        /// Radius of the ball in mm.
        radius_mm: f64,
    },
    /// Shrunk by a ball, then grown by it: removes bridges narrower than the ball, adds nothing.
    Opening {
        /// Radius of the ball in mm.
        radius_mm: f64,
    },
}

/// A smoothed region and what it did to the volume.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    /// The new region.
    pub region: Mask,
    /// Volume before, in millilitres.
    pub before_ml: f64,
    /// Volume after, in millilitres.
    pub after_ml: f64,
}

impl Smoothed {
    /// Change of the volume in per cent of what it was; `None` for an empty region.
    pub fn change_percent(&self) -> Option<f64> {
        (self.before_ml > 0.0).then(|| 100.0 * (self.after_ml - self.before_ml) / self.before_ml)
    }
}

/// Smooths a region in space, or slice by slice in two dimensions.
pub fn smooth(mask: &Mask, how: Smoothing, extent: Extent, progress: &Progress) -> Result<Smoothed, RegionError> {
    // Twice the ball: what can change lies within one, and depends on what lies within another.
    let rim_mm = match how {
        Smoothing::Median { radius_mm } | Smoothing::Closing { radius_mm } | Smoothing::Opening { radius_mm } => {
            2.0 * length("the radius", radius_mm)?
        }
        Smoothing::Gaussian { sigma_mm } => gaussian::reach_mm(length("the standard deviation", sigma_mm)?),
    };
    let region = apply(mask, extent, rim_mm, progress, |part| match how {
        Smoothing::Median { radius_mm } => median(part, radius_mm, progress),
        Smoothing::Gaussian { sigma_mm } => {
            // Inside counts 1, background -1 and what lies beyond 0, so that 0 parts more than half from less.
            let scores = part.scores.mapv(f32::from);
            let smoothed = gaussian::smoothed(scores, part.spacing_mm, sigma_mm, progress)?;
            Ok(smoothed.mapv(|score| score > 0.0))
        }
        Smoothing::Closing { radius_mm } => {
            let grown = within(&part.that(|score| score == INSIDE), part, radius_mm, progress)?;
            let mut around = grown;
            ndarray::Zip::from(&mut around).and(&part.scores).for_each(|grown, &score| {
                *grown = !*grown && score == BACKGROUND;
            });
            Ok(within(&around, part, radius_mm, progress)?.mapv(|near| !near))
        }
        Smoothing::Opening { radius_mm } => {
            let near = within(&part.that(|score| score == BACKGROUND), part, radius_mm, progress)?;
            let mut core = near;
            ndarray::Zip::from(&mut core).and(&part.scores).for_each(|near, &score| *near = !*near && score == INSIDE);
            within(&core, part, radius_mm, progress)
        }
    })?;
    let (before_ml, after_ml) = (mask.volume_ml(), region.volume_ml());
    Ok(Smoothed { region, before_ml, after_ml })
}

/// What lies within a distance of a set.
fn within(set: &Array3<bool>, part: &Part, mm: f64, progress: &Progress) -> Result<Array3<bool>, Cancelled> {
    let squares = squared_mm2(set.view(), part.spacing_mm, Between::Centres, mm, progress)?;
    Ok(squares.mapv(|square| reaches(mm, square)))
}

/// Whether the scores within a ball sum to more than 0, from running sums of every row; at 0, what was there.
fn median(part: &Part, radius_mm: f64, progress: &Progress) -> Result<Array3<bool>, Cancelled> {
    let (slices, rows, columns) = part.scores.dim();
    let widest = reach_voxels(radius_mm, part.spacing_mm[0]).min(columns);
    let ball = ball_rows(radius_mm, part, widest);
    // sums[n] is the sum of all scores before column n - widest.
    let mut sums = Array3::<i32>::zeros((slices, rows, columns + 2 * widest + 1));
    let pairs = sums.axis_iter_mut(Axis(0)).into_par_iter().zip(part.scores.axis_iter(Axis(0)));
    pairs.for_each(|(mut sums, scores)| {
        for (mut sums, scores) in sums.outer_iter_mut().zip(scores.outer_iter()) {
            let mut sum = 0;
            let padded = scores.iter().copied().chain(std::iter::repeat(0));
            for (place, score) in sums.iter_mut().skip(widest + 1).zip(padded) {
                sum += i32::from(score);
                *place = sum;
            }
        }
    });
    progress.check()?;
    let mut inside = Array3::from_elem(part.scores.dim(), false);
    inside.axis_iter_mut(Axis(0)).into_par_iter().enumerate().try_for_each(|(k, mut plane)| {
        let mut total = ndarray::Array1::<i32>::zeros(columns);
        for (j, mut row) in plane.outer_iter_mut().enumerate() {
            // A ball of 50 mm takes minutes.
            progress.check()?;
            total.fill(0);
            for &(dk, dj, half) in &ball {
                let (k, j) = (k.checked_add_signed(dk), j.checked_add_signed(dj));
                let (Some(k), Some(j)) = (k.filter(|k| *k < slices), j.filter(|j| *j < rows)) else { continue };
                let [after, before] = [widest + half + 1, widest - half];
                total += &sums.slice(s![k, j, after..after + columns]);
                total -= &sums.slice(s![k, j, before..before + columns]);
            }
            let own = part.scores.slice(s![k, j, ..]);
            for ((inside, &total), &own) in row.iter_mut().zip(&total).zip(&own) {
                *inside = total > 0 || (total == 0 && own == INSIDE);
            }
        }
        Ok(())
    })?;
    Ok(inside)
}

/// The rows of a ball: (slices away, rows away, columns to either side).
fn ball_rows(radius_mm: f64, part: &Part, widest: usize) -> Vec<(isize, isize, usize)> {
    let [x, y, z] = part.spacing_mm;
    let reach = |spacing: f64, n: usize| reach_voxels(radius_mm, spacing).min(n) as isize;
    let (slices, rows, _) = part.scores.dim();
    let mut found = Vec::new();
    for dk in -reach(z, slices)..=reach(z, slices) {
        for dj in -reach(y, rows)..=reach(y, rows) {
            let square = (dk as f64 * z).powi(2) + (dj as f64 * y).powi(2);
            if reaches(radius_mm, square as f32) {
                let half = reach_voxels((radius_mm * radius_mm - square).max(0.0).sqrt(), x);
                found.push((dk, dj, half.min(widest)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Stream;
    use crate::segment::SliceOfGrid;
    use crate::segment::region::on_slice;
    use crate::volume::Geometry;

    const SPACING: [f64; 3] = [0.8, 1.0, 2.5];
    const EVERY: [Smoothing; 4] = [
        Smoothing::Median { radius_mm: 2.5 },
        Smoothing::Gaussian { sigma_mm: 1.5 },
        Smoothing::Closing { radius_mm: 2.5 },
        Smoothing::Opening { radius_mm: 2.5 },
    ];

    fn mask(size: [usize; 3], inside: impl Fn([f64; 3]) -> bool) -> Mask {
        let geometry = Geometry::axial(size, [0.0; 3], SPACING).unwrap();
        let at = |(k, j, i): (usize, usize, usize)| {
            inside([i as f64 * SPACING[0], j as f64 * SPACING[1], k as f64 * SPACING[2]])
        };
        Mask::new(geometry, Array3::from_shape_fn(geometry.shape(), at)).unwrap()
    }

    fn noisy_ball() -> Mask {
        let mut stream = Stream::new(3, 0);
        let noise: Vec<bool> = (0..40 * 32 * 14).map(|_| stream.between(0.0, 1.0) < 0.08).collect();
        let ball = mask([40, 32, 14], |[x, y, z]| (x - 16.0).powi(2) + (y - 16.0).powi(2) + (z - 16.0).powi(2) < 100.0);
        let noise = Array3::from_shape_vec(ball.inside().dim(), noise).unwrap();
        Mask::new(*ball.geometry(), ball.inside() ^ &noise).unwrap()
    }

    fn smoothed(mask: &Mask, how: Smoothing, extent: Extent) -> Array3<bool> {
        smooth(mask, how, extent, &Progress::new()).unwrap().region.inside().clone()
    }

    #[test]
    fn the_median_is_the_majority_within_the_ball() {
        let mask = noisy_ball();
        let found = smoothed(&mask, Smoothing::Median { radius_mm: 2.5 }, Extent::Volume);
        for ((k, j, i), &found) in found.indexed_iter() {
            let mut sum = 0;
            for ((z, y, x), &inside) in mask.inside().indexed_iter() {
                let steps = [x.abs_diff(i) as f64, y.abs_diff(j) as f64, z.abs_diff(k) as f64];
                if (0..3).map(|a| (steps[a] * SPACING[a]).powi(2)).sum::<f64>() <= 6.25 + 1e-9 {
                    sum += if inside { 1 } else { -1 };
                }
            }
            assert_eq!(found, sum > 0 || sum == 0 && mask.inside()[(k, j, i)], "{k} {j} {i}");
        }
    }

    #[test]
    fn closing_takes_nothing_opening_adds_nothing_and_both_are_settled_after_one_turn() {
        let mask = noisy_ball();
        let closed = smoothed(&mask, EVERY[2], Extent::Volume);
        let opened = smoothed(&mask, EVERY[3], Extent::Volume);
        assert!(mask.inside().iter().zip(&closed).all(|(before, after)| !before || *after));
        assert!(mask.inside().iter().zip(&opened).all(|(before, after)| *before || !after));
        for (how, once) in [(EVERY[2], closed), (EVERY[3], opened)] {
            let once = Mask::new(*mask.geometry(), once).unwrap();
            assert_eq!(&smoothed(&once, how, Extent::Volume), once.inside());
        }
    }

    #[test]
    fn a_plane_face_stays_where_it_is_also_where_the_volume_cuts_it() {
        let half = mask([20, 16, 9], |[x, ..]| x > 6.0);
        for how in EVERY {
            for extent in [Extent::Volume, Extent::EachSlice(2)] {
                assert_eq!(&smoothed(&half, how, extent), half.inside(), "{how:?} {extent:?}");
            }
        }
    }

    #[test]
    fn noise_on_a_ball_is_smoothed_away() {
        let clean =
            mask([40, 32, 14], |[x, y, z]| (x - 16.0).powi(2) + (y - 16.0).powi(2) + (z - 16.0).powi(2) < 100.0);
        for how in &EVERY[..2] {
            let found = smooth(&noisy_ball(), *how, Extent::Volume, &Progress::new()).unwrap();
            let wrong = found.region.inside().iter().zip(clean.inside()).filter(|(a, b)| a != b).count();
            assert!(wrong < clean.count() / 10, "{how:?}: {wrong} of {}", clean.count());
            assert!(found.change_percent().is_some_and(|change| change < 0.0));
        }
    }

    #[test]
    fn slices_are_smoothed_each_by_itself() {
        let mask = noisy_ball();
        for how in EVERY {
            let each = smoothed(&mask, how, Extent::EachSlice(1));
            for index in [3, 16] {
                let slice = SliceOfGrid { axis: 1, index };
                let pixels = slice.pixels(mask.inside(), |inside| *inside);
                let work = |mask: &Mask| Ok(smooth(mask, how, Extent::Volume, &Progress::new())?.region);
                let alone = on_slice(&pixels, slice, mask.geometry(), work).unwrap();
                assert_eq!(alone, slice.pixels(&each, |inside| *inside), "{how:?} row {index}");
            }
        }
    }
}
