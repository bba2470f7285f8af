//! Bright vessels between tissue that looks alike: they must not part the organ that they run through.

use rayon::prelude::*;

use super::lattice::Lattice;

/// The longest way through a vessel, in mm, along an axis: a portal vein of 12 mm cut at a slant.
const MOST_MM: f32 = 18.0;
/// How far above the organ's mean a vessel may lie, in HU: more is bone or contrast agent in the bowel.
const MOST_HU: f32 = 150.0;
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

/// Voxels that are brighter than the tissue, and have it at both ends of a short run through them along two axes. The grid's border
/// counts as tissue.
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

/// Short runs of bright voxels along an axis with tissue at both ends.
fn bright_runs(kinds: &[Kind], lattice: &Lattice, axis: usize) -> Vec<bool> {
    let mut found = vec![false; kinds.len()];
    let strides = lattice.strides();
    let [a, b] = [[1, 2], [0, 2], [0, 1]][axis];
    let (length, stride) = (lattice.n[axis], strides[axis]);
    let most = (MOST_MM / lattice.side_mm[axis]) as usize;
    for line in 0..lattice.n[a] * lattice.n[b] {
        let start = line % lattice.n[a] * strides[a] + line / lattice.n[a] * strides[b];
        let (mut run, mut begins_alike) = (0, true);
        for x in 0..=length {
            let here = if x < length { kinds[start + x * stride] } else { Kind::Alike };
            if here == Kind::Bright {
                run += 1;
                continue;
            }
            if begins_alike && here == Kind::Alike && run <= most {
                (x - run..x).for_each(|x| found[start + x * stride] = true);
            }
            (run, begins_alike) = (0, here == Kind::Alike);
        }
    }
    found
}
