//! Directions from a voxel to its neighbours, and what they weigh.

use crate::radiomics::protocol::Weighting;

/// A step to a neighbour: slices, rows and columns.
pub type Step = [isize; 3];

/// The steps of one half of space to the voxels at these distances (the longest of a step's three sides). Steps that leave
/// an axis which is to be left out, or that are longer than the box of `shape`, are none: there is nothing along them.
pub fn half_space(shape: [usize; 3], distances: &[u32], left_out: Option<usize>) -> Vec<Step> {
    let reach = distances.iter().copied().max().unwrap_or(0) as isize;
    let along = |axis: usize| {
        let most = if left_out == Some(axis) { 0 } else { reach.min(shape[axis] as isize - 1) };
        -most..=most
    };
    let mut steps = Vec::new();
    for slice in along(0) {
        for row in along(1) {
            for column in along(2) {
                let step = [slice, row, column];
                let distance = step.map(isize::unsigned_abs).into_iter().max().unwrap_or(0);
                if step > [0, 0, 0] && distances.contains(&(distance as u32)) {
                    steps.push(step);
                }
            }
        }
    }
    steps
}

/// The length of a step in mm. Every step is 1 long without a norm.
pub fn length_mm(step: Step, spacing_mm: [f64; 3], norm: Weighting) -> f64 {
    let sides: [f64; 3] = std::array::from_fn(|axis| step[axis].unsigned_abs() as f64 * spacing_mm[axis]);
    match norm {
        Weighting::Manhattan => sides.iter().sum(),
        Weighting::Euclidean => sides.iter().map(|side| side * side).sum::<f64>().sqrt(),
        Weighting::Infinity => sides.iter().copied().fold(0.0, f64::max),
        Weighting::NoWeighting => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_26_neighbours_and_of_98_at_distance_2() {
        assert_eq!(half_space([9; 3], &[1], None).len(), 13);
        assert_eq!(half_space([9; 3], &[2], None).len(), 49);
        assert_eq!(half_space([9; 3], &[1, 2], None).len(), 62);
    }

    #[test]
    fn a_plane_has_four_directions() {
        assert_eq!(half_space([1, 9, 9], &[1], None), [[0, 0, 1], [0, 1, -1], [0, 1, 0], [0, 1, 1]]);
        assert_eq!(half_space([9; 3], &[1], Some(2)).len(), 4);
    }

    #[test]
    fn lengths_follow_their_norm() {
        let lengths = [Weighting::Manhattan, Weighting::Euclidean, Weighting::Infinity, Weighting::NoWeighting]
            .map(|norm| length_mm([1, -1, 0], [3.0, 4.0, 9.0], norm));
        assert_eq!(lengths, [7.0, 5.0, 4.0, 1.0]);
    }
}
