//! Records as bytes: what the format's table in [`super`] says, written.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde::{Deserialize, Serialize};

use super::queue::State;
use super::{Move, Notes, Subject, VoxelBox};
use crate::case::review::{Kept, Technique, Totals};
use crate::case::snapshot::{Run, Snapshot};
use crate::volume::Geometry;

/// What a file begins with.
pub(super) const MAGIC: &[u8; 8] = b"HPTCJRNL";
/// The version of the format.
pub(super) const VERSION: u32 = 1;
/// Bytes of a text; what is longer is cut.
pub(super) const LONGEST_TEXT: usize = 1 << 10;
/// Names of edits that a state keeps.
pub(super) const MOST_NAMES: usize = 200;

/// Tags of payloads.
pub(super) mod tag {
    pub const HEADER: u8 = b'H';
    pub const STATE: u8 = b'S';
    pub const DONE: u8 = b'D';
    pub const UNDONE: u8 = b'U';
    pub const REDONE: u8 = b'R';
    pub const REVIEWED: u8 = b'M';
    pub const SAVED: u8 = b'F';
    pub const NOTED: u8 = b'N';
}

/// Set in a mark where the slice was reviewed.
pub(super) const REVIEWED_MARK: u8 = 128;
/// Where in a mark the bits of labels stand that are as they were blended, and the bits below them.
pub(super) const BLENDED_SHIFT: u32 = 3;
pub(super) const MADE_MARK: u8 = (1 << BLENDED_SHIFT) - 1;
/// How a slice was made, by the number in its mark; number 0 stands for not at all.
pub(super) const TECHNIQUES: [Technique; 5] =
    [Technique::Manual, Technique::SemiAutomatic, Technique::Interpolated, Technique::Proposed, Technique::Loaded];

/// The header as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Header {
    pub program: String,
    pub series_sha256: String,
    pub path: String,
    pub reader: String,
    pub started_ms: u64,
    pub size: [usize; 3],
    pub origin: [f64; 3],
    pub steps: [[f64; 3]; 3],
}

/// The undo list as far as a journal keeps it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Edits that could be undone.
    pub n_edits: u64,
    /// Names of the latest, oldest first.
    pub latest: Vec<String>,
    /// Whether the state is in a file.
    pub is_saved: bool,
}

impl Header {
    pub fn new(subject: &Subject, geometry: &Geometry, started_ms: u64) -> Self {
        Self {
            program: format!("hepatica {}", env!("CARGO_PKG_VERSION")),
            series_sha256: subject.series_sha256.clone(),
            path: subject.path.to_string_lossy().into_owned(),
            reader: subject.reader.chars().take(LONGEST_TEXT).collect(),
            started_ms,
            size: geometry.size(),
            origin: geometry.origin(),
            steps: geometry.steps(),
        }
    }

    pub fn payload(&self) -> io::Result<Vec<u8>> {
        let mut payload = vec![tag::HEADER];
        serde_json::to_writer(&mut payload, self)?;
        Ok(payload)
    }
}

impl Names {
    /// Follows a move through the history.
    pub fn follow(&mut self, how: Move, name: &str) {
        self.is_saved = false;
        if how == Move::Undo {
            self.n_edits = self.n_edits.saturating_sub(1);
            self.latest.pop();
        } else {
            self.n_edits = self.n_edits.saturating_add(1);
            self.latest.push(name.to_owned());
            if self.latest.len() > MOST_NAMES {
                self.latest.remove(0);
            }
        }
    }

    /// Follows notes: what is in a file has the VOI of the edge margin that was noted before.
    pub fn note(&mut self, before: &Notes, notes: &Notes) {
        self.is_saved &= before.edge_margin_mm == notes.edge_margin_mm;
    }
}

/// A payload with its length and checksum.
pub(super) fn framed(payload: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(payload.len()).map_err(|_| io::Error::other("a record of more than 4 GiB"))?;
    out.extend(length.to_le_bytes());
    out.extend(checksum(payload).to_le_bytes());
    out.extend(payload);
    Ok(())
}

/// CRC-32 of a payload.
pub(super) fn checksum(payload: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(payload);
    crc.sum()
}

/// A whole state.
pub(super) fn state_payload(state: &State, names: &Names) -> io::Result<Vec<u8>> {
    let mut out = vec![tag::STATE];
    put_sums(&mut out, state.time_ms, &state.totals);
    out.push(u8::from(names.is_saved));
    put_varint(&mut out, names.n_edits);
    put_varint(&mut out, names.latest.len() as u64);
    names.latest.iter().for_each(|name| put_text(&mut out, name));
    put_marks(&mut out, state.kept.iter().enumerate());
    let mut packed = ZlibEncoder::new(out, Compression::fast());
    packed.write_all(&rows_of(&state.labels))?;
    packed.finish()
}

/// Rows of all slices in order.
fn rows_of(labels: &Snapshot) -> Vec<u8> {
    let (_, rows, _) = labels.geometry().shape();
    let mut out = Vec::new();
    for slice in labels.slices() {
        for j in 0..rows {
            let runs = slice.row(j);
            put_varint(&mut out, runs.len() as u64);
            let mut begin = 0;
            for &(end, bits) in runs {
                put_varint(&mut out, u64::from(end - begin));
                out.push(bits);
                begin = end;
            }
        }
    }
    out
}

/// An edit done, undone or redone, on a state whose review was `before`.
pub(super) fn move_payload(
    how: Move,
    name: &str,
    (bounds, runs): (VoxelBox, &[Run]),
    state: &State,
    before: &[Kept],
) -> Vec<u8> {
    let mut out = vec![match how {
        Move::Do => tag::DONE,
        Move::Undo => tag::UNDONE,
        Move::Redo => tag::REDONE,
    }];
    put_sums(&mut out, state.time_ms, &state.totals);
    put_text(&mut out, name);
    (0..3).flat_map(|axis| [bounds.low[axis], bounds.high[axis]]).for_each(|n| put_varint(&mut out, n as u64));
    // Recovered work brings the review of slices on which it changes no voxel.
    let differs = |(slice, kept): &(usize, &Kept)| before.get(*slice) != Some(*kept);
    let marks: Vec<_> = state.kept.iter().enumerate().filter(differs).collect();
    put_marks(&mut out, marks.into_iter());
    put_varint(&mut out, runs.len() as u64);
    for &(length, flips) in runs {
        put_varint(&mut out, u64::from(length));
        out.push(flips);
    }
    out
}

/// Slices were reviewed.
pub(super) fn reviewed_payload(state: &State) -> Vec<u8> {
    let mut out = vec![tag::REVIEWED];
    put_sums(&mut out, state.time_ms, &state.totals);
    put_marks(&mut out, state.kept.iter().enumerate());
    out
}

/// The state is in a file.
pub(super) fn saved_payload(state: &State) -> Vec<u8> {
    let mut out = vec![tag::SAVED];
    put_sums(&mut out, state.time_ms, &state.totals);
    out
}

/// What of the case is no drawing.
pub(super) fn notes_payload(state: &State, notes: &Notes) -> io::Result<Vec<u8>> {
    let mut out = vec![tag::NOTED];
    put_sums(&mut out, state.time_ms, &state.totals);
    serde_json::to_writer(&mut out, notes)?;
    Ok(out)
}

fn put_sums(out: &mut Vec<u8>, time_ms: u64, totals: &Totals) {
    out.extend(time_ms.to_le_bytes());
    let window = [totals.window.within, totals.window.outside];
    totals.by_machine.iter().chain(&window).for_each(|n| out.extend(n.to_le_bytes()));
}

fn put_marks<'a>(out: &mut Vec<u8>, marks: impl ExactSizeIterator<Item = (usize, &'a Kept)>) {
    put_varint(out, marks.len() as u64);
    for (slice, &Kept { made, blended, is_reviewed }) in marks {
        put_varint(out, slice as u64);
        let number = made.and_then(|made| TECHNIQUES.iter().position(|technique| *technique == made));
        let mark = number.map_or(0, |number| number as u8 + 1) | blended << BLENDED_SHIFT;
        out.push(if is_reviewed { mark | REVIEWED_MARK } else { mark });
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    let text = &text[..text.floor_char_boundary(LONGEST_TEXT)];
    put_varint(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn put_varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}
