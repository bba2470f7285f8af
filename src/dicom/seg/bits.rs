//! One bit a voxel, as PS3.5 section 8.1.1 and PS3.3 C.8.20.2 lay it out: the first voxel is the lowest bit of the first byte,
//! and frames follow each other without a gap, so that a frame may begin within a byte.

/// Appends the voxels to `packed`, of which `n_bits` bits are used so far; returns how many are used then.
pub(super) fn pack(packed: &mut Vec<u8>, n_bits: usize, voxels: impl Iterator<Item = bool>) -> usize {
    let mut n_bits = n_bits;
    for inside in voxels {
        if n_bits.is_multiple_of(8) {
            packed.push(0);
        }
        if inside && let Some(last) = packed.last_mut() {
            *last |= 1 << (n_bits % 8);
        }
        n_bits += 1;
    }
    n_bits
}

/// The bits `start..start + n` of `packed`; `None` when it is shorter.
pub(super) fn unpack(packed: &[u8], start: usize, n: usize) -> Option<impl Iterator<Item = bool> + '_> {
    let end = start.checked_add(n)?;
    (end.div_ceil(8) <= packed.len())
        .then(|| (start..end).map(|bit| packed.get(bit / 8).is_some_and(|byte| byte >> (bit % 8) & 1 == 1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_frames_of_nine_voxels_follow_each_other_without_a_gap() {
        // The reference object of 3 x 3 x 3 voxels, packed by another program: ff 71 56 01.
        let frames = ["111111111", "000111001", "101010100"];
        let mut packed = Vec::new();
        let mut n_bits = 0;
        for frame in frames {
            n_bits = pack(&mut packed, n_bits, frame.chars().map(|c| c == '1'));
        }
        assert_eq!(n_bits, 27);
        for (f, frame) in frames.iter().enumerate() {
            let bits: String = unpack(&packed, 9 * f, 9).unwrap().map(|b| if b { '1' } else { '0' }).collect();
            assert_eq!(&bits, frame);
        }
    }

    #[test]
    fn bits_beyond_the_end_are_an_error_and_not_zero() {
        assert!(unpack(&[0xff], 0, 8).is_some());
        assert!(unpack(&[0xff], 1, 8).is_none());
        assert!(unpack(&[0xff], usize::MAX, 8).is_none());
    }
}
