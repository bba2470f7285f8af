//! Bytes in order, from a file, an archive's member or an inflater, with the number of bytes that can still come.
//!
//! What is skipped in a plain file is not read. Every read is checked against what is left, so that a length from a header
//! never leads to an allocation that the file cannot fill.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};

use flate2::read::DeflateDecoder;

use super::FileFault;

/// The largest file that is opened, bytes.
pub(super) const MAX_FILE: u64 = 2 << 30;
/// What a deflated data set may inflate to, bytes.
const MAX_INFLATED: u64 = 1 << 30;
/// How many bytes one compressed byte may become; deflate itself reaches about 1030.
pub(super) const MAX_RATIO: u64 = 200;
/// What becomes no larger than this is harmless whatever its ratio: a slice of nothing but air compresses 900-fold.
pub(super) const HARMLESS: u64 = 4 << 20;
/// A header is rarely longer: one read brings it.
const BUFFER: usize = 16 << 10;

/// Bytes in order.
pub(super) struct Stream<'a> {
    input: Input<'a>,
    /// Bytes that were looked at and not yet taken.
    ahead: Vec<u8>,
    taken: usize,
    position: u64,
    length: u64,
    /// `length` is not the input's own, but what an inflated one may have.
    limited: bool,
}

enum Input<'a> {
    File(BufReader<File>),
    Read(Box<dyn Read + 'a>),
}

impl<'a> Stream<'a> {
    /// A file from its beginning.
    pub(super) fn file(file: File) -> Result<Self, FileFault> {
        let length = file.metadata().map_err(io_fault)?.len();
        if length > MAX_FILE {
            return Err(FileFault::Limit(format!("the file has {length} bytes; at most {MAX_FILE} are opened")));
        }
        Ok(Self::new(Input::File(BufReader::with_capacity(BUFFER, file)), length))
    }

    /// Whatever can be read, at most `length` bytes of it.
    pub(super) fn read_from(input: impl Read + 'a, length: u64) -> Self {
        Self::new(Input::Read(Box::new(BufReader::with_capacity(BUFFER, input))), length)
    }

    fn new(input: Input<'a>, length: u64) -> Self {
        Self { input, ahead: Vec::new(), taken: 0, position: 0, length, limited: false }
    }

    /// The rest of this stream is raw deflate (PS3.5 A.5): the stream of what it inflates to, with limits on its size.
    pub(super) fn inflated(self) -> Stream<'a> {
        let limit = self.left().saturating_mul(MAX_RATIO).clamp(HARMLESS, MAX_INFLATED);
        let ahead = std::io::Cursor::new(self.ahead[self.taken..].to_vec());
        let rest: Box<dyn Read + 'a> = match self.input {
            Input::File(reader) => Box::new(reader),
            Input::Read(reader) => reader,
        };
        let inflated = Stream::read_from(DeflateDecoder::new(ahead.chain(rest)), limit);
        Stream { limited: true, ..inflated }
    }

    /// Bytes taken so far.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The most bytes that can still come.
    pub(super) fn left(&self) -> u64 {
        self.length - self.position
    }

    /// The next bytes without taking them: `n`, or fewer where the stream ends.
    pub(super) fn peek(&mut self, n: usize) -> Result<&[u8], FileFault> {
        let n = n.min(usize::try_from(self.left()).unwrap_or(usize::MAX));
        if self.taken > 0 {
            self.ahead.drain(..self.taken);
            self.taken = 0;
        }
        while self.ahead.len() < n {
            let have = self.ahead.len();
            self.ahead.resize(n, 0);
            let got = self.input.read(&mut self.ahead[have..]).map_err(io_fault)?;
            self.ahead.truncate(have + got);
            if got == 0 {
                break;
            }
        }
        Ok(&self.ahead[..n.min(self.ahead.len())])
    }

    /// Whether nothing more comes.
    pub(super) fn at_end(&mut self) -> Result<bool, FileFault> {
        if self.taken < self.ahead.len() {
            return Ok(false);
        }
        match &mut self.input {
            Input::File(_) => Ok(self.left() == 0),
            Input::Read(_) => Ok(self.peek(1)?.is_empty()),
        }
    }

    /// Fills `out` with the next bytes.
    pub(super) fn take(&mut self, out: &mut [u8]) -> Result<(), FileFault> {
        if out.len() as u64 > self.left() {
            return Err(self.ended(out.len() as u64));
        }
        let ready = (self.ahead.len() - self.taken).min(out.len());
        out[..ready].copy_from_slice(&self.ahead[self.taken..self.taken + ready]);
        self.taken += ready;
        let mut filled = ready;
        while filled < out.len() {
            match self.input.read(&mut out[filled..]).map_err(io_fault)? {
                0 => return Err(self.ended(out.len() as u64)),
                got => filled += got,
            }
        }
        self.position += out.len() as u64;
        Ok(())
    }

    /// The next `N` bytes.
    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], FileFault> {
        let mut out = [0; N];
        self.take(&mut out)?;
        Ok(out)
    }

    /// The next `length` bytes; the caller has bounded `length`.
    pub(super) fn bytes(&mut self, length: u64) -> Result<Vec<u8>, FileFault> {
        if length > self.left() {
            return Err(self.ended(length));
        }
        let Ok(length) = usize::try_from(length) else { return Err(self.ended(length)) };
        let mut out = vec![0; length];
        self.take(&mut out)?;
        Ok(out)
    }

    /// Passes over `length` bytes; a plain file is not read there.
    pub(super) fn skip(&mut self, length: u64) -> Result<(), FileFault> {
        if length > self.left() {
            return Err(self.ended(length));
        }
        let ready = ((self.ahead.len() - self.taken) as u64).min(length);
        self.taken += ready as usize;
        let rest = length - ready;
        let fault = match &mut self.input {
            Input::File(reader) => reader.seek_relative(rest as i64).err(),
            Input::Read(reader) => match std::io::copy(&mut reader.take(rest), &mut std::io::sink()) {
                Ok(passed) if passed < rest => return Err(self.ended(length)),
                Ok(_) => None,
                Err(error) => Some(error),
            },
        };
        if let Some(error) = fault {
            return Err(io_fault(error));
        }
        self.position += length;
        Ok(())
    }

    /// The fault of wanting `wanted` bytes, where not the input but the limit on what it inflates to is in the way.
    pub(super) fn beyond_limit(&self, wanted: u64) -> Option<FileFault> {
        (self.limited && wanted > self.left()).then(|| {
            FileFault::Limit(format!(
                "its deflated data set would become larger than {} bytes; at most {MAX_RATIO} times the packed size, {HARMLESS} bytes where that is less, and {MAX_INFLATED} bytes in all are opened",
                self.length
            ))
        })
    }

    fn ended(&self, wanted: u64) -> FileFault {
        if let Some(limit) = self.beyond_limit(wanted) {
            return limit;
        }
        FileFault::Truncated(format!(
            "{wanted} bytes are announced at byte {}, but at most {} are left",
            self.position,
            self.left()
        ))
    }
}

impl Input<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        loop {
            let got = match self {
                Self::File(reader) => reader.read(out),
                Self::Read(reader) => reader.read(out),
            };
            match got {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                other => return other,
            }
        }
    }
}

/// A system's or an inflater's error as a fault of the file.
pub(super) fn io_fault(error: std::io::Error) -> FileFault {
    match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            FileFault::Structure(format!("its compressed form is broken ({error})"))
        }
        ErrorKind::UnexpectedEof => FileFault::Truncated("the file ends too early".into()),
        _ => FileFault::Io(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_were_looked_at_are_taken_next() {
        let data: Vec<u8> = (0..100).collect();
        let mut stream = Stream::read_from(&data[..], 100);
        assert_eq!(stream.peek(4).unwrap(), [0, 1, 2, 3]);
        assert_eq!(stream.array::<2>().unwrap(), [0, 1]);
        assert_eq!(stream.peek(3).unwrap(), [2, 3, 4]);
        stream.skip(50).unwrap();
        assert_eq!((stream.array::<1>().unwrap(), stream.position()), ([52], 53));
    }

    /// So many zeros, deflated.
    fn deflated_zeros(n: usize) -> Vec<u8> {
        let mut encoder =
            flate2::read::DeflateEncoder::new(std::io::repeat(0).take(n as u64), flate2::Compression::best());
        let mut packed = Vec::new();
        encoder.read_to_end(&mut packed).unwrap();
        packed
    }

    #[test]
    fn a_slice_of_air_inflates_whatever_its_ratio_and_a_bomb_is_called_one() {
        let inflated = |n: usize| {
            let packed = deflated_zeros(n);
            assert!(n > 500 * packed.len());
            Stream::read_from(&packed[..], packed.len() as u64).inflated().bytes(n as u64)
        };
        assert_eq!(inflated(2 << 20).map(|bytes| bytes.len()), Ok(2 << 20));
        let refused = inflated(64 << 20).unwrap_err();
        assert!(matches!(&refused, FileFault::Limit(why) if why.contains("200 times")), "{refused}");
    }

    #[test]
    fn a_length_beyond_the_end_is_refused_before_memory_is_taken() {
        let mut stream = Stream::read_from(&[0u8; 8][..], 8);
        assert!(matches!(stream.bytes(u64::MAX / 2), Err(FileFault::Truncated(_))));
    }
}
