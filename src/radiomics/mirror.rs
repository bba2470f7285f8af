//! Images that go on mirrored about their last voxels, as B-splines of SciPy and of ITK have them.

/// The voxel that an index beyond the image stands for, along a side of so many voxels.
#[inline(always)]
pub(super) fn mirrored(index: isize, side: usize) -> usize {
    let last = side as isize - 1;
    if (0..=last).contains(&index) {
        return index as usize;
    }
    if last <= 0 {
        return 0;
    }
    let within = index.rem_euclid(2 * last);
    within.min(2 * last - within) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_goes_on_mirrored_about_its_last_voxels() {
        let indices: Vec<usize> = (-3..7).map(|index| mirrored(index, 4)).collect();
        assert_eq!(indices, [3, 2, 1, 0, 1, 2, 3, 2, 1, 0]);
        assert_eq!(mirrored(-2, 1), 0);
    }
}
