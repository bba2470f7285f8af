//! RLE Lossless (PS3.5 annex G): byte planes, most significant first, each in PackBits runs.

use super::super::FileFault;
use super::super::image::PixelLayout;

const HEADER: usize = 64;

pub(super) fn decode(bytes: &[u8], layout: &PixelLayout) -> Result<Vec<u16>, FileFault> {
    let planes = usize::from(layout.bits_allocated / 8);
    let header = bytes.get(..HEADER).ok_or_else(|| damaged("its RLE header is cut off"))?;
    let field =
        |n: usize| -> usize { header[4 * n..].first_chunk::<4>().map_or(0, |&b| u32::from_le_bytes(b) as usize) };
    if field(0) != planes {
        return Err(damaged(&format!("it has {} RLE segments instead of {planes}", field(0))));
    }
    let mut words = vec![0u16; layout.pixels()];
    for plane in 0..planes {
        let from = field(1 + plane);
        let to = if plane + 1 < planes { field(2 + plane) } else { bytes.len() };
        let segment = bytes
            .get(from..to)
            .filter(|_| from >= HEADER)
            .ok_or_else(|| damaged("an RLE segment lies outside the frame"))?;
        unpack(segment, &mut words)?;
    }
    Ok(words)
}

/// PackBits (PS3.5 G.3.2): each byte moves into the low half of its word, and what was there into the high half. Runs
/// beyond the last pixel are dropped: a segment may be padded.
fn unpack(mut segment: &[u8], words: &mut [u16]) -> Result<(), FileFault> {
    let mut left = words.iter_mut();
    loop {
        if left.len() == 0 {
            return Ok(());
        }
        let [control, rest @ ..] = segment else {
            return Err(damaged(&format!("an RLE segment ends {} pixels too early", left.len())));
        };
        match *control {
            n @ 0..=127 => {
                let count = usize::from(n) + 1;
                let literal = rest.get(..count).ok_or_else(|| damaged("an RLE run is cut off"))?;
                literal.iter().zip(&mut left).for_each(|(&byte, word)| *word = *word << 8 | u16::from(byte));
                segment = &rest[count..];
            }
            128 => segment = rest,
            n => {
                let [byte, after @ ..] = rest else { return Err(damaged("an RLE run is cut off")) };
                let byte = u16::from(*byte);
                left.by_ref().take(257 - usize::from(n)).for_each(|word| *word = *word << 8 | byte);
                segment = after;
            }
        }
    }
}

fn damaged(what: &str) -> FileFault {
    FileFault::Codec(what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_packbits_unpacks() {
        // Apple's TN1023 example.
        let packed = [0xFE, 0xAA, 0x02, 0x80, 0x00, 0x2A, 0xFD, 0xAA, 0x03, 0x80, 0x00, 0x2A, 0x22, 0xF7, 0xAA];
        let expected = [
            0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0xAA, 0xAA, 0xAA, 0xAA, 0x80, 0x00, 0x2A, 0x22, 0xAA, 0xAA, 0xAA, 0xAA,
            0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA,
        ];
        let mut words = [0u16; 24];
        unpack(&packed, &mut words).unwrap();
        assert_eq!(words, expected);
        assert!(unpack(&packed[..14], &mut words).is_err());
    }
}
