//! A simulated radiologist, who draws what the ground truth holds as people draw: with a margin of his own, an unsteady hand, and
//! an eye for the larger vessels alone.
//!
//! Two readers of one liver differ in what is near its outline and its vessels, and agree on the rest. It deliberately is no model of
//! how people err: the sizes of all departures are set by hand, and gross mistakes do not occur.

use std::ops::Range;

use ndarray::{Array3, ArrayView2, Axis, Zip, s};
use rayon::prelude::*;

use super::outline::signed_mm;
use super::random::Noise;
use crate::base::seed_of;
use crate::volume::{Label, LabelMap};

/// Scales of the hand's unsteadiness in mm, with shares whose squares sum to 1.
const JITTER_SCALES: [(f64, f64); 2] = [(24.0, 0.8), (9.0, 0.6)];
/// Standard deviation of the noise that displaces outlines, as in the parenchyma's texture.
const NOISE_DEVIATION: f64 = 0.31;
/// Slices are drawn one by one: along the body the hand forgets faster than the scales say.
const FORGETTING: f64 = 2.0;

/// How one reader draws one patient.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reader {
    /// The hand on that day.
    pub seed: u64,
    /// How far outside of the protocol's line the liver is drawn, in mm; the protocol's is 2 mm inside the edge.
    pub margin_mm: f64,
    /// Standard deviation of the smooth displacement of every outline, in mm.
    pub jitter_mm: f64,
    /// Vessels of a smaller radius in the slice are not drawn, in mm.
    pub least_vessel_mm: f64,
    /// Slices in which the liver covers less are not drawn, in cm^2.
    pub least_cm2: f64,
}

impl Reader {
    /// What the reader draws where `truth` is to be drawn.
    pub fn draw(&self, truth: &LabelMap) -> LabelMap {
        let mut drawn = LabelMap::empty(*truth.geometry());
        let tasks = [(Label::Liver, self.margin_mm), (Label::Vessel, 0.0), (Label::Caudate, 0.0)];
        for (label, margin_mm) in tasks {
            let inside = self.outlined(truth, label, margin_mm);
            Zip::from(drawn.bits_mut()).and(&inside).for_each(|bits, &is| *bits |= if is { label.bit() } else { 0 });
        }
        // The liver that was true and not drawn is no one's; vessels that reach out of it are cut by the VOI's own definition.
        drawn
    }

    /// One label as the reader outlines it, slice by slice.
    fn outlined(&self, truth: &LabelMap, label: Label, margin_mm: f64) -> Array3<bool> {
        let grid = truth.geometry();
        let [column_mm, row_mm, _] = grid.spacing_mm();
        // Beyond the largest displacement nothing changes.
        let reach = margin_mm.abs() + 4.0 * self.jitter_mm;
        let mut inside = Array3::from_elem(grid.shape(), false);
        let slices: Vec<_> = inside.axis_iter_mut(Axis(0)).collect();
        slices.into_par_iter().enumerate().for_each(|(slice, mut out)| {
            let bits = truth.bits().index_axis(Axis(0), slice);
            let Some((rows, columns)) = window(bits, label, (reach / column_mm.min(row_mm)) as usize + 2) else {
                return;
            };
            let part = s![rows.clone(), columns.clone()];
            let Some(distances) = self.seen(bits.slice(part), label, [column_mm, row_mm]) else { return };
            let mut hand = self.hand(label);
            for (((row, column), is), mm) in out.slice_mut(part).indexed_iter_mut().zip(distances) {
                *is = mm < -reach
                    || mm < reach && {
                        let place = [(columns.start + column) as f64, (rows.start + row) as f64, slice as f64];
                        mm < margin_mm + hand.displacement(grid.patient_from_voxel(place), self.jitter_mm)
                    };
            }
        });
        inside
    }

    /// Distances to the outline of what the reader sees of a label in a slice; `None` where that is nothing.
    fn seen(&self, bits: ArrayView2<u8>, label: Label, step_mm: [f64; 2]) -> Option<Vec<f64>> {
        let columns = bits.ncols();
        let inside: Vec<bool> = bits.iter().map(|bits| bits & label.bit() != 0).collect();
        let n = inside.iter().filter(|&&is| is).count();
        if label == Label::Liver && (n as f64 * step_mm[0] * step_mm[1] / 100.0) < self.least_cm2 {
            return None;
        }
        let distances = signed_mm(&inside, columns, step_mm);
        if label != Label::Vessel {
            return Some(distances);
        }
        // A vessel is seen as far as a disc of the least radius fits into it: a morphological opening.
        let core: Vec<bool> = distances.iter().map(|&mm| mm <= -self.least_vessel_mm).collect();
        if !core.contains(&true) {
            return None;
        }
        let from_core = signed_mm(&core, columns, step_mm);
        let wide = from_core.iter().zip(&inside).map(|(&mm, &is)| is && mm <= self.least_vessel_mm);
        Some(signed_mm(&wide.collect::<Vec<_>>(), columns, step_mm))
    }

    fn hand(&self, label: Label) -> Hand {
        let octave = |n: usize| {
            let purpose = 10 * u64::from(label.number()) + n as u64;
            Noise::new(seed_of(self.seed, purpose), JITTER_SCALES[n].0)
        };
        Hand([octave(0), octave(1)])
    }
}

/// Rows and columns around the pixels of a label in a slice, `more` of them on every side as far as there are; `None` without one.
fn window(bits: ArrayView2<u8>, label: Label, more: usize) -> Option<(Range<usize>, Range<usize>)> {
    let span = |axis: Axis| {
        let has = |line: ndarray::ArrayView1<u8>| line.iter().any(|bits| bits & label.bit() != 0);
        let first = bits.axis_iter(axis).position(has)?;
        let last = bits.len_of(axis) - 1 - bits.axis_iter(axis).rev().position(has)?;
        Some(first.saturating_sub(more)..(last + more + 1).min(bits.len_of(axis)))
    };
    Some((span(Axis(0))?, span(Axis(1))?))
}

/// The unsteadiness of a hand while it outlines one label.
struct Hand([Noise; 2]);

impl Hand {
    /// How far outside of the line the hand is at a point of the patient, in mm.
    fn displacement(&mut self, [x, y, z]: [f64; 3], deviation_mm: f64) -> f64 {
        let octaves = self.0.iter_mut().zip(JITTER_SCALES);
        let sum: f64 = octaves.map(|(noise, (_, share))| share * noise.at([x, y, FORGETTING * z])).sum();
        deviation_mm * sum / NOISE_DEVIATION
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Progress;
    use crate::phantom::{PhantomSpec, simulate};

    const STEADY: Reader = Reader { seed: 1, margin_mm: 0.0, jitter_mm: 0.0, least_vessel_mm: 0.0, least_cm2: 0.0 };

    fn truth() -> LabelMap {
        let spec = PhantomSpec { seed: 3, matrix: 128, ..PhantomSpec::default() };
        simulate(&spec, &Progress::new()).unwrap().truth
    }

    #[test]
    fn a_steady_reader_with_no_margin_draws_the_truth() {
        let truth = truth();
        assert!(STEADY.draw(&truth) == truth);
    }

    #[test]
    fn margins_unsteadiness_and_missed_vessels_change_what_is_drawn_and_not_much() {
        let truth = truth();
        let of = |reader: Reader| reader.draw(&truth);
        let liver = truth.count(Label::Liver);
        assert!(of(Reader { margin_mm: 2.0, ..STEADY }).count(Label::Liver) > liver);
        assert!(of(Reader { margin_mm: -2.0, ..STEADY }).count(Label::Liver) < liver);
        let fewer = of(Reader { least_vessel_mm: 4.0, ..STEADY }).count(Label::Vessel);
        assert!(fewer > 0 && fewer < truth.count(Label::Vessel));
        let small = of(Reader { least_cm2: 20.0, ..STEADY });
        assert!(small.count(Label::Liver) < liver && small.count(Label::Vessel) == truth.count(Label::Vessel));
        let shaky = [1, 2].map(|seed| of(Reader { seed, jitter_mm: 1.0, ..STEADY }).voi());
        let common = shaky[0].inside().iter().zip(shaky[1].inside()).filter(|(a, b)| **a && **b).count();
        let dice = 2.0 * common as f64 / (shaky[0].count() + shaky[1].count()) as f64;
        assert!((0.85..0.999).contains(&dice), "{dice}");
    }
}
