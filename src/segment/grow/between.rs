//! Bright vessels between tissue that looks alike: they must not part the organ that they run through.

use rayon::prelude::*;

use super::lattice::Lattice;

/// The longest way through a vessel, in mm, along an axis: a portal vein of 12 mm cut at a slant.
const MOST_MM: f32 = 18.0;
/// How far above the organ's mean a vessel may lie, in HU: more is bone or contrast agent in the bowel.
const MOST_HU: f32 = 150.0;
/// As much tissue lies at both ends, in mm: the muscles around a rib are thinner.
const FIRM_MM: f32 = 12.0;
/// Along this many of the three axes tissue must lie at both ends. A tube has it along two; a bright wall that two organs share
/// along one.
const LEAST_AXES: usize = 2;

/// What a voxel is for this.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Alike,
    Bright,
    Other,
}

/// Voxels that are brighter than the tissue, and have enough of it at both ends of a short run through them along two axes. What
/// lies beyond the grid's border counts as tissue.
pub(super) fn bright_between(values: &[f32], mean: &[f32], alike: &[bool], lattice: &Lattice) -> Vec<bool> {
    let kind = |at: usize| match values[at] - mean[at] {
        _ if alike[at] => Kind::Alike,
        above if (0.0..MOST_HU).contains(&above) => Kind::Bright,
        _ => Kind::Other,
    };
    let kinds: Vec<Kind> = (0..values.len()).into_par_iter().map(kind).collect();
    let found: Vec<Vec<bool>> = (0..3).into_par_iter().map(|axis| bright_runs(&kinds, lattice, axis)).collect();
    (0..values.len()).map(|at| found.iter().filter(|found| found[at]).count() >= LEAST_AXES).collect()
}

/// Short runs of bright voxels along an axis with enough tissue at both ends.
fn bright_runs(kinds: &[Kind], lattice: &Lattice, axis: usize) -> Vec<bool> {
    let mut found = vec![false; kinds.len()];
    let strides = lattice.strides();
    let [a, b] = [[1, 2], [0, 2], [0, 1]][axis];
    let (length, stride) = (lattice.n[axis], strides[axis]);
    let voxels = |mm: f32| (mm / lattice.side_mm[axis]) as usize;
    let (most, firm) = (voxels(MOST_MM), voxels(FIRM_MM).max(1));
    for line in 0..lattice.n[a] * lattice.n[b] {
        let start = line % lattice.n[a] * strides[a] + line / lattice.n[a] * strides[b];
        // Lengths of the tissue last passed, of the bright run that followed it, and of the tissue after that.
        let (mut before, mut run, mut after) = (firm, 0, 0);
        for x in 0..length + firm {
            match if x < length { kinds[start + x * stride] } else { Kind::Alike } {
                Kind::Other => (before, run, after) = (0, 0, 0),
                Kind::Alike if run == 0 => before += 1,
                Kind::Alike => {
                    after += 1;
                    if after == firm {
                        let end = x + 1 - firm;
                        let is_vessel = before >= firm && run <= most;
                        (end - run..end).filter(|_| is_vessel).for_each(|x| found[start + x * stride] = true);
                        (before, run, after) = (after, 0, 0);
                    }
                }
                Kind::Bright if after > 0 => (before, run, after) = (after, 1, 0),
                Kind::Bright => run += 1,
            }
        }
    }
    found
}
