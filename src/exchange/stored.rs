//! How many bytes a file can hold at most, compressed or not, so that no header is believed before it is checked against them.

/// The most by which deflate can shrink (RFC 1951: 258 bytes in two bits); a file smaller than this cannot hold its voxels.
const MAX_DEFLATE_RATIO: u64 = 1032;
/// Above this memory a compressed file must look like an image: a file of a megabyte is not let fill gigabytes. Masks are often
/// compressed as hard as nothing else, and stay below it up to 2,000 slices of 512 x 512.
const MAX_UNLIKELY_BYTES: u64 = 1 << 30;
/// How far images are compressed at the most; CT is by 2 to 5.
const MAX_LIKELY_RATIO: u64 = 200;

/// The file as it lies on the disk.
#[derive(Clone, Copy)]
pub(super) struct Stored {
    pub(super) bytes: u64,
    pub(super) is_gzip: bool,
}

impl Stored {
    /// The most bytes that it can hold.
    pub(super) fn most_bytes(self) -> u64 {
        if self.is_gzip { self.bytes.saturating_mul(MAX_DEFLATE_RATIO) } else { self.bytes }
    }

    /// An error where so many bytes of voxels, which take so much memory, are more than an image makes of a compressed file; `plain` is
    /// the format to save such a one in.
    pub(super) fn refuse_unlikely(self, n_bytes: u64, in_memory: u64, plain: &str) -> Result<(), String> {
        if self.is_gzip && in_memory > MAX_UNLIKELY_BYTES && n_bytes / MAX_LIKELY_RATIO > self.bytes {
            return Err(format!(
                "{} KiB of compressed voxels would become {} MiB, as those of no image do; if it is one, save it as {plain}",
                self.bytes >> 10,
                n_bytes >> 20
            ));
        }
        Ok(())
    }
}
