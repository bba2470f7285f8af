//! Bright vessels between tissue that looks alike: they must not part the organ that they run through.

use super::lattice::Lattice;

/// The longest way through a vessel, in mm, along an axis: a portal vein of 12 mm cut at a slant.
const MOST_MM: f32 = 18.0;
/// How far above the organ's mean a vessel may lie, in HU: more is bone or contrast agent in the bowel.
const MOST_HU: f32 = 150.0;
/// Along this many of the three axes tissue must lie at both ends. A tube has it along two; a bright wall that two organs share
/// along one.
const LEAST_AXES: u8 = 2;

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
    let mut votes = vec![0u8; values.len()];
    for (axis, stride) in lattice.strides().into_iter().enumerate() {
        let most = (MOST_MM / lattice.side_mm[axis]) as usize;
        for start in (0..values.len()).filter(|&at| lattice.voxel(at)[axis] == 0) {
            let end = lattice.n[axis];
            let (mut run, mut begins_alike) = (0, true);
            for x in 0..=end {
                let here = if x < end { kind(start + x * stride) } else { Kind::Alike };
                if here == Kind::Bright {
                    run += 1;
                    continue;
                }
                if begins_alike && here == Kind::Alike && run <= most {
                    (x - run..x).for_each(|x| votes[start + x * stride] += 1);
                }
                (run, begins_alike) = (0, here == Kind::Alike);
            }
        }
    }
    votes.iter().map(|votes| *votes >= LEAST_AXES).collect()
}
