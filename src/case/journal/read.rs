//! Reading a journal's file: nothing in it is believed, neither lengths nor numbers.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::ZlibDecoder;
use ndarray::s;

use super::record::{
    BLENDED_SHIFT, Header, LONGEST_TEXT, MADE_MARK, MAGIC, MOST_NAMES, Names, REVIEWED_MARK, TECHNIQUES, VERSION,
    checksum, tag,
};
use super::{JournalError, Move, Notes, VoxelBox};
use crate::case::RECOVERED;
use crate::case::edit::flip_runs;
use crate::case::review::{Kept, Totals};
use crate::case::snapshot::{Run, Snapshot};
use crate::volume::{Geometry, Label, LabelMap, MOST_READ_VOXELS};

/// Voxels along a side of a grid beyond which no image goes; what claims more is damaged.
const LONGEST_SIDE: usize = 1 << 16;
/// Bytes of a header.
const LONGEST_HEADER: usize = 1 << 16;
/// Ms at work on one task, a year: sums of what claims more overflow.
const LONGEST_WORK_MS: u64 = 366 * 24 * 3_600_000;
/// Every bit of a label map.
const ALL_BITS: u8 = Label::Liver.bit() | Label::Vessel.bit() | Label::Lesion.bit() | Label::Caudate.bit();

/// What a file holds, played through to its last whole record.
#[derive(Debug)]
pub(super) struct Replayed {
    pub header: Header,
    pub labels: Snapshot,
    pub names: Names,
    pub notes: Notes,
    pub kept: Vec<Kept>,
    pub totals: Totals,
    pub changed_ms: u64,
    /// Bytes after the last whole record.
    pub n_left_out: u64,
}

/// The state while it is played through.
struct Replay {
    map: LabelMap,
    names: Names,
    notes: Notes,
    kept: Vec<Kept>,
    totals: Totals,
    changed_ms: u64,
    /// Edits that were undone last and can be done again, the next one last.
    undone: Vec<Undone>,
}

/// An edit that was undone, and what undoing it took away.
struct Undone {
    bounds: VoxelBox,
    runs: Vec<Run>,
    name: String,
    marks: Vec<(usize, Kept)>,
    totals: Totals,
}

/// Plays a file through.
pub(super) fn replay(path: &Path) -> Result<Replayed, JournalError> {
    let io = |cause| JournalError::Io { path: path.to_owned(), cause };
    let damaged = |what| JournalError::Damaged { path: path.to_owned(), what };
    let about = path.symlink_metadata().map_err(io)?;
    if !about.is_file() {
        return Err(JournalError::NotAJournal(path.to_owned()));
    }
    let mut left = about.len();
    let mut file = BufReader::with_capacity(1 << 18, File::open(path).map_err(io)?);
    let mut start = [0; 12];
    let is_journal = file.read_exact(&mut start).is_ok() && start.starts_with(MAGIC);
    let [.., a, b, c, d] = start;
    let version = u32::from_le_bytes([a, b, c, d]);
    match (is_journal, version) {
        (false, _) | (_, 0) => return Err(JournalError::NotAJournal(path.to_owned())),
        (true, VERSION) => left -= start.len() as u64,
        (true, version) => return Err(JournalError::TooNew { path: path.to_owned(), version }),
    }
    let header = next_record(&mut file, &mut left).map_err(io)?.ok_or(damaged("its header is not whole"))?;
    let (header, geometry) = read_header(&header).ok_or(damaged("its header makes no sense"))?;
    let first = next_record(&mut file, &mut left).map_err(io)?.ok_or(damaged("its first state is not whole"))?;
    let mut replay = read_state(&first, geometry).map_err(|_| damaged("its first state makes no sense"))?;
    let mut n_left_out = left;
    while let Some(payload) = next_record(&mut file, &mut left).map_err(io)? {
        // What follows a record that makes no sense was drawn on a state that is not known.
        if replay.play(&payload).is_err() {
            break;
        }
        n_left_out = left;
    }
    if replay.is_taken_back() {
        replay.bring_back();
    }
    let Replay { map, names, notes, kept, totals, changed_ms, .. } = replay;
    Ok(Replayed { header, labels: Snapshot::of(&map), names, notes, kept, totals, changed_ms, n_left_out })
}

/// The next record's payload; none where what is left is no whole record.
fn next_record(file: &mut impl Read, left: &mut u64) -> io::Result<Option<Vec<u8>>> {
    const FRAME: u64 = 8;
    if *left < FRAME {
        return Ok(None);
    }
    let (length, sum) = (u32_of(file)?, u32_of(file)?);
    if u64::from(length) > *left - FRAME {
        return Ok(None);
    }
    let mut payload = Vec::new();
    file.take(u64::from(length)).read_to_end(&mut payload)?;
    *left -= FRAME + payload.len() as u64;
    Ok(Some(payload).filter(|payload| payload.len() == length as usize && checksum(payload) == sum))
}

fn read_header(payload: &[u8]) -> Option<(Header, Geometry)> {
    let json = payload.strip_prefix(&[tag::HEADER]).filter(|json| json.len() <= LONGEST_HEADER)?;
    let header: Header = serde_json::from_slice(json).ok()?;
    let n_voxels = header.size.iter().try_fold(1usize, |n, side| n.checked_mul(*side));
    let is_image =
        header.size.iter().all(|side| *side <= LONGEST_SIDE) && n_voxels.is_some_and(|n| n as u64 <= MOST_READ_VOXELS);
    let geometry = Geometry::new(header.size, header.origin, header.steps).ok().filter(|_| is_image)?;
    Some((header, geometry))
}

fn read_state(payload: &[u8], geometry: Geometry) -> io::Result<Replay> {
    let mut bytes = payload.strip_prefix(&[tag::STATE]).ok_or_else(senseless)?;
    let (changed_ms, totals) = sums(&mut bytes)?;
    let is_saved = byte(&mut bytes)? != 0;
    let n_edits = varint(&mut bytes)?;
    let n_names = varint(&mut bytes)?;
    if n_names > MOST_NAMES as u64 {
        return Err(senseless());
    }
    let latest = (0..n_names).map(|_| text(&mut bytes)).collect::<io::Result<_>>()?;
    let names = Names { n_edits, latest, is_saved };
    let map = LabelMap::empty(geometry);
    let kept = vec![Kept::default(); geometry.size()[2]];
    let (notes, undone) = (Notes::default(), Vec::new());
    let mut replay = Replay { map, names, notes, kept, totals, changed_ms, undone };
    replay.take_marks(&mut bytes)?;
    let mut rows = BufReader::new(ZlibDecoder::new(bytes));
    for mut plane in replay.map.bits_mut().outer_iter_mut() {
        for mut row in plane.outer_iter_mut() {
            let mut begin = 0;
            for _ in 0..varint(&mut rows)? {
                let (end, bits) = (end_of_run(begin, varint(&mut rows)?, row.len())?, byte(&mut rows)?);
                if bits & !ALL_BITS != 0 {
                    return Err(senseless());
                }
                row.slice_mut(s![begin..end]).fill(bits);
                begin = end;
            }
        }
    }
    Ok(replay)
}

impl Replay {
    fn play(&mut self, payload: &[u8]) -> io::Result<()> {
        let mut bytes = payload;
        let kind = byte(&mut bytes)?;
        let (changed_ms, totals) = sums(&mut bytes)?;
        match kind {
            tag::DONE => _ = self.play_move(Move::Do, bytes)?,
            tag::UNDONE => {
                let undone = self.play_move(Move::Undo, bytes)?;
                self.undone.push(undone);
            }
            tag::REDONE => _ = self.play_move(Move::Redo, bytes)?,
            tag::REVIEWED => {
                self.take_marks(&mut bytes)?;
                self.names.is_saved = false;
            }
            tag::SAVED => self.names.is_saved = true,
            tag::NOTED => {
                let notes = read_notes(bytes)?;
                self.names.note(&self.notes, &notes);
                self.notes = notes;
            }
            _ => return Err(senseless()),
        }
        (self.changed_ms, self.totals) = (changed_ms, totals);
        Ok(())
    }

    /// Plays an edit done, undone or redone; the answer is what brings back what undoing it takes away.
    fn play_move(&mut self, how: Move, mut bytes: &[u8]) -> io::Result<Undone> {
        let name = text(&mut bytes)?;
        let mut bounds = VoxelBox { low: [0; 3], high: [0; 3] };
        for axis in 0..3 {
            let size = self.map.geometry().size()[axis];
            let ends = [varint(&mut bytes)?, varint(&mut bytes)?].map(|n| usize::try_from(n).unwrap_or(usize::MAX));
            let [low, high] = ends;
            if low >= high || high > size {
                return Err(senseless());
            }
            (bounds.low[axis], bounds.high[axis]) = (low, high);
        }
        let before = self.take_marks(&mut bytes)?;
        let n_voxels = bounds.size().iter().product();
        let mut end = 0;
        let mut runs: Vec<Run> = Vec::new();
        for _ in 0..varint(&mut bytes)? {
            let length = varint(&mut bytes)?;
            end = end_of_run(end, length, n_voxels)?;
            runs.push((u32::try_from(length).map_err(|_| senseless())?, byte(&mut bytes)? & ALL_BITS));
        }
        flip_runs(bounds, &runs, &mut self.map);
        self.names.follow(how, &name);
        match how {
            Move::Do => self.undone.clear(),
            Move::Redo => _ = self.undone.pop(),
            Move::Undo => {}
        }
        Ok(Undone { bounds, runs, name, marks: before, totals: self.totals })
    }

    /// Whether nothing is drawn because several steps were undone, or what a journal brought: they are work, which redo would have brought
    /// back, where a try that was taken back is none.
    fn is_taken_back(&self) -> bool {
        let is_work = self.undone.len() > 1 || self.undone.iter().any(|undone| undone.name == RECOVERED);
        is_work && self.map.bits().iter().all(|bits| *bits == 0)
    }

    /// Does again what was undone.
    fn bring_back(&mut self) {
        while let Some(Undone { bounds, runs, name, marks, totals }) = self.undone.pop() {
            flip_runs(bounds, &runs, &mut self.map);
            self.names.follow(Move::Redo, &name);
            for (slice, kept) in marks {
                if let Some(mark) = self.kept.get_mut(slice) {
                    *mark = kept;
                }
            }
            self.totals = totals;
        }
    }

    /// Takes marks of slices; the answer is those that they take the place of.
    fn take_marks(&mut self, bytes: &mut &[u8]) -> io::Result<Vec<(usize, Kept)>> {
        let mut before = Vec::new();
        for _ in 0..varint(bytes)? {
            let (slice, mark) = (varint(bytes)?, byte(bytes)?);
            let made = (mark & MADE_MARK)
                .checked_sub(1)
                .map(|n| TECHNIQUES.get(usize::from(n)).copied().ok_or_else(senseless));
            let slice = usize::try_from(slice).map_err(|_| senseless())?;
            let kept = self.kept.get_mut(slice).ok_or_else(senseless)?;
            before.push((slice, *kept));
            let blended = (mark & !REVIEWED_MARK) >> BLENDED_SHIFT;
            *kept = Kept { made: made.transpose()?, blended, is_reviewed: mark & REVIEWED_MARK != 0 };
        }
        Ok(before)
    }
}

fn read_notes(json: &[u8]) -> io::Result<Notes> {
    let notes: Notes = serde_json::from_slice(json)?;
    let is_sensible = notes.times.iter().all(|(.., ms)| *ms <= LONGEST_WORK_MS);
    if is_sensible { Ok(notes) } else { Err(senseless()) }
}

/// Where a run ends that begins here; an error where it is empty or goes past the end.
fn end_of_run(begin: usize, length: u64, most: usize) -> io::Result<usize> {
    let end = usize::try_from(length).ok().and_then(|length| begin.checked_add(length));
    end.filter(|end| length > 0 && *end <= most).ok_or_else(senseless)
}

fn senseless() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

fn byte(bytes: &mut impl Read) -> io::Result<u8> {
    let mut one = [0];
    bytes.read_exact(&mut one)?;
    Ok(one[0])
}

fn u32_of(bytes: &mut impl Read) -> io::Result<u32> {
    let mut four = [0; 4];
    bytes.read_exact(&mut four)?;
    Ok(u32::from_le_bytes(four))
}

fn varint(bytes: &mut impl Read) -> io::Result<u64> {
    let mut n = 0;
    for shift in (0..63).step_by(7) {
        let next = byte(bytes)?;
        n |= u64::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Ok(n);
        }
    }
    Err(senseless())
}

fn text(bytes: &mut impl Read) -> io::Result<String> {
    let length = varint(bytes)?;
    if length > LONGEST_TEXT as u64 {
        return Err(senseless());
    }
    let mut text = vec![0; length as usize];
    bytes.read_exact(&mut text)?;
    String::from_utf8(text).map_err(|_| senseless())
}

fn sums(bytes: &mut &[u8]) -> io::Result<(u64, Totals)> {
    let time_ms = u64::from(u32_of(bytes)?) | u64::from(u32_of(bytes)?) << 32;
    let mut totals = Totals::default();
    for n in &mut totals.by_machine {
        *n = u32_of(bytes)?;
    }
    totals.window.within = u32_of(bytes)?;
    totals.window.outside = u32_of(bytes)?;
    Ok((time_ms, totals))
}
