//! Run-length decoding of frames with one segment number a voxel (PS3.5 Annex G). What comes out is never longer than the frame.

/// Bytes of the header before the first segment.
const HEADER_BYTES: usize = 64;

/// One frame of `n_voxels` voxels of one or two bytes each, the less significant byte first.
pub(super) fn decode_frame(fragment: &[u8], n_voxels: usize, bytes: usize) -> Result<Vec<u8>, String> {
    let word = |index: usize| {
        let at = fragment.get(4 * index..4 * index + 4)?;
        Some(u32::from_le_bytes([at[0], at[1], at[2], at[3]]) as usize)
    };
    if word(0) != Some(bytes) {
        return Err(format!("a run-length coded frame does not have {bytes} segments"));
    }
    // Two bytes make 128 at most, so a small fragment cannot ask for a large frame.
    if n_voxels > fragment.len().saturating_mul(64) {
        return Err("a run-length coded frame ends early".to_owned());
    }
    let mut frame = vec![0; n_voxels * bytes];
    for segment in 0..bytes {
        let start = word(1 + segment).filter(|&start| start >= HEADER_BYTES);
        let end = if segment + 1 < bytes { word(2 + segment) } else { Some(fragment.len()) };
        let packed = start.zip(end).and_then(|(start, end)| fragment.get(start..end));
        let packed = packed.ok_or("a run-length coded segment lies outside its frame")?;
        // The first segment holds the most significant bytes.
        let place = frame.iter_mut().skip(bytes - 1 - segment).step_by(bytes);
        if unpack(packed, place) < n_voxels {
            return Err("a run-length coded frame ends early".to_owned());
        }
    }
    Ok(frame)
}

/// Fills the places with the unpacked bytes; returns how many were filled.
fn unpack<'a>(packed: &[u8], mut places: impl Iterator<Item = &'a mut u8>) -> usize {
    let mut filled = 0;
    let mut rest = packed;
    while let Some((&control, behind)) = rest.split_first() {
        let control = usize::from(control);
        let (taken, run) = match control {
            0..128 => (behind.get(..(control + 1).min(behind.len())).unwrap_or_default(), 1),
            128 => (&[][..], 1),
            _ => (behind.get(..1).unwrap_or_default(), 257 - control),
        };
        rest = behind.get(taken.len()..).unwrap_or_default();
        for &byte in taken {
            for _ in 0..run {
                let Some(place) = places.next() else { return filled };
                *place = byte;
                filled += 1;
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(segments: &[&[u8]]) -> Vec<u8> {
        let mut offset = HEADER_BYTES as u32;
        let mut fragment = (segments.len() as u32).to_le_bytes().to_vec();
        for segment in segments {
            fragment.extend(offset.to_le_bytes());
            offset += segment.len() as u32;
        }
        fragment.resize(HEADER_BYTES, 0);
        segments.iter().for_each(|segment| fragment.extend_from_slice(segment));
        fragment
    }

    #[test]
    fn literal_bytes_and_runs_are_told_apart() {
        // Three bytes as they are, nothing, a run of four.
        let packed: &[u8] = &[2, 7, 8, 9, 128, 253, 5, 0];
        assert_eq!(decode_frame(&fragment(&[packed]), 7, 1).unwrap(), [7, 8, 9, 5, 5, 5, 5]);
        assert_eq!(decode_frame(&fragment(&[packed]), 2, 1).unwrap(), [7, 8], "no more than the frame holds");
        let two = decode_frame(&fragment(&[&[255, 1], &[1, 2, 3]]), 2, 2).unwrap();
        assert_eq!(two, [2, 1, 3, 1], "the more significant bytes come first");
    }

    #[test]
    fn damaged_frames_are_refused() {
        assert!(decode_frame(&fragment(&[&[253, 5]]), 5, 1).unwrap_err().contains("ends early"));
        assert!(decode_frame(&fragment(&[&[253, 5]]), 4, 2).unwrap_err().contains("2 segments"));
        assert!(decode_frame(&[1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], 4, 1).unwrap_err().contains("outside"));
        assert!(decode_frame(&[], 4, 1).is_err());
    }
}
